"""Messages from templates: text and HTML, one subject."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

_templates = Environment(
    loader=PackageLoader("pmd_service.outbox"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def compose(
    template: str, *, subject: str, sender: str, sender_name: str, recipient: str, **values: Any
) -> EmailMessage:
    """A multipart message from ``templates/{template}.txt`` and ``.html``.

    Raises:
        ValueError: an address or a header is not one (control characters, no domain).
    """
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = Address(display_name=sender_name, addr_spec=sender)
    message["To"] = _address(recipient)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    # RFC 3834: no out-of-office answers to a machine.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_templates.get_template(f"{template}.txt").render(values))
    message.add_alternative(_templates.get_template(f"{template}.html").render(values), subtype="html")
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
