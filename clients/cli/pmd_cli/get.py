"""``pmd get``."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import click
from pmd_sdk import AsyncClient, PmdError, apages

from .exit_codes import FAILED, PARTLY_FAILED
from .names import safe_name
from .output import as_json, counted, dry_run, print_json, progress, sized
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
    files of the library or a folder come in one archive that has their folders.
    """
    if sum(map(bool, (ids, query, folder))) != 1:
        raise click.UsageError("Name ids, a search with -q, or a --folder.")
    if of_posts and (folder or archive):
        raise click.UsageError("--folder and --zip are for files of the library.")
    if archive is not None:
        chosen = None if folder else [asset_id async for asset_id, *_ in _assets(client, ids, query)]
        await _get_zip(client, chosen, folder, archive, as_json=as_json, dry_run=dry_run)
        return 0
    files = _posts(client, ids, query) if of_posts else _assets(client, ids, query, folder)
    wanted = [each async for each in files]
    failed = 0
    into.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing else runs
    taken: set[Path] = set()
    with progress("Downloading", sum(size for *_, size in wanted), in_bytes=True, silent=as_json or dry_run) as advance:
        for file_id, name, size in wanted:
            target = into / safe_name(name)
            if target in taken:
                target = into / safe_name(name, suffix=f"~{file_id}")
            taken.add(target)
            is_there = target.is_file() and target.stat().st_size == size
            if not (dry_run or is_there):
                answer = client.get_art(file_id) if of_posts else client.get_asset_file(file_id)
                try:
                    await answer.save(target, progress=advance)
                except PmdError as error:
                    if error.status != HTTPStatus.NOT_FOUND:
                        raise
                    failed += 1
                    click.echo(f"{name}: {error}", err=True)
                    continue
            if as_json:
                print_json({"id": file_id, "file": str(target), "size_bytes": size, "was_there": is_there})
            elif dry_run:
                click.echo(target)
    if not as_json:
        click.echo(f"{counted(len(wanted) - failed, 'file')} {'would be' if dry_run else 'are'} in {into}.", err=True)
    return 0 if not failed else PARTLY_FAILED if failed < len(wanted) else FAILED


async def _get_zip(
    client: AsyncClient, asset_ids: list[int] | None, folder: str | None, target: Path, *, as_json: bool, dry_run: bool
) -> None:
    if dry_run:
        click.echo(target)
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


async def _assets(
    client: AsyncClient, ids: tuple[int, ...], query: str | None, folder: str | None = None
) -> AsyncIterator[tuple[int, str, int]]:
    if query is not None or folder is not None:
        async for found in apages(client.get_assets, q=query, folder=folder):
            yield found.id, found.name, found.size_bytes
    for asset_id in ids:
        asset = (await client.get_asset(asset_id)).asset
        yield asset.id, asset.name, asset.size_bytes


async def _posts(client: AsyncClient, ids: tuple[int, ...], query: str | None) -> AsyncIterator[tuple[int, str, int]]:
    missing = set(ids)
    async for post in apages(client.get_posts, q=query):
        if query is not None or post.id in missing:
            missing.discard(post.id)
            yield post.id, f"{post.title or post.public_sqid}.{post.file_format}", post.file_bytes or 0
        if query is None and not missing:
            return
    for post_id in missing:
        click.echo(f"There is no post {post_id}.", err=True)
