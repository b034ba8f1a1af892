"""Background work of kind ``bulk_change``: one batch of posts after the other, each in a transaction of its own.

A batch that is done stays done: after a crash the next attempt goes on with the next one.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import asyncpg
import msgspec

from ...base.database import Connection
from ...base.telemetry import log
from ...identity.audit import record
from ...identity.users import Actor, requester
from ...outbox.hook import Hook, queue_webhook
from ...site.details import find_details
from ...site.licenses import known_licenses
from ...site.texts import edited_hashtags
from ...work.claimed import Claimed, LeaseLostError
from ...work.context import WorkerContext
from ...work.kind import Done, Failed, Kind, Outcome, PermanentError
from ...work.queue import Queue
from ..actions import licensing, moderated, own
from ..changes import Change, LockedPost
from ..edits import may_have, write_texts
from .before import bring_licenses_back, detailed, write_changed
from .requests import KIND, NOTIFY, BulkRequest
from .rows import SkipReason

TIME_LIMIT_SECONDS = 3600.0
_OPPOSITE = {"hide": "unhide", "unhide": "hide", "delete": "restore", "restore": "delete"}


class BulkRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that an attempt needs; ``request`` is that of the change that is undone, if it undoes one.

    ``is_moderated`` says whether the change, or the one that is undone, is of the moderators' flags.
    """

    id: int
    user_id: int
    requested_by: int
    action: str
    request: dict[str, Any]
    undo_of: int | None
    found_count: int
    done_count: int
    is_moderated: bool


class _Batch(msgspec.Struct, frozen=True):
    """A batch; ``before`` are the values that undoing brings back, by the post's id as text."""

    number: int
    post_ids: Sequence[int]
    before: dict[str, Any] | None


class _Written(msgspec.Struct, frozen=True):
    """What became of a batch: the ids that changed, what undoing needs, and the posts that were skipped."""

    changed: Sequence[int]
    before: dict[str, Any]
    skipped: Sequence[tuple[int, SkipReason]]


_CLAIM = f"""
WITH claimed AS (SELECT work FROM claim_work('{KIND}', $1, $2, $3) AS work),
     started AS (UPDATE bulk_change AS bulk
                    SET status = 'running', started_at = coalesce(bulk.started_at, now())
                   FROM claimed
                  WHERE bulk.id = (work).subject::bigint AND bulk.status IN ('pending', 'running')
                 RETURNING bulk.id, bulk.user_id, bulk.requested_by, action, request, undo_of, found_count, done_count,
                        coalesce((SELECT undone.requested_by FROM bulk_change AS undone WHERE undone.id = bulk.undo_of),
                                 bulk.requested_by) <> bulk.user_id AS is_moderated)
SELECT work, started.* FROM claimed LEFT JOIN started ON true
"""
_RELEASE = "UPDATE bulk_change SET status = 'pending' WHERE id = $1 AND status = 'running'"
_RESTART = """
UPDATE bulk_change SET status = 'pending', error_message = NULL, completed_at = NULL
 WHERE id = $1 AND status = 'failed' AND NOT EXISTS (SELECT FROM bulk_change AS undo WHERE undo.undo_of = $1)
RETURNING id
"""
# A batch of an undo has the values of before from the batch that it undoes.
_NEXT = """
SELECT batch.number, batch.post_ids, undone.before
  FROM bulk_change_batch AS batch
  LEFT JOIN bulk_change_batch AS undone ON undone.change_id = $2 AND undone.number = batch.number
 WHERE batch.change_id = $1 AND batch.changed IS NULL
 ORDER BY batch.number
 LIMIT 1
   FOR UPDATE OF batch
"""
_WRITE_BATCH = """
UPDATE bulk_change_batch SET changed = $3, before = $4, skipped = $5 WHERE change_id = $1 AND number = $2
"""
# No row: it has been cancelled.
_WRITE_COUNTS = """
UPDATE bulk_change
   SET done_count = done_count + $2, changed_count = changed_count + $3, skipped_count = skipped_count + $4
 WHERE id = $1 AND status = 'running'
RETURNING id
"""
_COMPLETE = "UPDATE bulk_change SET status = 'completed', completed_at = now() WHERE id = $1"
_FAIL = """
UPDATE bulk_change SET status = 'failed', error_message = left($2, 500), completed_at = now()
 WHERE id = ANY ($1) AND status IN ('pending', 'running')
"""


