"""The total and the facets of a library's list.

The counts of whole libraries are maintained by triggers; with other filters, up to 10,000 files are counted.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import BY_INDEX, Connection, Pool, random_slice
from ..events.topic import Topic, loads
from .where import CHOICES, Where

# Up to this number the count is exact; beyond it, a lower bound.
MAX_COUNTED = 10_000
# Rows of maintained counts of a user before they are summed up; some 30 are enough for all combinations.
MAX_ROWS = 100
# The most frequent themes; nobody reads more.
MAX_THEMES = 100

_CHOSEN = ", ".join(CHOICES)
# The facets with maintained counts, and those without.
_MAINTAINED = ("total", "state", "type", "provenance")
_UNMAINTAINED = ("theme", "rating", "label")


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """The number of files with this value that match the other filters; a null value stands for files without one."""

    value: str | None
    count: int
    is_exact: Annotated[bool, Meta(description="False: the count is a lower bound.", examples=[True])] = True


class Facets(msgspec.Struct, frozen=True, kw_only=True):
    """The values that can be chosen next, the most frequent first; at most 100 themes.

    If there are more than 10,000 files, themes, ratings and labels are counted among the newest 10,000. So is every
    facet if one of these, or a filter without a facet, is chosen.
    """

    state: Annotated[Sequence[Facet], Meta(examples=[[{"value": "approved", "count": 1, "is_exact": True}]])]
    type: Annotated[Sequence[Facet], Meta(examples=[[{"value": "image", "count": 1, "is_exact": True}]])]
    provenance: Annotated[Sequence[Facet], Meta(examples=[[{"value": "user_provided", "count": 1, "is_exact": True}]])]
    theme: Annotated[Sequence[Facet], Meta(examples=[[{"value": "sea", "count": 1, "is_exact": True}]])]
    rating: Annotated[Sequence[Facet], Meta(examples=[[{"value": "5", "count": 1, "is_exact": True}]])]
    label: Annotated[Sequence[Facet], Meta(examples=[[{"value": "8", "count": 1, "is_exact": True}]])]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """The total and the facets of the files that match a filter."""

    total: Facet
    facets: Facets


def all_of(where: Where) -> str:
    """Every combination of facet values with its number of files, among at most one file more than is counted."""
    return f"""
SELECT {_CHOSEN}, count(*) AS count, true AS is_exact
  FROM (SELECT {_CHOSEN} FROM asset WHERE {where.base} LIMIT {MAX_COUNTED + 1}) AS some_files
 GROUP BY {_CHOSEN}"""


def some_of(where: Where) -> str:
    """The number of files, up to one more than is counted; an index-only scan if an index has the filter's columns."""
    some = f"SELECT FROM asset WHERE {where.base} AND ({where.any_choice}) LIMIT {MAX_COUNTED + 1}"
    return f"SELECT count(*) FROM ({some}) AS some_files"


def few_of(where: Where) -> str:
    """The files' ids, or NULL for more than are counted: these would take longer to send than to find."""
    some = f"SELECT id FROM asset WHERE {where.base} AND ({where.any_choice}) LIMIT {MAX_COUNTED + 1}"
    ids = f"CASE WHEN count(*) <= {MAX_COUNTED} THEN coalesce(array_agg(id), '{{}}') END"
    return f"SELECT {ids} FROM ({some}) AS some_files"


def newest_of(where: Where, facets: Sequence[str] = tuple(CHOICES)) -> str:
    """The same as ``all_of`` for the newest files in the chosen state, with the columns that these facets need.

    If the state has no more files than are counted, they are found by an index on the state, without an order.
    """
    state = where.choices.get("state", "true")
    # The state, if it is chosen, is the same for all.
    columns = ", ".join(name for name in CHOICES if name in facets or (name in where.choices and name != "state"))
    few = f"(SELECT coalesce(sum(files), 0) <= {MAX_COUNTED} FROM library_counts WHERE user_id = $1 AND {state})"
    files = f"FROM asset WHERE {where.base} AND {state}"
    return f"""
SELECT {columns}, count(*) AS count, {few} AS is_exact
  FROM (SELECT {columns} {files} AND {few}
         UNION ALL
        (SELECT {columns} {files} AND NOT {few} ORDER BY created_at DESC, id DESC LIMIT {MAX_COUNTED})
       ) AS some_files
 GROUP BY {columns}"""


# Maintained by the table's triggers; its rows are increments and decrements.
MAINTAINED = """
SELECT state, type, provenance, NULL::text AS theme, NULL::smallint AS rating, NULL::smallint AS label,
       sum(files)::bigint AS count, true AS is_exact
  FROM library_counts WHERE user_id = $1
 GROUP BY state, type, provenance HAVING sum(files) > 0"""

_CROWDED = f"""{random_slice("library_counts", "user_id", most=50_000)}
SELECT user_id FROM looked_at GROUP BY user_id HAVING count(*) > $1 LIMIT 1000
"""

# Concurrent runs are safe: each sums up the rows that it has deleted.
_ADD_UP = """
WITH deleted AS (DELETE FROM library_counts WHERE user_id = $1 RETURNING *)
INSERT INTO library_counts (user_id, state, type, provenance, files)
SELECT user_id, state, type, provenance, sum(files) FROM deleted
 GROUP BY user_id, state, type, provenance HAVING sum(files) <> 0
"""


