"""Valkey's primary freezes while work runs, and a Sentinel promotes its replica; test_cluster.py's is killed."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from pmd_service.base.settings import Settings
from pmd_service.ops.doctor import diagnose
from pmd_service.work.queue import Queue, Queues

from ..conftest import Serve
from ..hang import HANG_SECONDS
from ..site import Api, Site
from ..valkeys import NAME, Watched, started, watched
from .conftest import Crew, Ward
from .test_workers import request_download, row_of


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Watched]:
    async with watched(tmp_path / "valkeys") as opened:
        yield opened


@pytest.fixture
def redis_url(pair: Watched) -> str:
    return pair.url


async def test_promoted_replica_goes_on_and_no_work_is_lost(
    pair: Watched, site: Site, serve: Serve, settings: Settings, crew: Crew, ward: Ward
) -> None:
    worker = crew.hire()
    await worker.until_logged("worker_started")
    server = await serve(settings)
    async with Api(server.make_url("/"), settings) as api:
        requested = [await request_download(site, api)]
        await ward.all_ended()
        pair.primary.send(signal.SIGSTOP)
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


async def found_by_doctor(settings: Settings, redis_url: str, name: str = "sentinels") -> str:
    there = msgspec.structs.replace(settings, redis_url=redis_url)
    (finding,) = [each for each in await diagnose(there) if each.name == name]
    return finding.detail


async def test_doctor_names_what_ails_the_sentinels(pair: Watched, settings: Settings, tmp_path: Path) -> None:
    own, primary = f"127.0.0.1:{pair.sentinel.port}", f"127.0.0.1:{pair.primary.port}"
    assert await found_by_doctor(settings, f"redis+sentinel://{own}/{NAME}/0") == f"“{NAME}” is {primary}."
    away = "The Sentinel 127.0.0.1:1 does not answer: "
    assert (await found_by_doctor(settings, pair.url)).startswith(away)
    assert "found for 'other'" in await found_by_doctor(settings, f"redis+sentinel://{own}/other/0", "redis")

    apart = Watched(tmp_path / "apart")
    apart.configure()
    with started(apart.sentinel):
        await apart.sentinel.until_ready()
        other = f"127.0.0.1:{apart.sentinel.port}"
        disagree = f"{own} names {primary}, {other} names 127.0.0.1:{apart.primary.port}"
        found = await found_by_doctor(settings, f"redis+sentinel://{own},{other}/{NAME}/0")
        assert found == f"The Sentinels disagree about “{NAME}”: {disagree}."
    async with Redis.from_url(pair.sentinel.url) as sentinel:
        await sentinel.sentinel_set(NAME, "quorum", 2)
    found = await found_by_doctor(settings, f"redis+sentinel://{own}/{NAME}/0")
    assert found.startswith(f"The Sentinel {own} cannot promote anything: NOQUORUM")


async def test_doctor_names_a_replica_that_is_taken_for_the_primary(
    pair: Watched, settings: Settings, tmp_path: Path
) -> None:
    mistaken = Watched(tmp_path / "mistaken")
    mistaken.primary = pair.replica
    mistaken.configure()
    with started(mistaken.sentinel):
        await mistaken.sentinel.until_ready()
        async with Redis.from_url(mistaken.sentinel.url) as sentinel:
            # It would notice half a minute later.
            await sentinel.sentinel_set(NAME, "down-after-milliseconds", 1000 * HANG_SECONDS)
        url = f"redis+sentinel://127.0.0.1:{mistaken.sentinel.port}/{NAME}/0"
        found = await found_by_doctor(settings, url, "redis")
    assert found == "The Sentinels name a read-only replica: wait for their agreement."
