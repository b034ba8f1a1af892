"""Takeouts: everything in one download (SPEC section 5, DEPTH section 2)."""

import asyncio
import io
import json
import zipfile
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack
from pmd_service.downloads.expiry import clean_up
from pmd_service.downloads.takeout_ending import end_takeouts

from ...conftest import Serve, WorkOff
from ...events.sse import opened
from ...locks import waits_for_a_lock
from ...site import BORN, Api, Site

TAKEOUT = "/api/pmd/takeout"


@pytest.fixture
def settings(settings: Settings, stack: Stack) -> Settings:
    mail = {"smtp_url": stack.mail.url, "mail_from": "pmd@example.org"}
    return msgspec.structs.replace(settings, bdr_max_posts=2, bdr_daily_limit=3, takeout_days=7, **mail)


@pytest.mark.beside
async def test_takeout_is_one_archive_with_a_folder_for_each_year(site: Site, api: Api, work_off: WorkOff) -> None:
    """However many there are: a takeout knows no ``BDR_MAX_POSTS``."""
    artist = await site.add_user()
    old, *posts = await site.add_posts(artist, 5)
    await site.pool.execute("UPDATE posts SET hidden_by_user = true WHERE id = $1", posts[0])
    await site.pool.execute("UPDATE posts SET created_at = $2 WHERE id = $1", old, BORN - timedelta(days=400))
    await site.add_post(artist, kind="playlist")
    await site.add_post(artist, deleted_by_user=True)
    accepted = await api.post(TAKEOUT, {}, user=artist)
    assert (accepted.status, accepted.json["status"], accepted.json["post_count"]) == (202, "processing", 5)
    assert (accepted.json["name"], accepted.json["download_url"]) == ("Everything", None)
    await work_off()
    takeout = (await api.get(accepted.headers["Location"], user=artist)).json
    assert (takeout["status"], takeout["post_count"], takeout["processed_count"]) == ("ready", 5, 5)
    assert takeout["download_url"] == f"/api/pmd/bdr/{takeout['download_id']}/download"
    answer = await api.get(takeout["download_url"], user=artist)
    assert len(answer.body) == takeout["file_size_bytes"]
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        names = [f"posts/2024/{old}-{site.sqid(old)}.png"]
        names += [f"posts/2026/{post}-{site.sqid(post)}.png" for post in posts]
        assert [name for name in archive.namelist() if name.endswith(".png")] == names
        records = [json.loads(line) for line in archive.read("data/posts.jsonl").splitlines()]
        assert [record["file"]["path"] for record in records] == names
        assert [record["is_hidden"] for record in records] == [False, True, False, False, False]


async def test_takeout_file_has_the_takeouts_name(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 1)
    takeout = (await api.post(TAKEOUT, {"name": ' 像素 "all"/2026 '}, user=artist)).json
    assert takeout["name"] == '像素 "all"/2026'
    await work_off()
    (item,) = (await api.get(TAKEOUT, user=artist)).json["items"]
    disposition = (await api.call("HEAD", item["download_url"], user=artist)).headers["Content-Disposition"]
    named = "%E5%83%8F%E7%B4%A0%20_all__2026.zip"
    assert disposition == f"attachment; filename=\"__ _all__2026.zip\"; filename*=UTF-8''{named}"  # RFC 6266, RFC 8187


async def test_takeout_is_not_counted_in_the_daily_limit_but_retries_are(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 4)
    first = (await api.post(TAKEOUT, {}, user=artist)).json["download_id"]
    assert (await api.get("/api/pmd/bdr", user=artist)).json["used_today"] == 0
    await site.pool.execute(
        "UPDATE batch_download_requests SET status = 'failed', error_message = 'No.', completed_at = now() "
        "WHERE takeout_id IS NOT NULL"
    )
    assert (await api.post(f"/api/pmd/bdr/{first}/retry", None, user=artist)).status == 200
    assert (await api.get("/api/pmd/bdr", user=artist)).json["used_today"] == 1


