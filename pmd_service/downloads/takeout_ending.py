"""A takeout ends with its download, and goes on when that is built again: in the same transaction."""

from collections.abc import Sequence
from uuid import UUID

from ..base.database import Connection
from ..outbox.queue import add_mail

_END = """
UPDATE takeouts SET completed_at = now()
  FROM batch_download_requests AS request
 WHERE request.id = ANY ($1) AND takeouts.id = request.takeout_id AND takeouts.completed_at IS NULL
RETURNING takeouts.id, takeouts.user_id, takeouts.send_email, request.request_id
"""
_REOPEN = """
UPDATE takeouts SET completed_at = NULL, cancelled = false
  FROM batch_download_requests AS request
 WHERE request.id = $1 AND takeouts.id = request.takeout_id
"""


async def end_takeouts(connection: Connection, bdr_ids: Sequence[UUID]) -> bool:
    """These downloads have ended: so have their takeouts; whether there is a mail to send. It is sent once."""
    has_mail = False
    for row in await connection.fetch(_END, bdr_ids):
        if row["send_email"]:
            has_mail |= await add_mail(
                connection,
                "takeout_ended",
                user_id=row["user_id"],
                about=str(row["id"]),
                state="",
                request_id=row["request_id"],
            )
    return has_mail


async def reopen_takeout(connection: Connection, bdr_id: UUID) -> None:
    """This download is built again."""
    await connection.execute(_REOPEN, bdr_id)
