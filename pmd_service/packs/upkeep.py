"""The daily upkeep of packs: rows of removed ones go when their exports count for no day any more."""

from typing import Any

from ..ops.telemetry import log
from ..work.context import WorkerContext

KEEP_ROW_DAYS = 14


async def forget_removed_packs(context: dict[str, Any]) -> None:
    """The daily job."""
    worker: WorkerContext = context["worker"]
    forgotten = await worker.pool.fetch(
        "DELETE FROM pack WHERE deleted_at < now() - make_interval(days => $1) RETURNING id", KEEP_ROW_DAYS
    )
    log.info("packs_forgotten", packs=len(forgotten))
