"""A window of the list of posts: any position, order and filter (DEPTH section 4)."""

from collections.abc import Sequence
from typing import Annotated

import asyncpg
import msgspec

from ..base.database import Connection, Pool, with_custom_plans
from ..base.public_ids import PublicIds
from ..http.wire import Cursor, write_cursor
from ..search.suggestions import suggest
from .filters import AMONG, MODERATED, ORDERS, POSTS, PostFilter, Sort, State, Where
from .queries import Post, PostPage, count_posts, current_snapshot, posts_of

# Posts in the order of the list that are checked one by one before a search's index is read: they often fill the page.
NEAR = 1_000


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
    is_moderated: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it lists all posts, by date."""
        return self.column == "date" and not self.is_filtered

    @property
    def is_filtered(self) -> bool:
        return any(getattr(self.chosen, name) is not None for name in PostFilter.__struct_fields__)

    @property
    def column(self) -> str:
        return self.sort.lstrip("-")

    @property
    def direction(self) -> str:
        return "DESC" if self.sort.startswith("-") else "ASC"


async def read_window(
    pool: Pool, ids: PublicIds, window: Window, *, owner_id: int, keep_days: int | None
) -> tuple[PostPage, str]:
    """The window, and a snapshot from before it was read."""
    snapshot = await current_snapshot(pool)
    async with with_custom_plans(pool) as connection:
        found = await _find(connection, owner_id, window)
        total = None if window.is_filtered else await count_posts(connection, owner_id=owner_id, state=window.state)
        did_you_mean = None
        if window.chosen.q is not None and not found and not window.offset:
            subject = MODERATED if window.is_moderated else POSTS
            did_you_mean = await suggest(connection, subject, window.chosen.q, owner_id=owner_id)
    has_more = len(found) > window.limit
    posts = await posts_of(
        pool, ids, owner_id=owner_id, post_ids=found[: window.limit], state=window.state, keep_days=keep_days
    )
    page = PostPage(
        items=posts,
        next_cursor=_cursor(window, posts) if has_more else None,
        total_count=msgspec.UNSET if total is None else total,
        offset=window.offset,
        did_you_mean=did_you_mean,
    )
    return page, snapshot


def _cursor(window: Window, posts: Sequence[Post]) -> str:
    """The next cursor: of the default order a keyset cursor, which new posts do not shift; otherwise a position."""
    if window.is_plain and window.direction == "DESC" and posts:
        return Cursor.after(posts[-1].created_at, posts[-1].id)
    return write_cursor(Position(window.offset + window.limit))


async def _find(connection: Connection, owner_id: int, window: Window) -> list[int]:
    """The posts' ids, and one more if there are more."""
    place = (window.limit + 1, window.offset)
    if window.column in ("title", "description") and not window.is_filtered:
        return _ids(await connection.fetch(text_statement(window), owner_id, *place))
    where = await Where.read(connection, window.chosen, owner_id=owner_id, is_moderated=window.is_moderated)
    if where.query is not None and window.column == "date":
        ids = _ids(await connection.fetch(window_statement(where, window, is_near=True), *where.values, *place))
        if len(ids) > window.limit:
            return ids
    return _ids(await connection.fetch(window_statement(where, window), *where.values, *place))


def _ids(rows: Sequence[asyncpg.Record]) -> list[int]:
    return [row[0] for row in rows]


_DELETED = {"active": "NOT is_deleted", "deleted": "is_deleted", "all": "true"}


def text_statement(window: Window) -> str:
    """The ids of a window of all posts by a text; those without one come last."""
    return f"""
SELECT post_id FROM post_search WHERE owner_id = $1 AND {_DELETED[window.state]}
 ORDER BY {window.column}_key {window.direction} NULLS LAST, post_id DESC LIMIT $2 OFFSET $3"""


def window_statement(where: Where, window: Window, *, is_near: bool = False) -> str:
    """The window's ids; the last parameters are the limit and the offset.

    Args:
        is_near: whether only the first ``NEAR`` posts of the order are checked.
    """
    order = ORDERS[window.column]
    # Dates are never null, and without NULLS LAST their index has this order.
    is_dated = window.column == "date"
    ties = f", posts.id {window.direction}" if is_dated else " NULLS LAST, posts.created_at DESC, posts.id DESC"
    place = f"ORDER BY {order.key} {window.direction}{ties} LIMIT {where.numbered(1)} OFFSET {where.numbered(2)}"
    if is_near:
        first = (
            f"posts.owner_id = $1 AND {AMONG[window.state]} ORDER BY {order.key} {window.direction}{ties} LIMIT {NEAR}"
        )
        conditions = [f"{POSTS.lexemes} @@ {where.query}::text::tsquery", *where.conditions]
        return f"SELECT id FROM (SELECT * FROM posts WHERE {first}) AS posts WHERE {' AND '.join(conditions)} {place}"
    fitting = f"FROM posts {order.joined} WHERE {where.sql(window.state)}"
    if order.counted is None:
        return f"SELECT posts.id {fitting} {place}"
    # One pass of the index, for all ids in its order. FULL, although each count has its post: Postgres has no nested
    # loop for a full join, which would be quadratic with stale statistics.
    return f"""
WITH fitting AS MATERIALIZED (SELECT posts.id, posts.created_at {fitting}),
     counts AS (SELECT post_id, count(*) AS counted FROM {order.counted}
                   AND post_id = ANY (ARRAY(SELECT id FROM fitting ORDER BY id)) GROUP BY post_id)
SELECT posts.id FROM fitting AS posts FULL JOIN counts ON counts.post_id = posts.id {place}"""


def filter_count_statement(where: Where, state: State) -> str:
    """The number of matching posts."""
    return f"SELECT count(*) FROM posts WHERE {where.sql(state)}"


async def count_filtered(
    pool: Pool, *, owner_id: int, state: State, chosen: PostFilter, is_moderated: bool = False
) -> int:
    """How many of an owner's posts match a filter."""
    async with with_custom_plans(pool) as connection:
        where = await Where.read(connection, chosen, owner_id=owner_id, is_moderated=is_moderated)
        return int(await connection.fetchval(filter_count_statement(where, state), *where.values))
