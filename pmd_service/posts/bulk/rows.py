"""Bulk changes as rows, in the API and in the event stream."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ...base.database import Connection, Pool, find_all, find_one
from ...events.topic import Topic, loads, newest_of
from ...http.errors import require
from ...http.wire import Cursor, PageCursor
from ...locales import Sentence
from ...work.progress import Percent, percent

MAX_PAGE = 128
# For so long a change can be undone, and its report read.
KEEP_DAYS = 30

BulkAction: TypeAlias = Literal["hide", "unhide", "delete", "restore", "license", "hashtags", "details", "undo"]
BulkStatus: TypeAlias = Literal["pending", "running", "completed", "failed", "cancelled"]
# Why a post was left as it is.
SkipReason: TypeAlias = Literal["deleted", "too_many_hashtags", "posted_again", "changed_since", "license_removed"]


class BulkChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the posts that a filter found when it was requested.

    ``changed_count`` posts are not as they were before; ``skipped_count`` could not be changed, each with its reason in
    the report; the rest were as requested already.
    """

    id: Annotated[int, Meta(examples=[3])]
    action: Annotated[BulkAction, Meta(examples=["hide"])]
    request: Annotated[dict[str, Any], Meta(description="As it was requested.")]
    undo_of_id: Annotated[int | None, Meta(description="The change that this one undoes.", examples=[None])]
    undone_by_id: Annotated[int | None, Meta(description="The change that undoes this one.", examples=[None])]
    status: Annotated[BulkStatus, Meta(examples=["running"])]
    progress: Percent
    found_count: Annotated[int, Meta(examples=[412])]
    done_count: Annotated[int, Meta(examples=[200])]
    changed_count: Annotated[int, Meta(examples=[198])]
    skipped_count: Annotated[int, Meta(examples=[0])]
    error_message: Sentence | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class BulkPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[BulkChange]
    next_cursor: str | None


class BulkQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of GET /api/pmd/bulk-changes."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Changes a page.")] = MAX_PAGE
    cursor: PageCursor | None = None


class SkippedPost(msgspec.Struct, frozen=True, gc=False):
    """A post that was left as it is."""

    post_id: Annotated[int, Meta(examples=[102])]
    reason: Annotated[SkipReason, Meta(examples=["changed_since"])]


class BulkReport(msgspec.Struct, frozen=True, kw_only=True):
    """The posts of a change that were left as they are, a page at a time."""

    items: Sequence[SkippedPost]
    next_cursor: str | None


_PROGRESS = percent(
    "CASE WHEN bulk.status = 'completed' THEN 100 ELSE 99.9 * done_count / greatest(found_count, 1) END"
)
_SELECT = f"""
SELECT bulk.id, action, request, undo_of AS undo_of_id, undone.id AS undone_by_id, bulk.status,
       {_PROGRESS} AS progress, found_count, done_count, changed_count, skipped_count, error_message,
       bulk.created_at, started_at, completed_at
  FROM bulk_change AS bulk
  LEFT JOIN LATERAL (SELECT id FROM bulk_change AS later WHERE later.undo_of = bulk.id) AS undone ON true
"""
_FIND = f"{_SELECT} WHERE bulk.id = $1 AND bulk.user_id = $2"
_LIST = f"""{_SELECT}
 WHERE bulk.user_id = $1 AND (bulk.created_at, bulk.id) < ($2, $3::bigint)
 ORDER BY bulk.created_at DESC, bulk.id DESC
 LIMIT $4
"""

TOPIC = Topic(
    kind="bulk_change",
    scopes=("posts:read",),
    id_type=int,
    state=BulkChange,
    load=loads(BulkChange, f"{_SELECT} WHERE bulk.id = ANY ($1)"),
    newest=newest_of("bulk_change", most=3),
)


async def find_bulk_change(connection: Connection | Pool, *, user_id: int, change_id: int) -> BulkChange | None:
    return await find_one(connection, BulkChange, _FIND, change_id, user_id)


async def require_bulk_change(connection: Connection | Pool, *, user_id: int, change_id: int) -> BulkChange:
    """Raises: ProblemError: 404, no such change."""
    return require(await find_bulk_change(connection, user_id=user_id, change_id=change_id), "change")


async def list_bulk_changes(connection: Connection | Pool, *, user_id: int, query: BulkQuery) -> BulkPage:
    after, limit = Cursor.parse(query.cursor), query.limit
    found = await find_all(connection, BulkChange, _LIST, user_id, after.created_at, after.id, limit + 1)
    return BulkPage(items=found[:limit], next_cursor=Cursor.behind(found, limit))


# One batch a page: its posts are bounded.
_SKIPPED = """
SELECT number, skipped
  FROM bulk_change_batch
 WHERE change_id = $1 AND number > $2 AND skipped <> '[]'
 ORDER BY number
 LIMIT 2
"""


async def find_skipped(
    connection: Connection | Pool, *, change_id: int, after: int
) -> tuple[list[SkippedPost], int | None]:
    """The skipped posts of the next batch that has some, and its number if there is another one."""
    rows = await connection.fetch(_SKIPPED, change_id, after)
    if not rows:
        return [], None
    items = [SkippedPost(post_id=post_id, reason=reason) for post_id, reason in rows[0]["skipped"]]
    return items, rows[0]["number"] if len(rows) > 1 else None
