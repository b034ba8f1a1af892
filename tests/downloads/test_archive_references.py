"""The library's files that an archive refers to: their bytes stay until the archive goes, and no longer."""

import asyncio
from typing import Any

import pytest

from pmd_service.archive.references import References
from pmd_service.archive.writer import ArchiveWriter
from pmd_service.downloads.expiry import clean_up
from pmd_service.vault.leftovers import SweptAwayError, sweep_leftovers

from ..locks import waits_for_a_lock
from ..site import BORN
from .conftest import Builder


class Owner:
    """An artist one of whose artworks is a file of their library, in the trash."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.site = builder.site

    async def begin(self) -> str:
        """Ask for two artworks; the request's id."""
        site = self.site
        self.asset = await site.add_asset(self.builder.artist, b"pixels of the library", deleted_at=BORN)
        path = await site.pool.fetchval("SELECT path FROM asset")
        self.key = path.removeprefix("/vault/")
        self.posts = [
            await site.add_post(self.builder.artist, None, art_url=path),
            await site.add_post(self.builder.artist, b"pixels of the site"),
        ]
        return await self.builder.request(self.posts)

    async def purge(self) -> Any:
        body = {"asset_ids": [self.asset], "action": "purge"}
        answer = await self.builder.api.post("/api/pmd/assets/action", body, user=self.builder.artist)
        assert answer.status == 200, answer
        return answer.json

    async def sweep(self) -> None:
        """As often as it takes, whatever it has put off."""
        for _ in range(2):
            await self.site.pool.execute("UPDATE vault_leftovers SET due_at = now() WHERE writer IS NULL")
            await sweep_leftovers(self.site.pool, self.site.stored)

    async def is_there(self) -> bool:
        return self.key in await self.site.keys("assets/")


@pytest.fixture
def owner(builder: Builder) -> Owner:
    return Owner(builder)


@pytest.mark.stores
@pytest.mark.parametrize("end", ["expired", "removed"])
async def test_purged_file_is_delivered_until_its_last_archive_is_removed(owner: Owner, end: str) -> None:
    builder, site = owner.builder, owner.site
    first = await owner.begin()
    second = await builder.request(owner.posts)
    for bdr_id in (first, second):
        assert (await builder.build(bdr_id))["status"] == "ready"
    purged = await owner.purge()
    assert "Existing archives keep the bytes of 1 file until" in purged["message"]
    assert await site.pool.fetchval("SELECT count(*) FROM asset") == 0
    for bdr_id in (first, second):
        await owner.sweep()
        assert await owner.is_there()
        answer = await builder.api.get(f"/api/pmd/bdr/{bdr_id}/download", user=builder.artist)
        assert answer.status == 200
        assert b"pixels of the library" in answer.body
        if end == "removed":
            removed = await builder.api.call("DELETE", f"/api/pmd/bdr/{bdr_id}", user=builder.artist)
            assert removed.status == 204
        else:
            await site.pool.execute("UPDATE batch_download_requests SET expires_at = now() WHERE id = $1", bdr_id)
            await clean_up(site.pool, site.stored)
    await owner.sweep()
    assert not await owner.is_there()
    assert await site.pool.fetchval("SELECT count(*) FROM archive_reference") == 0
    assert await site.pool.fetchval("SELECT count(*) FROM vault_leftovers") == 0


async def test_unpurged_file_stays_when_its_archive_is_removed(owner: Owner) -> None:
    bdr_id = await owner.begin()
    await owner.builder.build(bdr_id)
    assert (await owner.builder.api.call("DELETE", f"/api/pmd/bdr/{bdr_id}", user=owner.builder.artist)).status == 204
    await owner.sweep()
    assert await owner.is_there()
    assert await owner.site.pool.fetchval("SELECT count(*) FROM archive_reference") == 0


@pytest.mark.stores
async def test_file_purged_during_a_build_is_missing_in_the_archive(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    bdr_id = await owner.begin()
    finish = ArchiveWriter.finish

    async def purge_first(writer: ArchiveWriter) -> object:
        sealed = await finish(writer)
        monkeypatch.setattr(ArchiveWriter, "finish", finish)
        await owner.purge()
        await owner.sweep()
        return sealed

    monkeypatch.setattr(ArchiveWriter, "finish", purge_first)
    row = await owner.builder.build(bdr_id)
    assert row["status"] == "pending", "never ready with a hole in it"
    row = await owner.builder.build(bdr_id)
    assert (row["status"], len(row["missing"])) == ("ready", 1)
    with await owner.builder.archive(row) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 2


async def test_publication_waits_for_a_running_purge(owner: Owner) -> None:
    bdr_id = await owner.begin()
    async with owner.site.pool.acquire() as purging, purging.transaction():
        await purging.execute("DELETE FROM asset")
        building = asyncio.create_task(owner.builder.build(bdr_id))
        assert await waits_for_a_lock(owner.site.pool, building)
    assert (await building)["status"] == "pending"
    await owner.sweep()
    row = await owner.builder.build(bdr_id)
    assert (row["status"], len(row["missing"])) == ("ready", 1)


async def test_purge_waits_for_a_running_publication(owner: Owner) -> None:
    await owner.begin()
    site = owner.site
    references = References(site.stored, f"bdr/{site.sqid(owner.builder.artist)}/some.1.sparse")
    source = await site.stored.find(owner.key)
    assert source is not None
    assert await references.add([source]) == [source], "our own files need no links"
    async with site.pool.acquire() as publishing, publishing.transaction():
        await references.keep(publishing, user_id=owner.builder.artist)
        purging = asyncio.create_task(owner.purge())
        assert await waits_for_a_lock(site.pool, purging)
    await purging
    await owner.sweep()
    assert await owner.is_there()


async def test_purged_file_gets_no_archive_reference(owner: Owner) -> None:
    await owner.begin()
    site = owner.site
    references = References(site.stored, f"bdr/{site.sqid(owner.builder.artist)}/some.1.sparse")
    source = await site.stored.find(owner.key)
    assert source is not None
    await references.add([source])
    await owner.purge()
    async with site.pool.acquire() as publishing:
        with pytest.raises(SweptAwayError):
            async with publishing.transaction():
                await references.keep(publishing, user_id=owner.builder.artist)
