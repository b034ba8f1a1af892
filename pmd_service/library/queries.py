"""The library's list: pages, windows, totals and facets (LIBRARY section 3)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import asyncpg
import msgspec
from msgspec import Meta

from ..assets.asset import AssetType, Label, Provenance, Rating
from ..base.database import Connection, Pool, with_custom_plans
from ..http.wire import encoded
from .counts import Counts, Facets, count_assets, count_few, find_few
from .marks import Mark, find_mark
from .order import NEWEST_FIRST, Direction, Order, OrderedCursor, Sort
from .where import AssetFilter, State, Where

MAX_PAGE = 512
# Far beyond any library.
MAX_OFFSET = 10_000_000
# A state with up to this many files is sorted; a scan of an order's index would filter all files for them.
FEW = 2_000


class AssetItem(msgspec.Struct, frozen=True, gc=False):
    """One file in a list; its bytes are at ``/assets/{id}/file``, its previews at ``/assets/{id}/preview``."""

    id: Annotated[int, Meta(examples=[7])]
    name: Annotated[str, Meta(examples=["lighthouse.png"])]
    type: Annotated[AssetType, Meta(examples=["image"])]
    file_format: Annotated[str, Meta(examples=["png"])]
    mime_type: Annotated[str, Meta(examples=["image/png"])]
    size_bytes: Annotated[int, Meta(examples=[18_233])]
    width: Annotated[int | None, Meta(examples=[64])]
    height: Annotated[int | None, Meta(examples=[64])]
    frame_count: Annotated[int | None, Meta(examples=[1])]
    duration_sec: float | None
    samplerate_hz: int | None
    theme: Annotated[str | None, Meta(examples=["sea"])]
    source: Annotated[str | None, Meta(examples=["Drawn by hand"])]
    provenance: Annotated[Provenance, Meta(examples=["user_provided"])]
    license_id: Annotated[int | None, Meta(examples=[2])]
    license_identifier: Annotated[str | None, Meta(examples=["CC-BY-4.0"])]
    attribution: str | None
    note: Annotated[str | None, Meta(description="For the owner only: posts and packs do not contain it.")]
    hashtags: Annotated[Sequence[str], Meta(examples=[["lighthouse", "sea"]])]
    rating: Rating
    label: Label | None
    state: Annotated[State, Meta(examples=["new"])]
    approved: bool
    rejected_at: datetime | None
    deleted_at: datetime | None
    has_preview: Annotated[bool, Meta(examples=[True])]
    parent_asset_id: int | None
    post_id: int | None
    original_path: Annotated[str | None, Meta(examples=["summer/lighthouse.png"])]
    folder: Annotated[
        str, Meta(description="Empty: none. A task's result is in its original's folder.", examples=["summer"])
    ]
    hash: Annotated[str, Meta(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
    created_at: datetime
    updated_at: datetime


class AssetPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page in the requested order; ``next_cursor`` is null on the last one."""

    items: Sequence[AssetItem]
    next_cursor: str | None
    total_count: Annotated[int, Meta(description="The number of matching files.", examples=[1])]
    total_is_exact: Annotated[bool, Meta(description="False: the total is a lower bound.", examples=[True])]
    facets: Facets
    so_far: Annotated[
        bool,
        Meta(
            description="Older files were not searched yet, nor counted: `next_cursor` continues, even without items.",
            examples=[False],
        ),
    ] = False
    is_alike: Annotated[
        bool,
        Meta(
            description="No file contains the text of `q`: these are the newest ones with similar words.",
            examples=[False],
        ),
    ] = False


_Direction = Annotated[Direction, Meta(description="By default, names ascend, and date, size and rating descend.")]
_WINDOW = "Instead of a cursor: the number of files before the window of the list."


class AssetQuery(AssetFilter, frozen=True, kw_only=True):
    """The filters, order and page of a list."""

    sort: Annotated[
        Sort,
        Meta(
            description=(
                "`path` and `name` are in natural order (2 before 10), in `path` with a file's results after it; "
                "`kind` is by type and path."
            )
        ),
    ] = "date"
    order: _Direction | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Files a page.")] = MAX_PAGE
    cursor: OrderedCursor | None = None
    offset: Annotated[int, Meta(ge=0, le=MAX_OFFSET, description=_WINDOW)] | None = None


ITEM_COLUMNS = """
    asset.id, name, type, file_format, mime_type, size_bytes, width, height, frame_count, duration_sec, samplerate_hz,
    theme, source, provenance, license_id, licenses.identifier AS license_identifier, attribution, note, hashtags,
    rating, label, state, approved, rejected_at, deleted_at, preview_path IS NOT NULL AS has_preview, parent_asset_id,
    post_id, original_path, coalesce(folder, '') AS folder, hash, asset.created_at, asset.updated_at"""
_ITEM_LENGTH = len(AssetItem.__struct_fields__)


class Listed(msgspec.Struct, frozen=True):
    """The files of a page, and the next page's cursor."""

    items: Sequence[AssetItem]
    next_cursor: str | None


def page_statement(where: Where, order: Order = NEWEST_FIRST, *, is_first: bool = False) -> str:
    """A page of matching files; its last parameters are the cursor's, unless it is the first, and the limit."""
    at = len(where.values) + 2
    behind = "" if is_first else f" AND {order.behind(at)}"
    return f"""
SELECT {ITEM_COLUMNS}, {", ".join(order.columns)}
  FROM asset
  LEFT JOIN licenses ON licenses.id = license_id
 WHERE {where.sql}{behind}
 ORDER BY {order.sql}
 LIMIT ${at if is_first else at + len(order.columns) + 1}"""


