"""/api/pmd/bulk-changes: request, follow, cancel and undo changes of all posts that a filter finds."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ...base.database import POOL
from ...http.once import Once
from ...http.route import Answer, Routes
from ...http.selection import RowId
from ...http.wire import PageCursor, RowNumber, read_cursor, write_cursor
from ...identity.audit import recorded_once
from ...identity.users import ACTOR, require_scope
from ...work.queue import QUEUES
from .lifecycle import cancel_bulk_change, undo_bulk_change
from .requests import MAX_WAITING, BulkRequest, request_bulk_change
from .rows import (
    BulkChange,
    BulkPage,
    BulkQuery,
    BulkReport,
    find_bulk_change,
    find_skipped,
    list_bulk_changes,
    require_bulk_change,
)

ChangeId = Annotated[RowId, Meta(description="The change's id.", examples=[3])]
ROUTES = Routes("Posts", missing="change", keys="posts")


class ReportQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of the report."""

    cursor: Annotated[PageCursor, Meta(examples=[write_cursor(0)])] | None = None


@ROUTES(
    "POST /api/pmd/bulk-changes",
    Answer("The change is queued.", HTTPStatus.ACCEPTED),
    problems={
        HTTPStatus.CONFLICT: "The filter does not find `expected_count` posts; nothing was changed.",
        HTTPStatus.TOO_MANY_REQUESTS: f"{MAX_WAITING} changes have not ended.",
    },
)
async def post_bulk(request: web.Request, body: BulkRequest, once: Once) -> BulkChange:
    """Change all posts that a filter finds.

    Hide, delete, re-license, tag or describe them as one piece of background work. The posts are those that the filter
    finds now; `GET /posts/count` with the same filter says how many. Follow it by `bulk_change_update` events or by
    reading it. To delete, an access key needs `posts:delete`.
    """
    if body.action == "delete":
        require_scope(request[ACTOR], "posts:delete")
    app = request.app
    return await request_bulk_change(app[POOL], app[QUEUES], request[ACTOR], body, once)


@ROUTES("GET /api/pmd/bulk-changes", "A page of changes.")
@recorded_once("read_posts")
async def get_bulk_changes(request: web.Request, query: BulkQuery) -> BulkPage:
    """List changes by filter, newest first."""
    return await list_bulk_changes(request.app[POOL], user_id=request[ACTOR].subject.id, query=query)


@ROUTES("GET /api/pmd/bulk-changes/{change_id}", "The change.")
@recorded_once("read_posts")
async def get_bulk_change(request: web.Request, change_id: ChangeId) -> BulkChange | None:
    """See how far a change is."""
    return await find_bulk_change(request.app[POOL], user_id=request[ACTOR].subject.id, change_id=change_id)


@ROUTES("GET /api/pmd/bulk-changes/{change_id}/skipped", "A page of skipped posts.")
@recorded_once("read_posts")
async def get_skipped(request: web.Request, change_id: ChangeId, query: ReportQuery) -> BulkReport:
    """List the posts that a change has skipped, each with the reason."""
    pool = request.app[POOL]
    await require_bulk_change(pool, user_id=request[ACTOR].subject.id, change_id=change_id)
    after = -1 if query.cursor is None else read_cursor(query.cursor, RowNumber)
    items, more = await find_skipped(pool, change_id=change_id, after=after)
    return BulkReport(items=items, next_cursor=None if more is None else write_cursor(more))


@ROUTES(
    "POST /api/pmd/bulk-changes/{change_id}/cancel",
    "The change is cancelled.",
    problems={HTTPStatus.CONFLICT: "It has ended."},
)
async def post_bulk_cancel(request: web.Request, change_id: ChangeId) -> BulkChange:
    """Cancel a change.

    It stops within moments. Posts that are changed already stay so; `undo` brings them back.
    """
    return await cancel_bulk_change(request.app[POOL], request[ACTOR], change_id)


@ROUTES(
    "POST /api/pmd/bulk-changes/{change_id}/undo",
    Answer("The undo is queued.", HTTPStatus.ACCEPTED),
    problems={
        HTTPStatus.CONFLICT: "It has not ended, has changed nothing, or is a moderator's.",
        HTTPStatus.TOO_MANY_REQUESTS: f"{MAX_WAITING} changes have not ended.",
    },
)
async def post_bulk_undo(request: web.Request, change_id: ChangeId) -> BulkChange:
    """Undo a change.

    Within 30 days. A change of its own brings back what there was; posts that were changed since are skipped. Repeating
    it goes on with an undo that was stopped or has skipped posts, and answers with the same one.
    """
    app = request.app
    return await undo_bulk_change(app[POOL], app[QUEUES], request[ACTOR], change_id)
