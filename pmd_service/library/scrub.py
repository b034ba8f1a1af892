"""The scrub: every ``SCRUB_DAYS``, each file's bytes are read again and compared with its SHA-256.

It finds what a disk or a store has lost or changed while a backup still has it. ``asset_verified`` has the time at
which each file's bytes were last known to be right, initially that of its upload. All workers share the work: each
claims a slice of the due files by setting the time at which they are due again, so that another worker takes over what
a killed one has not read.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from ..assets.asset import key_of
from ..base.database import Pool, find_all
from ..base.telemetry import SCRUBBED, SCRUBBED_BYTES, log
from ..vault import ObjectUnreadableError, Vault, VaultFaultError
from ..vault.copy import digest_of
from ..work.context import WorkerContext

Fault = Literal["lost", "other_bytes", "unreadable"]

# Out of each minute and in each worker, so that the store is free for users.
PASS_SECONDS = 20.0
# How long a pass may take, whatever is read last. A slice is claimed for as long, so that no two workers read it.
LIMIT_SECONDS = 1800.0
SLICE = 64
CONCURRENT = 4
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


class Claimed(File, frozen=True, kw_only=True):
    """A file that this worker verifies: until when no other does, and since when it has been due."""

    until: datetime
    was_due_at: datetime


# Rows being inserted right now may get lower ids and would be skipped for ever: hence the hour, here and in _SETTLE.
_REGISTER = """
WITH registered AS (
    INSERT INTO asset_verified (asset_id, verified_at, due_at)
    SELECT id, created_at, created_at + make_interval(days => $1)
      FROM asset
     WHERE id > (SELECT coalesce(max(asset_id), 0) FROM asset_verified) AND created_at < now() - interval '1 hour'
     ORDER BY id
     LIMIT $2
        ON CONFLICT DO NOTHING
    RETURNING asset_id)
SELECT count(*) FROM registered
"""

# OFFSET 0 and ANY: with stale statistics a join would read all files for each that is due.
_CLAIM = """
WITH due AS (
    SELECT asset_id, due_at FROM asset_verified WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE asset_verified
       SET due_at = now() + make_interval(secs => $2)
     WHERE asset_id = ANY (ARRAY(SELECT asset_id FROM due))
    RETURNING asset_id, due_at AS until)
SELECT id, path, hash, size_bytes, until, due.due_at AS was_due_at
  FROM claimed JOIN due USING (asset_id),
       LATERAL (SELECT * FROM asset WHERE asset.id = claimed.asset_id OFFSET 0) AS asset
 ORDER BY was_due_at
"""

# Unless another process has claimed or settled it meanwhile.
_SETTLE_WELL = """
UPDATE asset_verified
   SET verified_at = now(), due_at = now() + make_interval(days => $3), fault = NULL
 WHERE asset_id = ANY ($1::bigint[]) AND due_at = $2
"""

_RELEASE = """
UPDATE asset_verified
   SET due_at = was_due_at
  FROM unnest($1::bigint[], $2::timestamptz[]) AS unread (id, was_due_at)
 WHERE asset_id = id AND due_at = $3
"""

_SETTLE = """
INSERT INTO asset_verified (asset_id, verified_at, due_at, fault)
SELECT id, CASE WHEN $2::text IS NULL THEN now() ELSE created_at END, now() + make_interval(days => $3), $2
  FROM asset
 WHERE id = $1
   AND ($2::text IS NOT NULL OR created_at < now() - interval '1 hour'
        OR EXISTS (SELECT FROM asset_verified WHERE asset_id = $1))
    ON CONFLICT (asset_id) DO UPDATE
   SET verified_at = CASE WHEN $2::text IS NULL THEN now() ELSE asset_verified.verified_at END,
       due_at = excluded.due_at, fault = excluded.fault
RETURNING asset_id
"""


async def register_files(worker: WorkerContext) -> None:
    """Let the scrub know the files that have come since; one worker at a time does that."""
    while await worker.pool.fetchval(_REGISTER, worker.settings.scrub_days, MAX_REGISTERED) == MAX_REGISTERED:
        pass


async def scrub(worker: WorkerContext) -> None:
    """Verify due files for some seconds, the longest overdue first; ends early if the store is unavailable."""
    until = time.monotonic() + PASS_SECONDS
    try:
        while claimed := await find_all(worker.pool, Claimed, _CLAIM, SLICE, LIMIT_SECONDS):
            await _verify_slice(worker, claimed, until)
            if time.monotonic() > until:
                return
    except* VaultFaultError as errors:
        log.warning("scrub_waits", error=str(errors.exceptions[0]))


async def _verify_slice(worker: WorkerContext, claimed: Sequence[Claimed], until: float) -> None:
    """Read the files, several at a time, until it is over; what has not been read then is for the next pass.

    Raises:
        ExceptionGroup of VaultFaultError: the store is unavailable.
    """
    read: dict[int, Fault | None] = {}
    try:
        async with asyncio.TaskGroup() as group:
            files = iter(claimed)
            for _ in range(CONCURRENT):
                group.create_task(_verify_some(worker, files, until, read))
    finally:
        well = [asset_id for asset_id, fault in read.items() if fault is None]
        await worker.pool.execute(_SETTLE_WELL, well, claimed[0].until, worker.settings.scrub_days)
        unread = [(file.id, file.was_due_at) for file in claimed if file.id not in read]
        await worker.pool.execute(_RELEASE, [one for one, _ in unread], [was for _, was in unread], claimed[0].until)


async def _verify_some(
    worker: WorkerContext, files: Iterator[Claimed], until: float, read: dict[int, Fault | None]
) -> None:
    for file in files:
        fault = await _find_fault(worker.vault, file)
        if fault is None:
            _count(file, fault)
        else:
            await _settle(worker.pool, file, fault, days=RECHECK_DAYS)
        read[file.id] = fault
        if time.monotonic() > until:
            return


async def verify(pool: Pool, vault: Vault, file: File, *, days: int) -> Fault | None:
    """Read a file's bytes and record the result; None if they are right.

    Raises:
        VaultFaultError: the store is unavailable, which is no finding about the file.
    """
    fault = await _find_fault(vault, file)
    return await _settle(pool, file, fault, days=days if fault is None else RECHECK_DAYS)


async def _settle(pool: Pool, file: File, fault: Fault | None, *, days: int) -> Fault | None:
    if await pool.fetchval(_SETTLE, file.id, fault, days) is None:
        return None  # purged in the meantime with its bytes, or well and too young
    _count(file, fault)
    if fault:
        log.error("scrub_found", asset_id=file.id, key=key_of(file.path), fault=fault)
    return fault


def _count(file: File, fault: Fault | None) -> None:
    SCRUBBED.labels(fault or "well").inc()
    SCRUBBED_BYTES.inc(file.size_bytes)


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
