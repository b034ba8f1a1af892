"""``pmd ls``."""

from collections.abc import AsyncIterator
from typing import Any

import click
from pmd_sdk import AsyncClient, apages, models

from .output import as_json, print_json, print_row, sized
from .session import connected


@click.command()
@click.argument("what", type=click.Choice(["library", "posts", "packs", "uploads", "downloads"]), default="library")
@click.option("-q", "query", help="A search, of the library or of posts.")
@click.option("--state", help="Of the library: new, approved, set_aside or trash; of posts: active, deleted or all.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@as_json
@connected
async def ls(
    client: AsyncClient, what: str, query: str | None, state: str | None, limit: int | None, *, as_json: bool
) -> None:
    """List library files, posts, packs, uploads or downloads."""
    if what not in ("library", "posts") and (query or state):
        raise click.UsageError(f"-q and --state are not for {what}.")
    shown = 0
    async for item in _items(client, what, query, state):
        if as_json:
            print_json(item)
        else:
            _print(item)
        shown += 1
        if shown == limit:
            return


def _items(client: AsyncClient, what: str, query: str | None, state: Any) -> AsyncIterator[Any]:
    match what:
        case "library":
            return apages(client.get_assets, q=query, state=state)
        case "posts":
            return apages(client.get_posts, q=query, state=state)
        case "packs":
            return apages(client.get_packs)
        case "uploads":
            return apages(client.get_uploads)
    return apages(client.get_bdrs)


def _print(item: object) -> None:
    match item:
        case models.AssetItem():
            path = f"{item.folder}/{item.name}" if item.folder else item.name
            print_row((item.id, item.state, sized(item.size_bytes), path), (8, 9, 9))
        case models.Post():
            print_post(item)
        case models.Pack():
            print_row((item.id, f"{item.asset_count} files", f"edition {item.edition}", item.name), (6, 10, 10))
        case models.Upload():
            done = f"{item.successful_files + item.failed_files} of {item.total_files}"
            print_row((item.id, item.status, done, item.name), (36, 10, 12))
        case models.Bdr():
            size = sized(item.file_size_bytes) if item.file_size_bytes else ""
            print_row((item.id, item.status, f"{item.artwork_count} artworks", size), (36, 10, 14))


def print_post(post: models.Post) -> None:
    hidden = "moderated" if post.hidden_by_mod else "hidden" if post.hidden_by_user else "visible"
    print_row((post.id, hidden, f"{post.created_at:%Y-%m-%d}", post.license_identifier, post.title), (8, 9, 10, 12))
