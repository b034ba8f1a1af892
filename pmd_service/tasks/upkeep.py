"""The daily upkeep of tasks: rows of those that ended long ago go, exports of packs among them."""

from typing import Any

from ..ops.telemetry import log
from ..work.context import WorkerContext

# Far beyond the day for which an export counts.
KEEP_DAYS = 90
AT_ONCE = 1000

_FORGET = """
DELETE FROM job
 WHERE id IN (SELECT id FROM job WHERE completed_at < now() - make_interval(days => $1) LIMIT $2)
RETURNING id
"""


async def forget_old_tasks(context: dict[str, Any]) -> None:
    """The daily job. What has not ended has no date of its end, and stays."""
    worker: WorkerContext = context["worker"]
    forgotten = 0
    while rows := await worker.pool.fetch(_FORGET, KEEP_DAYS, AT_ONCE):
        forgotten += len(rows)
    log.info("tasks_forgotten", tasks=forgotten)
