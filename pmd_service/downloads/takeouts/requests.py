"""Requesting, cancelling and retrying a takeout, and how often one is allowed."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from ...base.database import Connection, Pool, lock
from ...base.settings import Settings
from ...base.telemetry import BDR_STATUS, log, request_id
from ...http.errors import bad_request, conflict, require, too_many
from ...http.once import Once
from ...http.selection import counted
from ...identity import audit
from ...identity.users import Actor
from ...site.posts import LIVE_ARTWORK
from ...site.texts import line_or_none
from ...vault import Vault
from ...work.adding import drop_work
from ...work.queue import Queue, Queues
from ..lifecycle import retry_download
from ..queries import LOCK
from ..requests import MAX_NAME, add_build
from .queries import TakeoutParts, find_takeout, next_possible_at

# The audit log names only the first posts of a takeout.
AUDITED_POSTS = 128
EVERYTHING = "Everything"

# A limit, because clients read the whole central directory first.
MAX_ARTWORKS = 100_000

# Every artwork of the owner that is not deleted, including hidden ones, newest first; no playlists.
_ARTWORKS = f"""
SELECT coalesce(array_agg(id ORDER BY created_at DESC, id DESC), '{{}}')
  FROM (SELECT id, created_at FROM posts
         WHERE owner_id = $1 AND {LIVE_ARTWORK}
         ORDER BY created_at DESC, id DESC
         LIMIT {MAX_ARTWORKS}) AS newest
"""

_INSERT = """
INSERT INTO takeouts (user_id, requested_by, include_comments, include_reactions, send_email, artwork_count,
                      part_count)
VALUES ($1, $2, $3, $4, $5, $6, 1)
RETURNING id
"""

# A takeout is one download of everything.
_INSERT_PART = """
INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, include_comments,
                                     include_reactions, takeout_id, part, name, request_id)
SELECT user_id, requested_by, $2::bigint[], artwork_count, include_comments, include_reactions, id, 1, $3, $4
  FROM takeouts
 WHERE id = $1
RETURNING id
"""

_PARTS = "SELECT id FROM batch_download_requests WHERE takeout_id = $1 AND user_id = $2"

_CANCEL = """
UPDATE takeouts SET cancelled = true, completed_at = now()
 WHERE id = $1 AND user_id = $2 AND completed_at IS NULL
RETURNING id
"""

_CANCEL_PARTS = """
UPDATE batch_download_requests
   SET status = 'failed', cancelled = true, error_message = 'Cancelled with its takeout.', completed_at = now()
 WHERE takeout_id = $1 AND status IN ('pending', 'processing') AND deleted_at IS NULL
"""

# Relative to the start of the transaction.
_SECONDS_UNTIL = "SELECT greatest(1, ceil(extract(epoch FROM $1::timestamptz - now())))::int"


class TakeoutRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/takeout; the file gets the name."""

    name: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)] | None = None
    include_comments: bool = False
    include_reactions: bool = False
    send_email: bool = False


async def request_takeout(
    pool: Pool, queues: Queues, settings: Settings, actor: Actor, body: TakeoutRequest, once: Once
) -> TakeoutParts:
    """Commit a takeout with its download, then enqueue it.

    Raises:
        ProblemError: 400 there are no artworks, 429 it is too soon, and as ``Once.begin``.
    """
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock(connection, LOCK, actor.subject.id)
        takeout = await _find(connection, actor, await _create(connection, settings, actor, body))
        await once.end(connection, takeout)
    await queues.put(Queue.DOWNLOADS)
    return takeout


async def _create(connection: Connection, settings: Settings, actor: Actor, body: TakeoutRequest) -> UUID:
    await _check_not_too_soon(connection, settings, user_id=actor.subject.id)
    post_ids: Sequence[int] = await connection.fetchval(_ARTWORKS, actor.subject.id)
    if not post_ids:
        raise bad_request("There are no artworks to download.")
    takeout_id: UUID = await connection.fetchval(
        _INSERT,
        actor.subject.id,
        actor.viewer.id,
        *(body.include_comments, body.include_reactions, body.send_email),
        len(post_ids),
    )
    name = line_or_none(body.name) or EVERYTHING
    bdr_id: UUID = await connection.fetchval(_INSERT_PART, takeout_id, post_ids, name, request_id())
    await add_build(connection, actor.subject.id, bdr_id, name)
    await audit.record(connection, actor, "request_takeout", post_ids[:AUDITED_POSTS])
    BDR_STATUS.labels("pending").inc()
    log.info("takeout_requested", takeout_id=str(takeout_id), artworks=len(post_ids))
    return takeout_id


async def _check_not_too_soon(connection: Connection, settings: Settings, *, user_id: int) -> None:
    possible_at = await next_possible_at(connection, user_id=user_id, days=settings.takeout_days)
    if possible_at is None:
        return
    raise too_many(
        f"Only one takeout is possible in {counted(settings.takeout_days, 'day')}. The next one is possible at "
        f"{possible_at:%Y-%m-%d %H:%M} UTC.",
        seconds=await connection.fetchval(_SECONDS_UNTIL, possible_at),
        kind="takeout-limit",
    )


async def cancel_takeout(pool: Pool, actor: Actor, takeout_id: UUID) -> TakeoutParts:
    """Cancel what has not been built yet; ready parts stay. A running build notices at its next heartbeat.

    Raises:
        ProblemError: 404 no such takeout, 409 it has already ended.
    """
    async with pool.acquire() as connection, connection.transaction():
        parts = await connection.fetch(_PARTS, takeout_id, actor.subject.id)
        await drop_work(connection, "bdr", [part["id"] for part in parts])
        cancelled = await connection.fetchval(_CANCEL, takeout_id, actor.subject.id)
        if cancelled is not None:
            await connection.execute(_CANCEL_PARTS, takeout_id)
        takeout = await _find(connection, actor, takeout_id)
        if cancelled is None:
            raise conflict("This takeout cannot be cancelled: it has already ended.")
        await audit.record(connection, actor, "cancel_takeout", [])
    log.info("takeout_cancelled", takeout_id=str(takeout_id))
    return takeout


async def retry_takeout(
    pool: Pool, vault: Vault, queues: Queues, settings: Settings, actor: Actor, takeout_id: UUID
) -> TakeoutParts:
    """Rebuild the parts that failed or expired; it uses the day's allowance like retried downloads.

    Raises:
        ProblemError: 404 no such takeout, 409 no part has failed or expired, 429 the allowance is used up.
    """
    takeout = await _find(pool, actor, takeout_id)
    again = [part.id for part in takeout.parts if part.status in ("failed", "expired")]
    if not again:
        raise conflict("This takeout cannot be retried: it has neither failed nor expired.")
    for bdr_id in again:
        await retry_download(pool, vault, queues, settings, actor, bdr_id)
    return await _find(pool, actor, takeout_id)


async def _find(connection: Connection | Pool, actor: Actor, takeout_id: UUID) -> TakeoutParts:
    """Raises: ProblemError: 404, no such takeout."""
    return require(await find_takeout(connection, user_id=actor.subject.id, takeout_id=takeout_id), "takeout")
