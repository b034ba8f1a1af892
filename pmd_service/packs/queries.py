"""Packs as their owner sees them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import asyncpg
import msgspec

from ..database import Connection, Pool
from ..http.wire import Cursor
from .contents import PackFile
from .licensing import LicenseType

MAX_PAGE = 100
KEPT_EDITIONS = 3


class PackExport(msgspec.Struct, frozen=True, kw_only=True):
    """The pack's last export: a task; ``progress`` is per cent."""

    id: int
    status: Literal["pending", "running", "completed", "failed", "cancelled"]
    progress: float
    step: str | None
    error_message: str | None
    created_at: datetime


class PackEdition(msgspec.Struct, frozen=True, kw_only=True):
    """One built archive; ``hash`` is its SHA-256."""

    edition: int
    size_bytes: int
    hash: str
    asset_count: int
    built_at: datetime
    download_url: str


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """A pack. ``edition`` is the newest that has been built, 0 before; ``license_text`` is its LICENSE.txt."""

    id: int
    name: str
    slug: str
    theme: str | None
    description: str | None
    license_type: LicenseType
    license_id: int | None
    license_identifier: str | None
    license_text: str | None
    asset_count: int
    total_size_bytes: int
    total_size_mb: float
    edition: int
    exported_at: datetime | None
    export_bytes: int | None
    export_hash: str | None
    download_url: str | None
    download_count: int
    created_at: datetime
    updated_at: datetime
    export: PackExport | None


class PackPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[Pack]
    next_cursor: str | None
    total_count: int


