"""An open stream's pending events: at most the latest state of each object, however slowly its client reads."""

from collections.abc import Callable, Collection, Mapping

import msgspec

from .topic import Key


def _do_nothing() -> None:
    pass


class Subscriber:
    """A stream of one user's objects, for that user or a moderator.

    Until its initial state has been loaded (``greet``), it keeps all removals: an object that is removed meanwhile may
    still be in that state.

    Args:
        viewer_id: the subscriber; user_id: the owner of the objects.
        credential: the SHA-256 of the token or key, whose end is the stream's.
        waits_for_responses: whether events of new objects wait until the request that created them has been answered.
    """

    # There are thousands of them.
    __slots__ = (
        "_greeted",
        "_pending",
        "_withheld",
        "credential",
        "ending",
        "kinds",
        "known",
        "on_change",
        "user_id",
        "viewer_id",
        "waits_for_responses",
    )  # fmt: skip

    def __init__(
        self,
        *,
        viewer_id: int,
        user_id: int,
        kinds: Collection[str],
        waits_for_responses: bool = False,
        credential: bytes = b"",
    ) -> None:
        self.viewer_id = viewer_id
        self.user_id = user_id
        self.kinds = kinds
        self.waits_for_responses = waits_for_responses
        self.credential = credential
        self.known: set[Key] = set()
        self.ending: str | None = None
        # Called when events are pending or the stream must end.
        self.on_change: Callable[[], None] = _do_nothing
        self._greeted = False
        self._pending: dict[Key, msgspec.Struct | None] = {}
        self._withheld: dict[Key, msgspec.Struct | None] = {}

    @property
    def has_changes(self) -> bool:
        """Whether events are pending, or the stream must end."""
        return bool(self._pending) or self.ending is not None

    def greet(self, states: Mapping[Key, msgspec.Struct]) -> None:
        """Note the initial state, which the stream sends first."""
        self.known.update(states)
        self._greeted = True
        self._pending = {key: state for key, state in self._pending.items() if state is not None or key in self.known}

    def push(self, key: Key, state: msgspec.Struct | None) -> None:
        if state is None and self._greeted and key not in self.known:
            return  # removed before this subscriber knew of it
        # Popped first, so that events are in the order of the last changes.
        self._pending.pop(key, None)
        self._pending[key] = state
        if state is not None:
            self.known.add(key)
        self.on_change()

    def withhold(self, key: Key, state: msgspec.Struct | None) -> None:
        """Push it later, unless the subscriber knows the object already."""
        if self.waits_for_responses and key not in self.known:
            self._withheld[key] = state
        else:
            self.push(key, state)

    def release(self, key: Key) -> None:
        """Push the withheld state, if there is one."""
        if key in self._withheld:
            self.push(key, self._withheld.pop(key))

    def end(self, event: str) -> None:
        """End the stream with this event, or with none if it is empty."""
        if self.ending is None:
            self.ending = event
        self.on_change()

    def take(self) -> dict[Key, msgspec.Struct | None]:
        """Remove and return all pending states."""
        pending, self._pending = self._pending, {}
        self.known.difference_update(key for key, state in pending.items() if state is None)
        return pending
