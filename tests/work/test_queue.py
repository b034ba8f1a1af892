"""Enqueuing: it never raises, and asking twice is one job."""

import asyncio
from uuid import uuid4

from pmd_service.work.queue import DOWNLOAD, LOOKING, Queue, Queues

from ..hang import HANG_SECONDS


async def test_asking_again_is_one_job_and_each_queue_has_its_own(redis_url: str) -> None:
    queues = Queues.connect(redis_url)
    row_id = uuid4()
    for _ in range(3):
        await queues.enqueue(DOWNLOAD, row_id, 0)
    await queues.enqueue(LOOKING, row_id, 0)
    assert [await queues.depth(queue) for queue in Queue] == [1, 1, 0]
    await queues.enqueue(DOWNLOAD, row_id, 1)
    assert await queues.depth(Queue.DOWNLOADS) == 2, "the next attempt is another job"
    await queues.aclose()


async def test_a_redis_that_is_away_or_refuses_costs_no_caller_anything(redis_url: str) -> None:
    nobody = Queues.connect("redis://127.0.0.1:1/0")
    await nobody.enqueue(DOWNLOAD, uuid4(), 0)
    await nobody.aclose()
    queues = Queues.connect(redis_url)
    await queues.redis.set(Queue.DOWNLOADS.value, "of a foreign type")
    await queues.enqueue(DOWNLOAD, uuid4(), 0)
    await queues.aclose()


async def test_a_redis_that_says_nothing_is_left_soon() -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    queues = Queues.connect(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")
    async with asyncio.timeout(HANG_SECONDS):
        await queues.enqueue(DOWNLOAD, uuid4(), 0)
    await queues.aclose()
    server.close()
