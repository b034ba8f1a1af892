"""Marks in the orders of a large library, so that a window anywhere in it is found quickly (DEPTH section 4).

Marks precede files some thousand files apart. Triggers maintain the number of files of each state between a mark and
the next one (migration 0290). The first window far from the beginning creates the mark before all files; upkeep splits
sections that have grown too long, reading ``APART`` files for each.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..base.database import Pool, random_slice, try_lock
from .order import Order, Sort
from .where import Where

# The number of files between marks when one is created; upkeep keeps it below twice as many.
APART = 4096
# Rows of increments of one mark before they are summed up.
MAX_ROWS = 32
# Sections split in one pass.
MAX_SPLITS = 200

_BEFORE_ALL = -1
_KEY = "number, word, moment, asset_id"
_TYPES = ("audio", "image", "other", "video")


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """A mark's position, in the columns of its table, and the number of a list's files before it."""

    number: int
    word: str
    moment: datetime
    asset_id: int
    before: int = 0

    def behind(self, order: Order) -> Sequence[Any]:
        """The values of ``Order.behind`` for the files after the mark in this direction; empty for the whole list."""
        if self.number == _BEFORE_ALL:
            return []
        values: Mapping[Sort, Sequence[Any]] = {
            "date": [self.moment],
            "path": [self.word],
            "name": [self.word],
            "size": [self.number],
            "kind": [next((name for name in _TYPES if ord(name[0]) == self.number), ""), self.word],
            "rating": [self.number, self.moment],
        }
        return [*values[order.sort], self.asset_id - (order.direction == "asc")]


def place_statement(where: Where, order: Order) -> str:
    """The last mark with at most that many files before it; its last parameters are the order and that number.

    In descending order the mark before all files comes last, and nothing follows it.
    """
    at = len(where.values) + 2
    key = ", ".join(f"{column} {order.direction}" for column in _KEY.split(", "))
    own, usable = ("- files", "true") if order.direction == "asc" else ("", f"number <> {_BEFORE_ALL}")
    return f"""
WITH counted AS (
    SELECT {_KEY}, (SELECT coalesce(sum(files), 0) FROM asset_mark_files
                     WHERE mark_id = mark.id AND {where.choices.get("state", "true")}) AS files
      FROM asset_mark AS mark WHERE user_id = $1 AND sort = ${at}),
placed AS (SELECT {_KEY}, (sum(files) OVER (ORDER BY {key}) {own})::bigint AS before FROM counted)
SELECT {_KEY}, before FROM placed WHERE before <= ${at + 1} AND {usable} ORDER BY before DESC LIMIT 1"""


async def find_mark(pool: Pool, user_id: int, where: Where, order: Order, offset: int) -> Mark | None:
    """The mark before an offset that is far from the beginning, in the list of a library or of some of its states."""
    if offset <= 2 * APART or not where.is_of_states:
        return None
    row = await pool.fetchrow(place_statement(where, order), user_id, *where.values, order.sort, offset)
    if row is None:
        await _begin(pool, user_id, order)
        return None
    return Mark(*row)


# Its count is that of the library, which is maintained anyway.
_FIRST = f"""
WITH first AS (
    INSERT INTO asset_mark (user_id, sort, {_KEY}) VALUES ($1, $2, {_BEFORE_ALL}, '', 'epoch', 0)
        ON CONFLICT DO NOTHING RETURNING id)
INSERT INTO asset_mark_files
SELECT first.id, $1, state, sum(files) FROM first, library_counts WHERE library_counts.user_id = $1 GROUP BY 1, 3
"""


async def _begin(pool: Pool, user_id: int, order: Order) -> None:
    """Create the mark before all files, unless a writer holds the lock; then a later request does."""
    async with pool.acquire() as connection, connection.transaction():
        if await try_lock(connection, "mark", user_id):
            await connection.execute(_FIRST, user_id, order.sort)


# There are a few rows for every thousand files.
_CROWDED = f"""{random_slice("asset_mark_files", "mark_id, files", most=25_000)}
SELECT mark_id FROM looked_at GROUP BY mark_id HAVING sum(files) > $1 OR count(*) > $2 ORDER BY 1 LIMIT $3
"""
_MARK = f"SELECT user_id, sort, {_KEY} FROM asset_mark WHERE id = $1"
_ADD_UP = """
WITH deleted AS (DELETE FROM asset_mark_files WHERE mark_id = $1 RETURNING user_id, state, files)
INSERT INTO asset_mark_files
SELECT $1, user_id, state, sum(files) FROM deleted GROUP BY 2, 3 HAVING sum(files) <> 0
RETURNING files
"""


def split_statement(order: Order, *, is_first: bool) -> str:
    """Create a mark $3 files after mark $2, and move the counts of the files after it to the new one."""
    behind = "" if is_first else f" AND {order.behind(4)}"
    return f"""
WITH ahead AS MATERIALIZED (
    SELECT asset.id, state, row_number() OVER (ORDER BY {order.sql}) AS n
      FROM asset WHERE user_id = $1{behind} ORDER BY {order.sql} LIMIT $3 + 1),
next AS (
    INSERT INTO asset_mark (user_id, sort, {_KEY})
    SELECT user_id, place.sort, number, word, moment, id
      FROM asset, asset_places(type, sort_name, sort_path, size_bytes, rating, created_at) AS place
     WHERE id = (SELECT id FROM ahead WHERE n > $3) AND place.sort = '{order.sort}'
        ON CONFLICT DO NOTHING RETURNING id),
moved AS (
    SELECT state, sum(files) AS files
      FROM (SELECT state, files FROM asset_mark_files WHERE mark_id = $2
             UNION ALL SELECT state, -1 FROM ahead WHERE n <= $3) AS some_files
     GROUP BY state HAVING sum(files) <> 0)
INSERT INTO asset_mark_files
SELECT each.mark_id, $1, state, each.files
  FROM moved, next, LATERAL (VALUES ($2, -moved.files), (next.id, moved.files)) AS each (mark_id, files)
RETURNING (SELECT id FROM next)"""


async def keep_marks(pool: Pool) -> None:
    """Sum up the increments of crowded marks and split sections that are too long, up to a maximum."""
    crowded = [row["mark_id"] for row in await pool.fetch(_CROWDED, 2 * APART, MAX_ROWS, MAX_SPLITS)]
    for _ in range(MAX_SPLITS):
        if not crowded:
            return
        if (following := await _split(pool, crowded.pop())) is not None:
            crowded.append(following)


async def _split(pool: Pool, mark_id: int) -> int | None:
    """Split a section; returns the new mark's id, if there are enough files. Writers wait for it some milliseconds."""
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(_MARK, mark_id)
        if row is None or not await try_lock(connection, "mark", row["user_id"]):
            return None
        files = sum(count for (count,) in await connection.fetch(_ADD_UP, mark_id))
        if files <= 2 * APART:
            return None
        order, mark = Order(row["sort"], "asc"), Mark(*row[2:])
        behind = mark.behind(order)
        statement = split_statement(order, is_first=not behind)
        following: int | None = await connection.fetchval(statement, row["user_id"], mark_id, APART, *behind)
        return following
