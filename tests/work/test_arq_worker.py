"""arq's worker as we run it: it takes a job when it is enqueued and polls nothing twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from arq.typing import StartupShutdown, WorkerCoroutine
from arq.worker import func

from pmd_service.work import arq_worker
from pmd_service.work.arq_worker import ArqWorker, QueueWorker, UrlSettings
from pmd_service.work.queue import Queue, Queues
from pmd_service.work.tickets import TICKET, deserialize, serialize

from ..hang import HANG_SECONDS

NEVER_SECONDS = 3600.0  # until it would poll by itself


class Jobs:
    """What a worker was given, and a gate that stops its jobs."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[str] = asyncio.Queue()
        self.may_end = asyncio.Semaphore(0)
        self.is_over = False

    async def over(self, _context: dict[Any, Any]) -> None:
        self.is_over = True

    async def run(self, context: dict[Any, Any]) -> None:
        self.begun.put_nowait(context["job_id"])
        await self.may_end.acquire()

    async def next(self) -> str:
        async with asyncio.timeout(HANG_SECONDS):
            return await self.begun.get()


@asynccontextmanager
async def working(redis_url: str, jobs: Jobs, *, max_jobs: int, is_idle: bool = False) -> AsyncIterator[None]:
    """A worker that has polled once, and from then on polls only when woken."""
    polled = asyncio.Event()

    class Watched(ArqWorker):
        async def _wait_for_wakeup(self) -> None:
            polled.set()
            await super()._wait_for_wakeup()

    worker = Watched(
        functions=[func(cast(WorkerCoroutine, jobs.run), name=TICKET, timeout=NEVER_SECONDS, keep_result=0)],
        queue_name=Queue.DOWNLOADS.value,
        redis_settings=UrlSettings(url=redis_url),
        poll_delay=NEVER_SECONDS,
        max_jobs=max_jobs,
        handle_signals=False,
        ctx={"runner": SimpleNamespace(is_idle=is_idle)},
        on_shutdown=cast(StartupShutdown, jobs.over),
        job_serializer=serialize,
        job_deserializer=deserialize,
    )
    running = asyncio.create_task(worker.async_run())
    async with asyncio.timeout(HANG_SECONDS):
        await polled.wait()
    try:
        yield
    finally:
        await worker.close()
        await asyncio.gather(running, return_exceptions=True)


async def test_ticket_starts_at_once_and_the_next_when_a_slot_is_free(redis_url: str) -> None:
    queues, jobs = Queues.connect(redis_url), Jobs()
    async with working(redis_url, jobs, max_jobs=1):
        for _ in range(3):
            await queues.put(Queue.DOWNLOADS)
        taken = set()
        for _ in range(3):
            taken.add(await jobs.next())
            assert jobs.begun.empty(), "there is one slot"
            jobs.may_end.release()
        assert len(taken) == 3
    await queues.aclose()


async def test_worker_hears_of_every_ticket_without_a_pause(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arq_worker, "PAUSE_SECONDS", NEVER_SECONDS)
    queues, jobs = Queues.connect(redis_url), Jobs()
    async with working(redis_url, jobs, max_jobs=1):
        for _ in range(3):
            await queues.put(Queue.DOWNLOADS)
            await jobs.next()
            jobs.may_end.release()
    await queues.aclose()


async def test_worker_stopped_while_a_job_is_recorded_exits_cleanly(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues, jobs, noting = Queues.connect(redis_url), Jobs(), asyncio.Event()

    async def finish(*_args: object) -> None:
        noting.set()
        await asyncio.sleep(0)

    monkeypatch.setattr(ArqWorker, "finish_job", finish)
    async with working(redis_url, jobs, max_jobs=1):
        await queues.put(Queue.DOWNLOADS)
        await jobs.next()
        jobs.may_end.release()
        async with asyncio.timeout(HANG_SECONDS):
            await noting.wait()
    assert jobs.is_over
    await queues.aclose()


async def test_two_workers_share_waiting_tickets(redis_url: str) -> None:
    """The list was once truncated to the free slots before running jobs were removed: the second worker was idle."""
    queues, first, second = Queues.connect(redis_url), Jobs(), Jobs()
    async with working(redis_url, first, max_jobs=8), working(redis_url, second, max_jobs=8):
        await queues.put(Queue.DOWNLOADS, 16)
        begun = {await jobs.next() for _ in range(8) for jobs in (first, second)}
        assert len(begun) == 16, "no ticket is taken twice"
        assert not await queues.depth(Queue.DOWNLOADS), "the queue contains what no worker has begun"
        for _ in range(8):
            first.may_end.release()
            second.may_end.release()
    await queues.aclose()


async def test_worker_that_may_not_claim_leaves_tickets_to_others(redis_url: str) -> None:
    queues, stopping, other = Queues.connect(redis_url), Jobs(), Jobs()
    await queues.put(Queue.DOWNLOADS)
    async with working(redis_url, stopping, max_jobs=8, is_idle=True):
        assert await queues.depth(Queue.DOWNLOADS) == 1
        async with working(redis_url, other, max_jobs=8):
            assert await other.next()
            other.may_end.release()
    assert stopping.begun.empty()
    await queues.aclose()


async def test_enqueuing_a_ticket_is_one_redis_transaction(redis_url: str) -> None:
    queues = Queues.connect(redis_url)
    await queues.put(Queue.DOWNLOADS)  # Redis has the script from now on
    await queues.redis.config_resetstat()
    await queues.put(Queue.DOWNLOADS)
    statistics = await queues.redis.info("commandstats")
    commands = {name.removeprefix("cmdstat_") for name in statistics} - {"config|resetstat", "info", "client|setinfo"}
    assert commands == {"evalsha", "time", "set", "zadd", "zremrangebyrank", "publish"}
    await queues.aclose()


async def test_worker_health_key_returns_after_redis_flush(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arq_worker, "RENEW_SECONDS", 0.0)
    queues, jobs = Queues.connect(redis_url), Jobs()
    async with working(redis_url, jobs, max_jobs=1):
        await queues.redis.flushdb()
        await queues.put(Queue.DOWNLOADS)  # it polls only when woken
        async with asyncio.timeout(HANG_SECONDS):
            while not await queues.redis.exists(Queue.DOWNLOADS.health_key):
                await asyncio.sleep(0)
        jobs.may_end.release()
    await queues.aclose()


@pytest.mark.parametrize("error", [ValueError("unforeseen"), asyncio.CancelledError()])
async def test_failing_queue_worker_ends_the_process(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, ended: list[str], error: BaseException
) -> None:
    context = {"worker": None, "runner": SimpleNamespace(is_idle=True, is_busy=False, stop=lambda: None)}
    settings: dict[str, Any] = {"functions": [func(cast(WorkerCoroutine, Jobs().run), name=TICKET)]}
    settings |= {"queue_name": Queue.MAILS.value, "redis_settings": UrlSettings(url=redis_url)}
    fails = asyncio.Event()

    async def wait(_self: ArqWorker) -> None:
        await fails.wait()
        raise error

    monkeypatch.setattr(ArqWorker, "_wait_for_wakeup", wait)
    healthy, failing = QueueWorker(settings, context), QueueWorker(settings, context)
    await asyncio.sleep(0.1)
    await healthy.stop()
    assert ended == [], "it was stopped"
    fails.set()
    async with asyncio.timeout(HANG_SECONDS):
        while not ended:
            await asyncio.sleep(0.01)
    await failing.stop()
    assert ended == ["SIGTERM"]
    ended.clear()
