"""The daily upkeep of libraries: what has lain in the trash for long goes for good."""

from typing import Any

from ..work.context import WorkerContext
from .purge import empty_trash


async def empty_old_trash(context: dict[str, Any]) -> None:
    """The daily job."""
    worker: WorkerContext = context["worker"]
    await empty_trash(worker.pool, ttl_days=worker.settings.trash_ttl_days)
