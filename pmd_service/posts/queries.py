"""Queries of posts.

Playlist posts (``kind = 'playlist'``) are excluded from every part of PMD: each statement here excludes them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

import asyncpg
import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..assets.types import AiDisclosure
from ..base.database import Connection, Pool, find_one
from ..base.public_ids import PublicIds
from ..http.wire import Cursor
from ..site.details import joined_details
from ..site.posts import VISIBLE_ARTWORK, VISIBLE_COMMENT
from .filters import AMONG, State


class PostFile(msgspec.Struct, frozen=True, gc=False):
    """One of the files of an artwork; the native one is as it was posted."""

    format: Annotated[str, Meta(examples=["gif"])]
    file_bytes: Annotated[int | None, Meta(examples=[18_233])]
    is_native: bool


class PostSeries(msgspec.Struct, frozen=True, kw_only=True):
    """The series of a post: its place there, counted from 1, and the posts before and after it."""

    id: Annotated[int, Meta(examples=[3])]
    name: Annotated[str, Meta(examples=["Coast"])]
    position: Annotated[int, Meta(examples=[2])]
    post_count: Annotated[int, Meta(examples=[5])]
    previous_post_id: Annotated[int | None, Meta(examples=[101])]
    next_post_id: Annotated[int | None, Meta(examples=[103])]


class Post(msgspec.Struct, frozen=True, gc=False):
    """One artwork in the table of posts; counts are of what visitors can see.

    A deleted one has the time of its deletion and, where the site purges such posts, the time when it will be purged.
    """

    id: Annotated[int, Meta(examples=[102])]
    public_sqid: Annotated[str, Meta(examples=["k5Rz"])]
    title: Annotated[str | None, Meta(examples=["Lighthouse at dusk"])]
    description: Annotated[str | None, Meta(examples=["Made for the weekly theme."])]
    created_at: datetime
    width: Annotated[int | None, Meta(examples=[64])]
    height: Annotated[int | None, Meta(examples=[64])]
    frame_count: Annotated[int | None, Meta(examples=[12])]
    file_format: Annotated[str | None, Meta(examples=["gif"])]
    file_bytes: Annotated[int | None, Meta(examples=[18_233])]
    art_url: Annotated[str | None, Meta(examples=["/vault/art/102.gif"])]
    hashtags: Annotated[Sequence[str], Meta(examples=[["lighthouse", "sea"]])]
    hidden_by_user: bool
    hidden_by_mod: bool
    license_identifier: Annotated[str | None, Meta(examples=["CC-BY-4.0"])]
    reaction_count: int
    comment_count: int
    view_count: int
    alt_text: Annotated[str | None, Meta(examples=["A lighthouse on a cliff; its light turns."])]
    content_warnings: Annotated[Sequence[str], Meta(examples=[["Flashing"]])]
    ai_disclosure: AiDisclosure | None
    ai_opt_out: Annotated[bool | None, Meta(description="Null: as the artist's default is.")]
    series_id: Annotated[int | None, Meta(examples=[3])]
    files: Annotated[Sequence[PostFile], Meta(description="The native one first.")]
    deleted_at: datetime | UnsetType = UNSET
    gone_at: datetime | UnsetType = UNSET
    series: Annotated[PostSeries | UnsetType, Meta(description="Of a post that is read alone.")] = UNSET

    @property
    def revision(self) -> "Post":
        """What ``If-Match`` compares: no visit, reaction or comment is a change of it, nor one of its series."""
        counted = {"view_count": 0, "reaction_count": 0, "comment_count": 0}
        return msgspec.structs.replace(self, gone_at=UNSET, series=UNSET, **counted)


class PostPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page; ``next_cursor`` is null on the last one."""

    items: Sequence[Post]
    next_cursor: str | None
    total_count: Annotated[
        int | UnsetType,
        Meta(description="The length of the list; not with a filter, which `GET /posts/count` counts.", examples=[1]),
    ] = UNSET
    offset: Annotated[
        int | UnsetType, Meta(description="Of a window: its first item's position in the list.", examples=[0])
    ] = UNSET
    did_you_mean: Annotated[
        str | None, Meta(description="Nothing has the words of `q`: a search with similar words.", examples=[None])
    ] = None