def counting_statement(where: Where, combinations: str, facets: Sequence[str] = ("total", *CHOICES)) -> str:
    """The total and facets, from these combinations."""
    counted = "coalesce(sum(count), 0)::int AS count, coalesce(bool_and(is_exact), true) FROM combinations WHERE"
    counts = [
        f"(SELECT 'total' AS facet, NULL AS value, {counted} {where.without('')})"
        if name == "total"
        else f"""
(SELECT '{name}', {name}::text, {counted} {where.without(name)}
  GROUP BY {name} ORDER BY sum(count) DESC, 2 LIMIT {MAX_THEMES})"""
        for name in facets
    ]
    return f"(WITH combinations AS MATERIALIZED ({combinations}) {' UNION ALL '.join(counts)})"


def _newest_statement(where: Where) -> str:
    return counting_statement(where.narrowed(["state"]), newest_of(where, _UNMAINTAINED), _UNMAINTAINED)


def counts_statement(where: Where) -> str:
    """Maintained counts and the others, in one round trip."""
    return f"{counting_statement(where, MAINTAINED, _MAINTAINED)} UNION ALL {_newest_statement(where)}"


async def count_assets(connection: Connection | Pool, *, user_id: int, where: Where) -> Counts:
    """The number of files that match the filter, and the facets."""
    chosen = [name for name in _UNMAINTAINED if name in where.choices]
    if where.narrowing:
        counted = await _count_some(connection, user_id, where, ("total", *CHOICES))
    elif chosen:
        counted = await _count_some(connection, user_id, where.narrowed(chosen), _MAINTAINED)
        counted |= await _count(connection, user_id, where, _newest_statement(where))
    else:
        counted = await _count(connection, user_id, where, counts_statement(where))
    return _counts(counted)


async def count_few(connection: Connection | Pool, *, user_id: int, where: Where) -> Counts:
    """The same for files that are given by their ids, and known to be few enough to be counted exactly."""
    return _counts(await _count(connection, user_id, where, counting_statement(where, all_of(where))))


async def find_few(connection: Connection, *, user_id: int, where: Where) -> list[int] | None:
    """The ids of the files that match the narrowing filters, whatever the facets; None for more than are counted.

    Each of these filters has its own index. An order's index does not have their columns: a scan of it for rare files
    would read all the others.
    """
    await connection.execute(BY_INDEX)
    few: list[int] | None = await connection.fetchval(few_of(where), user_id, *where.values)
    return few


async def _count_some(
    connection: Connection | Pool, user_id: int, where: Where, facets: Sequence[str]
) -> dict[str, list[Facet]]:
    """Count exactly, or among the newest files if there are too many."""
    files = await connection.fetchval(some_of(where), user_id, *where.values)
    combinations = all_of(where) if files <= MAX_COUNTED else newest_of(where)
    return await _count(connection, user_id, where, counting_statement(where, combinations, facets))


async def _count(connection: Connection | Pool, user_id: int, where: Where, statement: str) -> dict[str, list[Facet]]:
    counted: defaultdict[str, list[Facet]] = defaultdict(list)
    for facet, value, count, is_exact in await connection.fetch(statement, user_id, *where.values):
        counted[facet].append(Facet(value=value, count=count, is_exact=is_exact))
    return counted


def _counts(counted: Mapping[str, list[Facet]]) -> Counts:
    return Counts(total=counted["total"][0], facets=Facets(**{name: counted.get(name, []) for name in CHOICES}))


async def add_up_counts(pool: Pool) -> None:
    """Sum up the many rows that writers have left for a library."""
    for row in await pool.fetch(_CROWDED, MAX_ROWS):
        await pool.execute(_ADD_UP, row["user_id"])


class LibraryCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The number of files in each state: one ``asset_update``, however many files have changed."""

    id: int
    new: int
    approved: int
    set_aside: int
    trash: int
    newest_asset_id: int | None


# From the maintained counts; the newest file is the first entry of an index.
_COUNT_STATES = """
SELECT users.id,
       coalesce(sum(files) FILTER (WHERE state = 'new'), 0)::int AS new,
       coalesce(sum(files) FILTER (WHERE state = 'approved'), 0)::int AS approved,
       coalesce(sum(files) FILTER (WHERE state = 'set_aside'), 0)::int AS set_aside,
       coalesce(sum(files) FILTER (WHERE state = 'trash'), 0)::int AS trash,
       (SELECT asset.id
          FROM asset
         WHERE asset.user_id = users.id AND deleted_at IS NULL
         ORDER BY created_at DESC, asset.id DESC
         LIMIT 1) AS newest_asset_id
  FROM unnest($1::int[]) AS users (id)
  LEFT JOIN library_counts AS kept ON kept.user_id = users.id
 GROUP BY users.id
"""

# The counts of users' libraries, including empty ones.
load_counts = loads(LibraryCounts, _COUNT_STATES)


async def _own(_pool: Pool, user_ids: Collection[int]) -> Mapping[int, int]:
    return {user_id: user_id for user_id in user_ids}


TOPIC = Topic(kind="asset", id_type=int, load=load_counts, newest=_own)
