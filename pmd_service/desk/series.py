"""Series: posts in an order of their artist's own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import asyncpg
import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from ..base.database import POOL, Connection, Pool, find_one, find_values
from ..base.settings import SETTINGS
from ..base.telemetry import log
from ..events.changes import note_changes
from ..http.errors import conflict, require, unprocessable
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.selection import RowId, check_all_found
from ..http.wire import Cursor, PageCursor
from ..identity.users import Actor
from ..site.posts import LIVE_ARTWORK
from ..site.texts import MAX_DESCRIPTION, MAX_TITLE, readable, some_lines
from .edits import lock_desk
from .live import note_drafts

MAX_PAGE = 512
MAX_SERIES = 500
MAX_POSTS = 2_000

_Name = Annotated[str, Meta(min_length=1, max_length=MAX_TITLE, examples=["Forest"])]
_Description = Annotated[str, Meta(max_length=MAX_DESCRIPTION, examples=["Everyone who lives between the trees."])]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """A series; without a cover of its own, its first post is."""

    id: Annotated[int, Meta(examples=[3])]
    version: Annotated[int, Meta(description="Counts its changes.", examples=[1])]
    name: _Name
    description: _Description | None
    cover_post_id: Annotated[int | None, Meta(examples=[102])]
    first_post_id: Annotated[int | None, Meta(examples=[102])]
    post_count: Annotated[int, Meta(description="Without deleted posts.", examples=[5])]
    draft_count: Annotated[int, Meta(description="That join it once they are published.", examples=[2])]
    url: Annotated[str, Meta(description="Its public page.", examples=["https://makapix.example/u/Uk7c/series/3"])]
    created_at: datetime
    updated_at: datetime

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares."""
        return self.version


class SeriesPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of series, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[Series]
    next_cursor: str | None


class SeriesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of GET /api/pmd/series."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Series a page.")] = MAX_PAGE
    cursor: PageCursor | None = None


class SeriesRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/series."""

    name: _Name
    description: _Description | None = None


class SeriesEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of PATCH /api/pmd/series/{series_id}; what is left out stays as it is."""

    name: _Name | UnsetType = UNSET
    description: _Description | UnsetType | None = UNSET
    cover_post_id: (
        Annotated[RowId, Meta(description="One of its posts; null: the first.", examples=[102])] | UnsetType | None
    ) = UNSET


class SeriesPosts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The posts of a series, all of them, in its order."""

    post_ids: Annotated[
        list[RowId], Meta(max_length=MAX_POSTS, description="Your own posts, each once.", examples=[[102]])
    ]


class SeriesOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The posts of a series, all of them, in its order."""

    version: Annotated[int, Meta(description="The series'.", examples=[1])]
    post_ids: Annotated[Sequence[int], Meta(description="Without deleted posts.", examples=[[102, 101]])]

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares: the series'."""
        return self.version


_SELECT = f"""
SELECT series.id, version, name, series.description, cover_post_id, series.created_at, series.updated_at,
       posts.first_post_id, posts.post_count,
       (SELECT count(*)::int FROM draft
         WHERE draft.user_id = series.user_id AND status <> 'published' AND series_id = series.id) AS draft_count
  FROM series
 CROSS JOIN LATERAL (
       SELECT count(*)::int AS post_count, (array_agg(posts.id ORDER BY position, posts.id))[1] AS first_post_id
         FROM series_post JOIN posts ON posts.id = post_id
        WHERE series_id = series.id AND owner_id = series.user_id AND {LIVE_ARTWORK}) AS posts
"""
_LIST = f"""
{_SELECT} WHERE series.user_id = $1 AND (series.created_at, series.id) < ($2, $3)
 ORDER BY series.created_at DESC, series.id DESC LIMIT $4
"""
_FIND = f"{_SELECT} WHERE series.id = $1 AND series.user_id = $2"
_COUNT = "SELECT count(*) FROM series WHERE user_id = $1"
_INSERT = "INSERT INTO series (user_id, name, description) VALUES ($1, $2, $3) RETURNING id"
_EDIT = """
UPDATE series SET (name, description, cover_post_id) = ROW ($3, $4, $5), version = version + 1, updated_at = now()
 WHERE id = $1 AND user_id = $2
"""
_DELETE = "DELETE FROM series WHERE id = $1 AND user_id = $2"
_LEAVE = """
UPDATE draft SET series_id = NULL, version = version + 1, updated_at = now() WHERE user_id = $1 AND series_id = $2
RETURNING id
"""
_HAS_POST = f"""
SELECT EXISTS (SELECT FROM series_post JOIN posts ON posts.id = post_id
                WHERE series_id = $1 AND post_id = $3 AND owner_id = $2 AND {LIVE_ARTWORK})
"""


