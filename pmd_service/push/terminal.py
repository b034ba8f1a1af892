"""A push's output: a progress bar on a terminal, lines otherwise."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

# Outcomes, as reported.
WORDS = {
    "added": "new",
    "already_there": "already in your library",
    "restored": "back from the trash",
    "failed": "refused",
}


class Terminal:
    """Writes to standard error: standard output has only the report.

    Args:
        silent: for callers with output of their own.
    """

    def __init__(self, *, silent: bool = False) -> None:
        self._silent = silent
        self._last = ""

    def show(self, text: str) -> None:
        if text != self._last and not self._silent:  # a repeated problem once
            self._last = text
            click.echo(text, err=True)

    @contextmanager
    def progress(self, total_bytes: int) -> Iterator[Callable[[int], None]]:
        """Yields a function that takes the numbers of bytes as the service has stored them."""
        if self._silent or not sys.stderr.isatty():
            yield lambda _bytes: None
            return
        columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("", total=total_bytes)
            yield lambda sent: bar.advance(task, sent)
