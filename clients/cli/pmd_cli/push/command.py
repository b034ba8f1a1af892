"""``pmd push``: from its options to its exit code."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from pmd_sdk import AsyncClient, models

from ..exit_codes import FAILED, OK, PARTLY_FAILED
from ..output import as_json, counted, dry_run, print_json, printable, sized
from ..session import CommandError, Login, chosen_login, connect
from .announce import announced, batches
from .files import Found, find_files, license_among, mirror_of
from .push import Result, hash_all, push_files
from .terminal import WORDS, Terminal
from .watch import watch as watch_folders

RETRY_SECONDS = 300.0


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--watch", "watching", is_flag=True, help="Keep running, and send files that are added to these folders.")
@click.option("--to", metavar="URL", help="As “pmd --url”.")
@click.option("--token", envvar="PMD_TOKEN", help="As “pmd --key”; better in the environment, as PMD_KEY.")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the token, read at every request so that it can be renewed.",
)
@click.option("--name", help="The upload's name.")
@click.option("--theme", help="A theme for all files.")
@click.option("--source", help="Where the files come from.")
@click.option("--provenance", type=click.Choice(["unknown", "ai_generated", "user_provided", "enhanced"]))
@click.option("--license-id", type=click.IntRange(min=1))
@click.option("--attribution", help="The name to credit.")
@as_json
@dry_run
@click.pass_context
def push(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    to: str | None,
    token: str | None,
    token_file: Path | None,
    name: str | None,
    *,
    watching: bool,
    as_json: bool,
    dry_run: bool,
    **values: Any,
) -> None:
    """Upload files and folders into the library. Run it again to go on after an interruption."""
    for path in paths:
        if (mirror := mirror_of(path)) is not None:
            raise CommandError(f"{mirror} is a mirror of the library: nothing in it is sent.")
    root = ctx.find_root().obj
    key = None if token_file is None else lambda: token_file.read_text().strip()
    login = chosen_login(to or root["url"], token or root["key"] or (key() if key else None))
    defaults = models.Defaults(**{name: value for name, value in values.items() if value is not None})
    if dry_run:
        ctx.exit(asyncio.run(preview(paths, login, key=key, as_json=as_json)))
    pushing = run_push(paths, login, key=key, watching=watching, name=name, defaults=defaults, as_json=as_json)
    ctx.exit(asyncio.run(pushing))


async def run_push(
    paths: Sequence[Path],
    login: Login,
    *,
    key: Callable[[], str] | None = None,
    watching: bool = False,
    name: str | None = None,
    defaults: models.Defaults,
    as_json: bool = False,
) -> int:
    """Push once, or watch; returns the exit code.

    Args:
        key: gives the present token, where another program renews it.

    Raises:
        PmdError: the service accepts none of it.
    """
    terminal = Terminal(has_bar=not as_json)
    patience = float("inf") if watching else RETRY_SECONDS
    async with connect(login, key=key, retry_seconds=patience) as client:
        if watching:
            await watch_folders(client, paths, defaults=defaults, terminal=terminal)
            return OK
        unreadable: list[str] = []
        found = _found(paths, unreadable)
        if not found:
            terminal.show("There are no files to send.")
            return FAILED
        if defaults.license_id is None:
            await _offer_license(client, found, terminal)
        result = await push_files(client, found, name=name, defaults=defaults, terminal=terminal)
    _report(result, as_json=as_json)
    if result.is_well and not unreadable:
        return OK
    return PARTLY_FAILED if len(result.failed) < len(result.ended) else FAILED


def _found(paths: Sequence[Path], unreadable: list[str]) -> list[Found]:
    """The files to send; what is not sent is reported."""
    left_out: list[str] = []
    found = list(find_files(paths, unreadable, left_out))
    _report_unreadable(unreadable)
    for path in left_out:
        click.echo(f"{printable(path)}: left out, because it is hidden, unfinished or a mirror.", err=True)
    _report_alike(found)
    return found


def _report_alike(found: Sequence[Found]) -> None:
    """Names that are one in the library: they differ only in the form of their letters, or in signs without a shape."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for each in found:
        names[each.path].add(each.name)
    for path, alike in names.items():
        if len(alike) > 1:
            which = ", ".join(map(ascii, sorted(alike)))
            click.echo(f"{path}: one name in the library for {len(alike)} here ({which}); each file is sent.", err=True)


async def preview(
    paths: Sequence[Path], login: Login, *, key: Callable[[], str] | None = None, as_json: bool = False
) -> int:
    """What the service would do with each file; returns the exit code that the push would have."""
    unreadable: list[str] = []
    hashed, changed = await hash_all(_found(paths, unreadable))
    _report_unreadable(changed)
    async with connect(login, key=key) as client:
        verdicts = [
            verdict
            for page in batches(hashed)
            for verdict in (await client.post_upload_check(files=[announced(each) for each in page])).items
        ]
    for each, verdict in zip(hashed, verdicts, strict=True):
        if as_json:
            print_json(verdict)
        elif verdict.verdict != "new":
            click.echo(f"{printable(each.name)}: {verdict.message or verdict.verdict.replace('_', ' ')}")
    new = [each for each, verdict in zip(hashed, verdicts, strict=True) if verdict.verdict == "new"]
    click.echo(f"{counted(len(new), 'file')} would be sent, {sized(sum(each.size for each in new))}.", err=True)
    refused = [each for each in verdicts if each.verdict == "refused"]
    if not (refused or unreadable or changed):
        return OK
    return PARTLY_FAILED if len(refused) < len(verdicts) else FAILED


async def _offer_license(client: AsyncClient, found: Sequence[Found], terminal: Terminal) -> None:
    """Recognize the folder's LICENSE file and suggest the option for it."""
    if (file := license_among(found)) is None:
        return
    try:
        text = file.file.read_text(errors="replace")
    except OSError:
        return
    if license := (await client.post_upload_license(text=text)).license:
        folder = file.path.rpartition("/")[0]
        is_for_all = all(each.path.startswith(f"{folder}/") or not folder for each in found)
        whose = "all of these files" if is_for_all else f"the files in {folder}, sent by themselves"
        terminal.show(f"{file.path} is {license.title}: use --license-id {license.id} to give it to {whose}.")


def _report(result: Result, *, as_json: bool) -> None:
    """Print the files that were refused, with reasons, and the counts; as JSON each file."""
    _report_unreadable(result.unreadable)
    if as_json:
        for line in result.ended:
            print_json(line)
        return
    for line in result.failed:
        click.echo(f"{printable(result.name_of(line))}: {line.error_message} ({line.error_code})")
    counts = [f"{result.outcomes[name]} {words}" for name, words in WORDS.items() if result.outcomes[name]]
    click.echo(" · ".join(counts) or "nothing")


def _report_unreadable(paths: Sequence[str]) -> None:
    for path in paths:
        click.echo(f"{printable(path)}: cannot be read.", err=True)
