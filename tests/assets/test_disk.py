"""The disk promises nothing twice: to announced files, and to work that is about to write."""

import asyncio

import pytest

from pmd_service.assets.disk import DISK_RESERVE_BYTES, RESERVED, reserve_disk
from pmd_service.base.database import Pool
from pmd_service.base.faults import is_disk_full

from ..site import Site

FREE = DISK_RESERVE_BYTES + 1000


async def test_what_is_promised_to_one_is_refused_to_the_next_until_the_first_has_ended(pool: Pool) -> None:
    async with reserve_disk(pool, size_bytes=600, free=FREE):
        assert await pool.fetchval(RESERVED) == 600
        with pytest.raises(OSError, match="reserved") as full:
            async with reserve_disk(pool, size_bytes=401, free=FREE):
                pass
        assert is_disk_full(full.value)
        async with reserve_disk(pool, size_bytes=400, free=FREE):
            pass
    assert await pool.fetchval("SELECT count(*) FROM disk_promise") == 0


async def test_what_is_announced_counts_as_well(pool: Pool, site: Site) -> None:
    await pool.execute(_ANNOUNCED, await site.add_user(), 600)
    async with reserve_disk(pool, size_bytes=400, free=FREE):
        assert await pool.fetchval(RESERVED) == 1000
    with pytest.raises(OSError, match="reserved"):
        async with reserve_disk(pool, size_bytes=401, free=FREE):
            pass


_ANNOUNCED = """
WITH upload AS (INSERT INTO batch_reports (user_id, requested_by, total_files) VALUES ($1, $1, 1) RETURNING id)
INSERT INTO batch_report_files (batch_id, user_id, processing_order, file_name, file_size, processing_status)
SELECT id, $1, 1, 'a.png', $2, 'pending' FROM upload
"""


async def test_those_who_ask_at_the_same_moment_are_not_both_promised_it(pool: Pool) -> None:
    held = asyncio.Event()

    async def write() -> None:
        async with reserve_disk(pool, size_bytes=600, free=FREE):
            await held.wait()

    asked = [asyncio.create_task(write()) for _ in range(3)]
    done: set[asyncio.Task[None]] = set()
    while len(done) < 2:
        done |= (await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED, timeout=0.01))[0]
    held.set()
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(each, OSError) for each in ended) == 2


async def test_what_a_dead_process_was_promised_counts_no_longer_in_the_end(pool: Pool) -> None:
    await pool.execute("INSERT INTO disk_promise VALUES (gen_random_uuid(), 900, now() - interval '1 second')")
    async with reserve_disk(pool, size_bytes=1000, free=FREE):
        assert await pool.fetchval("SELECT count(*) FROM disk_promise") == 1


async def test_a_vault_without_a_disk_promises_everything(pool: Pool) -> None:
    async with reserve_disk(pool, size_bytes=1 << 60, free=None):
        assert await pool.fetchval(RESERVED) == 0
