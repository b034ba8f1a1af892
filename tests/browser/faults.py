"""What goes wrong in the tabs of a visitor: no test passes with any of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.async_api import BrowserContext, ConsoleMessage, WebError

_KINDS = ("error", "warning", "assert")
# What Chromium itself says of a request that failed; the page cannot keep it from doing so.
_FAILED = re.compile(r"(?s).*Failed to load resource: (?:the server responded with a status of (\d+) .*|net::(\w+))")
# How Chromium names a server that is killed, or a network that is cut, in the middle of anything.
CUT = (
    "ERR_CONNECTION_CLOSED",
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_CONTENT_LENGTH_MISMATCH",
    "ERR_EMPTY_RESPONSE",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "ERR_INTERNET_DISCONNECTED",
    "ERR_NETWORK_CHANGED",
    "ERR_SOCKET_NOT_CONNECTED",
)


class Faults:
    """Errors and warnings in the console, exceptions, and rejections that nobody handles, in all tabs of a context."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str | None]] = []
        self._provoked: set[str] = set()

    @contextmanager
    def watched(self, context: BrowserContext) -> Iterator[None]:
        context.on("console", self._heard)
        context.on("weberror", self._thrown)
        try:
            yield
        finally:
            context.remove_listener("console", self._heard)
            context.remove_listener("weberror", self._thrown)

    def provoke(self, *failures: int | str) -> None:
        """The test itself makes requests fail: with these statuses, or like ``ERR_CONNECTION_RESET``."""
        self._provoked.update(map(str, failures))

    @property
    def unexpected(self) -> list[str]:
        return [text for text, failure in self._found if failure not in self._provoked]

    def _heard(self, line: ConsoleMessage) -> None:
        if line.type in _KINDS:
            failed = _FAILED.fullmatch(line.text)
            self._found.append((f"{line.text} ({line.location['url']})", failed and (failed[1] or failed[2])))

    def _thrown(self, thrown: WebError) -> None:
        self._found.append((str(thrown.error), None))
