"""Server-Sent Events, line by line."""

from typing import Any

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event: its name, its data as sent, and its id if it has one."""

    event: str
    data: str
    id: str | None

    def json(self) -> Any:
        return msgspec.json.decode(self.data)


class Parser:
    """Takes the lines of a stream; remembers where to go on, and how long to wait before."""

    def __init__(self, last_event_id: str | None) -> None:
        self.last_event_id = last_event_id
        self.retry_seconds = 3.0
        self._event, self._id = "", None if last_event_id is None else last_event_id
        self._data: list[str] = []

    def begin(self) -> None:
        """A new connection: what was left of the one before is dropped."""
        self._event, self._data = "", []

    def feed(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
            case "id":
                self._id = value
            case "retry" if value.isdecimal():
                self.retry_seconds = int(value) / 1000
        return None

    def _dispatch(self) -> Event | None:
        event, data = self._event or "message", self._data
        self.begin()
        if not data:
            return None
        self.last_event_id = self._id
        return Event(event=event, data="\n".join(data), id=self._id)
