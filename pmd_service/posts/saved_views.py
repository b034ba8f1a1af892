"""/api/pmd/saved-views: the filters, order and layout of the page of posts that somebody has kept under a name."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import asyncpg
import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from ..base.database import POOL, Connection, Pool, find_all, find_one, lock, row_count
from ..base.telemetry import log
from ..http.errors import ProblemError, conflict, require
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.patterns import matching
from ..http.route import Answer, Routes
from ..http.selection import RowId
from ..http.wire import Cursor, PageCursor, given_fields
from ..identity.users import ACTOR
from ..locales import translatable
from ..site.texts import readable

MAX_VIEWS = 50
# A user's views are counted and inserted under this advisory lock.
_LOCK = "view"

_Name = Annotated[str, Meta(min_length=1, max_length=60, examples=["Hidden GIFs"])]
_Query = Annotated[
    str,
    Meta(
        max_length=2000,
        description="The parameters of the page's address, encoded.",
        examples=["format=gif&status=hidden&sort=-date"],
    ),
    matching(
        "^[!-~]*(?![^!-~])$",  # Python's “$” alone lets a line break pass
        translatable("Expected plain ASCII without spaces: encode others, a space as %20"),
    ),
]
ViewId = Annotated[RowId, Meta(description="The view's id.", examples=[4])]


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A way to see posts; ``version`` counts its changes."""

    id: Annotated[int, Meta(examples=[4])]
    version: Annotated[int, Meta(examples=[1])]
    name: _Name
    query: _Query
    created_at: datetime
    updated_at: datetime

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares."""
        return self.version


class SavedViewPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of views, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[SavedView]
    next_cursor: str | None


class SavedViewQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of views."""

    limit: Annotated[int, Meta(ge=1, le=MAX_VIEWS, description="Views a page.")] = MAX_VIEWS
    cursor: PageCursor | None = None


class SavedViewRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/saved-views; its name is no other's."""

    name: _Name
    query: _Query


class SavedViewEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """New values; what is omitted stays as it is."""

    name: _Name | UnsetType = UNSET
    query: _Query | UnsetType = UNSET


_SELECT = "SELECT id, version, name, query, created_at, updated_at FROM saved_view"
_LIST = f"{_SELECT} WHERE user_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4"
_FIND = f"{_SELECT} WHERE id = $1 AND user_id = $2"
_LOCKED = f"{_FIND} FOR UPDATE"
_COUNT = "SELECT count(*) FROM saved_view WHERE user_id = $1"
_ADD = """
INSERT INTO saved_view (user_id, name, query, created_at, updated_at)
VALUES ($1, $2, $3, coalesce($4, now()), coalesce($4, now()))
    ON CONFLICT (user_id, name) DO NOTHING
RETURNING id
"""
_EDIT = """
UPDATE saved_view SET name = $3, query = $4, version = version + 1, updated_at = now() WHERE id = $1 AND user_id = $2
"""
_DELETE = "DELETE FROM saved_view WHERE id = $1 AND user_id = $2"
_DROP_UNCHANGED = f"{_DELETE} AND version = 1"

_TWICE = {HTTPStatus.CONFLICT: "There is one of this name, or there are too many."}
ROUTES = Routes("Posts", missing="saved view", keys="posts", personal=True)


@ROUTES("GET /api/pmd/saved-views", "A page of views.")
async def get_saved_views(request: web.Request, query: SavedViewQuery) -> SavedViewPage:
    """List saved views.

    Filters, order and layout of the page of posts, newest first.
    """
    after = Cursor.parse(query.cursor)
    values = request[ACTOR].viewer.id, after.created_at, after.id, query.limit + 1
    views = await find_all(request.app[POOL], SavedView, _LIST, *values)
    return SavedViewPage(items=views[: query.limit], next_cursor=Cursor.behind(views, query.limit))


@ROUTES(
    "POST /api/pmd/saved-views",
    Answer("The view.", HTTPStatus.CREATED, location="/api/pmd/saved-views/{0.id}"),
    problems=_TWICE,
)
async def post_saved_view(request: web.Request, body: SavedViewRequest, once: Once) -> SavedView:
    """Keep a view of posts under a name."""
    user = request[ACTOR].viewer
    async with request.app[POOL].acquire() as connection, connection.transaction():
        await once.begin(connection)
        view_id = await add_saved_view(connection, user.id, body)
        if view_id is None:
            raise _named_twice(body.name)
        view = await _find(connection, user.id, view_id)
        await once.end(connection, view)
    log.info("saved_view_made", saved_view=view_id, user=user.sqid)
    return view


@ROUTES("GET /api/pmd/saved-views/{view_id}", "The view.")
async def get_saved_view(request: web.Request, view_id: ViewId) -> SavedView | None:
    """Get a saved view."""
    return await find_one(request.app[POOL], SavedView, _FIND, view_id, request[ACTOR].viewer.id)


@ROUTES("PATCH /api/pmd/saved-views/{view_id}", "The view as it is now.", problems=_TWICE)
async def patch_saved_view(request: web.Request, view_id: ViewId, body: SavedViewEdit, match: IfMatch) -> SavedView:
    """Change what a saved view shows, or its name."""
    user_id = request[ACTOR].viewer.id
    given = given_fields(body)
    if "name" in given:
        given["name"] = readable(given["name"], path="$.name")
    try:
        async with request.app[POOL].acquire() as connection, connection.transaction():
            view = await _find(connection, user_id, view_id, is_locked=True)
            match.require(view)
            new = msgspec.structs.replace(view, **given)
            await connection.execute(_EDIT, view_id, user_id, new.name, new.query)
            return await _find(connection, user_id, view_id)
    except asyncpg.UniqueViolationError as error:
        raise _named_twice(given["name"]) from error


@ROUTES("DELETE /api/pmd/saved-views/{view_id}", "It is deleted.")
async def delete_saved_view(request: web.Request, view_id: ViewId, match: IfMatch) -> None:
    """Delete a saved view.

    The posts that it shows stay.
    """
    user_id = request[ACTOR].viewer.id
    async with request.app[POOL].acquire() as connection, connection.transaction():
        match.require(await _find(connection, user_id, view_id, is_locked=True))
        await connection.execute(_DELETE, view_id, user_id)


async def add_saved_view(
    connection: Connection, user_id: int, body: SavedViewRequest, *, created_at: datetime | None = None
) -> int | None:
    """In a transaction of the caller's; None if there is one of its name.

    Raises:
        ProblemError: 409, there are too many; 422, no visible characters.
    """
    await lock(connection, _LOCK, user_id)
    if await connection.fetchval(_COUNT, user_id) >= MAX_VIEWS:
        raise conflict(f"There can be {MAX_VIEWS} saved views. Delete one first.")
    view_id: int | None = await connection.fetchval(
        _ADD, user_id, readable(body.name, path="$.name"), body.query, created_at
    )
    return view_id


async def drop_unchanged_saved_view(connection: Connection, view_id: int, *, user_id: int) -> bool:
    """Delete one that nobody has changed."""
    return row_count(await connection.execute(_DROP_UNCHANGED, view_id, user_id)) > 0


async def _find(connection: Connection | Pool, user_id: int, view_id: int, *, is_locked: bool = False) -> SavedView:
    """Raises: ProblemError: 404."""
    statement = _LOCKED if is_locked else _FIND
    return require(await find_one(connection, SavedView, statement, view_id, user_id), "saved view")


def _named_twice(name: str) -> ProblemError:
    return conflict(f"There is a saved view “{name}” already. Choose another name.")
