"""The heartbeat of an attempt: renews the lease, writes the progress, and notices when the lease is lost."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import asyncpg

from ..base.critical import stop_tasks
from ..base.database import DATABASE_DOWN, Pool
from ..base.telemetry import log
from . import lease
from .claimed import Claimed, LeaseLostError
from .kind import Kind

T = TypeVar("T")

# Progress is written at most this often, and a cancellation is noticed as fast.
HEARTBEAT_SECONDS = 0.5
# Without progress the row is only read in between.
RENEW_SECONDS = 5.0


async def with_heartbeat(pool: Pool, kind: Kind[Any], claimed: Claimed[Any], run: Coroutine[Any, Any, T]) -> T:
    """Run the attempt and its heartbeat concurrently.

    Raises:
        LeaseLostError: the lease was lost, or has expired without a heartbeat; the attempt has been cancelled and has
            ended.
    """
    working = asyncio.create_task(run, name=f"{kind.name} {claimed.work.subject}")
    heartbeat = asyncio.create_task(_beat_until_lost(pool, kind, claimed), name=f"heartbeat {claimed.work.subject}")
    try:
        await _until_over(claimed, working, heartbeat)
        # A heartbeat does not find a row that the attempt itself has just ended, either.
        if not working.done() and not claimed.is_settled:
            raise LeaseLostError
        return await working
    finally:
        await stop_tasks(heartbeat, working)


async def _until_over(claimed: Claimed[Any], *tasks: asyncio.Task[Any]) -> None:
    """Return when one of the tasks has ended, or the lease has expired and the heartbeat is still waiting.

    A database that hangs answers the heartbeat too late. After the end of the lease it has some seconds, because a
    process that was frozen may have its lease still.
    """
    is_over = False
    while not is_over and not any(task.done() for task in tasks):
        left = _left(claimed)
        timeout = left if left > 0 else RENEW_SECONDS
        await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        is_over = left <= 0 and _left(claimed) <= 0


def _left(claimed: Claimed[Any]) -> float:
    """The seconds until others may take the row over."""
    return claimed.renewed + lease.LEASE_SECONDS - time.monotonic()


async def _beat_until_lost(pool: Pool, kind: Kind[Any], claimed: Claimed[Any]) -> None:
    written: tuple[float, str | None] = (0, None)  # of an attempt that has reported nothing yet
    while _left(claimed) > 0:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        progress = (claimed.done, claimed.step)
        try:
            if progress == written and time.monotonic() - claimed.renewed < RENEW_SECONDS:
                if not await lease.has_lease(pool, claimed):
                    return
            else:
                began = time.monotonic()
                if not await lease.renew(pool, kind, claimed, progress=progress != written):
                    return
                claimed.renewed, written = began, progress
        except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
            # The database may recover before the lease expires.
            log.warning("heartbeat_failed", error=repr(error))
