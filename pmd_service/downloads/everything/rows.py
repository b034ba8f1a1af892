"""What a takeout is made of, read in pages while it is written."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from mimetypes import guess_type
from pathlib import PurePosixPath
from typing import Any, Generic, NamedTuple, TypeVar

import asyncpg
import msgspec

from ...archive.names import ArchiveNames, safe_name
from ...base.database import Connection, Pool, find_all
from ...base.public_ids import PublicIds
from ...portable.records import LINES, FileRecord, PackedFile, PostRecord, TakenFile, TakeoutPart
from ...site.details import joined_details
from ...site.posts import LIVE_ARTWORK, VISIBLE_COMMENT
from ..taken import TAKEN_FILE

PAGE = 1000
_EPOCH = datetime(1, 1, 2, tzinfo=UTC)
# What Python 3.11 does not know.
_MEDIA_TYPES = {"webp": "image/webp", "avif": "image/avif", "apng": "image/apng", "ogg": "audio/ogg"}

R = TypeVar("R", bound=PostRecord | FileRecord)


class Taken(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """A post or a file of the library, its path in the archive, and its file's address."""

    post_id: int
    art_url: str
    path: str
    record: R
    title: str | None
    sqid: str


_POSTS = f"""
SELECT posts.id, public_sqid, posts.title, posts.description, hashtags, licenses.identifier AS license,
       posts.created_at,
       hidden_by_user AS is_hidden, hidden_by_mod AS is_hidden_by_moderator, view_count, width, height, frame_count,
       file_format, art_url, coalesce(disclosed, '{{}}') AS discloses, details.alt_text, details.content_warnings,
       ai_disclosure, ai_opt_out, series.name AS series, series.id AS series_id,
       (SELECT count(*)::int FROM series_post AS earlier
         WHERE earlier.series_id = series_post.series_id
           AND (earlier.position, earlier.post_id) <= (series_post.position, series_post.post_id)) AS series_position,
       coalesce((SELECT max(number) FROM post_version WHERE post_version.post_id = posts.id), 1) AS version
  FROM (SELECT * FROM posts
         WHERE owner_id = $1 AND {LIVE_ARTWORK} AND (created_at, id) > ($2, $3::bigint)
         ORDER BY created_at, id LIMIT {PAGE}) AS posts
  LEFT JOIN licenses ON licenses.id = license_id
  LEFT JOIN post_disclosure ON post_disclosure.post_id = posts.id
  LEFT JOIN series_post ON series_post.post_id = posts.id
  LEFT JOIN series ON series.id = series_post.series_id {joined_details("posts")}
 ORDER BY posts.created_at, posts.id
"""

_FILES = f"""
SELECT asset.id, asset.path, asset.name, asset.folder, asset.original_path, asset.type, asset.file_format,
       asset.mime_type, asset.width, asset.height, asset.frame_count, asset.duration_sec, asset.samplerate_hz,
       asset.theme, asset.source, asset.provenance, asset.hashtags, licenses.identifier AS license, asset.attribution,
       asset.note, asset.rating, asset.label, asset.approved, asset.rejected_at, parent.hash AS parent,
       posts.id AS shown_as, public_sqid, asset.generation, asset.alt_text, asset.content_warnings, asset.ai_opt_out,
       asset.created_at, asset.updated_at, asset.hash,
       asset.size_bytes
  FROM (SELECT * FROM asset
         WHERE {TAKEN_FILE} AND (created_at, id) > ($2, $3::bigint)
         ORDER BY created_at, id LIMIT {PAGE}) AS asset
  LEFT JOIN asset AS parent ON parent.id = asset.parent_asset_id AND parent.user_id = $1
  LEFT JOIN licenses ON licenses.id = asset.license_id
  LEFT JOIN (SELECT * FROM posts WHERE owner_id = $1 AND {LIVE_ARTWORK}) AS posts ON posts.id = asset.post_id
 ORDER BY created_at, id
"""

