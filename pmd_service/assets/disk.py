"""The disk's ledger: what it has promised, to files that are announced and to work that is about to write.

Whatever grows asks here first. A promise counts whole until its end, although what is written of it is missing from
what is free as well: rather too little is promised than too much.
"""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from uuid import uuid4

import asyncpg

from ..base.database import DATABASE_DOWN, Connection, Pool, lock
from ..http.turns import Turn

# What nobody may use up: Postgres and logs of the same machine go on.
DISK_RESERVE_BYTES = 64 * 1024**2
# Longer than any piece of work may take.
LASTS_SECONDS = 7200.0

PROMISED = """
SELECT (SELECT coalesce(sum(awaited_bytes), 0) FROM library_usage WHERE awaited_bytes > 0)::bigint
     + (SELECT coalesce(sum(bytes), 0) FROM disk_promise WHERE until > now())::bigint
"""
_PROMISE = """
WITH past AS (DELETE FROM disk_promise WHERE until <= now())
INSERT INTO disk_promise (id, bytes, until) VALUES ($1, $2, now() + make_interval(secs => $3))
"""

_OF_USER = "SELECT coalesce(sum(awaited_bytes), 0)::bigint FROM library_usage WHERE user_id = $1 AND awaited_bytes > 0"


async def has_room(connection: Connection, *, free: int, more: int = 0, user_id: int | None = None) -> bool:
    """Whether a disk of which so much is free may promise so much in addition to what it has promised.

    True until the transaction's end: all who ask wait here for each other, and so it is the last step.

    Args:
        user_id: whose files are announced. They may await three quarters of what is not promised to others:
            announcing costs nothing, and one user's announcements must not keep everybody else out for hours.
    """
    await lock(connection, "upl", 0)
    promised: int = await connection.fetchval(PROMISED)
    room = free - DISK_RESERVE_BYTES - promised - more
    awaited: int = 0 if user_id is None else await connection.fetchval(_OF_USER, user_id) + more
    return 3 * room >= awaited


@asynccontextmanager
async def promised(pool: Pool, *, size_bytes: int, free: int | None, turn: Turn = nullcontext) -> AsyncIterator[None]:
    """Within the block so many bytes may be written.

    Args:
        free: of the vault's disk; None where there is none.
        turn: within which a request asks the database.

    Raises:
        OSError: ENOSPC, they have no room beside what others were promised.
    """
    if free is None:
        yield
        return
    promise = uuid4()
    async with turn(), pool.acquire() as connection, connection.transaction():
        if not await has_room(connection, free=free, more=size_bytes):
            raise OSError(errno.ENOSPC, "the disk has promised what is left of it to others")
        await connection.execute(_PROMISE, promise, size_bytes, LASTS_SECONDS)
    try:
        yield
    finally:
        with suppress(asyncpg.PostgresError, *DATABASE_DOWN):  # its time ends it
            async with turn():
                await asyncio.shield(pool.execute("DELETE FROM disk_promise WHERE id = $1", promise))
