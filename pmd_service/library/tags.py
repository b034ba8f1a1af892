"""Hashtags of the library: how many files have each, their colours, and renaming, merging and removing them."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..assets.asset import lock_library
from ..base.database import Connection, Pool, find_one, lock, row_count, with_custom_plans
from ..base.telemetry import log
from ..http.errors import require
from ..http.etags import IfMatch
from ..http.selection import are
from ..http.wire import read_cursor, write_cursor
from ..identity.users import Actor
from ..locales import Sentence, translatable
from ..search.conditions import read_search
from ..search.language import file_tag, tag_term
from ..site.texts import MAX_TAG, file_hashtags, hashtags
from .smart_folders import follow_tags
from .where import FILES

MAX_PAGE = 1000
# Files of one call: each is written into the indexes of the list, and into that of the search.
MAX_RENAMED = 2_000
MAX_TAGS = 32

Color: TypeAlias = Literal["red", "orange", "yellow", "green", "teal", "blue", "violet", "pink"]
TagName = Annotated[
    str, Meta(min_length=1, max_length=MAX_TAG, description="A hashtag, without “#”.", examples=["sea"])
]
_Color = Annotated[Color | None, Meta(description="Null: none.", examples=["teal"])]


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag of the library's files."""

    name: Annotated[str, Meta(examples=["sea"])]
    color: _Color
    file_count: Annotated[int, Meta(description="Files outside the trash.", examples=[12])]

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares: a file more is no change of it."""
        return self.color


class TagPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of hashtags by name; ``next_cursor`` is null on the last one."""

    items: Sequence[Tag]
    next_cursor: str | None


_Cursor = Annotated[str, Meta(description="`next_cursor` of the previous page.", examples=[write_cursor("sea")])]


class TagQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A page of hashtags."""

    q: Annotated[str, Meta(min_length=1, max_length=MAX_TAG, description="Those that begin so.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Hashtags a page.")] = MAX_PAGE
    cursor: _Cursor | None = None


class TagEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of PATCH /api/pmd/tags/{tag}."""

    color: _Color


