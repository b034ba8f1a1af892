"""The site is told of each change of its posts: signed, at least once, each user's in their order."""

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
from pmd_service.outbox import webhook
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
    """The site's end: what it was told, and the statuses that it answers with, the last one for ever; 0 is silence."""

    def __init__(self, origin: Origin) -> None:
        self.told: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        self.bodies: list[bytes] = []
        self.statuses = [200]
        self._is_over = origin.is_over
        self.url = origin.on("/hook", self._answer)
        origin.gives("/elsewhere", b"")

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.told.append(json.loads(body))
        self.bodies.append(body)
        self.headers.append(request.headers)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if not status:
            await self._is_over.wait()
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 307 else {})


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with Origin() as origin:
        yield origin


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


async def news(site: Site) -> list[tuple[Any, ...]]:
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


async def test_a_change_is_told_once_and_its_signature_holds(
    site: Site, api: Api, worker: WorkerContext, listening: Listening
) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 3)
    await hide(api, artist, posts[0])
    await hide(api, artist, *posts)
    assert [told[1] for told in await news(site)] == [[posts[0]], posts[1:]], "what was so already is no news"
    await hide(api, artist, *posts)
    assert await worker.queues.redis.zcard(Queue.WEBHOOKS.value) == 2
    await send(worker)
    await send(worker)
    assert [told["post_ids"] for told in listening.told] == [[posts[0]], posts[1:]]
    told, body, headers = listening.told[0], listening.bodies[0], listening.headers[0]
    assert told.keys() == {"id", "event", "user_sqid", "post_ids", "action", "at"}
    assert (told["event"], told["action"], told["user_sqid"]) == ("posts_changed", "hide", site.sqid(artist))
    assert (headers["X-PMD-Delivery"], headers["Content-Type"]) == (told["id"], "application/json")
    signed = hmac.new(SECRET.encode(), headers["X-PMD-Timestamp"].encode() + b"." + body, hashlib.sha256)
    assert headers["X-PMD-Signature"] == f"sha256={signed.hexdigest()}"


async def test_every_kind_of_change_is_told(site: Site, api: Api) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["moderator"])
    post = await site.add_post(artist)
    for action in ("hide", "unhide", "delete", "restore"):
        await api.post("/api/pmd/action", {"action": action, "post_ids": [post]}, user=artist)
    await api.post("/api/pmd/license", {"license_id": 1, "post_ids": [post]}, user=artist)
    await api.post("/api/pmd/edit", {"add_hashtags": ["sea"], "post_ids": [post]}, user=artist)
    path = f"/api/pmd/action?target_sqid={site.sqid(artist)}"
    await api.post(path, {"action": "hide", "post_ids": [post]}, user=moderator)
    actions = ["hide", "unhide", "delete", "restore", "license", "edit", "hide"]
    assert await news(site) == [(action, [post], "due") for action in actions]
    assert await site.pool.fetchval("SELECT array_agg(DISTINCT user_id) FROM outbox") == [artist]


async def test_what_is_refused_is_no_news(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    answer = await api.post("/api/pmd/action", {"action": "hide", "post_ids": [post, post + 1]}, user=artist)
    assert (answer.status, await news(site)) == (400, [])


async def test_a_site_that_has_not_asked_is_not_told(site: Site, settings: Settings, serve: Serve) -> None:
    artist = await site.add_user()
    quiet = msgspec.structs.replace(settings, site_webhook_url=None, site_webhook_secret=None)
    server = await serve(quiet)
    async with Api(server.make_url("/"), quiet) as api:
        await hide(api, artist, await site.add_post(artist))
    assert await news(site) == []


async def test_nothing_of_a_user_overtakes_what_the_site_has_not_taken(
    site: Site, api: Api, worker: WorkerContext, listening: Listening
) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    first, second = await site.add_posts(artist, 2)
    await hide(api, artist, first)
    await hide(api, artist, second)
    await hide(api, other, await site.add_post(other))
    listening.statuses = [500, 200]
    await send(worker)
    assert [told["user_sqid"] for told in listening.told] == [site.sqid(artist), site.sqid(other)]
    assert [status for *_, status in await news(site)] == ["due", "due", "sent"]
    await send(worker)
    assert [told["post_ids"] for told in listening.told[2:]] == [[first], [second]]
    assert listening.told[0]["id"] == listening.told[2]["id"], "the same delivery, once more"


async def test_ids_follow_the_order_of_commits(site: Site, api: Api, worker: WorkerContext) -> None:
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
                    assert not later.done(), "it did not wait for what was told before"
                    await asyncio.sleep(0.01)
        await later
    assert [ids for _, ids, _ in await news(site)] == [[first], [second]]


@pytest.mark.parametrize(
    ("status", "becomes"), [(204, "sent"), (410, "dropped"), (300, "due"), (307, "due"), (404, "due")]
)
async def test_what_the_site_answers_decides(
    site: Site, api: Api, worker: WorkerContext, listening: Listening, origin: Origin, status: int, becomes: str
) -> None:
    artist = await site.add_user()
    await hide(api, artist, await site.add_post(artist))
    await site.pool.execute("UPDATE outbox SET created_at = now() - interval '23 hours'")
    listening.statuses = [status]
    await send(worker)
    assert [status for *_, status in await news(site)] == [becomes]
    assert "/elsewhere" not in origin.asked


async def test_after_a_day_it_is_given_up_and_what_follows_has_its_turn(
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
    assert [status for *_, status in await news(site)] == ["failed", "sent"]
    assert (await site.pool.fetchval("SELECT error_message FROM outbox ORDER BY id LIMIT 1")).startswith(GAVE_UP)


async def test_a_site_that_says_nothing_is_given_up_as_well(
    site: Site, api: Api, worker: WorkerContext, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT_SECONDS", 0.5)
    listening.statuses = [0]
    artist = await site.add_user()
    await hide(api, artist, await site.add_post(artist))
    await site.pool.execute("UPDATE outbox SET created_at = now() - interval '25 hours'")
    await send(worker)
    assert [status for *_, status in await news(site)] == ["failed"]


async def test_a_delivery_whose_sender_died_is_sent_again(
    site: Site, api: Api, worker: WorkerContext, listening: Listening
) -> None:
    artist = await site.add_user()
    await hide(api, artist, await site.add_post(artist))
    assert await claim(worker.pool, HOOK) is not None
    await site.pool.execute("UPDATE work SET lease_until = now()")
    await take_over(worker.pool, HOOK)
    await send(worker)
    assert len(listening.told) == 1
    assert [status for *_, status in await news(site)] == ["sent"]
