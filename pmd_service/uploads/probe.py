"""The kind of work ``probe``: probes received files and takes them into the library.

A new child process costs more than probing a small picture, so one attempt also claims further small files of the same
upload, with the same lease token. A file that was claimed when a worker died is probed alone.

In a thread: reading and hashing a file in one hop.
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
from ..base.critical import stop_tasks
from ..base.database import Connection, Pool, find_values
from ..base.telemetry import log
from ..identity.users import find_sqid
from ..media.child import fault_of
from ..media.companions import format_of
from ..media.formats import FORMATS
from ..media.messages import Faulted, Refused
from ..media.probe import Candidate, preview_folder, probe_files
from ..media.probe_result import ProbeResult
from ..vault import Incoming, ObjectMissingError
from ..work.claimed import Claimed
from ..work.context import WorkerContext
from ..work.groups import renew_group
from ..work.kind import GAVE_UP, KEPT_DYING, STOPPED, Done, Failed, Kind, Outcome
from ..work.lease import LEASE_SECONDS
from ..work.queue import Queue
from ..work.row import Work
from .intake import Intake, ProbeRow, Verdict
from .queries import IS_AWAITED
from .rules import REASONS
from .settle import lock_uploads_of, recount, reopen_upload, settle_followers

MAX_BATCH = 128
GATHER_SECONDS = 0.25
SMALL_BYTES = 4 * 1024**2
# Results recorded in one transaction, which costs about as much as probing a small picture.
GROUP = 32
RENEW_SECONDS = 5.0
TIME_LIMIT_SECONDS = 1800.0


async def probe(worker: WorkerContext, claimed: Claimed[ProbeRow]) -> Outcome:
    """Probe the file, and further small ones of its upload, and settle each of them."""
    await _gather(worker.pool, claimed.row)
    rows = [*await _claim_batch(worker.pool, claimed), claimed.row]
    renewing = asyncio.create_task(_renew_leases(worker.pool, claimed.work), name=f"probe {claimed.row.id}")
    try:
        if intake := await _open_intake(worker, claimed):
            await _probe(intake, claimed, rows)
        else:
            await claimed.end(worker.pool)
    finally:
        await stop_tasks(renewing)
        await asyncio.shield(worker.pool.execute(_RELEASE_BATCH, claimed.work.token, claimed.work.id))
    return Done()


async def fail_probes(connection: Connection, file_ids: Sequence[UUID], failed: Failed) -> None:
    """End lines whose probe was given up, and their followers, and update their uploads, which are locked."""
    uploads = await find_values(connection, _FAIL, file_ids, failed.message, failed.code)
    await settle_followers(connection, file_ids)
    for upload_id in set(uploads):
        await recount(connection, upload_id)


_COLUMNS = ", ".join(f"files.{column}" for column in ProbeRow.__struct_fields__)
_CLAIM = f"""
WITH claimed AS (SELECT work FROM claim_work('probe', $1, $2, $3) AS work),
     started AS (UPDATE batch_report_files AS files SET processing_status = 'processing'
                   FROM claimed
                  WHERE files.id = (work).subject::uuid AND files.processing_status IN ('pending', 'processing')
                 RETURNING {_COLUMNS})
SELECT work, started.* FROM claimed LEFT JOIN started ON true
"""
_RELEASE = """
UPDATE batch_report_files SET processing_status = 'pending' WHERE id = $1 AND processing_status = 'processing'
"""
_FAIL = """
UPDATE batch_report_files
   SET processing_status = 'failed', error_message = $2, error_code = coalesce($3, 'probe_failed'), settled_at = now()
 WHERE id = ANY ($1) AND processing_status IN ('pending', 'processing')
RETURNING batch_id
"""
# Failures that are not the file's fault. The bytes of refused files are gone: their owners have to send them again.
_RESTART = f"""
UPDATE batch_report_files
   SET processing_status = 'pending', error_message = NULL, error_code = NULL, settled_at = NULL
 WHERE id = $1 AND processing_status = 'failed' AND received_bytes = file_size
   AND error_code IN ('probe_failed', '{GAVE_UP}', '{KEPT_DYING}', '{STOPPED}')
RETURNING id
"""

PROBE = Kind(
    name="probe",
    queue=Queue.PROBES,
    key=UUID,
    row=ProbeRow,
    run=probe,
    claim=_CLAIM,
    release=_RELEASE,
    fail=fail_probes,
    restart=_RESTART,
    lock_first=lock_uploads_of,
    before_restart=reopen_upload,
    needs=("store",),
    time_limit_seconds=TIME_LIMIT_SECONDS,
    concurrency=3,
    gave_up_message=REASONS["probe_failed"].message,
    kept_dying_message="This file could not be processed: several attempts did not finish.",
)

# They have no turn of their own.
_CLAIM_BATCH = f"""
WITH chosen AS (
    SELECT work.id
      FROM batch_report_files AS files JOIN work ON work.kind = 'probe' AND work.subject = files.id::text
     WHERE files.batch_id = $1 AND files.processing_status = 'pending' AND files.follows IS NULL
       AND files.file_size <= {SMALL_BYTES} AND files.is_received
       AND work.state = 'waiting' AND work.due_at <= now() AND work.faults = 0 AND work.expired = 0
     ORDER BY processing_order
     LIMIT {MAX_BATCH - 1}
       FOR UPDATE OF work SKIP LOCKED),
