"""Fairness: a user with slow remote servers or hundreds of archives delays no other."""

import asyncio

import msgspec
import pytest

from pmd_service.archive.sparse import Sealed
from pmd_service.base.settings import Settings
from pmd_service.downloads import sources
from pmd_service.downloads.build import Build, Owner
from pmd_service.downloads.kind import BDR
from pmd_service.jobs import KINDS, STEPS, queue_settings
from pmd_service.vault.leftovers import NewObject
from pmd_service.work.arq_worker import QueueWorker
from pmd_service.work.context import WorkerContext
from pmd_service.work.queue import Queue
from pmd_service.work.runner import Runner

from ..hang import HANG_SECONDS
from ..origin import Origin
from ..site import Site
from .conftest import Builder

SLOW_EACH = 10


async def add_request(site: Site, worker: WorkerContext, artist: int, art_url: str | None = None) -> object:
    columns = {} if art_url is None else {"art_url": art_url, "data": None}
    post = await site.add_post(artist, **columns)  # type: ignore[arg-type]
    bdr_id = await site.pool.fetchval(
        """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count)
           VALUES ($1, $1, ARRAY[$2::int], 1) RETURNING id""",
        artist,
        post,
    )
    await site.add_work("bdr", bdr_id, artist)
    await worker.queues.put(Queue.DOWNLOADS)
    return bdr_id


async def running_of(site: Site, artist: int) -> int:
    count: int = await site.pool.fetchval(
        "SELECT count(*) FROM batch_download_requests WHERE user_id = $1 AND status = 'processing'", artist
    )
    return count


async def test_slow_builds_of_two_users_delay_neither_a_third_nor_sweep(
    site: Site, worker: WorkerContext, origin: Origin, settings: Settings
) -> None:
    slow = [await site.add_user("slow"), await site.add_user("slower")]
    for number in range(SLOW_EACH):
        for artist in slow:
            url, _ = origin.hangs(f"/{artist}-{number}.png", b"x" * 100)
            await add_request(site, worker, artist, url)
    companion = QueueWorker(
        queue_settings(settings, Queue.DOWNLOADS), {"worker": worker, "runner": Runner(worker, KINDS)}
    )
    async with asyncio.timeout(HANG_SECONDS):
        while [await running_of(site, artist) for artist in slow] != [2, 2]:
            await asyncio.sleep(0.01)
        small = await add_request(site, worker, await site.add_user("third"))
        while await site.pool.fetchval("SELECT status FROM batch_download_requests WHERE id = $1", small) != "ready":
            await asyncio.sleep(0.01)
        for step in STEPS:
            await step.run(worker)
    assert [await running_of(site, artist) for artist in slow] == [2, 2], "all of theirs are still at it"
    await companion.stop()
    assert [await running_of(site, artist) for artist in slow] == [0, 0], "they were handed over"


@pytest.mark.parametrize(("runs", "at_it_together"), [(1, 1), (2, 2)])
async def test_build_yields_between_runs_of_entries_only(
    builder: Builder, monkeypatch: pytest.MonkeyPatch, runs: int, at_it_together: int
) -> None:
    monkeypatch.setattr(sources, "RUN_ARTWORKS", 2 // runs)
    at_it = most = 0

    write = Build._write_what_can_be_read

    async def counted(self: Build, target: NewObject, owner: Owner) -> Sealed:
        nonlocal at_it, most
        at_it += 1
        most = max(most, at_it)
        try:
            return await write(self, target, owner)
        finally:
            at_it -= 1

    monkeypatch.setattr(Build, "_write_what_can_be_read", counted)  # to publish it, its place is given back
    one_at_a_time = msgspec.structs.replace(BDR, max_computing=1)
    posts = await builder.site.add_posts(builder.artist, 2)
    for _ in range(2):
        await builder.request(posts)
    runner = Runner(builder.worker, [one_at_a_time])
    assert await asyncio.gather(*(runner.run_next(one_at_a_time) for _ in range(2))) == [True, True]
    assert await builder.site.pool.fetchval("SELECT count(*) FROM batch_download_requests WHERE status = 'ready'") == 2
    assert most == at_it_together
