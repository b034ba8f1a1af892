"""The rules of asking for a download: what may be asked for, how often, and what happens when it is asked twice."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import asyncpg
import msgspec

from ..database import Connection, Pool
from ..http.errors import ProblemError, bad_request, unprocessable
from ..http.wire import MAX_NAMED, PostId, distinct_ids
from ..identity import audit
from ..identity.users import Actor
from ..ops.settings import Settings
from ..ops.telemetry import BDR_STATUS, log
from ..site.texts import one_line
from ..work.queue import DOWNLOAD, Queues
from . import queries
from .queries import Bdr, Status

MAX_NAME = 100
# How many times the day's limit may be asked for and retried, whatever becomes of it.
MOST_ASKED = 4

_OPTIONS = ("include_comments", "include_reactions", "send_email")


class BdrRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/bdr; ids that repeat count once."""

    post_ids: Annotated[list[PostId], msgspec.Meta(min_length=1, max_length=MAX_NAMED)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)] | None = None
    include_comments: bool = False
    include_reactions: bool = False
    send_email: bool = False


class BdrAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an accepted request."""

    id: UUID
    status: Status
    artwork_count: int
    created_at: datetime
    message: str


class BdrList(msgspec.Struct, frozen=True, kw_only=True):
    """The newest requests, newest first, and the day's allowance of whoever is asking."""

    items: Sequence[Bdr]
    daily_limit: int
    used_today: int
    resets_at: datetime


async def request_download(
    pool: Pool,
    queues: Queues,
    settings: Settings,
    actor: Actor,
    body: BdrRequest,
    *,
    idempotency_key: str | None,
) -> BdrAccepted:
    """Commit a request, then enqueue it.

    Counting and inserting happen under one lock per asking user, so that the daily limit holds however many requests
    come at once, and a repeated key finds what its first use made.

    Raises:
        ProblemError: 400 a post that cannot be downloaded, 422 too many posts or a key used for another request,
            429 the day's allowance is used up.
    """
    post_ids = distinct_ids(body.post_ids, most=settings.bdr_max_posts)
    async with pool.acquire() as connection, connection.transaction():
        await queries.lock_allowance(connection, requested_by=actor.viewer.id)
        row = await _find_repeated(connection, actor, body, post_ids, idempotency_key)
        if row is None:
            row = await _create(connection, settings, actor, body, post_ids, idempotency_key)
    if row["status"] == "pending":
        await queues.enqueue(DOWNLOAD, row["id"], row["attempt"])
    return BdrAccepted(
        id=row["id"],
        status=row["status"],
        artwork_count=row["artwork_count"],
        created_at=row["created_at"],
        message=_TOLD[row["status"]].format(_artworks(row["artwork_count"])),
    )


async def _find_repeated(
    connection: Connection, actor: Actor, body: BdrRequest, post_ids: Sequence[int], idempotency_key: str | None
) -> asyncpg.Record | None:
    if idempotency_key is None:
        return None
    row = await queries.find_repeated(connection, requested_by=actor.viewer.id, idempotency_key=idempotency_key)
    if row is None:
        return None
    asked_before = (row["user_id"], row["post_ids"], *(row[name] for name in _OPTIONS))
    if asked_before != (actor.subject.id, post_ids, *(getattr(body, name) for name in _OPTIONS)):
        raise unprocessable("This Idempotency-Key was used for another request.", path="Idempotency-Key")
    return row


async def _create(
    connection: Connection,
    settings: Settings,
    actor: Actor,
    body: BdrRequest,
    post_ids: Sequence[int],
    idempotency_key: str | None,
) -> asyncpg.Record:
    await check_allowance(connection, settings, requested_by=actor.viewer.id)
    _check_all_found(post_ids, await queries.downloadable(connection, owner_id=actor.subject.id, post_ids=post_ids))
    row = await queries.insert_bdr(
        connection,
        user_id=actor.subject.id,
        requested_by=actor.viewer.id,
        post_ids=post_ids,
        include_comments=body.include_comments,
        include_reactions=body.include_reactions,
        send_email=body.send_email,
        idempotency_key=idempotency_key,
        name=one_line(body.name) or None if body.name else None,
    )
    await audit.record(connection, actor, "request_download", post_ids)
    BDR_STATUS.labels("pending").inc()
    log.info("bdr_requested", bdr_id=str(row["id"]), artworks=len(post_ids), user=actor.subject.sqid)
    return row


async def list_downloads(pool: Pool, settings: Settings, actor: Actor) -> BdrList:
    allowance = await queries.find_allowance(pool, requested_by=actor.viewer.id)
    return BdrList(
        items=await queries.list_newest(pool, user_id=actor.subject.id),
        daily_limit=settings.bdr_daily_limit,
        used_today=allowance.used,
        resets_at=allowance.resets_at,
    )


def _check_all_found(post_ids: Sequence[int], found: set[int]) -> None:
    lost = [post_id for post_id in post_ids if post_id not in found]
    if lost:
        # Which of unknown, deleted, playlist or somebody else's it is, is not told to anybody.
        named = ", ".join(map(str, lost[:5])) + (" …" if len(lost) > 5 else "")
        raise bad_request(f"These posts cannot be downloaded: {named}. Nothing was requested.", path="$.post_ids")


async def check_allowance(connection: Connection, settings: Settings, *, requested_by: int, counted: int = 0) -> None:
    """Let one more request pass; under the allowance's lock.

    Args:
        counted: how many of the requests in the table are the one that is asked about.

    Raises:
        ProblemError: 429 with the time when the next request is possible.
    """
    limit = settings.bdr_daily_limit
    allowance = await queries.find_allowance(connection, requested_by=requested_by)
    if allowance.used - counted >= limit:
        told = f"All {limit} downloads of today are used."
    elif allowance.asked - counted >= limit * MOST_ASKED:
        # What fails costs its builds as well: somewhere is the end of trying.
        told = f"{limit * MOST_ASKED} downloads were requested or retried today."
    else:
        return
    raise ProblemError(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"{told} The next one is possible at {allowance.resets_at:%Y-%m-%d %H:%M} UTC.",
        kind="daily-limit",
        headers={"Retry-After": str(allowance.seconds_left)},
    )


_TOLD = {
    "pending": "Your download of {} is being prepared.",
    "processing": "Your download of {} is being prepared.",
    "ready": "Your download of {} is ready.",
    "failed": "Your download of {} could not be built.",
    "expired": "Your download of {} has expired.",
}


def _artworks(count: int) -> str:
    return "1 artwork" if count == 1 else f"{count} artworks"
