"""Stopping an upload, retrying its failed files, and undoing what it added."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from ..assets.asset import lock_library
from ..base.database import Connection, Pool
from ..base.settings import Settings
from ..base.telemetry import log
from ..http.errors import conflict, gone, locked, not_found, unprocessable
from ..identity import audit
from ..identity.users import Actor
from ..locales import Sentence, plural
from ..vault import Vault
from ..vault.leftovers import reclaim, sweep_leftovers
from ..work.adding import drop_work
from .admit import Offer, admit
from .announce import announced
from .lease import UploadFile, UploadLeases
from .queries import IS_TRASHED, Upload, find_upload
from .quota import require_upload_slot
from .rules import Offered, Planned, judge
from .settle import close_announcement, fail_lines, lock_owned, received_keys
from .shapes import AnnouncedFile, AnnouncedUpload


class RetryRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/uploads/{upload_id}/retry; without ids, all failed files are retried."""

    file_ids: Annotated[list[UUID], Meta(min_length=1, max_length=512)] | None = None


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """How many files were moved to the trash, and how many were kept because they have been used since."""

    affected_count: Annotated[int, Meta(examples=[2])]
    kept_count: Annotated[int, Meta(examples=[0])]
    message: Annotated[Sentence, Meta(examples=["2 files moved to the trash."])]


async def stop_upload(pool: Pool, vault: Vault, leases: UploadLeases, actor: Actor, upload_id: UUID) -> Upload:
    """Stop the files that have not been received yet, and keep the others; a running probe is finished.

    Raises:
        ProblemError: 404 no such upload, 409 it has ended.
    """
    async with pool.acquire() as connection, connection.transaction():
        if (await lock_owned(connection, actor, upload_id))["status"] != "processing":
            raise conflict("This upload has ended already.")
        await close_announcement(connection, upload_id)
        stopped = await fail_lines(connection, upload_id, "stopped")
        await connection.execute("UPDATE batch_reports SET cancelled = true WHERE id = $1", upload_id)
        await audit.record(connection, actor, "stop_upload")
    log.info("upload_stopped", upload_id=str(upload_id), files=len(stopped))
    for file_id in stopped:
        leases.end(UploadFile(actor.subject.id, upload_id, file_id))
    await sweep_leftovers(pool, vault, keys=received_keys(stopped))
    return await find_upload(pool, user_id=actor.subject.id, upload_id=upload_id)


_STATUS = f"""
SELECT processing_status, {IS_TRASHED} AS is_trashed FROM batch_report_files WHERE id = $1 AND batch_id = $2
"""


async def terminate_file(pool: Pool, vault: Vault, actor: Actor, *, upload_id: UUID, file_id: UUID) -> None:
    """Stop one file (tus's termination); an asset that it added goes to the trash, if it has not been used since.

    Raises:
        ProblemError: 404 no such file, 409 its asset existed before or has been used since, 410 it has failed already,
            423 it is being probed.
    """
    async with pool.acquire() as connection, connection.transaction():
        await lock_library(connection, user_id=actor.subject.id)
        await lock_owned(connection, actor, upload_id)
        row = await connection.fetchrow(_STATUS, file_id, upload_id)
        if row is None:
            raise not_found("file")
        status: str = row["processing_status"]
        if status == "failed" or row["is_trashed"]:
            raise gone("This file has ended already.")
        stopped = await fail_lines(connection, upload_id, "stopped", [file_id]) if status == "pending" else []
        if status == "processing" or (status == "pending" and not stopped):
            raise locked("This file is being processed. Please try again in a moment.")
        if not stopped and not await connection.fetch(_UNDO, upload_id, actor.subject.id, file_id):
            raise conflict("This file is in your library and cannot be removed by its upload any more.")
        await audit.record(connection, actor, "stop_upload")
    await sweep_leftovers(pool, vault, keys=received_keys([file_id]))


