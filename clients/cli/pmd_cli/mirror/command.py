"""``pmd mirror``: from its options to its exit code."""

import asyncio
import sqlite3
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import click
from pmd_sdk import AsyncClient

from ..exit_codes import OK, PARTLY_FAILED
from ..output import as_json, counted, dry_run, print_json, progress
from ..session import CommandError, connected
from .disk import Disk
from .state import State, is_full
from .sync import Mirror

WORDS = {"added": "new", "changed": "changed", "moved": "moved", "removed": "removed", "failed": "failed"}
KINDS = {"library": ["asset"], "posts": ["post"], "all": ["asset", "post"]}
# How often a folder that follows asks although nothing was heard.
CALM_SECONDS = 600.0
# What happens together is one round.
GATHER_SECONDS = 1.0


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--only", type=click.Choice(["library", "posts"]), help="One of the two.")
@click.option("--delete", "for_good", is_flag=True, help="Delete what is gone, instead of moving it to the bin.")
@click.option("--follow", is_flag=True, help="Stay, and follow changes as they happen, until Ctrl-C.")
@as_json
@dry_run
@connected
async def mirror(
    client: AsyncClient,
    folder: Path,
    only: str | None,
    *,
    for_good: bool,
    follow: bool,
    as_json: bool,
    dry_run: bool,
) -> int:
    """Keep a folder that follows the library and the posts.

    The first run brings everything, later ones only what has changed; after any interruption the next one goes on.
    Beside each file, a .json has what the service knows about it. What is gone from the library moves to
    .pmd-mirror/bin. Changes that are made in the folder are not sent.
    """

    def report(action: str, kind: str, thing_id: int, path: str) -> None:
        if as_json:
            print_json({"action": action, "kind": kind, "id": thing_id, "path": path})
        elif dry_run or action == "failed":
            click.echo(f"{action:8} {path}", err=not dry_run)

    bin_name = None if for_good else f"{datetime.now().astimezone():%Y-%m-%d}"
    try:
        with State(folder, is_trial=dry_run) as state:
            kinds = KINDS[only or "all"]
            mirror = Mirror(
                client, state, Disk(folder, bin_name=bin_name), kinds=kinds, report=report, is_trial=dry_run
            )
            await mirror.identify()
            await _round(mirror, state, folder, as_json=as_json, dry_run=dry_run)
            if follow and not dry_run:
                await _follow(client, mirror, state, folder, as_json=as_json)
    except (OSError, sqlite3.OperationalError) as error:
        if not is_full(error):
            if isinstance(error, OSError):
                raise
            raise CommandError(f"The state of {folder} cannot be written: {error}.") from error
        raise CommandError(
            f"The disk of {folder} is full. Make room and run it again: it goes on where it stopped.", PARTLY_FAILED
        ) from error
    return PARTLY_FAILED if mirror.counts["failed"] else OK


async def _round(
    mirror: Mirror, state: State, folder: Path, *, as_json: bool, dry_run: bool = False, is_quiet: bool = False
) -> None:
    mirror.counts.clear()
    await mirror.plan()
    with progress("Mirroring", len(state.todo()), silent=as_json or dry_run) as advance:
        await mirror.carry_out(advance)
    counts = {name: mirror.counts[name] for name in WORDS if mirror.counts[name]}
    if is_quiet and not counts:
        return
    if as_json:
        print_json({"summary": counts, "files": state.count()})
    else:
        what = ", ".join(f"{count:,} {WORDS[name]}" for name, count in counts.items()) or "nothing has changed"
        click.echo(f"{what[0].upper()}{what[1:]}; {counted(state.count(), 'thing')} in {folder}.", err=dry_run)


async def _follow(client: AsyncClient, mirror: Mirror, state: State, folder: Path, *, as_json: bool) -> None:
    """A round whenever something is heard of, and from time to time."""
    heard = asyncio.Event()

    async def listen() -> None:
        async for _event in client.get_sse():
            heard.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(listen())
        while True:
            # No wait_for: before Python 3.12 it swallows a Ctrl-C that comes together with an event (gh-86296).
            with suppress(TimeoutError):
                async with asyncio.timeout(CALM_SECONDS):
                    await heard.wait()
            await asyncio.sleep(GATHER_SECONDS)
            heard.clear()
            await _round(mirror, state, folder, as_json=as_json, is_quiet=True)
