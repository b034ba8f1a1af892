"""Tickets: one that is lost, doubled or refused fails no request."""

import asyncio

import pytest

from pmd_service.work import queue, tickets
from pmd_service.work.queue import Queue, Queues
from pmd_service.work.tickets import MAX_TICKETS

from ..hang import HANG_SECONDS


async def test_tickets_are_distinct_and_a_queue_is_bounded(redis_url: str) -> None:
    queues = Queues.connect(redis_url)
    for _ in range(2):
        await queues.put(Queue.DOWNLOADS)
    await queues.put(Queue.PROBES, 3, delay_seconds=60)
    assert [await queues.depth(queue) for queue in (Queue.DOWNLOADS, Queue.PROBES, Queue.TASKS)] == [2, 3, 0]
    for _ in range(3):
        await queues.put(Queue.DOWNLOADS, 1000)
    assert await queues.depth(Queue.DOWNLOADS) == MAX_TICKETS
    await queues.aclose()


async def test_delayed_ticket_is_due_by_redis_clock_and_uncounted_before(redis_url: str) -> None:
    queues, queue = Queues.connect(redis_url), Queue.DOWNLOADS
    await queues.put(queue, 2, delay_seconds=60)
    assert await tickets.take(queues.redis, queue, MAX_TICKETS) == []
    await queues.top_up(queue, 2)
    assert len(await tickets.take(queues.redis, queue, MAX_TICKETS)) == 2, "those that are not due yet are no help"
    assert await queues.depth(queue) == 2
    await queues.put(queue)
    await queues.top_up(queue, 1)
    assert await queues.depth(queue) == 3, "there is one that is due"
    # What no worker has taken for long is replaced.
    for ticket in await queues.redis.zrange(queue, 0, -1):
        await queues.redis.zincrby(queue, -60_000 - tickets.STALE_MS - 1, ticket)
    await queues.top_up(queue, 1)
    assert await queues.depth(queue) == 1
    await queues.aclose()


async def test_refused_redis_connection_fails_no_request(redis_url: str) -> None:
    refused = Queues.connect("redis://127.0.0.1:1/0")
    await refused.put(Queue.DOWNLOADS)
    await refused.top_up(Queue.DOWNLOADS, 3)
    await refused.aclose()
    queues = Queues.connect(redis_url)
    await queues.redis.set(Queue.DOWNLOADS.value, "of a foreign type")
    await queues.put(Queue.DOWNLOADS)
    await queues.top_up(Queue.DOWNLOADS, 3)
    await queues.aclose()


async def test_silent_redis_times_out_soon() -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    queues = Queues.connect(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")
    async with asyncio.timeout(HANG_SECONDS):
        await queues.put(Queue.DOWNLOADS)
    await queues.aclose()
    server.close()


async def test_worker_is_missing_only_without_its_health_key(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    queues = Queues.connect(redis_url)
    assert Queue.TASKS in await queues.without_worker()
    async with queues.redis.pubsub() as worker:
        await worker.subscribe(Queue.TASKS.channel)
        await queues.redis.set(Queue.TASKS.health_key, b"alive")
        assert Queue.TASKS not in await queues.without_worker()
        await queues.redis.flushdb()
        assert Queue.TASKS not in await queues.without_worker()
        monkeypatch.setattr(queue, "HEARTBEAT_GAP_SECONDS", 0.0)
        assert Queue.TASKS in await queues.without_worker()
    await queues.aclose()
