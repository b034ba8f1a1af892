"""Sources that are opened before their turn: a store far away sends the next ones while one is written."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NoReturn

from ..vault.base import ObjectUnreadableError, Source

AHEAD_BYTES = 4 << 20  # of sources; one larger than that is opened all the same, alone
AHEAD_SOURCES = 8


class Opened:
    """Opens sources in the order in which they are taken; of one thread."""

    def __init__(self) -> None:
        self._ahead: deque[tuple[Source, ExitStack, Iterator[bytes]]] = deque()

    @contextmanager
    def taken(self, source: Source, following: Iterable[Source]) -> Iterator[Iterator[bytes]]:
        """The source's bytes, for as long as the block lasts; that it cannot be opened is raised by the first of them.

        Args:
            following: what is taken next, in this order.

        Raises:
            OSError, VaultFaultError: it does not work at the moment, for this source or those that follow.
        """
        if not self._ahead:
            self._open(source)
        ours, opened, chunks = self._ahead.popleft()
        assert ours is source
        with opened:
            self._open_ahead(following)
            yield chunks

    def _open_ahead(self, following: Iterable[Source]) -> None:
        size = 0
        for number, source in enumerate(following):
            size += source.size
            if number >= AHEAD_SOURCES or (number and size > AHEAD_BYTES):
                return
            if number >= len(self._ahead):
                self._open(source)

    def _open(self, source: Source) -> None:
        with ExitStack() as opening:
            try:
                chunks = opening.enter_context(source.open())
            except ObjectUnreadableError as error:
                chunks = map(fail, [error])
            self._ahead.append((source, opening.pop_all(), chunks))

    def close(self) -> None:
        """Let go of what was never taken."""
        while self._ahead:
            self._ahead.popleft()[1].close()


def fail(error: ObjectUnreadableError) -> NoReturn:
    raise error
