"""Tasks beside others, and their end: one that is to run as long as its process, and ends by mistake, ends that.

Nothing awaits such a task, so that its end would go unnoticed while the process seems healthy. The process's supervisor
restarts it.
"""

import asyncio
import os
import signal
from collections.abc import Coroutine
from contextvars import Context
from typing import Any

from .telemetry import log


def create_critical_task(
    work: Coroutine[Any, Any, None], *, name: str, context: Context | None = None
) -> asyncio.Task[None]:
    """Start a task; if it fails, or is cancelled by anything but ``Task.cancel``, stop the process as SIGTERM does."""
    task = asyncio.create_task(work, name=name, context=context)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[None]) -> None:
    if task.cancelling():
        return
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    if error is not None:
        log.error("task_failed", task=task.get_name(), error=repr(error), exc_info=error)
        end_process()


async def stop_tasks(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel those of these tasks that were started, and wait for their end."""
    started = [task for task in tasks if task is not None]
    for task in started:
        task.cancel()
    await asyncio.gather(*started, return_exceptions=True)


def end_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
