"""Stopping an upload, trying its failed files again, and undoing what it added."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec

from ..assets.asset import find_known, lock_library
from ..database import Connection, Pool
from ..http.errors import conflict, gone, not_found, unprocessable
from ..identity import audit
from ..identity.users import Actor
from ..ops.settings import Settings
from ..ops.telemetry import log
from ..vault import Vault
from .announce import announced
from .holds import Receivers
from .insert import settle_known
from .plan import Planned, is_sent, plan_lines
from .queries import Upload, find_upload
from .room import lock_announcing, require_open_place, require_room
from .rules import REASONS
from .settle import lock_upload, mark_failed, recount, settle_followers
from .shapes import AnnouncedFile, AnnouncedUpload


class RetryRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/uploads/{upload_id}/retry; without ids, every failed file is tried again."""

    file_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=512)] | None = None


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """How many files went to the trash, and how many stayed because somebody has used them since."""

    affected_count: int
    kept_count: int
    message: str


async def stop_upload(pool: Pool, vault: Vault, receivers: Receivers, actor: Actor, upload_id: UUID) -> Upload:
    """Stop what has not come in yet, and keep what has. Files that are being looked at right now are in.

    Raises:
        ProblemError: 404 no such upload, 409 it has ended.
    """
    async with pool.acquire() as connection, connection.transaction():
        await _lock_owned(connection, actor, upload_id)
        if await connection.fetchval("SELECT status FROM batch_reports WHERE id = $1", upload_id) != "processing":
            raise conflict("This upload has ended already.")
        rows = await connection.fetch(
            "SELECT id FROM batch_report_files WHERE batch_id = $1 AND processing_status = 'pending'", upload_id
        )
        stopped = await mark_failed(connection, [row["id"] for row in rows], "stopped", REASONS["stopped"].message)
        await connection.execute("UPDATE batch_reports SET cancelled = true WHERE id = $1", upload_id)
        await audit.record(connection, actor, "stop_upload")
        await recount(connection, upload_id)
    log.info("upload_stopped", upload_id=str(upload_id), files=len(stopped))
    await discard_incoming(vault, receivers, stopped)
    upload = await find_upload(pool, user_id=actor.subject.id, upload_id=upload_id)
    assert upload is not None
    return upload


async def terminate_file(pool: Pool, vault: Vault, actor: Actor, *, upload_id: UUID, file_id: UUID) -> None:
    """Stop one file (tus's termination).

    Raises:
        ProblemError: 404 no such file, 409 it is in, 410 it has failed already.
    """
    async with pool.acquire() as connection, connection.transaction():
        await _lock_owned(connection, actor, upload_id)
        status = await connection.fetchval(
            "SELECT processing_status FROM batch_report_files WHERE id = $1 AND batch_id = $2", file_id, upload_id
        )
        if status is None:
            raise not_found("file")
        if status == "failed":
            raise gone("This file has ended already.")
        if status != "pending":
            raise conflict("This file is in. Put it into the trash instead.")
        await mark_failed(connection, [file_id], "stopped", REASONS["stopped"].message)
        await settle_followers(connection, [file_id])
        await audit.record(connection, actor, "stop_upload")
        await recount(connection, upload_id)
    await vault.incoming(file_id).discard()


async def retry_upload(
    pool: Pool, vault: Vault, settings: Settings, actor: Actor, upload_id: UUID, body: RetryRequest
) -> AnnouncedUpload:
    """Give failed files an address again, as if they were announced anew; what would be refused again stays failed.

    Raises:
        ProblemError: 404 no such upload, 410 its page has ended, 409 nothing of it has failed, 422 a file that is not
            a failed one of it, or the allowance does not suffice; 429, 507 as announcing has them.
    """
    async with pool.acquire() as connection, connection.transaction():
        await lock_announcing(connection, actor)
        await _lock_owned(connection, actor, upload_id)
        plan = await _plan_again(connection, actor, upload_id, body.file_ids)
        again = [line for line in plan if line.checked.code is None]
        if again:
            needed = sum(line.file.size for line in again if is_sent(line))
            await require_room(connection, vault, settings, actor, needed)
            await require_open_place(connection, actor, besides=upload_id)
            await _reopen(connection, settings, actor, upload_id, again)
            await audit.record(connection, actor, "retry_upload")
            await recount(connection, upload_id)
    log.info("upload_retried", upload_id=str(upload_id), files=len(again))
    return await announced(pool, actor, upload_id)


