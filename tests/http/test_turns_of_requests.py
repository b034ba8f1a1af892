"""Requests take turns: what the site, strangers and streams keep busy is nobody else's wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from pmd_service.base import database
from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.http.turns import RUNNING_PER_USER, TURNS, prober

from ..conftest import Serve
from ..events.sse import opened
from ..hang import HANG_SECONDS
from ..site import Answer, Api, Site


@asynccontextmanager
async def locked(pool: Pool, post_id: int) -> AsyncIterator[None]:
    """The site has something to do with a post."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM posts WHERE id = $1 FOR UPDATE", post_id)
        yield


async def test_rows_locked_by_the_site_delay_one_user_only(site: Site, api: Api, pool: Pool) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    post = await site.add_post(artist)
    body = {"action": "hide", "post_ids": [post]}
    async with locked(pool, post):
        flood = [asyncio.create_task(api.post("/api/pmd/action", body, user=artist)) for _ in range(12)]
        # While all of them wait, somebody else is served.
        answers: list[Answer] = [await api.get("/api/pmd/posts", user=other) for _ in range(5)]
        assert not any(task.done() for task in flood)
        assert [answer.status for answer in answers] == [200] * 5
    assert [answer.status for answer in await asyncio.gather(*flood)] == [200] * 12


async def test_rows_that_stay_locked_by_the_site_get_503(
    site: Site, serve: Serve, settings: Settings, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.1)
    artist = await site.add_user()
    post = await site.add_post(artist)
    body = {"action": "hide", "post_ids": [post]}
    async with Api((await serve(settings)).make_url("/"), settings) as api:
        async with locked(pool, post):
            for answer in await asyncio.gather(*(api.post("/api/pmd/action", body, user=artist) for _ in range(12))):
                assert answer.status == 503
                assert int(answer.headers["Retry-After"]) > 0
                assert "lock" not in answer.json["detail"]
        assert (await api.post("/api/pmd/action", body, user=artist)).status == 200


async def test_open_streams_take_no_turns(site: Site, api: Api) -> None:
    artist = await site.add_user()
    async with asyncio.timeout(HANG_SECONDS), AsyncExitStack() as streams:
        for _ in range(RUNNING_PER_USER + 2):
            stream = await streams.enter_async_context(opened(api, artist))
            await stream.until("connected")
        assert (await api.get("/api/auth/me", user=artist)).status == 200


async def test_anonymous_requests_queue_together_and_delay_no_user(site: Site, api: Api, server: TestServer) -> None:
    artist = await site.add_user()
    turns = server.app[TURNS]
    async with asyncio.timeout(HANG_SECONDS), AsyncExitStack() as crowd:
        for _ in range(RUNNING_PER_USER):
            await crowd.enter_async_context(turns.acquire(" anonymous"))
        paths = ("/api/license", "/api/pmd/posts", "/nothing")
        waiting = [asyncio.create_task(api.call("GET", path)) for path in paths]
        while turns._queues[" anonymous"].length < RUNNING_PER_USER + len(paths):
            await asyncio.sleep(0)
        # Sign-ins and health checks are answered.
        assert [(await api.get(path, user=artist)).status for path in paths] == [200, 200, 404]
        assert (await api.call("GET", "/readyz")).status == 200
        assert not any(task.done() for task in waiting)
        await crowd.aclose()
        assert [(await task).status for task in waiting] == [200, 401, 404]


async def test_flood_of_health_checks_delays_no_other_address_and_no_user(
    site: Site, api: Api, server: TestServer
) -> None:
    artist, turns = await site.add_user(), server.app[TURNS]
    async with asyncio.timeout(HANG_SECONDS), AsyncExitStack() as crowd:
        for _ in range(RUNNING_PER_USER):
            await crowd.enter_async_context(turns.acquire(prober("/readyz", "127.0.0.1")))
        waiting = asyncio.create_task(api.call("GET", "/readyz"))
        while turns._queues[prober("/readyz", "127.0.0.1")].length <= RUNNING_PER_USER:
            await asyncio.sleep(0)
        assert (await api.get("/readyz", user=artist)).status == 200
        elsewhere = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
        asking = aiohttp.ClientSession(connector=elsewhere)
        async with asking as balancer, balancer.get(server.make_url("/readyz")) as answer:
            assert answer.status == 200
        assert not waiting.done()
        await crowd.aclose()
        assert (await waiting).status == 200


async def test_long_lived_request_holds_a_turn_for_its_queries_only(site: Site, api: Api, server: TestServer) -> None:
    artist = await site.add_user()
    upload = await api.post("/api/pmd/uploads", {"files": [{"path": "a.png", "size_bytes": 9}]}, user=artist)
    turns, url = server.app[TURNS], upload.json["files"][0]["url"]
    tus = {"Tus-Resumable": "1.0.0"}
    created = tus | {"Upload-Length": "9", "Upload-Metadata": "filename YS5wbmc="}
    async with asyncio.timeout(HANG_SECONDS), AsyncExitStack() as flood:
        for _ in range(RUNNING_PER_USER):
            await flood.enter_async_context(turns.acquire(site.sqid(artist)))
        calls = [
            asyncio.create_task(api.call(*call, user=artist, headers=headers))
            for call, headers in ((("HEAD", url), tus), (("POST", "/api/pmd/uploads/tus"), created))
        ]
        while turns._queues[site.sqid(artist)].length < RUNNING_PER_USER + len(calls):
            await asyncio.sleep(0)
        assert not any(call.done() for call in calls)
        await flood.aclose()
        assert [(await call).status for call in calls] == [200, 201]


async def test_nobody_without_a_valid_token_takes_a_turn(
    api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, users = server.app[TURNS], []
    acquire = turns.acquire

    def noted(user: str, **options: bool) -> AbstractAsyncContextManager[None]:
        users.append(user)
        return acquire(user, **options)

    monkeypatch.setattr(turns, "acquire", noted)
    answer = await api.call("GET", "/api/auth/me", headers={"Authorization": "Bearer nonsense"})
    assert answer.status == 401
    assert users == [" anonymous"]
