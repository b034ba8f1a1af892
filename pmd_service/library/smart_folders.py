"""Smart folders: searches of the library that are kept under a name, and count what they find now."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated

import asyncpg
import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..base.database import Connection, Pool, lock, row_count, with_custom_plans
from ..base.telemetry import log
from ..events.changes import note_changes
from ..http.errors import ProblemError, conflict, require
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.wire import Cursor, PageCursor, given_fields
from ..identity.users import Actor
from ..search.language import MAX_QUERY, file_tag, with_tags_renamed
from ..site.texts import readable
from .order import Direction, Sort
from .where import FILES, AssetFilter, Where

# Each is counted whenever the list is read.
MAX_FOLDERS = 50
# A user's smart folders are counted and inserted under this advisory lock.
_LOCK = "kept"

_Name = Annotated[str, Meta(min_length=1, max_length=60, examples=["Sea, approved"])]
_Order = Annotated[Direction | None, Meta(description="Null: the order's own direction.")]


class SavedFilter(AssetFilter, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The filters of ``GET /api/pmd/assets``."""


_Filter = Annotated[SavedFilter, Meta(examples=[{"state": "approved", "hashtag": "sea"}])]


class SmartFolder(msgspec.Struct, frozen=True, kw_only=True):
    """A kept search of the library."""

    id: Annotated[int, Meta(examples=[4])]
    version: Annotated[int, Meta(description="Counts its changes.", examples=[1])]
    name: _Name
    filter: _Filter
    sort: Sort
    order: _Order
    file_count: Annotated[
        int | None, Meta(description="What it finds now; null if its search cannot be read any more.", examples=[12])
    ]
    created_at: datetime
    updated_at: datetime

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares."""
        return self.version


class SmartFolderPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of smart folders, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[SmartFolder]
    next_cursor: str | None


class SmartFolderQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of smart folders."""

    limit: Annotated[int, Meta(ge=1, le=MAX_FOLDERS, description="Smart folders a page.")] = MAX_FOLDERS
    cursor: PageCursor | None = None


class SmartFolderRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/smart-folders; its name is no other's."""

    name: _Name
    filter: _Filter
    sort: Sort = "path"
    order: _Order = None


class SmartFolderEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """New values; what is omitted stays as it is."""

    name: _Name | UnsetType = UNSET
    filter: _Filter | UnsetType = UNSET
    sort: Sort | UnsetType = UNSET
    order: _Order | UnsetType = UNSET


_SELECT = """
SELECT id, version, name, filter, sort, direction AS "order", created_at, updated_at FROM smart_folder
"""
_LIST = f"{_SELECT} WHERE user_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4"
_FIND = f"{_SELECT} WHERE id = $1 AND user_id = $2"
_LOCKED = f"{_FIND} FOR UPDATE"
_COUNT = "SELECT count(*) FROM smart_folder WHERE user_id = $1"
_EDIT = """
UPDATE smart_folder
   SET (name, filter, sort, direction) = ROW ($3, $4, $5, $6), version = version + 1, updated_at = now()
 WHERE id = $1 AND user_id = $2
"""
_ADD = """
INSERT INTO smart_folder (user_id, name, filter, sort, direction, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, coalesce($6, now()), coalesce($6, now()))
    ON CONFLICT (user_id, name) DO NOTHING
RETURNING id
"""
_WITH_TAGS = "SELECT id, filter FROM smart_folder WHERE user_id = $1 AND filter ?| '{hashtag,q}' ORDER BY id FOR UPDATE"
_FOLLOW = "UPDATE smart_folder SET filter = $2, version = version + 1, updated_at = now() WHERE id = $1"
_DROP_UNCHANGED = "DELETE FROM smart_folder WHERE id = $1 AND user_id = $2 AND version = 1"
_DELETE = "DELETE FROM smart_folder WHERE id = $1 AND user_id = $2"


def counting_statement(where: Where) -> str:
    """The number of files that a search finds."""
    return f"SELECT count(*) FROM asset WHERE {where.sql}"


async def list_smart_folders(pool: Pool, *, user_id: int, query: SmartFolderQuery) -> SmartFolderPage:
    after = Cursor.parse(query.cursor)
    async with with_custom_plans(pool) as connection:
        rows = await connection.fetch(_LIST, user_id, after.created_at, after.id, query.limit + 1)
        folders = [await _counted(connection, user_id, row) for row in rows]
    return SmartFolderPage(items=folders[: query.limit], next_cursor=Cursor.behind(folders, query.limit))


async def find_smart_folder(pool: Pool, *, user_id: int, folder_id: int) -> SmartFolder | None:
    async with with_custom_plans(pool) as connection:
        row = await connection.fetchrow(_FIND, folder_id, user_id)
        return None if row is None else await _counted(connection, user_id, row)


async def _counted(connection: Connection, user_id: int, row: asyncpg.Record) -> SmartFolder:
    """Args: connection: ``with_custom_plans``."""
    chosen = msgspec.convert(row["filter"], SavedFilter)
    try:
        where = await Where.read(connection, chosen, user_id=user_id)
    except ProblemError:  # a release after the one that kept it may read the search in another way
        count = None
    else:
        count = await connection.fetchval(counting_statement(where), *where.values)
    return SmartFolder(**{**row, "filter": chosen}, file_count=count)


