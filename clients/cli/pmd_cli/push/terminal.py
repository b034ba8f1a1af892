"""A push's output: a progress bar on a terminal, lines otherwise."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import click

from ..output import progress

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
        has_bar: False where the report is for programs.
    """

    def __init__(self, *, silent: bool = False, has_bar: bool = True) -> None:
        self._silent, self._has_bar = silent, has_bar
        self._last = ""

    def show(self, text: str) -> None:
        if text != self._last and not self._silent:  # a repeated problem once
            self._last = text
            click.echo(text, err=True)

    def progress(self, total_bytes: int) -> AbstractContextManager[Callable[[float], None]]:
        """Yields a function that takes the numbers of bytes as the service has stored them."""
        return progress("Sending", total_bytes, in_bytes=True, silent=self._silent or not self._has_bar)
