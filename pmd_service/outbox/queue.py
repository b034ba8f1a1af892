"""Having messages sent: each row of the outbox has its work, added in the same transaction."""

from collections.abc import Iterable

from asyncpg import Record

from ..base.database import Connection
from ..work.adding import add_work

EMAIL, WEBHOOK = "email", "webhook"


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
