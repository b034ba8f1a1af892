"""Expiry: archives go when their time has come, and nothing else does."""

import asyncio
import os
import time
from pathlib import Path
from uuid import UUID

import pytest

from pmd_service.downloads.expiry import clean_up
from pmd_service.vault import Vault

from ..conftest import WorkOff
from ..locks import waits_for_a_lock
from ..site import Api, Site


@pytest.fixture
def vault(stored: Vault) -> Vault:
    return stored


async def ready_request(site: Site, api: Api, artist: int, work_off: WorkOff) -> str:
    accepted = await api.post("/api/pmd/bdr", {"post_ids": [await site.add_post(artist)]}, user=artist)
    await work_off()
    return str(accepted.json["id"])


async def expire(site: Site, bdr_id: str, days: int = 0) -> None:
    await site.pool.execute(
        """UPDATE batch_download_requests SET expires_at = now() - make_interval(days => $2),
                  created_at = now() - make_interval(days => $2 + 7)
            WHERE id = $1""",
        bdr_id,
        days,
    )


async def archives(site: Site) -> set[str]:
    return {key.rpartition("/")[2] for key in await site.keys()}


@pytest.mark.stores
async def test_expired_request_loses_its_archive_and_others_stay(
    site: Site, api: Api, artist: int, work_off: WorkOff, vault: Vault
) -> None:
    old, young = [await ready_request(site, api, artist, work_off) for _ in range(2)]
    await expire(site, old)
    done = await clean_up(site.pool, vault)
    assert (done.expired, done.errors, done.forgotten) == (1, 0, 0)
    assert await archives(site) == {f"{young}.1.sparse"}
    row = await site.pool.fetchrow("SELECT * FROM batch_download_requests WHERE id = $1", old)
    assert row is not None
    assert (row["status"], row["file_path"], row["file_size_bytes"], row["etag"]) == ("expired", None, None, None)
    assert (await clean_up(site.pool, vault)).expired == 0


async def test_undeletable_archive_is_retried_and_blocks_no_other(
    site: Site, api: Api, artist: int, work_off: WorkOff, vault: Vault
) -> None:
    stuck, other = [await ready_request(site, api, artist, work_off) for _ in range(2)]
    (archive,) = site.vault.glob(f"bdr/*/{stuck}.1.sparse")
    archive.unlink()
    archive.mkdir()
    for bdr_id in (stuck, other):
        await expire(site, bdr_id)
    done = await clean_up(site.pool, vault)
    assert (done.expired, done.errors) == (2, 1)
    assert list(site.vault.glob("bdr/*/*.sparse")) == [archive]
    left = await site.pool.fetchrow("SELECT key, faults, due_at > now() AS is_postponed FROM vault_leftovers")
    assert left is not None
    assert tuple(left) == (str(archive.relative_to(site.vault)), 1, True)
    archive.rmdir()
    await site.pool.execute("UPDATE vault_leftovers SET due_at = now(), removing_until = NULL")
    assert (await clean_up(site.pool, vault)).errors == 0
    assert list(site.vault.glob("bdr/*/*")) == []
    assert await site.pool.fetchval("SELECT count(*) FROM vault_leftovers") == 0


async def test_rows_are_deleted_two_weeks_after_their_end(
    site: Site, api: Api, artist: int, work_off: WorkOff, vault: Vault
) -> None:
    expired, kept = [await ready_request(site, api, artist, work_off) for _ in range(2)]
    await expire(site, expired, days=15)
    await expire(site, kept, days=13)
    assert (await clean_up(site.pool, vault)).forgotten == 1
    assert [str(row["id"]) for row in await site.pool.fetch("SELECT id FROM batch_download_requests")] == [kept]


@pytest.mark.own_tables  # behind views the daily clean-up finds them: tests/original/test_deleted_rows.py
async def test_archives_of_a_deleted_user_are_removed(
    site: Site, api: Api, artist: int, work_off: WorkOff, vault: Vault
) -> None:
    await ready_request(site, api, artist, work_off)
    await site.pool.execute("DELETE FROM users WHERE id = $1", artist)
    await clean_up(site.pool, vault)
    assert await archives(site) == set()


