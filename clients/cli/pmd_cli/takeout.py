"""``pmd takeout``."""

from pathlib import Path
from uuid import UUID

import click
from pmd_sdk import AsyncClient, models

from .names import safe_name
from .output import as_json, counted, dry_run, print_json, progress, sized
from .session import CommandError, connected, until


@click.command()
@click.option("-o", "target", type=click.Path(path_type=Path), help="The file. Default: the takeout's name, here.")
@click.option("--name", default="Everything", show_default=True)
@click.option("--id", "takeout_id", type=click.UUID, help="Wait for this one, instead of requesting another.")
@click.option("--comments/--no-comments", default=True, show_default=True)
@click.option("--reactions/--no-reactions", default=True, show_default=True)
@as_json
@dry_run
@connected
async def takeout(
    client: AsyncClient,
    target: Path | None,
    name: str,
    takeout_id: UUID | None,
    *,
    comments: bool,
    reactions: bool,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Download everything as one ZIP.

    One is possible a day. If there is one that is not over yet, it is waited for; a download that was cut off goes on.
    """
    open_ones = [each.id for each in (await client.get_takeouts()).items if each.status == "processing"]
    takeout_id = takeout_id or next(iter(open_ones), None)
    if dry_run:
        click.echo(
            "A takeout would be requested." if takeout_id is None else f"Takeout {takeout_id} would be waited for."
        )
        return
    if takeout_id is None:
        started = await client.post_takeout(name=name, include_comments=comments, include_reactions=reactions)
        takeout_id = started.id
    found = takeout_id
    click.echo(f"Takeout {found} is being made; after an interruption go on with --id {found}.", err=True)
    shown = 0
    with progress("Making", 0, silent=as_json) as advance:

        def show(state: models.TakeoutParts) -> None:
            nonlocal shown
            advance(state.processed_count - shown)
            shown = state.processed_count

        ended = await until(lambda: client.get_takeout(found), lambda state: state.status != "processing", show)
    if ended.download_url is None:
        raise CommandError(ended.error_message or f"The takeout is {ended.status}.")
    target = target or Path(safe_name(f"{ended.name or 'takeout'}.zip"))
    with progress("Downloading", ended.file_size_bytes, in_bytes=True, silent=as_json) as advance:
        await client.binary(ended.download_url, {}).save(target, progress=advance)
    if as_json:
        print_json({"id": ended.id, "file": str(target), "size_bytes": ended.file_size_bytes})
    else:
        click.echo(f"{target}: {counted(ended.artwork_count, 'artwork')}, {sized(ended.file_size_bytes)}.")
