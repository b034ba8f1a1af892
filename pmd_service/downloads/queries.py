"""Batch download requests (BDRs): reading them, and the requests' own statements.

The state machine (SPEC section 3) lives in guarded UPDATEs here and in ``lease``: zero rows means that the state had
changed, and is an outcome, not an error. Playlist posts are excluded everywhere: nobody can download a playlist.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
import msgspec

from ..database import Connection, Pool
from ..site.posts import LIVE_ARTWORK

Status = Literal["pending", "processing", "ready", "failed", "expired"]

NEWEST = 20


class Bdr(msgspec.Struct, frozen=True, kw_only=True):
    """One batch download request, as the API and the event stream tell it; ``part`` is of ``takeout_id``."""

    id: UUID
    name: str | None
    takeout_id: UUID | None
    part: int | None
    status: Status
    artwork_count: int
    processed_count: int
    missing_count: int
    file_size_bytes: int | None
    include_comments: bool
    include_reactions: bool
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    expires_at: datetime | None
    error_message: str | None
    download_url: str | None


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """An artwork that is not in the archive, and why."""

    sqid: str
    title: str | None
    reason: str


class MissingList(msgspec.Struct, frozen=True, kw_only=True):
    """What was left out of a request's archive."""

    items: Sequence[Missing]


class Posts(msgspec.Struct, frozen=True, kw_only=True):
    """The posts that a request asked for, in its order."""

    post_ids: Sequence[int]


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """What the vault knows of a request's archive, if there is one."""

    status: Status
    file_path: str | None
    file_size_bytes: int | None
    etag: str | None


# A link is dead the second it expires, whether or not the cleanup has run: what is past its time reads as expired.
_EFFECTIVE_STATUS = "CASE WHEN status = 'ready' AND expires_at <= now() THEN 'expired' ELSE status END"

# What a retry forgets of the run before; the attempt number goes on, for it is the fence against that run's workers.
START_ANEW = """
       status = 'pending', cancelled = false, error_message = NULL, started_at = NULL, completed_at = NULL,
       expires_at = NULL, file_path = NULL, file_size_bytes = NULL, etag = NULL, processed_count = 0, missing = '[]',
       faults = 0, expired_leases = 0, next_attempt_at = now()"""

# A request that is past its time may be retried although the cleanup has not run yet.
MAY_START_ANEW = """
       (status IN ('failed', 'expired') OR (status = 'ready' AND expires_at <= now())) AND deleted_at IS NULL"""

SELECT_BDR = f"""
SELECT id, name, takeout_id, part, {_EFFECTIVE_STATUS} AS status, artwork_count, processed_count,
       jsonb_array_length(missing) AS missing_count,
       CASE WHEN expires_at > now() THEN file_size_bytes END AS file_size_bytes,
       include_comments, include_reactions, created_at, started_at, completed_at, expires_at, error_message, user_id
  FROM batch_download_requests
"""


