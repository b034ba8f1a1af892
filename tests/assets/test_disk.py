"""The disk promises nothing twice: to announced files, and to work that is about to write."""

import asyncio

import pytest

from pmd_service.assets.disk import DISK_RESERVE_BYTES, RESERVED, reserve_disk
from pmd_service.base.database import Pool
from pmd_service.base.faults import is_disk_full

from ..site import Site

FREE = DISK_RESERVE_BYTES + 1000


async def test_reserved_disk_space_is_refused_to_others_until_released(pool: Pool) -> None:
    async with reserve_disk(pool, size_bytes=600, free=FREE):
        assert await pool.fetchval(RESERVED) == 600
        with pytest.raises(OSError, match="reserved") as full:
            async with reserve_disk(pool, size_bytes=401, free=FREE):
                pass
        assert is_disk_full(full.value)
        async with reserve_disk(pool, size_bytes=400, free=FREE):
            pass
    assert await pool.fetchval("SELECT count(*) FROM disk_reservation") == 0


async def test_announced_uploads_count_as_reserved_disk_space(pool: Pool, site: Site) -> None:
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


async def test_concurrent_reservations_do_not_both_get_the_space(pool: Pool) -> None:
    done_writing = asyncio.Event()

    async def write() -> None:
        async with reserve_disk(pool, size_bytes=600, free=FREE):
            await done_writing.wait()

    writers = [asyncio.create_task(write()) for _ in range(3)]
    done: set[asyncio.Task[None]] = set()
    while len(done) < 2:
        done |= (await asyncio.wait(writers, return_when=asyncio.FIRST_COMPLETED, timeout=0.01))[0]
    done_writing.set()
    ended = await asyncio.gather(*writers, return_exceptions=True)
    assert sum(isinstance(each, OSError) for each in ended) == 2


async def test_disk_reservation_of_a_dead_process_expires(pool: Pool) -> None:
    await pool.execute("INSERT INTO disk_reservation VALUES (gen_random_uuid(), 900, now() - interval '1 second')")
    async with reserve_disk(pool, size_bytes=1000, free=FREE):
        assert await pool.fetchval("SELECT count(*) FROM disk_reservation") == 1


async def test_object_store_reserves_any_size(pool: Pool) -> None:
    async with reserve_disk(pool, size_bytes=1 << 60, free=None):
        assert await pool.fetchval(RESERVED) == 0
