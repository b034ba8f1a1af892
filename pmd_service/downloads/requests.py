"""The rules of requesting a download: what may be requested, how often, and repeated requests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, find_values, lock
from ..base.settings import Settings
from ..base.telemetry import BDR_STATUS, log, request_id
from ..events.unanswered import ASKED, notify
from ..http.errors import bad_request, too_many, unavailable
from ..http.once import Once
from ..http.rates import DAY_SECONDS, Allowance
from ..http.selection import MAX_NAMED, RowId, counted, distinct_ids, named
from ..identity import audit
from ..identity.users import Actor
from ..locales import Sentence, plural, translatable
from ..site.posts import LIVE_ARTWORK
from ..site.texts import line_or_none
from ..work.adding import add_work
from ..work.queue import Queue, Queues
from .queries import LOCK, Bdr, Status, find_allowance
from .takeout_ending import reopen_takeout

MAX_NAME = 100
# Requests and retries a day, whatever their outcome, as a multiple of the daily limit.
MAX_REQUESTS_FACTOR = 4

DOWNLOADABLE = f"SELECT id FROM posts WHERE id = ANY($1) AND owner_id = $2 AND {LIVE_ARTWORK}"

_INSERT = f"""
INSERT INTO batch_download_requests
       (user_id, requested_by, post_ids, artwork_count, include_comments, include_reactions, send_email,
        name, request_id)
SELECT $2, $3, $1, cardinality($1::bigint[]), $4, $5, $6, $7, $8
 WHERE (SELECT count(*) FROM ({DOWNLOADABLE}) AS found) = cardinality($1::bigint[])
RETURNING id, status, artwork_count, created_at,
          {notify("bdr", ASKED, user="user_id", about="id")} AS notified
"""


class BdrRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/bdr; repeated ids count once."""

    post_ids: Annotated[list[RowId], Meta(min_length=1, max_length=MAX_NAMED)]
    name: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)] | None = None
    include_comments: bool = False
    include_reactions: bool = False
    send_email: bool = False


class BdrAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """The response to an accepted request."""

    id: UUID
    status: Annotated[Status, Meta(examples=["pending"])]
    artwork_count: Annotated[int, Meta(examples=[2])]
    created_at: datetime
    message: Annotated[Sentence, Meta(examples=["Your download of 2 artworks is being prepared."])]


class BdrList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of requests, newest first, and the caller's allowance of the day."""

    items: Sequence[Bdr]
    next_cursor: str | None
    daily_limit: Annotated[int, Meta(examples=[8])]
    used_today: int
    resets_at: datetime


async def request_download(
    pool: Pool, queues: Queues, settings: Settings, actor: Actor, body: BdrRequest, once: Once
) -> BdrAccepted:
    """Commit a request, then enqueue it.

    Counting and inserting happen under one lock per requesting user, so that the daily limit holds for concurrent
    requests.

    Raises:
        ProblemError: 400 a post that cannot be downloaded, 422 too many posts, 429 the day's allowance is used up, and
            as ``Once.begin``.
    """
    post_ids = distinct_ids("post", body.post_ids, most=settings.bdr_max_posts)
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock(connection, LOCK, actor.viewer.id)
        row = await _create(connection, settings, actor, body, post_ids)
        count = row["artwork_count"]
        accepted = BdrAccepted(
            id=row["id"],
            status=row["status"],
            artwork_count=count,
            created_at=row["created_at"],
            message=plural(
                "Your download of {number} artwork is being prepared.",
                "Your download of {number} artworks is being prepared.",
                count,
            ),
        )
        await once.end(connection, accepted)
    await queues.put(Queue.DOWNLOADS)
    return accepted


async def _create(
    connection: Connection, settings: Settings, actor: Actor, body: BdrRequest, post_ids: Sequence[int]
) -> asyncpg.Record:
    await check_allowance(connection, settings, requested_by=actor.viewer.id)
    name = line_or_none(body.name)
    values = (body.include_comments, body.include_reactions, body.send_email, name, request_id())
    row = await connection.fetchrow(_INSERT, post_ids, actor.subject.id, actor.viewer.id, *values)
    if row is None:
        await _check_all_found(connection, actor.subject.id, post_ids)
        raise unavailable("One of these posts was changed at the same time. Please try again.", seconds=1)
    await add_build(connection, actor.subject.id, row["id"], name or counted(len(post_ids), "artwork"))
    await audit.record(connection, actor, "request_download", post_ids)
    BDR_STATUS.labels("pending").inc()
    log.info("bdr_requested", bdr_id=str(row["id"]), artworks=len(post_ids), user=actor.subject.sqid)
    return row


async def add_build(connection: Connection, user_id: int, bdr_id: UUID, title: str) -> None:
    """Have a request's archive built."""
    await add_work(connection, "bdr", user_id, [(bdr_id, title)], request_id=request_id())


async def build_again(connection: Connection, user_id: int, bdr_id: UUID, title: str) -> None:
    """Have the archive of a request that has ended built again: its takeout continues."""
    await reopen_takeout(connection, bdr_id)
    await add_build(connection, user_id, bdr_id, title)


async def _check_all_found(connection: Connection, owner_id: int, post_ids: Sequence[int]) -> None:
    found = {*await find_values(connection, DOWNLOADABLE, post_ids, owner_id)}
    if lost := [post_id for post_id in post_ids if post_id not in found]:
        # The message does not reveal whether a post is unknown, deleted, a playlist or another user's.
        raise bad_request(f"These posts cannot be downloaded: {named(lost)}. Nothing was requested.", path="$.post_ids")


async def check_allowance(connection: Connection, settings: Settings, *, requested_by: int, counted: int = 0) -> None:
    """Check that one more request is allowed, under the allowance's lock.

    Args:
        counted: 1 if the request in question is in the table already.

    Raises:
        ProblemError: 429 with the time of the next possible request.
    """
    limit = settings.bdr_daily_limit
    allowance = await find_allowance(connection, requested_by=requested_by)
    left, seconds = limit - allowance.used - 1 + counted, allowance.seconds_left
    Allowance(policy="downloads", quota=limit, left=left, resets_in=seconds, window=DAY_SECONDS).note()
    if allowance.used - counted >= limit:
        reason = translatable(f"All {limit} downloads of today are used.")
    elif allowance.requested - counted >= limit * MAX_REQUESTS_FACTOR:
        # Failed requests cost builds as well.
        reason = translatable(f"{limit * MAX_REQUESTS_FACTOR} downloads were requested or retried today.")
    else:
        return
    detail = f"{reason} The next one is possible at {allowance.resets_at:%Y-%m-%d %H:%M} UTC."
    raise too_many(detail, seconds=allowance.seconds_left, kind="daily-limit")
