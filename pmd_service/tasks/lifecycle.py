"""A task's lifecycle: cancelling and retrying by its owner, and the removal of old rows."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from ..base.database import Connection, Pool, find_values, forget, lock
from ..base.telemetry import log
from ..http.errors import conflict, not_found, require
from ..identity import audit
from ..identity.users import Actor
from ..work.adding import drop_work, lock_work
from ..work.context import WorkerContext
from ..work.queue import Queue, Queues
from . import queries
from .queries import Job
from .requests import LOCK, JobsStarted, add_tasks, require_capacity

# The worker's next heartbeat finds that it has lost the lease, and kills the child.
_CANCEL = """
UPDATE job
   SET status = 'cancelled', completed_at = now(), step = NULL
 WHERE user_id = $1 AND status IN ('pending', 'running')
"""

_RETRY = """
UPDATE job
   SET status = 'pending', progress = 0, step = NULL, error_code = NULL, error_message = NULL, started_at = NULL,
       completed_at = NULL, requested_by = $3
 WHERE id = $2 AND user_id = $1 AND status IN ('failed', 'cancelled') AND kind <> 'export_pack'
RETURNING id, kind, coalesce((SELECT name FROM asset WHERE asset.id = asset_id), 'a file') AS name
"""

_OF_GROUP = "SELECT id FROM job WHERE user_id = $1 AND group_id = $2 AND status IN ('pending', 'running')"

# Exports count against a daily limit, so rows are kept far longer than a day. Unfinished tasks have no completed_at.
KEEP_DAYS = 90

_FORGET = """
DELETE FROM job
 WHERE id = ANY (ARRAY(SELECT id FROM job WHERE completed_at < now() - make_interval(days => $1)
                        LIMIT $2 FOR UPDATE SKIP LOCKED))
"""


class CancelGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/jobs/cancel."""

    group_id: UUID


async def cancel_task(pool: Pool, actor: Actor, job_id: int) -> Job:
    """Cancel a waiting task immediately, a running one within a second.

    Raises:
        ProblemError: 404 no such task, 409 it has already ended.
    """
    async with pool.acquire() as connection, connection.transaction():
        await drop_work(connection, "task", [job_id])
        await drop_work(connection, "export", [job_id])
        cancelled = await connection.fetchrow(f"{_CANCEL} AND id = $2 RETURNING id", actor.subject.id, job_id)
        job = await _find(connection, actor, job_id)
        if cancelled is None:
            raise conflict(f"This task has already ended: it is {job.status}.")
        await audit.record(connection, actor, "cancel_task", asset_ids=_files_of([job]))
    log.info("task_cancelled", task_id=job_id)
    return job


async def cancel_group(pool: Pool, actor: Actor, group_id: UUID) -> JobsStarted:
    """Cancel all tasks of a group that have not ended.

    Raises:
        ProblemError: 404 no such group, 409 all of its tasks have already ended.
    """
    async with pool.acquire() as connection, connection.transaction():
        await drop_work(connection, "task", await find_values(connection, _OF_GROUP, actor.subject.id, group_id))
        cancelled = await connection.fetch(f"{_CANCEL} AND group_id = $2 RETURNING id", actor.subject.id, group_id)
        jobs = await queries.find_group(connection, user_id=actor.subject.id, group_id=group_id)
        if not jobs:
            raise not_found("group of tasks")
        if not cancelled:
            raise conflict("All of these tasks have already ended.")
        await audit.record(connection, actor, "cancel_task", asset_ids=_files_of(jobs))
    log.info("tasks_cancelled", group_id=str(group_id), tasks=len(cancelled))
    return JobsStarted(group_id=group_id, items=jobs)


async def retry_task(pool: Pool, queues: Queues, actor: Actor, job_id: int) -> Job:
    """Restart a task that failed or was cancelled.

    Raises:
        ProblemError: 404 no such task, 409 it has not failed or builds a pack, 429 too many tasks wait.
    """
    async with pool.acquire() as connection, connection.transaction():
        await lock(connection, LOCK, actor.viewer.id)
        await require_capacity(connection, actor, more=1)
        await lock_work(connection, "task", job_id)
        row = await connection.fetchrow(_RETRY, actor.subject.id, job_id, actor.viewer.id)
        job = await _find(connection, actor, job_id)
        if row is None:
            if job.kind == "export_pack":
                raise conflict("Start this build again from the pack itself.")
            raise conflict(f"This task cannot be retried: it is {job.status}.")
        await add_tasks(connection, actor.subject.id, [tuple(row)])
        await audit.record(connection, actor, "retry_task", asset_ids=_files_of([job]))
    await queues.put(Queue.TASKS)
    log.info("task_retried", task_id=job_id)
    return job


def _files_of(jobs: Sequence[Job]) -> list[int]:
    return [job.asset_id for job in jobs if job.asset_id is not None]


async def _find(connection: Connection, actor: Actor, job_id: int) -> Job:
    """Raises: ProblemError: 404, no such task."""
    return require(await queries.find_job(connection, user_id=actor.subject.id, job_id=job_id), "task")


async def forget_old_tasks(worker: WorkerContext) -> None:
    """The daily upkeep step: remove the rows of tasks that ended long ago, including exports of packs."""
    log.info("tasks_forgotten", tasks=await forget(worker.pool, _FORGET, KEEP_DAYS))
