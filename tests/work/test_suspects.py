"""Rows whose workers died repeatedly run in processes of their own."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from uuid import UUID

import psutil
import pytest

from pmd_service.base.database import Connection
from pmd_service.base.settings import Settings, environment
from pmd_service.downloads.kind import BDR
from pmd_service.work import runner, suspects
from pmd_service.work.context import WorkerContext
from pmd_service.work.lease import SUSPECT_AFTER, claim
from pmd_service.work.runner import Runner
from pmd_service.work.suspects import MAX_SUSPECTS

from ..hang import HANG_SECONDS
from ..locks import waits_for_a_lock
from ..site import Site


async def add_suspect(site: Site) -> UUID:
    artist = await site.add_user()
    post = await site.add_post(artist)
    bdr_id = await site.add_request(artist, [post])
    await site.pool.execute("UPDATE work SET expired = $1", SUSPECT_AFTER)
    return bdr_id


async def child_of(running: asyncio.Task[bool]) -> psutil.Process:
    """The process that the attempt has begun."""
    while not running.done():
        for child in psutil.Process().children():
            with suppress(psutil.NoSuchProcess):
                if "pmd_service.isolated" in child.cmdline():
                    return child
        await asyncio.sleep(0.01)
    raise AssertionError("it has begun none")


async def test_suspect_runs_in_its_own_process(site: Site, worker: WorkerContext) -> None:
    await add_suspect(site)
    running = asyncio.create_task(Runner(worker, [BDR]).run_next(BDR))
    await child_of(running)
    await running
    row = await site.pool.fetchrow("SELECT status, attempt FROM batch_download_requests")
    assert row is not None
    assert tuple(row) == ("ready", 1)


async def test_suspect_that_kills_its_process_spares_the_worker(site: Site, worker: WorkerContext) -> None:
    await add_suspect(site)
    running = asyncio.create_task(Runner(worker, [BDR]).run_next(BDR))
    (await child_of(running)).kill()
    await running
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests") in ("pending", "processing", "ready")


async def test_stopping_worker_stops_the_suspects_process(
    site: Site, worker: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspects, "STOP_SECONDS", HANG_SECONDS)
    await add_suspect(site)
    async with site.pool.acquire() as connection:
        keeping: Connection = connection
        async with keeping.transaction():
            await keeping.execute("LOCK TABLE users")
            running = asyncio.create_task(Runner(worker, [BDR]).run_next(BDR))
            child = await child_of(running)
            assert await waits_for_a_lock(site.pool, running), "it is in the middle of its work"
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    row = await site.pool.fetchrow("SELECT status, faults, token FROM batch_download_requests, work")
    assert row is not None
    assert tuple(row) == ("pending", 0, None)


async def test_at_most_two_suspects_run_beside_other_work(
    site: Site, worker: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_end = asyncio.Semaphore(0), asyncio.Event()

    async def stand_in(*_: object) -> None:
        began.release()
        await may_end.wait()

    monkeypatch.setattr(runner, "run_isolated", stand_in)
    for _ in range(MAX_SUSPECTS + 1):
        await add_suspect(site)
    run = Runner(worker, [BDR])
    running = []
    for _ in range(MAX_SUSPECTS):
        running.append(asyncio.create_task(run.run_next(BDR)))
        await began.acquire()
    assert not await run.run_next(BDR)
    await site.pool.execute("UPDATE work SET expired = 0 WHERE state = 'waiting'")
    assert await run.run_next(BDR)
    may_end.set()
    await asyncio.gather(*running)


async def claimed_for_a_child(worker: WorkerContext) -> tuple[str, ...]:
    claimed = await claim(worker.pool, BDR)
    assert claimed is not None
    return (sys.executable, "-m", "pmd_service.isolated", "bdr", str(claimed.work.token))


async def test_suspects_process_exits_cleanly(site: Site, worker: WorkerContext, settings: Settings) -> None:
    """It once aborted at its end, each time, because a thread of it was still listening to its parent."""
    await add_suspect(site)
    command = await claimed_for_a_child(worker)
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, env=environment(settings))
    assert await child.wait() == 0
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests") == "ready"


async def test_suspects_process_ends_with_its_worker(site: Site, worker: WorkerContext, settings: Settings) -> None:
    await add_suspect(site)
    command = await claimed_for_a_child(worker)
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, env=environment(settings))
    assert child.stdin is not None
    child.stdin.close()
    async with asyncio.timeout(HANG_SECONDS):
        assert await child.wait() == 0


async def test_process_that_may_claim_nothing_gives_its_attempt_back(site: Site, worker: WorkerContext) -> None:
    await add_suspect(site)
    claimed = await claim(worker.pool, BDR)
    assert claimed is not None
    stopping = Runner(worker, [BDR])
    stopping.stop()
    await stopping.run_adopted(BDR, claimed.work.token)
    work = await site.pool.fetchrow("SELECT state, faults FROM work")
    assert work is not None
    assert (work["state"], work["faults"]) == ("waiting", 0)
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests") != "ready"