def count_statement(state: State) -> str:
    """Counts posts, in an index alone."""
    return f"SELECT count(*) FROM posts WHERE owner_id = $1 AND {AMONG[state]}"


async def count_posts(connection: Connection | Pool, *, owner_id: int, state: State) -> int:
    """The number of an owner's posts in one of the states."""
    return int(await connection.fetchval(count_statement(state), owner_id))


# The total comes with the page, in one round trip. Counting by a subquery per post stays index-only on both sides:
# 8.6 ms for 512 posts among 2 M reactions, where grouping the joined rows takes 80 ms. Without a sort, Postgres sends
# the first posts while it still counts for the last, and we decode meanwhile.
#
# The columns are in the order of Post's fields: constructing 512 posts takes 0.1 ms by position, 0.6 ms by name.
_COLUMNS = f"""
       page.id, page.public_sqid, page.title, page.description, page.created_at, page.width, page.height,
       page.frame_count, page.file_format, page.file_bytes, page.art_url, coalesce(page.hashtags, '{{}}') AS hashtags,
       page.hidden_by_user, page.hidden_by_mod, licenses.identifier AS license_identifier,
       (SELECT count(*)
          FROM reactions
         WHERE reactions.post_id = page.id) AS reaction_count,
       (SELECT count(*)
          FROM comments
         WHERE comments.post_id = page.id
           AND {VISIBLE_COMMENT}) AS comment_count,
       page.view_count,
       details.alt_text, details.content_warnings, ai_disclosure, ai_opt_out,
       (SELECT series_id FROM series_post WHERE series_post.post_id = page.id) AS series_id,
       CASE WHEN page.deleted_by_user THEN page.deleted_by_user_date END AS deleted_at,
       (SELECT renditions::text FROM (SELECT page.*) AS own) AS renditions"""

# Only sites that keep artworks in several formats have the column; where posts have none, its name resolves to this.
_NO_RENDITIONS = f"CROSS JOIN (SELECT NULL AS renditions) AS otherwise {joined_details('page')}"


def _list(state: State) -> str:
    return f"""
SELECT {_COLUMNS},
       ({count_statement(state)}) AS total_count,
       (SELECT pg_current_snapshot()::text) AS snapshot
  FROM (SELECT *
          FROM posts
         WHERE id = ANY (ARRAY(
               SELECT id FROM posts WHERE owner_id = $1 AND {AMONG[state]} AND (created_at, id) < ($2, $3::bigint)
                ORDER BY created_at DESC, id DESC LIMIT $4))) AS page
  {_NO_RENDITIONS}
  LEFT JOIN licenses ON licenses.id = page.license_id
 ORDER BY page.created_at DESC, page.id DESC
"""


LISTS = {state: _list(state) for state in AMONG}


async def list_posts(
    connection: Connection | Pool,
    ids: PublicIds,
    *,
    owner_id: int,
    limit: int,
    after: Cursor,
    state: State = "active",
    keep_days: int | None = None,
) -> tuple[PostPage, str | None]:
    """A page of an owner's artworks, newest first by ``(created_at, id)``, and the snapshot that it was read in.

    Keyset pagination: a post that arrives or leaves between two pages shifts nothing.

    Args:
        keep_days: after how many days the site removes deleted posts for good, where it does.
    """
    # One row more than requested shows whether there is a next page.
    rows = await connection.fetch(LISTS[state], owner_id, after.created_at, after.id, limit + 1)
    # A page without posts has no row to bring the total.
    total_count = rows[0]["total_count"] if rows else await count_posts(connection, owner_id=owner_id, state=state)
    posts = _posts(rows, ids, state, keep_days)
    page = PostPage(
        items=posts[:limit],
        next_cursor=Cursor.behind(posts, limit),
        total_count=total_count,
    )
    return page, rows[0]["snapshot"] if rows else None


# IS TRUE keeps the owner's indexes out: with stale statistics each id would be searched in all posts of the owner.
POSTS = f"""
SELECT {_COLUMNS}
  FROM posts AS page
  {_NO_RENDITIONS}
  LEFT JOIN licenses ON licenses.id = page.license_id
 WHERE page.id = ANY ($2::bigint[]) AND (page.owner_id = $1) IS TRUE
 ORDER BY array_position($2, page.id)
"""


