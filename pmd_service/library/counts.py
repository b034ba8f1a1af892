"""How many files there are in a library's list, and how many of each sort.

The counts of a whole library are kept; where a filter narrows that they know nothing of, 10,000 files are counted.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import BY_INDEX, Connection, Pool, random_slice
from ..events.topic import Topic, loads
from .where import CHOICES, Where

# So many are counted exactly; of more it is said that there are more.
MOST_COUNTED = 10_000
# A user's kept counts are added up when there are more rows of them: some 30 say everything.
MOST_ROWS = 100
# More themes than anybody reads; the most used come first.
MAX_THEMES = 100

_CHOSEN = ", ".join(CHOICES)
# What counts are kept of, and what they are not kept of.
_KEPT = ("total", "state", "type", "provenance")
_UNKEPT = ("theme", "rating", "label")


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """How many files have this value, of those that the other filters leave; null stands for none."""

    value: str | None
    count: int
    is_exact: Annotated[bool, Meta(description="False: at least so many.", examples=[True])] = True


class Facets(msgspec.Struct, frozen=True, kw_only=True):
    """What can be chosen next, the most frequent first; of themes the first 100.

    Of more than 10,000 files the themes, stars and colours of the newest 10,000 are counted; and so is everything where
    a filter narrows that has no facet, or one of these is chosen.
    """

    state: Annotated[Sequence[Facet], Meta(examples=[[{"value": "approved", "count": 1, "is_exact": True}]])]
    type: Annotated[Sequence[Facet], Meta(examples=[[{"value": "image", "count": 1, "is_exact": True}]])]
    provenance: Annotated[Sequence[Facet], Meta(examples=[[{"value": "user_provided", "count": 1, "is_exact": True}]])]
    theme: Annotated[Sequence[Facet], Meta(examples=[[{"value": "sea", "count": 1, "is_exact": True}]])]
    rating: Annotated[Sequence[Facet], Meta(examples=[[{"value": "5", "count": 1, "is_exact": True}]])]
    label: Annotated[Sequence[Facet], Meta(examples=[[{"value": "8", "count": 1, "is_exact": True}]])]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What the filter leaves."""

    total: Facet
    facets: Facets


def all_of(where: Where) -> str:
    """Every combination of what facets are made of, and how many files have it, of one file more than is counted."""
    return f"""
SELECT {_CHOSEN}, count(*) AS count, true AS is_exact
  FROM (SELECT {_CHOSEN} FROM asset WHERE {where.base} LIMIT {MOST_COUNTED + 1}) AS some_files
 GROUP BY {_CHOSEN}"""


def some_of(where: Where) -> str:
    """How many files there are, of one more than is counted: in an index alone where one knows the filter."""
    some = f"SELECT FROM asset WHERE {where.base} AND ({where.any_choice}) LIMIT {MOST_COUNTED + 1}"
    return f"SELECT count(*) FROM ({some}) AS some_files"


def few_of(where: Where) -> str:
    """Their ids, unless there are more than are counted: so many would take longer to send than to find."""
    some = f"SELECT id FROM asset WHERE {where.base} AND ({where.any_choice}) LIMIT {MOST_COUNTED + 1}"
    ids = f"CASE WHEN count(*) <= {MOST_COUNTED} THEN coalesce(array_agg(id), '{{}}') END"
    return f"SELECT {ids} FROM ({some}) AS some_files"


def newest_of(where: Where, facets: Sequence[str] = tuple(CHOICES)) -> str:
    """The same as ``all_of``, as far as these facets need it, of the newest files in the chosen state.

    Where the state has no more than are counted, they are looked for in an index that knows it, and has no order.
    """
    state = where.choices.get("state", "true")
    # The state is the same for all of them.
    columns = ", ".join(name for name in CHOICES if name in facets or (name in where.choices and name != "state"))
    few = f"(SELECT coalesce(sum(files), 0) <= {MOST_COUNTED} FROM library_counts WHERE user_id = $1 AND {state})"
    files = f"FROM asset WHERE {where.base} AND {state}"
    return f"""
SELECT {columns}, count(*) AS count, {few} AS is_exact
  FROM (SELECT {columns} {files} AND {few}
         UNION ALL
        (SELECT {columns} {files} AND NOT {few} ORDER BY created_at DESC, id DESC LIMIT {MOST_COUNTED})
       ) AS some_files
 GROUP BY {columns}"""


# What the table's triggers keep; its rows say what was added and taken away.
KEPT = """
SELECT state, type, provenance, NULL::text AS theme, NULL::smallint AS rating, NULL::smallint AS label,
       sum(files)::bigint AS count, true AS is_exact
  FROM library_counts WHERE user_id = $1
 GROUP BY state, type, provenance HAVING sum(files) > 0"""

