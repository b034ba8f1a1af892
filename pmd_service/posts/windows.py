"""A window of the list of posts: any position, order and filter (DEPTH section 4).

Without filters, stored counts per day locate a position in a list of any length, and titles and descriptions have
indexes. Words and rare hashtags are found by index among all posts. Other orders and filters scan the newest posts; the
page says whether its total is exact.
"""

import time
from collections.abc import Sequence
from typing import Annotated

import msgspec

from ..base.database import BY_INDEX, Connection, Pool, with_custom_plans
from ..base.public_ids import PublicIds
from ..base.words import HAS_SIMILARITY, MAX_COMPARED, MIN_SIMILAR_LETTERS, MIN_SIMILARITY, Pattern, patterns_of, search
from ..http.wire import NEWEST, Cursor, write_cursor
from .filters import ORDERS, POST_WORDS, STORED_WORDS, WORDS, PostFilter, Sort, Terms, Where, having_words
from .queries import (
    AMONG,
    DELETED,
    MAX_COUNTED,
    Post,
    PostPage,
    State,
    count_statement,
    current_snapshot,
    posts_of,
)

# A list of up to this many posts is sorted and filtered whole; of a longer one, this many can be reached by a text.
MAX_SCANNED = 50_000
# Of a longer list only the newest posts are scanned, fewer if each one's text is made into a sort key. Words that no
# table stores are searched in the newest as well.
MAX_NEWEST = 10_000
MAX_NEWEST_BY_TEXT = 5_000
# At most this many matches of a search are sorted.
MAX_MATCHES = 7_500
# The time limits of an indexed search: usually, and while nothing has been found.
SEARCH_SECONDS = 0.1
PATIENT_SECONDS = 1.0


# A post's position in the ordered list, counted from 0.
Place = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The cursor of a sorted or filtered list: the number of posts before it."""

    offset: Place


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The requested part of a list: ``limit`` posts from ``offset`` on."""

    chosen: PostFilter
    state: State
    sort: Sort
    offset: int
    limit: int

    @property
    def is_plain(self) -> bool:
        """Whether it lists all posts, by date."""
        return self.column == "date" and not self.is_filtered

    @property
    def is_by_text(self) -> bool:
        """Whether it lists all posts that are not deleted, by a text."""
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
    """The posts of a window, and the length of the list."""

    post_ids: Sequence[int]
    total: int
    is_exact: bool = True
    is_alike: bool = False


async def read_window(
    pool: Pool, ids: PublicIds, window: Window, *, owner_id: int, keep_days: int | None
) -> tuple[PostPage, str]:
    """The window, and a snapshot from before it was read."""
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
    """The next cursor: of the default order a keyset cursor, which new posts do not shift; otherwise a position."""
    end = window.offset + len(found.post_ids)
    if not found.post_ids or end >= found.total:
        return None
    if window.is_plain and window.direction == "DESC" and posts:
        return Cursor.after(posts[-1].created_at, posts[-1].id)
    return write_cursor(Position(end))


async def _find(connection: Connection, owner_id: int, window: Window) -> _Found:
    if window.is_plain:
        return await _by_days(connection, owner_id, window)
    if not window.is_filtered:
        return await _sort(connection, owner_id, window)
    where = await _where(connection, window.chosen)
    if window.chosen.q is not None:
        return await _search(connection, owner_id, window, where)
    return await _filter(connection, owner_id, window, where)


async def _where(connection: Connection, chosen: PostFilter) -> Where:
    """The filter without its words. Our own tables have hashtags in lower case."""
    is_sites_own = "SELECT to_regclass('post_days') IS NULL"
    has_capitals = chosen.hashtag is not None and await connection.fetchval(is_sites_own)
    return Where.of(chosen, has_capitals=bool(has_capitals))


def place_statement(state: State, direction: str) -> str:
    """The day of a position, the number of posts before that day, and the total."""
    return f"""
WITH days AS (SELECT day, sum(posts) AS posts FROM count_post_days($1) WHERE {DELETED[state]} GROUP BY day),
     placed AS (SELECT day, sum(posts) OVER (ORDER BY day {direction}) - posts AS before, sum(posts) OVER () AS total
                  FROM days)
SELECT day, before::bigint, total::bigint FROM placed WHERE before <= $2 ORDER BY before DESC LIMIT 1"""


