"""A window of the list of posts: any position, any order, whatever filters leave (DEPTH section 4).

Without filters the kept counts of days say where a position is, however long the list, and titles and descriptions have
indexes. Other orders and filters are worked out among the newest posts, and words and rare hashtags by their index,
among all; what was not looked at is said.
"""

import time
from collections.abc import Sequence
from typing import Annotated

import msgspec

from ..base.database import BY_INDEX, Connection, Pool, with_custom_plans
from ..base.public_ids import PublicIds
from ..base.words import ALIKE, ALIKE_LETTERS, CAN_COMPARE, MOST_COMPARED, Pattern, patterns_of, search
from ..http.wire import NEWEST, Cursor, write_cursor
from .filters import KEPT_WORDS, ORDERS, POST_WORDS, WORDS, PostFilter, Sort, Terms, Where, having_words
from .queries import (
    AMONG,
    DELETED,
    MOST_COUNTED,
    Post,
    PostPage,
    State,
    count_statement,
    current_snapshot,
    posts_of,
)

# A list of so many posts is sorted and filtered whole, and of a longer one so many can be reached by a text.
MOST_LOOKED = 50_000
# Of a longer one the newest ones are, and fewer where each one's text is made into a key. So many are looked through
# for words, where none are kept.
MOST_READ = 10_000
MOST_KEYED = 5_000
# So many of what words find are sorted.
MOST_FOUND = 7_500
# So long is looked for words by their index; and so long where nothing was found yet.
SEARCH_SECONDS = 0.1
PATIENT_SECONDS = 1.0


# Of a post in a list that is in order, counted from 0.
Place = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The cursor of a list that is no plain one: so many posts came before."""

    offset: Place


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: so many posts from a position on, counted from 0."""

    chosen: PostFilter
    state: State
    sort: Sort
    offset: int
    limit: int

    @property
    def is_plain(self) -> bool:
        """Whether it is of all posts, by date."""
        return self.column == "date" and not self.is_filtered

    @property
    def is_by_text(self) -> bool:
        """Whether it is of all posts that are not deleted, by a text."""
        return self.column in ("title", "description") and self.state == "active" and not self.is_filtered

    @property
    def is_filtered(self) -> bool:
        return any(getattr(self.chosen, name) is not None for name in PostFilter.__struct_fields__)

    @property
    def column(self) -> str:
        return self.sort.lstrip("-")

    @property
    def direction(self) -> str:
        return "DESC" if self.sort.startswith("-") else "ASC"


class _Found(msgspec.Struct, frozen=True):
    """The posts of a window, and how many the list has."""

    post_ids: Sequence[int]
    total: int
    is_exact: bool = True
    is_alike: bool = False


async def read_window(
    pool: Pool, ids: PublicIds, window: Window, *, owner_id: int, keep_days: int | None
) -> tuple[PostPage, str]:
    """The window, and a snapshot that is not newer than what was read."""
    snapshot = await current_snapshot(pool)
    async with with_custom_plans(pool) as connection:
        found = await _find(connection, owner_id, window)
    posts = await posts_of(
        pool, ids, owner_id=owner_id, post_ids=found.post_ids, state=window.state, keep_days=keep_days
    )
    page = PostPage(
        items=posts,
        next_cursor=_cursor(window, found, posts),
        total_count=found.total,
        total_is_exact=found.is_exact,
        offset=window.offset,
        is_alike=found.is_alike,
    )
    return page, snapshot


def _cursor(window: Window, found: _Found, posts: Sequence[Post]) -> str | None:
    """Of the usual list that of its pages, which nothing shifts."""
    end = window.offset + len(found.post_ids)
    if not found.post_ids or end >= found.total:
        return None
    if window.is_plain and window.direction == "DESC" and posts:
        return Cursor.after(posts[-1].created_at, posts[-1].id)
    return write_cursor(Position(end))


async def _find(connection: Connection, owner_id: int, window: Window) -> _Found:
    if window.is_plain:
        return await _by_days(connection, owner_id, window)
    if window.chosen.q is not None:
        return await _search(connection, owner_id, window)
    if window.is_filtered:
        return await _filter(connection, owner_id, window)
    return await _sort(connection, owner_id, window)


def place_statement(state: State, direction: str) -> str:
    """The day in which a position is, how many posts come before that day, and how many there are."""
    return f"""
WITH days AS (SELECT day, sum(posts) AS posts FROM count_post_days($1) WHERE {DELETED[state]} GROUP BY day),
     placed AS (SELECT day, sum(posts) OVER (ORDER BY day {direction}) - posts AS before, sum(posts) OVER () AS total
                  FROM days)
SELECT day, before::bigint, total::bigint FROM placed WHERE before <= $2 ORDER BY before DESC LIMIT 1"""


