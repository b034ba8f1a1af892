"""The site receives each change of its posts: signed, at least once, each user's in their order."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from aiohttp import web

from pmd_service.base.settings import Settings
from pmd_service.jobs import opened_worker
from pmd_service.outbox import post
from pmd_service.outbox.hook import Hook, queue_webhook
from pmd_service.outbox.webhook import GAVE_UP, HOOK
from pmd_service.work.context import WorkerContext
from pmd_service.work.lease import claim
from pmd_service.work.queue import Queue
from pmd_service.work.runner import Runner
from pmd_service.work.sweep import take_over

from ..conftest import Serve
from ..hang import HANG_SECONDS
from ..origin import Origin
from ..site import Api, Site

SECRET = "a secret of the site's own"


class Listening:
    """The site's end: what it received, and its response statuses, the last one from then on; 0 is silence."""

    def __init__(self, origin: Origin) -> None:
        self.received: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        self.bodies: list[bytes] = []
        self.statuses = [200]
        self._is_over = origin.is_over
        self.url = origin.on("/hook", self._answer)
        origin.gives("/elsewhere", b"")

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.received.append(json.loads(body))
        self.bodies.append(body)
        self.headers.append(request.headers)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if not status:
            await self._is_over.wait()
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 307 else {})


@pytest.fixture
def listening(origin: Origin) -> Listening:
    return Listening(origin)


@pytest.fixture
def settings(settings: Settings, listening: Listening) -> Settings:
    return msgspec.structs.replace(settings, site_webhook_url=listening.url, site_webhook_secret=SECRET)


@pytest.fixture
async def worker(site: Site, settings: Settings) -> AsyncIterator[WorkerContext]:
    async with opened_worker(settings) as worker:
        yield worker


async def deliveries(site: Site) -> list[tuple[Any, ...]]:
    rows = await site.pool.fetch("SELECT payload->>'action', payload->'post_ids', status FROM outbox ORDER BY id")
    return [tuple(row) for row in rows]


async def send(worker: WorkerContext) -> None:
    """One attempt at everything, due or not."""
    await worker.pool.execute("UPDATE work SET due_at = now() WHERE state = 'waiting'")
    while await Runner(worker, [HOOK]).run_next(HOOK):
        pass


async def hide(api: Api, user: int, *posts: int) -> None:
    answer = await api.post("/api/pmd/action", {"action": "hide", "post_ids": list(posts)}, user=user)
    assert answer.status == 200, answer


async def test_webhook_is_sent_once_with_a_valid_signature(
    site: Site, api: Api, worker: WorkerContext, listening: Listening
) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 3)
    await hide(api, artist, posts[0])
    await hide(api, artist, *posts)
    assert [delivery[1] for delivery in await deliveries(site)] == [[posts[0]], posts[1:]], (
        "an unchanged post sends nothing"
    )
    await hide(api, artist, *posts)
    assert await worker.queues.redis.zcard(Queue.WEBHOOKS.value) == 2
    await send(worker)
    await send(worker)
    assert [delivery["post_ids"] for delivery in listening.received] == [[posts[0]], posts[1:]]
    delivery, body, headers = listening.received[0], listening.bodies[0], listening.headers[0]
    assert delivery.keys() == {"id", "event", "user_sqid", "post_ids", "action", "at"}
    assert (delivery["event"], delivery["action"], delivery["user_sqid"]) == (
        "posts_changed",
        "hide",
        site.sqid(artist),
    )
    assert (headers["X-PMD-Delivery"], headers["Content-Type"]) == (delivery["id"], "application/json")
    signed = hmac.new(SECRET.encode(), headers["X-PMD-Timestamp"].encode() + b"." + body, hashlib.sha256)
    assert headers["X-PMD-Signature"] == f"sha256={signed.hexdigest()}"


async def test_webhook_is_sent_for_every_kind_of_change(site: Site, api: Api) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["moderator"])
    post = await site.add_post(artist)
    for action in ("hide", "unhide", "delete", "restore"):
        await api.post("/api/pmd/action", {"action": action, "post_ids": [post]}, user=artist)
    await api.post("/api/pmd/license", {"license_id": 1, "post_ids": [post]}, user=artist)
    await api.post("/api/pmd/edit", {"add_hashtags": ["sea"], "post_ids": [post]}, user=artist)
    path = f"/api/pmd/action?target_sqid={site.sqid(artist)}"
    await api.post(path, {"action": "hide", "post_ids": [post]}, user=moderator)
    actions = ["hide", "unhide", "delete", "restore", "license", "edit", "hide"]
    assert await deliveries(site) == [(action, [post], "due") for action in actions]
    assert await site.pool.fetchval("SELECT array_agg(DISTINCT user_id) FROM outbox") == [artist]


