"""Files that look the same: of one file, and groups in a whole library (DEPTH section 8).

Digests of equal pixels and a perceptual hash propose; ``likeness`` decides by the fingerprints of what was proposed.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Annotated

import asyncpg
import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, with_custom_plans
from ..http.wire import Cursor, PageCursor
from .likeness import Picture
from .queries import ITEM_COLUMNS, AssetItem

# The maximum Hamming distance, of 64 bits, between two versions of one picture. Up to seven bits are always found.
NEAR_DISTANCE = 9
# Flat pictures crowd some bands: at most this many rows of each are compared with one file, and with a page's files.
_ROWS_FOR_ONE, _ROWS_FOR_MANY = 10_000, 1000
# The rest of a larger group follows once its owner has decided about these.
MAX_GROUP = 32
MAX_EXAMINED = 256
# The nearest files whose fingerprints are compared with one file's: 10 MB a page in the worst case.
_MAX_PROPOSED = 48
# From so many files on, numbered names that count are a sequence, whose equal frames are no copies.
SHORTEST_SEQUENCE = 3

# If at most seven bits differ, at least one of four 16-bit bands differs in at most one bit: each band is looked up
# unchanged and with each of its bits flipped, by index-only scans.
#
# OFFSET 0 and IS TRUE leave Postgres one index for each step: stale statistics may claim that a user has one file, and
# all of them would be read for each hash.
_FLIPPED = f"ARRAY[0, {', '.join(str(1 << bit) for bit in range(16))}]::bigint[]"


def _band(number: int, rows: int) -> str:
    def value(table: str) -> str:
        return f"(({table}.dhash::bigint >> {16 * number}) & 65535)"

    return f"""
        (SELECT hashed.*
           FROM (SELECT {value("own")} # flipped AS value FROM unnest({_FLIPPED}) AS flipped OFFSET 0) AS band,
                LATERAL (
                SELECT asset_id, reports.dhash FROM reports
                 WHERE user_id = $1 AND reports.dhash IS NOT NULL AND {value("reports")} = band.value
                OFFSET 0) AS hashed
          LIMIT {rows})"""


# Equal pixels have the distance -1: their hash may be another one if they were enlarged.
_EQUAL = """
        SELECT asset_id, -1 AS distance FROM asset_fingerprint AS equal
         WHERE user_id = $1 AND pixels = own.pixels"""


def _near_own(rows: int) -> str:
    """The other files whose pixels are equal, or whose hash is near ``own.dhash``, with their distance."""
    return f"""
    LATERAL (
        SELECT asset_id, min(distance) AS distance
          FROM (SELECT asset_id, bit_count(found.dhash # own.dhash) AS distance
                  FROM ({" UNION ALL".join(_band(number, rows) for number in range(4))}) AS found
                 WHERE bit_count(own.dhash) > 0
                 UNION ALL {_EQUAL}) AS found
         WHERE asset_id <> own.id AND distance <= {NEAR_DISTANCE}
         GROUP BY asset_id) AS near"""


def _files_near(conditions: str) -> str:
    """Frames of one sequence resemble each other; only equal ones may be copies, such as “hero 1” and “hero 2”."""
    return f"""
    LATERAL (
        SELECT * FROM asset
         WHERE id = near.asset_id AND ({conditions}) IS TRUE
           AND (distance < 0 OR asset.sequence IS NULL
                OR (asset.folder, asset.sequence) IS DISTINCT FROM (own.folder, own.sequence))
        OFFSET 0) AS asset"""


_OWN = """
LATERAL (
    SELECT asset.id, asset.folder, asset.sequence, latest.dhash, own_print.pixels
      FROM (SELECT dhash FROM reports WHERE asset_id = asset.id AND (user_id = $1 AND dhash IS NOT NULL) IS TRUE
             ORDER BY created_at DESC LIMIT 1) AS latest
      JOIN asset_fingerprint AS own_print ON own_print.asset_id = asset.id) AS own"""

# What may look the same as file $2 of user $1, at most $3, the nearest first.
NEAR = f"""
WITH own AS MATERIALIZED (
    SELECT own.* FROM asset, {_OWN} WHERE asset.id = $2 AND (asset.user_id = $1) IS TRUE)
SELECT asset.id, distance
  FROM own, {_near_own(_ROWS_FOR_ONE)}, {_files_near("user_id = $1 AND deleted_at IS NULL")}
 ORDER BY distance, asset.id LIMIT $3
"""

# Files yet to be decided about; a task's result resembles its original on purpose. A stack whose top is in the trash is
# none until that one is restored.
_OPEN = """asset.deleted_at IS NULL AND asset.rejected_at IS NULL AND asset.parent_asset_id IS NULL
           AND (asset.stack_id IS NULL
                OR (SELECT deleted_at IS NOT NULL FROM asset AS top WHERE top.id = asset.stack_id))"""

# The next files of the list, each with what may look the same, the nearest first.
GROUPS = f"""
WITH examined AS MATERIALIZED (
    SELECT * FROM asset
     WHERE user_id = $1 AND deleted_at IS NULL AND (created_at, id) < ($2, $3::bigint)
     ORDER BY created_at DESC, id DESC LIMIT $4),
own AS MATERIALIZED (
    SELECT own.* FROM examined AS asset, {_OWN} WHERE {_OPEN}),
alike AS (
    SELECT own.id, (array_agg(asset.id ORDER BY distance, asset.id))[1:{_MAX_PROPOSED}] AS others
      FROM own, {_near_own(_ROWS_FOR_MANY)}, {_files_near(f"user_id = $1 AND {_OPEN}")}
     WHERE NOT EXISTS (SELECT FROM asset_kept_both AS kept
                        WHERE kept.asset_id = least(own.id, asset.id) AND other_id = greatest(own.id, asset.id))
     GROUP BY own.id)
SELECT examined.id, created_at, others FROM examined LEFT JOIN alike USING (id)
 ORDER BY created_at DESC, id DESC
"""

# Those of the files that can be compared.
_COMPARED = """
SELECT asset.id, width, height, pixels, planes, sequence, frame_number,
       (SELECT count(*) FROM (SELECT FROM asset AS frame
                               WHERE frame.user_id = $1 AND frame.folder = asset.folder AND frame.deleted_at IS NULL
                                 AND frame.sequence = asset.sequence
                                 AND frame.width = asset.width AND frame.height = asset.height
                               LIMIT {SHORTEST_SEQUENCE}) AS frames) AS frames,
       (asset.folder, sequence, width, height)::text AS frames_of
  FROM asset_fingerprint JOIN asset ON asset.id = asset_id
 WHERE asset_fingerprint.user_id = $1 AND asset_id = ANY ($2) AND width IS NOT NULL AND height IS NOT NULL
""".replace("{SHORTEST_SEQUENCE}", str(SHORTEST_SEQUENCE))

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
    limit: Annotated[int, Meta(ge=1, le=MAX_EXAMINED, description="Files to examine; few were saved again.")] = (
        MAX_EXAMINED
    )


class AlikeGroup(msgspec.Struct, frozen=True, kw_only=True):
    """One picture that was saved several times, the best first: by rating, pixels, bit depth and bytes."""

    items: Sequence[AssetItem]
    equal_pixels: Annotated[bool, Meta(description="In all of them, at one size or enlarged by a whole factor.")]


class AlikePage(msgspec.Struct, frozen=True, kw_only=True):
    """The groups among the examined files. ``next_cursor`` continues, also after a page without groups."""

    groups: Sequence[AlikeGroup]
    examined_count: Annotated[int, Meta(examples=[MAX_EXAMINED])]
    next_cursor: str | None


class _Compared:
    """A file by its fingerprint."""

    def __init__(self, row: asyncpg.Record) -> None:
        self.id: int = row["id"]
        self.pixels: bytes | None = row["pixels"]
        self._picture = Picture(row["width"], row["height"], row["planes"])
        self.sequence: str | None = row["frames_of"] if row["frames"] >= SHORTEST_SEQUENCE else None
        self._number: int = row["frame_number"]

    def has_pixels_of(self, other: "_Compared") -> bool:
        return self.pixels is not None and self.pixels == other.pixels

    def is_like(self, other: "_Compared") -> bool:
        """Frames of a sequence are not like each other, and like another sequence's only at the same number."""
        if self.sequence and other.sequence and (self.sequence == other.sequence or self._number != other._number):
            return False
        return self.has_pixels_of(other) or self._picture.is_like(other._picture)


async def list_alike(pool: Pool, *, user_id: int, query: AlikeQuery) -> AlikePage:
    """The groups whose newest file is on this page of the user's files, newest first."""
    after, limit = Cursor.parse(query.cursor), query.limit
    async with with_custom_plans(pool) as connection:
        rows = await connection.fetch(GROUPS, user_id, after.created_at, after.id, limit)
        proposed = {row["id"]: row["others"] for row in rows if row["others"]}
        compared = await _compared(connection, user_id, {*proposed, *chain.from_iterable(proposed.values())})
    groups: list[Sequence[_Compared]] = []
    for own, others in proposed.items():
        if own in compared:
            groups += _group(compared[own], [compared[other] for other in others if other in compared])
            await asyncio.sleep(0)  # a file's comparisons take some milliseconds
    members = await _members(pool, user_id, [each.id for group in groups for each in group])
    return AlikePage(
        groups=[_shown(group, members) for group in groups],
        examined_count=len(rows),
        next_cursor=Cursor.after(rows[-1]["created_at"], rows[-1]["id"]) if len(rows) == limit else None,
    )


def _group(own: _Compared, others: Sequence[_Compared]) -> Iterator[Sequence[_Compared]]:
    """The file with its older versions, unless one is newer: then that one leads the group, which is found once.

    Of a sequence there is one frame in a group.
    """
    if any(other.id > own.id and own.is_like(other) for other in others):
        return
    group = [own]
    for other in others:
        is_new = other.sequence is None or other.sequence not in {each.sequence for each in group}
        if other.id < own.id and len(group) < MAX_GROUP and is_new and own.is_like(other):
            group.append(other)
    if len(group) > 1:
        yield group


def _shown(group: Sequence[_Compared], members: Sequence[AssetItem]) -> AlikeGroup:
    ids = {each.id for each in group}
    return AlikeGroup(
        items=[item for item in members if item.id in ids],
        equal_pixels=all(group[0].has_pixels_of(each) for each in group),
    )


async def find_near(connection: Connection | Pool, *, user_id: int, asset_id: int) -> dict[int, int]:
    """The other versions of a file's picture, the nearest first: the distances of their hashes by their ids."""
    rows = await connection.fetch(NEAR, user_id, asset_id, _MAX_PROPOSED)
    compared = await _compared(connection, user_id, [asset_id, *(row["id"] for row in rows)] if rows else [])
    own = compared.get(asset_id)
    alike = (row for row in rows if own and row["id"] in compared and own.is_like(compared[row["id"]]))
    return {row["id"]: max(0, row["distance"]) for row in alike}


async def _compared(connection: Connection | Pool, user_id: int, asset_ids: Collection[int]) -> dict[int, _Compared]:
    if not asset_ids:
        return {}
    return {row["id"]: _Compared(row) for row in await connection.fetch(_COMPARED, user_id, list(asset_ids))}


async def _members(connection: Connection | Pool, user_id: int, asset_ids: Sequence[int]) -> list[AssetItem]:
    if not asset_ids:
        return []
    return [AssetItem(*row) for row in await connection.fetch(_MEMBERS, user_id, list(asset_ids))]
