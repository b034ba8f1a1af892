"""The list of a library: a page, its total, and how many there are of each kind (LIBRARY section 3)."""

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
# The largest library there is by far.
MAX_OFFSET = 10_000_000
# A state with so few files is sorted: among all, in the index of an order, they would be looked for one by one.
FEW = 2_000


class AssetItem(msgspec.Struct, frozen=True, gc=False):
    """One file in the list; its bytes are at ``/assets/{id}/file``, its pictures at ``/assets/{id}/preview``."""

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
    note: Annotated[str | None, Meta(description="Its owner's: neither posts nor packs have it.")]
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
    folder: Annotated[str, Meta(description="Empty: none. A result is where its original is.", examples=["summer"])]
    hash: Annotated[str, Meta(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
    created_at: datetime
    updated_at: datetime


class AssetPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page in the order that was asked for; ``next_cursor`` is null on the last one."""

    items: Sequence[AssetItem]
    next_cursor: str | None
    total_count: Annotated[int, Meta(description="How many there are.", examples=[1])]
    total_is_exact: Annotated[bool, Meta(description="False: at least so many.", examples=[True])]
    facets: Facets
    so_far: Annotated[
        bool,
        Meta(
            description="Older files were not searched yet, nor counted: `next_cursor` goes on, also from no items.",
            examples=[False],
        ),
    ] = False
    is_alike: Annotated[
        bool,
        Meta(
            description="Nothing has the text of `q`: these are the newest files that have it nearly so.",
            examples=[False],
        ),
    ] = False


_Direction = Annotated[Direction, Meta(description="Unless told, names ascend, and date, size and stars descend.")]
_WINDOW = "A window of the list instead of what comes behind a cursor: so many files came before."


class AssetQuery(AssetFilter, frozen=True, kw_only=True):
    """Which page of which files is meant."""

    sort: Annotated[
        Sort,
        Meta(
            description=(
                "`path` and `name` in natural order (2 before 10), what was made of a file behind it in `path`; "
                "`kind` by path within."
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
    """The files of a page, and where the next one begins."""

    items: Sequence[AssetItem]
    next_cursor: str | None


def page_statement(where: Where, order: Order = NEWEST_FIRST, *, is_first: bool = False) -> str:
    """A page of what the filter leaves; its last parameters are the cursor's, unless it is first, and the limit."""
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
    """A window of what the filter leaves; its last parameters are a mark's, the limit and how many came before.

    Its files' ids come from the order's index alone; only those rows are read. As an array, not by a join: with stale
    statistics (one row expected, 10,000 there) Postgres would run the subquery again for each file.
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
    """The same files by their ids, where narrowing filters leave no more than are counted, and whether they do."""
    if not where.narrowing or asked.folder is not None:  # a folder is a part of an order's index
        return where, False
    async with with_custom_plans(pool) as connection:
        few = await find_few(connection, user_id=user_id, where=where)
    return (where, False) if few is None else (where.named(few), True)


async def _named_by_state(pool: Pool, user_id: int, where: Where, order: Order) -> Where:
    """The same files by their ids, where one state is asked for in an order whose index does not know it."""
    if order.sort == "date" or not where.is_of_one_state:
        return where
    rows = await pool.fetch(f"SELECT id FROM asset WHERE {where.sql} LIMIT {FEW + 1}", user_id, *where.values)
    return where.among([row["id"] for row in rows]) if len(rows) <= FEW else where


async def list_assets(pool: Pool, *, user_id: int, asked: AssetQuery) -> AssetPage:
    """A page of a user's files, with the total and the facets.

    Keyset pagination: a file that arrives or leaves between two pages shifts nothing. A window is where it is now.
    """
    order = Order.of(asked.sort, asked.order)
    after = order.read(asked.cursor)
    where = await Where.read(pool, asked)
    mark = None if asked.offset is None else await find_mark(pool, user_id, where, order, asked.offset)
    where, is_few = await _named_by_filters(pool, user_id, where, asked)
    listed = await _named_by_state(pool, user_id, where, order)
    # Counting looks at many files and takes the longer: on a connection of its own, while the page is read and told.
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
        after: where the page before ended, as ``Order.read`` has it.
    """
    values = [*where.values, *(after or ()), limit + 1]
    if where.is_of_one_state and order.sort != "date":  # the index that has the order has the state, too
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
    """So many files from a position on, counted from 0, or from the mark before it."""
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
    """What the filter leaves of the files that a search has found, in the search's own order."""
    return f"""
SELECT {ITEM_COLUMNS}
  FROM asset
  LEFT JOIN licenses ON licenses.id = license_id
 WHERE {where.sql}
 ORDER BY asset.id DESC
 LIMIT ${len(where.values) + 2}"""


async def read_found(connection: Connection | Pool, user_id: int, where: Where, *, most: int) -> list[AssetItem]:
    return [AssetItem(*row) for row in await connection.fetch(found_statement(where), user_id, *where.values, most)]
