"""The total and the facets of a library's list (GET /assets/counts), and the counts of its live event."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Pool, with_custom_plans
from ..events.topic import Topic, loads, of_users
from .where import CHOICES, AssetFilter, Where

# The most frequent themes; more are of no use.
MAX_THEMES = 100

_CHOSEN = ", ".join(CHOICES)


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """The number of files with this value that match the other filters; a null value stands for files without one."""

    value: str | None
    count: int


class Facets(msgspec.Struct, frozen=True, kw_only=True):
    """The values that can be chosen next, the most frequent first; at most 100 themes."""

    state: Annotated[Sequence[Facet], Meta(examples=[[{"value": "approved", "count": 1}]])]
    type: Annotated[Sequence[Facet], Meta(examples=[[{"value": "image", "count": 1}]])]
    provenance: Annotated[Sequence[Facet], Meta(examples=[[{"value": "user_provided", "count": 1}]])]
    theme: Annotated[Sequence[Facet], Meta(examples=[[{"value": "sea", "count": 1}]])]
    rating: Annotated[Sequence[Facet], Meta(examples=[[{"value": "5", "count": 1}]])]
    label: Annotated[Sequence[Facet], Meta(examples=[[{"value": "8", "count": 1}]])]


class AssetCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The number of files that match a filter, and the facets."""

    total_count: Annotated[int, Meta(examples=[1])]
    facets: Facets


def counting_statement(where: Where) -> str:
    """The total and the facets, from one reading of the files: an index has the facets' columns."""
    combinations = f"SELECT {_CHOSEN}, count(*) AS count FROM asset WHERE {where.base} GROUP BY {_CHOSEN}"
    counted = "coalesce(sum(count), 0)::bigint"
    total = f"SELECT 'total' AS facet, NULL AS value, {counted} FROM files WHERE {where.without('')}"
    facets = [
        f"""
(SELECT '{name}', {name}::text, {counted} FROM files WHERE {where.without(name)}
  GROUP BY {name} ORDER BY sum(count) DESC, 2 LIMIT {MAX_THEMES})"""
        for name in CHOICES
    ]
    return f"WITH files AS MATERIALIZED ({combinations}) {' UNION ALL '.join([total, *facets])}"


async def count_assets(pool: Pool, *, user_id: int, query: AssetFilter) -> AssetCounts:
    """The number of a user's files that match the filter, and the facets."""
    counted: defaultdict[str, list[Facet]] = defaultdict(list)
    async with with_custom_plans(pool) as connection:
        where = await Where.read(connection, query, user_id=user_id)
        for facet, value, count in await connection.fetch(counting_statement(where), *where.values):
            counted[facet].append(Facet(value=value, count=count))
    return AssetCounts(
        total_count=counted["total"][0].count, facets=Facets(**{name: counted[name] for name in CHOICES})
    )


class LibraryCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The number of files in each state: one ``asset_update``, however many files have changed."""

    id: int
    new: int
    approved: int
    set_aside: int
    trash: int
    newest_asset_id: int | None


# Of an index alone, whose first entry is the newest file.
_COUNT_STATES = """
SELECT users.id,
       count(asset.id) FILTER (WHERE state = 'new')::int AS new,
       count(asset.id) FILTER (WHERE state = 'approved')::int AS approved,
       count(asset.id) FILTER (WHERE state = 'set_aside')::int AS set_aside,
       count(asset.id) FILTER (WHERE state = 'trash')::int AS trash,
       (SELECT asset.id
          FROM asset
         WHERE asset.user_id = users.id AND state <> 'trash'
         ORDER BY created_at DESC, asset.id DESC
         LIMIT 1) AS newest_asset_id
  FROM unnest($1::int[]) AS users (id)
  LEFT JOIN asset ON asset.user_id = users.id
 GROUP BY users.id
"""

# The counts of users' libraries, including empty ones.
load_counts = loads(LibraryCounts, _COUNT_STATES)


TOPIC = Topic(
    kind="asset", scopes=("library:read",), id_type=int, state=LibraryCounts, load=load_counts, newest=of_users
)
