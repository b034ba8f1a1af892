"""Whether something waits for a lock of a test: read from Postgres, and not guessed by how long it takes."""

import asyncio
from typing import Any

from pmd_service.base.database import Pool

from .hang import HANG_SECONDS

_IS_ANYBODY_WAITING = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
"""


async def waits_for_a_lock(pool: Pool, task: "asyncio.Task[Any]") -> bool:
    """Whether the task comes to wait for a lock, as no other does; False when it ends instead."""
    async with asyncio.timeout(HANG_SECONDS):
        while not await pool.fetchval(_IS_ANYBODY_WAITING):
            if task.done():
                return False
            await asyncio.sleep(0)
    return True
