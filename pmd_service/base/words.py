"""Substring search in a user's rows: a scan of the newest rows, then an index, one era at a time (DEPTH section 4).

A frequent word fills a page from the newest rows; for one that is rare, old or absent, the caller continues until its
time limit. Results come in batches, each with the id below which the search continues.
"""

from collections.abc import AsyncIterator, Sequence

import msgspec

from .database import Connection, like

# Rows per scan: first the newest, then, without an index, all others in windows.
NEWEST_ROWS = 2_000
WINDOW_ROWS = 10_000
# An era is a range of 65,536 ids, of all users. The first indexed batch reads one era, the others this many.
ERA_BITS = 16
ERAS = 4
MAX_HITS = 2_000
# If one row in this many matches, scanning is faster than sorting what the index finds.
DENSE = 20

# If nothing matches, the newest rows are compared by trigram similarity; words below this length must match exactly,
# because short ones are all similar.
MAX_COMPARED = 2_000
MIN_SIMILARITY = 0.5
MIN_SIMILAR_LETTERS = 5
HAS_SIMILARITY = "to_regprocedure('word_similarity(text, text)') IS NOT NULL"

IS_BOUNDED = (
    "There is no word index: searches scan rows one by one, until their time limit. Install pg_trgm and btree_gin "
    "(postgresql-contrib), and run “pmd migrate” as a role that may create extensions."
)


class Words(msgspec.Struct, frozen=True):
    """A table with the searchable text of other rows in its column ``words``.

    Args:
        row: the column with the other row's id.
        owner: the column with its owner's id.
        index: the index on (owner, row >> 16, words).
        normal: the SQL function that normalizes text as the table stores it.
    """

    table: str
    row: str
    owner: str
    index: str
    normal: str = "search_words"

    @property
    def is_indexed(self) -> str:
        return f"SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('{self.index}') AND indisvalid)"

    def extent(self) -> str:
        return f"""
SELECT ({self.is_indexed}) AS is_indexed,
       (SELECT min({self.row}) FROM {self.table} WHERE {self.owner} = $1) AS oldest"""

    def newest(self, condition: str) -> str:
        return f"""
SELECT array_agg({self.row} ORDER BY {self.row} DESC) FILTER (WHERE {condition}) AS hits, min({self.row}) AS lowest
  FROM (SELECT {self.row}, words FROM {self.table}
         WHERE {self.owner} = $1 AND {self.row} < $2::bigint ORDER BY {self.row} DESC LIMIT $3) AS newest"""

    def alike(self) -> str:
        """The newest rows that match all patterns of $2, and are similar to all words of $3."""
        return f"""
SELECT {self.row} FROM (SELECT {self.row}, words FROM {self.table}
                         WHERE {self.owner} = $1 ORDER BY {self.row} DESC LIMIT {MAX_COMPARED}) AS newest
 WHERE words LIKE ALL ($2::text[])
   AND (SELECT bool_and(word_similarity(word, words) >= {MIN_SIMILARITY}) FROM unnest($3::text[]) AS word)
 ORDER BY {self.row} DESC"""

    def era(self, condition: str) -> str:
        # One era after another, up to the limit. “+ 0” keeps the planner from the primary key, which would read all
        # newer rows if many rows match, but only old ones.
        return f"""
SELECT found.{self.row}
  FROM unnest($3::int[]) AS era, LATERAL (
      SELECT {self.row} FROM {self.table}
       WHERE {self.owner} = $1 AND {self.row} + 0 < $2 AND ({self.row} >> {ERA_BITS}) = era AND {condition}
       ORDER BY {self.row} + 0 DESC LIMIT {MAX_HITS}) AS found
 LIMIT {MAX_HITS}"""


class Pattern(msgspec.Struct, frozen=True):
    """One LIKE pattern; ``text`` is its normalized text, and rows with an unwanted one are excluded."""

    text: str
    like: str
    is_wanted: bool = True


class Batch(msgspec.Struct, frozen=True):
    """Matching rows, newest first; rows ``below`` this id are still unsearched (None: the search is complete)."""

    ids: Sequence[int]
    below: int | None
    is_dense: bool = False


