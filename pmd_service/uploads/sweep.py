"""The uploads' own part of the sweep: what was announced and never came, and what the dead have left in the vault."""

from uuid import UUID

from ..database import Pool
from ..ops.telemetry import log
from ..vault import Vault
from ..work.context import WorkerContext
from .queries import IS_AWAITED
from .rules import REASONS
from .settle import lock_upload, mark_failed, recount, settle_followers

# A form's files lie in the vault a while before there are rows for them.
FORM_SECONDS = 3600.0
FORGET_DAYS = 14

_ABANDONED = "SELECT id FROM batch_reports WHERE status = 'processing' AND expires_at <= now() LIMIT 100"

_FORGET = f"""
DELETE FROM batch_reports
 WHERE id IN (SELECT id FROM batch_reports
               WHERE status <> 'processing' AND expires_at < now() - interval '{FORGET_DAYS} days' LIMIT 1000)
"""

_IS_OVER = """
SELECT processing_status IN ('success', 'failed') FROM batch_report_files WHERE id = $1 FOR NO KEY UPDATE
"""


async def sweep_uploads(worker: WorkerContext) -> None:
    """What the sweep does for uploads beside what it does for any work."""
    await end_abandoned(worker.pool)
    await discard_leftovers(worker.pool, worker.vault)
    await worker.pool.execute(_FORGET)


async def end_abandoned(pool: Pool) -> None:
    """Let what has not come in time fail, which frees what it had reserved; what is here is looked at all the same."""
    for row in await pool.fetch(_ABANDONED):
        async with pool.acquire() as connection, connection.transaction():
            await lock_upload(connection, row["id"])
            late = await connection.fetch(
                f"""SELECT files.id FROM batch_report_files AS files JOIN batch_reports ON batch_reports.id = batch_id
                     WHERE batch_id = $1 AND batch_reports.expires_at <= now() AND {IS_AWAITED}""",
                row["id"],
            )
            failed = await mark_failed(
                connection, [each["id"] for each in late], "not_sent", REASONS["not_sent"].message
            )
            await settle_followers(connection, failed)
            await recount(connection, row["id"])
        if failed:
            log.info("upload_abandoned", upload_id=str(row["id"]), files=len(failed))


async def discard_leftovers(pool: Pool, vault: Vault) -> None:
    """Remove what was received of lines that have ended, or that were never written."""
    async for page in vault.list("incoming/"):
        for found in page:
            try:
                file_id = UUID(found.key.split("/")[1])  # a store keeps a file in pieces below its id
            except ValueError:
                continue  # none of ours
            # Under the line's lock: a retry gives the same line an address again.
            async with pool.acquire() as connection, connection.transaction():
                is_over = await connection.fetchval(_IS_OVER, file_id)
                if is_over or (is_over is None and found.age > FORM_SECONDS):
                    await vault.incoming(file_id).discard()
                    log.info("incoming_discarded", file_id=str(file_id))
