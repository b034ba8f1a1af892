"""``pmd-admin vault check`` and the scrub: what rows name and what the vault has are reckoned both ways."""

import os
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from pmd_service.base.settings import Settings, environment
from pmd_service.library import scrub as scrubbing
from pmd_service.library.scrub import register_files, scrub
from pmd_service.ops import vault_check
from pmd_service.ops.vault_check import Check, Result
from pmd_service.vault import Found, Vault, VaultFaultError
from pmd_service.vault.leftovers import sweep_leftovers
from pmd_service.work.context import WorkerContext

from ..databases import connected
from ..forked import pmd
from ..site import Api, Site
from ..uploads.sender import Sender, announced
from ..uploads.test_left_behind import DATA, receive

REQUEST = "6a1f3a0e-0000-4000-8000-000000000000"


async def reckon(
    worker: WorkerContext, url: str, *, repair: bool = False, read: bool = False
) -> tuple[Result, list[str]]:
    reported: list[str] = []
    async with connected(url) as connection:
        check = Check(connection, worker.pool, worker.vault, scrub_days=30, report=reported.append)
        return await check.run(repair=repair, read=read), reported


@pytest.fixture(autouse=True)
def no_object_is_young(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_check, "YOUNG_SECONDS", -60.0)


async def asset_at(site: Site, asset_id: int) -> str:
    path: str = await site.pool.fetchval("SELECT path FROM asset WHERE id = $1", asset_id)
    return path.removeprefix("/vault/")


async def ready_download(site: Site, user_id: int, key: str, size: int) -> str:
    return str(
        await site.pool.fetchval(
            """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, status, file_path,
                                                    file_size_bytes, completed_at, expires_at)
               VALUES ($1, $1, '{1}', 1, 'ready', $2, $3, now(), now() + interval '1 day') RETURNING id""",
            user_id,
            key,
            size,
        )
    )


@pytest.mark.stores
async def test_vault_check_passes_a_complete_vault(site: Site, worker: WorkerContext, site_url: str) -> None:
    artist = await site.add_user()
    await site.add_post(artist)
    await site.add_asset(artist)
    key = f"bdr/{site.sqid(artist)}/{REQUEST}.1.zip"
    await site.stored.put(key, b"an archive")
    await ready_download(site, artist, key, 10)
    await site.stored.put("the-sites/own.txt", b"not ours to judge")
    found, reported = await reckon(worker, site_url, read=True)
    assert (found, reported) == (Result(objects=4), [])
    registered = await site.pool.fetchval("SELECT count(*) FROM asset_verified")
    assert registered == 0, "the scrub goes on after the highest id that it knows: one of a lesser id may be on its way"


@pytest.mark.stores
async def test_vault_check_reports_objects_missing_after_an_old_restore(
    site: Site, worker: WorkerContext, site_url: str
) -> None:
    artist = await site.add_user()
    _kept, deleted, cut = [await site.add_asset(artist) for _ in range(3)]
    await site.lose(lost := await asset_at(site, deleted))
    await site.stored.put(shortened := await asset_at(site, cut), b"short")
    post = await site.add_post(artist, data=None)
    bdr = await ready_download(site, artist, f"bdr/{site.sqid(artist)}/{REQUEST}.1.zip", 10)
    found, reported = await reckon(worker, site_url, repair=True)
    assert (found.lost, found.other_bytes, found.orphaned) == (3, 1, 0)
    assert set(reported) == {
        f"lost  {lost}  (file {deleted})",
        f"other_bytes  {shortened}  (file {cut})",
        f"lost  art/{post}.png  (artwork {post})",
        f"lost  bdr/{site.sqid(artist)}/{REQUEST}.1.zip  (download {bdr})",
    }
    # What can be built again is; what cannot is noted for packs and operators.
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests") == "expired"
    faults = await site.pool.fetch(
        "SELECT asset_id, fault, due_at < now() + interval '25 hours' FROM asset_verified ORDER BY 1"
    )
    assert [tuple(row) for row in faults] == [(deleted, "lost", True), (cut, "other_bytes", True)]