async def list_series(app: web.Application, actor: Actor, query: SeriesQuery, *, after: Cursor) -> SeriesPage:
    values = (actor.subject.id, after.created_at, after.id, query.limit + 1)
    series = [_series(app, actor, row) for row in await app[POOL].fetch(_LIST, *values)]
    return SeriesPage(items=series[: query.limit], next_cursor=Cursor.behind(series, query.limit))


async def find_series(
    app: web.Application, actor: Actor, series_id: int, connection: Connection | None = None
) -> Series | None:
    row = await (connection or app[POOL]).fetchrow(_FIND, series_id, actor.subject.id)
    return None if row is None else _series(app, actor, row)


def _series(app: web.Application, actor: Actor, row: asyncpg.Record) -> Series:
    return Series(**row, url=f"{app[SETTINGS].base_url}/u/{actor.subject.sqid}/series/{row['id']}")


async def _locked(connection: Connection, app: web.Application, actor: Actor, series_id: int) -> Series:
    """Raises: ProblemError: 404."""
    await lock_desk(connection, user_id=actor.subject.id)
    return require(await find_series(app, actor, series_id, connection), "series")


async def create_series(app: web.Application, actor: Actor, body: SeriesRequest, once: Once) -> Series:
    """Raises: ProblemError: 409 there are too many; 422 no visible characters; and as ``Once.begin``."""
    name, user_id = readable(body.name, path="$.name"), actor.subject.id
    async with app[POOL].acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock_desk(connection, user_id=user_id)
        if await connection.fetchval(_COUNT, user_id) >= MAX_SERIES:
            raise conflict(f"There can be {MAX_SERIES} series. Delete one first.")
        series_id = await connection.fetchval(_INSERT, user_id, name, some_lines(body.description or "") or None)
        series = require(await find_series(app, actor, series_id, connection), "series")
        await note_changes(connection, user_id, "series", "made", [series_id])
        await once.end(connection, series)
    log.info("series_made", series=series_id, user=actor.subject.sqid)
    return series


async def edit_series(app: web.Application, actor: Actor, series_id: int, body: SeriesEdit, match: IfMatch) -> Series:
    """Raises: ProblemError: 404; 412; 422 no visible characters, or a cover that is none of its posts."""
    user_id = actor.subject.id
    async with app[POOL].acquire() as connection, connection.transaction():
        series = await _locked(connection, app, actor, series_id)
        match.require(series)
        name = series.name if body.name is UNSET else readable(body.name, path="$.name")
        description = series.description
        if body.description is not UNSET:
            description = some_lines(body.description or "") or None
        cover = series.cover_post_id if body.cover_post_id is UNSET else body.cover_post_id
        if isinstance(body.cover_post_id, int) and not await connection.fetchval(_HAS_POST, series_id, user_id, cover):
            raise unprocessable("This post is not in the series.", path="$.cover_post_id")
        await connection.execute(_EDIT, series_id, user_id, name, description, cover)
        await note_changes(connection, user_id, "series", "changed", [series_id])
        return require(await find_series(app, actor, series_id, connection), "series")


async def delete_series(app: web.Application, actor: Actor, series_id: int, match: IfMatch) -> None:
    """Delete it; its posts and drafts stay.

    Raises:
        ProblemError: 404; 412.
    """
    user_id = actor.subject.id
    async with app[POOL].acquire() as connection, connection.transaction():
        match.require(await _locked(connection, app, actor, series_id))
        left = await find_values(connection, _LEAVE, user_id, series_id)
        await connection.execute(_DELETE, series_id, user_id)
        await note_drafts(connection, user_id, "changed", sorted(left))
        await note_changes(connection, user_id, "series", "removed", [series_id])
    log.info("series_deleted", series=series_id, user=actor.subject.sqid)


