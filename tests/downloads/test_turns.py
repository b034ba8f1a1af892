"""Users take turns: whoever waits for slow servers, or asks for hundreds of archives, holds up nobody else."""

import asyncio

from pmd_service.base.settings import Settings
from pmd_service.jobs import KINDS, STEPS, queue_settings
from pmd_service.work.arq_worker import Companion
from pmd_service.work.context import WorkerContext
from pmd_service.work.queue import Queue
from pmd_service.work.runner import Runner

from ..hang import HANG_SECONDS
from ..origin import Origin
from ..site import Site

SLOW_EACH = 10


async def ask(site: Site, worker: WorkerContext, artist: int, art_url: str | None = None) -> object:
    columns = {} if art_url is None else {"art_url": art_url, "data": None}
    post = await site.add_post(artist, **columns)  # type: ignore[arg-type]
    bdr_id = await site.pool.fetchval(
        """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count)
           VALUES ($1, $1, ARRAY[$2::int], 1) RETURNING id""",
        artist,
        post,
    )
    await worker.queues.put(Queue.DOWNLOADS)
    return bdr_id


async def running_of(site: Site, artist: int) -> int:
    count: int = await site.pool.fetchval(
        "SELECT count(*) FROM batch_download_requests WHERE user_id = $1 AND status = 'processing'", artist
    )
    return count


async def test_two_users_with_ten_slow_builds_each_hold_up_neither_a_third_nor_the_sweep(
    site: Site, worker: WorkerContext, origin: Origin, settings: Settings
) -> None:
    slow = [await site.add_user("slow"), await site.add_user("slower")]
    for number in range(SLOW_EACH):
        for artist in slow:
            url, _ = origin.hangs(f"/{artist}-{number}.png", b"x" * 100)
            await ask(site, worker, artist, url)
    companion = Companion(
        queue_settings(settings, Queue.DOWNLOADS), {"worker": worker, "runner": Runner(worker, KINDS)}
    )
    async with asyncio.timeout(HANG_SECONDS):
        while [await running_of(site, artist) for artist in slow] != [2, 2]:
            await asyncio.sleep(0.01)
        small = await ask(site, worker, await site.add_user("third"))
        while await site.pool.fetchval("SELECT status FROM batch_download_requests WHERE id = $1", small) != "ready":
            await asyncio.sleep(0.01)
        for step in STEPS:
            await step.run(worker)
    assert [await running_of(site, artist) for artist in slow] == [2, 2], "all of theirs are still at it"
    await companion.stop()
    assert [await running_of(site, artist) for artist in slow] == [0, 0], "they were handed over"