async def _check(pool: Pool, user_id: int, chosen: SavedFilter) -> None:
    """Raises: ProblemError: 422, its search cannot be read."""
    async with with_custom_plans(pool) as connection:
        await Where.read(connection, chosen, user_id=user_id)


async def create_smart_folder(pool: Pool, actor: Actor, body: SmartFolderRequest, once: Once) -> SmartFolder:
    """Raises: ProblemError: 409 there are too many, or one of this name; 422 no visible characters, or a search that
    cannot be read; and as ``Once.begin``.
    """
    user_id = actor.subject.id
    await _check(pool, user_id, body.filter)
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        folder_id = await add_smart_folder(connection, user_id, body)
        if folder_id is None:
            raise _named_twice(body.name)
        folder = await _answer(connection, user_id, folder_id)
        await once.end(connection, folder)
    log.info("smart_folder_made", smart_folder=folder_id, user=actor.subject.sqid)
    return folder


async def add_smart_folder(
    connection: Connection, user_id: int, body: SmartFolderRequest, *, created_at: datetime | None = None
) -> int | None:
    """In a transaction of the caller's; None if there is one of its name.

    Raises: ProblemError: 409, there are too many; 422, no visible characters.
    """
    await lock(connection, _LOCK, user_id)
    await _check_count(connection, user_id)
    values = (readable(body.name, path="$.name"), msgspec.to_builtins(body.filter), body.sort, body.order, created_at)
    folder_id: int | None = await connection.fetchval(_ADD, user_id, *values)
    if folder_id is not None:
        await note_changes(connection, user_id, "smart_folder", "made", [folder_id])
    return folder_id


async def drop_unchanged_smart_folder(connection: Connection, folder_id: int, *, user_id: int) -> bool:
    """Delete one that nobody has changed."""
    if not row_count(await connection.execute(_DROP_UNCHANGED, folder_id, user_id)):
        return False
    await note_changes(connection, user_id, "smart_folder", "removed", [folder_id])
    return True


async def _check_count(connection: Connection, user_id: int) -> None:
    """Raises: ProblemError: 409, there are too many."""
    if await connection.fetchval(_COUNT, user_id) >= MAX_FOLDERS:
        raise conflict(f"There can be {MAX_FOLDERS} smart folders. Delete one first.")


async def edit_smart_folder(
    pool: Pool, actor: Actor, folder_id: int, body: SmartFolderEdit, match: IfMatch
) -> SmartFolder:
    """Raises: ProblemError: 404; 409 there is another one of this name; 412; 422 as ``create_smart_folder``."""
    user_id = actor.subject.id
    if body.filter is not UNSET:
        await _check(pool, user_id, body.filter)
    given = given_fields(body)
    if "name" in given:
        given["name"] = readable(given["name"], path="$.name")
    try:
        async with pool.acquire() as connection, connection.transaction():
            folder = await _answer(connection, user_id, folder_id, is_locked=True)
            match.require(folder)
            new = msgspec.structs.replace(folder, **given)
            values = (new.name, msgspec.to_builtins(new.filter), new.sort, new.order)
            await connection.execute(_EDIT, folder_id, user_id, *values)
            await note_changes(connection, user_id, "smart_folder", "changed", [folder_id])
            return await _answer(connection, user_id, folder_id)
    except asyncpg.UniqueViolationError as error:
        raise _named_twice(given["name"]) from error


async def delete_smart_folder(pool: Pool, actor: Actor, folder_id: int, match: IfMatch) -> None:
    """Raises: ProblemError: 404; 412."""
    user_id = actor.subject.id
    async with pool.acquire() as connection, connection.transaction():
        match.require(await _answer(connection, user_id, folder_id, is_locked=True))
        await connection.execute(_DELETE, folder_id, user_id)
        await note_changes(connection, user_id, "smart_folder", "removed", [folder_id])
    log.info("smart_folder_deleted", smart_folder=folder_id, user=actor.subject.sqid)


async def _answer(connection: Connection, user_id: int, folder_id: int, *, is_locked: bool = False) -> SmartFolder:
    """Raises: ProblemError: 404."""
    row = await connection.fetchrow(_LOCKED if is_locked else _FIND, folder_id, user_id)
    return await _counted(connection, user_id, require(row, "smart folder"))


async def follow_tags(connection: Connection, user_id: int, old: Collection[str], new: str) -> None:
    """Call these hashtags by another name in all searches that are kept; one that became too long stays."""
    for row in await connection.fetch(_WITH_TAGS, user_id):
        chosen = dict(row["filter"])
        if file_tag(chosen.get("hashtag", "")) in old:
            chosen["hashtag"] = new
        typed = with_tags_renamed(chosen.get("q", ""), FILES.fields, old, new)
        if "q" in chosen and len(typed) <= MAX_QUERY:
            chosen["q"] = typed
        if chosen != row["filter"]:
            await connection.execute(_FOLLOW, row["id"], chosen)
            await note_changes(connection, user_id, "smart_folder", "changed", [row["id"]])


def _named_twice(name: str) -> ProblemError:
    return conflict(f"There is a smart folder “{name}” already. Choose another name.")
