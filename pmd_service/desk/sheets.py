"""Drafts as CSV (RFC 4180), out and in: what a spreadsheet would take for a formula comes back as it was."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from ..base.database import POOL, Connection, Pool
from ..base.telemetry import log
from ..http.errors import unprocessable
from ..http.selection import RowId
from ..identity.users import Actor
from ..locales import Sentence
from ..portable.sheets import unescaped, written
from .drafts import MAX_CHANGED, Draft, DraftChange, DraftFields, DraftQuery, Sort, Status
from .edits import change_drafts, lock_desk
from .queries import Reader, list_drafts

MAX_REPORTED = 100


class SheetRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/drafts/csv."""

    csv: Annotated[str, Meta(min_length=1, description="With a heading.", examples=["id,title\r\n31,Lighthouse\r\n"])]
    dry_run: Annotated[bool, Meta(description="Only report what would change.")] = True


class SheetQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which drafts, in which order."""

    status: Annotated[Status, Meta(description="By default, all that are not published.")] | None = None
    sort: Annotated[Sort, Meta(description="`position` is the table's order, `due` that of the days.")] = "position"


class SheetFault(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that cannot be read; its draft stays as it is."""

    row: Annotated[int, Meta(description="Counted from 1, the heading.", examples=[2])]
    column: Annotated[str, Meta(examples=["hashtags"])]
    message: Annotated[Sentence, Meta(examples=["A hashtag has at most 50 characters: letters, digits, “_” and “-”."])]


class SheetReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a sheet changes, or would change."""

    is_applied: bool
    row_count: Annotated[int, Meta(examples=[12])]
    changed_count: Annotated[int, Meta(examples=[9])]
    same_count: Annotated[int, Meta(examples=[2])]
    lost_rows: Annotated[Sequence[int], Meta(description="Rows of drafts that are not there; at most 100.")]
    errors: Annotated[Sequence[SheetFault], Meta(description="At most 100.")]
    error_count: Annotated[int, Meta(examples=[1])]
    ignored_columns: Annotated[Sequence[str], Meta(description="That cannot be changed here.", examples=[["file"]])]


class _Names(msgspec.Struct, frozen=True):
    """Licences and series by their names in a sheet, in lower case."""

    licenses: Mapping[str, int]
    series: Mapping[str, int]


def _words(cell: str) -> list[str]:
    return [word.strip() for word in cell.split(",") if word.strip()]


def _known(names: Mapping[str, int], cell: str, what: str) -> int | None:
    if not cell.strip():
        return None
    if (found := names.get(cell.strip().lower())) is None:
        raise ValueError(f"There is no {what} “{cell.strip()[:64]}”.")
    return found


def _choice(choices: Mapping[str, Any]) -> Callable[[str, _Names], Any]:
    def read(cell: str, _names: _Names) -> Any:
        if (word := cell.strip().lower()) not in choices:
            raise ValueError(f"This is one of {', '.join(name for name in choices if name)}, or nothing.")
        return choices[word]

    return read


class _Column(msgspec.Struct, frozen=True):
    """A column that can be changed: its field, the cell of a draft, and the field's value of a cell.

    ``read`` raises ValueError with a sentence.
    """

    field: str
    write: Callable[[Draft], str]
    read: Callable[[str, _Names], Any]


_COLUMNS: Mapping[str, _Column] = {
    "title": _Column("title", lambda draft: draft.title or "", lambda cell, _: cell or None),
    "text": _Column("description", lambda draft: draft.description or "", lambda cell, _: cell or None),
    "hashtags": _Column(
        "hashtags",
        lambda draft: " ".join(f"#{tag}" for tag in draft.hashtags),
        lambda cell, _: cell.replace(",", " ").split(),
    ),
    "alt_text": _Column("alt_text", lambda draft: draft.alt_text or "", lambda cell, _: cell or None),
    "warnings": _Column(
        "content_warnings", lambda draft: ", ".join(draft.content_warnings), lambda cell, _: _words(cell)
    ),
    "licence": _Column(
        "license_id",
        lambda draft: draft.license_identifier or "",
        lambda cell, names: _known(names.licenses, cell, "licence"),
    ),
    "series": _Column(
        "series_id", lambda draft: draft.series_name or "", lambda cell, names: _known(names.series, cell, "series")
    ),
    "ai": _Column(
        "ai_disclosure",
        lambda draft: draft.ai_disclosure or "",
        _choice({"": None, "none": "none", "assisted": "assisted", "generated": "generated"}),
    ),
    "ai_opt_out": _Column(
        "ai_opt_out",
        lambda draft: {None: "", True: "yes", False: "no"}[draft.ai_opt_out],
        _choice({"": None, "yes": True, "no": False}),
    ),
}
_HEADING = ("id", "file", *_COLUMNS, "status", "due_at")


async def write_sheet(pool: Pool, reader: Reader, query: SheetQuery, *, user_id: int) -> str:
    rows: list[Sequence[str]] = [_HEADING]
    cursor: str | None = None
    while True:
        asked = DraftQuery(status=query.status, sort=query.sort, cursor=cursor)
        page = await list_drafts(pool, reader, asked, user_id=user_id)
        rows += [_cells(draft) for draft in page.items]
        if (cursor := page.next_cursor) is None:
            return written(rows)


def _cells(draft: Draft) -> Sequence[str]:
    due_at = draft.due_at.isoformat() if draft.due_at else ""
    own = [column.write(draft) for column in _COLUMNS.values()]
    return [str(draft.id), draft.file.name if draft.file else "", *own, draft.status, due_at]


_LICENSES = "SELECT lower(identifier) AS name, id FROM licenses"
_SERIES = "SELECT lower(name) AS name, id FROM series WHERE user_id = $1 ORDER BY id DESC"


async def read_sheet(app: web.Application, actor: Actor, body: SheetRequest) -> SheetReport:
    """Change drafts by the rows of a sheet, or only report what would change.

    Raises:
        ProblemError: 422, it is no CSV, has no column “id”, the same column or draft twice, or too many rows.
    """
    rows = _parsed(body.csv)
    heading, user_id = [unescaped(name).strip().lower() for name in rows[0]], actor.subject.id
    if "id" not in heading:
        raise unprocessable("The first row is the heading, with a column “id”.", path="$.csv")
    if len(set(heading)) < len(heading):
        raise unprocessable("A column is there twice.", path="$.csv")
    async with app[POOL].acquire() as connection, connection.transaction():
        await lock_desk(connection, user_id=user_id)
        names = await _names(connection, user_id=user_id)
        changes, faults = _changes(heading, rows[1:], names)
        by_id = {change.id: row for row, change in changes.items()}
        results = await change_drafts(connection, list(changes.values()), user_id=user_id, is_trial=body.dry_run)
    column_of = {column.field: name for name, column in _COLUMNS.items()}
    for draft_id, _, wrong in results:
        faults += [
            SheetFault(row=by_id[draft_id], column=column_of[each.field], message=each.message) for each in wrong
        ]
    outcomes = [outcome for _, outcome, _ in results]
    report = SheetReport(
        is_applied=not body.dry_run,
        row_count=len(rows) - 1,
        changed_count=outcomes.count("changed"),
        same_count=outcomes.count("same"),
        lost_rows=[by_id[draft_id] for draft_id, outcome, _ in results if outcome in ("lost", "published")][
            :MAX_REPORTED
        ],
        errors=sorted(faults, key=lambda fault: fault.row)[:MAX_REPORTED],
        error_count=len(faults),
        ignored_columns=[name for name in heading if name not in _COLUMNS and name != "id"][:MAX_REPORTED],
    )
    changed = 0 if body.dry_run else report.changed_count
    log.info("drafts_changed", drafts=changed, asked=report.row_count, user=actor.subject.sqid)
    return report


def _parsed(text: str) -> list[list[str]]:
    """The rows of a sheet, with commas, semicolons or tabs.

    Raises:
        ProblemError: 422, it is no CSV, or there are too many rows.
    """
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if any(row)]
    except csv.Error as error:
        raise unprocessable(f"This is not CSV: {error}.", path="$.csv") from error
    if not rows:
        raise unprocessable("There is no row.", path="$.csv")
    if len(rows) - 1 > MAX_CHANGED:
        raise unprocessable(f"At most {MAX_CHANGED:,} rows go at once.", path="$.csv")
    return rows


async def _names(connection: Connection, *, user_id: int) -> _Names:
    """Of several series of one name, the oldest."""
    licenses = await connection.fetch(_LICENSES)
    series = await connection.fetch(_SERIES, user_id)
    return _Names(dict(map(tuple, licenses)), dict(map(tuple, series)))


def _changes(
    heading: Sequence[str], rows: Sequence[Sequence[str]], names: _Names
) -> tuple[Mapping[int, DraftChange], list[SheetFault]]:
    """The changes by their row, and the cells that cannot be read, whose rows are left out.

    Raises:
        ProblemError: 422, a draft is there twice.
    """
    changes: dict[int, DraftChange] = {}
    faults: list[SheetFault] = []
    seen: set[int] = set()
    for number, cells in enumerate(rows, 2):
        texts = dict(zip(heading, map(unescaped, cells), strict=False))
        fields, wrong = _fields(texts, names)
        try:
            change = msgspec.convert({"id": _id(texts.get("id", "")), "fields": {}}, DraftChange)
        except (ValueError, msgspec.ValidationError):
            wrong = {"id": "This is no id of a draft.", **wrong}
        faults += [SheetFault(row=number, column=column, message=message) for column, message in wrong.items()]
        if wrong:
            continue
        if change.id in seen:
            raise unprocessable(f"Row {number}: draft {change.id} is there twice.", path="$.csv")
        seen.add(change.id)
        changes[number] = msgspec.structs.replace(change, fields=DraftFields(**fields))
    return changes, faults


def _id(cell: str) -> int:
    if not (cell.isascii() and cell.isdecimal()):
        raise ValueError
    return msgspec.convert(int(cell[:20]), RowId)


def _fields(texts: Mapping[str, str], names: _Names) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of a row's cells, and what is wrong with others, by column."""
    fields: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, column in _COLUMNS.items():
        if name in texts:
            try:
                value = column.read(texts[name], names)
                msgspec.convert({column.field: value}, DraftFields)
                fields[column.field] = value
            except msgspec.ValidationError as error:
                wrong[name] = f"{str(error).partition(' - at')[0]}."
            except ValueError as error:
                wrong[name] = f"{error}"
    return fields, wrong
