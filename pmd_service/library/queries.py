"""The list of a library: a page, its total, and how many there are of each sort (LIBRARY section 3)."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec

from ..assets.asset import AssetType, Provenance
from ..base.database import Connection, Pool, like
from ..http.wire import Cursor, PageCursor

State: TypeAlias = Literal["new", "approved", "set_aside", "trash"]

MAX_PAGE = 512
# More themes than anybody reads; the most used come first.
MAX_THEMES = 100


class AssetItem(msgspec.Struct, frozen=True):
    """One file in the list; its bytes are at ``/assets/{id}/file``, its pictures at ``/assets/{id}/preview``."""

    id: Annotated[int, msgspec.Meta(examples=[7])]
    name: Annotated[str, msgspec.Meta(examples=["lighthouse.png"])]
    type: Annotated[AssetType, msgspec.Meta(examples=["image"])]
    file_format: Annotated[str, msgspec.Meta(examples=["png"])]
    mime_type: Annotated[str, msgspec.Meta(examples=["image/png"])]
    size_bytes: Annotated[int, msgspec.Meta(examples=[18_233])]
    width: Annotated[int | None, msgspec.Meta(examples=[64])]
    height: Annotated[int | None, msgspec.Meta(examples=[64])]
    frame_count: Annotated[int | None, msgspec.Meta(examples=[1])]
    duration_sec: float | None
    samplerate_hz: int | None
    theme: Annotated[str | None, msgspec.Meta(examples=["sea"])]
    source: Annotated[str | None, msgspec.Meta(examples=["Drawn by hand"])]
    provenance: Annotated[Provenance, msgspec.Meta(examples=["user_provided"])]
    license_id: Annotated[int | None, msgspec.Meta(examples=[2])]
    license_identifier: Annotated[str | None, msgspec.Meta(examples=["CC-BY-4.0"])]
    attribution: str | None
    hashtags: Annotated[Sequence[str], msgspec.Meta(examples=[["lighthouse", "sea"]])]
    state: Annotated[State, msgspec.Meta(examples=["new"])]
    approved: bool
    rejected_at: datetime | None
    deleted_at: datetime | None
    has_preview: Annotated[bool, msgspec.Meta(examples=[True])]
    parent_asset_id: int | None
    post_id: int | None
    original_path: Annotated[str | None, msgspec.Meta(examples=["summer/lighthouse.png"])]
    hash: Annotated[str, msgspec.Meta(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
    created_at: datetime
    updated_at: datetime


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """How many files have this value, of those that the other filters leave; null stands for none."""

    value: str | None
    count: int


class Facets(msgspec.Struct, frozen=True, kw_only=True):
    """What can be chosen next, the most frequent first; of themes the first 100."""

    state: Annotated[Sequence[Facet], msgspec.Meta(examples=[[{"value": "approved", "count": 1}]])]
    type: Annotated[Sequence[Facet], msgspec.Meta(examples=[[{"value": "image", "count": 1}]])]
    provenance: Annotated[Sequence[Facet], msgspec.Meta(examples=[[{"value": "user_provided", "count": 1}]])]
    theme: Annotated[Sequence[Facet], msgspec.Meta(examples=[[{"value": "sea", "count": 1}]])]


class AssetPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[AssetItem]
    next_cursor: str | None
    total_count: int
    facets: Facets


class AssetFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which files are meant; an empty text means those without a theme or a licence."""

    state: Annotated[State, msgspec.Meta(description="Everything but the trash, unless told.")] | None = None
    type: Annotated[AssetType, msgspec.Meta(description="By content.")] | None = None
    theme: Annotated[str, msgspec.Meta(max_length=64, description="Empty: those without one.")] | None = None
    hashtag: Annotated[str, msgspec.Meta(min_length=1, max_length=64, description="One that they have.")] | None = None
    provenance: Annotated[Provenance, msgspec.Meta(description="Where they come from.")] | None = None
    license: Annotated[str, msgspec.Meta(max_length=64, description="A licence's identifier. Empty: none.")] | None = (
        None
    )
    upload: Annotated[UUID, msgspec.Meta(description="Those that this upload brought.")] | None = None
    q: (
        Annotated[
            str,
            msgspec.Meta(
                min_length=1,
                max_length=100,
                description="Is somewhere in the name, the path, the theme, the source, the attribution or a hashtag.",
            ),
        ]
        | None
    ) = None


