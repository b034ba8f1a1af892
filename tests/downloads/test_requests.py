"""Asking for downloads: what is refused, what is counted, what is repeated."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.downloads import requests
from pmd_service.downloads.queries import find_allowance

from ..conftest import Serve, WorkOff
from ..site import Answer, Api, Site


async def add_request(api: Api, user: int, posts: list[int], **options: Any) -> Answer:
    return await api.post("/api/pmd/bdr", {"post_ids": posts}, user=user, **options)


async def test_invalid_body_is_refused_with_the_path_of_its_error(
    site: Site, api: Api, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    for body, path in (
        ({}, "$"),
        ({"post_ids": []}, "$.post_ids"),
        ({"post_ids": "1"}, "$.post_ids"),
        ({"post_ids": [1, "2"]}, "$.post_ids[1]"),
        ({"post_ids": [1.5]}, "$.post_ids[0]"),
        ({"post_ids": [True]}, "$.post_ids[0]"),
        ({"post_ids": [0]}, "$.post_ids[0]"),
        ({"post_ids": [2**53]}, "$.post_ids[0]"),
        ({"post_ids": [10**30]}, "$.post_ids[0]"),
        ({"post_ids": [1], "send_email": 1}, "$.send_email"),
        ({"post_ids": [1], "send_mail": True}, "$"),
        ({"post_ids": list(range(1, 130))}, "$.post_ids"),
    ):
        with subtests.test(body=body):
            answer = await api.post("/api/pmd/bdr", body, user=artist)
            assert answer.status == 422, answer
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json["errors"][0]["path"] == path
            assert answer.json["detail"].endswith(".")


async def test_only_own_artworks_can_be_requested(site: Site, api: Api) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    own = await site.add_post(artist)
    refused = {
        "foreign": await site.add_post(stranger),
        "playlist": await site.add_post(artist, kind="playlist"),
        "deleted": await site.add_post(artist, deleted_by_user=True),
        "unknown": 2**31 - 1,
    }
    for kind, post in refused.items():
        answer = await add_request(api, artist, [own, post])
        assert answer.status == 400, (kind, answer)
        assert str(post) in answer.json["detail"]
        assert answer.json["errors"][0]["path"] == "$.post_ids"
    assert await site.pool.fetchval("SELECT count(*) FROM batch_download_requests") == 0


async def test_posts_restored_during_a_refusal_are_checked_again(
    site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist, deleted_by_user=True)
    check = requests._check_all_found

    async def restore_and_check(*arguments: Any) -> None:
        await site.pool.execute("UPDATE posts SET deleted_by_user = false WHERE id = $1", post)
        await check(*arguments)

    monkeypatch.setattr(requests, "_check_all_found", restore_and_check)
    answer = await add_request(api, artist, [post])
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1"), answer
    assert (await add_request(api, artist, [post])).status == 202


async def test_repeated_ids_count_once_and_keep_their_order(site: Site, api: Api) -> None:
    artist = await site.add_user()
    first, second = await site.add_posts(artist, 2)
    answer = await add_request(api, artist, [second, first, second] * 60)
    assert answer.status == 202, answer
    assert answer.json["artwork_count"] == 2
    assert await site.pool.fetchval("SELECT post_ids FROM batch_download_requests") == [second, first]


async def test_daily_limit_applies_to_concurrent_requests(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    before = datetime.now(UTC)
    answers = await asyncio.gather(*(add_request(api, artist, [post]) for _ in range(24)))
    after = datetime.now(UTC)
    assert sorted(answer.status for answer in answers) == [202] * 8 + [429] * 16
    refused = next(answer for answer in answers if answer.status == 429)
    tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    waiting = timedelta(seconds=int(refused.headers["Retry-After"]))
    assert tomorrow - after <= waiting <= tomorrow - before + timedelta(seconds=1)
    assert f"{tomorrow:%Y-%m-%d}" in refused.json["detail"]
    assert refused.json["type"] == "urn:pmd:problem:daily-limit"
    listed = (await api.get("/api/pmd/bdr", user=artist)).json
    assert (listed["daily_limit"], listed["used_today"], len(listed["items"])) == (8, 8, 8)
    assert datetime.fromisoformat(listed["resets_at"]) == tomorrow


async def test_daily_limit_is_per_user(site: Site, serve: Serve, settings: Settings) -> None:
    server = await serve(msgspec.structs.replace(settings, bdr_daily_limit=1))
    artist, other = await site.add_user(), await site.add_user("other")
    async with Api(server.make_url("/"), settings) as api:
        for user in (artist, other):
            post = await site.add_post(user)
            assert (await add_request(api, user, [post])).status == 202
            assert (await add_request(api, user, [post])).status == 429


async def test_moderators_request_uses_their_own_daily_limit(site: Site, api: Api) -> None:
    artist, moderator = await site.add_user(), await site.add_user("nightwatch", roles=["user", "moderator"])
    target = f"?target_sqid={site.sqid(artist)}"
    body = {"post_ids": [await site.add_post(artist)]}
    answers = [await api.post(f"/api/pmd/bdr{target}", body, user=moderator) for _ in range(9)]
    assert [answer.status for answer in answers] == [202] * 8 + [429]
    assert (await api.get(f"/api/pmd/bdr{target}", user=moderator)).json["used_today"] == 8
    assert (await api.get("/api/pmd/bdr", user=artist)).json["used_today"] == 0
    assert (await api.post("/api/pmd/bdr", body, user=artist)).status == 202


async def test_daily_limit_counts_cancelled_requests_but_not_failed(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    post, lost = await site.add_post(artist), await site.add_post(artist, data=None)

    async def used() -> int:
        listed = (await api.get("/api/pmd/bdr", user=artist)).json
        return int(listed["used_today"])

    await add_request(api, artist, [post])
    await site.pool.execute(
        "UPDATE batch_download_requests SET created_at = created_at - interval '1 day', "
        "allowance_at = allowance_at - interval '1 day'"
    )
    assert await used() == 0
    await add_request(api, artist, [lost])
    assert await used() == 1
    await work_off()
    assert await used() == 0, "its artwork is lost, so it failed by itself"
    cancelled = await add_request(api, artist, [post])
    await api.post(f"{cancelled.headers['Location']}/cancel", None, user=artist)
    assert await used() == 1


async def test_same_idempotency_key_returns_the_same_request(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post, other_post = await site.add_posts(artist, 2)
    key = {"Idempotency-Key": "a-key-of-the-client"}
    answers = await asyncio.gather(*(add_request(api, artist, [post], headers=key) for _ in range(10)))
    assert {answer.status for answer in answers} <= {202, 409}, "409 while the first is running"
    accepted = [answer for answer in answers if answer.status == 202]
    assert len({answer.body for answer in accepted}) == 1
    assert (await add_request(api, artist, [post], headers=key)).body == accepted[0].body

    reused = await add_request(api, artist, [other_post], headers=key)
    assert reused.status == 422
    assert reused.json["errors"][0]["path"] == "Idempotency-Key"

    stranger = await site.add_user("stranger")
    theirs = await add_request(api, stranger, [await site.add_post(stranger)], headers=key)
    assert theirs.json["id"] != accepted[0].json["id"]

    await site.pool.execute("UPDATE idempotency SET created_at = created_at - interval '25 hours'")
    later = await add_request(api, artist, [other_post], headers=key)
    assert (later.status, later.json["id"] == accepted[0].json["id"]) == (202, False)


async def test_idempotency_key_compares_options_and_keeps_the_answer(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    key = {"Idempotency-Key": "a-key-of-the-client"}
    first = await add_request(api, artist, [post], headers=key)
    assert first.json["message"] == "Your download of 1 artwork is being prepared."
    for option in ("include_comments", "include_reactions", "send_email"):
        changed = await api.post("/api/pmd/bdr", {"post_ids": [post], option: True}, user=artist, headers=key)
        assert changed.status == 422, option
    await work_off()
    repeated = await add_request(api, artist, [post], headers=key)
    assert (repeated.status, repeated.body) == (first.status, first.body)
    assert repeated.headers["Location"] == first.headers["Location"]
    await api.call("DELETE", f"/api/pmd/bdr/{first.json['id']}", user=artist)
    assert (await add_request(api, artist, [post], headers=key)).body == first.body, "a repeat creates nothing"


async def fail_all(site: Site) -> None:
    await site.pool.execute(
        "UPDATE batch_download_requests SET status = 'failed', error_message = 'No.', completed_at = now()"
    )


async def test_failed_requests_are_limited_to_four_times_the_limit(
    site: Site, serve: Serve, settings: Settings
) -> None:
    server = await serve(msgspec.structs.replace(settings, bdr_daily_limit=2))
    artist = await site.add_user()
    post = await site.add_post(artist)
    async with Api(server.make_url("/"), settings) as api:
        for _ in range(5):
            last = await add_request(api, artist, [post])
            assert last.status == 202, last
            await fail_all(site)
        for _ in range(3):
            assert (await api.call("POST", f"{last.headers['Location']}/retry", user=artist)).status == 200
            await fail_all(site)
        refused = await add_request(api, artist, [post])
        assert (refused.status, refused.json["type"]) == (429, "urn:pmd:problem:daily-limit")
        assert int(refused.headers["Retry-After"]) > 0
        assert (await api.call("POST", f"{last.headers['Location']}/retry", user=artist)).status == 429
        assert (await api.get("/api/pmd/bdr", user=artist)).json["used_today"] == 0, "none of them was of use"


async def test_daily_limit_uses_the_databases_utc_day(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await add_request(api, artist, [await site.add_post(artist)])
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"):
        async with site.pool.acquire() as connection, connection.transaction():
            await connection.execute(f"SET LOCAL TimeZone = '{zone}'")
            allowance = await find_allowance(connection, requested_by=artist)
            tomorrow = await connection.fetchval(
                "SELECT (date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC'"
            )
        assert (allowance.used, allowance.requested, allowance.resets_at) == (1, 1, tomorrow)
        assert 0 < allowance.seconds_left <= 24 * 3600


async def test_request_is_accepted_while_redis_is_down(site: Site, serve: Serve, settings: Settings) -> None:
    without_redis = msgspec.structs.replace(settings, redis_url="redis://127.0.0.1:1/0")
    server = await serve(without_redis)
    artist = await site.add_user()
    async with Api(server.make_url("/"), settings) as api:
        answer = await add_request(api, artist, [await site.add_post(artist)])
        assert answer.status == 202, answer
        assert (await api.get(answer.headers["Location"], user=artist)).json["status"] == "pending"


async def test_other_users_request_is_not_found(site: Site, api: Api) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    location = (await add_request(api, artist, [await site.add_post(artist)])).headers["Location"]
    for path in (location, f"{location}/download", f"{location}/missing", f"/api/pmd/bdr/{uuid4()}", "/api/pmd/bdr/x"):
        answer = await api.get(path, user=stranger)
        assert answer.status == 404, (path, answer)
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert (await api.get("/api/pmd/bdr", user=stranger)).json["items"] == []


async def test_list_has_the_newest_twenty(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    await site.pool.execute(
        """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, created_at)
           SELECT $1, $1, ARRAY[$2::int], 1, now() - make_interval(hours => n) FROM generate_series(1, 25) AS n""",
        artist,
        post,
    )
    listed = (await api.get("/api/pmd/bdr", user=artist)).json["items"]
    created = [item["created_at"] for item in listed]
    assert len(listed) == 20
    assert created == sorted(created, reverse=True)
    assert UUID(listed[0]["id"])
