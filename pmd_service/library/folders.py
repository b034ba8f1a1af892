"""The folders of a library's files, and the number of files in each (GET /assets/folders)."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Pool, with_custom_plans
from ..http.errors import bad_request
from ..http.wire import read_cursor, write_cursor
from .where import AssetFilter, Where

MAX_PAGE = 1000
# Up to this number of files in a page's folders the counts are exact; beyond it, lower bounds.
MAX_COUNTED = 50_000


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder by its full path, and the number of files directly in it."""

    folder: Annotated[str, Meta(description="Empty: files without a folder.", examples=["summer"])]
    count: Annotated[int, Meta(examples=[1])]
    is_exact: Annotated[bool, Meta(description="False: the count is a lower bound.", examples=[True])] = True


class FolderPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of folders that contain matching files; ``next_cursor`` is null on the last page."""

    items: Sequence[Folder]
    next_cursor: str | None


_Cursor = Annotated[str, Meta(description="`next_cursor` of the previous page.", examples=[write_cursor("sprites")])]


class FolderQuery(AssetFilter, frozen=True, kw_only=True):
    """Which files are counted; `q` is ignored."""

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
    """The matching files in each of these folders (the last parameter), among one more file than is counted."""
    in_index = " AND ".join([where.base, where.without("")])
    return f"""
SELECT folder, count(*) AS count
  FROM (SELECT folder FROM asset WHERE {in_index} AND folder = ANY (${len(where.values) + 2}::text[])
         LIMIT {MAX_COUNTED + 1}) AS some_files
 GROUP BY folder ORDER BY folder_key(folder), folder"""


async def list_folders(pool: Pool, *, user_id: int, asked: FolderQuery) -> FolderPage:
    """A page of a user's folders.

    With more files than are counted, every folder is listed, some with too few files or none.

    Raises:
        ProblemError: 400 for a cursor that is not from this list.
    """
    where, after = await Where.read(pool, asked), _after(asked.cursor)
    async with with_custom_plans(pool) as connection:
        rows = await connection.fetch(NAMES, user_id, after or "", asked.limit + 1)
        names = [row["folder"] for row in rows][: asked.limit]
        if after is None:
            names.insert(0, "")
        counted = await connection.fetch(counting_statement(where), user_id, *where.values, names)
    is_exact = sum(row["count"] for row in counted) <= MAX_COUNTED
    items = [Folder(folder=folder, count=count, is_exact=is_exact) for folder, count in counted]
    if not is_exact:
        missed = set(names).difference(item.folder for item in items)
        items += [Folder(folder=name, count=0, is_exact=False) for name in sorted(missed)]
    return FolderPage(items=items, next_cursor=write_cursor(names[-1]) if len(rows) > asked.limit else None)


def _after(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    after = read_cursor(cursor, str)
    if "\0" in after:
        raise bad_request("This cursor is not from this list.", path="?cursor")
    return after
