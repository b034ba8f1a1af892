"""Taking back what an import has made: packs, posts and drafts are deleted, unused files go to the trash."""

from collections.abc import Sequence

import msgspec

from ..assets.asset import lock_library
from ..base.database import Connection, find_values
from ..desk.imported import delete_empty_series, delete_unchanged_drafts
from ..http.errors import ProblemError
from ..http.etags import IfMatch
from ..identity.users import Actor
from ..outbox.hook import Hook, queue_webhook
from ..packs.changes import drop_pack
from ..posts.actions import own
from ..work.claimed import LeaseLostError
from ..work.context import WorkerContext
from .items import SettingItem
from .rows import NOTIFY
from .settings import drop_setting

TOGETHER = 128

# Drafts, packs, posts, series, then files: a pack's files are unused once it is gone.
_NEXT = f"""
SELECT number, made_kind AS kind, made_id, asset_id, CASE WHEN made_kind = 'setting' THEN item END AS item
  FROM import_item
 WHERE import_id = $1 AND state = 'made'
 ORDER BY number DESC
 LIMIT {TOGETHER}
"""
_SETTLE = """
UPDATE import_item
   SET state = CASE WHEN number = ANY ($3) THEN 'undone' ELSE 'failed' END,
       message = CASE WHEN number <> ALL ($3) THEN 'It was used or deleted since, and stays as it is.' END
 WHERE import_id = $1 AND number = ANY ($2) AND state = 'made'
RETURNING number
"""
# No row: it has been cancelled.
_COUNT = """
UPDATE imports SET done_number = done_number + $2, made_count = made_count - $3
 WHERE id = $1 AND status = 'running'
RETURNING done_number::float8 / greatest(done_number + made_count, 1)
"""
# A change of a file sets this time, which an import leaves at that of its creation.
_TRASH = """
UPDATE asset SET deleted_at = now()
 WHERE user_id = $1 AND id = ANY ($2) AND deleted_at IS NULL AND updated_at = created_at
   AND NOT EXISTS (SELECT FROM posts WHERE posts.id = asset.post_id AND NOT deleted_by_user)
   AND NOT EXISTS (SELECT FROM pack_asset JOIN pack ON pack.id = pack_id
                    WHERE asset_id = asset.id AND pack.deleted_at IS NULL)
   AND NOT EXISTS (SELECT FROM draft WHERE draft.asset_id = asset.id AND status <> 'published')
RETURNING id
"""


async def undo_next(worker: WorkerContext, actor: Actor, import_id: int) -> float | None:
    """Take back some of what is left, with the record of it in one transaction; the part that is done by then.

    Returns:
        Between 0 and 1; None if nothing was left, or the undo has been cancelled.
    """
    rows = await worker.pool.fetch(_NEXT, import_id)
    rows = [row for row in rows if row["kind"] == rows[0]["kind"]]
    if not rows:
        return None
    made, numbers = [row["made_id"] for row in rows], [row["number"] for row in rows]
    hook = Hook.of_worker(worker)
    user_id = actor.subject.id
    webhook_id: int | None = None
    undone: Sequence[int]
    async with worker.pool.acquire() as connection, connection.transaction():
        match rows[0]["kind"]:
            case "pack":
                undone = [pack_id for pack_id in made if await _drop_pack(connection, actor, pack_id)]
            case "post":
                undone = await _delete_posts(connection, actor, made)
                webhook_id = await queue_webhook(connection, hook, user_id=user_id, action="delete", post_ids=undone)
            case "draft":
                await lock_library(connection, user_id=user_id)
                undone = await delete_unchanged_drafts(connection, made, user_id=user_id)
                files = [row["asset_id"] for row in rows if row["made_id"] in undone and row["asset_id"]]
                await connection.execute(_TRASH, user_id, files)
            case "series":
                undone = await delete_empty_series(connection, made, user_id=user_id)
            case "setting":
                rows, numbers = rows[:1], numbers[:1]
                item = msgspec.convert(rows[0]["item"], SettingItem)
                undone = made if await drop_setting(connection, item, made[0], user_id=user_id) else []
            case _:
                await lock_library(connection, user_id=user_id)
                undone = await find_values(connection, _TRASH, user_id, made)
        settled = [row["number"] for row in rows if row["made_id"] in undone]
        done = await _settle(connection, import_id, numbers, settled)
    await hook.changed(webhook_id)
    return done


async def _drop_pack(connection: Connection, actor: Actor, pack_id: int) -> bool:
    try:
        async with connection.transaction():
            await drop_pack(connection, actor, pack_id, IfMatch(None))
    except ProblemError:  # it was removed since, or is being built
        return False
    return True


async def _delete_posts(connection: Connection, actor: Actor, post_ids: Sequence[int]) -> Sequence[int]:
    deleting = own("delete")
    posts = await deleting.lock(connection, actor, post_ids)
    return await deleting.write(connection, posts)


async def _settle(
    connection: Connection, import_id: int, numbers: Sequence[int], undone: Sequence[int]
) -> float | None:
    if len(await connection.fetch(_SETTLE, import_id, numbers, undone)) < len(numbers):
        raise LeaseLostError  # another attempt has taken them back
    part: float | None = await connection.fetchval(_COUNT, import_id, len(numbers), len(undone))
    await connection.execute(NOTIFY, import_id)
    return part
