"""The rules of taking everything out: how it is cut into parts, and how often it may be asked for."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from uuid import UUID

import msgspec

from ...database import Connection, Pool
from ...http.errors import ProblemError, bad_request, conflict, not_found, unprocessable
from ...identity import audit
from ...identity.users import Actor
from ...ops.settings import Settings
from ...ops.telemetry import BDR_STATUS, log
from ...work.queue import DOWNLOAD, Queues
from ..queries import lock_allowance
from . import queries
from .queries import Size, TakeoutList, TakeoutParts

# The trail names a selection of posts; a takeout is all of them, and its first ones stand for it.
AUDITED_POSTS = 128


class TakeoutRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/takeout."""

    include_comments: bool = False
    include_reactions: bool = False
    send_email: bool = False


def cut_into_parts(artworks: Sequence[Size], *, max_posts: int, max_bytes: int) -> Iterator[list[int]]:
    """The artworks in their order, in parts that each fit into one archive.

    An artwork that is larger than a whole part has one to itself, which says so when it is built.
    """
    part: list[int] = []
    part_bytes = 0
    for artwork in artworks:
        if part and (len(part) >= max_posts or part_bytes + artwork.file_bytes > max_bytes):
            yield part
            part, part_bytes = [], 0
        part.append(artwork.post_id)
        part_bytes += artwork.file_bytes
    if part:
        yield part


async def request_takeout(
    pool: Pool, queues: Queues, settings: Settings, actor: Actor, body: TakeoutRequest, *, idempotency_key: str | None
) -> TakeoutParts:
    """Commit a takeout with all of its parts, then enqueue the first one; the others follow one after another.

    Raises:
        ProblemError: 400 there is nothing to take out, 422 a key used for something else, 429 it is too soon.
    """
    async with pool.acquire() as connection, connection.transaction():
        await lock_allowance(connection, requested_by=actor.subject.id)
        takeout_id = await _find_repeated(connection, actor, body, idempotency_key)
        if takeout_id is None:
            takeout_id = await _create(connection, settings, actor, body, idempotency_key)
        takeout = await _require(connection, actor, takeout_id)
    first = takeout.parts[0] if takeout.parts else None
    if first is not None and first.status == "pending":
        await queues.enqueue(DOWNLOAD, first.id, 0)
    return takeout


async def _find_repeated(
    connection: Connection, actor: Actor, body: TakeoutRequest, idempotency_key: str | None
) -> UUID | None:
    if idempotency_key is None:
        return None
    row = await queries.find_repeated(connection, requested_by=actor.viewer.id, idempotency_key=idempotency_key)
    if row is None:
        return None
    before = (row["user_id"], row["include_comments"], row["include_reactions"], row["send_email"])
    if before != (actor.subject.id, body.include_comments, body.include_reactions, body.send_email):
        raise unprocessable("This Idempotency-Key was used for another takeout.", path="Idempotency-Key")
    takeout_id: UUID = row["id"]
    return takeout_id


async def _create(
    connection: Connection, settings: Settings, actor: Actor, body: TakeoutRequest, idempotency_key: str | None
) -> UUID:
    await _check_not_too_soon(connection, settings, user_id=actor.subject.id)
    artworks = await queries.list_artworks(connection, owner_id=actor.subject.id)
    if not artworks:
        raise bad_request("There is nothing to take out: there are no artworks.")
    parts = list(cut_into_parts(artworks, max_posts=settings.bdr_max_posts, max_bytes=settings.bdr_max_bytes))
    takeout_id = await queries.insert_takeout(
        connection,
        user_id=actor.subject.id,
        requested_by=actor.viewer.id,
        include_comments=body.include_comments,
        include_reactions=body.include_reactions,
        send_email=body.send_email,
        idempotency_key=idempotency_key,
        parts=parts,
    )
    await audit.record(connection, actor, "request_takeout", parts[0][:AUDITED_POSTS])
    BDR_STATUS.labels("pending").inc(len(parts))
    log.info("takeout_requested", takeout_id=str(takeout_id), artworks=len(artworks), parts=len(parts))
    return takeout_id


async def _check_not_too_soon(connection: Connection, settings: Settings, *, user_id: int) -> None:
    possible_at = await queries.next_possible_at(connection, user_id=user_id, days=settings.takeout_days)
    if possible_at is None:
        return
    raise ProblemError(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"Everything can be taken out once in {settings.takeout_days} days. The next time is possible at "
        f"{possible_at:%Y-%m-%d %H:%M} UTC.",
        kind="takeout-limit",
        headers={"Retry-After": str(await queries.seconds_until(connection, possible_at))},
    )


async def list_own(pool: Pool, settings: Settings, actor: Actor) -> TakeoutList:
    return TakeoutList(
        items=await queries.list_takeouts(pool, user_id=actor.subject.id),
        next_possible_at=await queries.next_possible_at(pool, user_id=actor.subject.id, days=settings.takeout_days),
    )


async def cancel_takeout(pool: Pool, actor: Actor, takeout_id: UUID) -> TakeoutParts:
    """End what has not been built yet; parts that are ready stay. A running build notices at its next heartbeat.

    Raises:
        ProblemError: 404 no such takeout, 409 it has ended already.
    """
    async with pool.acquire() as connection, connection.transaction():
        cancelled = await queries.cancel(connection, user_id=actor.subject.id, takeout_id=takeout_id)
        takeout = await _require(connection, actor, takeout_id)
        if not cancelled:
            raise conflict("This takeout cannot be cancelled: it has ended already.")
        await audit.record(connection, actor, "cancel_takeout", [])
    log.info("takeout_cancelled", takeout_id=str(takeout_id))
    return takeout


async def _require(connection: Connection, actor: Actor, takeout_id: UUID) -> TakeoutParts:
    takeout = await queries.find_takeout(connection, user_id=actor.subject.id, takeout_id=takeout_id)
    if takeout is None:
        raise not_found("takeout")
    return takeout
