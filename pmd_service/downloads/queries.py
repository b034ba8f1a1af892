"""Batch download requests (BDRs): reading them, and the requests' own statements.

The state machine (SPEC section 3) lives in guarded UPDATEs here and in ``lease``: zero rows means that the state had
changed, and is an outcome, not an error. Playlist posts are excluded everywhere: nobody can download a playlist.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, find_all, find_one
from ..events.topic import Topic, download_for_owner, loads, newest_of

Status = Literal["pending", "processing", "ready", "failed", "expired"]

NEWEST = 20


class Bdr(msgspec.Struct, frozen=True, kw_only=True):
    """One batch download request, as the API and the event stream tell it; ``part`` is of ``takeout_id``."""

    id: UUID
    name: Annotated[str | None, Meta(examples=["The lighthouse series"])]
    takeout_id: UUID | None
    part: int | None
    status: Annotated[Status, Meta(examples=["pending"])]
    artwork_count: Annotated[int, Meta(examples=[2])]
    processed_count: Annotated[int, Meta(examples=[0])]
    missing_count: Annotated[int, Meta(examples=[0])]
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

    sqid: Annotated[str, Meta(examples=["k5Rz"])]
    title: Annotated[str | None, Meta(examples=["Lighthouse at dusk"])]
    reason: Annotated[str, Meta(examples=["The post was deleted."])]


class MissingList(msgspec.Struct, frozen=True, kw_only=True):
    """What was left out of a request's archive."""

    items: Sequence[Missing]


class Posts(msgspec.Struct, frozen=True, kw_only=True):
    """The posts that a request asked for, in its order."""

    post_ids: Annotated[Sequence[int], Meta(examples=[[101, 102]])]


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """What the vault knows of a request's archive, if there is one; ``name`` is what its owner calls it."""

    name: str | None
    status: Status
    file_path: str | None
    file_size_bytes: int | None
    etag: str | None


# A link is dead the second it expires, whether or not the cleanup has run: what is past its time reads as expired.
_EFFECTIVE_STATUS = "CASE WHEN status = 'ready' AND expires_at <= now() THEN 'expired' ELSE status END"

# What a retry forgets of the run before; the attempt number goes on, for it is the fence against that run's workers.
FORGET_RUN = """
       processed_count = 0, missing = '[]', cancelled = false, started_at = NULL, completed_at = NULL,
       expires_at = NULL, file_path = NULL, file_size_bytes = NULL, etag = NULL, stored_bytes = NULL"""
RESTART = f"""
       status = 'pending', error_message = NULL, faults = 0, expired_leases = 0, next_attempt_at = now(),
       {FORGET_RUN}"""

# A request that is past its time may be retried although the cleanup has not run yet.
CAN_RESTART = """
       (status IN ('failed', 'expired') OR (status = 'ready' AND expires_at <= now())) AND deleted_at IS NULL"""

SELECT_BDR = f"""
SELECT id, name, takeout_id, part, {_EFFECTIVE_STATUS} AS status, artwork_count, processed_count,
       jsonb_array_length(missing) AS missing_count,
       CASE WHEN expires_at > now() THEN file_size_bytes END AS file_size_bytes,
       include_comments, include_reactions, created_at, started_at, completed_at, expires_at, error_message,
       CASE WHEN status = 'ready' AND expires_at > now() THEN '/api/pmd/bdr/' || id || '/download' END AS download_url
  FROM batch_download_requests
"""

_OWN = "WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL"

TOPIC = Topic(
    kind="bdr",
    id_type=UUID,
    load=loads(Bdr, f"{SELECT_BDR} WHERE id = ANY($1) AND deleted_at IS NULL"),
    newest=newest_of("batch_download_requests", among="deleted_at IS NULL", most=NEWEST),
    for_moderators=download_for_owner,
)


async def find_bdr(connection: Connection | Pool, *, user_id: int, bdr_id: UUID) -> Bdr | None:
    return await find_one(connection, Bdr, f"{SELECT_BDR} {_OWN}", bdr_id, user_id)


async def find_missing(connection: Connection | Pool, *, user_id: int, bdr_id: UUID) -> MissingList | None:
    """What was left out of the archive; None without such a request."""
    query = f"SELECT missing AS items FROM batch_download_requests {_OWN}"
    return await find_one(connection, MissingList, query, bdr_id, user_id)


async def find_posts(connection: Connection | Pool, *, user_id: int, bdr_id: UUID) -> Posts | None:
    """What the request asked for, so that it can be selected again; None without such a request."""
    return await find_one(connection, Posts, f"SELECT post_ids FROM batch_download_requests {_OWN}", bdr_id, user_id)


async def list_newest(connection: Connection | Pool, *, user_id: int) -> list[Bdr]:
    """The user's newest requests, newest first."""
    query = f"""{SELECT_BDR} WHERE user_id = $1 AND deleted_at IS NULL
                ORDER BY created_at DESC, id DESC LIMIT {NEWEST}"""
    return await find_all(connection, Bdr, query, user_id)


async def find_archive(connection: Connection | Pool, *, user_id: int, bdr_id: UUID) -> Archive | None:
    query = f"""SELECT name, {_EFFECTIVE_STATUS} AS status, file_path, file_size_bytes, etag
                  FROM batch_download_requests {_OWN}"""
    return await find_one(connection, Archive, query, bdr_id, user_id)


# Under it a user's allowance is counted and used.
LOCK = "bdr"


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
    allowance = await find_one(connection, Allowance, _ALLOWANCE, requested_by)
    assert allowance is not None
    return allowance


REPEATED = f"""
id, user_id, post_ids, include_comments, include_reactions, send_email, {_EFFECTIVE_STATUS} AS status, artwork_count,
created_at, attempt"""
