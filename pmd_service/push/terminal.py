"""What a push tells: a bar where somebody watches, lines where nobody does."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

# What became of a file, as it is told.
WORDS = {
    "added": "new",
    "already_there": "already in your library",
    "restored": "back from the trash",
    "failed": "not taken",
}


class Terminal:
    """Standard error, so that standard output is the report alone.

    Args:
        silent: for those who push on somebody's behalf and tell what came of it themselves.
    """

    def __init__(self, *, silent: bool = False) -> None:
        self._silent = silent
        self._last = ""

    def say(self, text: str) -> None:
        if text != self._last and not self._silent:  # the same trouble once
            self._last = text
            click.echo(text, err=True)

    @contextmanager
    def progress(self, total_bytes: int) -> Iterator[Callable[[int], None]]:
        """Take bytes as they are durable at the service."""
        if self._silent or not sys.stderr.isatty():
            yield lambda _bytes: None
            return
        columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("", total=total_bytes)
            yield lambda sent: bar.advance(task, sent)
