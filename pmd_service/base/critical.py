"""Tasks that run for as long as their process: one that ends by mistake ends the process.

Nothing awaits them, so that their end would go unnoticed while the process seems healthy. Its supervisor restarts it.
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


def end_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
