"""Expiry: archives go when their time has come, and nothing else does."""

import os
import time
from pathlib import Path

import pytest

from pmd_service.downloads.expiry import clean_up
from pmd_service.ops.settings import Settings
from pmd_service.vault import LocalVault

from ..conftest import WorkOff
from ..site import Api, Site


@pytest.fixture
async def artist(site: Site) -> int:
    return await site.add_user()


@pytest.fixture
def vault(settings: Settings) -> LocalVault:
    return LocalVault(settings.vault_path)


async def ready_request(site: Site, api: Api, artist: int, work_off: WorkOff) -> str:
    accepted = await api.post("/api/pmd/bdr", {"post_ids": [await site.add_post(artist)]}, user=artist)
    await work_off()
    return str(accepted.json["id"])


async def expire(site: Site, bdr_id: str, days: int = 0) -> None:
    await site.pool.execute(
        "UPDATE batch_download_requests SET expires_at = now() - make_interval(days => $2) WHERE id = $1", bdr_id, days
    )


def archives(site: Site) -> set[str]:
    return {path.name for path in site.vault.glob("bdr/*/*")}


async def test_what_is_past_its_time_loses_its_archive_and_the_rest_stays(
    site: Site, api: Api, artist: int, work_off: WorkOff, vault: LocalVault
) -> None:
    old, young = [await ready_request(site, api, artist, work_off) for _ in range(2)]
    await expire(site, old)
    done = await clean_up(site.pool, vault)
    assert (done.expired, done.errors, done.forgotten) == (1, 0, 0)
    assert archives(site) == {f"{young}.zip"}
    row = await site.pool.fetchrow("SELECT * FROM batch_download_requests WHERE id = $1", old)
    assert row is not None
    assert (row["status"], row["file_path"], row["file_size_bytes"]) == ("expired", None, None)
    assert (await clean_up(site.pool, vault)).expired == 0


async def test_one_archive_that_cannot_be_deleted_stops_nothing_else(
    site: Site, api: Api, artist: int, work_off: WorkOff, vault: LocalVault
) -> None:
    stuck, other = [await ready_request(site, api, artist, work_off) for _ in range(2)]
    (archive,) = site.vault.glob(f"bdr/*/{stuck}.zip")
    archive.unlink()
    archive.mkdir()
    await expire(site, stuck)
    await expire(site, other)
    done = await clean_up(site.pool, vault)
    assert (done.expired, done.errors) == (1, 1)
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests WHERE id = $1", stuck) == "ready"


async def test_rows_go_two_weeks_after_their_end(
    site: Site, api: Api, artist: int, work_off: WorkOff, vault: LocalVault
) -> None:
    gone, kept = [await ready_request(site, api, artist, work_off) for _ in range(2)]
    await expire(site, gone, days=15)
    await expire(site, kept, days=13)
    assert (await clean_up(site.pool, vault)).forgotten == 1
    assert [str(row["id"]) for row in await site.pool.fetch("SELECT id FROM batch_download_requests")] == [kept]


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


async def test_orphans_and_empty_folders_go_but_not_what_may_be_about_to_commit(
    site: Site, api: Api, artist: int, work_off: WorkOff, vault: LocalVault
) -> None:
    bdr_id = await ready_request(site, api, artist, work_off)
    (published,) = site.vault.glob("bdr/*/*.zip")
    age(published, 90_000)
    orphan = site.write("bdr/gone/6a1f3a0e-0000-4000-8000-000000000000.zip", b"nobody's")
    age(orphan, 90_000)
    young = site.write("bdr/new/6a1f3a0e-0000-4000-8000-000000000001.zip", b"a transaction about to commit")
    (site.vault / "bdr" / "empty").mkdir()
    artwork = site.write("art/old.png", b"not an archive")
    age(artwork, 90_000)
    assert (await clean_up(site.pool, vault)).orphans == 1
    assert archives(site) == {f"{bdr_id}.zip", young.name}
    assert sorted(path.name for path in (site.vault / "bdr").iterdir()) == sorted([published.parent.name, "new"])
    assert artwork.exists()
