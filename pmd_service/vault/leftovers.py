"""Objects that no row names: those being written, and those whose row has dropped them.

Each has an entry in ``vault_leftovers`` from before its first byte until a row names it, and again once no row does.
The sweep removes the objects whose entries are due, without listing the vault. It claims the entries first and holds no
lock while it removes; publishing deletes the entry in the same transaction, and fails if it is gone or claimed. So the
sweep cannot remove a published object, and no transaction waits for a slow store.

In a thread: ending a part file by several system calls in one hop.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import msgspec

from ..base.database import DATABASE_DOWN, Connection, Pool, find_values, row_count
from ..base.telemetry import log
from .base import Part, VaultFaultError
from .keys import INCOMING
from .vault import Vault

# Longer than any attempt may take: after that the writer is dead, or may not publish any more.
WRITING_SECONDS = 7200.0
SWEEP_BATCH = 64
SWEEP_MAX = 1024
BACKOFF_SECONDS = 60.0
MAX_BACKOFF_SECONDS = 86_400.0
REMOVE_SECONDS = 10.0
# How long a claim is exclusive; a sweep that was frozen for half of it removes nothing more.
CLAIM_SECONDS = 60.0
NEEDED_SECONDS = 3600.0

_RESERVE = """
INSERT INTO vault_leftovers (key, due_at, writer)
SELECT DISTINCT unnest($1::text[]), now() + make_interval(secs => $2), $3::uuid
    ON CONFLICT (key)
    DO UPDATE SET due_at = excluded.due_at, faults = 0, writer = excluded.writer, removing_until = NULL
 WHERE coalesce(vault_leftovers.removing_until <= now(), true)
"""

_LEAVE = """
INSERT INTO vault_leftovers (key) SELECT unnest($1::text[])
    ON CONFLICT (key) DO UPDATE SET due_at = now()
"""

# After a commit whose response was lost there is no entry, and the object stays.
_GIVE_UP = "UPDATE vault_leftovers SET due_at = now() WHERE key = $1"

_RECLAIM = "DELETE FROM vault_leftovers WHERE key = ANY ($1) RETURNING coalesce(removing_until > now(), false)"
_FORGET = "DELETE FROM vault_leftovers WHERE key = ANY ($1)"

# Objects that an archive refers to are postponed. No archive can start to refer to one that is scheduled for removal.
_NEEDED = """
UPDATE vault_leftovers SET removing_until = NULL, due_at = now() + make_interval(secs => $2)
 WHERE key = ANY ($1) AND EXISTS (SELECT FROM archive_reference WHERE archive_reference.key = vault_leftovers.key)
RETURNING key
"""
_DROP_REFERENCES = """
WITH dropped AS (DELETE FROM archive_reference WHERE archive = ANY ($1) RETURNING key)
UPDATE vault_leftovers SET due_at = now() FROM dropped WHERE vault_leftovers.key = dropped.key
"""
_FORGET_SUMS = "DELETE FROM object_sum WHERE key = ANY ($1)"

_KEEP = "DELETE FROM vault_leftovers WHERE key = ANY ($1) AND writer = $2 AND removing_until IS NULL"

# By an array: a join may run the subquery again for each row, which takes others then, past the limit.
_CLAIM = """
UPDATE vault_leftovers SET removing_until = now() + make_interval(secs => $3)
 WHERE key = ANY (ARRAY(SELECT key FROM vault_leftovers
                         WHERE due_at <= now() AND ($2::text[] IS NULL OR key = ANY ($2))
                           AND (removing_until IS NULL OR removing_until <= now())
                         ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED))
RETURNING key
"""

# The claim stays until it expires: a removal that timed out may still reach the store, and must not hit new bytes.
_POSTPONE = """
UPDATE vault_leftovers
   SET faults = least(faults + 1, 100), due_at = now() + make_interval(secs => least($2 * 2.0 ^ faults, $3))
 WHERE key = ANY ($1)
"""


class SweptAwayError(Exception):
    """The object was swept meanwhile, or another writer has reserved it: it cannot be published now."""


class BeingRemovedError(VaultFaultError):
    """The sweep is removing an object of this name: it can be written some seconds later."""


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """A sweep's counts; failed removals are retried later."""

    removed: int
    errors: int


class NewObject:
    """An object that is being written."""

    def __init__(self, vault: Vault, key: str, part: Part, writer: UUID) -> None:
        self.key = key
        self.part = part
        self.is_kept = False
        self._vault = vault
        self._writer = writer

    async def restart(self) -> None:
        await asyncio.to_thread(self.part.abort)
        self.part = await self._vault.begin(self.key)

    async def keep(self, connection: Connection) -> None:
        """Keep the object, in the transaction in which a row names it.

        Raises:
            SweptAwayError: it has been removed already; the transaction must not commit.
        """
        await keep(connection, [self.key], self._writer)
        self.is_kept = True


