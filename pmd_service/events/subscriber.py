"""One open stream: what it is owed is at most the latest state of each thing, however slowly it reads."""

from collections.abc import Callable, Collection, Mapping

import msgspec

from .topic import Key


def _nobody_listens() -> None:
    pass


class Subscriber:
    """A stream of the things of one user, followed by that user or by a moderator.

    Until it has been greeted with the state of things it keeps every removal: what is removed while that state is
    read may still be in it.

    Args:
        viewer_id: who follows; user_id: whose things they are.
        is_patient: whether what it has not heard of yet waits for whoever asked for it to be answered.
    """

    # There are thousands of them.
    __slots__ = (
        "_greeted", "_owed", "_withheld", "ending", "is_patient", "kinds", "on_news", "told", "user_id", "viewer_id",
    )  # fmt: skip

    def __init__(self, *, viewer_id: int, user_id: int, kinds: Collection[str], is_patient: bool = False) -> None:
        self.viewer_id = viewer_id
        self.user_id = user_id
        self.kinds = kinds
        self.is_patient = is_patient
        self.told: set[Key] = set()
        self.ending: str | None = None
        # Called when something is owed or the stream shall end; it takes what it can.
        self.on_news: Callable[[], None] = _nobody_listens
        self._greeted = False
        self._owed: dict[Key, msgspec.Struct | None] = {}
        self._withheld: dict[Key, msgspec.Struct | None] = {}

    @property
    def has_news(self) -> bool:
        """Whether something is owed, or the stream shall end."""
        return bool(self._owed) or self.ending is not None

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
        self.on_news()

    def withhold(self, key: Key, state: msgspec.Struct | None) -> None:
        """Owe it later, unless it is no news that the thing is there."""
        if self.is_patient and key not in self.told:
            self._withheld[key] = state
        else:
            self.owe(key, state)

    def release(self, key: Key) -> None:
        """Owe what was withheld, as it is by now."""
        if key in self._withheld:
            self.owe(key, self._withheld.pop(key))

    def end(self, event: str) -> None:
        """Let the stream end with this event, or with none where it is empty."""
        if self.ending is None:
            self.ending = event
        self.on_news()

    def take(self) -> dict[Key, msgspec.Struct | None]:
        """Take all that is owed."""
        owed, self._owed = self._owed, {}
        self.told.difference_update(key for key, state in owed.items() if state is None)
        return owed