def age(path: Path, seconds: float = 90_000) -> Path:
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


async def test_scan_removes_unreferenced_archives_and_nothing_else(
    site: Site, api: Api, artist: int, work_off: WorkOff, vault: Vault
) -> None:
    bdr_id = await ready_request(site, api, artist, work_off)
    (published,) = site.vault.glob("bdr/*/*.sparse")
    age(published)
    folder = str(published.parent.relative_to(site.vault))
    await site.pool.execute("UPDATE batch_download_requests SET attempt = 3")
    strays = [age(site.write(f"{folder}/{bdr_id}{ending}", b"let go of")) for ending in (".2.sparse", ".2.zip")]
    kept = [
        published,
        site.write(f"{folder}/{bdr_id}.3.sparse", b"young: its transaction may be about to commit"),
        age(site.write(f"{folder}/{bdr_id}.4.sparse", b"an attempt that has not been")),
        age(site.write(f"{folder}/{bdr_id}.zip", b"the site's own")),
        age(site.write(f"{folder}/6a1f3a0e-0000-4000-8000-000000000000.1.zip", b"a request that we never had")),
        age(site.write(f"{folder}/{bdr_id}.zip.bak", b"an operator's")),
        age(site.write(f"{folder}/@eaDir/{bdr_id}.1.zip", b"a disk station's")),
        age(site.write("bdr/notes.txt", b"foreign")),
        age(site.write("art/old.png", b"not an archive")),
    ]
    (site.vault / folder / f"{bdr_id}.0.zip").mkdir()
    (site.vault / "bdr" / "loop").symlink_to(site.vault / "bdr")
    (site.vault / "bdr" / "empty").mkdir()
    done = await clean_up(site.pool, vault)
    assert (done.orphans, done.errors) == (2, 0)
    assert [path.exists() for path in strays] == [False] * 2
    assert [path.name for path in kept if not path.exists()] == []


async def test_archive_published_before_its_removal_stays(
    site: Site, api: Api, artist: int, work_off: WorkOff, vault: Vault
) -> None:
    """The scan reads the row again under its lock; a build that publishes locks it first or sees it changed."""
    bdr_id = await ready_request(site, api, artist, work_off)
    (archive,) = site.vault.glob("bdr/*/*.sparse")
    age(archive)
    key = str(archive.relative_to(site.vault))
    await site.pool.execute(
        """UPDATE batch_download_requests SET status = 'processing', file_path = NULL, file_size_bytes = NULL"""
    )
    await site.pool.execute("DELETE FROM vault_leftovers")
    assert (await clean_up(site.pool, vault)).orphans == 0, "its attempt is about to publish it"
    await site.pool.execute(
        """UPDATE batch_download_requests SET status = 'failed', error_message = 'No.' WHERE id = $1""",
        UUID(bdr_id),
    )
    assert (await clean_up(site.pool, vault)).orphans == 1
    assert not (site.vault / key).exists()


async def test_archive_published_while_the_scan_waits_stays(
    site: Site, api: Api, artist: int, work_off: WorkOff, vault: Vault
) -> None:
    await ready_request(site, api, artist, work_off)
    (archive,) = site.vault.glob("bdr/*/*.sparse")
    age(archive)
    await site.pool.execute(
        """UPDATE batch_download_requests
              SET status = 'processing', attempt = attempt + 1, file_path = NULL, file_size_bytes = NULL"""
    )
    await site.pool.execute("DELETE FROM vault_leftovers")
    async with site.pool.acquire() as publishing, publishing.transaction():
        await publishing.execute(
            """UPDATE batch_download_requests SET status = 'ready',
                      file_path = $1, file_size_bytes = $2""",
            str(archive.relative_to(site.vault)),
            archive.stat().st_size,
        )
        cleaning = asyncio.create_task(clean_up(site.pool, vault))
        assert await waits_for_a_lock(site.pool, cleaning)
    assert (await cleaning).orphans == 0
    assert archive.exists()
