"""The heartbeat beside the work: it keeps the lease, tells the progress, and notices when the row is not ours."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import asyncpg

from ..base.database import DATABASE_DOWN, Pool
from ..base.telemetry import log
from . import lease
from .held import Held, LeaseLostError
from .kind import Kind

T = TypeVar("T")

# Progress is told at most this often; cancelled work notices as fast.
HEARTBEAT_SECONDS = 0.5
# A row whose progress stands still is only read in between.
RENEW_SECONDS = 5.0


async def while_held(pool: Pool, kind: Kind[Any], held: Held[Any], work: Coroutine[Any, Any, T]) -> T:
    """Do the work, renewing the lease and telling its progress beside it.

    Raises:
        LeaseLostError: the lease was lost; the work is cancelled and has ended.
    """
    working = asyncio.create_task(work, name=f"{kind.name} {held.row.id}")
    beating = asyncio.create_task(_beat_until_lost(pool, kind, held), name=f"heartbeat {held.row.id}")
    try:
        await asyncio.wait({working, beating}, return_when=asyncio.FIRST_COMPLETED)
        # A heartbeat does not find what the work itself has just settled either.
        if not working.done() and not held.is_settled:
            raise LeaseLostError
        return await working
    finally:
        for task in (beating, working):
            task.cancel()
        await asyncio.gather(beating, working, return_exceptions=True)


async def _beat_until_lost(pool: Pool, kind: Kind[Any], held: Held[Any]) -> None:
    renewed, told = time.monotonic(), (held.done, held.step)
    while time.monotonic() - renewed < lease.LEASE_SECONDS:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        news = (held.done, held.step)
        try:
            if news == told and time.monotonic() - renewed < RENEW_SECONDS:
                if not await lease.is_held(pool, kind, held):
                    return
            else:
                began = time.monotonic()
                if not await lease.renew(pool, kind, held):
                    return
                renewed, told = began, news
        except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
            # The database may be back before the lease ends.
            log.warning("heartbeat_failed", error=repr(error))
