"""A server whose clock is wrong, beside workers whose clock is right, and the other way round."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from yarl import URL

from pmd_service.base.settings import Settings, environment
from pmd_service.demo.stack import free_port

from ..hang import HANG_SECONDS
from ..ops.test_entry_points import ARQ, ROOT, until_ready
from ..site import Api, Site
from .conftest import Crew

FAKETIME = shutil.which("faketime")
SERVER, WORKER = [sys.executable, "server.py"], [ARQ, "worker.WorkerSettings"]
pytestmark = pytest.mark.skipif(FAKETIME is None, reason="no faketime is installed (apt-get install faketime)")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    port = free_port()
    return msgspec.structs.replace(settings, port=port, base_url=f"http://127.0.0.1:{port}")


@asynccontextmanager
async def running(command: list[str], settings: Settings, away: str) -> AsyncIterator[None]:
    """A process under a false clock: its time of day is wrong, and what it measures is right."""
    # What the command “faketime” sets; itself it would stay between us and the process, and keep signals from it.
    printing = ["faketime", "-f", away, "printenv", "LD_PRELOAD"]
    preload = await asyncio.to_thread(subprocess.check_output, printing, text=True)
    false = {"LD_PRELOAD": preload.strip(), "FAKETIME": away, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment(settings) | false, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def is_ready(site: Site) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while await site.pool.fetchval("SELECT status FROM batch_download_requests") != "ready":
            await asyncio.sleep(0.05)


async def test_request_at_a_server_50_minutes_ahead_is_built_at_once(
    site: Site, settings: Settings, crew: Crew
) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    worker = crew.hire()
    await worker.until_logged("worker_started")
    async with running(SERVER, settings, "+50m"), Api(URL(settings.base_url), settings) as api:
        await until_ready(settings)
        response = await api.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist)
        assert response.status == 202
        server_time = datetime.strptime(response.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
        assert server_time - datetime.now(UTC) > timedelta(minutes=45), "its clock is not the wrong one"
        await is_ready(site)


@pytest.mark.parametrize("away", ["+50m", "-50m"])
async def test_worker_with_a_wrong_clock_takes_its_tickets_at_once(
    site: Site, settings: Settings, api: Api, away: str
) -> None:
    artist = await site.add_user()
    async with running(WORKER, settings, away):
        response = await api.post("/api/pmd/bdr", {"post_ids": [await site.add_post(artist)]}, user=artist)
        assert response.status == 202
        await is_ready(site)
