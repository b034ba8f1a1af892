"""The contents of an archive: artworks with their names, and the documents about them (seed 000).

Posts are read again when the archive is built: those deleted or transferred since the request are left out and
reported. So are playlists, which PMD excludes.
"""

import itertools
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import PurePosixPath
from typing import IO, Literal
from uuid import UUID

import asyncpg
import msgspec

from ..archive.names import ArchiveNames
from ..base.database import Connection, Pool
from ..base.public_ids import PublicIds
from ..locales import translatable
from ..portable.records import MissingRecord
from ..site.ai_rights import POST_OPTS_OUT
from ..site.posts import ARTWORK, VISIBLE_COMMENT


class Artwork(msgspec.Struct, frozen=True, kw_only=True):
    """One artwork of the request: its record in metadata.json, and its file's address."""

    post_id: int
    art_url: str
    record: "ArtworkRecord"

    @property
    def path(self) -> str:
        """In the archive."""
        return f"artworks/{self.record.filename}"


class ArtworkRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An artwork in metadata.json; ``filename`` is its name below ``artworks/``.

    ``tells`` lists the personal metadata that its file was deliberately published with; ``version`` counts the files
    that the post has shown. The files are as they were posted: that one may not be used for training AI is stated here.
    """

    sqid: str
    filename: str
    title: str | None
    description: str | None
    created_at: datetime
    width: int | None
    height: int | None
    frame_count: int | None
    file_format: str | None
    hashtags: Sequence[str]
    license: str | None
    tells: Sequence[Literal["place", "author"]] = ()
    version: int = 1
    ai_opt_out: bool = False


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The head of metadata.json; ``artwork_count`` is the number of artworks in the archive."""

    generated_at: datetime
    user_handle: str
    artwork_count: int
    requested_count: int


class Metadata(Summary, frozen=True, kw_only=True):
    """All of metadata.json."""

    artworks: Sequence[ArtworkRecord]
    missing: Sequence[MissingRecord]


class Records:
    """Collects the rendered records of metadata.json while the archive is written; spools many to a file."""

    def __init__(self) -> None:
        self.sqids: dict[int, str] = {}  # of the artworks in the archive, by post id
        self._rendered: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES)  # noqa: SIM115 - see close

    def add(self, artworks: Sequence[Artwork]) -> None:
        """Blocks only if there are very many."""
        if artworks:
            self._rendered.write(b"," if self.sqids else b"")
            self._rendered.write(_items((artwork.record for artwork in artworks), depth=1))
            self.sqids |= {artwork.post_id: artwork.record.sqid for artwork in artworks}

    async def metadata_json(self, summary: Summary, missing: Sequence[MissingRecord]) -> AsyncGenerator[bytes, None]:
        """metadata.json in chunks: the summary's fields, then ``artworks`` and ``missing``."""
        yield render(summary)[:-2] + b',\n  "artworks": ['
        self._rendered.seek(0)
        while chunk := self._rendered.read(CHUNK_BYTES):
            yield chunk
        closing = b"\n  ]" if self.sqids else b"]"
        yield closing + b',\n  "missing": [' + _items(missing, depth=1) + (b"\n  ]" if missing else b"]") + b"\n}"

    def close(self) -> None:
        self._rendered.close()


class CommentRecord(msgspec.Struct, frozen=True):
    """A comment in comments.json."""

    id: UUID
    author_handle: str
    body: str
    created_at: datetime


class Comments(msgspec.Struct, frozen=True, kw_only=True):
    """comments.json: visible comments by the artwork's sqid, oldest first."""

    generated_at: datetime
    comments_by_artwork: Mapping[str, Sequence[CommentRecord]]


class Reactions(msgspec.Struct, frozen=True, kw_only=True):
    """reactions.json: the count of each emoji by the artwork's sqid."""

    generated_at: datetime
    reactions_by_artwork: Mapping[str, Mapping[str, int]]


COMMENTS_PER_FETCH = 1000  # rows in memory
CHUNK_BYTES = 256 << 10
SPOOLED_BYTES = 4 << 20  # of records in memory

_POSTS = f"""
SELECT wanted.id, posts.owner_id = $2 AND {ARTWORK} AS is_owned, posts.deleted_by_user,
       posts.public_sqid, posts.title, posts.description, posts.created_at, posts.width, posts.height,
       posts.frame_count, posts.file_format, posts.hashtags, posts.art_url, licenses.identifier AS license,
       coalesce(disclosed, '{{}}') AS tells,
       coalesce((SELECT max(number) FROM post_version WHERE post_version.post_id = wanted.id), 1) AS version,
       {POST_OPTS_OUT} AS ai_opt_out
  FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (id, position)
  LEFT JOIN posts ON posts.id = wanted.id
  LEFT JOIN licenses ON licenses.id = posts.license_id
  LEFT JOIN post_disclosure ON post_disclosure.post_id = wanted.id
 ORDER BY wanted.position
"""

_ART_URLS = "SELECT art_url FROM posts WHERE id = ANY($1) AND art_url IS NOT NULL"