async def test_takeout_is_allowed_once_in_takeout_days(site: Site, api: Api, work_off: WorkOff) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    await site.add_posts(artist, 2)
    await site.add_posts(other, 1)
    answers = await asyncio.gather(*(api.post(TAKEOUT, {}, user=artist) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [202, 429, 429, 429, 429]
    refused = next(answer for answer in answers if answer.status == 429)
    assert 6 * 86400 < int(refused.headers["Retry-After"]) <= 7 * 86400
    assert (await api.post(TAKEOUT, {}, user=other)).status == 202
    await work_off()
    assert (await api.post(TAKEOUT, {}, user=artist)).status == 429
    await site.pool.execute("UPDATE batch_download_requests SET expires_at = now()")
    await clean_up(site.pool, site.stored)
    assert (await api.post(TAKEOUT, {}, user=artist)).status == 429
    await site.pool.execute("UPDATE takeouts SET created_at = created_at - $1::interval", timedelta(days=7, minutes=1))
    assert (await api.get(TAKEOUT, user=artist)).json["next_possible_at"] is None
    assert (await api.post(TAKEOUT, {}, user=artist)).status == 202


async def test_takeout_days_are_utc_calendar_days(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 1)
    assert (await api.post(TAKEOUT, {}, user=artist)).status == 202
    first = """
UPDATE takeouts SET created_at = (date_trunc('day', now() AT TIME ZONE 'UTC') - $1::interval) AT TIME ZONE 'UTC'
RETURNING created_at
"""
    began = await site.pool.fetchval(first, timedelta(days=6))
    midnight = began + timedelta(days=7)
    refused = await api.post(TAKEOUT, {}, user=artist)
    assert refused.status == 429
    assert f"{midnight:%Y-%m-%d} 00:00 UTC" in refused.json["detail"]
    left = (midnight - await site.pool.fetchval("SELECT now()")).total_seconds()
    assert left <= int(refused.headers["Retry-After"]) <= left + 60
    next_possible = (await api.get(TAKEOUT, user=artist)).json["next_possible_at"]
    assert datetime.fromisoformat(next_possible) == midnight

    await site.pool.execute(first, timedelta(days=6, seconds=1))
    assert (await api.get(TAKEOUT, user=artist)).json["next_possible_at"] is None
    assert (await api.post(TAKEOUT, {}, user=artist)).status == 202


async def test_failed_takeout_is_not_counted(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 2)
    takeout_id = (await api.post(TAKEOUT, {}, user=artist)).json["id"]
    assert (await api.post(f"{TAKEOUT}/{takeout_id}/cancel", None, user=artist)).status == 200
    assert (await api.post(TAKEOUT, {}, user=artist)).status == 202


async def test_cancelled_takeout_can_be_retried(site: Site, api: Api, settings: Settings, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 5)
    path = f"{TAKEOUT}/{(await api.post(TAKEOUT, {}, user=artist)).json['id']}"
    assert (await api.post(f"{path}/retry", None, user=artist)).status == 409
    cancelled = await api.post(f"{path}/cancel", None, user=artist)
    assert cancelled.json["status"] == "cancelled"
    assert (await api.post(f"{path}/cancel", None, user=artist)).status == 409
    again = await api.post(f"{path}/retry", None, user=artist)
    assert (again.status, again.json["status"], again.json["completed_at"]) == (200, "processing", None)
    await work_off()
    assert (await api.get(path, user=artist)).json["status"] == "ready"
    assert (await api.post(f"{path}/retry", None, user=artist)).status == 409


@pytest.mark.parametrize("ended", ["failed", "expired"])
async def test_failed_or_expired_takeout_can_be_retried(site: Site, api: Api, work_off: WorkOff, ended: str) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    path = f"{TAKEOUT}/{(await api.post(TAKEOUT, {}, user=artist)).json['id']}"
    deleting = "UPDATE posts SET deleted_by_user = $2 WHERE id = $1"
    if ended == "failed":
        await site.pool.execute(deleting, post, True)
    await work_off()
    if ended == "failed":
        assert (await api.get(path, user=artist)).json["status"] == "failed"
        await site.pool.execute(deleting, post, False)
    else:
        await site.pool.execute("UPDATE batch_download_requests SET expires_at = now()")
        await clean_up(site.pool, site.stored)
        assert (await api.get(path, user=artist)).json["download_url"] is None
    assert (await api.post(f"{path}/retry", None, user=artist)).json["status"] == "processing"
    assert await site.pool.fetchval("SELECT completed_at FROM takeouts") is None
    await work_off()
    takeout = (await api.get(path, user=artist)).json
    assert takeout["status"] == "ready"
    assert (await api.get(takeout["download_url"], user=artist)).status == 200


async def test_counts_of_a_takeout_are_those_of_its_file(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 2)
    await site.add_asset(artist)
    path = f"{TAKEOUT}/{(await api.post(TAKEOUT, {}, user=artist)).json['id']}"
    await work_off()
    await site.pool.execute("UPDATE batch_download_requests SET expires_at = now()")
    await clean_up(site.pool, site.stored)
    await site.add_posts(artist, 3)
    await site.add_asset(artist)
    assert (await api.post(f"{path}/retry", None, user=artist)).status == 200
    await work_off()
    grown = (await api.get(path, user=artist)).json
    assert (grown["post_count"], grown["file_count"], grown["processed_count"]) == (5, 2, 7)
    await site.pool.execute("UPDATE batch_download_requests SET expires_at = now()")
    await clean_up(site.pool, site.stored)
    await site.pool.execute("UPDATE posts SET deleted_by_user = true WHERE id = ANY ($1)", posts)
    assert (await api.post(f"{path}/retry", None, user=artist)).status == 200
    await work_off()
    shrunk = (await api.get(path, user=artist)).json
    assert (shrunk["post_count"], shrunk["file_count"], shrunk["processed_count"]) == (3, 2, 5)


async def test_takeout_without_artworks_is_refused(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_post(artist, deleted_by_user=True)
    await site.add_asset(artist, deleted_at=BORN)
    assert (await api.post(TAKEOUT, {}, user=artist)).status == 400


async def test_takeout_with_the_same_idempotency_key_is_the_same(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 1)
    key = {"Idempotency-Key": "once"}
    first, second = [await api.post(TAKEOUT, {}, user=artist, headers=key) for _ in range(2)]
    assert (first.status, second.status, second.json["id"]) == (202, 202, first.json["id"])
    assert (await api.post(TAKEOUT, {"send_email": True}, user=artist, headers=key)).status == 422


async def test_takeout_sends_events(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 3)
    async with opened(api, artist, path="/api/pmd/sse") as stream:
        await stream.until("connected")
        await api.post(TAKEOUT, {}, user=artist)
        states: list[Any] = [(await stream.until("takeout_update"))[-1].data]
        await work_off()
        while states[-1]["status"] != "ready":
            event = await stream.next()
            if event.name == "takeout_update":
                states.append(event.data)
    assert (states[0]["status"], states[0]["processed_count"]) == ("processing", 0)
    assert (states[-1]["processed_count"], states[-1]["download_url"] is not None) == (3, True)


async def test_request_has_a_name_and_its_post_ids(site: Site, api: Api, serve: Serve) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 2)
    body = {"post_ids": posts[::-1], "name": "  The sea\u202e "}
    bdr_id = (await api.post("/api/pmd/bdr", body, user=artist)).json["id"]
    assert (await api.get(f"/api/pmd/bdr/{bdr_id}", user=artist)).json["name"] == "The sea"
    assert (await api.get(f"/api/pmd/bdr/{bdr_id}/posts", user=artist)).json == {"post_ids": posts[::-1]}


async def test_takeout_sends_one_mail_at_its_end(site: Site, api: Api, settings: Settings, work_off: WorkOff) -> None:
    artist = await site.add_user(email="artist@example.org")
    await site.add_posts(artist, 3)
    assert (await api.post(TAKEOUT, {"send_email": True}, user=artist)).status == 202
    await work_off()
    sent = await site.pool.fetch("SELECT topic, status FROM outbox")
    assert [tuple(row) for row in sent] == [("takeout_ended", "sent")]


async def test_takeout_cancelled_while_its_request_ends(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 5)
    location = (await api.post(TAKEOUT, {}, user=artist)).headers["Location"]
    async with site.pool.acquire() as connection, connection.transaction():
        # As a build that ends: it has ended its work, and comes to its row and to its takeout then.
        await connection.execute("DELETE FROM work")
        cancelling = asyncio.create_task(api.post(f"{location}/cancel", None, user=artist))
        assert await waits_for_a_lock(site.pool, cancelling)
        await connection.execute(
            "UPDATE batch_download_requests SET status = 'failed', error_message = '', completed_at = now() "
            "WHERE takeout_id IS NOT NULL"
        )
        parts = await connection.fetch("SELECT id FROM batch_download_requests")
        await end_takeouts(connection, [part["id"] for part in parts])
    cancelled = await cancelling
    assert cancelled.status == 409
    assert (await api.get(location, user=artist)).json["status"] == "failed", "and not deadlocked"