_CROWDED = f"""{random_slice("library_counts", "user_id", most=50_000)}
SELECT user_id FROM looked_at GROUP BY user_id HAVING count(*) > $1 LIMIT 1000
"""

# Who adds a user's rows up at the same time finds those gone that the other one has taken, and adds up the rest.
_ADD_UP = """
WITH taken AS (DELETE FROM library_counts WHERE user_id = $1 RETURNING *)
INSERT INTO library_counts (user_id, state, type, provenance, files)
SELECT user_id, state, type, provenance, sum(files) FROM taken
 GROUP BY user_id, state, type, provenance HAVING sum(files) <> 0
"""


def counting_statement(where: Where, combinations: str, facets: Sequence[str] = ("total", *CHOICES)) -> str:
    """The total and facets of these combinations."""
    counted = "coalesce(sum(count), 0)::int AS count, coalesce(bool_and(is_exact), true) FROM combinations WHERE"
    told = [
        f"(SELECT 'total' AS facet, NULL AS value, {counted} {where.beside('')})"
        if name == "total"
        else f"""
(SELECT '{name}', {name}::text, {counted} {where.beside(name)}
  GROUP BY {name} ORDER BY sum(count) DESC, 2 LIMIT {MAX_THEMES})"""
        for name in facets
    ]
    return f"(WITH combinations AS MATERIALIZED ({combinations}) {' UNION ALL '.join(told)})"


def _newest_statement(where: Where) -> str:
    return counting_statement(where.narrowed(["state"]), newest_of(where, _UNKEPT), _UNKEPT)


def counts_statement(where: Where) -> str:
    """What is kept, and beside it what is not: in one round trip, for the second takes the longer."""
    return f"{counting_statement(where, KEPT, _KEPT)} UNION ALL {_newest_statement(where)}"


async def count_assets(connection: Connection | Pool, *, user_id: int, where: Where) -> Counts:
    """How many files the filter leaves, and the facets."""
    chosen = [name for name in _UNKEPT if name in where.choices]
    if where.narrowing:
        told = await _count_some(connection, user_id, where, ("total", *CHOICES))
    elif chosen:
        told = await _count_some(connection, user_id, where.narrowed(chosen), _KEPT)
        told |= await _count(connection, user_id, where, _newest_statement(where))
    else:
        told = await _count(connection, user_id, where, counts_statement(where))
    return _counts(told)


async def count_few(connection: Connection | Pool, *, user_id: int, where: Where) -> Counts:
    """The same of files that are named, and so few that nobody has to ask whether they are too many."""
    return _counts(await _count(connection, user_id, where, counting_statement(where, all_of(where))))


async def find_few(connection: Connection, *, user_id: int, where: Where) -> list[int] | None:
    """The files that narrowing filters leave of all states and sorts; None where they are more than are counted.

    Each of those filters has an index of its own. What orders files knows nothing of them: rare ones would be looked
    for among all that come before.
    """
    await connection.execute(BY_INDEX)
    few: list[int] | None = await connection.fetchval(few_of(where), user_id, *where.values)
    return few


async def _count_some(
    connection: Connection | Pool, user_id: int, where: Where, facets: Sequence[str]
) -> dict[str, list[Facet]]:
    """Exactly, or as many as there are among the newest."""
    files = await connection.fetchval(some_of(where), user_id, *where.values)
    combinations = all_of(where) if files <= MOST_COUNTED else newest_of(where)
    return await _count(connection, user_id, where, counting_statement(where, combinations, facets))


async def _count(connection: Connection | Pool, user_id: int, where: Where, statement: str) -> dict[str, list[Facet]]:
    told: defaultdict[str, list[Facet]] = defaultdict(list)
    for facet, value, count, is_exact in await connection.fetch(statement, user_id, *where.values):
        told[facet].append(Facet(value=value, count=count, is_exact=is_exact))
    return told


def _counts(told: Mapping[str, list[Facet]]) -> Counts:
    return Counts(total=told["total"][0], facets=Facets(**{name: told.get(name, []) for name in CHOICES}))


async def add_up_counts(pool: Pool) -> None:
    """Make few rows of the many that writers have left of a library."""
    for row in await pool.fetch(_CROWDED, MOST_ROWS):
        await pool.execute(_ADD_UP, row["user_id"])


class LibraryCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many files a library has in each state, told live: one ``asset_update``, however many files have changed."""

    id: int
    new: int
    approved: int
    set_aside: int
    trash: int
    newest_asset_id: int | None


# Of the counts that are kept; the newest is one step into an index.
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

# The counts of users' libraries, empty ones too.
load_counts = loads(LibraryCounts, _COUNT_STATES)


async def _own(_pool: Pool, user_ids: Collection[int]) -> Mapping[int, int]:
    return {user_id: user_id for user_id in user_ids}


TOPIC = Topic(kind="asset", id_type=int, load=load_counts, newest=_own)
