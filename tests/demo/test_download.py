"""The demo's way to an archive over HTTP, and its verdict on it."""

import asyncio
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from aiohttp.test_utils import TestServer
from pmd_sdk import AsyncClient, PmdError, apages
from pmd_sdk.models import Bdr

from pmd_service.base.settings import Settings
from pmd_service.demo.download import build_archive, fetch_archive
from pmd_service.demo.error import DemoError
from pmd_service.demo.verify import verify, verify_takeout
from pmd_service.identity.tokens import Tokens

from ..conftest import WorkOff
from ..site import Site

CUT_AFTER_BYTES = 400_000


@asynccontextmanager
async def cutting_relay(port: int, *, cuts: int) -> AsyncIterator[str]:
    """A connection to the server that breaks, so many times, in the middle of a long answer."""
    left = cuts
    relays: set[asyncio.Task[None]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal left
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)

        async def forward() -> None:
            while data := await reader.read(65536):
                upstream_writer.write(data)

        forwarding, passed = asyncio.create_task(forward()), 0
        try:
            while data := await upstream_reader.read(65536):
                passed += len(data)
                writer.write(data)
                await writer.drain()
                if passed > CUT_AFTER_BYTES and left:
                    left -= 1
                    break
        finally:
            forwarding.cancel()
            upstream_writer.close()
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relays.add(asyncio.create_task(relay(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    assert left == 0
    server.close()
    for each in relays:
        each.cancel()  # the service keeps the last connection
    await asyncio.gather(*relays, return_exceptions=True)


class Ready:
    """A ready archive of a megabyte and its owner's token."""

    def __init__(self, bdr: Bdr, token: str, port: int) -> None:
        self.bdr, self.token, self.port = bdr, token, port

    def api(self, *, url: str | None = None, retry_seconds: float = 0.0) -> AsyncClient:
        return client(url or f"http://127.0.0.1:{self.port}", self.token, retry_seconds=retry_seconds)


def client(url: str, token: str, *, retry_seconds: float = 0.0) -> AsyncClient:
    return AsyncClient(url, token, retry_seconds=retry_seconds)


@pytest.fixture
async def ready(site: Site, server: TestServer, settings: Settings, work_off: WorkOff) -> Ready:
    artist = await site.add_user()
    posts = [await site.add_post(artist, data=bytes([number]) * 250_000) for number in range(4)]
    await site.add_comment(posts[0])
    token = Tokens(settings).issue(site.sqid(artist), datetime.now(UTC) + timedelta(hours=1))
    assert server.port is not None
    async with client(f"http://127.0.0.1:{server.port}", token) as api:
        building = asyncio.create_task(build_archive(api, posts))
        while not building.done():
            await work_off()
            await asyncio.wait({building}, timeout=0.05)
        return Ready(building.result(), token, server.port)


async def test_interrupted_download_resumes_at_its_offset(ready: Ready, tmp_path: Path) -> None:
    heights: list[int] = []
    assert ready.bdr.download_url is not None
    async with cutting_relay(ready.port, cuts=2) as url, ready.api(url=url, retry_seconds=30) as api:
        await fetch_archive(api, ready.bdr.download_url, tmp_path / "archive.zip", arrived=heights.append)
    assert (tmp_path / "archive.zip").stat().st_size == ready.bdr.file_size_bytes
    assert zipfile.ZipFile(tmp_path / "archive.zip").testzip() is None
    # Nothing was fetched twice but the last byte, for which a resumed download asks again.
    assert all(later >= earlier - 1 for earlier, later in pairwise(heights))
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["archive.zip"]


async def test_download_that_always_breaks_ends_with_a_message(ready: Ready, tmp_path: Path) -> None:
    assert ready.bdr.download_url is not None
    async with ready.api(url="http://127.0.0.1:1") as api:
        with pytest.raises(PmdError, match="cannot be reached"):
            await fetch_archive(api, ready.bdr.download_url, tmp_path / "archive.zip")


async def test_refusal_is_shown_with_the_apis_reason(ready: Ready) -> None:
    async with ready.api() as api:
        with pytest.raises(PmdError, match="These posts cannot be downloaded: 999"):
            await build_archive(api, [999])
    async with client(f"http://127.0.0.1:{ready.port}", "not-a-token") as stranger:
        with pytest.raises(PmdError, match="Sign in first"):
            await stranger.get_posts()


async def test_all_pages_of_posts_are_read(ready: Ready) -> None:
    async with ready.api() as api:
        assert len([post async for post in apages(api.get_posts, limit=3)]) == 4


async def test_archive_is_verified_against_its_sources(ready: Ready, settings: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "archive.zip"
    assert ready.bdr.download_url is not None
    async with ready.api() as api:
        await fetch_archive(api, ready.bdr.download_url, archive)
        posts = {post.id: post async for post in apages(api.get_posts)}
    wanted = [posts[number] for number in sorted(posts)]
    sources = {post.art_url or "": settings.vault_path / f"art/{post.id}.png" for post in wanted}
    found = verify(archive, wanted, sources)
    assert (found.artworks, found.comments) == (4, 1)

    damaged = bytearray(archive.read_bytes())
    damaged[500_000] ^= 1
    (tmp_path / "damaged.zip").write_bytes(damaged)
    with pytest.raises(DemoError, match="CRC"):
        verify(tmp_path / "damaged.zip", wanted, sources)

    (settings.vault_path / f"art/{wanted[2].id}.png").write_bytes(b"something else")
    with pytest.raises(DemoError, match="differs from"):
        verify(archive, wanted, sources)
    with pytest.raises(DemoError, match="3 artworks were requested"):
        verify(archive, wanted[:3], sources)


async def test_takeout_is_verified_against_the_posts(ready: Ready, tmp_path: Path) -> None:
    async with ready.api() as api:
        posts = [post async for post in apages(api.get_posts)]
    records = [
        {field: getattr(post, field) for field in ("title", "description", "hashtags", "created_at", "view_count")}
        | {"id": post.public_sqid, "license": None, "is_hidden": False, "is_hidden_by_moderator": False}
        | {"width": 8, "height": 8, "frame_count": 1, "file_format": "png", "discloses": []}
        | {"file": {"is_included": True, "sha256": None, "size_bytes": 7, "media_type": "image/png"}}
        for post in posts
    ]
    for number, record in enumerate(records):
        record["file"]["path"] = f"posts/{number}.png"
    takeout = tmp_path / "takeout.zip"
    with zipfile.ZipFile(takeout, "w") as archive:
        archive.writestr("data/posts.jsonl", b"\n".join(map(msgspec.json.encode, records)))
        for record in records[1:]:
            archive.writestr(record["file"]["path"], b"picture")
    with pytest.raises(DemoError, match="is not in takeout"):
        verify_takeout(takeout, posts)
    with zipfile.ZipFile(takeout, "a") as archive:
        archive.writestr("posts/0.png", b"picture")
    verify_takeout(takeout, posts)
    with pytest.raises(DemoError, match=f"{len(posts)} of 3 posts"):
        verify_takeout(takeout, posts[:3])
    damaged = takeout.read_bytes().replace(b"picture", b"pictvre", 1)
    takeout.write_bytes(damaged)
    with pytest.raises(DemoError, match="CRC"):
        verify_takeout(takeout, posts)
