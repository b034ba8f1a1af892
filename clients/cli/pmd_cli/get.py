"""``pmd get``."""

from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import click
from pmd_sdk import AsyncClient, PmdError, apages
from pmd_sdk.models import AssetItem, Post

from .exit_codes import FAILED, OK, PARTLY_FAILED
from .names import safe_name
from .output import as_json, counted, dry_run, print_json, progress, sized, would_be
from .session import CommandError, connected, until


@click.command()
@click.argument("ids", nargs=-1, type=int)
@click.option("--posts", "of_posts", is_flag=True, help="The ids and the search are of posts.")
@click.option("-q", "query", help="What a search finds, instead of ids.")
@click.option("--folder", help="A folder of the library with all below it, instead of ids.")
@click.option("--zip", "archive", type=click.Path(dir_okay=False, path_type=Path), help="One ZIP, with folders.")
@click.option("-o", "--into", type=click.Path(file_okay=False, path_type=Path), default=".", help="The folder.")
@as_json
@dry_run
@connected
async def get(
    client: AsyncClient,
    ids: tuple[int, ...],
    query: str | None,
    into: Path,
    *,
    folder: str | None,
    archive: Path | None,
    of_posts: bool,
    as_json: bool,
    dry_run: bool,
) -> int | None:
    """Download files of the library, or of posts with --posts.

    A file that is there already, with the same size, is not downloaded again; one that was cut off goes on. With --zip,
    files of the library or a folder come in one archive that has their folders. What does not exist keeps nothing else
    from being downloaded; the exit code is 4 then.
    """
    if sum(map(bool, (ids, query, folder))) != 1:
        raise click.UsageError("Name ids, a search with -q, or a --folder.")
    if of_posts and (folder or archive):
        raise click.UsageError("--folder and --zip are for files of the library.")
    if archive is not None and folder:
        await _get_zip(client, None, folder, archive, as_json=as_json, dry_run=dry_run)
        return OK
    wanted, failed = await (_named(client, ids, of_posts) if ids else _found(client, query, folder, of_posts))
    count = len(wanted)
    if archive is not None:
        await _get_zip(client, [each.id for each in wanted], None, archive, as_json=as_json, dry_run=dry_run)
        return _exit_code(failed, count)
    taken: set[Path] = set()
    with progress("Downloading", sum(size for *_, size in wanted), in_bytes=True, silent=as_json or dry_run) as advance:
        for file_id, name, size in wanted:
            target = into / safe_name(name)
            if target in taken:
                target = into / safe_name(name, suffix=f"~{file_id}")
            taken.add(target)
            is_there = target.is_file() and target.stat().st_size == size
            if not (dry_run or is_there):
                into.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing else runs
                answer = client.get_art(file_id) if of_posts else client.get_asset_file(file_id)
                try:
                    await answer.save(target, progress=advance)
                except PmdError as error:
                    if error.status != HTTPStatus.NOT_FOUND:
                        raise
                    failed, count = failed + 1, count - 1
                    click.echo(f"{name}: {error}", err=True)
                    continue
            if as_json:
                print_json({"id": file_id, "file": str(target), "size_bytes": size, "was_there": is_there})
            elif dry_run:
                click.echo(target)
    if not as_json:
        are = ("would be", "would be") if dry_run else ("is", "are")
        click.echo(f"{counted(count, 'file')} {are[count != 1]} in {into}.", err=True)
    return _exit_code(failed, count)


def _exit_code(failed: int, done: int) -> int:
    return OK if not failed else PARTLY_FAILED if done else FAILED


async def _get_zip(
    client: AsyncClient, asset_ids: list[int] | None, folder: str | None, target: Path, *, as_json: bool, dry_run: bool
) -> None:
    if asset_ids == []:
        raise CommandError("There is nothing to download.")
    if dry_run:
        would_be({"file": str(target)}, str(target), as_json=as_json)
        return
    requested = await client.post_asset_download(asset_ids=asset_ids, folder=folder, name=target.stem[:100] or None)
    ended = await until(lambda: client.get_bdr(requested.id), lambda bdr: bdr.status not in ("pending", "processing"))
    if ended.download_url is None:
        raise CommandError(ended.error_message or f"The download is {ended.status}.")
    size = ended.file_size_bytes or 0
    with progress("Downloading", size, in_bytes=True, silent=as_json) as advance:
        await client.binary(ended.download_url, {}).save(target, progress=advance)
    if as_json:
        print_json({"id": ended.id, "file": str(target), "size_bytes": size})
    else:
        click.echo(f"{target}: {counted(ended.file_count - ended.missing_count, 'file')}, {sized(size)}.", err=True)


class _Wanted(NamedTuple):
    id: int
    name: str
    size: int


def _of_asset(asset: AssetItem) -> _Wanted:
    return _Wanted(asset.id, asset.name, asset.size_bytes)


def _of_post(post: Post) -> _Wanted:
    return _Wanted(post.id, f"{post.title or post.public_sqid}.{post.file_format}", post.file_bytes or 0)


async def _found(
    client: AsyncClient, query: str | None, folder: str | None, of_posts: bool
) -> tuple[list[_Wanted], int]:
    if of_posts:
        return [_of_post(post) async for post in apages(client.get_posts, q=query)], 0
    return [_of_asset(asset) async for asset in apages(client.get_assets, q=query, folder=folder)], 0


async def _named(client: AsyncClient, ids: Sequence[int], of_posts: bool) -> tuple[list[_Wanted], int]:
    """Those that exist, and how many do not."""
    wanted: list[_Wanted] = []
    missing = 0
    for each in dict.fromkeys(ids):
        try:
            if of_posts:
                wanted.append(_of_post(await client.get_post(each)))
            else:
                wanted.append(_of_asset((await client.get_asset(each)).asset))
        except PmdError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            missing += 1
            click.echo(f"There is no {'post' if of_posts else 'file'} {each}.", err=True)
    return wanted, missing
