"""The kind of work ``looking``: probes received files and takes them into the library.

A new child process costs more than probing a small picture, so one attempt also claims further small files of the same
upload, with the same lease token. A file that was claimed when a worker died is probed alone.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from pathlib import Path
from uuid import UUID

import msgspec

from ..assets.asset import asset_key, find_known
from ..assets.hashing import hash_file
from ..base.database import Connection, Pool
from ..base.telemetry import log
from ..identity.users import find_sqid
from ..media.child import fault_of
from ..media.companions import format_of
from ..media.content import CONTENTS
from ..media.messages import Faulted, Refused
from ..media.probe import Candidate, preview_folder, probe_files
from ..media.probe_result import ProbeResult
from ..vault import ObjectMissingError
from ..work.attempts import record_attempts
from ..work.context import WorkerContext
from ..work.held import Held
from ..work.kind import GAVE_UP, KEPT_DYING, STOPPED, Done, Kind, Outcome
from ..work.lease import LEASE_SECONDS
from ..work.queue import Queue
from .intake import Intake, ProbeRow, Verdict
from .queries import IS_AWAITED
from .rules import REASONS
from .settle import lock_upload, recount, reopen_uploads, settle_followers

MAX_BATCH = 128
GATHER_SECONDS = 0.25
SMALL_BYTES = 4 * 1024**2
# Results recorded in one transaction, which costs about as much as probing a small picture.
GROUP = 32
RENEW_SECONDS = 5.0
TIME_LIMIT_SECONDS = 1800.0


async def probe(worker: WorkerContext, held: Held[ProbeRow]) -> Outcome:
    """Probe the file, and further small ones of its upload, and settle each of them."""
    began = time.monotonic()
    await _gather(worker.pool, held.row)
    rows = [*await _claim_batch(worker.pool, held.row), held.row]
    settled: list[Verdict] = []
    renewing = asyncio.create_task(_renew_leases(worker.pool, held.row), name=f"looking {held.row.id}")
    try:
        if intake := await _open_intake(worker, held.row):
            await _probe(intake, held, rows, settled)
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        await asyncio.shield(worker.pool.execute(_RELEASE, held.row.batch_id, held.row.lease_token, held.row.id))
        # The runner records the attempt's own line.
        batch = [(each.row, each.steps(since=began)) for each in settled if each.row.id != held.row.id]
        await record_attempts(worker.pool, PROBE.name, batch, outcome="done", seconds=time.monotonic() - began)
    return Done()


async def explain_failures(connection: Connection, file_ids: Sequence[UUID]) -> None:
    """Update the uploads of lines whose probe was given up, in the same transaction."""
    uploads = await connection.fetch(
        """UPDATE batch_report_files SET error_code = coalesce(error_code, 'look_failed')
            WHERE id = ANY($1) RETURNING batch_id""",
        file_ids,
    )
    for upload_id in sorted({row["batch_id"] for row in uploads}):
        await lock_upload(connection, upload_id)
        await settle_followers(connection, file_ids)
        await recount(connection, upload_id)


# Failures that are not the file's fault. The bytes of refused files are gone: their owners have to send them again.
_INTERNAL_CODES = f"'look_failed', '{GAVE_UP}', '{KEPT_DYING}', '{STOPPED}'"
_CAN_RETRY = f"coalesce(error_code, '') IN ({_INTERNAL_CODES}) AND received_bytes = file_size"

PROBE = Kind(
    name="looking",
    queue=Queue.LOOKING,
    table="batch_report_files",
    key=UUID,
    status="processing_status",
    running="processing",
    where="follows IS NULL",
    row=ProbeRow,
    run=probe,
    error_code="error_code",
    set_on_fail="settled_at = now()",
    on_failed=explain_failures,
    title="file_name",
    next_step=f"CASE WHEN {_CAN_RETRY} THEN 'retry' ELSE 'user' END",
    ended="settled_at",
    set_on_restart="settled_at = NULL",
    can_restart=_CAN_RETRY,
    before_restart=reopen_uploads,
    needs=("store",),
    time_limit_seconds=TIME_LIMIT_SECONDS,
    concurrency=3,
    gave_up_message=REASONS["look_failed"].message,
    kept_dying_message="This file could not be processed: several attempts did not finish.",
)

_CLAIM_BATCH = f"""
UPDATE batch_report_files
   SET processing_status = 'processing', attempt = attempt + 1, lease_token = $2,
       lease_expires_at = now() + make_interval(secs => $3)
 WHERE id IN (SELECT id FROM batch_report_files
               WHERE batch_id = $1 AND processing_status = 'pending' AND next_attempt_at <= now() AND follows IS NULL
                 AND faults = 0 AND expired_leases = 0 AND file_size <= {SMALL_BYTES}
               ORDER BY processing_order
               LIMIT {MAX_BATCH - 1}
                 FOR UPDATE SKIP LOCKED)
RETURNING {", ".join(ProbeRow.__struct_fields__)}
"""

_COUNT_WAITING = f"""
SELECT count(*) FILTER (WHERE next_attempt_at <= now()), count(*) FILTER (WHERE {IS_AWAITED})
  FROM batch_report_files
 WHERE batch_id = $1 AND processing_status = 'pending'
"""

_RENEW_LEASES = """
UPDATE batch_report_files SET lease_expires_at = now() + make_interval(secs => $3)
 WHERE batch_id = $1 AND lease_token = $2
