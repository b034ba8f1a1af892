"""One open stream: what it is owed is at most the latest state of each thing, however slowly it reads."""

import asyncio
from collections.abc import Collection, Mapping

import msgspec

from .topic import Key


class Subscriber:
    """A stream of the things of one user, followed by that user or by a moderator.

    Until it has been greeted with the state of things it keeps every removal: what is removed while that state is
    read may still be in it.

    Args:
        viewer_id: who follows; user_id: whose things they are.
    """

    # There are thousands of them.
    __slots__ = ("_greeted", "_owed", "_waiting", "ending", "kinds", "told", "user_id", "viewer_id")

    def __init__(self, *, viewer_id: int, user_id: int, kinds: Collection[str]) -> None:
        self.viewer_id = viewer_id
        self.user_id = user_id
        self.kinds = kinds
        self.told: set[Key] = set()
        self.ending: str | None = None
        self._greeted = False
        self._owed: dict[Key, msgspec.Struct | None] = {}
        # A bare future: of 15,000 streams each keeps one thing to wait for, and an Event has a queue of 0.7 kB.
        self._waiting: asyncio.Future[None] | None = None

    def greet(self, states: Mapping[Key, msgspec.Struct]) -> None:
        """Take note of what the stream begins with."""
        self.told.update(states)
        self._greeted = True
        self._owed = {key: state for key, state in self._owed.items() if state is not None or key in self.told}

    def owe(self, key: Key, state: msgspec.Struct | None) -> None:
        if state is None and self._greeted and key not in self.told:
            return  # gone before this subscriber heard of it
        # Taken out and put in anew, so that the order of events is the order of the last changes.
        self._owed.pop(key, None)
        self._owed[key] = state
        if state is not None:
            self.told.add(key)
        self._wake()

    def end(self, event: str) -> None:
        """Let the stream end with this event, or with none where it is empty."""
        if self.ending is None:
            self.ending = event
        self._wake()

    async def next_changes(self) -> dict[Key, msgspec.Struct | None]:
        """Wait until something is owed, and take all of it; empty when the stream shall end."""
        if not self._owed and self.ending is None:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        owed, self._owed = self._owed, {}
        self.told.difference_update(key for key, state in owed.items() if state is None)
        return owed

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
