"""The sweep: whatever was lost, every request comes to its end."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from pmd_service.downloads import lease
from pmd_service.downloads.sweep import MAX_LOSSES, ring_for_waiting, take_over
from pmd_service.ops.settings import Settings
from pmd_service.vault import Stored
from pmd_service.work.queue import QUEUE_NAME, Doorbell

from ..conftest import WorkOff
from ..site import Api, Site


@pytest.fixture
async def bdr_id(site: Site) -> UUID:
    """A request that waits, without anybody having rung for it."""
    artist = await site.add_user()
    post = await site.add_post(artist)
    waiting: UUID = await site.pool.fetchval(
        """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count)
           VALUES ($1, $1, ARRAY[$2::int], 1) RETURNING id""",
        artist,
        post,
    )
    return waiting


@pytest.fixture
async def doorbell(settings: Settings) -> AsyncIterator[Doorbell]:
    connected = Doorbell.connect(settings.redis_url)
    yield connected
    await connected.close()


async def end_lease(site: Site) -> None:
    await site.pool.execute("UPDATE batch_download_requests SET lease_expires_at = now() - interval '1 second'")


async def status(site: Site) -> str:
    return str(await site.pool.fetchval("SELECT status FROM batch_download_requests"))


async def test_a_request_that_nobody_rang_for_is_built(
    site: Site, bdr_id: UUID, doorbell: Doorbell, work_off: WorkOff
) -> None:
    await work_off()
    assert await status(site) == "pending"
    await ring_for_waiting(site.pool, doorbell)
    await work_off()
    assert await status(site) == "ready"


async def test_a_flushed_redis_costs_time_only(site: Site, api: Api, doorbell: Doorbell, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await api.post("/api/pmd/bdr", {"post_ids": [await site.add_post(artist)]}, user=artist)
    await doorbell.redis.flushall()
    await ring_for_waiting(site.pool, doorbell)
    await work_off()
    assert await status(site) == "ready"


async def test_ringing_again_and_again_is_one_job(site: Site, bdr_id: UUID, doorbell: Doorbell) -> None:
    for _ in range(5):
        await ring_for_waiting(site.pool, doorbell)
    assert await doorbell.redis.zcard(QUEUE_NAME) == 1


async def test_a_worker_that_died_before_claiming_does_not_block_the_job(
    site: Site, bdr_id: UUID, doorbell: Doorbell, work_off: WorkOff
) -> None:
    await ring_for_waiting(site.pool, doorbell)
    # The mark that arq leaves when a worker takes a job, with the time limit of an hour.
    await doorbell.redis.psetex(f"arq:in-progress:{bdr_id}:1", 3_600_000, b"1")
    await site.pool.execute("UPDATE batch_download_requests SET next_attempt_at = now() - interval '1 minute'")
    await ring_for_waiting(site.pool, doorbell)
    await work_off()
    assert await status(site) == "ready"


async def test_an_expired_lease_is_taken_over_and_its_worker_can_change_nothing_more(
    site: Site, bdr_id: UUID, settings: Settings, work_off: WorkOff, doorbell: Doorbell
) -> None:
    zombie = await lease.claim(site.pool, bdr_id)
    assert zombie is not None
    await take_over(site.pool)
    assert await status(site) == "processing", "the lease is running"
    await end_lease(site)
    await take_over(site.pool)
    assert await status(site) == "pending"

    kept = []

    async def keep(_: object) -> None:
        kept.append(True)

    successor = await lease.claim(site.pool, bdr_id)
    assert successor is not None
    assert successor.attempt == zombie.attempt + 1
    published = await lease.publish(
        site.pool,
        zombie,
        keep=keep,
        stored=Stored(key="bdr/x/y.zip", size=1, etag="e"),
        processed_count=1,
        missing=[],
        ttl_days=7,
    )
    assert (published, kept) == (False, [])
    assert not await lease.release(site.pool, zombie, fault=True, delay_seconds=0)
    assert not await lease.fail(site.pool, zombie, error_message="Never.")
    with pytest.raises(lease.LeaseLostError):
        await lease.while_held(site.pool, zombie, asyncio.sleep(3600), progress=lambda: 1)
    assert await status(site) == "processing", "the successor's build is untouched"


async def test_a_claimed_request_is_not_claimed_twice(site: Site, bdr_id: UUID) -> None:
    claims = await asyncio.gather(*(lease.claim(site.pool, bdr_id) for _ in range(8)))
    assert len([claim for claim in claims if claim is not None]) == 1


async def test_a_request_whose_workers_keep_dying_is_given_up_with_a_sentence(site: Site, bdr_id: UUID) -> None:
    for _ in range(MAX_LOSSES + 1):
        assert await lease.claim(site.pool, bdr_id) is not None
        await end_lease(site)
        await take_over(site.pool)
    row = await site.pool.fetchrow("SELECT status, error_message FROM batch_download_requests")
    assert row is not None
    assert row["status"] == "failed"
    assert row["error_message"].endswith(".")