def window_statement(where: Where, order: Order, *, is_marked: bool = False) -> str:
    """A window of matching files; its last parameters are a mark's, the limit and the offset.

    An index-only scan finds the ids; only these rows are read. They are an array and not joined: with stale statistics
    (one row expected, 10,000 found) Postgres would run the subquery again for each file.
    """
    at = len(where.values) + 2
    behind = f" AND {order.behind(at)}" if is_marked else ""
    at += len(order.columns) + 1 if is_marked else 0
    return f"""
SELECT {ITEM_COLUMNS}, {", ".join(order.columns)}
  FROM asset
  LEFT JOIN licenses ON licenses.id = license_id
 WHERE asset.id = ANY (ARRAY(
    SELECT asset.id FROM asset WHERE {where.sql}{behind} ORDER BY {order.sql} LIMIT ${at} OFFSET ${at + 1}))
 ORDER BY {order.sql}"""


async def _named_by_filters(pool: Pool, user_id: int, where: Where, asked: AssetQuery) -> tuple[Where, bool]:
    """The filter by ids, if no more files match the narrowing filters than are counted; and whether that is so."""
    if not where.narrowing or asked.folder is not None:  # a folder is a range of an order's index
        return where, False
    async with with_custom_plans(pool) as connection:
        few = await find_few(connection, user_id=user_id, where=where)
    return (where, False) if few is None else (where.named(few), True)


async def _named_by_state(pool: Pool, user_id: int, where: Where, order: Order) -> Where:
    """The filter by ids, for one state in an order whose index does not have the state, if its files are few."""
    if order.sort == "date" or not where.is_of_one_state:
        return where
    rows = await pool.fetch(f"SELECT id FROM asset WHERE {where.sql} LIMIT {FEW + 1}", user_id, *where.values)
    return where.among([row["id"] for row in rows]) if len(rows) <= FEW else where


async def list_assets(pool: Pool, *, user_id: int, asked: AssetQuery) -> AssetPage:
    """A page of a user's files, with the total and the facets.

    Keyset pagination: files added or removed between two calls do not shift the pages. They do shift windows.
    """
    order = Order.of(asked.sort, asked.order)
    after = order.read(asked.cursor)
    where = await Where.read(pool, asked)
    mark = None if asked.offset is None else await find_mark(pool, user_id, where, order, asked.offset)
    where, is_few = await _named_by_filters(pool, user_id, where, asked)
    listed = await _named_by_state(pool, user_id, where, order)
    # Counting reads many files and takes longer: on its own connection, while the page is read and encoded.
    counting = asyncio.create_task(_count(pool, user_id, where, is_few=is_few), name="counting assets")
    try:
        async with with_custom_plans(pool) as connection:
            if asked.offset is None:
                page = await read_page(connection, user_id, listed, order, after=after, limit=asked.limit)
            else:
                page = await read_window(
                    connection, user_id, listed, order, offset=asked.offset, limit=asked.limit, mark=mark
                )
        page = msgspec.structs.replace(page, items=encoded(page.items))
        counts = await counting
    finally:
        counting.cancel()
    return page_of(page, counts)


def page_of(listed: Listed, counts: Counts, *, so_far: bool = False, is_alike: bool = False) -> AssetPage:
    return AssetPage(
        items=listed.items,
        next_cursor=listed.next_cursor,
        total_count=counts.total.count,
        total_is_exact=counts.total.is_exact,
        facets=counts.facets,
        so_far=so_far,
        is_alike=is_alike,
    )


async def _count(pool: Pool, user_id: int, where: Where, *, is_few: bool) -> Counts:
    count = count_few if is_few else count_assets
    async with with_custom_plans(pool) as connection:
        return await count(connection, user_id=user_id, where=where)


async def read_page(
    connection: Connection | Pool, user_id: int, where: Where, order: Order, *, after: Sequence[Any] | None, limit: int
) -> Listed:
    """A page of the files in this order.

    Args:
        after: the end of the previous page, from ``Order.read``.
    """
    values = [*where.values, *(after or ()), limit + 1]
    if where.is_of_one_state and order.sort != "date":  # the order's index has the state, too
        statement = window_statement(where, order, is_marked=after is not None)
        rows = await connection.fetch(statement, user_id, *values, 0)
    else:
        rows = await connection.fetch(page_statement(where, order, is_first=after is None), user_id, *values)
    return _listed(rows, order, limit)


async def read_window(
    connection: Connection | Pool,
    user_id: int,
    where: Where,
    order: Order,
    *,
    offset: int,
    limit: int,
    mark: Mark | None = None,
) -> Listed:
    """Up to ``limit`` files from an offset on, found from the mark before it if there is one."""
    behind = mark.behind(order) if mark is not None else []
    statement = window_statement(where, order, is_marked=bool(behind))
    offset -= mark.before if mark is not None else 0
    rows = await connection.fetch(statement, user_id, *where.values, *behind, limit + 1, offset)
    return _listed(rows, order, limit)


def _listed(rows: Sequence[asyncpg.Record], order: Order, limit: int) -> Listed:
    items = [AssetItem(*row[:_ITEM_LENGTH]) for row in rows[:limit]]
    has_more = len(rows) > limit
    return Listed(items, order.cursor(rows[limit - 1][_ITEM_LENGTH:], items[-1].id) if has_more else None)


def found_statement(where: Where) -> str:
    """The matching files among those that a search has found, in the search's order."""
    return f"""
SELECT {ITEM_COLUMNS}
  FROM asset
  LEFT JOIN licenses ON licenses.id = license_id
 WHERE {where.sql}
 ORDER BY asset.id DESC
 LIMIT ${len(where.values) + 2}"""


async def read_found(connection: Connection | Pool, user_id: int, where: Where, *, limit: int) -> list[AssetItem]:
    return [AssetItem(*row) for row in await connection.fetch(found_statement(where), user_id, *where.values, limit)]
