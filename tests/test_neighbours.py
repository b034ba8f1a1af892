"""Nobody hurts a neighbour: on every route of the document a user's flood, and a stranger's, waits for itself alone.

How long anything takes is the benchmark's matter (``benchmarks/neighbours.py``); here a flood is stopped at its turns.
"""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import TestServer

from pmd_service.base.database import POOL, Pool
from pmd_service.base.settings import Settings
from pmd_service.http.turns import RUNNING_PER_USER, TURNS, Turns

from .calls import CALLS, TUS, Call
from .hang import HANG_SECONDS
from .plans import statements_of
from .scene import Scene
from .site import Api, Site

HEAD = "HEAD /api/pmd/uploads/{upload_id}/files/{file_id}"
ROUTES = [*CALLS, HEAD]
STRANGERS = " anonymous"
# Beside a user's turns, one connection each for all users: who is calling, and what streams send.
FOR_ALL = 2
# A list reads its page and its counts over two.
A_TURN = 2


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An allowance that floods do not use up."""
    return msgspec.structs.replace(settings, bdr_daily_limit=10_000, pack_daily_limit=10_000)


@pytest.fixture
async def scene(site: Site, api: Api, original: bool) -> Scene:
    scene = await Scene.set(site, api, original=original)
    await scene.add_archive(scene.artist)  # found by the requests of a flood, which would all add it at once
    return scene


def one(route: str) -> Call:
    return Call(200, headers=TUS) if route == HEAD else CALLS[route]


async def flood(scene: Scene, route: str, many: int, headers: dict[str, str]) -> list["asyncio.Task[int]"]:
    """So many requests at once on one route, each with what it names."""
    method, template = route.split()
    path = await scene.path(template, owner=scene.artist, call=one(route))
    if method == "HEAD":
        return [asyncio.create_task(_status(scene, "HEAD", path, TUS | headers)) for _ in range(many)]
    # The path is made once: what it names is the same for all of them.
    return [asyncio.create_task(scene.status(route, path=path, headers=headers)) for _ in range(many)]


async def _status(scene: Scene, method: str, path: str, headers: dict[str, str]) -> int:
    async with scene.api.session.request(method, path, headers=headers) as response:
        return response.status


async def waiting(turns: Turns, user: str, many: int) -> None:
    """Until so many of the user's requests are there."""
    while user not in turns._queues or turns._queues[user].length < many:
        await asyncio.sleep(0)


@pytest.mark.parametrize("who", ["one token", "none"])
async def test_waiting_flood_queries_nothing_and_neighbour_is_served(
    scene: Scene, server: TestServer, who: str, subtests: pytest.Subtests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pmd_service.http.turns.PAUSE_SECONDS", (0.0, 0.0))  # each flood would wait for the rest before
    turns, many = server.app[TURNS], 3
    name = scene.site.sqid(scene.artist) if who == "one token" else STRANGERS
    headers = scene.sign(scene.artist) if who == "one token" else {}
    for route in ROUTES:
        with subtests.test(route=route):
            async with asyncio.timeout(HANG_SECONDS), AsyncExitStack() as running:
                for _ in range(RUNNING_PER_USER):
                    await running.enter_async_context(turns.acquire(name))
                async with statements_of(server.app[POOL], kept=_kept(server)) as sent:
                    requests = await flood(scene, route, many, headers)
                    await waiting(turns, name, RUNNING_PER_USER + many)
                    assert sent == []
                assert (await scene.api.get("/api/pmd/posts", user=scene.stranger)).status == 200
                created = await scene.api.post(
                    "/api/pmd/uploads", {"files": [{"path": "notes.txt", "size_bytes": 1}]}, user=scene.stranger
                )
                assert created.status == 201
                # So many may be open at once: the next one's is a new one.
                stop = f"/api/pmd/uploads/{created.json['id']}/stop"
                assert (await scene.api.post(stop, {}, user=scene.stranger)).status == 200
                assert not any(request.done() for request in requests)
                await running.aclose()
                statuses = await asyncio.gather(*requests)
            assert max(statuses) < 500, statuses


def _kept(server: TestServer) -> int:
    """Connections that are held for good: the lookup's, once somebody has been looked up."""
    pool = server.app[POOL]
    return pool.get_size() - pool.get_idle_size()


async def test_a_users_flood_never_takes_more_connections_than_their_turns(
    scene: Scene, server: TestServer, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    pool: Pool = server.app[POOL]
    acquire, peak = pool.acquire, 0

    def counted(**options: Any) -> Any:
        nonlocal peak
        peak = max(peak, pool.get_size() - pool.get_idle_size() + 1)
        return acquire(**options)

    monkeypatch.setattr(pool, "acquire", counted)
    for route in ROUTES:
        with subtests.test(route=route):
            peak = 0
            requests = await flood(scene, route, 3 * RUNNING_PER_USER, scene.sign(scene.artist))
            async with asyncio.timeout(HANG_SECONDS):
                statuses = await asyncio.gather(*requests)
            assert max(statuses) < 500, statuses
            assert peak <= A_TURN * RUNNING_PER_USER + FOR_ALL < pool.get_max_size()