_PUBLISHED_FROM = """
SELECT DISTINCT ON (post_id) post_id, hash FROM asset
 WHERE user_id = $1 AND post_id = ANY ($2) AND deleted_at IS NULL
 ORDER BY post_id, created_at DESC, id DESC
"""

_ART_URLS = f"""
SELECT art_url FROM posts WHERE owner_id = $1 AND {LIVE_ARTWORK} AND art_url IS NOT NULL AND 'posts' = ANY ($2)
 UNION ALL SELECT path FROM asset WHERE {TAKEN_FILE} AND 'library' = ANY ($2)
"""

# Of others below the user's posts, then the user's own below any.
_COMMENTS = f"""
SELECT comments.id::text AS id, posts.id AS post_id, posts.public_sqid, posts.title AS post_title,
       owners.handle AS post_author, authors.handle AS author, comments.author_id IS NOT DISTINCT FROM $1 AS is_own,
       comments.body, comments.created_at
  FROM (SELECT * FROM comments
         WHERE post_id IN (SELECT id FROM posts WHERE owner_id = $1 AND {LIVE_ARTWORK}) AND {VISIBLE_COMMENT}
           AND author_id IS DISTINCT FROM $1
         UNION ALL SELECT * FROM comments WHERE author_id = $1 AND {VISIBLE_COMMENT}) AS comments
  JOIN posts ON posts.id = comments.post_id
  LEFT JOIN users AS owners ON owners.id = posts.owner_id
  LEFT JOIN users AS authors ON authors.id = comments.author_id
"""

_REACTIONS = f"""
SELECT posts.id AS post_id, posts.public_sqid, owners.handle AS post_author, emoji, counted.count, counted.is_own,
       counted.created_at
  FROM (SELECT post_id, emoji, count(*)::int AS count, false AS is_own, max(created_at) AS created_at
          FROM reactions
         WHERE post_id IN (SELECT id FROM posts WHERE owner_id = $1 AND {LIVE_ARTWORK})
           AND user_id IS DISTINCT FROM $1
         GROUP BY post_id, emoji
         UNION ALL SELECT post_id, emoji, 1, true, created_at FROM reactions WHERE user_id = $1) AS counted
  JOIN posts ON posts.id = counted.post_id
  LEFT JOIN users AS owners ON owners.id = posts.owner_id
"""

_REPORTS = """
SELECT asset.hash AS file, file_name, outcome, facts, findings, reports.created_at
  FROM asset JOIN reports ON reports.asset_id = asset.id
 WHERE asset.user_id = $1 AND asset.deleted_at IS NULL
"""

_UPLOADS = """
SELECT name, status, total_files, successful_files, failed_files, created_at, completed_at
  FROM batch_reports WHERE user_id = $1 ORDER BY created_at, id
"""

_SERIES = f"""
SELECT series.id, series.name, series.description, series.created_at, posts.id AS post_id, posts.public_sqid
  FROM series
  LEFT JOIN (SELECT * FROM posts WHERE owner_id = $1 AND {LIVE_ARTWORK}) AS posts ON posts.id = cover_post_id
 WHERE user_id = $1 ORDER BY series.created_at, series.id
"""

# Published ones are posts; a file in the trash is left out, and its draft with it.
_DRAFTS = """
SELECT asset.hash AS file, draft.title, draft.description, draft.hashtags, draft.alt_text, draft.content_warnings,
       licenses.identifier AS license, draft.ai_disclosure, draft.ai_opt_out, draft.marks, draft.is_hidden,
       series.name AS series, series.id AS series_id, draft.due_at, is_placed_by_hand, posted_at
  FROM draft
  JOIN asset ON asset.id = draft.asset_id AND asset.user_id = $1 AND asset.deleted_at IS NULL
  LEFT JOIN licenses ON licenses.id = draft.license_id
  LEFT JOIN series ON series.id = draft.series_id AND series.user_id = $1
 WHERE draft.user_id = $1 AND draft.status <> 'published' ORDER BY draft.position, draft.id
"""