# For the streams, whose hub knows whose they are.
LOADED = f"""
SELECT {_COLUMNS}
  FROM posts AS page
  {_NO_RENDITIONS}
  LEFT JOIN licenses ON licenses.id = page.license_id
 WHERE page.id = ANY ($1::bigint[]) AND page.kind = 'artwork' AND NOT page.deleted_by_user
"""


def read_posts(rows: Sequence[asyncpg.Record], ids: PublicIds) -> list[Post]:
    """The posts of rows of ``LOADED``."""
    return [_post(row, ids) for row in rows]


async def posts_of(
    connection: Connection | Pool,
    ids: PublicIds,
    *,
    owner_id: int,
    post_ids: Sequence[int],
    state: State,
    keep_days: int | None,
) -> list[Post]:
    """These posts of an owner, in this order, without those that have been deleted meanwhile."""
    return _posts(await connection.fetch(POSTS, owner_id, post_ids), ids, state, keep_days)


_ONE = f"""
SELECT {_COLUMNS}
  FROM posts AS page
  {_NO_RENDITIONS}
  LEFT JOIN licenses ON licenses.id = page.license_id
 WHERE page.id = $1 AND page.owner_id = $2 AND page.kind = 'artwork'
"""


# Among the posts that visitors see, and this one.
_SERIES = f"""
WITH listed AS (
    SELECT series_post.post_id, series_post.series_id,
           row_number() OVER turn AS position, count(*) OVER () AS post_count,
           lag(series_post.post_id) OVER turn AS previous_post_id, lead(series_post.post_id) OVER turn AS next_post_id
      FROM series_post JOIN posts ON posts.id = series_post.post_id
     WHERE series_post.series_id = (SELECT series_id FROM series_post WHERE post_id = $1)
       AND owner_id = $2 AND (posts.id = $1 OR {VISIBLE_ARTWORK})
    WINDOW turn AS (ORDER BY series_post.position, series_post.post_id))
SELECT series.id, name, position::int, post_count::int, previous_post_id, next_post_id
  FROM listed JOIN series ON series.id = series_id
 WHERE listed.post_id = $1
"""


async def find_post(
    connection: Connection | Pool, ids: PublicIds, *, owner_id: int, post_id: int, keep_days: int | None
) -> Post | None:
    """One of the owner's artworks, also a deleted one."""
    row = await connection.fetchrow(_ONE, post_id, owner_id)
    if row is None:
        return None
    post = _deleted(_post(row, ids), row["deleted_at"], keep_days)
    series = await find_one(connection, PostSeries, _SERIES, post_id, owner_id) if post.series_id else None
    return msgspec.structs.replace(post, series=series or UNSET)


def _posts(rows: Sequence[asyncpg.Record], ids: PublicIds, state: State, keep_days: int | None) -> list[Post]:
    posts = [_post(row, ids) for row in rows]
    if state == "active":
        return posts
    return [_deleted(post, row["deleted_at"], keep_days) for post, row in zip(posts, rows, strict=True)]


_read_files = msgspec.json.Decoder(list[PostFile]).decode


def _post(row: asyncpg.Record, ids: PublicIds) -> Post:
    file_format, file_bytes, renditions = row[8], row[9], row[24]
    if renditions is not None:
        files = _read_files(renditions)
    else:
        files = [PostFile(file_format, file_bytes, True)] if file_format else []
    return Post(row[0], ids.of(row[0], row[1]), *(*row[2:23], files))


def _deleted(post: Post, deleted_at: datetime | None, keep_days: int | None) -> Post:
    if deleted_at is None:
        return post
    gone_at = deleted_at + timedelta(days=keep_days) if keep_days else UNSET
    return msgspec.structs.replace(post, deleted_at=deleted_at, gone_at=gone_at)


async def current_snapshot(connection: Connection | Pool) -> str:
    """The current snapshot: between two equal ones nothing in the database has changed."""
    snapshot: str = await connection.fetchval("SELECT pg_current_snapshot()::text")
    return snapshot
