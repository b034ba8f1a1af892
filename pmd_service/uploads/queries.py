"""Uploads and their lines: reading them. Statements that change them stand beside the rules that they serve."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from ..assets.asset import Outcome
from ..database import Connection, Pool

Status = Literal["processing", "completed", "partial", "failed"]
FileStatus = Literal["pending", "processing", "success", "failed"]

NEWEST = 20


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """Files brought in at once, as the API and the event stream tell it."""

    id: UUID
    name: str | None
    status: Status
    total_files: int
    successful_files: int
    failed_files: int
    total_bytes: int
    received_bytes: int
    processing_time_ms: int | None
    summary_data: Mapping[str, Any] | None
    cancelled: bool
    created_at: datetime
    completed_at: datetime | None
    expires_at: datetime
    undone_at: datetime | None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an upload. ``url`` is null where nothing is to be sent; ``mtime`` is in milliseconds since 1970."""

    id: UUID
    path: str
    file_name: str
    file_size: int
    file_type: str | None
    mtime: int | None
    hash: str | None
    url: str | None
    received_bytes: int
    processing_status: FileStatus
    outcome: Outcome | None
    report_id: UUID | None
    asset_id: int | None
    error_code: str | None
    error_message: str | None
    processing_order: int


class UploadList(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a user's uploads, newest first."""

    items: Sequence[Upload]
    next_cursor: str | None
    total_count: int


class LineList(msgspec.Struct, frozen=True, kw_only=True):
    """One page of an upload's lines, in the order in which they were announced."""

    items: Sequence[Line]
    next_cursor: str | None
    total_count: int


# An upload that is over is forgotten at its time, whether or not the sweep has run; an open one only by the sweep.
IS_KEPT = "(status = 'processing' OR expires_at > now())"

_SELECT = """
SELECT id, name, status, total_files, successful_files, failed_files, bytes.total_bytes, bytes.received_bytes,
       processing_time_ms, summary_data, cancelled, created_at, completed_at, expires_at, undone_at, user_id
  FROM batch_reports
 CROSS JOIN LATERAL (SELECT coalesce(sum(file_size), 0)::bigint AS total_bytes,
                            coalesce(sum(received_bytes), 0)::bigint AS received_bytes
                       FROM batch_report_files
                      WHERE batch_id = batch_reports.id) AS bytes
"""


def _upload(row: asyncpg.Record) -> Upload:
    return Upload(**{name: row[name] for name in Upload.__struct_fields__})


async def find_upload(connection: Connection | Pool, *, user_id: int, upload_id: UUID) -> Upload | None:
    """The user's upload, one that is past its time as well."""
    row = await connection.fetchrow(f"{_SELECT} WHERE id = $1 AND user_id = $2", upload_id, user_id)
    return _upload(row) if row else None


async def is_kept(connection: Connection | Pool, *, user_id: int, upload_id: UUID) -> bool:
    """Whether the user's upload has not come to its time, by the database's clock."""
    kept: bool | None = await connection.fetchval(
        f"SELECT {IS_KEPT} FROM batch_reports WHERE id = $1 AND user_id = $2", upload_id, user_id
    )
    return bool(kept)


async def load_upload_states(connection: Connection | Pool, upload_ids: Collection[UUID]) -> dict[UUID, Upload]:
    """Those of these uploads that are still there, whoever's they are: the event hub checks the user."""
    rows = await connection.fetch(f"{_SELECT} WHERE id = ANY($1) AND {IS_KEPT}", list(upload_ids))
    return {row["id"]: _upload(row) for row in rows}


_NEWEST_OF_USERS = f"""
SELECT newest.id, users.user_id
  FROM unnest($1::int[]) AS users (user_id)
 CROSS JOIN LATERAL (SELECT id
                       FROM batch_reports
                      WHERE user_id = users.user_id AND {IS_KEPT}
                      ORDER BY created_at DESC, id DESC
                      LIMIT {NEWEST}) AS newest
"""


async def newest_uploads(connection: Connection | Pool, user_ids: Collection[int]) -> dict[UUID, int]:
    """The newest uploads of all these users, each with its user."""
    return {row["id"]: row["user_id"] for row in await connection.fetch(_NEWEST_OF_USERS, list(user_ids))}


async def list_uploads(
    connection: Connection | Pool, *, user_id: int, before: tuple[datetime, UUID], limit: int
) -> tuple[list[Upload], int]:
    """Uploads older than that one, newest first, and how many there are in all."""
    rows = await connection.fetch(
        f"""{_SELECT} WHERE user_id = $1 AND {IS_KEPT} AND (created_at, id) < ($2, $3)
            ORDER BY created_at DESC, id DESC LIMIT $4""",
        user_id,
        *before,
        limit,
    )
    total = await connection.fetchval(f"SELECT count(*) FROM batch_reports WHERE user_id = $1 AND {IS_KEPT}", user_id)
    return [_upload(row) for row in rows], total


# Where a file's bytes go, while they are awaited: what is whole here, what follows another and what has ended has
# nothing to send.
IS_AWAITED = "processing_status = 'pending' AND follows IS NULL AND next_attempt_at = 'infinity'"

_SELECT_LINES = f"""
SELECT files.id, files.batch_id, relative_path AS path, files.file_name, file_size, file_type, mtime,
       coalesce(received_hash, expected_hash) AS hash, received_bytes, processing_status, reports.outcome, report_id,
       reports.asset_id, error_code, error_message, processing_order, {IS_AWAITED} AS is_awaited
  FROM batch_report_files AS files
  LEFT JOIN reports ON reports.id = report_id
"""
_FILTERED = """
 WHERE files.batch_id = $1 AND files.user_id = $2 AND ($3::text IS NULL OR processing_status = $3)
   AND ($4::text IS NULL OR reports.outcome = $4)
"""


def _line(row: asyncpg.Record, target: str | None) -> Line:
    values = {name: row[name] for name in Line.__struct_fields__ if name != "url"}
    return Line(url=file_url(row["batch_id"], row["id"], target) if row["is_awaited"] else None, **values)


def file_url(upload_id: UUID, file_id: UUID, target: str | None) -> str:
    """Where a file's bytes go; ``target`` is the owner's public id where somebody else is sending."""
    return f"/api/pmd/uploads/{upload_id}/files/{file_id}" + (f"?target_sqid={target}" if target else "")


async def list_lines(
    connection: Connection | Pool,
    *,
    user_id: int,
    upload_id: UUID,
    target: str | None = None,
    status: FileStatus | None = None,
    outcome: Outcome | None = None,
    after: int = -1,
    limit: int = 512,
) -> list[Line]:
    """The upload's lines behind that one."""
    rows = await connection.fetch(
        f"{_SELECT_LINES} {_FILTERED} AND processing_order > $5 ORDER BY processing_order LIMIT $6",
        upload_id,
        user_id,
        status,
        outcome,
        after,
        limit,
    )
    return [_line(row, target) for row in rows]


async def count_lines(
    connection: Connection | Pool,
    *,
    user_id: int,
    upload_id: UUID,
    status: FileStatus | None,
    outcome: Outcome | None,
) -> int:
    count: int = await connection.fetchval(
        f"""SELECT count(*) FROM batch_report_files AS files LEFT JOIN reports ON reports.id = report_id {_FILTERED}""",
        upload_id,
        user_id,
        status,
        outcome,
    )
    return count


async def is_line(connection: Connection | Pool, *, user_id: int, upload_id: UUID, file_id: UUID) -> bool:
    found = await connection.fetchval(
        "SELECT true FROM batch_report_files WHERE id = $1 AND batch_id = $2 AND user_id = $3",
        file_id,
        upload_id,
        user_id,
    )
    return found is not None
