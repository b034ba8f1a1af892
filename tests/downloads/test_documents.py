"""The documents of an archive: the artworks in them, and very many comments."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest

from pmd_service.downloads import manifest
from pmd_service.downloads.kind import BDR
from pmd_service.work.runner import Runner

from .conftest import Builder


async def test_documents_list_the_artworks_in_the_archive_only(builder: Builder) -> None:
    kept, lost = await builder.site.add_posts(builder.artist, 2)
    for post in (kept, lost):
        await builder.site.add_comment(post)
        await builder.site.add_reactions(post, "🔥", 2)
    await builder.site.lose(f"art/{lost}.png")
    row = await builder.build(await builder.request([kept, lost], include_comments=True, include_reactions=True))
    with await builder.archive(row) as archive:
        comments = json.loads(archive.read("comments.json"))["comments_by_artwork"]
        reactions = json.loads(archive.read("reactions.json"))["reactions_by_artwork"]
    assert list(comments) == list(reactions) == [builder.site.sqid(kept)]


@pytest.mark.parametrize("at_once", [7, 30])
async def test_streamed_comments_are_indented_json(
    builder: Builder, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """They are read through a cursor and written in pieces."""
    monkeypatch.setattr(manifest, "COMMENTS_PER_FETCH", at_once)
    site = builder.site
    first, silent, second = await site.add_posts(builder.artist, 3)
    for number in range(30):
        for post in (first, second):
            await site.add_comment(post, f'Line one\nline “two” \\ "{number}" <b>\t\x01\x7f 像素')
    row = await builder.build(await builder.request([second, silent, first], include_comments=True))
    with await builder.archive(row) as archive:
        text = archive.read("comments.json")
    document = json.loads(text)
    assert text == msgspec.json.format(msgspec.json.encode(document), indent=2)
    assert list(document["comments_by_artwork"]) == [site.sqid(first), site.sqid(second)]
    assert [len(comments) for comments in document["comments_by_artwork"].values()] == [30, 30]
    bodies = [comment["body"] for comment in document["comments_by_artwork"][site.sqid(first)]]
    assert bodies[0] == 'Line one\nline “two” \\ "0" <b>\t\x01\x7f 像素'
    assert list(document["comments_by_artwork"][site.sqid(first)][0]) == ["id", "author_handle", "body", "created_at"]
    times = await site.pool.fetch("SELECT created_at FROM comments WHERE post_id = $1 ORDER BY created_at", first)
    read = msgspec.json.decode(text, type=manifest.Comments).comments_by_artwork[site.sqid(first)]
    assert [comment.created_at for comment in read] == [row["created_at"] for row in times], "with their zone"


async def test_comments_document_without_comments_is_valid(builder: Builder) -> None:
    row = await builder.build(
        await builder.request(await builder.site.add_posts(builder.artist, 1), include_comments=True)
    )
    with await builder.archive(row) as archive:
        text = archive.read("comments.json")
    assert text == msgspec.json.format(msgspec.json.encode(json.loads(text)), indent=2)
    assert json.loads(text)["comments_by_artwork"] == {}


@pytest.mark.stores
async def test_build_stopped_while_reading_comments_ends_cleanly(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await builder.site.add_post(builder.artist)
    for _ in range(10):
        await builder.site.add_comment(post)
    monkeypatch.setattr(manifest, "CHUNK_BYTES", 1)
    original, amid = manifest.comments_json, asyncio.Event()

    async def slowly(*args: Any) -> AsyncGenerator[bytes, None]:
        async for chunk in original(*args):
            yield chunk
            amid.set()

    monkeypatch.setattr(manifest, "comments_json", slowly)
    await builder.request([post], include_comments=True)
    building = asyncio.create_task(Runner(builder.worker, [BDR]).run_next(BDR))
    await amid.wait()
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building
    assert await builder.site.pool.fetchval("SELECT status FROM batch_download_requests") == "pending"
    assert await builder.site.keys() == []