class AssetQuery(AssetFilter, frozen=True, kw_only=True):
    """Which page of which files is meant."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE, description="Files a page.")] = MAX_PAGE
    cursor: PageCursor | None = None


ITEM_COLUMNS = """
    asset.id, name, type, file_format, mime_type, size_bytes, width, height, frame_count, duration_sec, samplerate_hz,
    theme, source, provenance, license_id, licenses.identifier AS license_identifier, attribution, hashtags, state,
    approved, rejected_at, deleted_at, preview_path IS NOT NULL AS has_preview, parent_asset_id, post_id, original_path,
    hash, asset.created_at, asset.updated_at"""

# Filters that no facet is made of. Each names its parameter by %s.
_NARROWING = {
    "hashtag": "hashtags @> ARRAY[%s::text]",
    "license": "license_id = (SELECT id FROM licenses WHERE identifier = %s::text)",
    "upload": "asset.id IN (SELECT asset_id FROM reports WHERE batch_id = %s AND user_id = $1)",
    "q": """concat_ws(E'\\n', name, original_path, theme, source, attribution, array_to_string(hashtags, E'\\n'))
            ILIKE %s""",
}
# Those that there is a facet for; it counts what all the others leave.
_CHOICES = {
    "state": "state = %s::text",
    "type": "type = %s::text",
    "provenance": "provenance = %s::text",
    "theme": "theme = %s::text",
}
_WITHOUT = {"license": "license_id IS NULL", "theme": "theme IS NULL"}
_NOT_TRASH = "state <> 'trash'"


class Where(msgspec.Struct, frozen=True):
    """A filter as SQL: conditions on ``asset``, those that narrow and those of each facet, and their values from $2."""

    narrowing: Sequence[str]
    choices: Mapping[str, str]
    values: Sequence[object]

    @classmethod
    def of(cls, chosen: AssetFilter) -> "Where":
        values: list[object] = []
        narrowing: list[str] = []
        choices = {} if chosen.state else {"state": _NOT_TRASH}
        for name, template in (_NARROWING | _CHOICES).items():
            value = getattr(chosen, name)
            if value is None:
                continue
            if value == "":
                sql = _WITHOUT[name]
            else:
                values.append(f"%{like(value)}%" if name == "q" else value)
                sql = template % f"${len(values) + 1}"
            if name in _NARROWING:
                narrowing.append(sql)
            else:
                choices[name] = sql
        return cls(narrowing, choices, values)

    @property
    def sql(self) -> str:
        return " AND ".join(["user_id = $1", *self.narrowing, *_for_the_index(self.choices)])

    def beside(self, facet: str) -> str:
        """The conditions of all other facets."""
        return " AND ".join([sql for name, sql in self.choices.items() if name != facet]) or "true"


def _for_the_index(choices: Mapping[str, str]) -> list[str]:
    # The index of what is not in the trash is known by its own words.
    return ["deleted_at IS NULL" if sql == _NOT_TRASH else sql for sql in choices.values()]


def page_statement(where: Where) -> str:
    """A page of what the filter leaves; its last three parameters are the cursor's time, its id, and the limit."""
    at = len(where.values) + 2
    return f"""
SELECT {ITEM_COLUMNS}
  FROM asset
  LEFT JOIN licenses ON licenses.id = license_id
 WHERE {where.sql} AND (asset.created_at, asset.id) < (${at}, ${at + 1}::bigint)
 ORDER BY asset.created_at DESC, asset.id DESC
 LIMIT ${at + 2}"""


def facets_statement(where: Where) -> str:
    """The total and every facet: all files are looked at once, and then their few combinations."""
    base = " AND ".join(["user_id = $1", *where.narrowing])
    facets = [
        f"""
(SELECT '{name}', {name}, sum(count)
   FROM combinations WHERE {where.beside(name)} GROUP BY {name} ORDER BY 3 DESC, 2 LIMIT {MAX_THEMES})"""
        for name in _CHOICES
    ]
    return f"""
WITH combinations AS MATERIALIZED (
    SELECT state, type, provenance, theme, count(*) AS count
      FROM asset WHERE {base} GROUP BY state, type, provenance, theme)
SELECT 'total' AS facet, NULL AS value, coalesce(sum(count), 0)::bigint AS count
  FROM combinations WHERE {where.beside("")}
UNION ALL {"UNION ALL".join(facets)}"""


async def list_assets(pool: Pool, *, user_id: int, chosen: AssetFilter, limit: int, after: Cursor) -> AssetPage:
    """A page of a user's files, newest first, with the total and the facets.

    Keyset pagination: a file that arrives or leaves between two pages shifts nothing.
    """
    where = Where.of(chosen)
    # Counting looks at every file and takes the longer: on a connection of its own, while the page is read and made.
    counting = asyncio.create_task(count_assets(pool, user_id=user_id, where=where), name="counting assets")
    try:
        # One row more than asked for tells whether there is a next page.
        rows = await pool.fetch(page_statement(where), user_id, *where.values, after.created_at, after.id, limit + 1)
        items = [AssetItem(*row) for row in rows]
        total, facets = await counting
    finally:
        counting.cancel()
    return AssetPage(items=items[:limit], next_cursor=Cursor.behind(items, limit), total_count=total, facets=facets)


async def count_assets(connection: Connection | Pool, *, user_id: int, where: Where) -> tuple[int, Facets]:
    """How many files the filter leaves, and the facets."""
    told: dict[str, list[Facet]] = {name: [] for name in ("total", *_CHOICES)}
    for facet, value, count in await connection.fetch(facets_statement(where), user_id, *where.values):
        told[facet].append(Facet(value=value, count=int(count)))
    total = told.pop("total")[0].count
    return total, Facets(**told)
