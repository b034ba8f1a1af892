"""Looking for words among a user's rows: the newest first, and then by an index, an era at a time (DEPTH section 4).

A word that is everywhere fills a page at once; one that is rare, old or absent is looked for as long as there is time.
What was looked at is what is answered: whoever searches goes on where the last turn ended.
"""

from collections.abc import AsyncIterator, Sequence

import msgspec

from .database import Connection, like

# Rows that are looked at one by one: first the newest, and without an index all of them.
NEWEST_ROWS = 2_000
WINDOW_ROWS = 10_000
# An era is 65,536 rows of everybody's; the first turn has one, the others so many.
ERA_BITS = 16
ERAS = 4
MAX_HITS = 2_000
# Where one row of so many is found, looking at each is faster than sorting what an index finds.
CROWDED = 20

# Where nothing has the words, so many of the newest rows are compared with them: how much of a word's letters by threes
# must be there, and of how long a word; short ones are all alike.
MOST_COMPARED = 2_000
ALIKE = 0.5
ALIKE_LETTERS = 5
CAN_COMPARE = "to_regprocedure('word_similarity(text, text)') IS NOT NULL"

IS_BOUNDED = (
    "There is no index of words: searches look at rows one by one, as many as there is time for. Install pg_trgm and "
    "btree_gin (postgresql-contrib), and run “pmd migrate” as somebody who may create them."
)


class Words(msgspec.Struct, frozen=True):
    """A table that has the words of other rows: theirs by ``row``, whose owner is ``owner``, in ``words``.

    Args:
        index: of (owner, row >> 16, words).
        normal: the function that says how words stand there.
    """

    table: str
    row: str
    owner: str
    index: str
    normal: str = "search_words"

    @property
    def is_indexed(self) -> str:
        return f"SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('{self.index}') AND indisvalid)"

    def ask(self) -> str:
        return f"""
SELECT ({self.is_indexed}) AS is_indexed,
       (SELECT min({self.row}) FROM {self.table} WHERE {self.owner} = $1) AS oldest"""

    def newest(self, condition: str) -> str:
        return f"""
SELECT array_agg({self.row} ORDER BY {self.row} DESC) FILTER (WHERE {condition}) AS hits, min({self.row}) AS lowest
  FROM (SELECT {self.row}, words FROM {self.table}
         WHERE {self.owner} = $1 AND {self.row} < $2::bigint ORDER BY {self.row} DESC LIMIT $3) AS newest"""

    def alike(self) -> str:
        """The newest rows that have all of $2 as they are, and all of $3 nearly so."""
        return f"""
SELECT {self.row} FROM (SELECT {self.row}, words FROM {self.table}
                         WHERE {self.owner} = $1 ORDER BY {self.row} DESC LIMIT {MOST_COMPARED}) AS newest
 WHERE words LIKE ALL ($2::text[])
   AND (SELECT bool_and(word_similarity(said, words) >= {ALIKE}) FROM unnest($3::text[]) AS said)
 ORDER BY {self.row} DESC"""

    def era(self, condition: str) -> str:
        # Era after era, as long as rows are wanted. The sums keep the rows' own index out: where many rows have the
        # words, but old ones, that would read all newer ones.
        return f"""
SELECT found.{self.row}
  FROM unnest($3::int[]) AS era, LATERAL (
      SELECT {self.row} FROM {self.table}
       WHERE {self.owner} = $1 AND {self.row} + 0 < $2 AND ({self.row} >> {ERA_BITS}) = era AND {condition}
       ORDER BY {self.row} + 0 DESC LIMIT {MAX_HITS}) AS found
 LIMIT {MAX_HITS}"""


class Pattern(msgspec.Struct, frozen=True):
    """What LIKE looks for, or what must not be there; ``said`` are its words as the table has them."""

    said: str
    like: str
    is_wanted: bool = True


class Turn(msgspec.Struct, frozen=True):
    """Rows that were found, newest first; ``below`` this id none was looked at yet (None: all were)."""

    ids: Sequence[int]
    below: int | None
    is_crowded: bool = False


