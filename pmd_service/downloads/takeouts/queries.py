"""Queries on takeouts and their parts, which are download requests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from ...base.database import Connection, Pool, find_all
from ...events.topic import Topic, loads, newest_of
from ...http.wire import UuidCursor, UuidPageCursor
from ..queries import SELECT_BDR, Bdr

NEWEST, MAX_PAGE = 10, 100

Status = Literal["processing", "ready", "partial", "failed", "cancelled"]


class Takeout(msgspec.Struct, frozen=True, kw_only=True):
    """One takeout with the state of its download; sizes in bytes.

    Older takeouts have several parts with links of their own; ``expires_at`` is that of the first to expire.
    """

    id: UUID
    name: Annotated[str | None, Meta(examples=["Everything"])]
    status: Annotated[Status, Meta(examples=["processing"])]
    artwork_count: Annotated[int, Meta(examples=[300])]
    processed_count: Annotated[int, Meta(examples=[120])]
    part_count: Annotated[int, Meta(examples=[1])]
    ready_parts: int
    failed_parts: Annotated[int, Meta(examples=[0])]
    missing_count: Annotated[int, Meta(examples=[0])]
    file_size_bytes: Annotated[int, Meta(examples=[4_812_000])]
    include_comments: bool
    include_reactions: bool
    created_at: datetime
    completed_at: datetime | None
    expires_at: datetime | None
    error_message: str | None
    download_url: str | None


class TakeoutParts(Takeout, frozen=True, kw_only=True):
    """A takeout with its parts in order; those that were removed are left out."""

    parts: Sequence[Bdr]


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
SELECT takeouts.id, artwork_count, part_count, ready_parts, failed_parts, missing_count, file_size_bytes,
       include_comments, include_reactions, created_at, completed_at, part.expires_at, part.name, processed_count,
       error_message,
       CASE WHEN part_count = 1 AND NOT cancelled AND part.expires_at > now() AND ready_id IS NOT NULL
            THEN '/api/pmd/bdr/' || ready_id || '/download' END AS download_url,
       CASE WHEN cancelled THEN 'cancelled'
            WHEN completed_at IS NULL THEN 'processing'
            WHEN ready_parts = 0 THEN 'failed'
            WHEN failed_parts > 0 THEN 'partial'
            ELSE 'ready' END AS status
  FROM takeouts
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE status IN ('ready', 'expired')) AS ready_parts,
              count(*) FILTER (WHERE status = 'failed') AS failed_parts,
              coalesce(sum(jsonb_array_length(missing)), 0)::int AS missing_count,
              coalesce(sum(file_size_bytes), 0)::bigint AS file_size_bytes, min(expires_at) AS expires_at,
              min(name) FILTER (WHERE part_count = 1) AS name, sum(processed_count)::int AS processed_count,
              min(error_message) AS error_message,
              min(id::text) FILTER (WHERE status = 'ready' AND deleted_at IS NULL) AS ready_id
         FROM batch_download_requests
        WHERE takeout_id = takeouts.id) AS part
"""

TOPIC = Topic(
    kind="takeout",
    scope="downloads:read",
    id_type=UUID,
    state=Takeout,
    load=loads(Takeout, f"{_SELECT} WHERE takeouts.id = ANY($1)"),
    newest=newest_of("takeouts", most=1),  # older ones do not change any more
)


async def find_takeout(connection: Connection | Pool, *, user_id: int, takeout_id: UUID) -> TakeoutParts | None:
    row = await connection.fetchrow(f"{_SELECT} WHERE takeouts.id = $1 AND takeouts.user_id = $2", takeout_id, user_id)
    if row is None:
        return None
    of_takeout = "WHERE takeout_id = $1 AND user_id = $2 AND deleted_at IS NULL ORDER BY part"
    return TakeoutParts(**row, parts=await find_all(connection, Bdr, f"{SELECT_BDR} {of_takeout}", takeout_id, user_id))


_LIST = f"""
{_SELECT} WHERE takeouts.user_id = $1 AND (created_at, takeouts.id) < ($2, $3)
 ORDER BY created_at DESC, takeouts.id DESC LIMIT $4
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
