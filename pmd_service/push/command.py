"""``pmd push`` from its options to its exit code."""

from collections.abc import Sequence
from pathlib import Path

import click

from .api import Api, Token
from .files import Found, find_files, license_among
from .push import Result, Said, push_files
from .terminal import WORDS, Terminal
from .watch import watch

PATIENCE_SECONDS = 300.0


async def run_push(
    paths: Sequence[Path], *, to: str, token: Token, watching: bool, name: str | None, said: Said
) -> int:
    """Push, and go on watching where that is asked for; returns the exit code.

    Raises:
        RefusedError, UnreachableError: the service does not take any of it.
    """
    terminal = Terminal()
    patience = float("inf") if watching else PATIENCE_SECONDS
    async with Api(to, token, patience_seconds=patience, told=terminal.say) as api:
        if watching:
            await watch(api, paths, said=said, terminal=terminal)
            return 0
        unreadable: list[str] = []
        found = list(find_files(paths, unreadable))
        _tell_unreadable(unreadable)
        if not found:
            terminal.say("There is nothing to send: no files.")
            return 1
        if said.license_id is None:
            await _offer_license(api, found, terminal)
        result = await push_files(api, found, name=name, said=said, terminal=terminal)
    _report(result)
    return 0 if result.is_well and not unreadable else 1


async def _offer_license(api: Api, found: Sequence[Found], terminal: Terminal) -> None:
    """What the folder says of its files is told, and given to them by whoever says so."""
    if (file := license_among(found)) is None:
        return
    try:
        text = file.file.read_text(errors="replace")
    except OSError:
        return
    if license := await api.recognize_license(text):
        terminal.say(f"{file.path} is {license.title}: with --license-id {license.id} all of these files have it.")


def _report(result: Result) -> None:
    """What became of the files: the left-out first, each with its reason."""
    _tell_unreadable(result.unreadable)
    for line in result.failed:
        click.echo(f"{line.path}: {line.error_message} ({line.error_code})")
    counts = [f"{result.outcomes[name]} {words}" for name, words in WORDS.items() if result.outcomes[name]]
    click.echo(" · ".join(counts) or "nothing")


def _tell_unreadable(paths: Sequence[str]) -> None:
    for path in paths:
        click.echo(f"{path}: cannot be read.")
