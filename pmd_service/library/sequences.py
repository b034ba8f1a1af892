"""Sequences: numbered pictures of a folder and size whose numbers count (GET /assets/sequences)."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from ..base.database import Pool, with_custom_plans
from ..http.wire import RowNumber, read_cursor, write_cursor
from .alike import SHORTEST_SEQUENCE
from .queries import ITEM_COLUMNS, AssetItem

MAX_PAGE = 100
# What is shown of one; a longer sequence goes on in the list of files.
MAX_FRAMES = 64


class _After(NamedTuple):
    folder: str
    sequence: str
    width: RowNumber
    height: RowNumber
    number: RowNumber


_FIRST = _After("", "", 0, 0, -1)
_Cursor = Annotated[
    str,
    Meta(
        description="`next_cursor` of the previous page.",
        examples=[write_cursor(("sprites", "walk_#.png", 24, 24, 1))],
    ),
]


class SequenceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Sequences a page.")] = 24
    cursor: _Cursor | None = None


class FrameSequence(msgspec.Struct, frozen=True, kw_only=True):
    """Frames that follow one another, in their order; the first 64 of ``frame_count``."""

    frame_count: Annotated[int, Meta(examples=[8])]
    size_bytes: Annotated[int, Meta(description="Of all frames.", examples=[6100])]
    items: Sequence[AssetItem]


class SequencePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of sequences; ``next_cursor`` is null on the last one."""

    items: Sequence[FrameSequence]
    next_cursor: str | None


# The numbers of a run have the same distance to their rank. Both follow the order of the index.
_RUNS = f"""
SELECT folder, sequence, width, height, min(frame_number) AS number, count(*) AS count,
       sum(size_bytes)::bigint AS size_bytes, (array_agg(id ORDER BY frame_number, id))[1:{MAX_FRAMES}] AS ids
  FROM (SELECT id, folder, sequence, width, height, frame_number, size_bytes,
               frame_number - dense_rank() OVER (
                   PARTITION BY folder, sequence, width, height ORDER BY frame_number) AS run
          FROM asset
         WHERE user_id = $1 AND sequence IS NOT NULL AND deleted_at IS NULL AND width IS NOT NULL
           AND (folder, sequence, width, height) >= ($2, $3, $4::integer, $5::integer)) AS numbered
 GROUP BY folder, sequence, width, height, run
HAVING count(*) >= {SHORTEST_SEQUENCE}
       AND (folder, sequence, width, height, min(frame_number)) > ($2, $3, $4::integer, $5::integer, $6::integer)
 ORDER BY folder, sequence, width, height, number LIMIT $7
"""

_FRAMES = f"""
SELECT {ITEM_COLUMNS} FROM asset LEFT JOIN licenses ON licenses.id = license_id
 WHERE asset.id = ANY ($2) AND user_id = $1 ORDER BY frame_number, asset.id
"""


async def list_sequences(pool: Pool, *, user_id: int, query: SequenceQuery) -> SequencePage:
    """A page of a user's sequences.

    Raises:
        ProblemError: 422 for a cursor that is not from this list.
    """
    after = _FIRST if query.cursor is None else read_cursor(query.cursor, _After)
    async with with_custom_plans(pool) as connection:
        runs = await connection.fetch(_RUNS, user_id, *after, query.limit + 1)
        has_more, runs = len(runs) > query.limit, runs[: query.limit]
        rows = await connection.fetch(_FRAMES, user_id, [id for run in runs for id in run["ids"]])
    frames = {item.id: item for item in (AssetItem(*row) for row in rows)}
    items = [
        FrameSequence(
            frame_count=run["count"],
            size_bytes=run["size_bytes"],
            items=[frames[id] for id in run["ids"] if id in frames],
        )
        for run in runs
    ]
    last = [runs[-1][name] for name in _After._fields] if has_more else None
    return SequencePage(items=items, next_cursor=write_cursor(last) if last else None)
