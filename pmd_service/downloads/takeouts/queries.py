"""Queries on takeouts; a takeout's archive is a download."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from ...base.database import Connection, Pool, find_all, find_one
from ...events.topic import Topic, loads, newest_of
from ...http.wire import UuidCursor, UuidPageCursor
from ...locales import Sentence
from ...portable.records import TakeoutPart

NEWEST, MAX_PAGE = 10, 100

Status = Literal["processing", "ready", "failed", "cancelled"]


class Takeout(msgspec.Struct, frozen=True, kw_only=True):
    """One takeout with the state of its download; sizes in bytes. ``download_url`` is null once it has expired.

    ``processed_count`` is of posts and files together.
    """

    id: UUID
    download_id: Annotated[UUID | None, Meta(description="Of the download that it is; null if that was removed.")]
    name: Annotated[str | None, Meta(examples=["Everything"])]
    status: Annotated[Status, Meta(examples=["processing"])]
    since: Annotated[datetime | None, Meta(description="It has only files that are newer.")]
    parts: Annotated[Sequence[TakeoutPart], Meta(description="What it has.", examples=[["posts", "library"]])]
    post_count: Annotated[int, Meta(examples=[300])]
    file_count: Annotated[int, Meta(description="Files of the library.", examples=[1200])]
    pack_count: Annotated[int, Meta(examples=[4])]
    processed_count: Annotated[int, Meta(examples=[120])]
    missing_count: Annotated[int, Meta(examples=[0])]
    file_size_bytes: Annotated[int | None, Meta(examples=[4_812_000])]
    created_at: datetime
    completed_at: datetime | None
    expires_at: datetime | None
    error_message: Sentence | None
    download_url: str | None


class TakeoutQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of takeouts."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Takeouts a page.")] = NEWEST
    cursor: UuidPageCursor | None = None


class TakeoutList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of takeouts, newest first, and when the next one is possible."""

    items: Sequence[Takeout]
    next_cursor: str | None
    next_possible_at: datetime | None


_SELECT = """
SELECT takeouts.id, request.id AS download_id, request.name, since, parts, post_count, file_count, pack_count,
       coalesce(processed_count, 0) AS processed_count, coalesce(jsonb_array_length(missing), 0) AS missing_count,
       file_size_bytes, takeouts.created_at, takeouts.completed_at, expires_at, error_message,
       CASE WHEN request.status = 'ready' AND expires_at > now()
            THEN '/api/pmd/bdr/' || request.id || '/download' END AS download_url,
       CASE WHEN takeouts.cancelled THEN 'cancelled'
            WHEN takeouts.completed_at IS NULL THEN 'processing'
            WHEN request.status = 'failed' THEN 'failed'
            ELSE 'ready' END AS status
  FROM takeouts
  LEFT JOIN batch_download_requests AS request ON takeout_id = takeouts.id AND deleted_at IS NULL
"""

TOPIC = Topic(
    kind="takeout",
    scopes=("downloads:read",),
    id_type=UUID,
    state=Takeout,
    load=loads(Takeout, f"{_SELECT} WHERE takeouts.id = ANY($1)"),
    newest=newest_of("takeouts", most=1),  # older ones do not change any more
)


async def find_takeout(connection: Connection | Pool, *, user_id: int, takeout_id: UUID) -> Takeout | None:
    own = "WHERE takeouts.id = $1 AND takeouts.user_id = $2"
    return await find_one(connection, Takeout, f"{_SELECT} {own}", takeout_id, user_id)


_LIST = f"""
{_SELECT} WHERE takeouts.user_id = $1 AND (takeouts.created_at, takeouts.id) < ($2, $3)
 ORDER BY takeouts.created_at DESC, takeouts.id DESC LIMIT $4
"""


async def list_takeouts(
    connection: Connection | Pool, *, user_id: int, query: TakeoutQuery
) -> tuple[Sequence[Takeout], str | None]:
    """A page of the user's takeouts, newest first, and the cursor of the next one."""
    after, limit = UuidCursor.parse(query.cursor), query.limit
    found = await find_all(connection, Takeout, _LIST, user_id, after.created_at, after.id, limit + 1)
    return found[:limit], UuidCursor.behind(found, limit)


async def next_possible_at(connection: Connection | Pool, *, user_id: int, days: int) -> datetime | None:
    """When the next takeout is possible; None: now. One that failed entirely does not count.

    Args:
        days: that begin with the takeout's own calendar day of UTC; it need not be 24 hours ago.
    """
    at: datetime | None = await connection.fetchval(_NEXT_POSSIBLE_AT, user_id, days)
    return at


_NEXT_POSSIBLE_AT = """
WITH today AS (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AS began)
SELECT (date_trunc('day', max(created_at) AT TIME ZONE 'UTC') + make_interval(days => $2)) AT TIME ZONE 'UTC'
  FROM takeouts, today
 WHERE user_id = $1 AND created_at >= (today.began - make_interval(days => $2 - 1)) AT TIME ZONE 'UTC'
   AND (completed_at IS NULL
        OR EXISTS (SELECT FROM batch_download_requests
                    WHERE takeout_id = takeouts.id AND status IN ('ready', 'expired')))
"""