async def patterns_of(
    connection: Connection, words: Words, wanted: Sequence[str], unwanted: Sequence[str] = ()
) -> list[Pattern]:
    """What is looked for, as the table has words; of what has no letters there is none."""
    normal = f"SELECT {words.normal}(said) FROM unnest($1::text[]) WITH ORDINALITY AS t(said, n) ORDER BY n"
    rows = await connection.fetch(normal, [*wanted, *unwanted])
    patterns = []
    for number, (said,) in enumerate(rows):
        if pattern := pattern_of(said):
            patterns.append(Pattern(said, pattern, number < len(wanted)))
    return patterns


def pattern_of(words: str) -> str | None:
    """What LIKE looks for; None where nothing is left to look for.

    The index knows letters by threes, the space before a word among them: fewer are looked for where a word begins.
    """
    said = words.strip()
    if not said:
        return None
    before = " " if max(map(len, said.split())) < 3 and said[0].isalnum() else ""
    return f"%{before}{like(said)}%"


def _condition_of(patterns: Sequence[Pattern]) -> str:
    """All of the patterns as SQL, each a clause of its own, which an index can read by; from $4 on."""
    return " AND ".join(
        f"words {'LIKE' if pattern.is_wanted else 'NOT LIKE'} ${number}" for number, pattern in enumerate(patterns, 4)
    )


async def search(
    connection: Connection, words: Words, *, owner_id: int, patterns: Sequence[Pattern], below: int
) -> AsyncIterator[Turn]:
    """A user's rows that have what is wanted and nothing unwanted, turn by turn, in the order of their ids.

    Args:
        connection: ``with_custom_plans``: a plan for all words would read every row of an era.
    """
    ((is_indexed, oldest),) = await connection.fetch(words.ask(), owner_id)
    if not patterns or oldest is None:
        yield Turn([], None)
        return
    is_indexed = is_indexed and any(pattern.is_wanted for pattern in patterns)
    look = _Look(connection, words, owner_id, patterns)
    turn, eras = await look.one_by_one(below, NEWEST_ROWS), 1
    while (below := turn.below or 0) > oldest:
        yield turn
        if is_indexed and not turn.is_crowded:
            turn, eras = await look.by_era(below, eras), ERAS
        else:
            turn = await look.one_by_one(below, WINDOW_ROWS)
    yield msgspec.structs.replace(turn, below=None)


async def search_alike(connection: Connection, words: Words, *, owner_id: int, said: str) -> list[int]:
    """The newest of a user's rows that are written nearly so, where the extension is there that compares words.

    Args:
        said: as the table has words.
    """
    short = [pattern for word in said.split() if len(word) < ALIKE_LETTERS and (pattern := pattern_of(word))]
    long = [word for word in said.split() if len(word) >= ALIKE_LETTERS]
    if not long or not await connection.fetchval(f"SELECT {CAN_COMPARE}"):
        return []
    rows = await connection.fetch(words.alike(), owner_id, short, long)
    return [row[words.row] for row in rows]


class _Look(msgspec.Struct, frozen=True):
    """One search's turns."""

    connection: Connection
    words: Words
    owner_id: int
    patterns: Sequence[Pattern]

    @property
    def _values(self) -> list[str]:
        return [pattern.like for pattern in self.patterns]

    async def one_by_one(self, below: int, rows: int) -> Turn:
        statement = self.words.newest(_condition_of(self.patterns))
        ((hits, lowest),) = await self.connection.fetch(statement, self.owner_id, below, rows, *self._values)
        return Turn(hits or [], lowest, is_crowded=len(hits or []) > rows // CROWDED)

    async def by_era(self, below: int, eras: int) -> Turn:
        newest = (below - 1) >> ERA_BITS
        looked_at = range(newest, max(-1, newest - eras), -1)
        lowest = looked_at[-1] << ERA_BITS
        statement = self.words.era(_condition_of(self.patterns))
        rows = await self.connection.fetch(statement, self.owner_id, below, list(looked_at), *self._values)
        hits = [row[0] for row in rows]
        is_cut = len(hits) == MAX_HITS
        return Turn(hits, hits[-1] if is_cut else lowest, is_crowded=is_cut)