"""

_KEEP_HASH = """
UPDATE batch_report_files SET received_hash = $3, received_crc32 = $4 WHERE id = $1 AND lease_token = $2
"""

# The runner settles the attempt's own line.
_RELEASE = """
UPDATE batch_report_files
   SET processing_status = 'pending', lease_token = NULL, lease_expires_at = NULL, next_attempt_at = now()
 WHERE batch_id = $1 AND lease_token = $2 AND id <> $3
"""


async def _gather(pool: Pool, row: ProbeRow) -> None:
    """Wait briefly if more files of the upload are expected: a child for each would cost more than probing it."""
    here, awaited = await pool.fetchrow(_COUNT_WAITING, row.batch_id) or (0, 0)
    if awaited and here < MAX_BATCH and row.file_size <= SMALL_BYTES:
        await asyncio.sleep(GATHER_SECONDS)


async def _claim_batch(pool: Pool, row: ProbeRow) -> list[ProbeRow]:
    """Claim further files of the upload for the same child; none if an earlier attempt at this one failed."""
    if row.faults or row.expired_leases or row.file_size > SMALL_BYTES:
        return []
    claimed = await pool.fetch(_CLAIM_BATCH, row.batch_id, row.lease_token, LEASE_SECONDS)
    return [ProbeRow(**each) for each in claimed]


async def _renew_leases(pool: Pool, row: ProbeRow) -> None:
    """Renew the leases of the batch, as the runner does that of the attempt's own line."""
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            await pool.execute(_RENEW_LEASES, row.batch_id, row.lease_token, LEASE_SECONDS)
        except Exception as error:
            log.warning("looking_not_kept", error=repr(error))


async def _open_intake(worker: WorkerContext, own: ProbeRow) -> Intake | None:
    """None if the upload's user has been deleted, and the lines with them."""
    defaults = await worker.pool.fetchval("SELECT defaults FROM batch_reports WHERE id = $1", own.batch_id)
    sqid = await find_sqid(worker.pool, worker.ids, own.user_id)
    return None if defaults is None or sqid is None else Intake(worker, own, sqid=sqid, defaults=defaults)


async def _probe(intake: Intake, held: Held[ProbeRow], rows: Sequence[ProbeRow], settled: list[Verdict]) -> None:
    """Probe and settle one attempt's files, appending to ``settled`` as they are."""

    async def settle(verdicts: Sequence[Verdict]) -> None:
        # So that the heartbeat does not stop the rest of the batch once the attempt's own line has ended.
        held.is_settled |= any(each.row.id == held.row.id for each in verdicts)
        await intake.settle(verdicts)
        settled.extend(verdicts)

    vault = intake.worker.vault
    async with vault.scratch() as folder, AsyncExitStack() as opened:
        verdicts = [await _prepare(intake, row, opened) for row in rows]
        hashes = {verdict.hash for verdict in verdicts if verdict.hash}
        known = await find_known(intake.worker.pool, user_id=intake.own.user_id, hashes=hashes)
        # Files that differ from their announcement, and known content, are settled without a probe.
        await settle([each for each in verdicts if each.refused is not None or each.hash in known])
        to_probe = [each for each in verdicts if each.refused is None and each.hash not in known]
        group: list[Verdict] = []
        began = time.monotonic()
        candidates = [Candidate(each.path, each.row.file_name) for each in to_probe if each.path is not None]
        async with aclosing(probe_files(candidates, folder, spare=intake.worker.spare)) as answers:
            number, fault = 0, None
            async for answer in answers:
                if isinstance(answer, Faulted):
                    fault = answer if to_probe[number].row.id == held.row.id else fault
                    number, began = number + 1, time.monotonic()
                    continue
                verdict = msgspec.structs.replace(
                    to_probe[number],
                    probed=answer if isinstance(answer, ProbeResult) else None,
                    refused=(answer.code, answer.message) if isinstance(answer, Refused) else None,
                    previews=preview_folder(folder, number),
                    looking_ms=int((time.monotonic() - began) * 1000),
                    began=began,
                )
                group.append(verdict)
                number, began = number + 1, time.monotonic()
                if len(group) == GROUP:
                    await settle(group)
                    group = []
        await settle(group)
        if fault is not None:  # other files' rows are released, and each is then an attempt's own
            raise fault_of(fault)


async def _prepare(intake: Intake, row: ProbeRow, opened: AsyncExitStack) -> Verdict:
    """A local file with its hash, which is computed here if it was not received in one go by one server."""
    path = await _open_local(intake, row, opened)
    if path is None:
        return Verdict(row=row, refused=("lost_bytes", REASONS["lost_bytes"].message))
    digest, crc32 = row.received_hash, row.received_crc32
    if digest is None:
        digest, crc32 = await asyncio.to_thread(hash_file, path)
        # Recorded before the bytes are moved, so that the next attempt finds them.
        await intake.worker.pool.execute(_KEEP_HASH, row.id, row.lease_token, digest, crc32)
    if row.expected_hash not in (None, digest):
        return Verdict(row=row, refused=("hash_mismatch", REASONS["hash_mismatch"].message))
    return Verdict(row=row, path=path, hash=digest, crc32=crc32)


async def _open_local(intake: Intake, row: ProbeRow, opened: AsyncExitStack) -> Path | None:
    """The file where it was received, or where an earlier attempt has moved it."""
    vault = intake.worker.vault
    with suppress(ObjectMissingError):
        return await opened.enter_async_context(vault.incoming(row.id).local(size=row.file_size))
    if row.received_hash is None:
        return None
    for form in {*CONTENTS, format_of(row.file_name)}:
        key = asset_key(intake.sqid, row.received_hash, form)
        with suppress(ObjectMissingError):
            return await opened.enter_async_context(vault.local(key))
    return None
