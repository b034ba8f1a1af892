"""Rows of the outbox, whatever sends them: each has its work, added in the same transaction."""

from collections.abc import Sequence

from ..base.database import Connection
from ..work.adding import add_work
from ..work.kind import Failed

EMAIL, WEBHOOK = "email", "webhook"

# ``Kind.release`` of both.
RELEASE = "UPDATE outbox SET status = 'due' WHERE id = $1 AND status = 'connecting'"

# Nothing for a user who has been deleted.
_ADD_MAIL = """
INSERT INTO outbox (topic, user_id, about, deduplication_key)
SELECT $1, id, $3, $4 FROM users WHERE id = $2
    ON CONFLICT DO NOTHING
RETURNING id
"""
_FAIL = """
UPDATE outbox SET status = 'failed', error_message = left($2, 500), settled_at = now()
 WHERE id = ANY ($1) AND status IN ('due', 'connecting')
"""


async def add_mail(
    connection: Connection, topic: str, *, user_id: int, about: str, state: str, request_id: str | None
) -> bool:
    """Have a mail sent, in the transaction of what it reports; whether there is one to send.

    Args:
        topic: the name of its template.
        about: the id of the row that it reports on.
        state: which state of that row: each is reported once.
    """
    mail_id = await connection.fetchval(_ADD_MAIL, topic, user_id, about, state)
    if mail_id is None:
        return False
    title = topic.replace("bdr", "download").replace("_", " ")
    await add_work(connection, EMAIL, user_id, [(mail_id, title)], request_id=request_id)
    return True


async def fail_messages(connection: Connection, ids: Sequence[int], failed: Failed) -> None:
    """``Kind.fail`` of both."""
    await connection.execute(_FAIL, ids, failed.message)
