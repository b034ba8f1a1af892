"""The downloads of the original's page, as its sources have them: a list that two hands write.

The page puts what its POST was answered before its list, without checking whether it is there. It parts the stream at
empty lines, and of each `bdr_update` it replaces the card with that id, or puts a new one before the others.
"""

import asyncio
import json
from typing import Any

from ..hang import HANG_SECONDS
from ..site import Api


class Page:
    """Signed in as a user; it goes on reading its stream until it is closed."""

    def __init__(self, api: Api, user: int) -> None:
        self.api, self.user = api, user
        self.cards: list[dict[str, Any]] = []
        self._changed = asyncio.Event()
        self._connected = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self.cards = list((await self.api.get("/api/pmd/bdr", user=self.user)).json["items"])
        self._reading = asyncio.create_task(self._read())
        async with asyncio.timeout(HANG_SECONDS):
            await self._connected.wait()

    async def close(self) -> None:
        assert self._reading is not None
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        headers = self.api.sign(self.user)
        async with self.api.session.get("/api/pmd/bdr/sse", headers=headers) as response:
            buffer = ""
            async for chunk in response.content.iter_any():
                *events, buffer = (buffer + chunk.decode()).split("\n\n")
                for event in events:
                    self._hear(dict(line.split(": ", 1) for line in event.split("\n") if ": " in line))

    def _hear(self, event: dict[str, str]) -> None:
        if event.get("event") == "connected":
            self._connected.set()
        if event.get("event") != "bdr_update":
            return
        changed = json.loads(event["data"])
        if any(card["id"] == changed["id"] for card in self.cards):
            self.cards = [changed if card["id"] == changed["id"] else card for card in self.cards]
        else:
            self.cards = [changed, *self.cards]
        self._changed.set()

    async def request(self, post_ids: list[int]) -> str:
        answer = await self.api.post("/api/pmd/bdr", {"post_ids": post_ids}, user=self.user)
        self.cards = [answer.json, *self.cards]
        return str(answer.json["id"])

    async def until_ready(self, bdr_id: str) -> None:
        async with asyncio.timeout(HANG_SECONDS):
            while not any(card["id"] == bdr_id and card["status"] == "ready" for card in self.cards):
                self._changed.clear()
                await self._changed.wait()
