"""Notification mails (SPEC sections 5 and 8): for a download when it is ready or has finally failed, for a takeout when
it has ended.

The outbox row is written in the transaction that ends the request; the message is composed when it is sent, from the
state at that time.
"""

from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from uuid import UUID

from ..base.database import Connection
from ..locales import translatable
from ..outbox.mailer import Mailer
from ..outbox.message import compose_for
from ..outbox.queue import add_mail
from ..outbox.sender import Compose, Mail
from ..work.context import WorkerContext
from .takeout_ending import end_takeouts
from .takeouts.queries import find_takeout

_WITH_MAIL = """
SELECT id, user_id, status, attempt, request_id FROM batch_download_requests WHERE id = ANY ($1) AND send_email
"""

# Nothing for a request that has been removed or restarted since.
_OUTCOME = """
SELECT id, artwork_count AS requested_count, artwork_count, missing, file_size_bytes, expires_at, error_message
  FROM batch_download_requests
 WHERE id = $1 AND attempt = $2 AND status = $3 AND deleted_at IS NULL
"""

_SUBJECTS = {
    "ready": translatable("Your {site} download is ready"),
    "failed": translatable("Your {site} download could not be built"),
}
_TAKEOUT_SUBJECTS = {
    "ready": translatable("Everything of yours at {site} is ready"),
    "failed": translatable("Your takeout of {site} could not be built"),
}


async def announce(connection: Connection, bdr_ids: Sequence[UUID]) -> bool:
    """These requests have ended, and their takeouts: queue the mails that were requested; whether there are any."""
    has_mail = await end_takeouts(connection, bdr_ids)
    for row in await connection.fetch(_WITH_MAIL, bdr_ids):
        has_mail |= await add_mail(
            connection,
            f"bdr_{row['status']}",
            user_id=row["user_id"],
            about=str(row["id"]),
            state=str(row["attempt"]),
            request_id=row["request_id"],
        )
    return has_mail


async def compose_outcome(worker: WorkerContext, mailer: Mailer, mail: Mail) -> EmailMessage | None:
    """The message about a request's outcome; None if it is out of date."""
    status = mail.topic.removeprefix("bdr_")
    row = await worker.pool.fetchrow(_OUTCOME, UUID(mail.about), int(mail.deduplication_key), status)
    if row is None:
        return None
    values = dict(row) | {"artwork_count": row["artwork_count"] - len(row["missing"])}
    return await compose_for(worker, mailer, mail, _SUBJECTS[status], about=f"bdr={row['id']}", **values)


async def compose_ended(worker: WorkerContext, mailer: Mailer, mail: Mail) -> EmailMessage | None:
    """The message about a takeout that has ended; None if it was removed or restarted."""
    takeout = await find_takeout(worker.pool, user_id=mail.user_id, takeout_id=UUID(mail.about))
    if takeout is None or takeout.status not in _TAKEOUT_SUBJECTS or takeout.download_id is None:
        return None
    subject = _TAKEOUT_SUBJECTS[takeout.status]
    return await compose_for(worker, mailer, mail, subject, about=f"bdr={takeout.download_id}", takeout=takeout)


COMPOSERS: Mapping[str, Compose] = {
    "bdr_ready": compose_outcome,
    "bdr_failed": compose_outcome,
    "takeout_ended": compose_ended,
}