async def test_webhook_is_not_sent_for_a_refused_action(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    answer = await api.post("/api/pmd/action", {"action": "hide", "post_ids": [post, post + 1]}, user=artist)
    assert (answer.status, await deliveries(site)) == (400, [])


async def test_webhook_is_off_without_its_setting(site: Site, settings: Settings, serve: Serve) -> None:
    artist = await site.add_user()
    quiet = msgspec.structs.replace(settings, site_webhook_url=None, site_webhook_secret=None)
    server = await serve(quiet)
    async with Api(server.make_url("/"), quiet) as api:
        await hide(api, artist, await site.add_post(artist))
    assert await deliveries(site) == []


async def test_webhooks_of_a_user_keep_their_order(
    site: Site, api: Api, worker: WorkerContext, listening: Listening
) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    first, second = await site.add_posts(artist, 2)
    await hide(api, artist, first)
    await hide(api, artist, second)
    await hide(api, other, await site.add_post(other))
    listening.statuses = [500, 200]
    await send(worker)
    assert [delivery["user_sqid"] for delivery in listening.received] == [site.sqid(artist), site.sqid(other)]
    assert [status for *_, status in await deliveries(site)] == ["due", "due", "sent"]
    await send(worker)
    assert [delivery["post_ids"] for delivery in listening.received[2:]] == [[first], [second]]
    assert listening.received[0]["id"] == listening.received[2]["id"], "the same delivery, once more"


async def test_webhook_ids_follow_commit_order(site: Site, api: Api, worker: WorkerContext) -> None:
    artist = await site.add_user()
    first, second = await site.add_posts(artist, 2)
    hook = Hook(True, worker.queues)
    async with site.pool.acquire() as connection:
        async with connection.transaction():
            await queue_webhook(connection, hook, user_id=artist, action="publish", post_ids=[first])
            later = asyncio.create_task(hide(api, artist, second))
            waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            async with asyncio.timeout(HANG_SECONDS):
                while not await connection.fetchval(waits):
                    assert not later.done(), "it did not wait for the earlier delivery"
                    await asyncio.sleep(0.01)
        await later
    assert [ids for _, ids, _ in await deliveries(site)] == [[first], [second]]


@pytest.mark.parametrize(
    ("status", "becomes"), [(204, "sent"), (410, "dropped"), (300, "due"), (307, "due"), (404, "due")]
)
async def test_webhook_status_decides_between_sent_retry_and_dropped(
    site: Site, api: Api, worker: WorkerContext, listening: Listening, origin: Origin, status: int, becomes: str
) -> None:
    artist = await site.add_user()
    await hide(api, artist, await site.add_post(artist))
    await site.pool.execute("UPDATE outbox SET created_at = now() - interval '23 hours'")
    listening.statuses = [status]
    await send(worker)
    assert [status for *_, status in await deliveries(site)] == [becomes]
    assert "/elsewhere" not in origin.asked


async def test_webhook_fails_after_a_day_and_the_next_is_sent(
    site: Site, api: Api, worker: WorkerContext, listening: Listening
) -> None:
    artist = await site.add_user()
    first, second = await site.add_posts(artist, 2)
    await hide(api, artist, first)
    await hide(api, artist, second)
    await site.pool.execute(
        "UPDATE outbox SET created_at = now() - $1::interval WHERE payload->'post_ids' = $2",
        timedelta(days=1, minutes=1),
        [first],
    )
    listening.statuses = [503, 200]
    await send(worker)
    assert [status for *_, status in await deliveries(site)] == ["failed", "sent"]
    assert (await site.pool.fetchval("SELECT error_message FROM outbox ORDER BY id LIMIT 1")).startswith(GAVE_UP)
    assert await site.pool.fetchval(HOOK.restart, await site.pool.fetchval("SELECT min(id) FROM outbox"))
    assert await site.pool.fetchval("SELECT min(created_at) > now() - interval '1 hour' FROM outbox"), "a day from then"


async def test_webhook_to_a_silent_site_fails_after_a_day(
    site: Site, api: Api, worker: WorkerContext, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "TIMEOUT_SECONDS", 0.5)
    listening.statuses = [0]
    artist = await site.add_user()
    await hide(api, artist, await site.add_post(artist))
    await site.pool.execute("UPDATE outbox SET created_at = now() - interval '25 hours'")
    await send(worker)
    assert [status for *_, status in await deliveries(site)] == ["failed"]


async def test_webhook_is_sent_again_after_its_worker_died(
    site: Site, api: Api, worker: WorkerContext, listening: Listening
) -> None:
    artist = await site.add_user()
    await hide(api, artist, await site.add_post(artist))
    assert await claim(worker.pool, HOOK) is not None
    await site.pool.execute("UPDATE work SET lease_until = now()")
    await take_over(worker.pool, HOOK)
    await send(worker)
    assert len(listening.received) == 1
    assert [status for *_, status in await deliveries(site)] == ["sent"]
