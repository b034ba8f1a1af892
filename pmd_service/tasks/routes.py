"""/api/pmd/jobs: what can be done, begin, look, cancel, try again."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from aiohttp import web

from ..assets.asset import find_asset
from ..database import POOL
from ..http.errors import not_found
from ..http.wire import Cursor, PageCursor, idempotency_key, json_response, read_json, read_query
from ..identity.audit import record_once
from ..identity.users import ACTOR
from ..ops.settings import SETTINGS
from ..work.queue import QUEUES
from . import queries
from .kinds import Name, list_kinds
from .lifecycle import CancelGroup, cancel_group, cancel_task, retry_task
from .queries import Status
from .requests import AssetId, JobRequest, request_tasks

MAX_PAGE = 128
_MAX_ID = 2**31 - 1


class JobsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of which tasks is meant."""

    status: Annotated[Status, msgspec.Meta(description="Only tasks in this state.")] | None = None
    kind: Annotated[Name, msgspec.Meta(description="Only tasks of this kind.")] | None = None
    group: Annotated[UUID, msgspec.Meta(description="Only tasks that were begun together.")] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE, description="Tasks a page.")] = MAX_PAGE
    cursor: PageCursor | None = None


class KindsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which file is asked about."""

    asset_id: (
        Annotated[AssetId, msgspec.Meta(description="Only what can be done with this file, and how long.")] | None
    ) = None


async def post_jobs(request: web.Request) -> web.Response:
    started = await request_tasks(
        request.app[POOL],
        request.app[QUEUES],
        request.app[SETTINGS],
        request[ACTOR],
        await read_json(request, JobRequest),
        idempotency_key=idempotency_key(request),
    )
    return json_response(started, status=HTTPStatus.ACCEPTED)


async def get_jobs(request: web.Request) -> web.Response:
    query = read_query(request, JobsQuery)
    await record_once(request.app[POOL], request[ACTOR], "read_library")
    page = await queries.list_jobs(
        request.app[POOL],
        user_id=request[ACTOR].subject.id,
        status=query.status,
        kind=query.kind,
        group_id=query.group,
        limit=query.limit,
        after=Cursor.parse(query.cursor),
    )
    return json_response(page)


async def get_job_kinds(request: web.Request) -> web.Response:
    query = read_query(request, KindsQuery)
    if query.asset_id is None:
        return json_response(list_kinds(None))
    asset = await find_asset(request.app[POOL], user_id=request[ACTOR].subject.id, asset_id=query.asset_id)
    if asset is None:
        raise not_found("file")
    await record_once(request.app[POOL], request[ACTOR], "read_library")
    return json_response(list_kinds(asset))


async def get_job(request: web.Request) -> web.Response:
    job = await queries.find_job(request.app[POOL], user_id=request[ACTOR].subject.id, job_id=_job_id(request))
    if job is None:
        raise not_found("task")
    await record_once(request.app[POOL], request[ACTOR], "read_library")
    return json_response(job)


async def post_job_cancel(request: web.Request) -> web.Response:
    return json_response(await cancel_task(request.app[POOL], request[ACTOR], _job_id(request)))


async def post_job_retry(request: web.Request) -> web.Response:
    app = request.app
    return json_response(await retry_task(app[POOL], app[QUEUES], request[ACTOR], _job_id(request)))


async def post_jobs_cancel(request: web.Request) -> web.Response:
    body = await read_json(request, CancelGroup)
    return json_response(await cancel_group(request.app[POOL], request[ACTOR], body.group_id))


def _job_id(request: web.Request) -> int:
    text = request.match_info["job_id"]
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_MAX_ID)) and 0 < int(text) <= _MAX_ID):
        raise not_found("task")
    return int(text)