def day_statement(state: State, direction: str) -> str:
    """The posts from a day on, after an offset."""
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


_INDEXES_EXIST = """
SELECT bool_and(EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(name) AND indisvalid))
  FROM unnest($1::text[]) AS name
"""
_HASHTAGS = ["ix_posts_owner_hashtags"]


def sorting_statement(window: Window, newest: int | None) -> str:
    """A window of all posts in another order, possibly an index's, or of only the newest posts."""
    order = ORDERS[window.column]
    columns = ", ".join(["id", "created_at", "true AS fits", *order.columns])
    # Orders by counts read it twice: reading an index again is cheaper than materializing.
    return f"""
WITH fitting AS NOT MATERIALIZED (
    SELECT {columns} FROM posts WHERE owner_id = $1 AND {AMONG[window.state]}{_newest(newest)})
SELECT id FROM fitting {order.joined}
 ORDER BY {order.key} {window.direction} NULLS LAST, created_at DESC, id DESC OFFSET $2 LIMIT $3"""


def _newest(limit: int | None) -> str:
    return f" ORDER BY created_at DESC, id DESC LIMIT {limit}" if limit is not None else ""


async def _sort(connection: Connection, owner_id: int, window: Window) -> _Found:
    """All posts in the order of an index, or else the newest posts, sorted."""
    total = await _count(connection, owner_id, window)
    indexes = [f"ix_posts_owner_{window.column}{ending}" for ending in ("", "_back")]
    has_index = window.is_by_text and await connection.fetchval(_INDEXES_EXIST, indexes)
    newest = None if has_index else _max_newest(window, total)
    most = MAX_SCANNED if newest is None else newest
    limit = max(0, min(window.limit, most - window.offset))
    rows = await connection.fetch(sorting_statement(window, newest), owner_id, window.offset, limit)
    return _Found([row["id"] for row in rows], min(total, most), is_exact=total <= most)


async def _count(connection: Connection, owner_id: int, window: Window) -> int:
    """The number of all posts; without stored counts at most one more than are scanned."""
    kept = f"SELECT coalesce(sum(posts), 0)::bigint FROM count_post_days($1) WHERE {DELETED[window.state]}"
    counted = count_statement(window.state, MAX_SCANNED)
    total = f"CASE WHEN to_regclass('post_days') IS NOT NULL THEN ({kept}) ELSE ({counted}) END"
    return int(await connection.fetchval(f"SELECT {total}", owner_id))


def _max_newest(window: Window, total: int) -> int | None:
    """To how many of the newest posts a scan is limited; None: not at all."""
    if total <= MAX_SCANNED:
        return None
    return min(MAX_SCANNED, MAX_NEWEST_BY_TEXT if window.column in ("title", "description") else MAX_NEWEST)


def filter_statement(where: Where, window: Window, newest: int | None) -> str:
    """The window's ids, the number of matching posts and whether it is exact; the last parameters are the window's.

    Among all posts, counting and finding use different indexes, so the rows are read twice; named posts are read once.
    """
    order = ORDERS[window.column]
    bounds = ["owner_id = $1", AMONG[window.state], *where.bounds]
    fits = " AND ".join(where.conditions) or "true"
    if newest is None:
        bounds, fits = [*bounds, fits], "true"
    columns = "".join(f", {column}" for column in order.columns)
    # Dates are never null, and without NULLS LAST their index has this order.
    ties = f", id {window.direction}" if window.column == "date" else " NULLS LAST, created_at DESC, id DESC"
    at = len(where.values) + 2
    is_exact = "true" if newest is None else f"(SELECT count(*) FROM fitting) < {newest}"
    once = "NOT" if newest is None and not order.joined and not where.are_named else ""
    return f"""
WITH fitting AS {once} MATERIALIZED (
    SELECT id, created_at, ({fits}) AS fits{columns}
      FROM (SELECT * FROM posts AS newest WHERE {" AND ".join(bounds)}{_newest(newest)}) AS newest)
SELECT ARRAY(SELECT id FROM (SELECT * FROM fitting WHERE fits) AS fitting {order.joined}
              ORDER BY {order.key} {window.direction}{ties}
             OFFSET ${at} LIMIT ${at + 1}) AS post_ids,
       (SELECT count(*) FROM fitting WHERE fits) AS total, {is_exact} AS is_exact"""


