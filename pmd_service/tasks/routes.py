"""/api/pmd/jobs: list the kinds, start, read, cancel and retry tasks."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ..assets.asset import find_asset
from ..base.database import POOL
from ..base.settings import SETTINGS
from ..http.errors import require
from ..http.once import Once
from ..http.route import Answer, Routes
from ..http.selection import RowId
from ..http.turns import long_lived
from ..identity.audit import record_once, recorded_once
from ..identity.users import ACTOR
from ..work.queue import QUEUES
from . import queries
from .kinds import KindList, list_kinds
from .lifecycle import CancelGroup, cancel_group, cancel_task, retry_task
from .preview import JobPreview, PreviewRequest, preview_task
from .queries import Job, JobPage, JobsQuery
from .requests import MAX_WAITING, JobRequest, JobsStarted, request_tasks

JobId = Annotated[RowId, Meta(description="The task's id.", examples=[12])]


class KindsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query of the kinds of tasks."""

    asset_id: Annotated[RowId, Meta(description="Only the kinds that take this file, with estimates.")] | None = None


_FULL = {HTTPStatus.TOO_MANY_REQUESTS: f"{MAX_WAITING} tasks already wait."}
ROUTES = Routes(
    "Tasks", about="Work on files: enlarging, cleaning, converting and more.", missing="task", keys="library"
)


@ROUTES(
    "POST /api/pmd/jobs",
    Answer("The tasks are queued.", HTTPStatus.ACCEPTED),
    problems={
        **_FULL,
        HTTPStatus.BAD_REQUEST: "A file is unknown, in the trash or another user's; no task is started.",
        HTTPStatus.UNPROCESSABLE_ENTITY: "The kind does not take such a file or such parameters, or is not set "
        "up here.",
    },
)
async def post_jobs(request: web.Request, body: JobRequest, once: Once) -> JobsStarted:
    """Start tasks.

    One task per file, or one for all files if the kind takes them together. Results are new files of the library; the
    originals stay as they are. `params` follow the schema in `GET /api/pmd/jobs/kinds`.
    """
    app = request.app
    return await request_tasks(app[POOL], app[QUEUES], app[SETTINGS], request[ACTOR], body, once)


@ROUTES("GET /api/pmd/jobs", "A page of tasks.")
@recorded_once("read_library")
async def get_jobs(request: web.Request, query: JobsQuery) -> JobPage:
    """List tasks.

    Newest first.
    """
    return await queries.list_jobs(request.app[POOL], user_id=request[ACTOR].subject.id, query=query)


@ROUTES("GET /api/pmd/jobs/kinds", "The kinds of tasks.", problems={HTTPStatus.NOT_FOUND: "There is no such file."})
async def get_job_kinds(request: web.Request, query: KindsQuery) -> KindList:
    """List the kinds of tasks.

    Each with the JSON schema of its parameters, and whether it is set up here; for a file, only those that take it,
    with a rough estimate of the time.
    """
    if query.asset_id is None:
        return list_kinds(None)
    found = await find_asset(request.app[POOL], user_id=request[ACTOR].subject.id, asset_id=query.asset_id)
    asset = require(found, "file")
    await record_once(request.app[POOL], request[ACTOR], "read_library")
    return list_kinds(asset)


@long_lived
@ROUTES(
    "POST /api/pmd/jobs/preview",
    "What it would make.",
    scopes=("library:read",),
    problems={
        HTTPStatus.BAD_REQUEST: "The file is unknown, in the trash or another user's.",
        HTTPStatus.UNPROCESSABLE_ENTITY: "The kind does not take such a file or such parameters, or makes one file.",
        HTTPStatus.SERVICE_UNAVAILABLE: "Nothing can be drawn at the moment.",
    },
)
async def post_jobs_preview(request: web.Request, body: PreviewRequest) -> JobPreview:
    """Preview a task.

    A dry run of a kind that makes several files of one, such as `slice`: how many, and the first of them. Nothing is
    added to the library.
    """
    return await preview_task(request, body)


@ROUTES(
    "POST /api/pmd/jobs/cancel",
    "The group's tasks.",
    problems={HTTPStatus.NOT_FOUND: "There is no such group.", HTTPStatus.CONFLICT: "All of it has already ended."},
)
async def post_jobs_cancel(request: web.Request, body: CancelGroup) -> JobsStarted:
    """Cancel a group of tasks.

    Cancels all that have not ended.
    """
    return await cancel_group(request.app[POOL], request[ACTOR], body.group_id)


@ROUTES("GET /api/pmd/jobs/{job_id:[0-9]+}", "The task.")
@recorded_once("read_library")
async def get_job(request: web.Request, job_id: JobId) -> Job | None:
    """Get a task.

    `progress` never decreases, and is 100 only once the task is completed.
    """
    return await queries.find_job(request.app[POOL], user_id=request[ACTOR].subject.id, job_id=job_id)


@ROUTES(
    "POST /api/pmd/jobs/{job_id:[0-9]+}/cancel",
    "The task.",
    problems={HTTPStatus.CONFLICT: "The task has already ended."},
)
async def post_job_cancel(request: web.Request, job_id: JobId) -> Job:
    """Cancel a task.

    A waiting task ends immediately, a running one within a second; no partial result is kept.
    """
    return await cancel_task(request.app[POOL], request[ACTOR], job_id)


@ROUTES(
    "POST /api/pmd/jobs/{job_id:[0-9]+}/retry",
    "The task.",
    problems={**_FULL, HTTPStatus.CONFLICT: "The task has not failed or been cancelled, or builds a pack."},
)
async def post_job_retry(request: web.Request, job_id: JobId) -> Job:
    """Retry a task.

    Restarts a task that failed or was cancelled.
    """
    return await retry_task(request.app[POOL], request.app[QUEUES], request[ACTOR], job_id)
