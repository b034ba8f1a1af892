"""A mail server that delivers nothing: every message becomes an ``.eml`` file."""

import itertools
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

SENDER = "downloads@example.org"


class MailCatcher:
    """Listens on a local port, in a thread of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"smtp://127.0.0.1:{port}"
        self._folder = folder
        self._port = port
        self._numbers = itertools.count()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its API
        assert isinstance(envelope.content, bytes)
        # Unique across runs by the clock, within a moment by the number.
        (self._folder / f"{time.time_ns()}-{next(self._numbers)}.eml").write_bytes(envelope.content)
        return "250 OK"

    def messages(self) -> Iterator[EmailMessage]:
        """All messages, oldest first."""
        for path in sorted(self._folder.glob("*.eml")):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            assert isinstance(message, EmailMessage)
            yield message

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._controller = Controller(self, hostname="127.0.0.1", port=self._port)
        try:
            self._controller.start()
        except OSError:
            self._controller.loop.close()  # which its maker leaves open
            raise

    def stop(self) -> None:
        self._controller.stop(no_assert=True)
