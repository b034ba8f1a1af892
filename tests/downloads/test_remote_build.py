"""Builds with artworks from other servers: fetched ahead, in order, and honest about what cannot be had."""

import asyncio
import json
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from aiohttp import web

from pmd_service.archive.sums import Sums
from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.downloads import sources
from pmd_service.downloads.kind import BDR
from pmd_service.downloads.sources import SPOOL_FILES
from pmd_service.vault import Vault
from pmd_service.vault.local import SCRATCH, LocalStore
from pmd_service.work.context import WorkerContext
from pmd_service.work.runner import Runner

from ..conftest import WorkOff
from ..hang import HANG_SECONDS
from ..origin import Origin
from ..site import Api, Site

AddRequest = Callable[..., Awaitable[str]]


@pytest.fixture
async def artist(site: Site) -> int:
    return await site.add_user("artist")


@pytest.fixture
async def add_request(site: Site, api: Api, artist: int) -> AddRequest:
    """Posts artworks at these addresses and requests them all."""

    async def run(*art_urls: str, faults: int = 0, **columns: Any) -> str:
        titled = {url: url.rsplit("/", 1)[-1] for url in art_urls}
        posts = [await site.add_post(artist, data=None, title=titled[url], art_url=url, **columns) for url in art_urls]
        answer = await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)
        assert answer.status == 202, answer
        bdr_id: str = answer.json["id"]
        await site.pool.execute("UPDATE work SET faults = $2 WHERE subject = $1", bdr_id, faults)
        return bdr_id

    return run


async def build(worker: WorkerContext, bdr_id: str) -> dict[str, Any]:
    """One attempt, now; and its row afterwards."""
    await worker.pool.execute("UPDATE work SET due_at = now()")
    await Runner(worker, [BDR]).run_next(BDR)
    row = await worker.pool.fetchrow(
        """SELECT request.*, coalesce(faults, 0) AS faults FROM batch_download_requests AS request
             LEFT JOIN work ON subject = request.id::text WHERE request.id = $1""",
        UUID(bdr_id),
    )
    assert row is not None
    return dict(row)


def reasons(row: dict[str, Any]) -> dict[str, str]:
    return {missing["title"]: missing["reason"] for missing in row["missing"]}


def leftovers(settings: Settings) -> list[Path]:
    """What builds have on the disk beside archives: spool files and part files."""
    spooled = settings.vault_path.glob(".pmd-scratch/*/*")
    return [*spooled, *settings.vault_path.glob("bdr/*/*.part")]


async def entries(site: Site, row: dict[str, Any]) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(await site.archive(row["file_path"]))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.stores
async def test_remote_and_vault_artworks_keep_the_requested_order(
    site: Site, add_request: AddRequest, worker: WorkerContext, origin: Origin, settings: Settings
) -> None:
    await site.stored.put("art/v.png", b"from the vault")
    urls = [origin.gives(f"/{number}.png", f"remote {number}".encode()) for number in range(10)]
    row = await build(worker, await add_request(*urls[:5], "/vault/art/v.png", *urls[5:]))
    assert (row["status"], row["missing"]) == ("ready", [])
    assert [data.decode() for data in list((await entries(site, row)).values())[:-1]] == [
        *(f"remote {number}" for number in range(5)),
        "from the vault",
        *(f"remote {number}" for number in range(5, 10)),
    ]
    assert leftovers(settings) == []


async def test_spool_with_other_bytes_than_fetched_is_retried(
    add_request: AddRequest, worker: WorkerContext, origin: Origin, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "read_sums", lambda _: Sums(1, "0" * 64))
    async with asyncio.timeout(HANG_SECONDS):
        row = await build(worker, await add_request(origin.gives("/a.png", b"pixels")))
    assert (row["status"], row["faults"]) == ("pending", 1)
    assert leftovers(settings) == []


async def test_remote_artwork_has_the_date_of_its_post(
    add_request: AddRequest, worker: WorkerContext, origin: Origin, site: Site
) -> None:
    born = datetime(2024, 2, 29, 12, 30, 40, tzinfo=UTC)
    row = await build(worker, await add_request(origin.gives("/a.png", b"pixels"), created_at=born))
    with zipfile.ZipFile(BytesIO(await site.archive(row["file_path"]))) as archive:
        assert archive.infolist()[0].date_time == time.localtime(born.timestamp())[:6]


async def test_remote_prefetch_is_bounded(
    add_request: AddRequest, worker: WorkerContext, origin: Origin, settings: Settings
) -> None:
    spooled = []

    async def answer(_: web.Request) -> web.Response:
        spooled.append(len(leftovers(settings)) - 1)  # the part file
        if len(spooled) % 2:
            raise web.HTTPNotFound
        return web.Response(body=b"pixels", content_type="image/png")

    row = await build(worker, await add_request(*(origin.on(f"/{number}.png", answer) for number in range(20))))
    assert (row["status"], len(row["missing"])) == ("ready", 10)
    assert len(spooled) == 20
    assert max(spooled) <= SPOOL_FILES