_ORDER = f"""
SELECT version, ARRAY(
       SELECT posts.id FROM series_post JOIN posts ON posts.id = post_id
        WHERE series_id = series.id AND owner_id = $1 AND {LIVE_ARTWORK} ORDER BY position, posts.id) AS post_ids
  FROM series WHERE user_id = $1 AND id = $2
"""
_OWN_POSTS = f"SELECT id FROM posts WHERE id = ANY ($1) AND owner_id = $2 AND {LIVE_ARTWORK}"
# Deleted posts stay where they are: they may be restored.
_REMOVE = f"""
DELETE FROM series_post USING posts
 WHERE series_id = $1 AND post_id <> ALL ($2) AND posts.id = post_id AND {LIVE_ARTWORK}
"""
_PUT = """
INSERT INTO series_post (post_id, series_id, position)
SELECT post_id, $1, place FROM unnest($2::bigint[]) WITH ORDINALITY AS listed (post_id, place)
    ON CONFLICT (post_id) DO UPDATE SET series_id = excluded.series_id, position = excluded.position
"""
# What loses a post to another series, before it does.
_TAKE_FROM_OTHERS = """
UPDATE series SET version = version + 1, updated_at = now(),
       cover_post_id = CASE WHEN cover_post_id <> ALL ($3) THEN cover_post_id END
 WHERE user_id = $2 AND id <> $1 AND id IN (SELECT series_id FROM series_post WHERE post_id = ANY ($3))
RETURNING id
"""
_TOUCH = """
UPDATE series SET version = version + 1, updated_at = now(),
       cover_post_id = CASE WHEN cover_post_id = ANY ($3) THEN cover_post_id END
 WHERE id = $1 AND user_id = $2
"""


async def read_order(pool: Connection | Pool, *, user_id: int, series_id: int) -> SeriesOrder | None:
    return await find_one(pool, SeriesOrder, _ORDER, user_id, series_id)


async def write_order(pool: Pool, actor: Actor, series_id: int, body: SeriesPosts, match: IfMatch) -> SeriesOrder:
    """Set its posts: those that are not named leave it, and those of another series leave that.

    Raises:
        ProblemError: 400 with each post that is unknown, another user's or deleted; 404; 412; 422 a post is there
            twice.
    """
    post_ids, user_id = list(dict.fromkeys(body.post_ids)), actor.subject.id
    if len(post_ids) < len(body.post_ids):
        raise unprocessable("A post is there twice.", path="$.post_ids")
    async with pool.acquire() as connection, connection.transaction():
        await lock_desk(connection, user_id=user_id)
        await connection.execute(_LOCK, series_id, user_id)
        match.require(require(await read_order(connection, user_id=user_id, series_id=series_id), "series"))
        own = await find_values(connection, _OWN_POSTS, post_ids, user_id)
        check_all_found("post", post_ids, own)
        await connection.execute(_REMOVE, series_id, post_ids)
        others = await find_values(connection, _TAKE_FROM_OTHERS, series_id, user_id, post_ids)
        await connection.execute(_PUT, series_id, post_ids)
        await connection.execute(_TOUCH, series_id, user_id, post_ids)
        await note_changes(connection, user_id, "series", "changed", [*sorted(others), series_id])
        return require(await read_order(connection, user_id=user_id, series_id=series_id), "series")


# What publishes a draft does not have the desk's lock.
_LOCK = "SELECT FROM series WHERE id = $1 AND user_id = $2 FOR NO KEY UPDATE"
_JOIN = """
INSERT INTO series_post (post_id, series_id, position)
SELECT $1, series.id, coalesce((SELECT max(position) FROM series_post WHERE series_id = series.id), 0) + 1
  FROM series WHERE series.id = $2 AND user_id = $3
"""
_COUNT_CHANGE = "UPDATE series SET version = version + 1, updated_at = now() WHERE id = $1 AND user_id = $2"


async def join_series(connection: Connection, *, user_id: int, post_id: int, series_id: int) -> None:
    """Put a post that the transaction has made at the end of a series, unless that has been deleted meanwhile."""
    await connection.execute(_LOCK, series_id, user_id)
    await connection.execute(_JOIN, post_id, series_id, user_id)
    await connection.execute(_COUNT_CHANGE, series_id, user_id)
    await note_changes(connection, user_id, "series", "changed", [series_id])
