"""Takeouts: everything at once, in parts that are built one after another (SPEC section 5)."""

import asyncio
import io
import zipfile
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack
from pmd_service.work.queue import Queue, Queues

from ...conftest import Serve, WorkOff
from ...events.sse import opened
from ...locks import waits_for_a_lock
from ...site import Api, Site

TAKEOUT = "/api/pmd/takeout"


@pytest.fixture
def settings(settings: Settings, stack: Stack) -> Settings:
    mail = {"smtp_url": stack.mail.url, "mail_from": "pmd@example.org"}
    return msgspec.structs.replace(settings, bdr_max_posts=2, bdr_daily_limit=1, **mail)


async def status_of_parts(site: Site) -> list[str]:
    rows = await site.pool.fetch("SELECT status FROM batch_download_requests ORDER BY part")
    return [row["status"] for row in rows]


@pytest.mark.beside
async def test_everything_is_taken_out_in_named_parts(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 5)
    await site.pool.execute("UPDATE posts SET hidden_by_user = true WHERE id = $1", posts[0])
    await site.add_post(artist, kind="playlist")
    await site.add_post(artist, deleted_by_user=True)
    asked = await api.post(TAKEOUT, {"include_comments": True}, user=artist)
    assert (asked.status, asked.json["status"], asked.json["part_count"]) == (202, "processing", 3)
    await work_off()
    takeout = (await api.get(asked.headers["Location"], user=artist)).json
    assert (takeout["status"], takeout["artwork_count"], takeout["ready_parts"]) == ("ready", 5, 3)
    assert [part["name"] for part in takeout["parts"]] == [f"Everything, part {n} of 3" for n in (1, 2, 3)]
    names = []
    for part in takeout["parts"]:
        with zipfile.ZipFile(io.BytesIO((await api.get(part["download_url"], user=artist)).body)) as archive:
            assert {"metadata.json", "comments.json"} <= set(archive.namelist())
            names += [name for name in archive.namelist() if name.startswith("artworks/")]
    assert names == [f"artworks/{site.sqid(post)}.png" for post in reversed(posts)]


async def test_a_part_begins_when_the_one_before_has_ended(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 5)
    parts = (await api.post(TAKEOUT, {}, user=artist)).json["parts"]
    due = "SELECT array_agg(part ORDER BY part) FROM batch_download_requests WHERE next_attempt_at <= now()"
    assert await site.pool.fetchval(due) == [1]
    assert (await api.post(f"/api/pmd/bdr/{parts[0]['id']}/cancel", None, user=artist)).status == 200
    assert await site.pool.fetchval(due) == [1, 2], "whatever ended it"
    assert (await api.call("DELETE", f"/api/pmd/bdr/{parts[1]['id']}", user=artist)).status == 204
    assert await site.pool.fetchval(due) == [1, 2, 3]
    assert (await api.post(f"/api/pmd/bdr/{parts[2]['id']}/cancel", None, user=artist)).status == 200
    assert (await api.get(TAKEOUT, user=artist)).json["items"][0]["status"] == "failed"


async def test_a_takeout_uses_none_of_the_day_s_allowance_but_its_retries_do(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 4)
    first = (await api.post(TAKEOUT, {}, user=artist)).json["parts"][0]["id"]
    assert (await api.get("/api/pmd/bdr", user=artist)).json["used_today"] == 0
    await site.pool.execute(
        "UPDATE batch_download_requests SET status = 'failed', error_message = 'No.', completed_at = now() "
        "WHERE part = 1"
    )
    assert (await api.post(f"/api/pmd/bdr/{first}/retry", None, user=artist)).status == 200
    assert (await api.get("/api/pmd/bdr", user=artist)).json["used_today"] == 1


async def test_everything_can_be_taken_out_once_in_so_many_days(site: Site, api: Api, work_off: WorkOff) -> None:
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
    await site.pool.execute("UPDATE takeouts SET created_at = created_at - $1::interval", timedelta(days=7, minutes=1))
    assert (await api.get(TAKEOUT, user=artist)).json["next_possible_at"] is None
    assert (await api.post(TAKEOUT, {}, user=artist)).status == 202


async def test_one_that_came_to_nothing_does_not_count(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 2)
    takeout_id = (await api.post(TAKEOUT, {}, user=artist)).json["id"]
    assert (await api.post(f"{TAKEOUT}/{takeout_id}/cancel", None, user=artist)).status == 200
    assert (await api.post(TAKEOUT, {}, user=artist)).status == 202


