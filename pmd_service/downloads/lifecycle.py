"""What an owner does with a request afterwards: cancel, retry, remove (SPEC sections 3 and 5).

Each is one guarded UPDATE; zero rows means that the request's state forbids it, or that there is no such request.
"""

from uuid import UUID

from ..archive.sums import forget
from ..base.database import Connection, Pool, lock
from ..base.settings import Settings
from ..base.telemetry import BDR_STATUS, log
from ..http.errors import conflict, require
from ..http.etags import IfMatch
from ..identity import audit
from ..identity.users import Actor
from ..vault import ObjectUnreadableError, Vault
from ..vault.leftovers import sweep_leftovers
from ..work.adding import drop_work, lock_work
from ..work.queue import Queue, Queues
from . import queries
from .queries import Bdr
from .requests import build_again, check_allowance
from .takeout_ending import end_takeouts

_CANCEL = """
UPDATE batch_download_requests
   SET status = 'failed', cancelled = true, error_message = $3, completed_at = now()
 WHERE id = $1 AND user_id = $2 AND status IN ('pending', 'processing') AND deleted_at IS NULL
RETURNING post_ids
"""

# The request's earlier uses of today's allowance still count, so that cancelling and retrying in turn gains nothing.
_COUNTED = f"requested_by = $3 AND allowance_at >= {queries.TODAY}"
_RETRY = f"""
UPDATE batch_download_requests
   SET {queries.RESTART},
       requested_by = $3, allowance_at = now(),
       allowance_carried = CASE WHEN {_COUNTED} THEN allowance_carried + (status <> 'failed' OR cancelled)::int
                                ELSE 0 END,
       requests_before = CASE WHEN {_COUNTED} THEN requests_before + 1 ELSE 0 END
 WHERE id = $1 AND user_id = $2 AND {queries.CAN_RESTART}
RETURNING post_ids, {queries.TITLE}
"""

# A pending request ends as cancelled, a ready one as expired: both still count for their day.
_REMOVE = """
WITH removed AS (
    SELECT id, file_path
      FROM batch_download_requests
     WHERE id = $1 AND user_id = $2 AND status <> 'processing' AND deleted_at IS NULL
       FOR UPDATE)
UPDATE batch_download_requests AS request
   SET deleted_at = now(), file_path = NULL, file_size_bytes = NULL, etag = NULL,
       stored_bytes = NULL,
       status = CASE request.status WHEN 'ready' THEN 'expired' WHEN 'pending' THEN 'failed' ELSE request.status END,
       cancelled = request.cancelled OR request.status = 'pending',
       error_message = CASE request.status WHEN 'pending' THEN $3 ELSE request.error_message END,
       completed_at = coalesce(request.completed_at, now())
  FROM removed
 WHERE request.id = removed.id
RETURNING removed.file_path, request.post_ids
"""

# The archive is missing before its time: the request expires, and can be built again.
_LOSE = """
UPDATE batch_download_requests
   SET status = 'expired', expires_at = now(), file_path = NULL, file_size_bytes = NULL, etag = NULL,
       stored_bytes = NULL
 WHERE id = $1 AND status = 'ready' AND file_path = $2
RETURNING id
"""

# Uses no allowance: the owner did not request it.
_REBUILD = f"""
UPDATE batch_download_requests
   SET {queries.RESTART}
 WHERE id = $1 AND status = 'ready' AND file_path = $2
RETURNING user_id, {queries.TITLE}
"""


async def rebuild(pool: Pool, queues: Queues, bdr_id: UUID, file_path: str, changed: ObjectUnreadableError) -> None:
    """Have a request built again because a source of its archive is missing or has changed.

    Args:
        changed: names the object, whose sum is forgotten.
    """
    async with pool.acquire() as connection, connection.transaction():
        await forget(connection, changed.key)
        row = await connection.fetchrow(_REBUILD, bdr_id, file_path)
        if row is not None:
            await build_again(connection, row["user_id"], bdr_id, row["title"])
    if row is not None:
        BDR_STATUS.labels("pending").inc()
        log.warning("bdr_source_changed", bdr_id=str(bdr_id), key=changed.key)
        await queues.put(Queue.DOWNLOADS)


