"""Taking back what an import has made: packs and posts are deleted, unused files go to the trash."""

from collections.abc import Sequence

from ..assets.asset import lock_library
from ..base.database import Connection
from ..http.errors import ProblemError
from ..http.etags import IfMatch
from ..identity.users import Actor
from ..outbox.hook import Hook, queue_webhook
from ..packs.changes import remove_pack
from ..posts.actions import own
from ..site.feeds import Feeds
from ..work.context import WorkerContext
from .rows import NOTIFY

TOGETHER = 128

# Packs, then posts, then files: a pack's files are unused once it is gone.
_NEXT = f"""
SELECT number, made_kind AS kind, made_id FROM import_item
 WHERE import_id = $1 AND state = 'made'
 ORDER BY number DESC
 LIMIT {TOGETHER}
"""
_SETTLE = """
UPDATE import_item
   SET state = CASE WHEN made_id = ANY ($3) THEN 'undone' ELSE 'failed' END,
       message = CASE WHEN made_id <> ALL ($3) THEN 'It was used or deleted since, and stays as it is.' END
 WHERE import_id = $1 AND number = ANY ($2)
"""
# No row: it has been cancelled.
_COUNT = """
UPDATE imports SET done_number = done_number + $2, made_count = made_count - $3
 WHERE id = $1 AND status = 'running'
RETURNING id
"""
# A change of a file sets this time, which an import leaves at that of its creation.
_TRASH = """
UPDATE asset SET deleted_at = now()
 WHERE user_id = $1 AND id = ANY ($2) AND deleted_at IS NULL AND updated_at = created_at
   AND NOT EXISTS (SELECT FROM posts WHERE posts.id = asset.post_id AND NOT deleted_by_user)
   AND NOT EXISTS (SELECT FROM pack_asset JOIN pack ON pack.id = pack_id
                    WHERE asset_id = asset.id AND pack.deleted_at IS NULL)
RETURNING id
"""


async def undo_next(worker: WorkerContext, actor: Actor, import_id: int) -> bool:
    """Take back some of what is left; False if nothing is, or the undo has been cancelled."""
    rows = await worker.pool.fetch(_NEXT, import_id)
    if not rows:
        return False
    rows = [row for row in rows if row["kind"] == rows[0]["kind"]]
    made, numbers = [row["made_id"] for row in rows], [row["number"] for row in rows]
    undone: Sequence[int]
    if rows[0]["kind"] == "pack":
        undone = [pack_id for pack_id in made if await _remove_pack(worker, actor, pack_id)]
        return await _settle(worker, import_id, numbers, undone)
    hook = Hook(worker.settings.site_webhook_url is not None, worker.queues, Feeds.of(worker.settings))
    webhook_id: int | None = None
    async with worker.pool.acquire() as connection, connection.transaction():
        if rows[0]["kind"] == "post":
            undone = await _delete_posts(connection, actor, made)
            user_id = actor.subject.id
            webhook_id = await queue_webhook(connection, hook, user_id=user_id, action="delete", post_ids=undone)
        else:
            await lock_library(connection, user_id=actor.subject.id)
            undone = [row["id"] for row in await connection.fetch(_TRASH, actor.subject.id, made)]
        is_running = await _settle_in(connection, import_id, numbers, undone)
    await hook.changed(webhook_id)
    return is_running


async def _remove_pack(worker: WorkerContext, actor: Actor, pack_id: int) -> bool:
    try:
        await remove_pack(worker.pool, actor, pack_id, IfMatch(None))
    except ProblemError:  # it was removed since, or is being built
        return False
    return True


async def _delete_posts(connection: Connection, actor: Actor, post_ids: Sequence[int]) -> Sequence[int]:
    deleting = own("delete")
    posts = await deleting.lock(connection, actor, post_ids)
    return await deleting.write(connection, posts)


async def _settle(worker: WorkerContext, import_id: int, numbers: Sequence[int], made: Sequence[int]) -> bool:
    async with worker.pool.acquire() as connection, connection.transaction():
        return await _settle_in(connection, import_id, numbers, made)


async def _settle_in(connection: Connection, import_id: int, numbers: Sequence[int], undone: Sequence[int]) -> bool:
    await connection.execute(_SETTLE, import_id, numbers, undone)
    counts = (len(numbers), len(undone))
    is_running = await connection.fetchval(_COUNT, import_id, *counts) is not None
    await connection.execute(NOTIFY, import_id)
    return is_running