async def test_cancelling_ends_what_is_not_built_and_keeps_what_is(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 5)
    takeout = (await api.post(TAKEOUT, {}, user=artist)).json
    await site.pool.execute(
        """UPDATE batch_download_requests
              SET status = 'ready', file_path = 'bdr/x.zip', file_size_bytes = 1, completed_at = now(),
                  expires_at = now() + interval '1 day'
            WHERE part = 1"""
    )
    cancelled = await api.post(f"{TAKEOUT}/{takeout['id']}/cancel", None, user=artist)
    assert (cancelled.json["status"], cancelled.json["ready_parts"]) == ("cancelled", 1)
    assert await status_of_parts(site) == ["ready", "failed", "failed"]
    assert (await api.post(f"{TAKEOUT}/{takeout['id']}/cancel", None, user=artist)).status == 409


async def test_there_must_be_something_to_take_out(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_post(artist, deleted_by_user=True)
    assert (await api.post(TAKEOUT, {}, user=artist)).status == 400


async def test_a_repeated_key_is_the_same_takeout(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 1)
    key = {"Idempotency-Key": "once"}
    first, second = [await api.post(TAKEOUT, {}, user=artist, headers=key) for _ in range(2)]
    assert (first.status, second.status, second.json["id"]) == (202, 202, first.json["id"])
    assert (await api.post(TAKEOUT, {"send_email": True}, user=artist, headers=key)).status == 422


async def test_every_part_is_told_live(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 3)
    async with opened(api, artist, path="/api/pmd/sse") as stream:
        await stream.until("connected")
        await api.post(TAKEOUT, {}, user=artist)
        await work_off()
        told: list[Any] = []
        while not told or told[-1]["status"] != "ready":
            event = await stream.next()
            if event.name == "takeout_update":
                told.append(event.data)
    assert told[-1]["ready_parts"] == 2


def test_parts_keep_within_posts_and_bytes() -> None:
    sizes = [Size(number, size) for number, size in enumerate([6, 6, 4, 1, 50, 1, 1], start=1)]
    assert list(cut_into_parts(sizes, max_posts=3, max_bytes=10)) == [[1], [2, 3], [4], [5], [6, 7]]
    assert list(cut_into_parts(sizes[:0], max_posts=3, max_bytes=10)) == []


async def test_a_download_has_a_name_and_remembers_its_posts(site: Site, api: Api, serve: Serve) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 2)
    body = {"post_ids": posts[::-1], "name": "  The sea\u202e "}
    bdr_id = (await api.post("/api/pmd/bdr", body, user=artist)).json["id"]
    assert (await api.get(f"/api/pmd/bdr/{bdr_id}", user=artist)).json["name"] == "The sea"
    assert (await api.get(f"/api/pmd/bdr/{bdr_id}/posts", user=artist)).json == {"post_ids": posts[::-1]}


async def test_one_message_tells_that_all_parts_are_there(
    site: Site, api: Api, settings: Settings, work_off: WorkOff
) -> None:
    artist = await site.add_user(email="artist@example.org")
    await site.add_posts(artist, 3)
    assert (await api.post(TAKEOUT, {"send_email": True}, user=artist)).status == 202
    await work_off()
    due = await site.pool.fetch("SELECT topic, status FROM outbox")
    assert [tuple(row) for row in due] == [("takeout_ended", "due")]
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        await queues.put(Queue.MAILS)  # as the sweep does
    await work_off()
    assert await site.pool.fetchval("SELECT status FROM outbox") == "sent"


async def test_a_takeout_is_cancelled_while_one_of_its_parts_ends(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 5)
    location = (await api.post(TAKEOUT, {}, user=artist)).headers["Location"]
    async with site.pool.acquire() as connection, connection.transaction():
        # As a build that settles its row: it holds the row, and comes to its takeout then.
        await connection.execute("SELECT FROM batch_download_requests WHERE part = 1 FOR UPDATE")
        cancelling = asyncio.create_task(api.post(f"{location}/cancel", None, user=artist))
        assert await waits_for_a_lock(site.pool, cancelling)
        await connection.execute(
            "UPDATE batch_download_requests SET status = 'failed', error_message = '', completed_at = now() "
            "WHERE part = 1"
        )
    cancelled = await cancelling
    assert (cancelled.status, cancelled.json["status"]) == (200, "cancelled")
    assert await status_of_parts(site) == ["failed"] * 3
