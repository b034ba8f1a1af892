"""The uploads' own part of the sweep: what was announced and never came, and what the dead have left."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from uuid import UUID

from ..base.database import Pool, forget
from ..base.telemetry import log
from ..vault import Found
from ..vault.keys import INCOMING
from ..work.context import WorkerContext
from .queries import IS_AWAITED, UNBEGUN_HOURS
from .settle import close_announcement, fail_lines, lock_upload

# A form's files lie in the vault a while before there are rows for them.
FORM_SECONDS = 3600.0
FORGET_DAYS = 14

_ABANDONED = "SELECT id FROM batch_reports WHERE status = 'processing' AND expires_at <= now() LIMIT 100"
_LATE = f"""
SELECT files.id
  FROM batch_report_files AS files JOIN batch_reports ON batch_reports.id = batch_id
 WHERE batch_id = $1 AND batch_reports.expires_at <= now() AND {IS_AWAITED}
"""

# Open for so long (an upload that is tried again is opened anew), and nothing has come of it since.
_IS_UNBEGUN = f"""
       batch_reports.status = 'processing'
   AND batch_reports.expires_at <= now() + make_interval(hours => $1::int - {UNBEGUN_HOURS})
   AND NOT EXISTS (SELECT FROM batch_report_files AS line
                    WHERE line.batch_id = batch_reports.id
                      AND (line.received_at > now() - make_interval(hours => {UNBEGUN_HOURS})
                           OR line.receiver_until > now()))
   AND (files.created_at <= batch_reports.created_at -- what was added later has an hour of its own
        OR files.created_at <= now() - make_interval(hours => {UNBEGUN_HOURS}))
   AND received_bytes = 0 AND {IS_AWAITED}
"""
_UNBEGUN = f"""
SELECT DISTINCT batch_id AS id
  FROM batch_report_files AS files JOIN batch_reports ON batch_reports.id = batch_id
 WHERE {_IS_UNBEGUN}
 LIMIT 100
"""
_UNBEGUN_LINES = f"""
SELECT files.id
  FROM batch_report_files AS files JOIN batch_reports ON batch_reports.id = batch_id
 WHERE batch_id = $2 AND {_IS_UNBEGUN}
"""

_FORGET = f"""
DELETE FROM batch_reports
 WHERE id IN (SELECT id FROM batch_reports
               WHERE status <> 'processing' AND expires_at < now() - interval '{FORGET_DAYS} days' LIMIT $1)
"""

# A retry that gives a line its address again takes the entry back in its own transaction.
_LEAVE_RECEIVED = f"""
INSERT INTO vault_leftovers (key)
SELECT '{INCOMING}/' || found.id
  FROM unnest($1::uuid[], $2::float8[]) AS found (id, age) LEFT JOIN batch_report_files AS line USING (id)
 WHERE line.processing_status IN ('success', 'failed') OR (line.id IS NULL AND found.age > $3)
    ON CONFLICT (key) DO NOTHING
RETURNING key
"""


async def sweep_uploads(worker: WorkerContext) -> None:
    """What the sweep does for uploads beside what it does for any work."""
    await end_abandoned(worker.pool)
    await end_unbegun(worker.pool, ttl_hours=worker.settings.upload_ttl_hours)
    await forget(worker.pool, _FORGET)


async def end_abandoned(pool: Pool) -> None:
    """Let what has not come in time fail, which frees what it had reserved; what is here is looked at all the same."""
    for row in await pool.fetch(_ABANDONED):
        await _end(pool, row["id"], _LATE, row["id"], is_over=True)


async def end_unbegun(pool: Pool, *, ttl_hours: int) -> None:
    """Let files fail of which no byte has come while their upload was idle for an hour; what has begun stays."""
    for row in await pool.fetch(_UNBEGUN, ttl_hours):
        await _end(pool, row["id"], _UNBEGUN_LINES, ttl_hours, row["id"])


async def _end(pool: Pool, upload_id: UUID, late: str, *values: object, is_over: bool = False) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await lock_upload(connection, upload_id)
        if is_over:
            await close_announcement(connection, upload_id)
        lines = await connection.fetch(late, *values)
        failed = await fail_lines(connection, upload_id, "not_sent", [line["id"] for line in lines])
    if failed:
        log.info("upload_abandoned", upload_id=str(upload_id), files=len(failed))


async def leave_received(worker: WorkerContext) -> None:
    """Look through what was received, in pages, for lines that have ended, or that were never written.

    Its end removes a file at once, or leaves it to the sweep: here is what a process that was killed then has left.
    """
    async for page in worker.vault.list(f"{INCOMING}/"):
        ages = dict(_ages(page))
        for row in await worker.pool.fetch(_LEAVE_RECEIVED, list(ages), list(ages.values()), FORM_SECONDS):
            log.info("incoming_left", key=row["key"])


def _ages(page: Sequence[Found]) -> Iterator[tuple[UUID, float]]:
    for found in page:
        with suppress(ValueError):  # none of ours
            yield UUID(found.key.split("/")[1]), found.age  # a store keeps a file in pieces below its id
