"""The downloads' own part of the sweep: messages that wait, and what dead attempts have left in the vault."""

from uuid import UUID

from ..database import Pool
from ..ops.telemetry import log
from ..vault import Vault
from ..work.context import WorkerContext
from ..work.queue import SEND_BDR_EMAIL, Queues

# Whether a message that was being sent when its worker died has gone out cannot be known. It is not sent again:
# its reader finds the same news on the dashboard, and nobody gets it twice.
_ABANDON_MESSAGES = """
UPDATE batch_download_requests
   SET email_status = 'unknown'
 WHERE email_status = 'sending' AND email_at < now()
RETURNING id
"""

_DUE_MESSAGES = """
SELECT id, attempt, email_tries
  FROM batch_download_requests
 WHERE email_status = 'due' AND email_at <= now()
 ORDER BY email_at
 LIMIT 1000
"""

_BUILDING = "SELECT id, attempt FROM batch_download_requests WHERE id = ANY($1) AND status = 'processing'"


async def sweep_downloads(worker: WorkerContext) -> None:
    """What the sweep does for downloads beside what it does for any work."""
    await enqueue_messages(worker.pool, worker.queues)
    await remove_dead_parts(worker.pool, worker.vault)


async def enqueue_messages(pool: Pool, queues: Queues) -> None:
    for row in await pool.fetch(_ABANDON_MESSAGES):
        log.warning("email_unknown", bdr_id=str(row["id"]))
    for row in await pool.fetch(_DUE_MESSAGES):
        await queues.enqueue(SEND_BDR_EMAIL, row["id"], row["email_tries"])


async def remove_dead_parts(pool: Pool, vault: Vault) -> None:
    """Remove what attempts have left that are over."""
    parts = [file for file in await vault.list_files() if file.attempt is not None]
    if not parts:
        return
    ids = list({file.bdr_id for file in parts})
    building: set[tuple[UUID, int]] = {(row["id"], row["attempt"]) for row in await pool.fetch(_BUILDING, ids)}
    for file in parts:
        if (file.bdr_id, file.attempt) not in building:
            log.info("bdr_part_removed", file=file.file_path)
            await vault.remove(file.file_path)
