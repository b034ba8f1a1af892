"""The downloads' own part of the sweep: messages that wait, and objects that no row names."""

from ..database import Pool
from ..ops.telemetry import log
from ..vault.leftovers import sweep_leftovers
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


async def sweep_downloads(worker: WorkerContext) -> None:
    """What the sweep does for downloads beside what it does for any work."""
    await enqueue_messages(worker.pool, worker.queues)
    await sweep_leftovers(worker.pool, worker.vault)


async def enqueue_messages(pool: Pool, queues: Queues) -> None:
    for row in await pool.fetch(_ABANDON_MESSAGES):
        log.warning("email_unknown", bdr_id=str(row["id"]))
    for row in await pool.fetch(_DUE_MESSAGES):
        await queues.enqueue(SEND_BDR_EMAIL, row["id"], row["email_tries"])