# A site's posts need not refer to its licences.
_LICENSE_REMOVED = "The licence has been removed meanwhile."


async def run_bulk_change(worker: WorkerContext, claimed: Claimed[BulkRow]) -> Outcome:
    """Change all batches that are left, and end the work."""
    row = claimed.row
    actor = requester(row.user_id, row.requested_by)
    request = msgspec.convert(row.request, BulkRequest)
    if row.undo_of is None and request.license_id and not await known_licenses(worker.pool, [request.license_id]):
        raise PermanentError(_LICENSE_REMOVED)
    hook = Hook.of_worker(worker)
    write = _changing(row, actor, request) if row.undo_of is None else _undoing(row, actor, request)
    done = row.done_count
    while count := await _change_next(worker, row, actor, hook, write):
        done += count
        claimed.progress(99.9 * done / max(row.found_count, 1))
    async with worker.pool.acquire() as connection, connection.transaction():
        await claimed.end(connection)
        await connection.execute(_COMPLETE, row.id)
        await connection.execute(NOTIFY, row.id)
    await hook.changed(None)
    log.info("bulk_change_completed", change_id=row.id, action=row.action, posts=row.found_count)
    return Done()


_Write: TypeAlias = Callable[[Connection, _Batch], Awaitable[_Written]]


async def _change_next(worker: WorkerContext, row: BulkRow, actor: Actor, hook: Hook, write: _Write) -> int:
    """Change the next batch; returns its size, 0 if none is left.

    Raises:
        LeaseLostError: the change has been cancelled.
    """
    async with worker.pool.acquire() as connection, connection.transaction():
        found = await connection.fetchrow(_NEXT, row.id, row.undo_of)
        if found is None:
            return 0
        batch = _Batch(**found)
        written = await write(connection, batch)
        counts = len(batch.post_ids), len(written.changed), len(written.skipped)
        await connection.execute(
            _WRITE_BATCH, row.id, batch.number, written.changed, written.before, list(written.skipped)
        )
        if await connection.fetchval(_WRITE_COUNTS, row.id, *counts) is None:
            raise LeaseLostError
        await connection.execute(NOTIFY, row.id)
        webhook_id = await queue_webhook(
            connection, hook, user_id=row.user_id, action=row.action, post_ids=written.changed
        )
    if webhook_id is not None:
        await worker.queues.put(Queue.WEBHOOKS)
    return len(batch.post_ids)


def _change_of(row: BulkRow, actor: Actor, action: str, request: BulkRequest) -> Change:
    """The change of single posts that a bulk change repeats."""
    match action:
        case "hide" | "unhide" | "delete" | "restore":
            return moderated(action, actor, request.reason) if row.is_moderated else own(action)
        case "license":
            return licensing(request.license_id or None)
        case _:
            return Change(action="edit", write=_nothing)


async def _nothing(_connection: Connection, _posts: Sequence[LockedPost]) -> Sequence[int]:
    """Hashtags and details are written with what undoing needs; see ``_changing``."""
    return ()


def _changing(row: BulkRow, actor: Actor, request: BulkRequest) -> _Write:
    change = _change_of(row, actor, request.action, request)

    async def write(connection: Connection, batch: _Batch) -> _Written:
        posts = await change.lock(connection, actor, batch.post_ids)
        skipped = _missing(batch.post_ids, posts)
        before: dict[int, Any] = {}
        if request.action == "hashtags":
            tags = {post.id: _edited(post.hashtags, request) for post in posts}
            skipped += [(post.id, "too_many_hashtags") for post in posts if not may_have(post, tags[post.id])]
            fitting = {post.id: tags[post.id] for post in posts if may_have(post, tags[post.id])}
            changed: Sequence[int] = await write_texts(connection, fitting)
            before = {post.id: post.hashtags for post in posts}
        elif request.action == "details":
            before = dict(await find_details(connection, owner_id=row.user_id, post_ids=[post.id for post in posts]))
            wanted = {post_id: detailed(values, request) for post_id, values in before.items()}
            changed = await write_changed(connection, row.user_id, wanted, before)
        else:
            changed, again = await _write_apart(connection, change, posts)
            skipped += again
            before = {post.id: post.license_id for post in posts} if request.action == "license" else {}
        await record(connection, actor, change.action, batch.post_ids, reason=request.reason)
        return _Written(changed, {str(post_id): before[post_id] for post_id in changed if before}, skipped)

    return write


