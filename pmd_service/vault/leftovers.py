"""Objects that no row names: those that are being written, and those whose row has let go of them.

Each has an entry in ``vault_leftovers`` from before its first byte until a row names it, and again from the moment on
when the row does so no more. The sweep removes what is due and never lists the vault. Publishing takes the entry away
in the publishing transaction, or fails: so the sweep can never remove what has just been published.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import msgspec

from ..database import DATABASE_DOWN, Connection, Pool
from ..ops.telemetry import log
from .base import Part, Vault, VaultFaultError

# Longer than any piece of work may take: whoever writes an object for longer is dead, or may not publish it any more.
WRITING_SECONDS = 7200.0
SWEPT_AT_ONCE = 64
SWEPT_IN_ALL = 1024
BACK_OFF_SECONDS = 60.0
BACK_OFF_MOST = 86_400.0
REMOVE_SECONDS = 10.0

_EXPECT = """
INSERT INTO vault_leftovers (key, due_at) VALUES ($1, now() + make_interval(secs => $2))
    ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at, faults = 0
"""

_EXPECT_ALL = """
INSERT INTO vault_leftovers (key, due_at) SELECT DISTINCT unnest($1::text[]), now() + make_interval(secs => $2)
    ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at, faults = 0
"""

_LEAVE = """
INSERT INTO vault_leftovers (key) SELECT unnest($1::text[])
    ON CONFLICT (key) DO UPDATE SET due_at = now()
"""

# Only what is still expected: after a commit whose answer was lost there is no entry, and the object stays.
_GIVE_UP = "UPDATE vault_leftovers SET due_at = now() WHERE key = $1"

_TAKE_BACK = "DELETE FROM vault_leftovers WHERE key = ANY ($1)"

_KEEP = "DELETE FROM vault_leftovers WHERE key = $1 RETURNING key"

_DUE = """
SELECT key
  FROM vault_leftovers
 WHERE due_at <= now() AND ($2::text IS NULL OR key = $2)
 ORDER BY due_at
 LIMIT $1
   FOR UPDATE SKIP LOCKED
"""

_FORGET = "DELETE FROM vault_leftovers WHERE key = ANY ($1)"

_POSTPONE = """
UPDATE vault_leftovers
   SET faults = least(faults + 1, 100), due_at = now() + make_interval(secs => least($2 * 2.0 ^ faults, $3))
 WHERE key = ANY ($1)
"""


class SweptAwayError(Exception):
    """The object took too long, and the sweep has removed it: it cannot be published."""


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep has done; what could not be removed is tried again later."""

    removed: int
    errors: int


class NewObject:
    """An object that is being written, until a row names it."""

    def __init__(self, key: str, part: Part) -> None:
        self.key = key
        self.part = part
        self.is_kept = False

    async def keep(self, connection: Connection) -> None:
        """Let the object stay; in the transaction that gives its name to a row.

        Raises:
            SweptAwayError: it has been removed already, and the transaction must not commit.
        """
        if await connection.fetchrow(_KEEP, self.key) is None:
            raise SweptAwayError(self.key)
        self.is_kept = True


@asynccontextmanager
async def new_object(pool: Pool, vault: Vault, key: str) -> AsyncIterator[NewObject]:
    """Write an object: within the block seal its part, and ``keep`` it in the transaction that publishes it.

    What is not kept is gone after the block, or with a later sweep; a worker that is killed leaves it to the sweep.
    """
    await pool.execute(_EXPECT, key, WRITING_SECONDS)
    part: Part | None = None
    is_published = False
    try:
        part = await vault.begin(key)
        new = NewObject(key, part)
        yield new
        is_published = new.is_kept
    finally:
        if not is_published:
            await asyncio.shield(_end(pool, vault, key, part))


async def _end(pool: Pool, vault: Vault, key: str, part: Part | None) -> None:
    if part is not None:
        await asyncio.to_thread(part.abort)
    try:
        if await pool.execute(_GIVE_UP, key) != "UPDATE 0":
            await sweep_leftovers(pool, vault, key=key)
    except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
        # It is due in its time anyway.
        log.warning("leftover_not_swept", key=key, error=repr(error))


async def leave(connection: Connection | Pool, keys: Sequence[str]) -> None:
    """Have objects removed by the next sweep; in the transaction in which their rows let go of them."""
    await connection.execute(_LEAVE, keys)


async def expect(connection: Connection, keys: Sequence[str], *, seconds: float = WRITING_SECONDS) -> None:
    """Objects that are named after their contents are about to be written; who dies over it leaves them to the sweep.

    Under the lock under which rows come to name them, and only where none does: whoever lets a row name them takes them
    back in the same transaction.

    Args:
        seconds: for how long a successor may want them.
    """
    await connection.execute(_EXPECT_ALL, keys, seconds)


async def take_back(connection: Connection, keys: Sequence[str]) -> None:
    """Objects that are named after their contents are about to be written again, whatever has let go of them before.

    In the transaction whose rows will name them, and before their first byte: it waits for a sweep that is at them, and
    none begins. If the transaction fails, the sweep has them again.
    """
    await connection.execute(_TAKE_BACK, keys)


async def sweep_leftovers(pool: Pool, vault: Vault, *, key: str | None = None) -> Swept:
    """Remove what is due, a bounded number at a time, or only the one that is named."""
    removed, errors = 0, 0
    while removed + errors < SWEPT_IN_ALL:
        async with pool.acquire() as connection, connection.transaction():
            # The entries are locked until their objects are gone: nobody publishes one of them meanwhile.
            due = [row["key"] for row in await connection.fetch(_DUE, SWEPT_AT_ONCE, key)]
            gone = [each for each in due if await _remove(vault, each)]
            stuck = [each for each in due if each not in gone]
            await connection.execute(_FORGET, gone)
            await connection.execute(_POSTPONE, stuck, BACK_OFF_SECONDS, BACK_OFF_MOST)
        removed, errors = removed + len(gone), errors + len(stuck)
        if len(due) < SWEPT_AT_ONCE:
            break
    return Swept(removed=removed, errors=errors)


async def _remove(vault: Vault, key: str) -> bool:
    try:
        async with asyncio.timeout(REMOVE_SECONDS):
            await vault.remove(key, unfinished=True)
    except (VaultFaultError, TimeoutError) as error:
        log.error("leftover_not_removed", key=key, error=repr(error))
        return False
    except ValueError:
        # A row of another time or hand has named what is no key of ours: that file is not ours to remove.
        log.warning("leftover_is_not_ours", key=key)
    else:
        log.info("leftover_removed", key=key)
    return True
