"""Valkey's primary ends or freezes while work runs, and a Sentinel promotes its replica."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from pmd_service.base.settings import Settings
from pmd_service.work.queue import Queue, Queues

from ..conftest import Serve
from ..hang import HANG_SECONDS
from ..site import Api, Site
from ..valkeys import Watched, watched
from .conftest import Crew, Ward
from .test_workers import request_download, row_of


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Watched]:
    async with watched(tmp_path / "valkeys") as opened:
        yield opened


@pytest.fixture
def redis_url(pair: Watched) -> str:
    return pair.url


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
async def test_promoted_replica_goes_on_and_no_work_is_lost(
    pair: Watched, site: Site, serve: Serve, settings: Settings, crew: Crew, ward: Ward, fault: signal.Signals
) -> None:
    worker = crew.hire()
    await worker.until_logged("worker_started")
    server = await serve(settings)
    async with Api(server.make_url("/"), settings) as api:
        requested = [await request_download(site, api)]
        await ward.all_ended()
        pair.primary.send(fault)
        requested.append(await request_download(site, api))
        await pair.until_promoted()
        # From here on tickets arrive again: only what was accepted in between waits for the sweep.
        async with asyncio.timeout(HANG_SECONDS):
            while not await has_worker(settings):
                await asyncio.sleep(0.1)
        requested.append(await request_download(site, api))
        await ward.sweep()
        await ward.all_ended()
    for bdr_id in requested:
        row = await row_of(site, bdr_id)
        assert (row["status"], row["attempt"]) == ("ready", 1)
    assert worker.process.is_alive(), "it was not restarted by hand"
    await ward.check_invariants()


async def has_worker(settings: Settings) -> bool:
    """Whether the worker of downloads is at the new primary."""
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        with suppress(RedisError, OSError, TimeoutError):
            return await queues.has_worker(Queue.DOWNLOADS)
    return False