async def test_refused_remote_artwork_is_missing_with_the_reason(
    add_request: AddRequest, worker: WorkerContext, origin: Origin, site: Site
) -> None:
    bdr_id = await add_request(
        origin.url("/gone.png"),
        origin.gives("/there.png", b"pixels"),
        "http://169.254.169.254/meta.png",
        "ftp://example.com/old.png",
        "/vault/art/nothing.png",
    )
    row = await build(worker, bdr_id)
    assert row["status"] == "ready"
    assert reasons(row) == {
        "gone.png": "The artwork is no longer on its server.",
        "meta.png": "The artwork's address is not a public one.",
        "old.png": "The artwork's address is not a web address.",
        "nothing.png": "The artwork's file is missing.",
    }
    metadata = json.loads((await entries(site, row))["metadata.json"])
    assert (metadata["artwork_count"], metadata["requested_count"]) == (1, 5)
    assert metadata["missing"] == row["missing"]


async def test_worker_fetches_from_public_addresses_only(
    add_request: AddRequest, site: Site, origin: Origin, work_off: WorkOff, pool: Pool
) -> None:
    await site.stored.put("art/v.png", b"from the vault")
    await add_request("/vault/art/v.png", origin.gives("/secret.png", b"secret"))
    await work_off()
    row = dict((await pool.fetch("SELECT status, missing FROM batch_download_requests"))[0])
    assert row["status"] == "ready"
    assert reasons(row) == {"secret.png": "The artwork's address is not a public one."}
    assert origin.asked == []


async def test_remote_artworks_can_be_switched_off(
    add_request: AddRequest, site: Site, worker: WorkerContext, origin: Origin, settings: Settings
) -> None:
    await site.stored.put("art/v.png", b"from the vault")
    bdr_id = await add_request("/vault/art/v.png", origin.gives("/a.png", b"pixels"))
    off = msgspec.structs.replace(worker, settings=msgspec.structs.replace(settings, remote_fetch="off"))
    row = await build(off, bdr_id)
    assert (row["status"], reasons(row)) == ("ready", {"a.png": "Remote artworks are disabled."})
    assert origin.asked == []


async def test_failing_remote_server_is_retried_later(
    add_request: AddRequest, worker: WorkerContext, origin: Origin, settings: Settings
) -> None:
    bdr_id = await add_request(origin.gives("/a.png", b"pixels"), origin.gives("/b.png", b"busy", status=503))
    row = await build(worker, bdr_id)
    assert (row["status"], row["faults"], row["missing"]) == ("pending", 1, [])
    assert leftovers(settings) == []
    origin.gives("/b.png", b"back again")
    row = await build(worker, bdr_id)
    assert (row["status"], row["missing"]) == ("ready", [])


async def test_remote_artwork_is_missing_after_the_last_attempt(
    add_request: AddRequest, worker: WorkerContext, origin: Origin
) -> None:
    urls = [origin.gives("/a.png", b"pixels"), origin.gives("/b.png", b"busy", status=503)]
    row = await build(worker, await add_request(*urls, faults=BDR.max_retries))
    assert (row["status"], reasons(row)) == ("ready", {"b.png": "The artwork's server did not answer."})


async def test_request_without_any_remote_artwork_fails_with_reasons(
    add_request: AddRequest, worker: WorkerContext, origin: Origin, settings: Settings
) -> None:
    urls = [origin.gives("/a.png", b"busy", status=503), origin.url("/b.png")]
    row = await build(worker, await add_request(*urls, faults=BDR.max_retries))
    assert row["status"] == "failed"
    assert row["error_message"] == "None of the requested artworks is available any more."
    assert set(reasons(row)) == {"a.png", "b.png"}
    assert leftovers(settings) == []


@pytest.mark.parametrize("sizes", [[600_000, 600_000], [2**20 + 1]])
async def test_remote_bytes_count_towards_max_archive_size(
    add_request: AddRequest, worker: WorkerContext, origin: Origin, settings: Settings, sizes: list[int]
) -> None:
    urls = [origin.streams(f"/{number}.png", b"x" * size) for number, size in enumerate(sizes)]
    bdr_id = await add_request(*urls)
    small = msgspec.structs.replace(worker, settings=msgspec.structs.replace(settings, bdr_max_bytes=2**20))
    row = await build(small, bdr_id)
    assert (row["status"], row["faults"]) == ("failed", 0)
    assert row["error_message"].startswith("Together the artworks are larger than 1 MiB,")
    assert leftovers(settings) == []


async def test_worker_stopped_while_fetching_hands_over_without_a_file(
    add_request: AddRequest, worker: WorkerContext, origin: Origin, settings: Settings
) -> None:
    url, begun = origin.hangs("/a.png", b"x" * 100)
    await add_request(origin.gives("/b.png", b"pixels"), url)
    building = asyncio.create_task(Runner(worker, [BDR]).run_next(BDR))
    await begun.wait()
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building
    assert leftovers(settings) == []
    row = await worker.pool.fetchrow("SELECT status, faults FROM batch_download_requests, work")
    assert row is not None
    assert (row["status"], row["faults"]) == ("pending", 0)


async def test_full_spool_disk_is_retried_without_a_fault(
    add_request: AddRequest, worker: WorkerContext, origin: Origin, settings: Settings
) -> None:
    class FullVault(Vault):
        @asynccontextmanager
        async def scratch(self) -> AsyncIterator[Path]:
            async with super().scratch() as folder:
                (folder / "0").symlink_to("/dev/full")
                yield folder

    bdr_id = await add_request(origin.gives("/a.png", b"pixels"))
    full = msgspec.structs.replace(
        worker, vault=FullVault(LocalStore(settings.vault_path), settings.vault_path / SCRATCH)
    )
    row = await build(full, bdr_id)
    assert (row["status"], row["faults"], row["missing"]) == ("pending", 0, [])
    assert leftovers(settings) == []