_PACKS = """
SELECT pack.id, name, slug, theme, description, license_type, licenses.identifier AS license, custom_license, marks,
       layout, created_at, updated_at
  FROM pack LEFT JOIN licenses ON licenses.id = license_id
 WHERE user_id = $1 AND deleted_at IS NULL
 ORDER BY created_at, id
"""

_PACKED = """
SELECT hash AS sha256, notes, pack_asset.path
  FROM pack_asset JOIN asset ON asset.id = asset_id
 WHERE pack_id = $1 AND user_id = $2
 ORDER BY order_index, asset_id
"""

_EDITIONS = """
SELECT edition, version, changes, built_at, asset_count, key, etag, size_bytes, sha256, crc32
  FROM pack_edition WHERE pack_id = $1 ORDER BY edition
"""


class PackRow(msgspec.Struct, frozen=True, kw_only=True):
    """A pack without its files and editions."""

    id: int
    name: str
    slug: str
    theme: str | None
    description: str | None
    license_type: str
    license: str | None
    custom_license: str | None
    marks: str
    layout: str
    created_at: datetime
    updated_at: datetime


class EditionRow(msgspec.Struct, frozen=True, kw_only=True):
    """An edition's archive in the vault; checksums are not known yet if it has just been built."""

    edition: int
    version: str | None
    changes: str | None
    built_at: datetime
    asset_count: int
    key: str
    etag: str | None
    size_bytes: int
    sha256: str | None
    crc32: int | None


async def post_pages(pool: Pool, ids: PublicIds, user_id: int) -> AsyncGenerator[Sequence[Taken[PostRecord]]]:
    """All live artworks of the user, hidden ones too, by their date."""
    async for rows in _pages(pool, _POSTS, user_id):
        files = dict(map(tuple, await pool.fetch(_PUBLISHED_FROM, user_id, [row["id"] for row in rows])))
        yield [_post(row, ids.of(row["id"], row["public_sqid"]), files.get(row["id"])) for row in rows]


async def file_pages(pool: Pool, ids: PublicIds, user_id: int) -> AsyncGenerator[Sequence[Taken[FileRecord]]]:
    """All files of the library that a takeout has, by their date."""
    names: dict[str, ArchiveNames] = {}  # by folder; some file systems ignore case
    async for rows in _pages(pool, _FILES, user_id):
        yield [_file(row, ids, names) for row in rows]


async def _pages(pool: Pool, query: str, user_id: int) -> AsyncGenerator[Sequence[asyncpg.Record]]:
    after: tuple[datetime, int] = (_EPOCH, 0)
    while rows := await pool.fetch(query, user_id, *after):
        yield rows
        after = rows[-1]["created_at"], rows[-1]["id"]


def _post(row: asyncpg.Record, sqid: str, library_file: str | None) -> Taken[PostRecord]:
    art_url = row["art_url"] or ""
    extension = row["file_format"] or PurePosixPath(art_url.partition("?")[0]).suffix or "png"
    # The number makes it unique where case is ignored, and the same in each takeout.
    name = safe_name(f"{row['id']}-{sqid}", extension)
    values = {name: row[name] for name in _POST_FIELDS}
    values |= {"hashtags": row["hashtags"] or [], "series_position": row["series_position"] if row["series"] else None}
    record = PostRecord(**values, id=sqid, file=_unread(name), library_file=library_file)
    path = f"posts/{row['created_at'].astimezone(UTC).year}/{name}"
    return Taken(post_id=row["id"], art_url=art_url, path=path, record=record, title=row["title"], sqid=sqid)


