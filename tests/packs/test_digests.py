"""An edition's SHA-256: that of the ZIP that people download, and nothing until it is known."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pmd_service.archive import digest
from pmd_service.archive.digest import digest_of
from pmd_service.archive.sums import Sums
from pmd_service.base.settings import Settings
from pmd_service.packs import digests
from pmd_service.packs.digests import IS_DIGEST_DUE, compute_digests
from pmd_service.vault import ObjectUnreadableError, Stored, VaultFaultError
from pmd_service.work.context import WorkerContext

from ..conftest import WorkOff
from ..events.sse import opened
from ..site import Api, Site
from ..upkeep import run_step
from .conftest import Artist
from .exports import export
from .test_packs import PACKS, make


@pytest.fixture(params=["sparse", "whole"])
def archives(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(settings: Settings, archives: Any) -> Settings:
    return msgspec.structs.replace(settings, archives=archives)


sparse = pytest.mark.parametrize("archives", ["sparse"])


def sha256sum(path: Path) -> str:
    return subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.split()[0]


async def is_due(site: Site) -> bool:
    return bool(await site.pool.fetchval(f"SELECT {IS_DIGEST_DUE}"))


@pytest.mark.stores
async def test_edition_sha256_is_that_of_the_zip_and_null_until_computed(
    api: Api, artist: Artist, work_off: WorkOff, worker: WorkerContext, site: Site, tmp_path: Path
) -> None:
    large = await artist.add("large.bin", bytes(range(256)) * (3 << 12), type="other")  # read in several chunks
    pack = await make(api, artist, [await artist.add("a.png", b"pixels"), large])
    built = await export(api, artist, pack, work_off)
    assert built["editions"][0]["sha256"] is built["pack"]["export_sha256"] is built["export_sha256"] is None
    assert await is_due(site)
    async with opened(api, artist.user, path="/api/pmd/sse") as stream:
        await stream.until("connected")
        await run_step(worker, "edition_digests")
        *_, event = await stream.until("pack_update")
        while event.data["export_sha256"] is None:  # the export itself, of which the server was notified late
            *_, event = await stream.until("pack_update")
    answer = await api.get(built["pack"]["download_url"], user=artist.user)
    (tmp_path / "pack.zip").write_bytes(answer.body)
    sha256 = sha256sum(tmp_path / "pack.zip")
    assert event.data["export_sha256"] == sha256
    known = (await api.get(f"{PACKS}/{pack}", user=artist.user)).json
    assert known["editions"][0]["sha256"] == known["pack"]["export_sha256"] == sha256
    assert known["updated_at"] > built["updated_at"], "the page reads the editions again when this changes"
    assert not known["is_changed"], "the pack is as it was built"
    await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"theme": "Another"})
    assert (await api.get(f"{PACKS}/{pack}", user=artist.user)).json["is_changed"]
    assert not await is_due(site)
    await site.pool.execute("UPDATE pack_edition SET sha256 = NULL, sha256_due_at = now()")
    await compute_digests(worker)
    assert (await api.get(f"{PACKS}/{pack}", user=artist.user)).json["is_changed"], "before it was read, too"


@sparse
async def test_edition_digests_are_computed_smallest_first(
    api: Api, artist: Artist, work_off: WorkOff, worker: WorkerContext, site: Site
) -> None:
    packs = {}
    for name, data in (("large.png", b"l" * 300_000), ("small.png", b"s"), ("lost.png", b"o")):
        packs[name] = await make(api, artist, [await artist.add(name, data)])
        await export(api, artist, packs[name], work_off)
    await site.lose(str(await site.pool.fetchval("SELECT substring(path FROM 8) FROM asset WHERE name = 'lost.png'")))
    order: list[str] = []

    async def noted(pool: Any, vault: Any, archive: Any) -> Sums:
        order.append(archive.key)
        return await digest_of(pool, vault, archive)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digests, "digest_of", noted)
        await compute_digests(worker)
    sizes = {row["key"]: row["size_bytes"] for row in await site.pool.fetch("SELECT key, size_bytes FROM pack_edition")}
    assert [sizes[key] for key in order] == sorted(sizes.values())
    known = {name: (await api.get(f"{PACKS}/{pack}", user=artist.user)).json for name, pack in packs.items()}
    assert {name: bool(event["export_sha256"]) for name, event in known.items()} == {
        "large.png": True, "small.png": True, "lost.png": False,
    }  # fmt: skip
    assert not await is_due(site), "what cannot be read is tried again the next day"


@sparse
async def test_edition_digest_is_computed_after_a_crash_or_store_outage(
    api: Api, artist: Artist, work_off: WorkOff, worker: WorkerContext, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = await make(api, artist, [await artist.add()])
    await export(api, artist, pack, work_off)

    async def is_away(*_given: Any) -> str:
        raise VaultFaultError("away")

    async def hangs(*_given: Any) -> str:
        await asyncio.Event().wait()
        raise AssertionError

    for fails in (is_away, hangs):
        with monkeypatch.context() as patch:
            patch.setattr(digests, "digest_of", fails)
            computing = asyncio.create_task(compute_digests(worker))
            await asyncio.wait({computing}, timeout=0.2)
            computing.cancel()  # as the end of its process would
            await asyncio.gather(computing, return_exceptions=True)
        assert not await is_due(site), "for a minute"
        await site.pool.execute("UPDATE pack_edition SET sha256_due_at = now()")
    await compute_digests(worker)
    assert (await api.get(f"{PACKS}/{pack}", user=artist.user)).json["export_sha256"]


@sparse
async def test_edition_digest_after_a_restore_with_other_tags(
    api: Api, artist: Artist, work_off: WorkOff, worker: WorkerContext, site: Site, tmp_path: Path
) -> None:
    pack = await make(api, artist, [await artist.add("a.png", b"pixels")])
    built = await export(api, artist, pack, work_off)
    for key in await site.keys("assets/"):  # written again: only its time is another
        await site.stored.put(key, await site.read(key))
    await compute_digests(worker)
    answer = await api.get(built["download_url"], user=artist.user)
    (tmp_path / "pack.zip").write_bytes(answer.body)
    known = (await api.get(f"{PACKS}/{pack}", user=artist.user)).json
    assert known["export_sha256"] == sha256sum(tmp_path / "pack.zip")


@sparse
async def test_archive_that_has_become_shorter_has_no_digest(site: Site) -> None:
    await site.stored.put("bdr/a.zip", b"abc")
    with pytest.raises(ObjectUnreadableError):
        await digest_of(site.pool, site.stored, Stored(key="bdr/a.zip", size=5, etag=None))


async def test_archive_cut_while_it_is_read_has_no_digest(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.stored.put("bdr/a.zip", b"abcde")
    archive = Stored(key="bdr/a.zip", size=5, etag=None)
    assert (await digest_of(site.pool, site.stored, archive)).sha256 == sha256(b"abcde").hexdigest()

    async def cut(*_: object) -> AsyncGenerator[bytes]:
        yield b"abc"

    monkeypatch.setattr(digest, "chunks_of", cut)
    with pytest.raises(ObjectUnreadableError, match="3 bytes instead of 5"):
        await digest_of(site.pool, site.stored, archive)
