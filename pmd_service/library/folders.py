"""The folders of a library's files, and the number of files in each (GET /assets/folders)."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Pool, with_custom_plans
from ..http.wire import read_cursor, write_cursor
from .where import AssetFilter, Where

MAX_PAGE = 1000


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder by its full path, and the number of files directly in it."""

    folder: Annotated[str, Meta(description="Empty: files without a folder.", examples=["summer"])]
    count: Annotated[int, Meta(examples=[1])]


class FolderPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of folders that contain matching files; ``next_cursor`` is null on the last page."""

    items: Sequence[Folder]
    next_cursor: str | None


_Cursor = Annotated[str, Meta(description="`next_cursor` of the previous page.", examples=[write_cursor("sprites")])]


class FolderQuery(AssetFilter, frozen=True, kw_only=True):
    """Which files are counted."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Folders a page.")] = MAX_PAGE
    cursor: _Cursor | None = None


# A loose index scan: one step for each folder, however many files it contains.
NAMES = """
WITH RECURSIVE step (folder) AS (
    (SELECT folder FROM asset WHERE user_id = $1 AND folder > $2 ORDER BY folder LIMIT 1)
    UNION ALL
    SELECT (SELECT asset.folder FROM asset WHERE user_id = $1 AND asset.folder > step.folder ORDER BY folder LIMIT 1)
      FROM step WHERE step.folder IS NOT NULL)
SELECT folder FROM step WHERE folder IS NOT NULL LIMIT $3
"""


def counting_statement(where: Where) -> str:
    """The matching files in each of these folders (the last parameter)."""
    return f"""
SELECT folder, count(*) AS count FROM asset WHERE {where.sql} AND folder = ANY ({where.numbered(1)}::text[])
 GROUP BY folder ORDER BY folder_key(folder), folder"""


async def list_folders(pool: Pool, *, user_id: int, query: FolderQuery) -> FolderPage:
    """A page of a user's folders that contain matching files.

    Raises:
        ProblemError: 422 for a cursor that is not from this list.
    """
    after = None if query.cursor is None else read_cursor(query.cursor, str)
    async with with_custom_plans(pool) as connection:
        where = await Where.read(connection, query, user_id=user_id)
        rows = await connection.fetch(NAMES, user_id, after or "", query.limit + 1)
        names = [row["folder"] for row in rows][: query.limit]
        if after is None:
            names.insert(0, "")
        counted = await connection.fetch(counting_statement(where), *where.values, names)
    items = [Folder(folder=folder, count=count) for folder, count in counted]
    return FolderPage(items=items, next_cursor=write_cursor(names[-1]) if len(rows) > query.limit else None)
