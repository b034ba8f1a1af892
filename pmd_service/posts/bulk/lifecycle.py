"""Cancelling and undoing bulk changes, and removing old ones."""

from ...base.database import Connection, Pool, forget, lock
from ...base.telemetry import log
from ...http.errors import conflict
from ...http.selection import counted
from ...identity import audit
from ...identity.users import Actor, require_scope
from ...work.adding import drop_work, lock_work
from ...work.context import WorkerContext
from ...work.queue import Queue, Queues
from .requests import KIND, LOCK, NOTIFY, enqueue, require_capacity
from .rows import KEEP_DAYS, BulkChange, require_bulk_change

# A running attempt finds it at its next batch; the batches that are done stay.
_CANCEL = """
UPDATE bulk_change SET status = 'cancelled', completed_at = now()
 WHERE id = $1 AND status IN ('pending', 'running')
RETURNING id
"""
_IS_BY_MODERATOR = "SELECT requested_by <> user_id FROM bulk_change WHERE id = $1"
_INSERT_UNDO = """
INSERT INTO bulk_change (user_id, requested_by, action, request, found_count, undo_of)
SELECT user_id, $2, 'undo', request, changed_count, id FROM bulk_change WHERE id = $1
RETURNING id
"""
_INSERT_BATCHES = """
INSERT INTO bulk_change_batch (change_id, number, post_ids)
SELECT $2, number, changed FROM bulk_change_batch WHERE change_id = $1 AND cardinality(changed) > 0
"""
_RESUME = """
UPDATE bulk_change
   SET status = 'pending', error_message = NULL, completed_at = NULL,
       done_count = done_count - skipped_count, skipped_count = 0
 WHERE id = $1 AND (status IN ('cancelled', 'failed') OR status = 'completed' AND skipped_count > 0)
RETURNING id
"""
# Why a post was skipped may no longer be so: such posts are the batch that is written again.
_REPEAT_SKIPPED = """
UPDATE bulk_change_batch
   SET post_ids = ARRAY(SELECT (pair ->> 0)::bigint FROM jsonb_array_elements(skipped) AS pair),
       changed = NULL, skipped = '[]'
 WHERE change_id = $1 AND skipped <> '[]'
"""
# An undo goes with the change that it undoes, once it has ended.
_FORGET = """
DELETE FROM bulk_change
 WHERE id = ANY (ARRAY(
       SELECT id FROM bulk_change
        WHERE completed_at < now() - make_interval(days => $1)
          AND NOT EXISTS (SELECT FROM bulk_change AS undo
                           WHERE undo.undo_of = bulk_change.id AND undo.completed_at IS NULL)
        ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED))
"""


async def cancel_bulk_change(pool: Pool, actor: Actor, change_id: int) -> BulkChange:
    """Stop a change after the batch that is being written; what is changed stays so, and can be undone.

    Raises:
        ProblemError: 404 no such change, 409 it has ended.
    """
    async with pool.acquire() as connection, connection.transaction():
        found = await require_bulk_change(connection, user_id=actor.subject.id, change_id=change_id)
        await drop_work(connection, KIND, [change_id])
        if await connection.fetchval(_CANCEL, change_id) is None:
            raise conflict(f"This change has already ended: it is {found.status}.")
        await connection.execute(NOTIFY, change_id)
        await audit.record(connection, actor, "cancel_change_of_posts")
        cancelled = await require_bulk_change(connection, user_id=actor.subject.id, change_id=change_id)
    log.info("bulk_change_cancelled", change_id=change_id)
    return cancelled


async def undo_bulk_change(pool: Pool, queues: Queues, actor: Actor, change_id: int) -> BulkChange:
    """Bring back what a change has changed, as a change of its own; what was changed since is skipped.

    Repeating it answers with the same change, and goes on with it where it was stopped or had to skip posts: otherwise
    the posts that were left could never be brought back.

    Raises:
        ProblemError: 403 an access key may not delete what was restored, 404 no such change, 409 it has not ended, has
            changed nothing, is an undo, or is a moderator's; 429 too many changes have not ended.
    """
    async with pool.acquire() as connection, connection.transaction():
        await lock(connection, LOCK, actor.subject.id)
        change = await require_bulk_change(connection, user_id=actor.subject.id, change_id=change_id)
        if change.action == "restore":
            require_scope(actor, "posts:delete")
        if change.status in ("pending", "running"):
            raise conflict("This change has not ended yet: cancel it first.")
        if change.undo_of_id is not None or not change.changed_count:
            raise conflict("There is nothing to undo: it undid another change, or has changed nothing.")
        if not actor.moderates and await connection.fetchval(_IS_BY_MODERATOR, change_id):
            raise conflict("A moderator has made this change; only moderators can undo it.")
        undo_id = change.undone_by_id
        if undo_id is None:
            await require_capacity(connection, actor.subject.id)
            undo_id = await _add_undo(connection, actor, change_id)
        elif not await _resume(connection, actor, undo_id):
            return await require_bulk_change(connection, user_id=actor.subject.id, change_id=undo_id)
        await enqueue(connection, actor, undo_id, f"undo · {counted(change.changed_count, 'post')}")
        await connection.execute(NOTIFY, change_id)
        await audit.record(connection, actor, "undo_change_of_posts")
        undo = await require_bulk_change(connection, user_id=actor.subject.id, change_id=undo_id)
    await queues.put(Queue.POSTS)
    log.info("bulk_change_undone", change_id=change_id, undo_id=undo_id)
    return undo


async def _add_undo(connection: Connection, actor: Actor, change_id: int) -> int:
    undo_id: int = await connection.fetchval(_INSERT_UNDO, change_id, actor.viewer.id)
    await connection.execute(_INSERT_BATCHES, change_id, undo_id)
    return undo_id


async def _resume(connection: Connection, actor: Actor, undo_id: int) -> bool:
    """Go on with an undo that has something left, with the posts that it skipped; False if it has not."""
    undo = await require_bulk_change(connection, user_id=actor.subject.id, change_id=undo_id)
    if undo.status not in ("cancelled", "failed") and not (undo.status == "completed" and undo.skipped_count):
        return False
    await require_capacity(connection, actor.subject.id)
    await lock_work(connection, KIND, undo_id)
    if await connection.fetchval(_RESUME, undo_id) is None:
        return False
    await connection.execute(_REPEAT_SKIPPED, undo_id)
    return True


async def forget_old_changes(worker: WorkerContext) -> None:
    """The daily upkeep step."""
    log.info("bulk_changes_forgotten", changes=await forget(worker.pool, _FORGET, KEEP_DAYS))
