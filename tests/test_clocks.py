"""Days, leases and ends are the database's: an application whose clock is two days away changes none of them."""

import time
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from pmd_service.base import telemetry
from pmd_service.base.settings import Settings
from pmd_service.jobs import opened_worker
from pmd_service.library.purge import empty_trash
from pmd_service.outbox.webhook import HOOK
from pmd_service.uploads.sweep import sweep_uploads
from pmd_service.work.runner import Runner

from .clock import set_clock
from .conftest import WorkOff
from .origin import Origin
from .site import Api, Site
from .uploads.sender import Sender, announced

DAY = timedelta(days=1)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Everything ends after a day, and the clock is two of them away."""
    return msgspec.structs.replace(
        settings, bdr_ttl_days=1, takeout_days=1, upload_ttl_hours=24, report_ttl_days=1, trash_ttl_days=1
    )


@pytest.fixture(params=[2, -2], ids=["ahead", "behind"], autouse=True)
def away(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> timedelta:
    by: timedelta = request.param * DAY
    set_clock(monkeypatch, by)
    return by


async def test_process_clock_is_wrong_in_this_module(away: timedelta, site: Site) -> None:
    now: datetime = await site.pool.fetchval("SELECT now()")
    for now_here in (vars(telemetry)["datetime"].now(UTC), datetime.fromtimestamp(time.time(), UTC)):
        assert abs(now_here - now - away) < timedelta(hours=1)


async def test_downloads_use_the_database_clock_for_limit_and_expiry(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    (post,) = await site.add_posts(artist, 1)
    ids = [(await api.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist)).json["id"] for _ in range(8)]
    refused = await api.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist)
    assert (refused.status, 0 < int(refused.headers["Retry-After"]) <= 86_400) == (429, True)
    await work_off()
    path = f"/api/pmd/bdr/{ids[0]}/download"
    assert (await api.get(path, user=artist)).status == 200
    left: timedelta = await site.pool.fetchval("SELECT max(expires_at) - now() FROM batch_download_requests")
    assert DAY - timedelta(hours=1) < left <= DAY
    await site.pool.execute("UPDATE batch_download_requests SET expires_at = now()")
    assert (await api.get(path, user=artist)).status == 410


_UNTIL_MIDNIGHT = """
SELECT extract(epoch FROM date_trunc('day', utc) + interval '1 day' - utc)::int
  FROM (VALUES (now() AT TIME ZONE 'UTC')) AS clock (utc)
"""


async def test_takeouts_use_the_database_clock(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 1)
    assert (await api.post("/api/pmd/takeout", {}, user=artist)).status == 202
    await work_off()
    refused = await api.post("/api/pmd/takeout", {}, user=artist)
    assert refused.status == 429
    left = await site.pool.fetchval(_UNTIL_MIDNIGHT)
    assert left <= int(refused.headers["Retry-After"]) <= left + 3600
    await site.pool.execute("UPDATE takeouts SET created_at = created_at - interval '1 day'")
    assert (await api.post("/api/pmd/takeout", {}, user=artist)).status == 202


async def test_uploads_use_the_database_clock(site: Site, api: Api, settings: Settings, work_off: WorkOff) -> None:
    sender = Sender(api, await site.add_user())
    data = b"\x89PNG\r\n\x1a\n nothing behind it"
    upload = (await sender.announce(announced("a.png", data), announced("b.png", data[:-1]))).json
    async with opened_worker(settings) as worker:
        await sweep_uploads(worker)
    for file, sent in zip(upload["files"], (data, data[:-1]), strict=True):
        assert (await sender.patch(file["url"], sent)).status == 204
    await work_off()
    path = f"/api/pmd/uploads/{upload['id']}"
    assert (await api.get(path, user=sender.user)).json["failed_files"] == 2
    await site.pool.execute("UPDATE batch_reports SET expires_at = now()")
    assert (await api.get(path, user=sender.user)).status == 410


async def test_trash_uses_the_database_clock(site: Site, api: Api) -> None:
    artist = await site.add_user()
    young, old = await site.add_asset(artist), await site.add_asset(artist)
    await api.post("/api/pmd/assets/action", {"action": "trash", "asset_ids": [young, old]}, user=artist)
    await site.pool.execute("UPDATE asset SET deleted_at = now() - interval '25 hours' WHERE id = $1", old)
    assert await empty_trash(site.pool, ttl_days=1) == 1
    assert await site.pool.fetchval("SELECT array_agg(id) FROM asset") == [young]


async def test_packs_use_the_database_clock(site: Site, api: Api) -> None:
    artist = await site.add_user()
    asset = await site.add_asset(artist, approved=True)
    for number in range(9):
        body = {
            "name": f"Pack {number}",
            "license_type": "royalty_free",
            "marks": "keep",
            "assets": [{"asset_id": asset}],
        }
        pack = (await api.post("/api/pmd/packs", body, user=artist)).json["id"]
        last = await api.post(f"/api/pmd/packs/{pack}/export", {}, user=artist)
    assert (last.status, 0 < int(last.headers["Retry-After"]) <= 86_400) == (429, True)
    await site.pool.execute("UPDATE job SET created_at = created_at - interval '1 day'")
    assert (await api.post(f"/api/pmd/packs/{pack}/export", {}, user=artist)).status == 202


async def test_idempotency_keys_use_the_database_clock(site: Site, api: Api) -> None:
    artist = await site.add_user()
    asset = await site.add_asset(artist)
    body, headers = {"kind": "upscale", "asset_ids": [asset]}, {"Idempotency-Key": "once"}
    first, again = [(await api.post("/api/pmd/jobs", body, user=artist, headers=headers)).json for _ in range(2)]
    assert first["group_id"] == again["group_id"]


async def test_webhooks_use_the_database_clock(site: Site, settings: Settings) -> None:
    async with Origin() as origin:
        artist = await site.add_user()
        add = """INSERT INTO outbox (channel, topic, about, deduplication_key, user_id, payload) VALUES
                 ('webhook', 'posts_changed', '1', '1', $1, '{"action": "hide", "post_ids": [1]}')"""
        await site.add_work("webhook", await site.pool.fetchval(f"{add} RETURNING id", artist), artist)
        expired = msgspec.structs.replace(
            settings, site_webhook_url=origin.url("/hook"), site_webhook_secret="a secret of the site's own"
        )
        async with opened_worker(expired) as worker:
            assert await Runner(worker, [HOOK]).run_next(HOOK)
            assert await site.pool.fetchval("SELECT status FROM outbox") == "due", "a day has not passed"