def _undoing(row: BulkRow, actor: Actor, request: BulkRequest) -> _Write:
    """Bring back what a change has changed, except where somebody has changed it since."""
    opposite = _OPPOSITE.get(request.action, request.action)
    change = _change_of(row, actor, opposite, request)

    async def write(connection: Connection, batch: _Batch) -> _Written:
        posts = await change.lock(connection, actor, batch.post_ids)
        skipped = _missing(batch.post_ids, posts)
        before = batch.before or {}
        match request.action:
            case "license":
                same = [post for post in posts if post.license_id == (request.license_id or None)]
                changed: Sequence[int] = await bring_licenses_back(connection, same, before)
                skipped += [(post.id, "license_removed") for post in same if post.id not in changed]
            case "hashtags":
                tags = {post.id: before[str(post.id)] for post in posts}
                same = [post for post in posts if [*post.hashtags] == _edited(tags[post.id], request)]
                changed = await write_texts(connection, {post.id: tags[post.id] for post in same})
            case "details":
                now = await find_details(connection, owner_id=row.user_id, post_ids=[post.id for post in posts])
                same = [post for post in posts if now[post.id] == detailed(before[str(post.id)], request)]
                wanted = {post.id: before[str(post.id)] for post in same}
                changed = await write_changed(connection, row.user_id, wanted, now)
            case _:
                same = posts
                changed, again = await _write_apart(connection, change, posts)
                skipped += again
        skipped += [(post.id, "changed_since") for post in posts if post not in same]
        await record(connection, actor, change.action, batch.post_ids, reason=request.reason)
        return _Written(changed, {}, skipped)

    return write


def _edited(tags: Sequence[str], request: BulkRequest) -> list[str]:
    return edited_hashtags(tags, add=request.add_hashtags, remove=request.remove_hashtags)


def _missing(post_ids: Sequence[int], posts: Sequence[LockedPost]) -> list[tuple[int, SkipReason]]:
    there = {post.id for post in posts}
    return [(post_id, "deleted") for post_id in post_ids if post_id not in there]


async def _write_apart(
    connection: Connection, change: Change, posts: Sequence[LockedPost]
) -> tuple[Sequence[int], list[tuple[int, SkipReason]]]:
    """Write all posts, or one by one where a site prevents one of them from being there twice."""
    try:
        async with connection.transaction():
            return await change.write(connection, posts), []
    except asyncpg.UniqueViolationError:
        changed: list[int] = []
        skipped: list[tuple[int, SkipReason]] = []
        for post in posts:
            try:
                async with connection.transaction():
                    changed += await change.write(connection, [post])
            except asyncpg.UniqueViolationError:
                skipped.append((post.id, "posted_again"))
        return changed, skipped
    except asyncpg.ForeignKeyViolationError as error:
        raise PermanentError(_LICENSE_REMOVED) from error


async def _fail(connection: Connection, change_ids: Sequence[int], failed: Failed) -> None:
    await connection.execute(_FAIL, change_ids, failed.message)
    for change_id in change_ids:
        await connection.execute(NOTIFY, change_id)


BULK_CHANGES = Kind(
    name=KIND,
    queue=Queue.POSTS,
    key=int,
    row=BulkRow,
    run=run_bulk_change,
    claim=_CLAIM,
    release=_RELEASE,
    restart=_RESTART,
    fail=_fail,
    time_limit_seconds=TIME_LIMIT_SECONDS,
    concurrency=4,
    running_per_user=1,
    gave_up_message="The change could not be completed, although it was tried several times.",
    kept_dying_message="The change could not be completed: every attempt was interrupted.",
)