# Postgres renders each ``CommentRecord``, indented like ``render``: decoding its columns and encoding them here
# would cost half as much again.
_COMMENTS = f"""
SELECT comments.post_id,
       E'\\n      {{\\n        "id": "' || comments.id
       || E'",\\n        "author_handle": ' || to_json(coalesce(users.handle, 'anonymous'))
       || E',\\n        "body": ' || to_json(comments.body)
       || E',\\n        "created_at": ' || rtrim(to_json(comments.created_at AT TIME ZONE 'UTC')::text, '"')
       || E'Z"\\n      }}' AS rendered
  FROM (SELECT * FROM comments WHERE post_id = ANY($1) AND {VISIBLE_COMMENT}) AS comments
  LEFT JOIN users ON users.id = comments.author_id
 ORDER BY comments.post_id, comments.created_at, comments.id
"""

_REACTIONS = """
SELECT post_id, emoji, count(*) AS count
  FROM reactions
 WHERE post_id = ANY($1)
 GROUP BY post_id, emoji
 ORDER BY post_id, count DESC, emoji
"""


async def load_artworks(
    connection: Connection | Pool,
    ids: PublicIds,
    *,
    owner_id: int,
    post_ids: Sequence[int],
) -> tuple[list[Artwork], list[MissingRecord]]:
    """The artworks of these posts in their order, and those that are not available any more."""
    artworks, missing, names = [], [], ArchiveNames()
    for row in await connection.fetch(_POSTS, post_ids, owner_id):
        sqid = ids.of(row["id"], row["public_sqid"])
        reason = _why_not(row)
        if reason is not None:
            title = row["title"] if row["is_owned"] else None
            missing.append(MissingRecord(sqid=sqid, title=title, reason=reason))
            continue
        filename = names.unique(sqid, _extension(row["file_format"], row["art_url"]))
        record = ArtworkRecord(
            sqid=sqid,
            filename=filename,
            title=row["title"],
            description=row["description"],
            created_at=row["created_at"],
            width=row["width"],
            height=row["height"],
            frame_count=row["frame_count"],
            file_format=row["file_format"],
            hashtags=row["hashtags"] or [],
            license=row["license"],
            tells=row["tells"],
            version=row["version"],
            ai_opt_out=row["ai_opt_out"],
        )
        artworks.append(Artwork(post_id=row["id"], art_url=row["art_url"], record=record))
    return artworks, missing


async def load_art_urls(connection: Connection | Pool, post_ids: Sequence[int]) -> Sequence[str]:
    return [row[0] for row in await connection.fetch(_ART_URLS, post_ids)]


def _why_not(row: asyncpg.Record) -> str | None:
    if not row["is_owned"]:
        return translatable("The post no longer exists.")
    if row["deleted_by_user"]:
        return translatable("The post was deleted after the request.")
    if not row["art_url"]:
        return translatable("The post has no artwork file.")
    return None


def _extension(file_format: str | None, art_url: str) -> str:
    return file_format or PurePosixPath(art_url.partition("?")[0]).suffix or "png"


async def comments_json(connection: Connection, sqids: Mapping[int, str]) -> AsyncGenerator[bytes, None]:
    """comments.json in chunks: visible comments by the artwork's sqid, oldest first.

    A post may have a million of them: they are streamed through a cursor, formatted like ``render``.
    """
    pending = bytearray(b'{\n  "generated_at": %b,\n  "comments_by_artwork": {' % msgspec.json.encode(now()))
    last_post: int | None = None
    async with connection.transaction(readonly=True):
        cursor = await connection.cursor(_COMMENTS, list(sqids))
        is_end = False
        while not is_end:
            rows = await cursor.fetch(COMMENTS_PER_FETCH)
            is_end = len(rows) < COMMENTS_PER_FETCH
            for post_id, of_post in itertools.groupby(rows, key=itemgetter(0)):
                if post_id != last_post:
                    pending += b"" if last_post is None else b"\n    ],"
                    pending += b"\n    %b: [" % msgspec.json.encode(sqids[post_id])
                    last_post = post_id
                else:
                    pending += b","
                pending += ",".join([row["rendered"] for row in of_post]).encode()
            if len(pending) >= CHUNK_BYTES:
                yield bytes(pending)
                pending.clear()
    pending += b"}\n}" if last_post is None else b"\n    ]\n  }\n}"
    yield bytes(pending)


def _items(records: Iterable[msgspec.Struct], *, depth: int) -> bytes:
    """The contents of a list without its brackets, encoded and indented in one call, which is cheaper than each."""
    listed = msgspec.json.format(msgspec.json.encode(list(records)), indent=2)
    return listed[1:-2].replace(b"\n", b"\n" + b"  " * depth)


async def load_reactions(connection: Connection, sqids: Mapping[int, str]) -> Reactions:
    by_artwork: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in await connection.fetch(_REACTIONS, list(sqids)):
        by_artwork[sqids[row["post_id"]]][row["emoji"]] = row["count"]
    return Reactions(generated_at=now(), reactions_by_artwork=by_artwork)


def render(document: msgspec.Struct) -> bytes:
    """A document as indented UTF-8."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2)


def now() -> datetime:
    """The current time in whole seconds, as the documents have it."""
    return datetime.now(UTC).replace(microsecond=0)
