"""The uploads' part of the sweep: announced files that were never sent, and bytes that dead processes have left."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from uuid import UUID

from ..base.database import Pool, find_values, forget
from ..base.telemetry import log
from ..vault import Found
from ..vault.keys import INCOMING
from ..work.context import WorkerContext
from .queries import IS_AWAITED, UNSTARTED_HOURS
from .settle import close_announcement, fail_lines, lock_upload

# The files of a form, and those joined from parts, are in the vault for a while before they have rows.
FORM_SECONDS = 3600.0
FORGET_DAYS = 14

_EXPIRED = "SELECT id FROM batch_reports WHERE status = 'processing' AND expires_at <= now() LIMIT 100"
_LATE = f"""
SELECT files.id
  FROM batch_report_files AS files JOIN batch_reports ON batch_reports.id = batch_id
 WHERE batch_id = $1 AND batch_reports.expires_at <= now() AND {IS_AWAITED}
"""

# No byte of the file, and nothing of its upload in the last hour; a retry counts as opening the upload.
_IS_UNSTARTED = f"""
       batch_reports.status = 'processing'
   AND batch_reports.expires_at <= now() + make_interval(hours => $1::int - {UNSTARTED_HOURS})
   AND NOT EXISTS (SELECT FROM batch_report_files AS line
                    WHERE line.batch_id = batch_reports.id
                      AND (line.received_at > now() - make_interval(hours => {UNSTARTED_HOURS})
                           OR line.lease_until > now()))
   AND (files.created_at <= batch_reports.created_at -- files added later have an hour of their own
        OR files.created_at <= now() - make_interval(hours => {UNSTARTED_HOURS}))
   AND received_bytes = 0 AND {IS_AWAITED}
"""
_UNSTARTED = f"""
SELECT DISTINCT batch_id AS id
  FROM batch_report_files AS files JOIN batch_reports ON batch_reports.id = batch_id
 WHERE {_IS_UNSTARTED}
 LIMIT 100
"""
_UNSTARTED_LINES = f"""
SELECT files.id
  FROM batch_report_files AS files JOIN batch_reports ON batch_reports.id = batch_id
 WHERE batch_id = $2 AND {_IS_UNSTARTED}
"""

_FORGET = f"""
DELETE FROM batch_reports
 WHERE id = ANY (ARRAY(SELECT id FROM batch_reports
                        WHERE status <> 'processing' AND expires_at < now() - interval '{FORGET_DAYS} days' LIMIT $1))
"""

# A retry deletes the entry once it has reopened the line. One that is under way has the line locked.
_SCHEDULE_ORPHANS = f"""
WITH ended AS MATERIALIZED (
    SELECT id FROM batch_report_files WHERE id = ANY ($1) AND processing_status IN ('success', 'failed')
       FOR NO KEY UPDATE SKIP LOCKED)
INSERT INTO vault_leftovers (key)
SELECT '{INCOMING}/' || found.id
  FROM unnest($1::uuid[], $2::float8[]) AS found (id, age) LEFT JOIN batch_report_files AS line USING (id)
 WHERE found.id IN (SELECT id FROM ended) OR (line.id IS NULL AND found.age > $3)
    ON CONFLICT (key) DO NOTHING
RETURNING key
"""


async def sweep_uploads(worker: WorkerContext) -> None:
    """Fail files that were never sent, and delete old reports."""
    await fail_expired(worker.pool)
    await fail_unstarted(worker.pool, ttl_hours=worker.settings.upload_ttl_hours)
    await forget(worker.pool, _FORGET)


async def fail_expired(pool: Pool) -> None:
    """Fail files not received before their upload expired, which frees their reservations; received ones are kept."""
    for row in await pool.fetch(_EXPIRED):
        await _end(pool, row["id"], _LATE, row["id"], is_over=True)


async def fail_unstarted(pool: Pool, *, ttl_hours: int) -> None:
    """Fail files without a byte after their upload was idle for an hour; partial files are kept."""
    for row in await pool.fetch(_UNSTARTED, ttl_hours):
        await _end(pool, row["id"], _UNSTARTED_LINES, ttl_hours, row["id"])


async def _end(pool: Pool, upload_id: UUID, late: str, *values: object, is_over: bool = False) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await lock_upload(connection, upload_id)
        if is_over:
            await close_announcement(connection, upload_id)
        lines = await find_values(connection, late, *values)
        failed = await fail_lines(connection, upload_id, "not_sent", lines)
    if failed:
        log.info("upload_abandoned", upload_id=str(upload_id), files=len(failed))


async def schedule_orphans(worker: WorkerContext) -> None:
    """Schedule the removal of received bytes whose lines have ended or were never inserted.

    Normally the end of a line does so; a process that was killed may have left some. Lists the vault page by page.
    """
    async for page in worker.vault.list(f"{INCOMING}/"):
        ages = dict(_ages(page))
        for row in await worker.pool.fetch(_SCHEDULE_ORPHANS, list(ages), list(ages.values()), FORM_SECONDS):
            log.info("incoming_left", key=row["key"])


def _ages(page: Sequence[Found]) -> Iterator[tuple[UUID, float]]:
    for found in page:
        with suppress(ValueError):  # not an id: not ours
            yield UUID(found.key.split("/")[1]), found.age  # a store keeps a file in pieces below its id
