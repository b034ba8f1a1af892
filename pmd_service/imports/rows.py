"""Imports and the items of their reports as rows, in the API and in the event stream."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, find_all, find_one
from ..events.topic import Topic, loads, newest_of
from ..http.wire import Cursor, PageCursor, PageQuery, RowNumber, read_cursor, write_cursor
from ..locales import Sentence
from ..work.progress import Percent, percent

MAX_ITEMS = 500
# For so long a report can be read, and an import be undone.
KEEP_DAYS = 30

Stage: TypeAlias = Literal["report", "import", "undo"]
Status: TypeAlias = Literal["pending", "running", "completed", "failed", "cancelled"]
Outcome: TypeAlias = Literal["make", "change", "present", "double", "skip", "lose"]
ItemState: TypeAlias = Literal["planned", "made", "present", "failed", "undone"]
MadeKind: TypeAlias = Literal["file", "series", "post", "draft", "pack", "setting"]
ItemKind: TypeAlias = Literal["file", "series", "post", "draft", "pack", "setting", "lost"]


class ImportCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many items of a kind have this outcome for this reason."""

    kind: Annotated[ItemKind, Meta(examples=["post"])]
    outcome: Annotated[Outcome, Meta(examples=["make"])]
    reason: str | None
    count: Annotated[int, Meta(examples=[412])]


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report's sums, and what can be mapped at the start.

    ``licenses`` are those that the archive names, with the site's own by their ids; ``hashtags`` and ``warnings`` are
    the most frequent ones, with how many items have them. ``columns`` of a table are those that it has, with what
    each was read as; null: it is left out. ``forms`` are all that the archive can be read as.
    """

    counts: Sequence[ImportCount] = ()
    forms: Annotated[Sequence[str], Meta(examples=[["takeout", "mastodon"]])] = ()
    licenses: Annotated[Mapping[str, int | None], Meta(examples=[{"CC-BY-4.0": 2}])] = {}
    hashtags: Annotated[Mapping[str, int], Meta(examples=[{"wip": 12}])] = {}
    warnings: Annotated[Mapping[str, int], Meta(examples=[{"sensitive media": 3}])] = {}
    columns: Annotated[Mapping[str, str | None], Meta(examples=[{"Name": "title", "Price": None}])] = {}


class ImportChoices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an import makes of the archive; the keys of the mappings are as the archive has them, null leaves out."""

    posts_as: Annotated[
        Literal["posts", "drafts", "files"],
        Meta(
            description="What posts become. Drafts and files are not published; drafts keep the dates of their posts."
        ),
    ] = "posts"
    is_hidden: Annotated[bool, Meta(description="Whether all posts are hidden at first.")] = False
    licenses: Annotated[
        Mapping[Annotated[str, Meta(max_length=500)], Annotated[int, Meta(ge=1, le=2**31 - 1)] | None],
        Meta(max_length=64, description="The site's licences by the archive's.", examples=[{"CC-BY-3.0": 2}]),
    ] = {}
    hashtags: Annotated[
        Mapping[Annotated[str, Meta(max_length=500)], Annotated[str, Meta(min_length=1, max_length=64)] | None],
        Meta(max_length=1000, description="Hashtags by the archive's.", examples=[{"wip": None}]),
    ] = {}
    warnings: Annotated[
        Mapping[Annotated[str, Meta(max_length=500)], Annotated[str, Meta(min_length=1, max_length=500)] | None],
        Meta(max_length=64, description="Content warnings by the archive's.", examples=[{"sensitive media": None}]),
    ] = {}


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """An import. A report that is ``completed`` waits to be started; nothing has been made until then."""

    id: Annotated[int, Meta(examples=[5])]
    name: Annotated[str, Meta(description="The archive's name.", examples=["Everything.zip"])]
    asset_id: Annotated[int, Meta(description="The archive, as long as it is in the library.", examples=[7])]
    has_archive: Annotated[bool, Meta(description="Whether it is, or is in its trash.", examples=[True])]
    stage: Annotated[Stage, Meta(examples=["report"])]
    status: Annotated[Status, Meta(examples=["completed"])]
    progress: Percent
    form: Annotated[str | None, Meta(examples=["takeout"])]
    report: ImportReport
    choices: ImportChoices
    item_count: Annotated[int, Meta(examples=[415])]
    made_count: Annotated[int, Meta(examples=[412])]
    failed_count: Annotated[int, Meta(examples=[0])]
    error_message: Sentence | None
    created_at: datetime
    completed_at: datetime | None


class ImportPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[Import]
    next_cursor: str | None


class ItemQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a report."""

    kind: Annotated[ItemKind, Meta(description="Only these.")] | None = None
    outcome: Annotated[Outcome, Meta(description="Only what has this outcome.")] | None = None
    reason: Annotated[str, Meta(max_length=40, description="Only what has this outcome for this reason.")] | None = None
    state: Annotated[ItemState, Meta(description="Only what is in this state.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_ITEMS, description="Rows a page.")] = MAX_ITEMS
    cursor: Annotated[PageCursor, Meta(examples=[write_cursor(0)])] | None = None


class ImportedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the report; ``item`` is as the archive describes it, ``message`` why it was not made."""

    number: Annotated[int, Meta(examples=[1])]
    kind: Annotated[ItemKind, Meta(examples=["post"])]
    title: Annotated[str, Meta(examples=["Lighthouse at dusk"])]
    outcome: Annotated[Outcome, Meta(examples=["make"])]
    reason: str | None
    state: Annotated[ItemState, Meta(examples=["planned"])]
    made_kind: Annotated[MadeKind | None, Meta(description="What `made_id` is of: a post may become a file.")]
    made_id: int | None
    message: Sentence | None
    item: dict[str, Any]


class ItemPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a report, in the archive's order; ``next_cursor`` is null on the last one."""

    items: Sequence[ImportedItem]
    next_cursor: str | None


_PROGRESS = percent(
    "CASE WHEN status = 'completed' THEN 100 WHEN stage = 'report' THEN 0 "
    "WHEN stage = 'undo' THEN 99.9 * done_number / greatest(done_number + made_count, 1) "
    "ELSE 99.9 * done_number / greatest(item_count, 1) END"
)
_SELECT = f"""
SELECT id, name, asset_id,
       EXISTS (SELECT FROM asset WHERE asset.id = imports.asset_id AND asset.user_id = imports.user_id) AS has_archive,
       stage, status, {_PROGRESS} AS progress, form, report, choices, item_count, made_count,
       failed_count, error_message, created_at, completed_at
  FROM imports
"""
_ITEMS = """
SELECT number, item ->> 'type' AS kind, coalesce(item ->> 'title', '') AS title, outcome, reason, state, made_kind,
       made_id, message, item - '{type,title,entry}'::text[] AS item
  FROM import_item
 WHERE import_id = $1 AND number > $2 AND ($3::text IS NULL OR outcome = $3) AND ($4::text IS NULL OR state = $4)
   AND ($5::text IS NULL OR reason = $5) AND ($6::text IS NULL OR item ->> 'type' = $6)
 ORDER BY number
 LIMIT $7
"""
# Streams of the import read its row.
NOTIFY = "SELECT pg_notify('pmd_changed', user_id || ' import ' || id) FROM imports WHERE id = $1"

TOPIC = Topic(
    kind="import",
    scopes=("uploads:read",),
    id_type=int,
    state=Import,
    load=loads(Import, f"{_SELECT} WHERE id = ANY($1)"),
    newest=newest_of("imports", most=1),
)


async def find_import(connection: Connection | Pool, *, user_id: int, import_id: int) -> Import | None:
    return await find_one(connection, Import, f"{_SELECT} WHERE id = $1 AND user_id = $2", import_id, user_id)


async def list_imports(connection: Connection | Pool, *, user_id: int, query: PageQuery) -> ImportPage:
    after, limit = Cursor.parse(query.cursor), query.limit
    own = "WHERE user_id = $1 AND (created_at, id) < ($2, $3::bigint) ORDER BY created_at DESC, id DESC LIMIT $4"
    found = await find_all(connection, Import, f"{_SELECT} {own}", user_id, after.created_at, after.id, limit + 1)
    return ImportPage(items=found[:limit], next_cursor=Cursor.behind(found, limit))


async def list_items(connection: Connection | Pool, *, import_id: int, query: ItemQuery) -> ItemPage:
    after, limit = 0 if query.cursor is None else read_cursor(query.cursor, RowNumber), query.limit
    only = (query.outcome, query.state, query.reason, query.kind)
    items = await find_all(connection, ImportedItem, _ITEMS, import_id, after, *only, limit + 1)
    next_cursor = write_cursor(items[limit - 1].number) if len(items) > limit else None
    return ItemPage(items=items[:limit], next_cursor=next_cursor)
