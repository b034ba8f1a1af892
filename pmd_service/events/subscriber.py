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

    def __init__(self, *, viewer_id: int, user_id: int, kinds: Collection[str]) -> None:
        self.viewer_id = viewer_id
        self.user_id = user_id
        self.kinds = frozenset(kinds)
        self.told: set[Key] = set()
        self.ending: str | None = None
        self._greeted = False
        self._owed: dict[Key, msgspec.Struct | None] = {}
        self._woken = asyncio.Event()

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
        self._woken.set()

    def end(self, event: str) -> None:
        """Let the stream end with this event, or with none where it is empty."""
        if self.ending is None:
            self.ending = event
        self._woken.set()

    async def next_changes(self) -> dict[Key, msgspec.Struct | None]:
        """Wait until something is owed, and take all of it; empty when the stream shall end."""
        await self._woken.wait()
        self._woken.clear()
        owed, self._owed = self._owed, {}
        self.told.difference_update(key for key, state in owed.items() if state is None)
        return owed
