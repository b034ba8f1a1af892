"""The console's routes, for owners of the site; ``pmd-admin work`` does the same."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal

import asyncpg
import msgspec
from aiohttp import web
from msgspec import Meta

from ...base.database import POOL
from ...http.errors import ProblemError, not_found, require
from ...http.route import Routes
from ...identity.users import ACTOR, PUBLIC_IDS
from ...work.queue import QUEUES, Queue
from ...work.registry import read_kinds
from . import overview, timeline
from .finding import MAX_PAGE, Filter, WorkItem, find_work
from .orders import Operator, OperatorAct, WorkRef, list_log, order, pause
from .overview import Overview
from .timeline import Story

ROUTES = Routes("Console", about="The background work of the whole site, for its owners.", missing="work", keys="none")
_OWNERS = "Only owners of the site have its console."


class WorkList(msgspec.Struct, frozen=True, kw_only=True):
    """The newest matching work; ``has_more`` if there is older work, too."""

    items: Sequence[WorkItem]
    has_more: bool


class WorkRows(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows of work, by kind and id."""

    rows: Annotated[
        list[WorkRef],
        Meta(min_length=1, max_length=MAX_PAGE, examples=[[{"kind": "probe", "id": "1"}]]),
    ]


class WorkOrdered(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows were ordered; the log has each one's outcome."""

    ordered_count: Annotated[int, Meta(examples=[2])]


class Pause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a kind of work is paused."""

    kind: Annotated[str, Meta(max_length=40, examples=["webhook"])]
    paused: Annotated[bool, Meta(examples=[False])]


class StoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A row of work."""

    kind: Annotated[str, Meta(max_length=40, examples=["probe"], description="The name of a kind of work.")]
    id: Annotated[str, Meta(max_length=64, examples=["1"], description="The row's id.")]


class OperatorLog(msgspec.Struct, frozen=True, kw_only=True):
    """What operators did, newest first."""

    items: Sequence[OperatorAct]


def _operator(request: web.Request) -> Operator:
    return Operator("console", request[ACTOR].viewer.id)


@ROUTES("GET /api/pmd/ops", "Dependencies, the load of each kind of work, and the disk.", owners=_OWNERS)
async def get_overview(request: web.Request) -> Overview:
    """Read the overview."""
    return await overview.read_overview(request.app)


@ROUTES("GET /api/pmd/ops/work", "Work of every kind, newest first.", owners=_OWNERS)
async def get_work(request: web.Request, query: Filter) -> WorkList:
    """Find work.

    By kind, user, state, attempts, error, id and request; by default waiting, running and failed.
    """
    async with request.app[POOL].acquire() as connection:
        try:
            found = await find_work(connection, request.app[PUBLIC_IDS], query, limit=MAX_PAGE + 1)
        except asyncpg.QueryCanceledError as error:
            detail = "This takes too long: name a user or a time as well."
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from error
    return WorkList(items=found[:MAX_PAGE], has_more=len(found) > MAX_PAGE)


@ROUTES("GET /api/pmd/ops/story", "The row and its history.", owners=_OWNERS)
async def get_story(request: web.Request, query: StoryQuery) -> Story:
    """Read a row's timeline.

    From the HTTP request through queue, worker and child process to the mail. Reading it is logged.
    """
    ref = WorkRef(query.kind, query.id)
    story = await timeline.read_story(request.app[POOL], request.app[PUBLIC_IDS], _operator(request), ref)
    return require(story, "work")


@ROUTES("POST /api/pmd/ops/retry", "Ordered; a worker carries it out, usually within a second.", owners=_OWNERS)
async def post_retry(request: web.Request, body: WorkRows) -> WorkOrdered:
    """Restart failed rows.

    A row that cannot be restarted stays as it is, and the log shows it. It does not count as a user's request.
    """
    return await _ordered(request, "retry", body.rows)


@ROUTES("POST /api/pmd/ops/cancel", "Ordered; a worker carries it out, usually within a second.", owners=_OWNERS)
async def post_cancel(request: web.Request, body: WorkRows) -> WorkOrdered:
    """End waiting or running rows for good.

    Their owners read that the site's operators have stopped them.
    """
    return await _ordered(request, "cancel", body.rows)


@ROUTES("POST /api/pmd/ops/pause", "The overview, with the kind paused or resumed.", owners=_OWNERS)
async def post_pause(request: web.Request, body: Pause) -> Overview:
    """Pause or resume a kind of work.

    While it is paused, no worker starts its rows; running ones finish.
    """
    app = request.app
    if not await pause(app[POOL], app[QUEUES], _operator(request), body.kind, is_paused=body.paused):
        raise not_found("kind of work")
    return await overview.read_overview(app)


@ROUTES("GET /api/pmd/ops/log", "The newest entries.", owners=_OWNERS)
async def get_log(request: web.Request) -> OperatorLog:
    """Read the operators' log.

    What owners did in the console, and operators with `pmd-admin`.
    """
    return OperatorLog(items=await list_log(request.app[POOL], request.app[PUBLIC_IDS]))


async def _ordered(request: web.Request, action: Literal["retry", "cancel"], rows: Sequence[WorkRef]) -> WorkOrdered:
    orders = await order(request.app[POOL], _operator(request), action, rows)
    kinds = await read_kinds(request.app[POOL])
    notified = {kind.queue for kind in kinds if kind.name in {row.kind for row in rows}}
    for queue in Queue:
        if queue.value in notified:
            await request.app[QUEUES].put(queue)
    return WorkOrdered(ordered_count=len(orders))
