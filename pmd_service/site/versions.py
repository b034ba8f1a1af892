"""The files that posts have had: a post keeps its id, comments, reactions and date when its file is replaced.

A post has rows once its first file was replaced. What it shows is its newest version; a site may have changed that by
itself, which counts as one more version.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, find_one
from ..base.settings import Settings
from ..http.errors import conflict, not_found
from .posts import ARTWORK, LIVE_ARTWORK
from .rights import are_ours, takes_posts

# A list of them is short, and what one post keeps in the vault is bounded.
MAX_VERSIONS = 100


class PostVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a post shows or has shown."""

    number: Annotated[int, Meta(description="The first one's is 1.", examples=[2])]
    created_at: datetime
    is_current: bool
    sha256: Annotated[str | None, Meta(description="Null where it has not been read yet, or cannot be.")]
    size_bytes: Annotated[int | None, Meta(examples=[18_233])]
    width: Annotated[int | None, Meta(examples=[64])]
    height: Annotated[int | None, Meta(examples=[64])]
    frame_count: Annotated[int | None, Meta(examples=[1])]
    file_format: Annotated[str | None, Meta(examples=["png"])]
    thumbnail: Annotated[str, Meta(examples=["/api/pmd/posts/102/art?still=1&version=2"])]


class PostVersions(msgspec.Struct, frozen=True, kw_only=True):
    """All versions of a post, the newest first; a post without a file has none."""

    post_id: Annotated[int, Meta(examples=[102])]
    items: Sequence[PostVersion]

    @property
    def revision(self) -> int:
        return self.items[0].number if self.items else 0


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file for a post: ``art_url`` is ``/vault/`` and a key."""

    asset_id: int | None
    art_url: str
    sha256: str | None
    size_bytes: int | None
    width: int | None
    height: int | None
    frame_count: int | None
    file_format: str | None


_IS_THERE = f"SELECT EXISTS (SELECT FROM posts WHERE id = $1 AND owner_id = $2 AND {ARTWORK})"

# The file that the post shows, where that is no version with a row: of most posts, the only one.
_UNLISTED = """
  FROM posts
  LEFT JOIN object_sum AS sum ON sum.key = substring(art_url FROM length('/vault/') + 1)
 WHERE posts.id = $1 AND art_url IS NOT NULL
   AND art_url IS DISTINCT FROM
       (SELECT newest.art_url FROM post_version AS newest WHERE post_id = $1 ORDER BY number DESC LIMIT 1)
"""
_NEXT = "(SELECT coalesce(max(number), 0) + 1 FROM post_version WHERE post_id = $1)"

_LIST = f"""
SELECT number, created_at, sha256, size_bytes, width, height, frame_count, file_format
  FROM post_version WHERE post_id = $1
 UNION ALL
SELECT {_NEXT}, created_at, sum.sha256, file_bytes, width, height, frame_count, file_format {_UNLISTED}
 ORDER BY number DESC
"""

_LOCK = f"SELECT id FROM posts WHERE id = $1 AND owner_id = $2 AND {LIVE_ARTWORK} FOR NO KEY UPDATE"

_LIST_CURRENT = f"""
INSERT INTO post_version (post_id, owner_id, number, asset_id, art_url, sha256, size_bytes, width, height, frame_count,
                          file_format, disclosed, created_at)
SELECT $1, owner_id, {_NEXT}, (SELECT max(id) FROM asset WHERE user_id = owner_id AND asset.post_id = $1), art_url,
       sum.sha256, file_bytes, width, height, frame_count, file_format,
       coalesce((SELECT disclosed FROM post_disclosure WHERE post_disclosure.post_id = $1), '{{}}'), created_at
{_UNLISTED}
"""

_ADD = f"""
INSERT INTO post_version (post_id, owner_id, number, asset_id, art_url, sha256, size_bytes, width, height, frame_count,
                          file_format, disclosed)
VALUES ($1, $2, {_NEXT}, $3, $4, $5, $6, $7, $8, $9, $10,
        coalesce((SELECT disclosed FROM post_disclosure WHERE post_disclosure.post_id = $1), '{{}}'))
"""

_SHOW = """
UPDATE posts
   SET art_url = version.art_url, width = version.width, height = version.height, frame_count = version.frame_count,
       file_format = version.file_format, file_bytes = version.size_bytes
  FROM (SELECT * FROM post_version WHERE post_id = $1 ORDER BY number DESC LIMIT 1) AS version
 WHERE id = version.post_id
