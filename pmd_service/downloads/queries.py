"""Queries on batch download requests (BDRs).

The state machine (SPEC section 3) is in guarded UPDATEs here, in ``lifecycle`` and in ``build``: zero rows mean that
the state had changed, which is an outcome and not an error. Playlists cannot be downloaded.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, find_all, find_one
from ..events.topic import Topic, download_for_owner, loads, newest_of
from ..http.wire import PageCursor, UuidCursor, UuidPageCursor, read_cursor, write_cursor
from ..locales import Sentence

# How many have been listed: a cursor of what a download lacks.
Place = Annotated[int, Meta(ge=0)]

Status = Literal["pending", "processing", "ready", "failed", "expired"]

NEWEST, MAX_PAGE = 20, 100
MAX_MISSING = 1000


class Bdr(msgspec.Struct, frozen=True, kw_only=True):
    """One batch download request in the API and the event stream."""

    id: UUID
    name: Annotated[str | None, Meta(examples=["The lighthouse series"])]
    takeout_id: UUID | None
    status: Annotated[Status, Meta(examples=["pending"])]
    artwork_count: Annotated[int, Meta(description="Posts, or files.", examples=[2])]
    file_count: Annotated[int, Meta(description="Files of the library, if it is of these.", examples=[0])]
    processed_count: Annotated[int, Meta(examples=[0])]
    missing_count: Annotated[int, Meta(examples=[0])]
    file_size_bytes: int | None
    include_comments: bool
    include_reactions: bool
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    expires_at: datetime | None
    error_message: Sentence | None
    download_url: str | None

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares: progress is no change of it."""
        return self.status, self.completed_at


class BdrQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of requests."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Requests a page.")] = NEWEST
    cursor: UuidPageCursor | None = None


class MissingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what a download lacks."""

    limit: Annotated[int, Meta(ge=1, le=MAX_MISSING, description="Artworks a page.")] = MAX_MISSING
    cursor: Annotated[PageCursor, Meta(examples=[write_cursor(0)])] | None = None


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """An artwork that is not in the archive, and why."""

    public_sqid: Annotated[str, Meta(examples=["k5Rz"])]
    title: Annotated[str | None, Meta(examples=["Lighthouse at dusk"])]
    reason: Annotated[Sentence, Meta(examples=["The post was deleted."])]


class MissingList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the artworks that are missing from a request's archive; ``next_cursor`` is null on the last one."""

    items: Sequence[Missing]
    next_cursor: str | None


class Posts(msgspec.Struct, frozen=True, kw_only=True):
    """The requested posts, in the request's order."""

    post_ids: Annotated[Sequence[int], Meta(examples=[[101, 102]])]


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """A request's archive in the vault, if it has one; ``name`` is its owner's name for it."""

    name: str | None
    status: Status
    file_path: str | None
    file_size_bytes: int | None
    etag: str | None


# A request counts as expired from the second it expires, whether or not the cleanup has run.
_EFFECTIVE_STATUS = "CASE WHEN status = 'ready' AND expires_at <= now() THEN 'expired' ELSE status END"

# What a restart resets. Not the number of builds, by which archives are named.
RESTART = """
       status = 'pending', error_message = NULL, processed_count = 0, missing = '[]', cancelled = false,
       started_at = NULL, completed_at = NULL, expires_at = NULL, file_path = NULL, file_size_bytes = NULL, etag = NULL,
       stored_bytes = NULL"""

# Including requests that have expired before the cleanup has run.
CAN_RESTART = """
       (status IN ('failed', 'expired') OR (status = 'ready' AND expires_at <= now())) AND deleted_at IS NULL"""

# For operators.
TITLE = "coalesce(name, artwork_count || CASE WHEN asset_ids = '{}' THEN ' artworks' ELSE ' files' END) AS title"

SELECT_BDR = f"""
SELECT id, name, takeout_id, {_EFFECTIVE_STATUS} AS status, artwork_count,
       cardinality(asset_ids) AS file_count, processed_count, jsonb_array_length(missing) AS missing_count,
       CASE WHEN expires_at > now() THEN file_size_bytes END AS file_size_bytes,
       include_comments, include_reactions, created_at, started_at, completed_at, expires_at, error_message,
       CASE WHEN status = 'ready' AND expires_at > now() THEN '/api/pmd/bdr/' || id || '/download' END AS download_url
  FROM batch_download_requests
"""

