"""A user's uploads and their lines, page by page, and the lines as a table for spreadsheets."""

import base64
import binascii
import csv
import io
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec

from ..assets.asset import Outcome
from ..database import Pool
from ..http.errors import bad_request, gone, not_found
from ..http.wire import PageCursor
from ..identity import audit
from ..identity.users import Actor
from . import queries
from .queries import FileStatus, Line, LineList, Upload, UploadList
from .rules import next_step

T = TypeVar("T")

MAX_UPLOADS = 100
MAX_LINES = 512

# What makes a spreadsheet take a cell for a formula (OWASP: CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_HEADER = ("file", "size", "status", "outcome", "code", "reason", "next step")


class UploadsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of the uploads is meant."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_UPLOADS, description="Uploads a page.")] = queries.NEWEST
    cursor: PageCursor | None = None


class CsvQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines are meant."""

    status: Annotated[FileStatus, msgspec.Meta(description="Only lines in this state.")] | None = None
    outcome: Annotated[Outcome, msgspec.Meta(description="Only lines that got in this way.")] | None = None


class LinesQuery(CsvQuery, frozen=True, kw_only=True):
    """Which page of which lines is meant."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LINES, description="Lines a page.")] = MAX_LINES
    cursor: PageCursor | None = None


class _After(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of uploads ended."""

    created_at: datetime
    id: UUID


_NEWEST = _After(datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))


async def list_uploads(pool: Pool, actor: Actor, query: UploadsQuery) -> UploadList:
    await audit.record_once(pool, actor, "read_uploads")
    after = _read_cursor(query.cursor, _After) or _NEWEST
    uploads, total = await queries.list_uploads(
        pool, user_id=actor.subject.id, before=(after.created_at, after.id), limit=query.limit + 1
    )
    more, uploads = len(uploads) > query.limit, uploads[: query.limit]
    cursor = _write_cursor(_After(uploads[-1].created_at, uploads[-1].id)) if more else None
    return UploadList(items=uploads, next_cursor=cursor, total_count=total)


async def find_upload(pool: Pool, actor: Actor, upload_id: UUID) -> Upload:
    """Raises: ProblemError: 404 no such upload, 410 its page has ended."""
    await audit.record_once(pool, actor, "read_uploads")
    upload = await queries.find_upload(pool, user_id=actor.subject.id, upload_id=upload_id)
    if upload is None:
        raise not_found("upload")
    if not await queries.is_kept(pool, user_id=actor.subject.id, upload_id=upload_id):
        raise gone("This upload's page has ended. What came in is in your library.")
    return upload


async def list_lines(pool: Pool, actor: Actor, upload_id: UUID, query: LinesQuery) -> LineList:
    """Raises: ProblemError: as ``find_upload``."""
    await find_upload(pool, actor, upload_id)
    after = _read_cursor(query.cursor, int)
    lines = await queries.list_lines(
        pool,
        user_id=actor.subject.id,
        upload_id=upload_id,
        target=actor.subject.sqid if actor.moderates else None,
        status=query.status,
        outcome=query.outcome,
        after=-1 if after is None else min(max(after, -1), 2**31 - 1),
        limit=query.limit + 1,
    )
    total = await queries.count_lines(
        pool, user_id=actor.subject.id, upload_id=upload_id, status=query.status, outcome=query.outcome
    )
    more, lines = len(lines) > query.limit, lines[: query.limit]
    return LineList(
        items=lines, next_cursor=_write_cursor(lines[-1].processing_order) if more else None, total_count=total
    )


async def write_csv(pool: Pool, actor: Actor, upload_id: UUID, query: CsvQuery) -> str:
    """The lines as CSV (RFC 4180): what did not come in, why, and what to do about it.

    Raises:
        ProblemError: as ``find_upload``.
    """
    await find_upload(pool, actor, upload_id)
    lines = await queries.list_lines(
        pool, user_id=actor.subject.id, upload_id=upload_id, status=query.status, outcome=query.outcome
    )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    writer.writerows([_harmless(str(cell)) for cell in _cells(line)] for line in lines)
    return text.getvalue()


def _cells(line: Line) -> tuple[object, ...]:
    return (
        line.path,
        line.file_size,
        line.processing_status,
        line.outcome or "",
        line.error_code or "",
        line.error_message or "",
        next_step(line.error_code),
    )


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _write_cursor(place: object) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).rstrip(b"=").decode()


def _read_cursor(text: str | None, kind: type[T]) -> T | None:
    if text is None:
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(raw, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise bad_request("This cursor is not one this list gave.", path="?cursor") from error
