"""Rows that have cost workers their lives run in processes of their own."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from uuid import UUID

import psutil
import pytest

from pmd_service.downloads.build import BDR
from pmd_service.ops.settings import Settings, environment
from pmd_service.work.context import WorkerContext
from pmd_service.work.runner import Runner
from pmd_service.work.suspects import SUSPECT_AFTER

from ..hang import HANG_SECONDS
from ..site import Site


async def add_suspect(site: Site) -> UUID:
    artist = await site.add_user()
    post = await site.add_post(artist)
    bdr_id: UUID = await site.pool.fetchval(
        """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, expired_leases)
           VALUES ($1, $1, ARRAY[$2::int], 1, $3) RETURNING id""",
        artist,
        post,
        SUSPECT_AFTER,
    )
    return bdr_id


async def child_of(running: asyncio.Task[None]) -> psutil.Process:
    """The process that the attempt has begun."""
    while not running.done():
        for child in psutil.Process().children():
            with suppress(psutil.NoSuchProcess):
                if "pmd_service.alone" in child.cmdline():
                    return child
        await asyncio.sleep(0.01)
    raise AssertionError("it has begun none")


async def test_a_suspect_is_built_by_a_process_of_its_own(site: Site, worker: WorkerContext) -> None:
    bdr_id = await add_suspect(site)
    running = asyncio.create_task(Runner(worker, [BDR]).run(BDR, str(bdr_id)))
    await child_of(running)
    await running
    row = await site.pool.fetchrow("SELECT status, attempt FROM batch_download_requests")
    assert row is not None
    assert tuple(row) == ("ready", 1)


async def test_a_suspect_that_kills_its_process_leaves_the_worker_and_its_neighbours_alone(
    site: Site, worker: WorkerContext
) -> None:
    bdr_id = await add_suspect(site)
    runner = Runner(worker, [BDR])
    running = asyncio.create_task(runner.run(BDR, str(bdr_id)))
    (await child_of(running)).kill()
    await running
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests") in ("pending", "processing", "ready")


async def test_a_worker_that_stops_takes_its_suspects_process_along(site: Site, worker: WorkerContext) -> None:
    bdr_id = await add_suspect(site)
    running = asyncio.create_task(Runner(worker, [BDR]).run(BDR, str(bdr_id)))
    child = await child_of(running)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


async def test_a_suspect_that_is_delivered_again_while_it_waits_begins_one_process(
    site: Site, worker: WorkerContext
) -> None:
    bdr_id = await add_suspect(site)
    runner = Runner(worker, [BDR])
    first = asyncio.create_task(runner.run(BDR, str(bdr_id)))
    child = await child_of(first)
    child.suspend()
    async with asyncio.timeout(HANG_SECONDS):
        await runner.run(BDR, str(bdr_id))
    child.resume()
    await first
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests") == "ready"


async def test_the_process_of_a_suspect_ends_in_order(site: Site, settings: Settings) -> None:
    """It once aborted at its end, each time, because a thread of it was still listening to its parent."""
    bdr_id = await add_suspect(site)
    command = (sys.executable, "-m", "pmd_service.alone", "bdr", str(bdr_id))
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, env=environment(settings))
    assert await child.wait() == 0
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests") == "ready"


async def test_the_process_of_a_suspect_ends_with_its_worker(site: Site, settings: Settings) -> None:
    bdr_id = await add_suspect(site)
    await site.pool.execute("UPDATE batch_download_requests SET next_attempt_at = now() + interval '1 hour'")
    command = (sys.executable, "-m", "pmd_service.alone", "bdr", str(bdr_id))
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, env=environment(settings))
    assert child.stdin is not None
    child.stdin.close()
    async with asyncio.timeout(HANG_SECONDS):
        assert await child.wait() == 0