_OWN = "WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL"

TOPIC = Topic(
    kind="bdr",
    scopes=("downloads:read",),
    id_type=UUID,
    state=Bdr,
    load=loads(Bdr, f"{SELECT_BDR} WHERE id = ANY($1) AND deleted_at IS NULL"),
    newest=newest_of("batch_download_requests", among="deleted_at IS NULL", most=NEWEST),
    for_moderators=download_for_owner,
)


async def find_bdr(connection: Connection | Pool, *, user_id: int, bdr_id: UUID) -> Bdr | None:
    return await find_one(connection, Bdr, f"{SELECT_BDR} {_OWN}", bdr_id, user_id)


_MISSING = f"SELECT missing FROM batch_download_requests {_OWN}"


async def find_missing(
    connection: Connection | Pool, *, user_id: int, bdr_id: UUID, query: MissingQuery
) -> MissingList | None:
    """A page of the artworks missing from the archive; None if there is no such request."""
    found = await connection.fetchval(_MISSING, bdr_id, user_id)
    if found is None:
        return None
    first = 0 if query.cursor is None else read_cursor(query.cursor, Place)
    end = first + query.limit
    items = [Missing(public_sqid=each["sqid"], title=each["title"], reason=each["reason"]) for each in found[first:end]]
    return MissingList(items=items, next_cursor=write_cursor(end) if end < len(found) else None)


async def find_posts(connection: Connection | Pool, *, user_id: int, bdr_id: UUID) -> Posts | None:
    """The requested posts, so that they can be selected again; None if there is no such request."""
    return await find_one(connection, Posts, f"SELECT post_ids FROM batch_download_requests {_OWN}", bdr_id, user_id)


_LIST = f"""
{SELECT_BDR} WHERE user_id = $1 AND deleted_at IS NULL AND (created_at, id) < ($2, $3)
 ORDER BY created_at DESC, id DESC LIMIT $4
"""


async def list_bdrs(
    connection: Connection | Pool, *, user_id: int, query: BdrQuery
) -> tuple[Sequence[Bdr], str | None]:
    """A page of the user's requests, newest first, and the cursor of the next one."""
    after, limit = UuidCursor.parse(query.cursor), query.limit
    found = await find_all(connection, Bdr, _LIST, user_id, after.created_at, after.id, limit + 1)
    return found[:limit], UuidCursor.behind(found, limit)


async def find_archive(connection: Connection | Pool, *, user_id: int, bdr_id: UUID) -> Archive | None:
    query = f"""SELECT name, {_EFFECTIVE_STATUS} AS status, file_path, file_size_bytes, etag
                  FROM batch_download_requests {_OWN}"""
    return await find_one(connection, Archive, query, bdr_id, user_id)


# The advisory lock under which a user's allowance is counted and used.
LOCK = "bdr"


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """A user's requests of the current UTC day, by the database's clock.

    ``used`` leaves out requests that failed; ``requested`` counts every request and retry.
    """

    used: int
    requested: int
    resets_at: datetime
    seconds_left: int


# By the database's clock, like the rows' times.
TODAY = "date_trunc('day', now(), 'UTC')"

_ALLOWANCE = f"""
SELECT coalesce(sum(allowance_carried + (status <> 'failed' OR cancelled)::int), 0) AS used,
       coalesce(sum(requests_before + 1), 0) AS requested,
       {TODAY} + interval '24 hours' AS resets_at,
       ceil(extract(epoch FROM {TODAY} + interval '24 hours' - now()))::int AS seconds_left
  FROM batch_download_requests
 WHERE requested_by = $1 AND allowance_at >= {TODAY} AND (takeout_id IS NULL OR allowance_at > created_at)
"""


async def find_allowance(connection: Connection | Pool, *, requested_by: int) -> Allowance:
    """The user's allowance of today.

    ``allowance_carried`` and ``requests_before`` are earlier uses of the same day by retried requests. A
    takeout counts only when it is retried.
    """
    allowance = await find_one(connection, Allowance, _ALLOWANCE, requested_by)
    assert allowance is not None
    return allowance