claimed AS (
    UPDATE work
       SET state = 'running', turn = NULL, attempt = attempt + 1, token = $2,
           lease_until = now() + make_interval(secs => $3)
      FROM chosen WHERE work.id = chosen.id
    RETURNING subject)
UPDATE batch_report_files AS files SET processing_status = 'processing'
  FROM claimed WHERE files.id = claimed.subject::uuid
RETURNING {_COLUMNS}
"""
# The runner settles the row that it has claimed.
_RELEASE_BATCH = """
WITH released AS (
    UPDATE work SET state = 'waiting', turn = NULL, token = NULL, lease_until = NULL, due_at = clock_timestamp()
     WHERE kind = 'probe' AND state = 'running' AND token = $1 AND id <> $2
    RETURNING subject)
UPDATE batch_report_files SET processing_status = 'pending'
  FROM released WHERE batch_report_files.id = released.subject::uuid
"""

_COUNT_WAITING = f"""
SELECT count(*) FILTER (WHERE is_received), count(*) FILTER (WHERE {IS_AWAITED})
  FROM batch_report_files
 WHERE batch_id = $1 AND processing_status = 'pending'
"""

_KEEP_HASH = """
UPDATE batch_report_files SET received_hash = $2, received_crc32 = $3 WHERE id = $1 AND processing_status = 'processing'
"""


async def _gather(pool: Pool, row: ProbeRow) -> None:
    """Wait briefly if more files of the upload are expected: a child for each would cost more than probing it."""
    here, awaited = await pool.fetchrow(_COUNT_WAITING, row.batch_id) or (0, 0)
    if awaited and here < MAX_BATCH and row.file_size <= SMALL_BYTES:
        await asyncio.sleep(GATHER_SECONDS)


async def _claim_batch(pool: Pool, claimed: Claimed[ProbeRow]) -> list[ProbeRow]:
    """Claim further files of the upload for the same child; none if an earlier attempt at this one failed."""
    if claimed.work.faults or claimed.work.expired or claimed.row.file_size > SMALL_BYTES:
        return []
    rows = await pool.fetch(_CLAIM_BATCH, claimed.row.batch_id, claimed.work.token, LEASE_SECONDS)
    return [ProbeRow(**each) for each in rows]


async def _renew_leases(pool: Pool, work: Work) -> None:
    """Renew the leases of the batch, as the runner does that of the row that it has claimed."""
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            await renew_group(pool, work)
        except Exception as error:
            log.warning("probe_not_kept", error=repr(error))


async def _open_intake(worker: WorkerContext, claimed: Claimed[ProbeRow]) -> Intake | None:
    """None if the upload's user has been deleted, and the lines with them."""
    defaults = await worker.pool.fetchval("SELECT defaults FROM batch_reports WHERE id = $1", claimed.row.batch_id)
    sqid = await find_sqid(worker.pool, worker.ids, claimed.row.user_id)
    return None if defaults is None or sqid is None else Intake(worker, claimed, sqid=sqid, defaults=defaults)


async def _probe(intake: Intake, claimed: Claimed[ProbeRow], rows: Sequence[ProbeRow]) -> None:
    """Probe and settle one attempt's files."""

    async def settle(verdicts: Sequence[Verdict]) -> None:
        # So that the heartbeat does not stop the rest of the batch once the row that was claimed has ended.
        claimed.is_settled |= any(each.row.id == claimed.row.id for each in verdicts)
        await intake.settle(verdicts)

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
                    fault = answer if to_probe[number].row.id == claimed.row.id else fault
                    number, began = number + 1, time.monotonic()
                    continue
                verdict = msgspec.structs.replace(
                    to_probe[number],
                    probed=answer if isinstance(answer, ProbeResult) else None,
                    refused=(answer.code, answer.message) if isinstance(answer, Refused) else None,
                    previews=preview_folder(folder, number),
                    probe_ms=int((time.monotonic() - began) * 1000),
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
    incoming = intake.worker.vault.incoming(row.id)
    path = await _open_local(intake, row, incoming, opened)
    if path is None:
        return Verdict(row=row, refused=("lost_bytes", REASONS["lost_bytes"].message))
    digest, crc32 = row.received_hash, row.received_crc32
    if digest is None:
        digest, crc32 = await asyncio.to_thread(hash_file, path)
        # Recorded before the bytes are moved, so that the next attempt finds them.
        await intake.worker.pool.execute(_KEEP_HASH, row.id, digest, crc32)
    if row.expected_hash not in (None, digest):
        return Verdict(row=row, refused=("hash_mismatch", REASONS["hash_mismatch"].message))
    return Verdict(row=row, incoming=incoming, path=path, hash=digest, crc32=crc32)


async def _open_local(intake: Intake, row: ProbeRow, incoming: Incoming, opened: AsyncExitStack) -> Path | None:
    """The file where it was received, or where an earlier attempt has moved it."""
    with suppress(ObjectMissingError):
        return await opened.enter_async_context(incoming.local(size=row.file_size))
    if row.received_hash is None:
        return None
    for form in {*FORMATS, format_of(row.file_name)}:
        key = asset_key(intake.sqid, row.received_hash, form)
        with suppress(ObjectMissingError):
            return await opened.enter_async_context(intake.worker.vault.local(key))
    return None
