"""The library's list: pages and windows (LIBRARY section 3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import asyncpg
import msgspec
from msgspec import Meta

from ..assets.asset import Label, Provenance, Rating
from ..assets.types import AssetType, State
from ..base.database import Pool, with_custom_plans
from ..http.wire import encoded
from ..search.suggestions import suggest
from .order import Direction, Order, OrderedCursor, Sort
from .where import FILES, AssetFilter, Where

MAX_PAGE = 512
# Far beyond any library.
MAX_OFFSET = 10_000_000


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
    alt_text: Annotated[str | None, Meta(examples=["A lighthouse on a cliff; its light turns."])]
    content_warnings: Annotated[Sequence[str], Meta(examples=[["Flashing"]])]
    ai_opt_out: Annotated[bool | None, Meta(description="Null: as the artist's default is.")]
    rating: Rating
    label: Label | None
    state: Annotated[State, Meta(examples=["new"])]
    approved: bool
    rejected_at: datetime | None
    deleted_at: datetime | None
    has_preview: Annotated[bool, Meta(examples=[True])]
    parent_asset_id: int | None
    stack_id: Annotated[int | None, Meta(description="The file on top of the stack that this one is in.")]
    sequence: Annotated[
        str | None,
        Meta(
            description="Its name without its number, if it may be in a sequence: three or more such files of a folder "
            "and size whose numbers count.",
            examples=["walk_#.png"],
        ),
    ]
    frame_number: Annotated[int | None, Meta(description="The last number in its name.", examples=[1])]
    post_id: int | None
    original_path: Annotated[str | None, Meta(examples=["summer/lighthouse.png"])]
    folder: Annotated[
        str, Meta(description="Empty: none. A task's result is in its original's folder.", examples=["summer"])
    ]
    sha256: Annotated[str, Meta(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
    created_at: datetime
    updated_at: datetime


class AssetPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page in the requested order; ``next_cursor`` is null on the last one."""

    items: Sequence[AssetItem]
    next_cursor: str | None
    did_you_mean: Annotated[
        str | None,
        Meta(description="Nothing has the words of `q`: a search with similar words.", examples=[None]),
    ] = None


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
    alt_text, content_warnings, ai_opt_out, rating, label, state, approved, rejected_at, deleted_at,
    preview_path IS NOT NULL AS has_preview, parent_asset_id, stack_id, sequence, frame_number,
    post_id, original_path, folder, hash AS sha256, asset.created_at, asset.updated_at"""
_ITEM_LENGTH = len(AssetItem.__struct_fields__)
# Files in the order of the list that are checked one by one before a search's index is read: they often fill the page.
NEAR = 1_000


def window_statement(where: Where, order: Order, *, is_first: bool = True, is_near: bool = False) -> str:
    """A window of matching files; its last parameters are the cursor's unless ``is_first``, the limit and the offset.

    An index-only scan finds the ids; only these rows are read. They are an array and not joined: with stale statistics
    (one row expected, 10,000 found) Postgres would run the subquery again for each file.

    Args:
        is_near: whether only the next ``NEAR`` files of the order are checked.
    """
    behind = "true" if is_first else order.behind(len(where.values) + 1)
    at = 1 if is_first else len(order.columns) + 2
    keys = ", ".join(["asset.id", *order.columns])
    if is_near:
        files = f"SELECT * FROM asset WHERE user_id = $1 AND {behind} ORDER BY {order.sql} LIMIT {NEAR}"
        source = f"({files}) AS asset WHERE {where.checked}"
    elif where.found is not None:
        # Materialized: for a rare word Postgres would otherwise walk the order's index.
        source = f"found AS asset WHERE {behind}"
    else:
        source = f"asset WHERE {where.sql} AND {behind}"
    found = f"WITH found AS MATERIALIZED (SELECT {keys} FROM asset WHERE {where.sql}) " if where.found else ""
    return f"""
SELECT {ITEM_COLUMNS}, {", ".join(order.columns)}
  FROM asset
  LEFT JOIN licenses ON licenses.id = license_id
 WHERE asset.id = ANY (ARRAY(
    {"" if is_near else found}SELECT asset.id FROM {source}
     ORDER BY {order.sql} LIMIT {where.numbered(at)} OFFSET {where.numbered(at + 1)}))
 ORDER BY {order.sql}"""


async def list_assets(pool: Pool, *, user_id: int, query: AssetQuery) -> AssetPage:
    """A page of a user's files.

    Keyset pagination: files added or removed between two calls do not shift the pages. They do shift windows.

    Raises:
        ProblemError: 400 for a cursor that is not from this list in this order; 422 for a search that cannot be read.
    """
    order = Order.of(query.sort, query.order)
    after = order.read(query.cursor)
    rows: list[asyncpg.Record] = []
    async with with_custom_plans(pool) as connection:
        where = await Where.read(connection, query, user_id=user_id)
        values = [*where.values, *(after or ()), query.limit + 1, query.offset or 0]
        if where.query is not None:
            statement = window_statement(where, order, is_first=after is None, is_near=True)
            rows = await connection.fetch(statement, *values)
        if len(rows) <= query.limit:
            rows = await connection.fetch(window_statement(where, order, is_first=after is None), *values)
        items = [AssetItem(*row[:_ITEM_LENGTH]) for row in rows[: query.limit]]
        did_you_mean = None
        if query.q is not None and not items and after is None and not query.offset:
            did_you_mean = await suggest(connection, FILES, query.q, owner_id=user_id)
    has_more = len(rows) > query.limit
    next_cursor = order.cursor(rows[query.limit - 1][_ITEM_LENGTH:], items[-1].id) if has_more else None
    return AssetPage(items=encoded(items), next_cursor=next_cursor, did_you_mean=did_you_mean)
