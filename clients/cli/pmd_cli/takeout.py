"""``pmd takeout``."""

import os
from http import HTTPStatus
from pathlib import Path
from typing import Literal, TypeAlias, get_args
from uuid import UUID

import click
from msgspec import UNSET
from pmd_sdk import AsyncClient, PmdError

from .names import safe_name
from .output import as_json, counted, dry_run, print_json, progress, progress_to, sized, would_be
from .session import CommandError, connected, until

Part: TypeAlias = Literal["posts", "library", "packs", "drafts", "account"]


@click.command()
@click.option(
    "-o", "target", type=click.Path(dir_okay=False, path_type=Path), help="The file. Default: the takeout's name, here."
)
@click.option("--name", help="Default: Everything, or Takeout where it is of some parts.")
@click.option("--id", "takeout_id", type=click.UUID, help="Wait for this one, instead of requesting another.")
@click.option("--since", help="Leave out files from before: a date, a time, or the id of a takeout from before.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(get_args(Part)),
    help="Only this; may be repeated. Series come with posts and drafts. Default: everything.",
)
@as_json
@dry_run
@connected
async def takeout(
    client: AsyncClient,
    target: Path | None,
    name: str | None,
    takeout_id: UUID | None,
    *,
    since: str | None,
    parts: tuple[Part, ...],
    as_json: bool,
    dry_run: bool,
) -> None:
    """Download everything, or some parts of it, as one ZIP.

    One is possible a day. If there is one that is not over yet, it is waited for; a download that was cut off goes on.
    """
    before = (await client.get_takeouts()).items
    takeout_id = takeout_id or next((each.id for each in before if each.status == "processing"), None)
    if dry_run:
        what = "A takeout would be requested." if takeout_id is None else f"Takeout {takeout_id} would be waited for."
        would_be({"id": takeout_id}, what, as_json=as_json)
        return
    folder = target.parent if target else Path()
    if not os.access(folder, os.W_OK):  # one is possible a day: not after it was made
        raise CommandError(f"No file can be written into {folder.absolute()}.")
    if takeout_id is None:
        try:
            takeout_id = (await client.post_takeout(name=name, since=since, parts=parts or UNSET)).id
        except PmdError as error:
            made = next((each.id for each in before if each.download_url), None)
            if error.status != HTTPStatus.TOO_MANY_REQUESTS or made is None:
                raise
            raise CommandError(f"{error} The last one is downloaded by --id {made}.") from error
    found = takeout_id
    await client.get_takeout(found)  # there is none of that id: before it is named as one that is being made
    click.echo(f"Takeout {found} is being made; after an interruption go on with --id {found}.", err=True)
    for is_last in (False, False, True):
        with progress_to("Making", 0, silent=as_json) as show:
            ended = await until(
                lambda: client.get_takeout(found),
                lambda state: state.status != "processing",
                lambda state: show(state.processed_count),
            )
        if ended.download_url is None:
            raise CommandError(ended.error_message or f"The takeout is {ended.status}.")
        file = target or Path(safe_name(f"{ended.name or 'takeout'}.zip"))
        size = ended.file_size_bytes or 0
        try:
            with progress("Downloading", size, in_bytes=True, silent=as_json) as advance:
                await client.binary(ended.download_url, {}).save(file, progress=advance)
            break
        except PmdError as error:
            # A file has changed since it was made: the service makes it again.
            is_rebuilt = error.status == HTTPStatus.GONE and (await client.get_takeout(found)).status == "processing"
            if is_last or not is_rebuilt:
                raise
            click.echo(str(error), err=True)
    if as_json:
        print_json({"id": ended.id, "file": str(file), "size_bytes": size})
    else:
        counts = f"{counted(ended.post_count, 'post')}, {counted(ended.file_count, 'file')}"
        click.echo(f"{file}: {counts}, {sized(size)}.")
