"""A message to one of the site's users, with a link to what it is about."""

from email.message import EmailMessage
from typing import Any

from ..work.context import WorkerContext
from .mailer import Mailer
from .message import compose
from .sender import Mail

_FIND_USER = "SELECT id, public_sqid, handle, email FROM users WHERE id = $1"


async def compose_for(
    worker: WorkerContext, mailer: Mailer, mail: Mail, subject: str, *, about: str, of: int | None = None, **values: Any
) -> EmailMessage:
    """The message of a topic's template to its reader.

    Args:
        about: the query of the link.
        of: whose dashboard the link opens; the reader's own where it is None.

    Raises:
        ValueError: the user has no address, or one that is none.
    """
    reader = await worker.pool.fetchrow(_FIND_USER, mail.user_id)
    if reader is None or not reader["email"]:
        raise ValueError("the user has no e-mail address")
    owner = reader if of is None else await worker.pool.fetchrow(_FIND_USER, of)
    if owner is None:
        raise ValueError("the user whom it is about is gone")
    site, sqid = worker.settings.site_name, worker.ids.of(owner["id"], owner["public_sqid"])
    return compose(
        mail.topic,
        subject=subject.format(site=site),
        sender=mailer.mail_from,
        sender_name=site,
        recipient=reader["email"],
        site=site,
        handle=reader["handle"],
        url=f"{worker.settings.base_url.rstrip('/')}/u/{sqid}/posts?{about}",
        **values,
    )
