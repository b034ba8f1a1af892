"""Whether something waits for a lock that a test holds: told by Postgres, and not by how long it takes."""

import asyncio
from typing import Any

from pmd_service.database import Pool

from .events.sse import HANG_SECONDS

_WAITS_FOR_ADVICE = """
SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
                WHERE locktype = 'advisory' AND NOT granted AND datname = current_database())
"""


async def waits_for_advice(pool: Pool, task: "asyncio.Task[Any]") -> bool:
    """Whether the task comes to wait for an advisory lock; False when it ends instead."""
    async with asyncio.timeout(HANG_SECONDS):
        while not await pool.fetchval(_WAITS_FOR_ADVICE):
            if task.done():
                return False
            await asyncio.sleep(0)
    return True