"""

# The library says which file the post shows; one that is published as another post by now is left there. A file that is
# itself a version stays linked, so that it is not purged.
_UNLINK = """
UPDATE asset SET post_id = NULL, updated_at = now()
 WHERE user_id = $2 AND post_id = $1 AND id IS DISTINCT FROM $3
   AND path <> ALL (SELECT art_url FROM post_version WHERE post_version.post_id = $1)
"""
_LINK = "UPDATE asset SET post_id = $1, updated_at = now() WHERE id = $3 AND user_id = $2 AND post_id IS NULL"

_MAY_WRITE = """
SELECT bool_and(has_column_privilege(attrelid, attnum, 'UPDATE') AND pg_column_is_updatable(attrelid, attnum, false))
  FROM pg_attribute
 WHERE attrelid = to_regclass('posts')
   AND attname IN ('art_url', 'width', 'height', 'frame_count', 'file_format', 'file_bytes')
"""


async def find_versions(connection: Connection | Pool, *, owner_id: int, post_id: int) -> PostVersions | None:
    """All versions of one of the owner's posts; None if there is no such post."""
    if not await connection.fetchval(_IS_THERE, post_id, owner_id):
        return None
    rows = await connection.fetch(_LIST, post_id)
    items = [
        PostVersion(
            **row,
            is_current=place == 0,
            thumbnail=f"/api/pmd/posts/{post_id}/art?still=1&version={row['number']}",
        )
        for place, row in enumerate(rows)
    ]
    return PostVersions(post_id=post_id, items=items)


async def require_replaceable(connection: Connection | Pool, settings: Settings) -> None:
    """Raises: ProblemError: 409, only the site writes what posts show."""
    is_taken = takes_posts(settings, stands_alone=await are_ours(connection))
    if not (is_taken and await connection.fetchval(_MAY_WRITE)):
        raise conflict("The files of posts cannot be replaced from here: replace them on the site itself.")


async def lock_versions(connection: Connection, *, owner_id: int, post_id: int) -> PostVersions:
    """The versions of a post, which nobody else changes until the transaction ends; the current one has a row then.

    Raises:
        ProblemError: 404, there is no such post, or it is deleted; 409, it has as many versions as it may.
    """
    if await connection.fetchval(_LOCK, post_id, owner_id) is None:
        raise not_found("post")
    await connection.execute(_LIST_CURRENT, post_id)
    versions = await find_versions(connection, owner_id=owner_id, post_id=post_id)
    assert versions is not None, "it is locked"
    if len(versions.items) >= MAX_VERSIONS:
        raise conflict(
            f"This post has {MAX_VERSIONS} versions, and a post keeps no more: publish the file as a new post."
        )
    return versions


async def add_version(connection: Connection, *, owner_id: int, post_id: int, file: NewFile) -> None:
    """Let the post show this file, under ``lock_versions``; write first what the file discloses."""
    await connection.execute(_ADD, post_id, owner_id, *msgspec.structs.astuple(file))
    await connection.execute(_SHOW, post_id)
    await connection.execute(_UNLINK, post_id, owner_id, file.asset_id)
    await connection.execute(_LINK, post_id, owner_id, file.asset_id)


class OldVersion(NewFile, frozen=True, kw_only=True):
    """The row of a version."""

    disclosed: Sequence[str]


_ONE = """
SELECT asset_id, art_url, sha256, size_bytes, width, height, frame_count, file_format, disclosed
  FROM post_version WHERE post_id = $1 AND number = $2
"""
_ART_URL = f"""
SELECT coalesce((SELECT version.art_url FROM post_version AS version WHERE post_id = $1 AND number = $3),
                CASE WHEN $3 = {_NEXT} THEN art_url END)
  FROM posts WHERE id = $1 AND owner_id = $2 AND {ARTWORK}
"""


async def find_version(connection: Connection, *, post_id: int, number: int) -> OldVersion | None:
    """A version of a post that is locked."""
    return await find_one(connection, OldVersion, _ONE, post_id, number)


async def find_version_url(connection: Connection | Pool, *, owner_id: int, post_id: int, number: int) -> str | None:
    """Where the file of a version of one of the owner's posts is."""
    art_url: str | None = await connection.fetchval(_ART_URL, post_id, owner_id, number)
    return art_url