@asynccontextmanager
async def new_object(pool: Pool, vault: Vault, key: str) -> AsyncIterator[NewObject]:
    """Write an object: within the block seal its part, and ``keep`` it in the transaction that publishes it.

    If it is not kept it is removed after the block, or by a later sweep.
    """
    writer = await reserve(pool, [key])
    new: NewObject | None = None
    is_published = False
    try:
        new = NewObject(vault, key, await vault.begin(key), writer)
        yield new
        is_published = new.is_kept
    finally:
        if not is_published:
            await asyncio.shield(_end(pool, vault, key, new.part if new else None))


async def _end(pool: Pool, vault: Vault, key: str, part: Part | None) -> None:
    if part is not None:
        await asyncio.to_thread(part.abort)
    try:
        if row_count(await pool.execute(_GIVE_UP, key)):
            await sweep_leftovers(pool, vault, keys=[key])
    except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
        # Its reservation runs out anyway.
        log.warning("leftover_not_swept", key=key, error=repr(error))


async def schedule_removal(connection: Connection | Pool, keys: Sequence[str]) -> None:
    """Have objects removed by the next sweep, in the transaction in which their rows drop them."""
    await connection.execute(_LEAVE, keys)


async def reserve(connection: Connection | Pool, keys: Sequence[str], *, seconds: float = WRITING_SECONDS) -> UUID:
    """Reserve the keys of objects that are about to be written; the sweep removes them if the writer dies.

    If keys are derived from contents, call it under the lock under which rows name them, for keys that no row names.
    Write the objects after that transaction, without a lock, and then ``keep`` them.

    Args:
        seconds: until the sweep may remove them.

    Returns:
        The writer's id for ``keep``. Of several writers of the same bytes, the last one to reserve them publishes.

    Raises:
        BeingRemovedError: the sweep is removing one of them; retry in some seconds.
    """
    writer = uuid4()
    if row_count(await connection.execute(_RESERVE, keys, seconds, writer)) < len(set(keys)):
        raise BeingRemovedError("what was there before is being removed")
    return writer


async def keep(connection: Connection, keys: Sequence[str], writer: UUID) -> None:
    """Keep objects that were reserved and written, in the transaction whose rows name them, under the same lock.

    Raises:
        SweptAwayError: one is gone, or reserved by another writer; the transaction must not commit.
    """
    if row_count(await connection.execute(_KEEP, keys, writer)) < len(set(keys)):
        raise SweptAwayError(", ".join(keys))


async def reclaim(connection: Connection, keys: Sequence[str]) -> None:
    """Use objects again that were scheduled for removal.

    Raises:
        BeingRemovedError: the sweep is removing one of them; retry in some seconds.
    """
    if any(row[0] for row in await connection.fetch(_RECLAIM, keys)):
        raise BeingRemovedError("what was there before is being removed")


async def sweep_leftovers(pool: Pool, vault: Vault, *, keys: Sequence[str] | None = None) -> Swept:
    """Remove the objects that are due, in batches up to a maximum, or only those of these keys.

    Stops at a store that removes nothing at all.
    """
    removed, errors = 0, 0
    while removed + errors < SWEEP_MAX:
        began = time.monotonic()
        claimed = await find_values(pool, _CLAIM, SWEEP_BATCH, keys, CLAIM_SECONDS)
        if not claimed:
            break
        needed = {*await find_values(pool, _NEEDED, claimed, NEEDED_SECONDS)}
        due = [key for key in claimed if key not in needed]
        ended = await asyncio.gather(*(_remove(vault, each, began) for each in due))
        gone = [each for each, is_gone in zip(due, ended, strict=True) if is_gone]
        stuck = [each for each, is_gone in zip(due, ended, strict=True) if not is_gone]
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(_FORGET, gone)
            await connection.execute(_DROP_REFERENCES, gone)
            await connection.execute(_FORGET_SUMS, gone)
            await connection.execute(_POSTPONE, stuck, BACKOFF_SECONDS, MAX_BACKOFF_SECONDS)
        removed, errors = removed + len(gone), errors + len(stuck)
        if len(claimed) < SWEEP_BATCH or not (gone or needed):
            break
    return Swept(removed=removed, errors=errors)


async def _remove(vault: Vault, key: str, claimed_at: float) -> bool:
    if time.monotonic() - claimed_at > CLAIM_SECONDS / 2:
        return False  # frozen meanwhile: the key may be in use again
    try:
        async with asyncio.timeout(REMOVE_SECONDS):
            if key.startswith(f"{INCOMING}/"):
                await vault.incoming(UUID(key.removeprefix(f"{INCOMING}/"))).discard()
            else:
                await vault.remove(key, unfinished=True)
    except (VaultFaultError, TimeoutError) as error:
        log.error("leftover_not_removed", key=key, error=repr(error))
        return False
    except ValueError:
        # Not a valid key, from an older version or a manual edit: not ours to remove.
        log.warning("leftover_is_not_ours", key=key)
    else:
        log.info("leftover_removed", key=key)
    return True