def day_statement(state: State, direction: str) -> str:
    """The posts from a day on, without the first ones."""
    bound = "< (($2::date + 1)::timestamp" if direction == "DESC" else ">= ($2::date::timestamp"
    return f"""
SELECT id FROM posts WHERE owner_id = $1 AND {AMONG[state]} AND created_at {bound} AT TIME ZONE 'UTC')
 ORDER BY created_at {direction}, id {direction} OFFSET $3 LIMIT $4"""


async def _by_days(connection: Connection, owner_id: int, window: Window) -> _Found:
    place = await connection.fetchrow(place_statement(window.state, window.direction), owner_id, window.offset)
    if place is None:
        return _Found([], 0)
    day, before, total = place
    statement = day_statement(window.state, window.direction)
    rows = await connection.fetch(statement, owner_id, day, window.offset - before, window.limit)
    return _Found([row["id"] for row in rows], total)


_IS_THERE = """
SELECT bool_and(EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(name) AND indisvalid))
  FROM unnest($1::text[]) AS name
"""
_HASHTAGS = ["ix_posts_owner_hashtags"]


def sorting_statement(window: Window, most: int | None) -> str:
    """A window of all posts in another order, which an index may have, or of the newest ones."""
    order = ORDERS[window.column]
    columns = ", ".join(["id", "created_at", "true AS fits", *order.columns])
    # Where rows are counted it is read twice: from an index that takes less than to keep it.
    return f"""
WITH fitting AS NOT MATERIALIZED (
    SELECT {columns} FROM posts WHERE owner_id = $1 AND {AMONG[window.state]}{_newest(most)})
SELECT id FROM fitting {order.joined}
 ORDER BY {order.key} {window.direction} NULLS LAST, created_at DESC, id DESC OFFSET $2 LIMIT $3"""


def _newest(most: int | None) -> str:
    """Without a limit nothing has to be put in order before it is looked at."""
    return f" ORDER BY created_at DESC, id DESC LIMIT {most}" if most is not None else ""


async def _sort(connection: Connection, owner_id: int, window: Window) -> _Found:
    """All posts in an index's own order, or else the newest ones."""
    total = await _count(connection, owner_id, window)
    indexes = [f"ix_posts_owner_{window.column}{ending}" for ending in ("", "_back")]
    is_in_order = window.is_by_text and await connection.fetchval(_IS_THERE, indexes)
    newest = None if is_in_order else _most_newest(window, total)
    most = MOST_LOOKED if newest is None else newest
    limit = max(0, min(window.limit, most - window.offset))
    rows = await connection.fetch(sorting_statement(window, newest), owner_id, window.offset, limit)
    return _Found([row["id"] for row in rows], min(total, most), is_exact=total <= most)


async def _count(connection: Connection, owner_id: int, window: Window) -> int:
    """All posts, or one more than are looked at."""
    kept = f"SELECT coalesce(sum(posts), 0)::bigint FROM count_post_days($1) WHERE {DELETED[window.state]}"
    counted = count_statement(window.state, MOST_LOOKED)
    total = f"CASE WHEN to_regclass('post_days') IS NOT NULL THEN ({kept}) ELSE ({counted}) END"
    return int(await connection.fetchval(f"SELECT {total}", owner_id))


def _most_newest(window: Window, total: int) -> int | None:
    """How many posts are looked at, of so many; None: all."""
    if total <= MOST_LOOKED:
        return None
    return min(MOST_LOOKED, MOST_KEYED if window.column in ("title", "description") else MOST_READ)


def look_statement(where: Where, window: Window, most: int | None) -> str:
    """The ids of the window, how many posts fit and whether these are all; its last values are the window's.

    Of all posts, what fits is counted and found apart, each by the index that is best for it; posts that are named are
    read once.
    """
    order = ORDERS[window.column]
    bounds = ["owner_id = $1", AMONG[window.state], *where.bounds]
    fits = " AND ".join(where.conditions) or "true"
    if most is None:
        bounds, fits = [*bounds, fits], "true"
    columns = "".join(f", {column}" for column in order.columns)
    # All have a date: without a place for none, its own index has the order.
    ties = f", id {window.direction}" if window.column == "date" else " NULLS LAST, created_at DESC, id DESC"
    at = len(where.values) + 2
    is_exact = "true" if most is None else f"(SELECT count(*) FROM fitting) < {most}"
    once = "NOT" if most is None and not order.joined and not where.are_named else ""
    return f"""
WITH fitting AS {once} MATERIALIZED (
    SELECT id, created_at, ({fits}) AS fits{columns}
      FROM (SELECT * FROM posts AS newest WHERE {" AND ".join(bounds)}{_newest(most)}) AS newest)
SELECT ARRAY(SELECT id FROM (SELECT * FROM fitting WHERE fits) AS fitting {order.joined}
              ORDER BY {order.key} {window.direction}{ties}
             OFFSET ${at} LIMIT ${at + 1}) AS post_ids,
       (SELECT count(*) FROM fitting WHERE fits) AS total, {is_exact} AS is_exact"""


