"""The scrub: every ``SCRUB_DAYS``, each file's bytes are read again and compared with its SHA-256, a few at a time.

It finds what a disk or a store has lost or changed while a backup still has it. ``asset_verified`` has the time at
which each file's bytes were last known to be right, initially that of its upload.
"""

import time
from typing import Literal

import msgspec

from ..assets.asset import key_of
from ..base.database import Pool, find_all
from ..base.telemetry import SCRUBBED, log
from ..vault import ObjectUnreadableError, Vault, VaultFaultError
from ..vault.copy import digest_of
from ..work.context import WorkerContext

Fault = Literal["lost", "other_bytes", "unreadable"]

# Out of each minute, so that the store is free for users.
PASS_SECONDS = 20.0
BATCH = 32
MAX_REGISTERED = 5000
# A faulty file may be restored from a backup: it is checked again after this time.
RECHECK_DAYS = 1

for _result in ("well", "lost", "other_bytes", "unreadable"):
    SCRUBBED.labels(_result)


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A library's file: the columns of its row that are compared."""

    id: int
    path: str
    hash: str
    size_bytes: int


# Rows being inserted right now may get lower ids and would be skipped for ever: hence the hour.
_REGISTER = """
INSERT INTO asset_verified (asset_id, verified_at, due_at)
SELECT id, created_at, created_at + make_interval(days => $1)
  FROM asset
 WHERE id > (SELECT coalesce(max(asset_id), 0) FROM asset_verified) AND created_at < now() - interval '1 hour'
 ORDER BY id
 LIMIT $2
    ON CONFLICT DO NOTHING
"""

# OFFSET 0: with stale statistics a join would read all files for each that is due.
_DUE = """
SELECT id, path, hash, size_bytes
  FROM asset_verified, LATERAL (SELECT * FROM asset WHERE asset.id = asset_id OFFSET 0) AS asset
 WHERE due_at <= now()
 ORDER BY due_at
 LIMIT $1
"""

_SETTLE = """
INSERT INTO asset_verified (asset_id, verified_at, due_at, fault)
SELECT id, CASE WHEN $2::text IS NULL THEN now() ELSE created_at END, now() + make_interval(days => $3), $2
  FROM asset WHERE id = $1
    ON CONFLICT (asset_id) DO UPDATE
   SET verified_at = CASE WHEN $2::text IS NULL THEN now() ELSE asset_verified.verified_at END,
       due_at = excluded.due_at, fault = excluded.fault
RETURNING asset_id
"""


async def scrub(worker: WorkerContext) -> None:
    """Verify due files for some seconds, the longest overdue first; ends early if the store is unavailable."""
    pool, days = worker.pool, worker.settings.scrub_days
    await pool.execute(_REGISTER, days, MAX_REGISTERED)
    until = time.monotonic() + PASS_SECONDS
    while files := await find_all(pool, File, _DUE, BATCH):
        for file in files:
            try:
                await verify(pool, worker.vault, file, days=days)
            except VaultFaultError as error:
                log.warning("scrub_waits", error=str(error))
                return
            if time.monotonic() > until:
                return


async def verify(pool: Pool, vault: Vault, file: File, *, days: int) -> Fault | None:
    """Read a file's bytes and record the result; None if they are right.

    Raises:
        VaultFaultError: the store is unavailable, which is no finding about the file.
    """
    fault = await _find_fault(vault, file)
    if await pool.fetchval(_SETTLE, file.id, fault, days if fault is None else RECHECK_DAYS) is None:
        return None  # purged in the meantime, with its bytes
    SCRUBBED.labels(fault or "well").inc()
    if fault:
        log.error("scrub_found", asset_id=file.id, key=key_of(file.path), fault=fault)
    return fault


async def _find_fault(vault: Vault, file: File) -> Fault | None:
    key = key_of(file.path)
    try:
        source = await vault.find(key)
        if source is None:
            await _require_area(vault, key)
            return "lost"
        is_same = source.size == file.size_bytes and await digest_of(source) == file.hash
        return None if is_same else "other_bytes"
    except ObjectUnreadableError:
        return "unreadable"
    except OSError as error:
        raise VaultFaultError(str(error)) from error


async def _require_area(vault: Vault, key: str) -> None:
    """If the lost file's area is empty, the disk is not mounted, rather than the file lost."""
    area = f"{key.partition('/')[0]}/"
    if not await anext(aiter(vault.list(area)), None):
        raise VaultFaultError(f"There is nothing below {area} in the vault.")