def bdr_of(row: asyncpg.Record) -> Bdr:
    return Bdr(
        id=row["id"],
        name=row["name"],
        takeout_id=row["takeout_id"],
        part=row["part"],
        status=row["status"],
        artwork_count=row["artwork_count"],
        processed_count=row["processed_count"],
        missing_count=row["missing_count"],
        file_size_bytes=row["file_size_bytes"],
        include_comments=row["include_comments"],
        include_reactions=row["include_reactions"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        expires_at=row["expires_at"],
        error_message=row["error_message"],
        download_url=f"/api/pmd/bdr/{row['id']}/download" if row["status"] == "ready" else None,
    )


async def find_bdr(connection: Connection | Pool, *, user_id: int, bdr_id: UUID) -> Bdr | None:
    query = f"{SELECT_BDR} WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL"
    row = await connection.fetchrow(query, bdr_id, user_id)
    return bdr_of(row) if row else None


async def find_missing(connection: Connection | Pool, *, user_id: int, bdr_id: UUID) -> MissingList | None:
    """What was left out of the archive; None without such a request."""
    missing = await connection.fetchval(
        "SELECT missing FROM batch_download_requests WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL",
        bdr_id,
        user_id,
    )
    return None if missing is None else MissingList(items=msgspec.convert(missing, list[Missing]))


async def find_posts(connection: Connection | Pool, *, user_id: int, bdr_id: UUID) -> Posts | None:
    """What the request asked for, so that it can be selected again; None without such a request."""
    post_ids = await connection.fetchval(
        "SELECT post_ids FROM batch_download_requests WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL",
        bdr_id,
        user_id,
    )
    return None if post_ids is None else Posts(post_ids=post_ids)


async def list_newest(connection: Connection | Pool, *, user_id: int) -> list[Bdr]:
    """The user's newest requests, newest first."""
    query = f"""{SELECT_BDR} WHERE user_id = $1 AND deleted_at IS NULL
                ORDER BY created_at DESC, id LIMIT {NEWEST}"""
    return [bdr_of(row) for row in await connection.fetch(query, user_id)]


async def load_bdrs(connection: Connection | Pool, bdr_ids: Collection[UUID]) -> list[Bdr]:
    """Those of these requests that are still there, whoever's they are: the event hub checks the user."""
    query = f"{SELECT_BDR} WHERE id = ANY($1) AND deleted_at IS NULL"
    return [bdr_of(row) for row in await connection.fetch(query, list(bdr_ids))]


_NEWEST_OF_USERS = f"""
SELECT newest.id, users.user_id
  FROM unnest($1::int[]) AS users (user_id)
 CROSS JOIN LATERAL (SELECT id, created_at
                       FROM batch_download_requests
                      WHERE user_id = users.user_id AND deleted_at IS NULL
                      ORDER BY created_at DESC, id
                      LIMIT {NEWEST}) AS newest
"""


async def newest_of_users(connection: Connection | Pool, user_ids: Collection[int]) -> dict[UUID, int]:
    """The newest requests of all these users, each with its user, a user's newest first."""
    return {row["id"]: row["user_id"] for row in await connection.fetch(_NEWEST_OF_USERS, list(user_ids))}


async def find_archive(connection: Connection | Pool, *, user_id: int, bdr_id: UUID) -> Archive | None:
    query = f"""
        SELECT {_EFFECTIVE_STATUS} AS status, file_path, file_size_bytes, etag
          FROM batch_download_requests
         WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL"""
    row = await connection.fetchrow(query, bdr_id, user_id)
    return Archive(**row) if row else None


async def lock_allowance(connection: Connection, *, requested_by: int) -> None:
    """Until the transaction ends, nobody else counts or uses this user's allowance."""
    # The first key keeps these locks apart from other advisory locks of the site: “bdr” in ASCII.
    await connection.execute("SELECT pg_advisory_xact_lock(x'626472'::int, $1)", requested_by)


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has used of the database's day, in UTC.

    ``used`` leaves out what failed by itself; ``asked`` counts every request and retry, whatever became of it.
    """

    used: int
    asked: int
    resets_at: datetime
    seconds_left: int


# One clock for the rows and the day they count for: the database's.
TODAY = "date_trunc('day', now(), 'UTC')"

_ALLOWANCE = f"""
SELECT coalesce(sum(allowance_carried + (status <> 'failed' OR cancelled)::int), 0) AS used,
       coalesce(sum(asked_before + 1), 0) AS asked,
       {TODAY} + interval '24 hours' AS resets_at,
       ceil(extract(epoch FROM {TODAY} + interval '24 hours' - now()))::int AS seconds_left
  FROM batch_download_requests
 WHERE requested_by = $1 AND allowance_at >= {TODAY} AND (takeout_id IS NULL OR allowance_at > created_at)
"""


async def find_allowance(connection: Connection | Pool, *, requested_by: int) -> Allowance:
    """``allowance_carried`` and ``asked_before`` are earlier uses of the same day by a request that was retried.

    A takeout's parts count only once they are retried.
    """
    row = await connection.fetchrow(_ALLOWANCE, requested_by)
    assert row is not None
    return Allowance(**row)


async def find_repeated(connection: Connection, *, requested_by: int, idempotency_key: str) -> asyncpg.Record | None:
    """The request that this key made within the last 24 hours."""
    return await connection.fetchrow(
        f"""
        SELECT id, user_id, post_ids, include_comments, include_reactions, send_email,
               {_EFFECTIVE_STATUS} AS status, artwork_count, created_at, attempt
          FROM batch_download_requests
         WHERE requested_by = $1 AND idempotency_key = $2 AND created_at > now() - interval '24 hours'
           AND deleted_at IS NULL
         ORDER BY created_at DESC
         LIMIT 1""",
        requested_by,
        idempotency_key,
    )


async def downloadable(connection: Connection, *, owner_id: int, post_ids: Sequence[int]) -> set[int]:
    """Which of these posts are the owner's artworks and not deleted."""
    rows = await connection.fetch(
        f"""
        SELECT id
          FROM posts
         WHERE id = ANY($1) AND owner_id = $2 AND {LIVE_ARTWORK}""",
        post_ids,
        owner_id,
    )
    return {row["id"] for row in rows}


async def insert_bdr(
    connection: Connection,
    *,
    user_id: int,
    requested_by: int,
    post_ids: Sequence[int],
    include_comments: bool,
    include_reactions: bool,
    send_email: bool,
    idempotency_key: str | None,
    name: str | None,
) -> asyncpg.Record:
    row = await connection.fetchrow(
        """
        INSERT INTO batch_download_requests
               (user_id, requested_by, post_ids, artwork_count, include_comments, include_reactions, send_email,
                idempotency_key, name)
        VALUES ($1, $2, $3, cardinality($3::int[]), $4, $5, $6, $7, $8)
        RETURNING id, status, artwork_count, created_at, attempt""",
        user_id,
        requested_by,
        post_ids,
        include_comments,
        include_reactions,
        send_email,
        idempotency_key,
        name,
    )
    assert row is not None
    return row