async def _scan(connection: Connection, owner_id: int, window: Window, where: Where, newest: int | None) -> _Found:
    """Filter all posts within the bounds, or only the newest of them."""
    statement = filter_statement(where, window, newest)
    row = await connection.fetchrow(statement, owner_id, *where.values, window.offset, window.limit)
    assert row is not None
    return _Found(*row)  # if exactly as many as are scanned exist, the total is exact but not called so


def tagged_statement(state: State) -> str:
    """The posts with a hashtag, as our own tables have it; null if they are too many."""
    fitting = f"owner_id = $1 AND {AMONG[state]} AND hashtags @> ARRAY[lower($2::text)]"
    return f"""
SELECT CASE WHEN count(*) < {MAX_COUNTED} THEN coalesce(array_agg(id), '{{}}') END
  FROM (SELECT id FROM posts WHERE {fitting} LIMIT {MAX_COUNTED}) AS tagged"""


async def _filter(connection: Connection, owner_id: int, window: Window, where: Where) -> _Found:
    """Filter a short list whole, or else all posts with a rare hashtag, or else the newest posts."""
    hashtag = window.chosen.hashtag
    newest = _max_newest(window, await _count(connection, owner_id, window))
    if newest is not None and hashtag is not None and await connection.fetchval(_INDEXES_EXIST, _HASHTAGS):
        await connection.execute(BY_INDEX)
        if (post_ids := await connection.fetchval(tagged_statement(window.state), owner_id, hashtag)) is not None:
            return await _scan(connection, owner_id, window, where.among(post_ids), None)
    return await _scan(connection, owner_id, window, where, newest)


async def _search(connection: Connection, owner_id: int, window: Window, where: Where) -> _Found:
    """The posts with these words; if there are none, those with similar words."""
    terms = Terms.read(window.chosen.q or "")
    patterns = await patterns_of(connection, POST_WORDS, terms.wanted, terms.unwanted)
    if not patterns:
        return _Found([], 0)
    has_stored_words = await connection.fetchval("SELECT to_regclass('post_search') IS NOT NULL")
    if not has_stored_words:
        found = await _scan(connection, owner_id, window, having_words(where, patterns), MAX_NEWEST)
    else:
        post_ids, is_whole = await _ids_with(connection, owner_id, patterns)
        found = await _scan(connection, owner_id, window, where.among(post_ids), None)
        found = msgspec.structs.replace(found, is_exact=is_whole)
    if found.total or not found.is_exact:
        return found
    words = STORED_WORDS if has_stored_words else WORDS
    return await _alike(connection, owner_id, window, where, patterns, words) or found


async def _ids_with(connection: Connection, owner_id: int, patterns: Sequence[Pattern]) -> tuple[list[int], bool]:
    """The newest posts with these words, including deleted ones, and whether these are all."""
    post_ids: list[int] = []
    began = time.monotonic()
    async for batch in search(connection, POST_WORDS, owner_id=owner_id, patterns=patterns, below=NEWEST.id):
        post_ids += batch.ids
        is_late = time.monotonic() - began > (SEARCH_SECONDS if post_ids else PATIENT_SECONDS)
        if batch.below is not None and (is_late or len(post_ids) > MAX_MATCHES):
            return post_ids, False
    return post_ids, True


async def _alike(
    connection: Connection, owner_id: int, window: Window, where: Where, patterns: Sequence[Pattern], words: str
) -> _Found | None:
    """The posts with similar words among the newest; None without the extension pg_trgm, or if there are none."""
    if not await connection.fetchval(f"SELECT {HAS_SIMILARITY}"):
        return None
    for pattern in patterns:
        text = pattern.text.strip()
        if pattern.is_wanted and len(text) >= MIN_SIMILAR_LETTERS:
            where = where.having(f"word_similarity({{}}::text, {words}) >= {MIN_SIMILARITY}", text)
        else:
            where = where.having(f"{words} {'LIKE' if pattern.is_wanted else 'NOT LIKE'} {{}}", pattern.like)
    found = await _scan(connection, owner_id, window, where, MAX_COMPARED)
    return msgspec.structs.replace(found, is_exact=False, is_alike=True) if found.total else None