async def retry_upload(
    pool: Pool, vault: Vault, settings: Settings, actor: Actor, upload_id: UUID, body: RetryRequest
) -> AnnouncedUpload:
    """Reopen failed files as if they were announced again; those that would be refused again stay failed.

    Raises:
        ProblemError: 404 no such upload, 410 it has expired, 409 none of its files has failed, 422 an id that is not
            of a failed file, or the allowance does not suffice; 429, 507 as in ``announce``.
    """

    async def offer(connection: Connection) -> Offer:
        await lock_owned(connection, actor, upload_id)
        rows = await connection.fetch(_FAILED, upload_id, body.file_ids)
        if body.file_ids is not None and len(rows) < len(set(body.file_ids)):
            raise unprocessable("Only failed files of this upload can be retried.", path="$.file_ids")
        if not rows:
            raise conflict("No file of this upload has failed.")
        failed = [Offered(id=row["id"], file=AnnouncedFile(**{name: row[name] for name in _FILE})) for row in rows]
        return Offer([each for each in failed if judge(each.file, {}).code is None], upload_id)

    async def insert(connection: Connection, plan: Sequence[Planned]) -> UUID:
        await require_upload_slot(connection, user_id=actor.subject.id, excluding=upload_id)
        await connection.execute(_REOPEN, upload_id, settings.upload_ttl_hours)
        await drop_work(connection, "probe", [line.id for line in plan])
        lines = [(line.id, line.file.sha256, line.follows) for line in plan]
        await connection.execute(_REOPEN_LINES, *zip(*lines, strict=True))
        # Their bytes were scheduled for removal: a sweep that is removing them could remove what is sent next.
        await reclaim(connection, received_keys(line.id for line in plan))
        return upload_id

    partial = await pool.fetch(_NOT_RECEIVED, upload_id, actor.subject.id)
    await sweep_leftovers(pool, vault, keys=received_keys(row["id"] for row in partial))
    admitted = await admit(pool, vault, settings, actor, offer=offer, insert=insert, action="retry_upload")
    log.info("upload_retried", upload_id=str(upload_id), files=len(admitted.plan))
    return await announced(pool, actor, upload_id)


# Lines that may have left partial bytes, which must be gone before they are sent again.
_NOT_RECEIVED = """
SELECT id FROM batch_report_files
 WHERE batch_id = $1 AND user_id = $2 AND processing_status = 'failed' AND error_code IN ('stopped', 'not_sent')
"""
_FILE = AnnouncedFile.__struct_fields__
_FAILED = """
SELECT id, relative_path AS path, file_size AS size_bytes, mtime,
       CASE WHEN error_code IS DISTINCT FROM 'hash_mismatch' THEN expected_hash END AS sha256,
       CASE error_code WHEN 'hidden_file' THEN 'hidden' WHEN 'unfinished_file' THEN 'unfinished' END AS left_out
  FROM batch_report_files
 WHERE batch_id = $1 AND processing_status = 'failed' AND ($2::uuid[] IS NULL OR id = ANY($2))
 ORDER BY processing_order
"""
_REOPEN = """
UPDATE batch_reports
   SET status = 'processing', completed_at = NULL, processing_time_ms = NULL, summary_data = NULL, cancelled = false,
       expires_at = now() + make_interval(hours => $2)
 WHERE id = $1
"""
_REOPEN_LINES = """
UPDATE batch_report_files AS files
   SET processing_status = 'pending', error_code = NULL, error_message = NULL, settled_at = NULL, received_bytes = 0,
       received_hash = NULL, received_crc32 = NULL, expected_hash = line.hash, follows = line.follows,
       is_received = false, concat = NULL
  FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS line (id, hash, follows)
 WHERE files.id = line.id AND processing_status = 'failed'
"""
_UNDO = """
UPDATE asset
   SET deleted_at = now(), updated_at = now()
 WHERE user_id = $2 AND deleted_at IS NULL
   AND id IN (SELECT asset_id FROM reports
               WHERE batch_id = $1 AND outcome = 'added'
                 AND ($3::uuid IS NULL OR id = (SELECT report_id FROM batch_report_files WHERE id = $3)))
   AND updated_at = created_at AND NOT approved AND rejected_at IS NULL AND post_id IS NULL
   AND NOT EXISTS (SELECT FROM pack_asset WHERE asset_id = asset.id)
RETURNING id
"""


async def undo_upload(pool: Pool, actor: Actor, upload_id: UUID) -> Undone:
    """Move the assets that this upload added to the trash, unless they have been used since. Idempotent.

    Raises:
        ProblemError: 404 no such upload, 410 it has expired, 409 it has not ended.
    """
    user_id = actor.subject.id
    async with pool.acquire() as connection, connection.transaction():
        await lock_library(connection, user_id=user_id)
        if (await lock_owned(connection, actor, upload_id))["status"] == "processing":
            raise conflict("This upload is still running. Stop it first.")
        undone = len(await connection.fetch(_UNDO, upload_id, user_id, None))
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
    message = plural("{number} file moved to the trash.", "{number} files moved to the trash.", undone)
    if kept:
        more = plural("{number} file kept: already in use.", "{number} files kept: already in use.", kept)
        message = f"{message} {more}"
    return Undone(affected_count=undone, kept_count=kept, message=message)
