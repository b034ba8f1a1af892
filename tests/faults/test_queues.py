"""Workers go on whatever Redis answers, and report truly whether they live."""

import asyncio
from pathlib import Path

import pytest
from yarl import URL

from pmd_service.base.settings import Settings, environment
from pmd_service.work.queue import Queue, Queues

from .. import forked
from ..conftest import WorkOff
from ..hang import HANG_SECONDS
from ..s3 import proxied
from ..site import Api, Site
from .conftest import Crew


def check(settings: Settings, name: str) -> int:
    return forked.ended("arq", "--check", f"worker.{name}", env=environment(settings)).returncode


async def test_worker_survives_wrong_key_types_and_full_redis_memory(
    site: Site, api: Api, crew: Crew, settings: Settings
) -> None:
    queues = Queues.connect(settings.redis_url)
    worker = crew.hire()
    await worker.until_logged("worker_started")
    await queues.redis.delete(Queue.DOWNLOADS.value)
    await queues.redis.set(Queue.DOWNLOADS.value, "of a foreign type")
    await worker.until_logged("queue_refused")
    await queues.redis.delete(Queue.DOWNLOADS.value)
    await queues.redis.config_set("maxmemory", "1")
    try:
        artist = await site.add_user()
        accepted = await api.post("/api/pmd/bdr", {"post_ids": [await site.add_post(artist)]}, user=artist)
        assert accepted.status == 202, accepted
    finally:
        await queues.redis.config_set("maxmemory", "0")
    await queues.put(Queue.DOWNLOADS)  # as the next sweep would
    async with asyncio.timeout(HANG_SECONDS):
        while await site.pool.fetchval("SELECT status FROM batch_download_requests") != "ready":
            await asyncio.sleep(0.05)
    assert worker.process.is_alive()
    await queues.aclose()


async def test_worker_that_starts_without_redis_logs_that_it_waits(crew: Crew, tmp_path: Path) -> None:
    worker = crew.hire(redis_url=f"unix://{tmp_path / 'none.sock'}")
    await worker.until_logged("redis_away")
    assert worker.process.is_alive()


async def test_worker_starts_though_redis_ends_its_first_connections(crew: Crew, redis_url: str) -> None:
    url = URL(redis_url)
    assert url.port is not None
    async with proxied(url.port) as proxy:
        await proxy.fail("away")
        worker = crew.hire(redis_url=str(url.with_host(proxy.address).with_port(proxy.port)))
        async with asyncio.timeout(HANG_SECONDS):
            while proxy.accepted < 3:
                assert worker.process.is_alive()
                await asyncio.sleep(0.05)
        await proxy.fail("none")
        await worker.until_logged("worker_started")


async def test_arq_check_is_per_worker_settings(crew: Crew, settings: Settings) -> None:
    names = ("WorkerSettings", "UpkeepSettings")
    assert [check(settings, name) for name in names] == [1, 1]
    worker = crew.hire()
    await worker.until_logged("worker_started")
    async with asyncio.timeout(HANG_SECONDS):
        while [await asyncio.to_thread(check, settings, name) for name in names] != [0, 1]:
            await asyncio.sleep(0.1)


async def test_arqs_own_log_lines_are_not_repeated(crew: Crew, site: Site, api: Api) -> None:
    artist = await site.add_user()
    await api.post("/api/pmd/bdr", {"post_ids": [await site.add_post(artist)]}, user=artist)
    worker = crew.hire()
    await worker.until_logged("bdr_ready")
    lines = worker.log.read_text().splitlines()
    assert all(line.startswith("{") for line in lines), lines


@pytest.mark.usefixtures("redis_url")
async def test_worker_with_an_empty_queue_stops_at_once(work_off: WorkOff) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        await work_off()