def _file(row: asyncpg.Record, ids: PublicIds, names: dict[str, ArchiveNames]) -> Taken[FileRecord]:
    folder = "/".join(safe_name(part, "") for part in row["folder"].split("/") if part)
    stem, _, extension = row["name"].rpartition(".")
    taken = names.setdefault(folder.casefold(), ArchiveNames())
    name = taken.unique(stem or row["name"], extension if stem else "", beside=".json")
    shown_as = None if row["shown_as"] is None else ids.of(row["shown_as"], row["public_sqid"])
    values = {name: row[name] for name in _FILE_FIELDS}
    file = TakenFile(path=None, is_included=False, sha256=row["hash"], size_bytes=row["size_bytes"],
                     media_type=row["mime_type"])  # fmt: skip
    record = msgspec.convert(values | {"post": shown_as, "file": file}, FileRecord)
    path = "/".join(filter(None, ("library", folder, name)))
    return Taken(
        post_id=row["id"], art_url=row["path"], path=path, record=record, title=row["name"], sqid=str(row["id"])
    )


_POST_FIELDS = [name for name in PostRecord.__struct_fields__ if name not in ("id", "hashtags", "file", "library_file")]
_FILE_FIELDS = [name for name in FileRecord.__struct_fields__ if name not in ("post", "file")]


def _unread(name: str) -> TakenFile:
    media_type = _media_type(name.rpartition(".")[2])
    return TakenFile(path=None, is_included=False, sha256=None, size_bytes=None, media_type=media_type)


@lru_cache(maxsize=256)
def _media_type(ending: str) -> str:
    return _MEDIA_TYPES.get(ending) or guess_type(f"name.{ending}")[0] or "application/octet-stream"


async def load_art_urls(connection: Connection | Pool, user_id: int, parts: Sequence[TakeoutPart]) -> Sequence[str]:
    """The addresses of all files of the user in these parts."""
    return [row[0] for row in await connection.fetch(_ART_URLS, user_id, parts)]


class Streamed(NamedTuple):
    """A document that is read while it is written: its query, the record's field of a post, and the parts it is in."""

    query: str
    post: str | None
    parts: Sequence[TakeoutPart]


STREAMED: Mapping[str, Streamed] = {
    "data/series.jsonl": Streamed(_SERIES, "cover", ("posts", "drafts")),
    "data/drafts.jsonl": Streamed(_DRAFTS, None, ("drafts",)),
    "data/comments.jsonl": Streamed(_COMMENTS, "post", ("posts",)),
    "data/reactions.jsonl": Streamed(_REACTIONS, "post", ("posts",)),
    "data/reports.jsonl": Streamed(_REPORTS, None, ("library",)),
    "data/uploads.jsonl": Streamed(_UPLOADS, None, ("library",)),
}


async def lines(
    connection: Connection, ids: PublicIds, user_id: int, path: str
) -> AsyncGenerator[Sequence[msgspec.Struct]]:
    """The records of one of ``STREAMED``, through a cursor: a post may have a million comments."""
    query, post, _ = STREAMED[path]
    async with connection.transaction(readonly=True):
        cursor = await connection.cursor(query, user_id)
        while rows := await cursor.fetch(PAGE):
            yield [LINES[path](**_named(dict(row), ids, post)) for row in rows]


def _named(values: dict[str, Any], ids: PublicIds, post: str | None) -> dict[str, Any]:
    if post:
        post_id, sqid = values.pop("post_id"), values.pop("public_sqid")
        values[post] = None if post_id is None else ids.of(post_id, sqid)
    return values


async def load_packs(connection: Connection | Pool, user_id: int) -> Sequence[PackRow]:
    return await find_all(connection, PackRow, _PACKS, user_id)


async def load_packed(connection: Connection | Pool, user_id: int, pack_id: int) -> Sequence[PackedFile]:
    return await find_all(connection, PackedFile, _PACKED, pack_id, user_id)


async def load_editions(connection: Connection | Pool, pack_id: int) -> Sequence[EditionRow]:
    """The pack's editions, oldest first."""
    return await find_all(connection, EditionRow, _EDITIONS, pack_id)