async def patterns_of(
    connection: Connection, words: Words, wanted: Sequence[str], unwanted: Sequence[str] = ()
) -> list[Pattern]:
    """The patterns of these terms, normalized; terms without letters have none."""
    normal = f"SELECT {words.normal}(term) FROM unnest($1::text[]) WITH ORDINALITY AS t(term, n) ORDER BY n"
    rows = await connection.fetch(normal, [*wanted, *unwanted])
    patterns = []
    for number, (text,) in enumerate(rows):
        if pattern := pattern_of(text):
            patterns.append(Pattern(text, pattern, number < len(wanted)))
    return patterns


def pattern_of(words: str) -> str | None:
    """The LIKE pattern of normalized text; None if it is empty.

    The index holds trigrams, which include the space before a word: one or two letters match only where a word begins.
    """
    text = words.strip()
    if not text:
        return None
    before = " " if max(map(len, text.split())) < 3 and text[0].isalnum() else ""
    return f"%{before}{like(text)}%"


def _condition_of(patterns: Sequence[Pattern]) -> str:
    """The patterns as SQL, one clause each, so that an index can use them; their parameters start at $4."""
    return " AND ".join(
        f"words {'LIKE' if pattern.is_wanted else 'NOT LIKE'} ${number}" for number, pattern in enumerate(patterns, 4)
    )


async def search(
    connection: Connection, words: Words, *, owner_id: int, patterns: Sequence[Pattern], below: int
) -> AsyncIterator[Batch]:
    """A user's rows that match the patterns, in batches, by descending id.

    Args:
        connection: ``with_custom_plans``: a generic plan would read every row of an era.
        below: search only rows with smaller ids.
    """
    ((is_indexed, oldest),) = await connection.fetch(words.extent(), owner_id)
    if not patterns or oldest is None:
        yield Batch([], None)
        return
    is_indexed = is_indexed and any(pattern.is_wanted for pattern in patterns)
    matching = _Search(connection, words, owner_id, patterns)
    batch, eras = await matching.scan(below, NEWEST_ROWS), 1
    while (below := batch.below or 0) > oldest:
        yield batch
        if is_indexed and not batch.is_dense:
            batch, eras = await matching.read_eras(below, eras), ERAS
        else:
            batch = await matching.scan(below, WINDOW_ROWS)
    yield msgspec.structs.replace(batch, below=None)


async def search_alike(connection: Connection, words: Words, *, owner_id: int, text: str) -> list[int]:
    """The newest of a user's rows with similar words; none without the extension pg_trgm.

    Args:
        text: normalized.
    """
    short = [pattern for word in text.split() if len(word) < MIN_SIMILAR_LETTERS and (pattern := pattern_of(word))]
    long = [word for word in text.split() if len(word) >= MIN_SIMILAR_LETTERS]
    if not long or not await connection.fetchval(f"SELECT {HAS_SIMILARITY}"):
        return []
    rows = await connection.fetch(words.alike(), owner_id, short, long)
    return [row[words.row] for row in rows]


class _Search(msgspec.Struct, frozen=True):
    """The queries of one search."""

    connection: Connection
    words: Words
    owner_id: int
    patterns: Sequence[Pattern]

    @property
    def _values(self) -> list[str]:
        return [pattern.like for pattern in self.patterns]

    async def scan(self, below: int, rows: int) -> Batch:
        statement = self.words.newest(_condition_of(self.patterns))
        ((hits, lowest),) = await self.connection.fetch(statement, self.owner_id, below, rows, *self._values)
        return Batch(hits or [], lowest, is_dense=len(hits or []) > rows // DENSE)

    async def read_eras(self, below: int, eras: int) -> Batch:
        newest = (below - 1) >> ERA_BITS
        searched = range(newest, max(-1, newest - eras), -1)
        lowest = searched[-1] << ERA_BITS
        statement = self.words.era(_condition_of(self.patterns))
        rows = await self.connection.fetch(statement, self.owner_id, below, list(searched), *self._values)
        hits = [row[0] for row in rows]
        is_cut = len(hits) == MAX_HITS
        return Batch(hits, hits[-1] if is_cut else lowest, is_dense=is_cut)
