"""Eight users, one of them with 200 requests of slow servers' artworks: the time of another user's small download."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from uuid import UUID

import msgspec
import structlog
from aiohttp import web

from pmd_service.jobs import KINDS, opened_worker, queue_settings
from pmd_service.vault import RemoteArtworks
from pmd_service.work.adding import add_work
from pmd_service.work.arq_worker import QueueWorker
from pmd_service.work.context import WorkerContext
from pmd_service.work.queue import Queue
from pmd_service.work.runner import Runner

from .runner import Row, ratio_row
from .world import World

SLOW_SECONDS = 20.0
COUNT, SIZE = 16, 5_000
OTHERS = 6
HERE = ip_address("127.0.0.1")


async def measure(world: World) -> list[Row]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    # The world's worker fetches from public addresses only; this one, in our process, from the slow server too.
    await asyncio.to_thread(world.service.worker.stop)
    try:
        async with working(world) as worker, slow_server() as url:
            artist, _ = await world.add_artist("bench-turns-small")
            posts = await world.add_artworks(artist, COUNT, SIZE)
            tries = world.sized(20, 5)
            idle = [await download(worker, artist, posts) for _ in range(tries)]
            await crowd(world, worker, url, waiting=world.sized(200, 40))
            beside = [await download(worker, artist, posts) for _ in range(tries)]
    finally:
        await asyncio.to_thread(world.service.worker.start)
    what = "a small download beside 200 waiting requests of slow servers ÷ its time when idle"
    return [ratio_row(what, beside, idle, goal=2)]


@asynccontextmanager
async def working(world: World) -> AsyncIterator[WorkerContext]:
    async with (
        opened_worker(world.settings) as opened,
        RemoteArtworks(user_agent="bench", is_allowed=lambda address: address == HERE) as remote,
    ):
        worker = msgspec.structs.replace(opened, remote=remote)
        context = {"worker": worker, "runner": Runner(worker, KINDS)}
        companion = QueueWorker(queue_settings(world.settings, Queue.DOWNLOADS), context)
        try:
            yield worker
        finally:
            await companion.stop()
            await worker.pool.execute("DELETE FROM work")


@asynccontextmanager
async def slow_server() -> AsyncIterator[str]:
    async def answer(_request: web.Request) -> web.Response:
        await asyncio.sleep(SLOW_SECONDS)
        return web.Response(body=b"pixels", content_type="image/png")

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def crowd(world: World, worker: WorkerContext, url: str, *, waiting: int) -> None:
    """One user with this many requests and others with ten each, all of slow artworks, some already running."""
    for number, requests in enumerate([waiting] + [10] * OTHERS):
        artist, _ = await world.add_artist(f"bench-turns-slow-{number}")
        (post,) = await world.add_artworks(artist, 1, SIZE)
        await worker.pool.execute("UPDATE posts SET art_url = $2 WHERE id = $1", post, f"{url}/{post}.png")
        for _ in range(requests):
            await request_download(worker, artist, [post])
    while await worker.pool.fetchval("SELECT count(*) FROM batch_download_requests WHERE status = 'processing'") < 4:
        await asyncio.sleep(0.05)


async def request_download(worker: WorkerContext, artist: int, posts: list[int]) -> UUID:
    bdr_id: UUID = await worker.pool.fetchval(
        """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count)
           VALUES ($1, $1, $2::int[], cardinality($2::int[])) RETURNING id""",
        artist,
        posts,
    )
    async with worker.pool.acquire() as connection, connection.transaction():
        await add_work(connection, "bdr", artist, [(bdr_id, "a download")], request_id=None)
    await worker.queues.put(Queue.DOWNLOADS)
    return bdr_id


async def download(worker: WorkerContext, artist: int, posts: list[int]) -> float:
    """Seconds from the request to ready."""
    began = time.perf_counter()
    bdr_id = await request_download(worker, artist, posts)
    while await worker.pool.fetchval("SELECT status FROM batch_download_requests WHERE id = $1", bdr_id) != "ready":
        await asyncio.sleep(0.005)
    return time.perf_counter() - began
