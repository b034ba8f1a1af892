"""The sweep: what makes every request end, whatever was lost on the way (SPEC section 7, Outcomes).

It runs every few seconds in each worker; each statement is guarded, so that two at once do no harm.
"""

from typing import Any

from ..database import Pool
from ..ops.telemetry import BDR_STATUS, log
from ..vault.leftovers import sweep_leftovers
from ..work.context import WorkerContext
from ..work.queue import Doorbell

# A request whose workers keep dying (its artworks may exhaust their memory) is not tried for ever.
MAX_LOSSES = 10
# A ring older than this that nobody has answered is stale: its worker died between taking the job and claiming it.
STALE_RING_SECONDS = 20.0

_LOST = "status = 'processing' AND lease_expires_at < now()"

_TAKE_OVER = f"""
UPDATE batch_download_requests
   SET status = 'pending', lease_token = NULL, lease_expires_at = NULL, processed_count = 0, losses = losses + 1,
       next_attempt_at = now()
 WHERE {_LOST} AND losses < $1
RETURNING id
"""

_GIVE_UP = f"""
UPDATE batch_download_requests
   SET status = 'failed', lease_token = NULL, lease_expires_at = NULL, completed_at = now(),
       error_message = 'The archive could not be built: it was begun several times and never came to its end.',
       email_status = CASE WHEN send_email THEN 'due' END, email_tries = 0, email_at = now()
 WHERE {_LOST} AND losses >= $1
RETURNING id
"""

_WAITING = """
SELECT id, attempt, next_attempt_at < now() - make_interval(secs => $1) AS is_overdue
  FROM batch_download_requests
 WHERE status = 'pending' AND next_attempt_at <= now() AND deleted_at IS NULL
 ORDER BY next_attempt_at
 LIMIT 1000
"""

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


async def sweep(context: dict[str, Any]) -> None:
    """Take over from the dead, clear up after them, and ring for all that waits."""
    worker: WorkerContext = context["worker"]
    await take_over(worker.pool)
    await ring_for_waiting(worker.pool, worker.doorbell)
    await ring_for_messages(worker.pool, worker.doorbell)
    await sweep_leftovers(worker.pool, worker.vault)


async def take_over(pool: Pool) -> None:
    """Free the requests whose lease has run out; their workers are dead or too slow to publish any more."""
    # Giving up comes first: taking over takes the rest.
    for row in await pool.fetch(_GIVE_UP, MAX_LOSSES):
        BDR_STATUS.labels("failed").inc()
        log.error("bdr_given_up", bdr_id=str(row["id"]))
    for row in await pool.fetch(_TAKE_OVER, MAX_LOSSES):
        BDR_STATUS.labels("pending").inc()
        log.warning("bdr_taken_over", bdr_id=str(row["id"]))


async def ring_for_waiting(pool: Pool, doorbell: Doorbell) -> None:
    for row in await pool.fetch(_WAITING, STALE_RING_SECONDS):
        await doorbell.ring_bdr(row["id"], row["attempt"], is_overdue=row["is_overdue"])


async def ring_for_messages(pool: Pool, doorbell: Doorbell) -> None:
    for row in await pool.fetch(_ABANDON_MESSAGES):
        log.warning("email_unknown", bdr_id=str(row["id"]))
    for row in await pool.fetch(_DUE_MESSAGES):
        await doorbell.ring_email(row["id"], row["attempt"], row["email_tries"])
