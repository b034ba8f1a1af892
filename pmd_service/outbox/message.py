"""Composing an e-mail to one of the site's users from templates."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from ..locales.language import language_of
from ..locales.templates import render
from ..work.context import WorkerContext
from .mailer import Mailer
from .sender import Mail

_FIND_USER = """
SELECT id, public_sqid, handle, email, language FROM users LEFT JOIN account_language ON user_id = id WHERE id = $1
"""


async def compose_for(
    worker: WorkerContext,
    mailer: Mailer,
    mail: Mail,
    subject: str,
    *,
    about: str,
    page: str = "posts",
    of: int | None = None,
    **values: Any,
) -> EmailMessage:
    """Render the templates of the mail's topic (``.txt`` and ``.html``) for its recipient, in their language.

    Args:
        subject: a message of the catalogue, with the place ``{site}``.
        about: the query string of the link; page: of the dashboard.
        of: the user whose dashboard the link opens; None: the recipient's own.

    Raises:
        ValueError: the address is missing or invalid, or a header is (control characters).
    """
    reader = await worker.pool.fetchrow(_FIND_USER, mail.user_id)
    if reader is None or not reader["email"]:
        raise ValueError("the user has no e-mail address")
    owner = reader if of is None else await worker.pool.fetchrow(_FIND_USER, of)
    if owner is None:
        raise ValueError("the user it is about no longer exists")
    site, sqid = worker.settings.site_name, worker.ids.of(owner["id"], owner["public_sqid"])
    url = f"{worker.settings.base_url}/u/{sqid}/{page}?{about}"
    language = language_of(reader["language"])
    context = values | {"site": site, "handle": reader["handle"], "url": url}
    message = EmailMessage()
    message["Subject"] = language.text(subject).format(site=site)
    message["From"] = Address(display_name=site, addr_spec=mailer.mail_from)
    message["To"] = _address(reader["email"])
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=mailer.mail_from.rpartition("@")[2])
    # RFC 3834: no out-of-office answers to a machine.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(render(__package__, f"{mail.topic}.txt", language.tag, **context))
    message.add_alternative(render(__package__, f"{mail.topic}.html", language.tag, **context), subtype="html")
    message["Content-Language"] = language.tag  # RFC 3282; it belongs to the content, which has been set
    return message


def _address(text: str) -> Address:
    """Raises: ValueError: a message cannot be sent to this address."""
    try:
        address = Address(addr_spec=text)
    except (IndexError, MessageError) as error:  # what the standard library's parser raises for “a@” and the like
        raise ValueError(f"not an e-mail address: {error}") from error
    if not (address.username and address.domain and text.isascii()):
        raise ValueError("not an e-mail address")
    return address
