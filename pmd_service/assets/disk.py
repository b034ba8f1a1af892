"""The disk's ledger: reservations for announced files and for work that is about to write.

Everything that needs space reserves it here first. Work's reservation counts in full until it ends, although what has
been written of it also reduces the free space: rather too little is reserved than too much. What a user's uploads still
wait for is reserved as long as bytes arrive: until a minute after the last ones (``library_usage.awaited_until``), and
again from the next ones on, if there is room.
"""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from uuid import uuid4

import asyncpg

from ..base.database import DATABASE_DOWN, Connection, Pool, lock
from ..http.turns import Turn

# Never reserved: for Postgres and logs on the same machine.
DISK_RESERVE_BYTES = 64 * 1024**2
# Longer than any attempt may take; a crashed one leaves its reservation until then.
RESERVATION_SECONDS = 7200.0

RESERVED = """
SELECT (SELECT coalesce(sum(awaited_bytes), 0)
          FROM library_usage
         WHERE awaited_bytes > 0 AND awaited_until > now())::bigint
     + (SELECT coalesce(sum(bytes), 0) FROM disk_reservation WHERE until > now())::bigint
"""
_RESERVE = """
WITH past AS (DELETE FROM disk_reservation WHERE until <= now())
INSERT INTO disk_reservation (id, bytes, until) VALUES ($1, $2, now() + make_interval(secs => $3))
"""

_OF_USER = """
SELECT coalesce(sum(awaited_bytes), 0)::bigint
  FROM library_usage
 WHERE user_id = $1 AND awaited_bytes > 0 AND awaited_until > now()
"""


async def has_room(connection: Connection, *, free: int, more: int, user_id: int | None = None) -> bool:
    """Whether a disk with ``free`` bytes has room for ``more`` bytes in addition to what is reserved.

    The answer is valid until the transaction ends. All callers wait for each other here, so call it as the last step.

    Args:
        user_id: whose files are being announced. These may reserve three quarters of what others have not reserved:
            announcing costs nothing, and one user's announcements must not block all others.
    """
    await lock(connection, "upl", 0)
    reserved: int = await connection.fetchval(RESERVED)
    room = free - DISK_RESERVE_BYTES - reserved - more
    awaited: int = 0 if user_id is None else await connection.fetchval(_OF_USER, user_id) + more
    return 3 * room >= awaited


@asynccontextmanager
async def reserve_disk(
    pool: Pool, *, size_bytes: int, free: int | None, turn: Turn = nullcontext
) -> AsyncIterator[None]:
    """Reserve ``size_bytes`` on the disk for the duration of the block.

    Args:
        free: the free bytes of the vault's disk; None if the vault is not on a disk.
        turn: within which a request queries the database.

    Raises:
        OSError: ENOSPC, there is no room for them next to other reservations.
    """
    if free is None:
        yield
        return
    reservation = uuid4()
    async with turn(), pool.acquire() as connection, connection.transaction():
        if not await has_room(connection, free=free, more=size_bytes):
            raise OSError(errno.ENOSPC, "the rest of the disk is reserved for others")
        await connection.execute(_RESERVE, reservation, size_bytes, RESERVATION_SECONDS)
    try:
        yield
    finally:
        with suppress(asyncpg.PostgresError, *DATABASE_DOWN):  # it expires
            async with turn():
                await asyncio.shield(pool.execute("DELETE FROM disk_reservation WHERE id = $1", reservation))
