"""Requesting, cancelling and retrying a takeout, and how often one is allowed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from ...base.database import Connection, Pool, find_values, lock
from ...base.settings import Settings
from ...base.telemetry import BDR_STATUS, log, request_id
from ...http.errors import bad_request, conflict, require, too_many, unprocessable
from ...http.once import Once
from ...identity import audit
from ...identity.users import Actor
from ...locales import plural
from ...portable.records import COUNTED_PARTS, PARTS, TakeoutPart
from ...site.posts import LIVE_ARTWORK
from ...site.texts import line_or_none
from ...vault import Vault
from ...work.adding import drop_work
from ...work.queue import Queue, Queues
from ..lifecycle import retry_download
from ..queries import LOCK
from ..requests import MAX_NAME, add_build
from ..taken import TAKEN_FILE
from .queries import Takeout, find_takeout, next_possible_at

# The audit log names only the first posts of a takeout.
AUDITED_POSTS = 128
EVERYTHING, IN_PART = "Everything", "Takeout"

# Every artwork that is not deleted, hidden ones too, but no playlists; of the parts $2.
_COUNT = f"""
SELECT (SELECT count(*) FROM posts WHERE owner_id = $1 AND {LIVE_ARTWORK} AND 'posts' = ANY ($2)) AS post_count,
       (SELECT count(*) FROM asset WHERE {TAKEN_FILE} AND 'library' = ANY ($2)) AS file_count,
       (SELECT count(*) FROM pack WHERE user_id = $1 AND deleted_at IS NULL AND 'packs' = ANY ($2)) AS pack_count
"""
_SOME_POSTS = f"""
SELECT id FROM posts WHERE owner_id = $1 AND {LIVE_ARTWORK} ORDER BY created_at DESC, id DESC LIMIT {AUDITED_POSTS}
"""

_INSERT = """
INSERT INTO takeouts (user_id, requested_by, send_email, since, parts, post_count, file_count, pack_count)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING id
"""

# A takeout is a download of everything: its posts and files are found when it is built.
_INSERT_DOWNLOAD = """
INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, include_comments,
                                     include_reactions, takeout_id, name, request_id)
SELECT user_id, requested_by, '{}', post_count + file_count, true, true, id, $2, $3
  FROM takeouts
 WHERE id = $1
RETURNING id
"""

_DOWNLOADS = "SELECT id FROM batch_download_requests WHERE takeout_id = $1 AND user_id = $2"
# The takeout's own time: what has changed while it was built is in the next one.
_WHEN = "SELECT created_at, parts FROM takeouts WHERE id = $1 AND user_id = $2"

_CANCEL = """
UPDATE takeouts SET cancelled = true, completed_at = now()
 WHERE id = $1 AND user_id = $2 AND completed_at IS NULL
RETURNING id
"""

_CANCEL_DOWNLOAD = """
UPDATE batch_download_requests
   SET status = 'failed', cancelled = true, error_message = 'Cancelled with its takeout.', completed_at = now()
 WHERE takeout_id = $1 AND status IN ('pending', 'processing') AND deleted_at IS NULL
"""

# Relative to the start of the transaction.
_SECONDS_UNTIL = "SELECT greatest(1, ceil(extract(epoch FROM $1::timestamptz - now())))::int"


class TakeoutRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/takeout; the file gets the name."""

    name: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)] | None = None
    since: (
        Annotated[
            str,
            Meta(
                max_length=40,
                description="A date or a time (ISO 8601; without a zone, UTC), or the id of a takeout: files from "
                "before then are left out, and everything else is not.",
                examples=["2026-01-31"],
            ),
        ]
        | None
    ) = None
    parts: Annotated[
        Sequence[TakeoutPart],
        Meta(min_length=1, max_length=len(PARTS), description="What it has; series come with posts and drafts."),
    ] = PARTS
    send_email: bool = False


async def request_takeout(
    pool: Pool, queues: Queues, settings: Settings, actor: Actor, body: TakeoutRequest, once: Once
) -> Takeout:
    """Commit a takeout with its download, then enqueue it.

    Raises:
        ProblemError: 400 there is nothing to take out, 422 ``since`` is neither a time nor a takeout of these parts,
            429 it is too soon, and as ``Once.begin``.
    """
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock(connection, LOCK, actor.subject.id)
        takeout = await _find(connection, actor, await _create(connection, settings, actor, body))
        await once.end(connection, takeout)
    await queues.put(Queue.DOWNLOADS)
    return takeout


