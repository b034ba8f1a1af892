"""``pmd push`` from its options to its exit code."""

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from .api import Api, RefusedError, Token, UnreachableError
from .files import PassedOver, find_files
from .push import Result, Said, push_files
from .terminal import Terminal
from .watch import watch

PATIENCE_SECONDS = 300.0

_WORDS = {
    "added": "new",
    "already_there": "already in your library",
    "restored": "back from the trash",
    "failed": "not taken",
}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for."""

    paths: Sequence[Path]
    to: str
    token: Token
    watching: bool
    name: str | None
    said: Said


async def run_push(options: Options) -> int:
    """Push, and go on watching where that is asked for; returns the exit code."""
    terminal = Terminal()
    patience = float("inf") if options.watching else PATIENCE_SECONDS
    async with Api(options.to, options.token, patience_seconds=patience, told=terminal.say) as api:
        try:
            if options.watching:
                await watch(api, options.paths, said=options.said, terminal=terminal)
                return 0
            passed_over = PassedOver()
            found = list(find_files(options.paths, passed_over))
            tell(passed_over)
            if not found:
                terminal.say("There is nothing to send: no images, sounds or videos.")
                return 1
            result = await push_files(api, found, name=options.name, said=options.said, terminal=terminal)
        except (RefusedError, UnreachableError) as error:
            terminal.say(str(error))
            return 1
    report(result)
    return 0 if result.is_well and not passed_over.unreadable else 1


def tell(passed_over: PassedOver) -> None:
    """What was found and is not sent."""
    for path in passed_over.unreadable:
        click.echo(f"{path}: cannot be read.")
    if words := passed_over.in_words():
        click.echo(words)


def report(result: Result) -> None:
    """What became of the files: the left-out first, each with its reason."""
    for path in result.unreadable:
        click.echo(f"{path}: cannot be read.")
    for line in result.failed:
        click.echo(f"{line.path}: {line.error_message} ({line.error_code})")
    click.echo(in_words(result))


def in_words(result: Result) -> str:
    """How many files ended how."""
    counts = [f"{result.outcomes[name]} {words}" for name, words in _WORDS.items() if result.outcomes[name]]
    return " · ".join(counts) or "nothing"
