"""A user's uploads and their lines, in pages; and the lines as CSV for spreadsheets.

In a thread: translating and writing a sheet with a row for each of many lines.
"""

import asyncio
from collections.abc import Sequence
from operator import attrgetter
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from ..assets.asset import Outcome
from ..base.database import Pool, find_all
from ..http.wire import PageCursor, RowNumber, UuidCursor, UuidPageCursor, read_cursor, write_cursor
from ..identity import audit
from ..identity.users import Actor
from ..locales.language import Language
from ..portable.sheets import written
from . import queries
from .queries import FileStatus, Line, LineList, Upload, UploadList
from .rules import next_step

MAX_UPLOADS = 100
MAX_LINES = 512

_HEADER = ("file", "size", "status", "outcome", "code", "reason", "next step")
_CELLS = attrgetter("path", "size_bytes", "status", "outcome", "error_code")


class UploadsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of uploads."""

    limit: Annotated[int, Meta(ge=1, le=MAX_UPLOADS, description="Uploads per page.")] = queries.NEWEST
    cursor: UuidPageCursor | None = None


class CsvQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A selection of lines."""

    status: Annotated[FileStatus, Meta(description="Only lines with this status.")] | None = None
    outcome: Annotated[Outcome, Meta(description="Only lines with this outcome.")] | None = None


class LinesQuery(CsvQuery, frozen=True, kw_only=True):
    """A page of a selection of lines."""

    limit: Annotated[int, Meta(ge=1, le=MAX_LINES, description="Lines per page.")] = MAX_LINES
    cursor: Annotated[PageCursor, Meta(examples=["zQH_"])] | None = None


_UPLOADS = f"""
{queries.SELECT_UPLOADS} WHERE user_id = $1 AND {queries.IS_KEPT} AND (created_at, id) < ($2, $3)
 ORDER BY created_at DESC, id DESC LIMIT $4
"""


async def list_uploads(pool: Pool, actor: Actor, query: UploadsQuery) -> UploadList:
    await audit.record_once(pool, actor, "read_uploads")
    after = UuidCursor.parse(query.cursor)
    found = await find_all(pool, Upload, _UPLOADS, actor.subject.id, after.created_at, after.id, query.limit + 1)
    total = await pool.fetchval(
        f"SELECT count(*) FROM batch_reports WHERE user_id = $1 AND {queries.IS_KEPT}", actor.subject.id
    )
    following = UuidCursor.behind(found, query.limit)
    return UploadList(items=found[: query.limit], next_cursor=following, total_count=total)


async def find_upload(pool: Pool, actor: Actor, upload_id: UUID) -> Upload:
    """Raises: ProblemError: 404 no such upload, 410 it has expired."""
    await audit.record_once(pool, actor, "read_uploads")
    return await queries.find_upload(pool, user_id=actor.subject.id, upload_id=upload_id)


async def list_lines(pool: Pool, actor: Actor, upload_id: UUID, query: LinesQuery) -> LineList:
    await find_upload(pool, actor, upload_id)
    after = -1 if query.cursor is None else read_cursor(query.cursor, RowNumber)
    lines = await queries.list_lines(
        pool, actor, upload_id, status=query.status, outcome=query.outcome, after=after, limit=query.limit + 1
    )
    total = await pool.fetchval(
        f"SELECT count(*) {queries.FILTERED_LINES}", upload_id, actor.subject.id, query.status, query.outcome
    )
    more, lines = len(lines) > query.limit, lines[: query.limit]
    return LineList(
        items=lines, next_cursor=write_cursor(lines[-1].processing_order) if more else None, total_count=total
    )


async def write_csv(pool: Pool, actor: Actor, upload_id: UUID, query: CsvQuery, language: Language) -> str:
    """The lines as CSV (RFC 4180), with the reason and the next step of those that failed, in this language."""
    await find_upload(pool, actor, upload_id)
    lines: list[Line] = []
    while page := await queries.list_lines(
        *(pool, actor, upload_id),
        status=query.status,
        outcome=query.outcome,
        after=lines[-1].processing_order if lines else -1,
        limit=MAX_LINES,
    ):
        lines += page
    return await asyncio.to_thread(_sheet, lines, language)


def _sheet(lines: Sequence[Line], language: Language) -> str:
    sentences = ((line.error_message or "", next_step(line.error_code)) for line in lines)
    cells = ((*_CELLS(line), *map(language.stored, texts)) for line, texts in zip(lines, sentences, strict=True))
    return written([_HEADER, *cells])
