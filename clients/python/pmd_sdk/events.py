"""Server-Sent Events."""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from io import IncrementalNewlineDecoder
from typing import Any

import msgspec

# As many digits as a sleep can take.
_MILLISECONDS = re.compile("[0-9]{1,9}")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event: its name, its data as sent, and its id if it has one."""

    event: str
    data: str
    id: str | None

    def json(self) -> Any:
        return msgspec.json.decode(self.data)


class Parser:
    """Takes the bytes of a stream (WHATWG HTML, 9.2); remembers where to go on, and how long to wait before.

    A CR that ends a piece counts when the next one arrives, as it may be half of a line's end.
    """

    def __init__(self, last_event_id: str | None) -> None:
        self.last_event_id = last_event_id
        self.retry_seconds = 3.0
        self.begin()

    def begin(self) -> None:
        """A new connection: what was left of the one before is dropped."""
        # Not by httpx's or Python's lines, which end at U+2028 and others as well: JSON has these as they are.
        self._text = IncrementalNewlineDecoder(getincrementaldecoder("utf-8-sig")("replace"), translate=True)
        self._rest = ""
        self._id = self.last_event_id
        self._event, self._data = "", list[str]()

    def feed(self, piece: bytes) -> Iterator[Event]:
        *lines, self._rest = (self._rest + self._text.decode(piece)).split("\n")
        for line in lines:
            if line:
                self._take(line)
            elif (event := self._dispatch()) is not None:
                yield event

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value or None
            case "retry" if _MILLISECONDS.fullmatch(value):
                self.retry_seconds = int(value) / 1000

    def _dispatch(self) -> Event | None:
        event, data = self._event or "message", self._data
        self._event, self._data = "", []
        self.last_event_id = self._id  # also without data
        return Event(event=event, data="\n".join(data), id=self._id) if data else None
