"""Pairs of files that their owner keeps although they look the same (GET /assets/kept-both)."""

from collections.abc import Sequence
from itertools import chain
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from ..base.database import Pool
from ..http.wire import not_of_this_list, read_cursor, write_cursor
from .queries import ITEM_COLUMNS, AssetItem

MAX_PAGE = 100


class _Pair(NamedTuple):
    other_id: int
    asset_id: int


_FIRST = _Pair(2**63 - 1, 2**63 - 1)
_Cursor = Annotated[str, Meta(description="`next_cursor` of the previous page.", examples=[write_cursor((1002, 1001))])]


class KeptBothQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Pairs a page.")] = 24
    cursor: _Cursor | None = None


class KeptPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two files that are kept, the newer one first. `compare_again` offers them as similar again."""

    items: Sequence[AssetItem]


class KeptPairPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of pairs; ``next_cursor`` is null on the last one."""

    items: Sequence[KeptPair]
    next_cursor: str | None


_PAIRS = """
SELECT other_id, asset_id FROM asset_kept_both AS kept
 WHERE user_id = $1 AND (other_id, asset_id) < ($2::bigint, $3::bigint)
   AND NOT EXISTS (SELECT FROM asset WHERE id IN (kept.asset_id, other_id) AND deleted_at IS NOT NULL)
 ORDER BY other_id DESC, asset_id DESC LIMIT $4
"""
_FILES = f"""
SELECT {ITEM_COLUMNS} FROM asset LEFT JOIN licenses ON licenses.id = license_id
 WHERE asset.id = ANY ($2) AND user_id = $1
"""


async def list_kept_both(pool: Pool, *, user_id: int, query: KeptBothQuery) -> KeptPairPage:
    """A page of a user's pairs without those that have a file in the trash, those of the newest files first.

    Raises:
        ProblemError: 422 for a cursor that is not from this list.
    """
    rows = await pool.fetch(_PAIRS, user_id, *_after(query.cursor), query.limit + 1)
    pairs = [_Pair(*row) for row in rows[: query.limit]]
    found = await pool.fetch(_FILES, user_id, [*chain(*pairs)])
    files = {item.id: item for item in (AssetItem(*row) for row in found)}
    return KeptPairPage(
        items=[KeptPair(items=[files[id] for id in pair]) for pair in pairs if all(id in files for id in pair)],
        next_cursor=write_cursor(pairs[-1]) if len(rows) > len(pairs) else None,
    )


def _after(cursor: str | None) -> _Pair:
    if cursor is None:
        return _FIRST
    after = read_cursor(cursor, _Pair)
    if not all(0 <= each < 2**63 for each in after):
        raise not_of_this_list()
    return after