async def cancel_download(pool: Pool, actor: Actor, bdr_id: UUID) -> Bdr:
    """Cancel a pending or running request; a running build notices at its next heartbeat.

    Raises:
        ProblemError: 404 no such request, 409 it has ended already.
    """
    async with pool.acquire() as connection, connection.transaction():
        await drop_work(connection, "bdr", [bdr_id])
        row = await connection.fetchrow(_CANCEL, bdr_id, actor.subject.id, _cancelled_by(actor))
        bdr = await _find(connection, actor, bdr_id)
        if row is None:
            raise conflict(f"This download cannot be cancelled: it is {bdr.status}.")
        await end_takeouts(connection, [bdr_id])
        await audit.record(connection, actor, "cancel_download", row["post_ids"])
    BDR_STATUS.labels("cancelled").inc()  # not “failed”, which alerts watch
    log.info("bdr_cancelled", bdr_id=str(bdr_id))
    return bdr


async def mark_archive_lost(pool: Pool, bdr_id: UUID, file_path: str) -> None:
    """Record that this archive is missing from the vault; does nothing if the request has another one by now."""
    if await pool.fetchrow(_LOSE, bdr_id, file_path) is not None:
        BDR_STATUS.labels("expired").inc()
        log.error("bdr_archive_lost", bdr_id=str(bdr_id))


async def _check_archive(pool: Pool, vault: Vault, actor: Actor, bdr_id: UUID) -> None:
    archive = await queries.find_archive(pool, user_id=actor.subject.id, bdr_id=bdr_id)
    if archive and archive.status == "ready" and archive.file_path and await vault.find(archive.file_path) is None:
        await mark_archive_lost(pool, bdr_id, archive.file_path)


async def retry_download(
    pool: Pool, vault: Vault, queues: Queues, settings: Settings, actor: Actor, bdr_id: UUID
) -> Bdr:
    """Build a failed or expired request again; it uses the day's allowance like a new request.

    So is a ready one whose archive is missing.

    Raises:
        ProblemError: 404 no such request, 409 it has not ended or is ready, 429 the allowance is used up.
    """
    await _check_archive(pool, vault, actor, bdr_id)
    async with pool.acquire() as connection, connection.transaction():
        await lock(connection, queries.LOCK, actor.viewer.id)
        await lock_work(connection, "bdr", bdr_id)
        row = await connection.fetchrow(_RETRY, bdr_id, actor.subject.id, actor.viewer.id)
        bdr = await _find(connection, actor, bdr_id)
        if row is None:
            raise conflict(f"This download cannot be retried: it is {bdr.status}.")
        await build_again(connection, actor.subject.id, bdr_id, row["title"])
        # The retried request is counted already; exceeding the limit rolls the update back.
        await check_allowance(connection, settings, requested_by=actor.viewer.id, counted=1)
        await audit.record(connection, actor, "retry_download", row["post_ids"])
    BDR_STATUS.labels("pending").inc()
    log.info("bdr_retried", bdr_id=str(bdr_id))
    await queues.put(Queue.DOWNLOADS)
    return bdr


async def remove_download(pool: Pool, vault: Vault, actor: Actor, bdr_id: UUID, match: IfMatch) -> None:
    """Remove a request and its archive; it still counts for its day.

    Raises:
        ProblemError: 404 no such request, 409 it is being built, 412.
    """
    async with pool.acquire() as connection, connection.transaction():
        await drop_work(connection, "bdr", [bdr_id])
        if match.is_given:
            await connection.execute(_LOCK_ONE, bdr_id, actor.subject.id)
            match.require(await _find(connection, actor, bdr_id))
        row = await connection.fetchrow(_REMOVE, bdr_id, actor.subject.id, _cancelled_by(actor))
        if row is None:
            await _find(connection, actor, bdr_id)
            raise conflict("This download is being built. Cancel it first, then remove it.")
        await end_takeouts(connection, [bdr_id])
        await audit.record(connection, actor, "delete_download", row["post_ids"])
    log.info("bdr_removed", bdr_id=str(bdr_id))
    if row["file_path"] is not None:
        # If this fails, the sweep removes it later; it is not reachable any more.
        await sweep_leftovers(pool, vault, keys=[row["file_path"]])


_LOCK_ONE = "SELECT FROM batch_download_requests WHERE id = $1 AND user_id = $2 FOR UPDATE"


async def _find(connection: Connection, actor: Actor, bdr_id: UUID) -> Bdr:
    """Raises: ProblemError: 404, no such request."""
    bdr = await queries.find_bdr(connection, user_id=actor.subject.id, bdr_id=bdr_id)
    return require(bdr, "download request")


def _cancelled_by(actor: Actor) -> str:
    return "Cancelled by a moderator" if actor.moderates else "Cancelled by you"