async def _look(connection: Connection, owner_id: int, window: Window, where: Where, most: int | None) -> _Found:
    """What a filter leaves of all posts within its bounds, or of the newest ones."""
    statement = look_statement(where, window, most)
    row = await connection.fetchrow(statement, owner_id, *where.values, window.offset, window.limit)
    assert row is not None
    return _Found(*row)  # as many as are looked at may be all: then it is said too cautiously


def tagged_statement(state: State) -> str:
    """The posts with a hashtag, unless these are more than are counted."""
    fitting = f"owner_id = $1 AND {AMONG[state]} AND hashtags @> ARRAY[$2::text]"
    return f"""
SELECT CASE WHEN count(*) < {MOST_COUNTED} THEN coalesce(array_agg(id), '{{}}') END
  FROM (SELECT id FROM posts WHERE {fitting} LIMIT {MOST_COUNTED}) AS tagged"""


async def _filter(connection: Connection, owner_id: int, window: Window) -> _Found:
    """Of a list that is looked at whole, or else of all that have a rare hashtag, or of the newest posts."""
    where, hashtag = Where.of(window.chosen), window.chosen.hashtag
    most = _most_newest(window, await _count(connection, owner_id, window))
    if most is not None and hashtag is not None and await connection.fetchval(_IS_THERE, _HASHTAGS):
        await connection.execute(BY_INDEX)
        if (post_ids := await connection.fetchval(tagged_statement(window.state), owner_id, hashtag)) is not None:
            return await _look(connection, owner_id, window, where.among(post_ids), None)
    return await _look(connection, owner_id, window, where, most)


async def _search(connection: Connection, owner_id: int, window: Window) -> _Found:
    """The posts with these words; where there are none, those with nearly these."""
    where, terms = Where.of(window.chosen), Terms.read(window.chosen.q or "")
    patterns = await patterns_of(connection, POST_WORDS, terms.wanted, terms.unwanted)
    if not patterns:
        return _Found([], 0)
    is_kept = await connection.fetchval("SELECT to_regclass('post_search') IS NOT NULL")
    if not is_kept:
        found = await _look(connection, owner_id, window, having_words(where, patterns), MOST_READ)
    else:
        post_ids, is_whole = await _ids_with(connection, owner_id, patterns)
        found = await _look(connection, owner_id, window, where.among(post_ids), None)
        found = msgspec.structs.replace(found, is_exact=is_whole)
    if found.total or not found.is_exact:
        return found
    return await _alike(connection, owner_id, window, patterns, KEPT_WORDS if is_kept else WORDS) or found


async def _ids_with(connection: Connection, owner_id: int, patterns: Sequence[Pattern]) -> tuple[list[int], bool]:
    """The newest posts with these words, deleted ones too, and whether these are all."""
    post_ids: list[int] = []
    began = time.monotonic()
    async for turn in search(connection, POST_WORDS, owner_id=owner_id, patterns=patterns, below=NEWEST.id):
        post_ids += turn.ids
        is_late = time.monotonic() - began > (SEARCH_SECONDS if post_ids else PATIENT_SECONDS)
        if turn.below is not None and (is_late or len(post_ids) > MOST_FOUND):
            return post_ids, False
    return post_ids, True


async def _alike(
    connection: Connection, owner_id: int, window: Window, patterns: Sequence[Pattern], words: str
) -> _Found | None:
    """Among the newest posts, as far as the extension is there that compares words."""
    if not await connection.fetchval(f"SELECT {CAN_COMPARE}"):
        return None
    where = Where.of(window.chosen)
    for pattern in patterns:
        if pattern.is_wanted and len(pattern.said.strip()) >= ALIKE_LETTERS:
            where = where.having(f"word_similarity({{}}::text, {words}) >= {ALIKE}", pattern.said.strip())
        else:
            where = where.having(f"{words} {'LIKE' if pattern.is_wanted else 'NOT LIKE'} {{}}", pattern.like)
    found = await _look(connection, owner_id, window, where, MOST_COMPARED)
    return msgspec.structs.replace(found, is_exact=False, is_alike=True) if found.total else None