async def _plan_again(
    connection: Connection, actor: Actor, upload_id: UUID, file_ids: Sequence[UUID] | None
) -> list[Planned]:
    rows = await connection.fetch(
        """
        SELECT id, relative_path AS path, file_size AS size, mtime,
               CASE WHEN error_code IS DISTINCT FROM 'hash_mismatch' THEN expected_hash END AS hash
          FROM batch_report_files
         WHERE batch_id = $1 AND processing_status = 'failed' AND ($2::uuid[] IS NULL OR id = ANY($2))
         ORDER BY processing_order""",
        upload_id,
        file_ids,
    )
    if file_ids is not None and len(rows) < len(set(file_ids)):
        raise unprocessable("Only failed files of this upload can be tried again.", path="$.file_ids")
    if not rows:
        raise conflict("Nothing of this upload has failed.")
    files = [AnnouncedFile(**{name: row[name] for name in ("path", "size", "mtime", "hash")}) for row in rows]
    hashes = {file.hash for file in files if file.hash}
    known = await find_known(connection, user_id=actor.subject.id, hashes=hashes)
    return plan_lines(files, known, ids=[row["id"] for row in rows])


_REOPEN_LINES = """
UPDATE batch_report_files AS files
   SET processing_status = 'pending', error_code = NULL, error_message = NULL, settled_at = NULL, received_bytes = 0,
       received_hash = NULL, received_crc32 = NULL, expected_hash = line.hash, follows = line.follows, faults = 0,
       expired_leases = 0, next_attempt_at = 'infinity'
  FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS line (id, hash, follows)
 WHERE files.id = line.id AND processing_status = 'failed'
"""


async def _reopen(
    connection: Connection, settings: Settings, actor: Actor, upload_id: UUID, again: Sequence[Planned]
) -> None:
    await connection.execute(
        """
        UPDATE batch_reports
           SET status = 'processing', completed_at = NULL, processing_time_ms = NULL, summary_data = NULL,
               cancelled = false, expires_at = now() + make_interval(hours => $2)
         WHERE id = $1""",
        upload_id,
        settings.upload_ttl_hours,
    )
    await connection.execute(
        _REOPEN_LINES,
        [line.id for line in again],
        [line.file.hash for line in again],
        [line.follows for line in again],
    )
    for line in again:
        if line.checked.asset_id is not None:
            await settle_known(connection, actor, upload_id, line, line.checked.asset_id)


_UNDO = """
UPDATE asset
   SET deleted_at = now(), updated_at = now()
 WHERE user_id = $2 AND deleted_at IS NULL
   AND id IN (SELECT asset_id FROM reports WHERE batch_id = $1 AND outcome = 'added')
   AND updated_at = created_at AND NOT approved AND rejected_at IS NULL AND post_id IS NULL
   AND NOT EXISTS (SELECT FROM pack_asset WHERE asset_id = asset.id)
RETURNING id
"""


async def undo_upload(pool: Pool, actor: Actor, upload_id: UUID) -> Undone:
    """Put into the trash what this upload added and nobody has touched since; again, it finds nothing more to do.

    Raises:
        ProblemError: 404 no such upload, 410 its page has ended, 409 it has not ended.
    """
    user_id = actor.subject.id
    async with pool.acquire() as connection, connection.transaction():
        await lock_library(connection, user_id=user_id)
        await _lock_owned(connection, actor, upload_id)
        if await connection.fetchval("SELECT status FROM batch_reports WHERE id = $1", upload_id) == "processing":
            raise conflict("This upload is still going on. Stop it first.")
        undone = len(await connection.fetch(_UNDO, upload_id, user_id))
        await audit.record(connection, actor, "undo_upload")
        kept = await connection.fetchval(
            """SELECT count(*) FROM asset WHERE user_id = $2 AND deleted_at IS NULL
                AND id IN (SELECT asset_id FROM reports WHERE batch_id = $1 AND outcome = 'added')""",
            upload_id,
            user_id,
        )
        await connection.execute(
            "UPDATE batch_reports SET undone_at = coalesce(undone_at, now()) WHERE id = $1", upload_id
        )
    files = "1 file" if undone == 1 else f"{undone} files"
    message = f"{files} went to the trash." + (f" {kept} stayed, because they have been used since." if kept else "")
    return Undone(affected_count=undone, kept_count=kept, message=message)


async def _lock_owned(connection: Connection, actor: Actor, upload_id: UUID) -> None:
    """Lock an upload that is the user's and not past its time."""
    await lock_upload(connection, upload_id)
    is_kept = await connection.fetchval(
        "SELECT expires_at > now() FROM batch_reports WHERE id = $1 AND user_id = $2", upload_id, actor.subject.id
    )
    if is_kept is None:
        raise not_found("upload")
    if not is_kept:
        raise gone("This upload's page has ended.")


async def discard_incoming(vault: Vault, receivers: Receivers, file_ids: Sequence[UUID]) -> None:
    """Let go of what had arrived of these files; what cannot be removed now, the sweep finds."""
    for file_id in file_ids:
        receivers.interrupt(file_id)
        await vault.incoming(file_id).discard()
