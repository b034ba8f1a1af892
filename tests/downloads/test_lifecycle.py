"""Cancel, retry, remove: each changes only the states it may."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from pmd_service.base.settings import Settings
from pmd_service.base.telemetry import BDR_STATUS
from pmd_service.downloads.lifecycle import mark_archive_lost, rebuild
from pmd_service.vault import ObjectUnreadableError
from pmd_service.work.context import WorkerContext

from ..conftest import WorkOff
from ..locks import waits_for_a_lock
from ..site import Answer, Api, Site


@pytest.fixture
async def location(site: Site, api: Api, artist: int) -> str:
    """A waiting request's address."""
    post = await site.add_post(artist)
    answer = await api.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist)
    return str(answer.headers["Location"])


async def post(api: Api, path: str, user: int) -> Answer:
    return await api.call("POST", path, user=user)


async def expire(site: Site) -> None:
    await site.pool.execute(
        "UPDATE batch_download_requests SET completed_at = now() - interval '8 days', expires_at = now()"
    )


async def test_cancelled_request_is_never_built(
    site: Site, api: Api, artist: int, location: str, work_off: WorkOff
) -> None:
    counted = [BDR_STATUS.labels(status) for status in ("cancelled", "failed")]
    before = [counter._value.get() for counter in counted]
    cancelled = await post(api, f"{location}/cancel", artist)
    assert cancelled.status == 200, cancelled
    assert [counter._value.get() for counter in counted] == [before[0] + 1, before[1]], "a cancel counts no failure"
    assert (cancelled.json["status"], cancelled.json["error_message"]) == ("failed", "Cancelled by you")
    await work_off()
    assert (await api.get(location, user=artist)).json["status"] == "failed"
    assert (await post(api, f"{location}/cancel", artist)).status == 409


async def test_owner_and_operator_restarting_a_request_do_not_deadlock(
    site: Site, api: Api, artist: int, location: str
) -> None:
    """Every restart locks the work before the request."""
    await site.pool.execute(
        "UPDATE batch_download_requests SET status = 'failed', completed_at = now(), error_message = 'no'"
    )
    await site.pool.execute("UPDATE work SET state = 'failed', turn = NULL, ended_at = now()")
    async with site.pool.acquire() as operator, operator.transaction():
        await operator.execute("SELECT FROM work FOR UPDATE")
        retrying = asyncio.create_task(post(api, f"{location}/retry", artist))
        assert await waits_for_a_lock(site.pool, retrying)
        await operator.execute("SELECT FROM batch_download_requests FOR UPDATE NOWAIT")
    assert (await retrying).status == 200


async def test_ready_request_can_be_neither_cancelled_nor_retried(
    api: Api, artist: int, location: str, work_off: WorkOff
) -> None:
    await work_off()
    assert (await post(api, f"{location}/cancel", artist)).status == 409
    assert (await post(api, f"{location}/retry", artist)).status == 409
    assert (await api.get(location, user=artist)).json["status"] == "ready"


async def test_failed_request_is_built_when_retried(site: Site, api: Api, artist: int, work_off: WorkOff) -> None:
    lost = await site.add_post(artist, data=None)
    location = (await api.post("/api/pmd/bdr", {"post_ids": [lost]}, user=artist)).headers["Location"]
    await work_off()
    failed = (await api.get(location, user=artist)).json
    assert failed["status"] == "failed"
    assert failed["error_message"] == "None of the requested artworks is available any more."
    await site.stored.put(f"art/{lost}.png", b"found again")
    retried = await post(api, f"{location}/retry", artist)
    assert (retried.status, retried.json["status"], retried.json["error_message"]) == (200, "pending", None)
    await work_off()
    assert (await api.get(location, user=artist)).json["status"] == "ready"


@pytest.mark.stores
async def test_expired_request_answers_410_and_is_rebuilt_with_a_new_etag(
    site: Site, api: Api, artist: int, location: str, work_off: WorkOff
) -> None:
    await work_off()
    first = await api.get(f"{location}/download", user=artist)
    await expire(site)
    assert (await api.get(f"{location}/download", user=artist)).status == 410
    item = (await api.get(location, user=artist)).json
    assert (item["status"], item["download_url"], item["file_size_bytes"]) == ("expired", None, None)

    # A store names its objects by their bytes: without this, what is built again within the second is the same.
    await site.pool.execute("UPDATE posts SET title = 'Renamed since'")
    assert (await post(api, f"{location}/retry", artist)).status == 200
    assert (await api.get(f"{location}/download", user=artist)).status == 409
    await work_off()
    resumed = await api.get(
        f"{location}/download", user=artist, headers={"Range": "bytes=10-", "If-Range": first.headers["ETag"]}
    )
    assert resumed.status == 200, "a rebuilt archive is no resume of the old one"
    assert resumed.headers["ETag"] != first.headers["ETag"]


