"""A message from templates to one of the site's users, with a link to what it is about."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ..work.context import WorkerContext
from .mailer import Mailer
from .sender import Mail

_templates = Environment(
    loader=PackageLoader("pmd_service.outbox"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


_FIND_USER = "SELECT id, public_sqid, handle, email FROM users WHERE id = $1"


async def compose_for(
    worker: WorkerContext, mailer: Mailer, mail: Mail, subject: str, *, about: str, of: int | None = None, **values: Any
) -> EmailMessage:
    """The message of a topic's templates (``.txt`` and ``.html``) to its reader.

    Args:
        about: the query of the link.
        of: whose dashboard the link opens; the reader's own where it is None.

    Raises:
        ValueError: the user has no address, or it or a header is none (control characters, no domain).
    """
    reader = await worker.pool.fetchrow(_FIND_USER, mail.user_id)
    if reader is None or not reader["email"]:
        raise ValueError("the user has no e-mail address")
    owner = reader if of is None else await worker.pool.fetchrow(_FIND_USER, of)
    if owner is None:
        raise ValueError("the user whom it is about is gone")
    site, sqid = worker.settings.site_name, worker.ids.of(owner["id"], owner["public_sqid"])
    url = f"{worker.settings.base_url.rstrip('/')}/u/{sqid}/posts?{about}"
    told = values | {"site": site, "handle": reader["handle"], "url": url}
    message = EmailMessage()
    message["Subject"] = subject.format(site=site)
    message["From"] = Address(display_name=site, addr_spec=mailer.mail_from)
    message["To"] = _address(reader["email"])
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=mailer.mail_from.rpartition("@")[2])
    # RFC 3834: no out-of-office answers to a machine.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_templates.get_template(f"{mail.topic}.txt").render(told))
    message.add_alternative(_templates.get_template(f"{mail.topic}.html").render(told), subtype="html")
    return message


def _address(text: str) -> Address:
    """Raises: ValueError: this is no address that a message can be sent to."""
    try:
        address = Address(addr_spec=text)
    except (IndexError, MessageError) as error:  # what the standard library's parser makes of “a@” and the like
        raise ValueError(f"not an e-mail address: {error}") from error
    if not (address.username and address.domain and text.isascii()):
        raise ValueError("not an e-mail address")
    return address
