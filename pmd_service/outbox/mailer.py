"""The SMTP client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from ..base.settings import Settings

TIMEOUT_SECONDS = 30.0

# Failures after which the same message may succeed later.
MAIL_FAULTS = (aiosmtplib.SMTPException, OSError, TimeoutError)


class Mailer:
    """Sends from one address through one server, ``smtp://user:pass@host:587?starttls=1`` or ``smtps://…``."""

    def __init__(self, smtp_url: str, mail_from: str) -> None:
        parts = urlsplit(smtp_url)
        self.mail_from = mail_from
        self._host = parts.hostname or "localhost"
        self._use_tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._use_tls else 587)
        self._start_tls = True if parse_qs(parts.query).get("starttls") == ["1"] else None
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    @classmethod
    def of(cls, settings: Settings) -> "Mailer | None":
        """The configured mailer; None if e-mail is off."""
        if settings.smtp_url is None or settings.mail_from is None:
            return None
        return cls(settings.smtp_url, settings.mail_from)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A session that is ready to send: connected, encrypted and authenticated.

        Raises:
            MAIL_FAULTS: the server cannot be reached or rejects the login.
        """
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._use_tls,
            start_tls=self._start_tls,
            username=self._username,
            password=self._password,
            timeout=TIMEOUT_SECONDS,
        )
        async with client:
            yield client

    async def probe(self) -> None:
        """Check that the server accepts our login.

        Raises:
            MAIL_FAULTS: it does not.
        """
        async with self.connected():
            pass


def is_refusal(error: BaseException) -> bool:
    """Whether the server refused this message for good (RFC 5321 section 4.2.1, 5yz).

    A rejected login does not count: an operator can fix that.
    """
    refusals = aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError
    return isinstance(error, refusals) and error.code >= 500