class PackedAsset(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a pack, in the pack's order."""

    asset_id: int
    name: str
    type: Literal["image", "audio", "video"]
    file_format: str
    size_bytes: int
    license_identifier: str | None
    attribution: str | None
    provenance: str
    notes: str | None


class PackDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A pack with its files and its editions, the newest first."""

    pack: Pack
    assets: Sequence[PackedAsset]
    editions: Sequence[PackEdition]


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """Where an edition's archive lies, to be served."""

    slug: str
    edition: int
    key: str
    etag: str | None
    size_bytes: int


_PACK = """
SELECT pack.id, pack.user_id, name, slug, theme, description, license_type, license_id,
       licenses.identifier AS license_identifier, license_text, asset_count, total_size_bytes, total_size_mb, edition,
       exported_at, export_bytes, export_hash, download_count, pack.created_at, updated_at,
       (SELECT jsonb_build_object('id', job.id, 'status', status, 'progress', progress, 'step', step,
                                  'error_message', error_message, 'created_at', job.created_at)
          FROM job
         WHERE job.pack_id = pack.id
         ORDER BY job.id DESC
         LIMIT 1) AS export
  FROM pack LEFT JOIN licenses ON licenses.id = license_id
"""

_LIST = f"""
{_PACK}
 WHERE pack.user_id = $1 AND deleted_at IS NULL AND (pack.created_at, pack.id) < ($2, $3::bigint)
 ORDER BY pack.created_at DESC, pack.id DESC
 LIMIT $4
"""

_EDITIONS = """
SELECT edition, size_bytes, hash, asset_count, built_at FROM pack_edition WHERE pack_id = $1 ORDER BY edition DESC
"""

_FILES = """
SELECT asset.id AS asset_id, name, type, file_format, path, size_bytes, hash, width, height, frame_count, duration_sec,
       samplerate_hz, hashtags, licenses.identifier AS license_identifier, attribution, source, provenance,
       parent_asset_id, approved, deleted_at IS NOT NULL AS in_trash, crc32, etag, previews, notes
  FROM pack_asset
  JOIN asset ON asset.id = asset_id
  LEFT JOIN licenses ON licenses.id = license_id
 WHERE pack_id = $1 AND user_id = $2
 ORDER BY order_index, asset.id
"""

_ARCHIVE = """
SELECT slug, pack_edition.edition, key, etag, size_bytes
  FROM pack_edition JOIN pack ON pack.id = pack_id
 WHERE pack_id = $1 AND user_id = $2 AND deleted_at IS NULL AND ($3::int IS NULL OR pack_edition.edition = $3)
 ORDER BY pack_edition.edition DESC
 LIMIT 1
"""


async def list_packs(connection: Connection | Pool, *, user_id: int, limit: int, after: Cursor) -> PackPage:
    rows = await connection.fetch(_LIST, user_id, after.created_at, after.id, limit + 1)
    total = await connection.fetchval("SELECT count(*) FROM pack WHERE user_id = $1 AND deleted_at IS NULL", user_id)
    packs = [_pack(row) for row in rows[:limit]]
    more = len(rows) > limit
    return PackPage(
        items=packs,
        next_cursor=Cursor.after(packs[-1].created_at, packs[-1].id) if more else None,
        total_count=total,
    )


async def find_pack(connection: Connection | Pool, *, user_id: int, pack_id: int) -> Pack | None:
    row = await connection.fetchrow(
        f"{_PACK} WHERE pack.id = $1 AND pack.user_id = $2 AND deleted_at IS NULL", pack_id, user_id
    )
    return _pack(row) if row else None


async def find_details(connection: Connection | Pool, *, user_id: int, pack_id: int) -> PackDetails | None:
    """A pack with what is in it."""
    pack = await find_pack(connection, user_id=user_id, pack_id=pack_id)
    if pack is None:
        return None
    files = await load_files(connection, user_id=user_id, pack_id=pack_id)
    editions = await connection.fetch(_EDITIONS, pack_id)
    return PackDetails(
        pack=pack,
        assets=[PackedAsset(**{name: getattr(file, name) for name in PackedAsset.__struct_fields__}) for file in files],
        editions=[PackEdition(**row, download_url=_download_url(pack_id, row["edition"])) for row in editions],
    )


async def load_files(connection: Connection | Pool, *, user_id: int, pack_id: int) -> list[PackFile]:
    """The pack's files in their order."""
    return [msgspec.convert(dict(row), PackFile) for row in await connection.fetch(_FILES, pack_id, user_id)]


async def find_archive(
    connection: Connection | Pool, *, user_id: int, pack_id: int, edition: int | None
) -> Archive | None:
    """The archive of this edition, or of the newest."""
    row = await connection.fetchrow(_ARCHIVE, pack_id, user_id, edition)
    return Archive(**row) if row else None


async def load_packs(pool: Pool, pack_ids: Collection[int]) -> Mapping[int, Pack]:
    """The states of these packs, whoever's they are, for those who follow them."""
    rows = await pool.fetch(f"{_PACK} WHERE pack.id = ANY($1) AND deleted_at IS NULL", list(pack_ids))
    return {row["id"]: _pack(row) for row in rows}


async def newest_of_users(pool: Pool, user_ids: Collection[int]) -> Mapping[int, int]:
    """The newest 20 packs of each of these users, each with its user."""
    rows = await pool.fetch(
        """SELECT newest.id, users.id AS user_id
             FROM unnest($1::int[]) AS users (id),
                  LATERAL (SELECT pack.id, created_at FROM pack
                            WHERE pack.user_id = users.id AND deleted_at IS NULL
                            ORDER BY created_at DESC, pack.id DESC LIMIT 20) AS newest
            ORDER BY users.id, newest.created_at DESC, newest.id DESC""",
        list(user_ids),
    )
    return {row["id"]: row["user_id"] for row in rows}


def _pack(row: asyncpg.Record) -> Pack:
    values: dict[str, Any] = {name: row[name] for name in Pack.__struct_fields__ if name in row}
    return msgspec.convert(
        values | {"download_url": _download_url(row["id"], row["edition"]) if row["edition"] else None}, Pack
    )


def _download_url(pack_id: int, edition: int) -> str:
    return f"/api/pmd/packs/{pack_id}/download?edition={edition}"
