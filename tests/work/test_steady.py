"""arq's worker as we run it: it takes a job when it is enqueued and looks at nothing twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from pmd_service.jobs import connection_settings, job
from pmd_service.work.queue import DOWNLOAD, Queue, Queues, deserialize_job, serialize_job
from pmd_service.work.steady import SteadyWorker

from ..hang import HANG_SECONDS

NEVER_SECONDS = 3600.0  # until it would look by itself


class Jobs:
    """What a worker was given, and a gate that holds its jobs."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[str] = asyncio.Queue()
        self.may_end = asyncio.Semaphore(0)

    async def run(self, _context: dict[Any, Any], row_id: str) -> None:
        self.begun.put_nowait(row_id)
        await self.may_end.acquire()

    async def next(self) -> str:
        async with asyncio.timeout(HANG_SECONDS):
            return await self.begun.get()


@asynccontextmanager
async def working(redis_url: str, jobs: Jobs, *, at_once: int) -> AsyncIterator[None]:
    """A worker that has looked once, and from then on does so only when it is called."""
    looked = asyncio.Event()

    class Watched(SteadyWorker):
        async def _until_called(self) -> None:
            looked.set()
            await super()._until_called()

    worker = Watched(
        functions=[job(jobs.run, DOWNLOAD.name, timeout=NEVER_SECONDS)],
        queue_name=Queue.DOWNLOADS.value,
        redis_settings=connection_settings(redis_url),
        poll_delay=NEVER_SECONDS,
        max_jobs=at_once,
        handle_signals=False,
        job_serializer=serialize_job,
        job_deserializer=deserialize_job,
    )
    running = asyncio.create_task(worker.async_run())
    async with asyncio.timeout(HANG_SECONDS):
        await looked.wait()
    try:
        yield
    finally:
        await worker.close()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_job_is_taken_when_it_is_enqueued_and_the_next_when_a_place_is_free(redis_url: str) -> None:
    queues, jobs = Queues.connect(redis_url), Jobs()
    asked = [str(uuid4()) for _ in range(3)]
    async with working(redis_url, jobs, at_once=1):
        for row_id in asked:
            await queues.enqueue(DOWNLOAD, row_id, 0)
        taken = []
        for _ in asked:
            taken.append(await jobs.next())
            assert jobs.begun.empty(), "there is one place"
            jobs.may_end.release()
        assert sorted(taken) == sorted(asked)
    await queues.aclose()


async def test_what_runs_here_is_not_asked_about_each_time_somebody_calls(redis_url: str) -> None:
    queues, jobs = Queues.connect(redis_url), Jobs()
    await queues.redis.config_resetstat()
    async with working(redis_url, jobs, at_once=8):
        for _ in range(4):
            await queues.enqueue(DOWNLOAD, uuid4(), 0)
            await jobs.next()
        assert await calls_of(queues, "zscore") == 4, "once when each is begun"
        for _ in range(4):
            jobs.may_end.release()
    await queues.aclose()


async def calls_of(queues: Queues, command: str) -> int:
    statistics = await queues.redis.info("commandstats")
    calls: int = statistics[f"cmdstat_{command}"]["calls"]
    return calls


async def test_enqueuing_is_one_transaction_and_no_question(redis_url: str) -> None:
    queues = Queues.connect(redis_url)
    await queues.redis.config_resetstat()
    await queues.enqueue(DOWNLOAD, uuid4(), 0)
    told = await queues.redis.info("commandstats")
    asked = {name.removeprefix("cmdstat_") for name in told} - {"config|resetstat", "info", "client|setinfo"}
    assert asked == {"multi", "exec", "set", "zadd", "publish"}
    await queues.aclose()