async def _create(connection: Connection, settings: Settings, actor: Actor, body: TakeoutRequest) -> UUID:
    parts = _parts(actor, body)
    since = await _since(connection, actor, body, parts)
    await _check_not_too_soon(connection, settings, user_id=actor.subject.id)
    user_id = actor.subject.id
    counts = await connection.fetchrow(_COUNT, user_id, parts)
    assert counts is not None
    if not any(counts) and COUNTED_PARTS.intersection(parts):
        raise bad_request("There is nothing to take out: no posts, no files and no packs.")
    takeout_id: UUID = await connection.fetchval(
        _INSERT, user_id, actor.viewer.id, body.send_email, since, parts, *counts
    )
    name = line_or_none(body.name) or (EVERYTHING if {*body.parts} == {*PARTS} else IN_PART)
    bdr_id: UUID = await connection.fetchval(_INSERT_DOWNLOAD, takeout_id, name, request_id())
    await add_build(connection, user_id, bdr_id, name)
    some = await find_values(connection, _SOME_POSTS, user_id) if counts["post_count"] else []
    await audit.record(connection, actor, "request_takeout", some)
    BDR_STATUS.labels("pending").inc()
    log.info("takeout_requested", takeout_id=str(takeout_id), **dict(counts))
    return takeout_id


def _parts(actor: Actor, body: TakeoutRequest) -> list[TakeoutPart]:
    """What is asked for, in one order; the account is for its owner only.

    Raises:
        ProblemError: 422, nothing is left.
    """
    parts = [part for part in PARTS if part in body.parts and not (part == "account" and actor.moderates)]
    if not parts:
        raise unprocessable("Only its owner takes an account home.", path="$.parts")
    return parts


async def _since(
    connection: Connection, actor: Actor, body: TakeoutRequest, parts: Sequence[TakeoutPart]
) -> datetime | None:
    """Raises: ProblemError: 422, it is neither a time nor one of the user's takeouts, or that has not all parts."""
    if body.since is None:
        return None
    try:
        at = datetime.fromisoformat(body.since)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    try:
        before = await connection.fetchrow(_WHEN, UUID(body.since), actor.subject.id)
    except ValueError:
        before = None
    if before is None:
        raise unprocessable("This is neither a time nor the id of one of your takeouts.", path="$.since")
    # Otherwise older files would be in neither.
    if not {*parts} <= {*before["parts"], "account"}:
        raise unprocessable("That takeout has not all of these parts.", path="$.since")
    since: datetime = before["created_at"]
    return since


async def _check_not_too_soon(connection: Connection, settings: Settings, *, user_id: int) -> None:
    possible_at = await next_possible_at(connection, user_id=user_id, days=settings.takeout_days)
    if possible_at is None:
        return
    raise too_many(
        plural(
            "Only one takeout is possible a day. The next one is possible at {at} UTC.",
            "Only one takeout is possible in {number} days. The next one is possible at {at} UTC.",
            settings.takeout_days,
            at=f"{possible_at:%Y-%m-%d %H:%M}",
        ),
        seconds=await connection.fetchval(_SECONDS_UNTIL, possible_at),
        kind="takeout-limit",
    )


async def cancel_takeout(pool: Pool, actor: Actor, takeout_id: UUID) -> Takeout:
    """Cancel a takeout; a running build notices at its next heartbeat.

    Raises:
        ProblemError: 404 no such takeout, 409 it has already ended.
    """
    async with pool.acquire() as connection, connection.transaction():
        await drop_work(connection, "bdr", await find_values(connection, _DOWNLOADS, takeout_id, actor.subject.id))
        cancelled = await connection.fetchval(_CANCEL, takeout_id, actor.subject.id)
        if cancelled is not None:
            await connection.execute(_CANCEL_DOWNLOAD, takeout_id)
        takeout = await _find(connection, actor, takeout_id)
        if cancelled is None:
            raise conflict("This takeout cannot be cancelled: it has already ended.")
        await audit.record(connection, actor, "cancel_takeout", [])
    log.info("takeout_cancelled", takeout_id=str(takeout_id))
    return takeout


async def retry_takeout(
    pool: Pool, vault: Vault, queues: Queues, settings: Settings, actor: Actor, takeout_id: UUID
) -> Takeout:
    """Build it again after it has failed or expired; it uses the day's allowance like retried downloads.

    Raises:
        ProblemError: 404 no such takeout, 409 it has neither failed nor expired, 429 the allowance is used up.
    """
    takeout = await _find(pool, actor, takeout_id)
    if takeout.download_id is None:
        raise conflict("This takeout cannot be retried: its download was removed. Request another one.")
    if takeout.status == "processing" or takeout.download_url is not None:
        raise conflict("This takeout cannot be retried: it has neither failed nor expired.")
    await retry_download(pool, vault, queues, settings, actor, takeout.download_id)
    return await _find(pool, actor, takeout_id)


async def _find(connection: Connection | Pool, actor: Actor, takeout_id: UUID) -> Takeout:
    """Raises: ProblemError: 404, no such takeout."""
    return require(await find_takeout(connection, user_id=actor.subject.id, takeout_id=takeout_id), "takeout")