@pytest.mark.parametrize("vault_kind", ["s3"])
async def test_vault_check_finds_objects_that_are_listed_late(
    site: Site, worker: WorkerContext, site_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.add_asset(await site.add_user())

    async def nothing(_prefix: str) -> AsyncIterator[Sequence[Found]]:
        yield []

    monkeypatch.setattr(worker.vault.store, "list", nothing)
    found, reported = await reckon(worker, site_url, read=True)
    assert (found.lost, reported) == (0, [])


@pytest.mark.stores
async def test_vault_check_repair_schedules_orphans_for_removal(
    site: Site, worker: WorkerContext, stored: Vault, site_url: str
) -> None:
    artist, digest = await site.add_user(), "ab" * 32
    orphans = {
        f"assets/sqid/{digest}.png",
        f"previews/sqid/{digest}/256.png",
        "packs/sqid/7/1.9-1.sparse",
        f"bdr/sqid/{REQUEST}.2.sparse",
    }
    for key in orphans:
        await stored.put(key, b"orphaned")
    named = await asset_at(site, await site.add_asset(artist))
    await stored.put("art/of-the-site.png", b"no row of ours names the site's files")
    found, reported = await reckon(worker, site_url)
    assert {line.split()[1] for line in reported} == orphans
    assert (found.orphaned, await site.pool.fetchval("SELECT count(*) FROM vault_leftovers")) == (4, 0)
    await reckon(worker, site_url, repair=True)
    assert (await sweep_leftovers(site.pool, stored)).removed == 0, "a day of grace"
    assert (await reckon(worker, site_url))[0].orphaned == 0, "reported once: they are left to the sweep"
    a_day = "UPDATE vault_leftovers SET due_at = due_at - interval '23 hours' RETURNING due_at > now()"
    assert await site.pool.fetchval(a_day)
    await site.pool.execute("UPDATE vault_leftovers SET due_at = due_at - interval '1 hour'")
    assert (await sweep_leftovers(site.pool, stored)).removed == 4
    assert {*await site.keys("")} == {named, "art/of-the-site.png"}


@pytest.mark.stores
async def test_vault_check_counts_partial_uploads_and_finds_orphaned_ones(
    site: Site, api: Api, worker: WorkerContext, stored: Vault, site_url: str
) -> None:
    sender = Sender(api, await site.add_user())
    upload = (await sender.announce(*(announced(f"{name}.png", name.encode() * 20) for name in "abc"))).json
    going_on, ending, ended = (line["id"] for line in upload["files"])
    for file_id in (going_on, ending, ended, a_forms := str(uuid4())):
        await receive(stored, UUID(file_id))
    await site.pool.execute(
        """UPDATE batch_report_files
              SET processing_status = 'failed', error_code = 'stopped', error_message = 'Stopped.',
                  settled_at = now() - CASE id WHEN $1 THEN interval '0' ELSE interval '2 hours' END
            WHERE id IN ($1, $2)""",
        ending,
        ended,
    )
    found, reported = await reckon(worker, site_url, repair=True)
    coming = found.half_received
    assert (coming.files, coming.bytes, coming.orphaned, found.orphaned) == (4, 4 * len(DATA), 2, 2)
    assert {*reported} == {f"orphaned  incoming/{file_id}  (no upload refers to it)" for file_id in (ended, a_forms)}
    await site.pool.execute("UPDATE vault_leftovers SET due_at = now()")
    assert (await sweep_leftovers(site.pool, stored)).removed == 2
    assert {key.split("/")[1] for key in await site.keys("incoming/")} == {going_on, ending}


async def test_vault_check_shows_the_age_of_partial_uploads(
    site: Site, worker: WorkerContext, stored: Vault, settings: Settings
) -> None:
    for hours in (1, 5):
        site.write(f"incoming/{(file_id := uuid4())}", b"x" * 1_000_000)
        ago = time.time() - hours * 3600 - 60
        os.utime(site.vault / "incoming" / str(file_id), (ago, ago))
    reported = pmd("vault", "check", env=environment(settings)).stdout
    assert "2 half-received (2.0 MB, oldest idle for 5.0 h), 2 without an upload" in reported


async def test_vault_check_ends_with_1_once_something_is_lost(
    site: Site, worker: WorkerContext, stored: Vault, settings: Settings
) -> None:
    key = await asset_at(site, await site.add_asset(await site.add_user()))
    whole = pmd("vault", "check", env=environment(settings))
    assert (whole.returncode, "0 lost" in whole.stdout) == (0, True)
    (site.vault / key).unlink()
    found = pmd("vault", "check", env=environment(settings))
    assert (found.returncode, "1 lost" in found.stdout) == (1, True)


async def test_vault_check_object_published_meanwhile_is_no_orphan(
    site: Site, worker: WorkerContext, stored: Vault, site_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that comes to name an object between the check and the repair keeps it."""
    artist = await site.add_user()
    key = await asset_at(site, asset := await site.add_asset(artist))
    await site.pool.execute("UPDATE asset SET path = '/vault/assets/x/' || hash || '.jpg', previews = '[]'")
    repaired = Check._repair

    async def published_first(check: Check, page: object) -> None:
        await site.pool.execute("UPDATE asset SET path = $2 WHERE id = $1", asset, f"/vault/{key}")
        await repaired(check, page)  # type: ignore[arg-type]

    monkeypatch.setattr(Check, "_repair", published_first)
    found, _ = await reckon(worker, site_url, repair=True)
    assert found.orphaned == 1
    assert await site.pool.fetchval("SELECT count(*) FROM vault_leftovers WHERE key = $1", key) == 0


async def test_vault_check_ignores_young_objects(
    site: Site, worker: WorkerContext, stored: Vault, site_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_check, "YOUNG_SECONDS", 3600.0)
    await stored.put(f"assets/sqid/{'ab' * 32}.png", b"about to be named")
    assert (await reckon(worker, site_url))[0].orphaned == 0


async def test_vault_check_works_in_pages(
    site: Site, worker: WorkerContext, site_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_check, "_PAGE", vault_check._PAGE.replace("LIMIT 1000", "LIMIT 2"))
    artist = await site.add_user()
    for _ in range(5):
        await site.lose(await asset_at(site, await site.add_asset(artist)))
    await site.add_asset(artist)
    assert (await reckon(worker, site_url))[0].lost == 5


def ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


async def due_now(site: Site) -> None:
    await site.pool.execute("UPDATE asset_verified SET due_at = now()")


async def scrub_all(worker: WorkerContext) -> None:
    await register_files(worker)
    await scrub(worker)


async def verified_faults(site: Site) -> dict[int, str | None]:
    """The findings for the files that were verified today or have a fault."""
    rows = await site.pool.fetch(
        "SELECT asset_id, fault FROM asset_verified WHERE verified_at > now() - interval '1 hour' OR fault IS NOT NULL"
    )
    return {row["asset_id"]: row["fault"] for row in rows}


@pytest.mark.stores
async def test_scrub_finds_lost_damaged_and_repaired_objects(site: Site, worker: WorkerContext) -> None:
    artist = await site.add_user()
    well, other, lost = [
        await site.add_asset(artist, data, created_at=ago(31)) for data in (b"well", b"other", b"lost")
    ]
    await site.stored.put(await asset_at(site, other), b"rehto")  # as long as it was
    await site.lose(key := await asset_at(site, lost))
    await scrub_all(worker)
    assert await verified_faults(site) == {well: None, other: "other_bytes", lost: "lost"}
    since = """SELECT verified_at < now() - interval '30 days', due_at < now() + interval '25 hours'
                 FROM asset_verified WHERE asset_id = $1"""
    found = await site.pool.fetchrow(since, other)
    assert found is not None
    assert tuple(found) == (True, True), "it was well when it came in, and not since; soon it is verified again"
    await site.stored.put(key, b"lost")
    await due_now(site)
    await scrub_all(worker)
    assert (await verified_faults(site))[lost] is None


async def test_scrub_skips_recently_verified_objects(site: Site, worker: WorkerContext) -> None:
    artist = await site.add_user()
    asset = await site.add_asset(artist, created_at=ago(29))
    await site.add_asset(artist, b"fresh", created_at=ago(0))  # one of a lesser id may still be on its way
    await scrub_all(worker)
    assert await verified_faults(site) == {}
    due = "SELECT due_at - now() < interval '1 day' FROM asset_verified WHERE asset_id = $1"
    assert await site.pool.fetchval(due, asset)


async def test_scrub_reports_nothing_while_the_store_is_unavailable(
    site: Site, worker: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    await site.add_asset(artist, created_at=ago(31))
    (site.vault / "assets").rename(site.vault / "unmounted")
    await scrub_all(worker)
    assert await verified_faults(site) == {}

    async def away(_key: str) -> None:
        raise VaultFaultError("The store is away.")

    monkeypatch.setattr(worker.vault, "find", away)
    await scrub_all(worker)
    assert await verified_faults(site) == {}


async def test_scrub_pass_is_bounded_in_time(
    site: Site, worker: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrubbing, "PASS_SECONDS", -1.0)
    monkeypatch.setattr(scrubbing, "CONCURRENT", 1)
    artist = await site.add_user()
    for _ in range(3):
        await site.add_asset(artist, created_at=ago(31))
    await scrub_all(worker)
    assert len(await verified_faults(site)) == 1, "the rest goes on with the next pass"
    await scrub_all(worker)
    assert len(await verified_faults(site)) == 2
