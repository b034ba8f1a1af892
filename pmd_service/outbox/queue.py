"""Rows of the outbox, whatever sends them: each has its work, added in the same transaction."""

from collections.abc import Iterable, Sequence

from asyncpg import Record

from ..base.database import Connection
from ..work.adding import add_work
from ..work.kind import Failed

EMAIL, WEBHOOK = "email", "webhook"

# ``Kind.release`` of both.
RELEASE = "UPDATE outbox SET status = 'due' WHERE id = $1 AND status = 'connecting'"

_FAIL = """
UPDATE outbox SET status = 'failed', error_message = left($2, 500), settled_at = now()
 WHERE id = ANY ($1) AND status IN ('due', 'connecting')
"""


async def add_mails(connection: Connection, mails: Iterable[Record], *, request_id: str | None) -> bool:
    """Have these mails sent; whether there are any.

    Args:
        mails: rows of the outbox that have been inserted: ``id, user_id, topic``.
    """
    has_any = False
    for mail in mails:
        title = mail["topic"].replace("bdr", "download").replace("_", " ")
        await add_work(connection, EMAIL, mail["user_id"], [(mail["id"], title)], request_id=request_id)
        has_any = True
    return has_any


async def fail_messages(connection: Connection, ids: Sequence[int], failed: Failed) -> None:
    """``Kind.fail`` of both."""
    await connection.execute(_FAIL, ids, failed.message)
