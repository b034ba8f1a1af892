"""Whether something waits for a lock of a test: read from Postgres, and not guessed by how long it takes."""

import asyncio
from typing import Any

from pmd_service.base.database import Pool

from .hang import HANG_SECONDS

_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def waits_for_a_lock(pool: Pool, task: "asyncio.Task[Any]") -> bool:
    """Whether the task comes to wait for a lock, as no other does; False when it ends instead."""
    async with asyncio.timeout(HANG_SECONDS):
        while not await pool.fetchval(_WAITING):
            if task.done():
                return False
            await asyncio.sleep(0)
    return True


async def wait_for_waiting(pool: Pool, count: int) -> None:
    """Until so many wait for a lock."""
    async with asyncio.timeout(HANG_SECONDS):
        while await pool.fetchval(_WAITING) < count:
            await asyncio.sleep(0)
