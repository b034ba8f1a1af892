"""Reading uploads and their lines. The statements that change them are next to their functions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Meta

from ..assets.asset import Outcome
from ..assets.types import AssetType
from ..base.database import Connection, Pool
from ..events.topic import Topic, loads, newest_of
from ..http.errors import gone, not_found
from ..identity.users import Actor
from ..locales import Sentence

Status = Literal["processing", "completed", "partial", "failed"]
FileStatus = Literal["pending", "processing", "success", "failed"]

NEWEST = 20


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """Files that were announced together, as in the API and the event stream."""

    id: UUID
    name: Annotated[str | None, Meta(examples=["dragons"])]
    status: Annotated[Status, Meta(examples=["processing"])]
    total_files: int
    successful_files: Annotated[int, Meta(examples=[0])]
    failed_files: Annotated[int, Meta(examples=[0])]
    total_size_bytes: Annotated[int, Meta(examples=[5_120])]
    received_bytes: Annotated[int, Meta(examples=[0])]
    processing_time_ms: int | None
    summary_data: Mapping[str, Any] | None
    cancelled: bool
    created_at: datetime
    completed_at: datetime | None
    expires_at: datetime
    undone_at: datetime | None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an upload. ``url`` is null if nothing is to be sent; ``mtime`` is in milliseconds since 1970."""

    id: UUID
    path: Annotated[str, Meta(examples=["dragons/red.png"])]
    file_name: Annotated[str, Meta(examples=["red.png"])]
    size_bytes: Annotated[int, Meta(examples=[5_120])]
    file_type: Annotated[str | None, Meta(examples=["png"])]
    mtime: Annotated[int | None, Meta(examples=[1_767_323_045_000])]
    sha256: Annotated[str | None, Meta(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
    url: Annotated[
        str | None,
        Meta(
            examples=[
                "/api/pmd/uploads/8d0a8f0e-0d0f-4b0c-9a52-6f8f3a0b1c2d/files/f2c1e9a4-7c58-4c4c-8a35-2b7e1d90aa10"
            ]
        ),
    ]
    received_bytes: Annotated[int, Meta(examples=[0])]
    status: Annotated[FileStatus, Meta(examples=["pending"])]
    outcome: Outcome | None
    report_id: UUID | None
    asset_id: int | None
    asset_type: AssetType | None
    has_preview: Annotated[bool | None, Meta(description="Whether its file has a picture, if it is in the library.")]
    error_code: str | None
    error_message: Sentence | None
    processing_order: Annotated[int, Meta(examples=[0])]


class UploadList(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a user's uploads, newest first."""

    items: Sequence[Upload]
    next_cursor: str | None
    total_count: int


class LineList(msgspec.Struct, frozen=True, kw_only=True):
    """One page of an upload's lines, in the order of their announcement."""

    items: Sequence[Line]
    next_cursor: str | None
    total_count: int


# An ended upload is hidden from its expiry on, whether or not the sweep has run; an open one is ended by the sweep.
# The uploads of parts, which wait for their concatenation, are never listed.
IS_KEPT = "(status = 'processing' OR expires_at > now()) AND NOT is_parts"

SELECT_UPLOADS = f"""
SELECT {", ".join(Upload.__struct_fields__)}, ({IS_KEPT}) AS is_kept
  FROM batch_reports
 CROSS JOIN LATERAL (SELECT coalesce(sum(file_size), 0)::bigint AS total_size_bytes,
                            coalesce(sum(received_bytes), 0)::bigint AS received_bytes
                       FROM batch_report_files
                      WHERE batch_id = batch_reports.id) AS bytes
"""


async def find_upload(connection: Connection | Pool, *, user_id: int, upload_id: UUID) -> Upload:
    """Raises: ProblemError: 404 the user has no such upload, 410 it has expired."""
    row = await connection.fetchrow(
        f"{SELECT_UPLOADS} WHERE id = $1 AND user_id = $2 AND NOT is_parts", upload_id, user_id
    )
    if row is None:
        raise not_found("upload")
    if not row["is_kept"]:
        raise gone("This upload's report has expired. Files that were added are in your library.")
    return msgspec.convert(dict(row), Upload)


TOPIC = Topic(
    kind="upload",
    scopes=("uploads:read",),
    id_type=UUID,
    state=Upload,
    load=loads(Upload, f"{SELECT_UPLOADS} WHERE id = ANY($1) AND {IS_KEPT}"),
    newest=newest_of("batch_reports", among=IS_KEPT, most=NEWEST),
)

# The file's bytes are still expected: it is not complete, does not share the bytes of another line, and has not ended.
IS_AWAITED = "processing_status = 'pending' AND follows IS NULL AND NOT is_received"
# The asset of a line has been moved to the trash since.
IS_TRASHED = """EXISTS (SELECT FROM reports JOIN asset ON asset.id = asset_id
                         WHERE reports.id = report_id AND asset.deleted_at IS NOT NULL)"""

_LINE = f"""
       files.id, files.batch_id, relative_path AS path, files.file_name, file_size AS size_bytes, file_type, mtime,
       coalesce(received_hash, expected_hash) AS sha256, received_bytes, processing_status AS status, reports.outcome,
       report_id, reports.asset_id, error_code, error_message, processing_order, {IS_AWAITED} AS is_awaited,
       (SELECT type FROM asset WHERE asset.id = reports.asset_id) AS asset_type,
       (SELECT preview_path IS NOT NULL FROM asset WHERE asset.id = reports.asset_id) AS has_preview
"""
# OFFSET 0: with stale statistics the planner would scan all reports for each line.
FILTERED_LINES = """
  FROM batch_report_files AS files
  LEFT JOIN LATERAL (SELECT * FROM reports WHERE reports.id = report_id OFFSET 0) AS reports ON true
 WHERE files.batch_id = $1 AND files.user_id = $2 AND ($3::text IS NULL OR processing_status = $3)
   AND ($4::text IS NULL OR reports.outcome = $4)
"""


def _line(row: asyncpg.Record, actor: Actor) -> Line:
    url = file_url(row["batch_id"], row["id"], actor) if row["is_awaited"] else None
    return msgspec.convert(dict(row) | {"url": url}, Line)


def file_url(upload_id: UUID, file_id: UUID, actor: Actor) -> str:
    """The URL that a file is sent to; it names the owner if a moderator is sending."""
    target = f"?target_sqid={actor.subject.sqid}" if actor.moderates else ""
    return f"/api/pmd/uploads/{upload_id}/files/{file_id}{target}"


async def list_lines(
    connection: Connection | Pool,
    actor: Actor,
    upload_id: UUID,
    *,
    status: FileStatus | None = None,
    outcome: Outcome | None = None,
    after: int = -1,
    limit: int,
) -> list[Line]:
    """The upload's lines after that position."""
    rows = await connection.fetch(
        f"SELECT {_LINE} {FILTERED_LINES} AND processing_order > $5 ORDER BY processing_order LIMIT $6",
        upload_id,
        actor.subject.id,
        status,
        outcome,
        after,
        limit,
    )
    return [_line(row, actor) for row in rows]


async def is_line(connection: Connection | Pool, *, user_id: int, upload_id: UUID, file_id: UUID) -> bool:
    found = await connection.fetchval(
        "SELECT true FROM batch_report_files WHERE id = $1 AND batch_id = $2 AND user_id = $3",
        file_id,
        upload_id,
        user_id,
    )
    return found is not None


# Announced files reserve room. Those without a byte fail if nothing of their upload has arrived for this long.
UNSTARTED_HOURS = 1

_FIND_EXPIRY = f"""
SELECT CASE WHEN files.received_bytes > 0 OR NOT ({IS_AWAITED}) THEN batch_reports.expires_at
            ELSE least(batch_reports.expires_at, make_interval(hours => {UNSTARTED_HOURS}) + greatest(
                 batch_reports.expires_at - make_interval(hours => $2), files.created_at,
                 (SELECT max(received_at) FROM batch_report_files AS line WHERE line.batch_id = batch_reports.id)))
       END
  FROM batch_report_files AS files JOIN batch_reports ON batch_reports.id = batch_id
 WHERE files.id = $1
"""


async def find_expiry(connection: Connection | Pool, file_id: UUID, *, ttl_hours: int) -> datetime:
    """When a file expires (tus's expiration): with its upload, or before its first byte after an idle hour.

    Args:
        ttl_hours: how long an upload stays open.
    """
    expires_at: datetime = await connection.fetchval(_FIND_EXPIRY, file_id, ttl_hours)
    return expires_at
