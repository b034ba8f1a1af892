"""Every process ends within ten seconds of SIGTERM, whatever is away."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import msgspec
import pytest
from yarl import URL

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import free_port

from ..databases import proxied_postgres, url_through
from ..events.sse import opened
from ..hang import HANG_SECONDS
from ..s3 import Proxy, proxied
from ..site import Api, Site
from .conftest import Crew, Worker
from .test_workers import request_download

END_SECONDS = 10.0


@pytest.fixture
async def postgres(settings: Settings) -> AsyncIterator[Proxy]:
    async with proxied_postgres(settings) as standing:
        yield standing


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Proxy]:
    port = URL(settings.redis_url).port
    assert port is not None
    async with proxied(port) as standing:
        yield standing


@pytest.fixture
def through(settings: Settings, postgres: Proxy, redis: Proxy) -> Settings:
    """The settings of a service that meets Postgres and Redis through the proxies only."""
    return msgspec.structs.replace(
        settings,
        database_url=url_through(postgres, settings),
        redis_url=str(URL(settings.redis_url).with_host(redis.address).with_port(redis.port)),
    )


@pytest.fixture
def crew(through: Settings, tmp_path: Path) -> Iterator[Crew]:
    hired = Crew(through, tmp_path)
    yield hired
    hired.dismiss()


async def seconds_to_its_end(process: Worker) -> float:
    process.send(signal.SIGTERM)
    signalled = time.monotonic()
    await process.ended()
    return time.monotonic() - signalled


async def test_starting_worker_stops_in_time_without_its_dependencies(
    crew: Crew, postgres: Proxy, redis: Proxy
) -> None:
    await postgres.fail("hang")
    worker = crew.hire()
    async with asyncio.timeout(HANG_SECONDS):
        while not postgres.accepted:
            await asyncio.sleep(0.01)
    await redis.fail("hang")
    assert await seconds_to_its_end(worker) < END_SECONDS


async def test_running_worker_stops_in_time_without_its_dependencies(
    site: Site, api: Api, crew: Crew, postgres: Proxy, redis: Proxy
) -> None:
    await request_download(site, api)
    worker = crew.doom("artwork written", "freeze")
    await worker.frozen()
    for proxy in (postgres, redis):
        await proxy.fail("hang")
    worker.send(signal.SIGTERM)
    worker.send(signal.SIGCONT)
    assert await seconds_to_its_end(worker) < END_SECONDS
    assert "ended_by_force" in worker.log.read_text()


async def test_server_with_a_stream_stops_in_time_without_dependencies(
    site: Site, through: Settings, crew: Crew, postgres: Proxy, redis: Proxy
) -> None:
    settings = msgspec.structs.replace(through, port=free_port())
    server = crew.start("server", port=settings.port)
    artist = await site.add_user()
    root = URL(f"http://127.0.0.1:{settings.port}/")
    async with Api(root, settings) as api:
        await until_served(api)
        async with opened(api, artist) as stream:
            await stream.until("connected")
            for proxy in (postgres, redis):
                await proxy.fail("hang")
            waiting = asyncio.create_task(api.get("/api/pmd/posts", user=artist))
            assert await seconds_to_its_end(server) < END_SECONDS
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


async def test_starting_server_stops_in_time_without_its_dependencies(crew: Crew, postgres: Proxy) -> None:
    await postgres.fail("hang")
    server = crew.start("server", port=free_port())
    async with asyncio.timeout(HANG_SECONDS):
        while not postgres.accepted:
            await asyncio.sleep(0.01)
    assert await seconds_to_its_end(server) < END_SECONDS


async def until_served(api: Api) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            with suppress(aiohttp.ClientConnectionError):
                if (await api.call("GET", "/healthz")).status == 200:
                    return
            await asyncio.sleep(0.05)
