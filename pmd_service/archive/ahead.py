"""Sources that are opened before their turn: a store far away sends the next ones while one is written."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from ..vault.base import Source

AHEAD_BYTES = 4 << 20  # of sources; one larger than that is opened all the same, alone
AHEAD_SOURCES = 8


class Opened:
    """Opens sources in the order in which they are taken; of one thread."""

    def __init__(self) -> None:
        self._ahead: deque[tuple[Source, AbstractContextManager[Iterator[bytes]], Iterator[bytes]]] = deque()

    @contextmanager
    def taken(self, source: Source, following: Iterable[Source]) -> Iterator[Iterator[bytes]]:
        """The source's bytes, for as long as the block lasts.

        Args:
            following: what is taken next, in this order.

        Raises:
            OSError, VaultFaultError: this source, or one of those that follow, cannot be read.
        """
        if not self._ahead:
            self._open(source)
        ours, opened, chunks = self._ahead.popleft()
        assert ours is source
        with ExitStack() as closing:
            closing.push(opened)
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
        opened = source.open()
        self._ahead.append((source, opened, opened.__enter__()))

    def close(self) -> None:
        """Let go of what was never taken."""
        while self._ahead:
            self._ahead.popleft()[1].__exit__(None, None, None)