class TagsRename(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/tags/rename."""

    tags: Annotated[list[TagName], Meta(min_length=1, max_length=MAX_TAGS, examples=[["sea"]])]
    new_tag: Annotated[
        TagName | None,
        Meta(description="What these are called from now on; null takes them off their files.", examples=["ocean"]),
    ]


class TagsRenamed(msgspec.Struct, frozen=True, kw_only=True):
    """The result; repeat the call while files remain."""

    affected_count: Annotated[int, Meta(examples=[12])]
    remaining_count: Annotated[int, Meta(description="Files that still have one of them.", examples=[0])]
    message: Annotated[Sentence, Meta(examples=["12 files are changed."])]


# Files of a folder mostly have the same ones: these are read once.
_LIST = """
WITH used AS (
    SELECT tag, sum(file_count)::int AS file_count
      FROM (SELECT hashtags, count(*) AS file_count FROM asset
             WHERE user_id = $1 AND deleted_at IS NULL AND hashtags <> '{}'
             GROUP BY hashtags) AS alike
           CROSS JOIN LATERAL (SELECT DISTINCT unnest(hashtags)) AS each (tag)
     GROUP BY tag),
colored AS (SELECT tag, color FROM tag_color WHERE user_id = $1)
SELECT tag AS name, color, coalesce(file_count, 0) AS file_count
  FROM used FULL JOIN colored USING (tag)
 WHERE tag COLLATE "C" > $2 AND starts_with(tag, $3)
 ORDER BY tag COLLATE "C" LIMIT $4
"""
# $3: the tsquery by which an index finds the files.
_FIND = """
SELECT $2::text AS name, color, file_count
  FROM (SELECT count(*) AS all_count, count(*) FILTER (WHERE deleted_at IS NULL)::int AS file_count
          FROM asset WHERE lexemes @@ $3::text::tsquery AND user_id = $1 AND $2::text = ANY (hashtags)) AS used
  LEFT JOIN tag_color ON user_id = $1 AND tag = $2::text
 WHERE all_count > 0 OR color IS NOT NULL
"""
_COLOR = """
INSERT INTO tag_color (user_id, tag, color) VALUES ($1, $2, $3)
    ON CONFLICT (user_id, tag) DO UPDATE SET color = excluded.color
"""
_ADD_COLOR = """
INSERT INTO tag_color (user_id, tag, color) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING user_id
"""
_NO_COLOR = "DELETE FROM tag_color WHERE user_id = $1 AND tag = ANY ($2)"
_DROP_COLOR = "DELETE FROM tag_color WHERE user_id = $1 AND tag = $2 AND color = $3"
_WITH_TAGS = "lexemes @@ $2::text::tsquery AND user_id = $1 AND hashtags && $3::text[]"
# Where a file has the new one already, it is there once, at the first of their places.
_RENAME = f"""
WITH found AS MATERIALIZED (
    SELECT id FROM asset WHERE {_WITH_TAGS} ORDER BY id LIMIT $5)
UPDATE asset
   SET updated_at = now(), hashtags = ARRAY(
       SELECT tag
         FROM (SELECT CASE WHEN tag = ANY ($3) THEN $4 ELSE tag END AS tag, place
                 FROM unnest(hashtags) WITH ORDINALITY AS each (tag, place)) AS renamed
        WHERE tag IS NOT NULL GROUP BY tag ORDER BY min(place))
  FROM found
 WHERE asset.id = found.id
RETURNING asset.id
"""
_COUNT = f"SELECT count(*)::int FROM asset WHERE {_WITH_TAGS}"
_MOVE_COLOR = """
INSERT INTO tag_color (user_id, tag, color)
SELECT user_id, $3, color FROM tag_color WHERE user_id = $1 AND tag = ANY ($2) ORDER BY tag LIMIT 1
    ON CONFLICT (user_id, tag) DO NOTHING
"""


async def list_tags(pool: Pool, *, user_id: int, query: TagQuery) -> TagPage:
    """Raises: ProblemError: 422, a cursor that is not from this list."""
    after = "" if query.cursor is None else read_cursor(query.cursor, str)
    begin = file_tag((query.q or "").removeprefix("#")).replace("\0", "")
    async with with_custom_plans(pool) as connection:
        rows = await connection.fetch(_LIST, user_id, after, begin, query.limit + 1)
    tags = [Tag(**row) for row in rows[: query.limit]]
    return TagPage(items=tags, next_cursor=write_cursor(tags[-1].name) if len(rows) > query.limit else None)


async def find_tag(pool: Pool, *, user_id: int, tag: str) -> Tag | None:
    """A hashtag that some file has, be it in the trash, or that has a colour."""
    async with with_custom_plans(pool) as connection:
        return await _find(connection, user_id, file_tag(tag))


async def _find(connection: Connection, user_id: int, tag: str) -> Tag | None:
    query = None if "\0" in tag else await _query(connection, user_id, [tag])
    return None if query is None else await find_one(connection, Tag, _FIND, user_id, tag, query)


async def _query(connection: Connection, user_id: int, tags: Sequence[str]) -> str | None:
    """The tsquery of files with any of these; None: no file can have them."""
    text = " OR ".join(tag_term(tag) for tag in tags)
    return (await read_search(connection, FILES, text, owner_id=user_id)).query


async def color_tag(pool: Pool, actor: Actor, tag: str, body: TagEdit, match: IfMatch) -> Tag:
    """Raises: ProblemError: 404; 412."""
    name, user_id = file_tag(tag), actor.subject.id
    async with pool.acquire() as connection, connection.transaction():
        await lock(connection, "tags", user_id)
        match.require(require(await _find(connection, user_id, name), "hashtag"))
        if body.color is None:
            await connection.execute(_NO_COLOR, user_id, [name])
        else:
            await connection.execute(_COLOR, user_id, name, body.color)
        found = await _find(connection, user_id, name)
    return found or Tag(name=name, color=None, file_count=0)


async def add_color(connection: Connection, user_id: int, tag: str, color: Color) -> bool:
    """Give a tag without a colour this one; False if it has one."""
    return await connection.fetchval(_ADD_COLOR, user_id, tag, color) is not None


async def drop_color(connection: Connection, user_id: int, tag: str, color: str) -> bool:
    """Take this colour from a tag; False if it has another one, or none."""
    return row_count(await connection.execute(_DROP_COLOR, user_id, tag, color)) > 0


async def rename_tags(pool: Pool, actor: Actor, body: TagsRename) -> TagsRenamed:
    """Call some tags by another name on up to ``MAX_RENAMED`` files, or take them off; repeating it goes on.

    Colours and smart folders follow with the last file.

    Raises:
        ProblemError: 422, one is no hashtag.
    """
    user_id = actor.subject.id
    new = None if body.new_tag is None else file_hashtags([body.new_tag], path="$.new_tag")[0]
    # As files get them, and as files of before may have them.
    named = (*file_hashtags(body.tags, path="$.tags"), *hashtags(body.tags, path="$.tags"))
    old = [tag for tag in dict.fromkeys(named) if tag != new]
    async with pool.acquire() as connection, connection.transaction():
        query = await _query(connection, user_id, old) if old else None
        await lock_library(connection, user_id=user_id)
        files = await connection.fetch(_RENAME, user_id, query, old, new, MAX_RENAMED) if query else []
        remaining = await connection.fetchval(_COUNT, user_id, query, old) if len(files) == MAX_RENAMED else 0
        if not remaining:
            await _move(connection, user_id, old, new)
    log.info("tags_renamed", tags=len(old), files=len(files), remaining=remaining, user=actor.subject.sqid)
    message = are(len(files), "file", translatable("changed"))
    return TagsRenamed(affected_count=len(files), remaining_count=remaining, message=message)


async def _move(connection: Connection, user_id: int, old: Sequence[str], new: str | None) -> None:
    if new is not None:
        await connection.execute(_MOVE_COLOR, user_id, old, new)
        await follow_tags(connection, user_id, old, new)
    await connection.execute(_NO_COLOR, user_id, old)
