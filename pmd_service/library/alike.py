"""Near-duplicates by perceptual hash: of one file, and groups in a whole library (DEPTH section 8)."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, with_custom_plans
from ..http.wire import Cursor, PageCursor
from .queries import ITEM_COLUMNS, AssetItem

# The maximum Hamming distance, of 64 bits, between two versions of one picture.
NEAR_DISTANCE = 6
# Flat pictures crowd some bands: at most this many rows of each are compared with one file, and with a page's files.
_ROWS_FOR_ONE, _ROWS_FOR_MANY = 10_000, 1000
# The rest of a larger group follows once its owner has decided about these.
MAX_GROUP = 32
MAX_EXAMINED = 256

# If at most six bits differ, at least one of four 16-bit bands differs in at most one bit: each band is looked up
# unchanged and with each of its bits flipped, by index-only scans.
#
# OFFSET 0 and IS TRUE leave Postgres one index for each step: stale statistics may claim that a user has one file, and
# all of them would be read for each hash.
_FLIPPED = f"ARRAY[0, {', '.join(str(1 << bit) for bit in range(16))}]::bigint[]"


def _band(number: int, user: str, rows: int) -> str:
    def value(table: str) -> str:
        return f"(({table}.dhash::bigint >> {16 * number}) & 65535)"

    return f"""
        (SELECT hashed.*
           FROM (SELECT {value("own")} # flipped AS value FROM unnest({_FLIPPED}) AS flipped OFFSET 0) AS band,
                LATERAL (
                SELECT asset_id, reports.dhash FROM reports
                 WHERE user_id = {user} AND reports.dhash IS NOT NULL AND {value("reports")} = band.value
                OFFSET 0) AS hashed
          LIMIT {rows})"""


def _near_own(user: str, rows: int) -> str:
    """The other files whose hash is near ``own.dhash``, with their distance."""
    return f"""
    LATERAL (
        SELECT asset_id, min(bit_count(found.dhash # own.dhash)) AS distance
          FROM ({" UNION ALL".join(_band(number, user, rows) for number in range(4))}) AS found
         WHERE asset_id <> own.id AND bit_count(found.dhash # own.dhash) <= {NEAR_DISTANCE}
         GROUP BY asset_id) AS near"""


def _files_near(conditions: str) -> str:
    return f"LATERAL (SELECT * FROM asset WHERE id = near.asset_id AND ({conditions}) IS TRUE OFFSET 0) AS asset"


# The near-duplicates of file $1 of user $2, at most $3.
NEAR = f"""
WITH own AS MATERIALIZED (
    SELECT asset_id AS id, dhash FROM reports
     WHERE asset_id = $1 AND (user_id = $2 AND dhash IS NOT NULL) IS TRUE
     ORDER BY created_at DESC LIMIT 1)
SELECT asset.id, name, type, file_format, preview_path IS NOT NULL AS has_preview, distance
  FROM own, {_near_own("$2", _ROWS_FOR_ONE)}, {_files_near("user_id = $2 AND deleted_at IS NULL")}
 ORDER BY distance, asset.id LIMIT $3
"""

# Files yet to be decided about; a task's result resembles its original on purpose.
_OPEN = "asset.deleted_at IS NULL AND asset.rejected_at IS NULL AND asset.parent_asset_id IS NULL"

# The next files of the list, each with its near-duplicates if it is the newest of them, so that a group is found only
# once. A flat picture's hash has no bit set and is not compared.
GROUPS = f"""
WITH examined AS MATERIALIZED (
    SELECT id, created_at, rejected_at, deleted_at, parent_asset_id FROM asset
     WHERE user_id = $1 AND deleted_at IS NULL AND (created_at, id) < ($2, $3::bigint)
     ORDER BY created_at DESC, id DESC LIMIT $4),
own AS MATERIALIZED (
    SELECT asset.id, latest.dhash
      FROM examined AS asset, LATERAL (
           SELECT dhash FROM reports WHERE asset_id = asset.id AND (user_id = $1 AND dhash IS NOT NULL) IS TRUE
            ORDER BY created_at DESC LIMIT 1) AS latest
     WHERE {_OPEN} AND bit_count(latest.dhash) > 0),
alike AS (
    SELECT own.id, (array_agg(asset.id ORDER BY distance, asset.id))[1:{MAX_GROUP - 1}] AS others
      FROM own, {_near_own("$1", _ROWS_FOR_MANY)}, {_files_near(f"user_id = $1 AND {_OPEN}")}
     GROUP BY own.id HAVING max(asset.id) < own.id)
SELECT examined.id, created_at, others FROM examined LEFT JOIN alike USING (id)
 ORDER BY created_at DESC, id DESC
"""

# The best first: by the owner's rating, then by the amount of data.
_MEMBERS = f"""
SELECT {ITEM_COLUMNS}
  FROM asset LEFT JOIN licenses ON licenses.id = license_id,
       LATERAL (SELECT max((facts ->> 'bit_depth')::int) AS bits FROM reports
                 WHERE asset_id = asset.id AND (user_id = $1) IS TRUE) AS report
 WHERE (user_id = $1) IS TRUE AND asset.id = ANY ($2)
 ORDER BY rating DESC, width::bigint * height DESC NULLS LAST, bits DESC NULLS LAST, size_bytes DESC, asset.id
"""


class AlikeQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the library to examine."""

    cursor: PageCursor | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_EXAMINED, description="Files to examine; few have near-duplicates.")] = (
        MAX_EXAMINED
    )


class AlikeGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Files that look the same, the best first: by rating, pixels, bit depth and bytes."""

    items: Sequence[AssetItem]


class AlikePage(msgspec.Struct, frozen=True, kw_only=True):
    """The groups among the examined files. ``next_cursor`` continues, also after a page without groups."""

    groups: Sequence[AlikeGroup]
    examined_count: Annotated[int, Meta(examples=[MAX_EXAMINED])]
    next_cursor: str | None


async def list_alike(pool: Pool, *, user_id: int, query: AlikeQuery) -> AlikePage:
    """The groups whose newest file is on this page of the user's files, newest first."""
    after, limit = Cursor.parse(query.cursor), query.limit
    async with with_custom_plans(pool) as connection:
        rows = await connection.fetch(GROUPS, user_id, after.created_at, after.id, limit)
        groups = [[row["id"], *row["others"]] for row in rows if row["others"]]
        members = await _members(connection, user_id, [each for group in groups for each in group])
    return AlikePage(
        groups=[AlikeGroup(items=[item for item in members if item.id in group]) for group in groups],
        examined_count=len(rows),
        next_cursor=Cursor.after(rows[-1]["created_at"], rows[-1]["id"]) if len(rows) == limit else None,
    )


async def _members(connection: Connection, user_id: int, asset_ids: Sequence[int]) -> list[AssetItem]:
    if not asset_ids:
        return []
    return [AssetItem(*row) for row in await connection.fetch(_MEMBERS, user_id, list(asset_ids))]