async def test_repeated_cancel_and_retry_uses_up_the_daily_limit(
    api: Api, artist: int, location: str, settings: Settings
) -> None:
    retried = []
    for _ in range(settings.bdr_daily_limit):
        assert (await post(api, f"{location}/cancel", artist)).status == 200
        retried.append((await post(api, f"{location}/retry", artist)).status)
    assert retried == [200] * (settings.bdr_daily_limit - 1) + [429]
    assert (await api.get(location, user=artist)).json["status"] == "failed", "the refused retry changed nothing"


async def test_retry_resets_progress_and_outcome(site: Site, api: Api, artist: int, location: str) -> None:
    await post(api, f"{location}/cancel", artist)
    await site.pool.execute(
        """UPDATE batch_download_requests SET processed_count = 1, started_at = now(),
                  missing = '[{"sqid": "x", "title": null, "reason": "lost"}]'"""
    )
    retried = (await post(api, f"{location}/retry", artist)).json
    assert (retried["processed_count"], retried["missing_count"], retried["started_at"]) == (0, 0, None)
    row = await site.pool.fetchrow("SELECT faults, expired, cancelled FROM batch_download_requests, work")
    assert row is not None
    assert tuple(row) == (0, 0, False)


async def test_retry_on_another_day_resets_the_cost(site: Site, api: Api, artist: int, location: str) -> None:
    await post(api, f"{location}/cancel", artist)
    await site.pool.execute("UPDATE batch_download_requests SET allowance_at = allowance_at - interval '1 day'")
    assert (await post(api, f"{location}/retry", artist)).status == 200
    assert (await api.get("/api/pmd/bdr", user=artist)).json["used_today"] == 1


async def test_archive_of_an_earlier_attempt_is_not_missed(
    site: Site, api: Api, artist: int, location: str, work_off: WorkOff, worker: WorkerContext
) -> None:
    await work_off()
    bdr_id = UUID(location.rpartition("/")[2])
    await mark_archive_lost(site.pool, bdr_id, "bdr/x/the-one-before.zip")
    changed = ObjectUnreadableError("art/1.png", "is deleted")
    await rebuild(site.pool, worker.queues, bdr_id, "bdr/x/the-one-before.zip", changed)
    assert (await api.get(location, user=artist)).json["status"] == "ready"


async def test_concurrent_retries_are_one(api: Api, artist: int, location: str) -> None:
    await post(api, f"{location}/cancel", artist)
    answers = await asyncio.gather(*(post(api, f"{location}/retry", artist) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409]


async def test_removed_request_loses_its_archive_and_still_counts(
    site: Site, api: Api, artist: int, location: str, work_off: WorkOff
) -> None:
    await work_off()
    removed = await api.call("DELETE", location, user=artist)
    assert (removed.status, removed.body) == (204, b"")
    for path in (location, f"{location}/download"):
        assert (await api.get(path, user=artist)).status == 404
    assert (await api.call("DELETE", location, user=artist)).status == 404
    listed = (await api.get("/api/pmd/bdr", user=artist)).json
    assert (listed["items"], listed["used_today"]) == ([], 1)
    assert await site.keys() == []


async def test_removed_waiting_request_is_never_built(
    site: Site, api: Api, artist: int, location: str, work_off: WorkOff
) -> None:
    assert (await api.call("DELETE", location, user=artist)).status == 204
    await work_off()
    assert await site.keys() == []
    assert (await api.get("/api/pmd/bdr", user=artist)).json["used_today"] == 1


async def test_running_request_cannot_be_removed(site: Site, api: Api, artist: int, location: str) -> None:
    await site.pool.execute("UPDATE batch_download_requests SET status = 'processing', attempt = 1, started_at = now()")
    refused = await api.call("DELETE", location, user=artist)
    assert refused.status == 409, refused
    assert "Cancel it first" in refused.json["detail"]


async def test_other_users_requests_are_not_found(site: Site, api: Api, location: str) -> None:
    stranger = await site.add_user("stranger")
    calls: list[Any] = [("POST", f"{location}/cancel"), ("POST", f"{location}/retry"), ("DELETE", location)]
    for method, path in calls:
        assert (await api.call(method, path, user=stranger)).status == 404
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests") == "pending"


async def test_moderators_actions_on_downloads_are_audited(site: Site, api: Api, artist: int, location: str) -> None:
    moderator = await site.add_user("nightwatch", roles=["user", "moderator"])
    target = f"?target_sqid={site.sqid(artist)}"
    cancelled = await post(api, f"{location}/cancel{target}", moderator)
    assert cancelled.json["error_message"] == "Cancelled by a moderator"
    assert (await post(api, f"{location}/retry{target}", moderator)).status == 200
    assert (await api.call("DELETE", f"{location}{target}", user=moderator)).status == 204
    trail = (await api.get("/api/pmd/audit", user=moderator)).json["items"]
    assert [entry["action"] for entry in trail] == ["delete_download", "retry_download", "cancel_download"]
    assert {entry["target_sqid"] for entry in trail} == {site.sqid(artist)}
    assert (await api.get("/api/pmd/bdr", user=artist)).json["used_today"] == 0, "the retry was the moderator's use"
    assert (await api.get("/api/pmd/bdr", user=moderator)).json["used_today"] == 1
