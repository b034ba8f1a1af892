"""What looks the same: beside one file, and the groups of a whole library (DEPTH section 8)."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, with_custom_plans
from ..http.wire import Cursor, PageCursor
from .queries import ITEM_COLUMNS, AssetItem

# Of 64 bits: at most so many differ between two versions of one picture.
NEAR_DISTANCE = 6
# Flat pictures crowd in some bands: of each so many are compared with one file, and with each file of a page.
_ROWS_FOR_ONE, _ROWS_FOR_MANY = 10_000, 1000
# More than this of one group stand in the next one, when these have been decided about.
MAX_GROUP = 32
MAX_LOOKED_AT = 256

# Where at most six bits differ, one of four bands of 16 bits differs in one bit at most: each is looked for as it is,
# and with each of its bits turned, in an index alone.
#
# OFFSET 0 and IS TRUE leave Postgres one index for each step: with stale statistics a user seems to have one file, and
# all of them would be read for each hash.
_TURNED = f"ARRAY[0, {', '.join(str(1 << bit) for bit in range(16))}]::bigint[]"


def _band(number: int, user: str, rows: int) -> str:
    def value(table: str) -> str:
        return f"(({table}.dhash::bigint >> {16 * number}) & 65535)"

    return f"""
        (SELECT hashed.*
           FROM (SELECT {value("own")} # turned AS value FROM unnest({_TURNED}) AS turned OFFSET 0) AS band, LATERAL (
                SELECT asset_id, reports.dhash FROM reports
                 WHERE user_id = {user} AND reports.dhash IS NOT NULL AND {value("reports")} = band.value
                OFFSET 0) AS hashed
          LIMIT {rows})"""


def _near_own(user: str, rows: int) -> str:
    """The files whose hash is near ``own.dhash``, with their distance; ``own.id`` is not among them."""
    return f"""
    LATERAL (
        SELECT asset_id, min(bit_count(found.dhash # own.dhash)) AS distance
          FROM ({" UNION ALL".join(_band(number, user, rows) for number in range(4))}) AS found
         WHERE asset_id <> own.id AND bit_count(found.dhash # own.dhash) <= {NEAR_DISTANCE}
         GROUP BY asset_id) AS near"""


def _files_near(conditions: str) -> str:
    return f"LATERAL (SELECT * FROM asset WHERE id = near.asset_id AND ({conditions}) IS TRUE OFFSET 0) AS asset"


# Of one file, $1, of the user $2, at most $3.
NEAR = f"""
WITH own AS MATERIALIZED (
    SELECT asset_id AS id, dhash FROM reports
     WHERE asset_id = $1 AND (user_id = $2 AND dhash IS NOT NULL) IS TRUE
     ORDER BY created_at DESC LIMIT 1)
SELECT asset.id, name, type, file_format, preview_path IS NOT NULL AS has_preview, distance
  FROM own, {_near_own("$2", _ROWS_FOR_ONE)}, {_files_near("user_id = $2 AND deleted_at IS NULL")}
 ORDER BY distance, asset.id LIMIT $3
"""

# What nobody has decided about; a result stands with its original on purpose.
_OPEN = "asset.deleted_at IS NULL AND asset.rejected_at IS NULL AND asset.parent_asset_id IS NULL"

# The next files of the list, each with the files that look like it where it is the newest of them: so that a group is
# found once, whoever of it comes first. A flat picture has no bit, and says nothing.
GROUPS = f"""
WITH looked_at AS MATERIALIZED (
    SELECT id, created_at, rejected_at, deleted_at, parent_asset_id FROM asset
     WHERE user_id = $1 AND deleted_at IS NULL AND (created_at, id) < ($2, $3::bigint)
     ORDER BY created_at DESC, id DESC LIMIT $4),
own AS MATERIALIZED (
    SELECT asset.id, latest.dhash
      FROM looked_at AS asset, LATERAL (
           SELECT dhash FROM reports WHERE asset_id = asset.id AND (user_id = $1 AND dhash IS NOT NULL) IS TRUE
            ORDER BY created_at DESC LIMIT 1) AS latest
     WHERE {_OPEN} AND bit_count(latest.dhash) > 0),
alike AS (
    SELECT own.id, (array_agg(asset.id ORDER BY distance, asset.id))[1:{MAX_GROUP - 1}] AS others
      FROM own, {_near_own("$1", _ROWS_FOR_MANY)}, {_files_near(f"user_id = $1 AND {_OPEN}")}
     GROUP BY own.id HAVING max(asset.id) < own.id)
SELECT looked_at.id, created_at, others FROM looked_at LEFT JOIN alike USING (id)
 ORDER BY created_at DESC, id DESC
"""

# The best first: what its owner thinks of it, then what there is of it.
_MEMBERS = f"""
SELECT {ITEM_COLUMNS}
  FROM asset LEFT JOIN licenses ON licenses.id = license_id,
       LATERAL (SELECT max((facts ->> 'bit_depth')::int) AS bits FROM reports
                 WHERE asset_id = asset.id AND (user_id = $1) IS TRUE) AS looked
 WHERE (user_id = $1) IS TRUE AND asset.id = ANY ($2)
 ORDER BY rating DESC, width::bigint * height DESC NULLS LAST, bits DESC NULLS LAST, size_bytes DESC, asset.id
"""


class AlikeQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the library is looked through."""

    cursor: PageCursor | None = None
    limit: Annotated[
        int, Meta(ge=1, le=MAX_LOOKED_AT, description="Files that are looked at; few have others like them.")
    ] = MAX_LOOKED_AT


class AlikeGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Files that look the same, the best first: by stars, pixels, bits a colour, and bytes."""

    items: Sequence[AssetItem]


class AlikePage(msgspec.Struct, frozen=True, kw_only=True):
    """The groups among the files that were looked at; ``next_cursor`` goes on, also from no groups."""

    groups: Sequence[AlikeGroup]
    looked_at: Annotated[int, Meta(examples=[MAX_LOOKED_AT])]
    next_cursor: str | None


async def list_alike(pool: Pool, *, user_id: int, asked: AlikeQuery) -> AlikePage:
    """The groups that begin among the user's next files, the newest first."""
    after, limit = Cursor.parse(asked.cursor), asked.limit
    async with with_custom_plans(pool) as connection:
        rows = await connection.fetch(GROUPS, user_id, after.created_at, after.id, limit)
        groups = [[row["id"], *row["others"]] for row in rows if row["others"]]
        members = await _members(connection, user_id, [each for group in groups for each in group])
    return AlikePage(
        groups=[AlikeGroup(items=[item for item in members if item.id in group]) for group in groups],
        looked_at=len(rows),
        next_cursor=Cursor.after(rows[-1]["created_at"], rows[-1]["id"]) if len(rows) == limit else None,
    )


async def _members(connection: Connection, user_id: int, asset_ids: Sequence[int]) -> list[AssetItem]:
    if not asset_ids:
        return []
    return [AssetItem(*row) for row in await connection.fetch(_MEMBERS, user_id, list(asset_ids))]
