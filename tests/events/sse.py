"""A reader of event streams (WHATWG HTML, section 9.2.6)."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from ..hang import HANG_SECONDS
from ..site import Api


def later(monkeypatch: pytest.MonkeyPatch, passed: timedelta) -> None:
    """Streams see so much time go by at once; a token of seconds would be over on a busy machine before it is read."""
    clock = SimpleNamespace(time=lambda: time.time() + passed.total_seconds())
    monkeypatch.setattr("pmd_service.events.stream.time", clock)


class Event:
    def __init__(self, name: str, data: str, event_id: str | None) -> None:
        self.name = name
        self.data: Any = json.loads(data) if data else None
        self.id = event_id

    def __repr__(self) -> str:
        return f"<{self.name} {self.data}>"


class Stream:
    """An open stream; comments and retry lines are kept apart from the events, and pings are passed over."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.comments: list[str] = []
        self.retry: int | None = None

    async def next(self) -> Event:
        """The next event. Raises: EOFError: the stream has ended."""
        async with asyncio.timeout(HANG_SECONDS):
            fields: dict[str, str] = {}
            while line := await self.response.content.readline():
                assert not line.endswith(b"\r\n"), "lines end with LF alone"
                text = line.decode().rstrip("\n")
                if text.startswith(":"):
                    self.comments.append(text)
                elif text:
                    name, _, value = text.partition(": ")
                    fields[name] = value
                elif fields.get("event") == "ping":
                    fields = {}
                elif "data" in fields:
                    return Event(fields.get("event", "message"), fields["data"], fields.get("id"))
                else:
                    self.retry = int(fields.pop("retry", self.retry or 0)) or None
            raise EOFError

    async def until(self, name: str) -> list[Event]:
        """All events up to and with the first of this name."""
        events = [await self.next()]
        while events[-1].name != name:
            events.append(await self.next())
        return events

    async def until_status(self, status: str) -> Event:
        while True:
            event = await self.next()
            if event.name == "bdr_update" and event.data["status"] == status:
                return event


@asynccontextmanager
async def opened(
    api: Api, user: int, *, token: str | None = None, path: str = "/api/pmd/bdr/sse"
) -> AsyncIterator[Stream]:
    headers = {"Authorization": f"Bearer {token}"} if token else api.sign(user)
    async with api.session.get(path, headers=headers) as response:
        assert response.status == 200, await response.text()
        assert response.headers["Content-Type"] == "text/event-stream"
        yield Stream(response)
