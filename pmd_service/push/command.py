"""``pmd push``: from its options to its exit code."""

from collections.abc import Sequence
from pathlib import Path

import click

from .api import Api, Token
from .files import Found, find_files, license_among
from .push import Defaults, Result, push_files
from .terminal import WORDS, Terminal
from .watch import watch

RETRY_SECONDS = 300.0


async def run_push(
    paths: Sequence[Path], *, to: str, token: Token, watching: bool, name: str | None, defaults: Defaults
) -> int:
    """Push once, or watch; returns the exit code.

    Raises:
        RefusedError, UnreachableError: the service accepts none of it.
    """
    terminal = Terminal()
    retry_seconds = float("inf") if watching else RETRY_SECONDS
    async with Api(to, token, retry_seconds=retry_seconds, on_retry=terminal.show) as api:
        if watching:
            await watch(api, paths, defaults=defaults, terminal=terminal)
            return 0
        unreadable: list[str] = []
        left_out: list[str] = []
        found = list(find_files(paths, unreadable, left_out))
        _report_unreadable(unreadable)
        for path in left_out:
            click.echo(f"{path}: left out, because it is hidden or unfinished.")
        if not found:
            terminal.show("There are no files to send.")
            return 1
        if defaults.license_id is None:
            await _offer_license(api, found, terminal)
        result = await push_files(api, found, name=name, defaults=defaults, terminal=terminal)
    _report(result)
    return 0 if result.is_well and not unreadable else 1


async def _offer_license(api: Api, found: Sequence[Found], terminal: Terminal) -> None:
    """Recognize the folder's LICENSE file and suggest the option for it."""
    if (file := license_among(found)) is None:
        return
    try:
        text = file.file.read_text(errors="replace")
    except OSError:
        return
    if license := await api.recognize_license(text):
        folder = file.path.rpartition("/")[0]
        is_for_all = all(each.path.startswith(f"{folder}/") or not folder for each in found)
        whose = "all of these files" if is_for_all else f"the files in {folder}, sent by themselves"
        terminal.show(f"{file.path} is {license.title}: use --license-id {license.id} to give it to {whose}.")


def _report(result: Result) -> None:
    """Print the files that were refused, with reasons, and the counts."""
    _report_unreadable(result.unreadable)
    for line in result.failed:
        click.echo(f"{line.path}: {line.error_message} ({line.error_code})")
    counts = [f"{result.outcomes[name]} {words}" for name, words in WORDS.items() if result.outcomes[name]]
    click.echo(" · ".join(counts) or "nothing")


def _report_unreadable(paths: Sequence[str]) -> None:
    for path in paths:
        click.echo(f"{path}: cannot be read.")
