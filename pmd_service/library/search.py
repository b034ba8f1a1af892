"""Searching a library for words: the newest files first, and then by an index, an era at a time (DEPTH section 4).

A word that is everywhere fills a page at once; one that is rare, old or absent is looked for as long as there is time.
What was looked at is what is answered: whoever searches goes on where the last turn ended.
"""

from collections.abc import AsyncIterator, Sequence

import msgspec
from aiohttp import web

from ..base.database import POOL, Connection, like
from ..base.telemetry import log

# Files that are looked at one by one: first the newest, and without an index all of them.
NEWEST_FILES = 2_000
WINDOW_FILES = 10_000
# An era is 65,536 files of everybody's; the first turn has one, the others so many.
ERA_BITS = 16
ERAS = 4
MAX_HITS = 2_000
# Where one file of so many is found, looking at each is faster than sorting what an index finds.
CROWDED = 20

INDEX = "ix_asset_search_words"

IS_INDEXED = f"SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('{INDEX}') AND indisvalid)"

_ASK = f"""
SELECT search_words($2::text) AS words, ({IS_INDEXED}) AS is_indexed,
       (SELECT min(asset_id) FROM asset_search WHERE user_id = $1) AS oldest
"""

NEWEST = """
SELECT array_agg(asset_id ORDER BY asset_id DESC) FILTER (WHERE words LIKE $3) AS hits, min(asset_id) AS lowest
  FROM (SELECT asset_id, words FROM asset_search
         WHERE user_id = $1 AND asset_id < $2::bigint ORDER BY asset_id DESC LIMIT $4) AS newest
"""

# The eras' bounds as well: whatever index is taken, no more is read.
ERA = f"""
SELECT asset_id FROM asset_search
 WHERE user_id = $1 AND asset_id >= $2 AND asset_id < $3 AND words LIKE $4
   AND (asset_id >> {ERA_BITS}) = ANY ($5::int[])
 ORDER BY asset_id DESC LIMIT {MAX_HITS}
"""


IS_BOUNDED = (
    "There is no index of words: searches look at files one by one, as many as there is time for. Install pg_trgm and "
    "btree_gin (postgresql-contrib), and run “pmd migrate” as somebody who may create them."
)


async def search_context(app: web.Application) -> AsyncIterator[None]:
    """Says at the start where searching has to do without its index."""
    if not await app[POOL].fetchval(IS_INDEXED):
        log.warning("search_is_bounded", detail=IS_BOUNDED)
    yield


class Turn(msgspec.Struct, frozen=True):
    """Files that were found, newest first; ``below`` this id none was looked at yet (None: all were)."""

    asset_ids: Sequence[int]
    below: int | None
    is_crowded: bool = False


def pattern_of(words: str) -> str | None:
    """What LIKE looks for; None where nothing is left to look for.

    The index knows letters by threes, the space before a word among them: fewer are looked for where a word begins.
    """
    said = words.strip()
    if not said:
        return None
    before = " " if max(map(len, said.split())) < 3 and said[0].isalnum() else ""
    return f"%{before}{like(said)}%"


async def search(connection: Connection, *, user_id: int, text: str, below: int) -> AsyncIterator[Turn]:
    """A user's files that have the text somewhere, turn by turn, in the order of their ids; deleted ones too.

    Args:
        connection: ``planned_anew``: a plan for all words would read every file of an era.
    """
    ((words, is_indexed, oldest),) = await connection.fetch(_ASK, user_id, text)
    pattern = pattern_of(words)
    if pattern is None or oldest is None:
        yield Turn([], None)
        return
    turn, eras = await _one_by_one(connection, user_id, pattern, below, NEWEST_FILES), 1
    while (below := turn.below or 0) > oldest:
        yield turn
        if is_indexed and not turn.is_crowded:
            turn, eras = await _by_era(connection, user_id, pattern, below, eras), ERAS
        else:
            turn = await _one_by_one(connection, user_id, pattern, below, WINDOW_FILES)
    yield msgspec.structs.replace(turn, below=None)


async def _one_by_one(connection: Connection, user_id: int, pattern: str, below: int, files: int) -> Turn:
    ((hits, lowest),) = await connection.fetch(NEWEST, user_id, below, pattern, files)
    return Turn(hits or [], lowest, is_crowded=len(hits or []) > files // CROWDED)


async def _by_era(connection: Connection, user_id: int, pattern: str, below: int, eras: int) -> Turn:
    newest = (below - 1) >> ERA_BITS
    looked_at = range(max(0, newest - eras + 1), newest + 1)
    lowest = looked_at.start << ERA_BITS
    rows = await connection.fetch(ERA, user_id, lowest, below, pattern, list(looked_at))
    hits = [row["asset_id"] for row in rows]
    is_cut = len(hits) == MAX_HITS
    return Turn(hits, hits[-1] if is_cut else lowest, is_crowded=is_cut)
