"""Two servers behind one port and two workers beside them: clients cannot tell them apart."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from yarl import URL

from pmd_service.base.settings import Settings, environment
from pmd_service.demo.stack import free_port

from ..events.sse import opened
from ..forked import ROOT
from ..hang import HANG_SECONDS
from ..ops.test_entry_points import until_ready
from ..site import Api, Site
from .conftest import Crew, Ward

STREAMS = 8
REQUESTS = 6


@pytest.fixture
def shared(settings: Settings) -> Iterator[Settings]:
    """Two server processes behind one port, as docs/operations shows it."""
    port = free_port()
    settings = msgspec.structs.replace(settings, port=port, base_url=f"http://127.0.0.1:{port}")
    gunicorn = [str(Path(sys.executable).with_name("gunicorn")), "server:create_app()", "--workers", "2"]
    process = subprocess.Popen(
        [*gunicorn, "--worker-class", "aiohttp.GunicornWebWorker", "--bind", f"127.0.0.1:{port}"],
        cwd=ROOT,
        env=environment(settings),
        stderr=subprocess.DEVNULL,
    )
    yield settings
    process.terminate()
    process.wait(HANG_SECONDS)


async def test_two_servers_and_two_workers_are_one_service(
    site: Site, shared: Settings, crew: Crew, ward: Ward
) -> None:
    await until_ready(shared)
    artist = await site.add_user()
    posts = await site.add_posts(artist, 5)
    for _ in range(2):
        crew.hire()
    async with asyncio.timeout(HANG_SECONDS):
        while await listeners(site) < 2:
            await asyncio.sleep(0.05)
    async with Api(URL(shared.base_url), shared) as api, AsyncExitStack() as streams:
        watching = [await streams.enter_async_context(opened(api, artist)) for _ in range(STREAMS)]
        for stream in watching:
            await stream.until("connected")
        requested = set()
        for _ in range(REQUESTS):
            answer = await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)
            requested.add(answer.json["id"])
        for stream in watching:
            ready: set[str] = set()
            while ready != requested:
                ready.add((await stream.until_status("ready")).data["id"])
        assert await listeners(site) == 2, "one listening connection a server process, whatever the streams"
    await ward.all_ended()
    await ward.check_invariants()


async def listeners(site: Site) -> int:
    count: int = await site.pool.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pmd-listener'"
    )
    return count
