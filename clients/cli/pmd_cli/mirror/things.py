"""The two kinds of things: where each is in the folder, and how it is asked for."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from pmd_sdk import AsyncClient, models
from pmd_sdk.aio import AsyncBinary

from ..names import safe_folder, safe_name


class Thing(NamedTuple):
    """A file of the library, or a post: its path in the folder, the version of its bytes, and its description.

    Attributes:
        version: changes with the bytes; the SHA-256 where that is known.
        sha256: of its bytes, or None; ``size`` likewise. No version: it has no bytes.
    """

    kind: str
    id: int
    path: str
    version: str
    sha256: str | None
    size: int
    text: bytes

    @property
    def meta(self) -> str:
        return hashlib.sha256(self.text).hexdigest()[:32]


class Kind(NamedTuple):
    """How things of a kind are listed, one is read (None: it is deleted), and its bytes are."""

    page: Callable[[AsyncClient, str | None], Awaitable[tuple[list[Thing], str | None]]]
    one: Callable[[AsyncClient, int], Awaitable[Thing | None]]
    content: Callable[[AsyncClient, int], AsyncBinary]
    read: Callable[[bytes], Thing]


def _asset(asset: models.AssetItem) -> Thing:
    folder = f"library/{safe_folder(asset.folder)}".rstrip("/")
    path = f"{folder}/{safe_name(asset.name)}"
    return Thing("asset", asset.id, path, asset.sha256, asset.sha256, asset.size_bytes, _described(asset))


def _post(post: models.Post) -> Thing:
    name = safe_name(f"{post.id} {post.title or post.public_sqid}.{post.file_format or 'bin'}")
    version = f"{post.art_url} {post.file_bytes}" if post.art_url else ""
    path = f"posts/{post.created_at:%Y}/{name}"
    return Thing("post", post.id, path, version, None, post.file_bytes or 0, _described(post))


def _described(thing: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(thing), indent=2) + b"\n"


async def _assets(client: AsyncClient, cursor: str | None) -> tuple[list[Thing], str | None]:
    page = await client.get_assets(cursor=cursor, limit=512)
    return [_asset(each) for each in page.items], page.next_cursor


async def _posts(client: AsyncClient, cursor: str | None) -> tuple[list[Thing], str | None]:
    page = await client.get_posts(cursor=cursor, limit=512)
    return [_post(each) for each in page.items], page.next_cursor


async def _one_asset(client: AsyncClient, asset_id: int) -> Thing | None:
    asset = (await client.get_asset(asset_id)).asset
    return None if asset.deleted_at else _asset(asset)


async def _one_post(client: AsyncClient, post_id: int) -> Thing | None:
    post = await client.get_post(post_id)
    return None if post.deleted_at else _post(post)


KINDS: Mapping[str, Kind] = {
    "asset": Kind(
        _assets,
        _one_asset,
        lambda client, thing_id: client.get_asset_file(thing_id),
        lambda text: _asset(msgspec.json.decode(text, type=models.AssetItem)),
    ),
    "post": Kind(
        _posts,
        _one_post,
        lambda client, thing_id: client.get_art(thing_id),
        lambda text: _post(msgspec.json.decode(text, type=models.Post)),
    ),
}


async def pages(client: AsyncClient, kind: str, cursor: str | None) -> AsyncIterator[tuple[list[Thing], str | None]]:
    """The list's pages from a cursor on, each with the next one's."""
    while True:
        things, cursor = await KINDS[kind].page(client, cursor)
        yield things, cursor
        if cursor is None:
            return
