"""Queries on packs, for their owner."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..assets.asset import NewAsset
from ..assets.disclosures import Marks
from ..assets.pack_pictures import PICTURES, CoverPicture
from ..assets.types import AssetType
from ..base.database import Connection, Pool, find_all, find_one
from ..events.topic import Topic, download_for_owner, loads, newest_of
from ..http.wire import Cursor, PageQuery
from ..locales import Sentence
from ..site.ai_rights import DISCLOSURE, OPTS_OUT
from ..work.progress import Percent, percent
from .contents import FILES
from .cover import Cover
from .license_kinds import LicenseType
from .licensing import PackFile
from .paths import Layout, paths_of

KEPT_EDITIONS = 3


class PackExport(msgspec.Struct, frozen=True, kw_only=True):
    """The pack's last export task; ``progress`` is in per cent."""

    id: Annotated[int, Meta(examples=[41])]
    status: Annotated[Literal["pending", "running", "completed", "failed", "cancelled"], Meta(examples=["pending"])]
    progress: Percent
    step: Sentence | None
    error_message: Sentence | None
    created_at: datetime


_SHA256 = Meta(
    description="SHA-256 of the ZIP that is downloaded; null while it is being computed, after the edition was built.",
    examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
)


class PackEdition(msgspec.Struct, frozen=True, kw_only=True):
    """One built archive."""

    edition: Annotated[int, Meta(examples=[2])]
    size_bytes: Annotated[int, Meta(examples=[64_120])]
    sha256: Annotated[str | None, _SHA256]
    asset_count: Annotated[int, Meta(examples=[2])]
    version: Annotated[str | None, Meta(examples=["1.2.0"])]
    changes: Annotated[str | None, Meta(examples=["Winter trees."])]
    built_at: datetime
    download_url: Annotated[str, Meta(examples=["/api/pmd/packs/3/download?edition=2"])]


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """A pack. ``edition`` is the newest one, 0 if none has been built; ``license_text`` is its LICENSE.txt."""

    id: Annotated[int, Meta(examples=[3])]
    name: Annotated[str, Meta(examples=["Seaside"])]
    slug: Annotated[str, Meta(examples=["seaside"])]
    theme: Annotated[str | None, Meta(examples=["sea"])]
    description: Annotated[str | None, Meta(examples=["Lighthouses, boats and waves."])]
    license_type: LicenseType
    license_id: Annotated[int | None, Meta(examples=[2])]
    license_identifier: Annotated[str | None, Meta(examples=["CC-BY-4.0"])]
    license_text: Annotated[str | None, Meta(examples=["Seaside, edition 2\n"])]
    custom_license: Annotated[
        str | None,
        Meta(description="The text of its custom licence, used if `license_type` is `custom`.", examples=[None]),
    ]
    marks: Marks
    layout: Layout
    cover: Annotated[Cover | None, Meta(description="The chosen cover; null takes the first pictures.")]
    pictures: Annotated[
        Sequence[CoverPicture],
        Meta(description="What the cover shows: the chosen picture, else up to four of the first.", examples=[[]]),
    ]
    asset_count: Annotated[int, Meta(examples=[2])]
    total_size_bytes: Annotated[int, Meta(examples=[36_466])]
    edition: Annotated[int, Meta(examples=[2])]
    exported_at: datetime | None
    export_size_bytes: Annotated[int | None, Meta(examples=[64_120])]
    export_sha256: Annotated[str | None, _SHA256]
    download_url: Annotated[str | None, Meta(examples=["/api/pmd/packs/3/download?edition=2"])]
    export_path: Annotated[
        str | None,
        Meta(
            description="The newest edition's archive, the same as `download_url`.",
            examples=["/api/pmd/packs/3/download?edition=2"],
        ),
    ]
    is_changed: Annotated[bool, Meta(description="Since the newest edition was built.", examples=[False])]
    added_count: Annotated[int, Meta(description="Files that the newest edition does not have.", examples=[0])]
    removed_count: Annotated[int, Meta(description="Files that only the newest edition has.", examples=[0])]
    seen_by: Annotated[
        Literal["everyone", "link", "owner"],
        Meta(description="Who can see its page: by a public link, by another link, or only its owner."),
    ]
    download_count: Annotated[int, Meta(description="By its owner.", examples=[5])]
    visitor_download_count: Annotated[int, Meta(description="By links.", examples=[12])]
    created_at: datetime
    updated_at: datetime
    export: PackExport | None

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares: no download, nor an export, is a change of it."""
        return self.updated_at


class PackPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[Pack]
    next_cursor: str | None
    total_count: int


class PackedAsset(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a pack, in the pack's order."""

    asset_id: Annotated[int, Meta(examples=[7])]
    name: Annotated[str, Meta(examples=["lighthouse.png"])]
    type: Annotated[AssetType, Meta(examples=["image"])]
    file_format: Annotated[str, Meta(examples=["png"])]
    has_preview: Annotated[bool, Meta(examples=[True])]
    width: int | None
    height: int | None
    frame_count: int | None
    size_bytes: Annotated[int, Meta(examples=[18_233])]
    is_new: Annotated[bool, Meta(description="The newest edition does not have it.", examples=[False])]
    license_identifier: str | None
    attribution: str | None
    provenance: Annotated[str, Meta(examples=["user_provided"])]
    notes: Annotated[str | None, Meta(examples=["The cover."])]
    path: Annotated[str | None, Meta(description="As set; null: as in the library.", examples=[None])]
    rel_path: Annotated[
        str, Meta(description="In the archive, as in its `manifest.json`.", examples=["assets/sea/lighthouse.png"])
    ]


class PackDetails(Pack, frozen=True, kw_only=True):
    """A pack with its files and its editions, newest first. ``pack`` repeats the pack's own fields."""

    pack: Pack
    assets: Sequence[PackedAsset]
    editions: Sequence[PackEdition]


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """An edition's archive in the vault."""

    slug: str
    edition: int
    key: str
    etag: str | None
    size_bytes: int


_PACK = f"""
SELECT pack.id, name, slug, theme, description, license_type, license_id,
       licenses.identifier AS license_identifier, license_text, custom_license, pack.marks, layout, pack.asset_count,
       total_size_bytes, pack.edition, exported_at, export_size_bytes, download_count, pack.created_at, updated_at,
       newest.sha256 AS export_sha256,
       CASE WHEN pack.edition > 0
            THEN '/api/pmd/packs/' || pack.id || '/download?edition=' || pack.edition END AS download_url,
       CASE WHEN pack.edition > 0
            THEN '/api/pmd/packs/' || pack.id || '/download?edition=' || pack.edition END AS export_path,
       pack.cover, {PICTURES} AS pictures,
       coalesce(built_from < updated_at, false) AS is_changed,
       CASE WHEN built_from < updated_at THEN
           (SELECT count(*) FROM (SELECT asset_id FROM pack_asset WHERE pack_id = pack.id
                                  EXCEPT SELECT unnest(file_ids)) AS added) ELSE 0 END AS added_count,
       CASE WHEN built_from < updated_at THEN
           (SELECT count(*) FROM (SELECT unnest(file_ids)
                                  EXCEPT SELECT asset_id FROM pack_asset WHERE pack_id = pack.id) AS removed) ELSE 0
            END AS removed_count,
       (SELECT CASE WHEN bool_or(is_public) THEN 'everyone' WHEN count(*) > 0 THEN 'link' ELSE 'owner' END
          FROM share_link
         WHERE share_link.pack_id = pack.id AND withdrawn_at IS NULL
           AND (expires_at IS NULL OR expires_at > now())) AS seen_by,
       (SELECT coalesce(sum(share_link.download_count + (
                   SELECT coalesce(sum(visits.download_count), 0) FROM visits
                    WHERE subject_id = share_link.id AND subject = 'link' AND slot > 0)), 0)::bigint
          FROM share_link WHERE share_link.pack_id = pack.id) AS visitor_download_count,
       (SELECT jsonb_build_object('id', job.id, 'status', status, 'progress', {percent("progress")}, 'step', step,
                                  'error_message', error_message, 'created_at', job.created_at)
          FROM job
         WHERE job.pack_id = pack.id
         ORDER BY job.id DESC
         LIMIT 1) AS export
  FROM pack
  LEFT JOIN licenses ON licenses.id = license_id
  LEFT JOIN pack_edition AS newest ON newest.pack_id = pack.id AND newest.edition = pack.edition
"""

_LIST = f"""
{_PACK}
 WHERE pack.user_id = $1 AND deleted_at IS NULL AND (pack.created_at, pack.id) < ($2, $3::bigint)
 ORDER BY pack.created_at DESC, pack.id DESC
 LIMIT $4
"""

_EDITIONS = """
SELECT edition, size_bytes, sha256, asset_count, version, changes, built_at,
       '/api/pmd/packs/' || pack_id || '/download?edition=' || edition AS download_url
  FROM pack_edition
 WHERE pack_id = $1
 ORDER BY edition DESC
"""

_COLUMNS = ", ".join(f"asset.{column}" for column in NewAsset.__struct_fields__)

_FILES = f"""
SELECT asset.id AS asset_id, {_COLUMNS}, licenses.identifier AS license_identifier,
       approved, deleted_at IS NOT NULL AS in_trash, notes, folder, pack_asset.path AS pack_path,
       (SELECT max(number) FROM post_version WHERE post_version.post_id = asset.post_id) AS version,
       NOT asset.id = ANY (coalesce((SELECT file_ids FROM pack_edition WHERE pack_edition.pack_id = pack_asset.pack_id
                                      ORDER BY edition DESC LIMIT 1), '{{}}')) AS is_new,
       {OPTS_OUT} AS opts_out, {DISCLOSURE} AS ai_disclosure
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

TOPIC = Topic(
    kind="pack",
    scopes=("packs:read",),
    id_type=int,
    state=Pack,
    load=loads(Pack, f"{_PACK} WHERE pack.id = ANY($1) AND deleted_at IS NULL"),
    newest=newest_of("pack", among="deleted_at IS NULL"),
    for_moderators=download_for_owner,
)


async def count_packs(connection: Connection | Pool, *, user_id: int) -> int:
    sql = "SELECT count(*) FROM pack WHERE user_id = $1 AND deleted_at IS NULL"
    count: int = await connection.fetchval(sql, user_id)
    return count


async def list_packs(connection: Connection | Pool, *, user_id: int, query: PageQuery) -> PackPage:
    after, limit = Cursor.parse(query.cursor), query.limit
    packs = await find_all(connection, Pack, _LIST, user_id, after.created_at, after.id, limit + 1)
    total = await count_packs(connection, user_id=user_id)
    return PackPage(items=packs[:limit], next_cursor=Cursor.behind(packs, limit), total_count=total)


async def find_pack(connection: Connection | Pool, *, user_id: int, pack_id: int) -> Pack | None:
    own = "WHERE pack.id = $1 AND pack.user_id = $2 AND deleted_at IS NULL"
    return await find_one(connection, Pack, f"{_PACK} {own}", pack_id, user_id)


async def find_details(connection: Connection | Pool, *, user_id: int, pack_id: int) -> PackDetails | None:
    """A pack with its contents."""
    pack = await find_pack(connection, user_id=user_id, pack_id=pack_id)
    if pack is None:
        return None
    files = await load_files(connection, user_id=user_id, pack_id=pack_id)
    return PackDetails(
        **msgspec.structs.asdict(pack),
        pack=pack,
        assets=_packed(files, pack.layout),
        editions=await list_editions(connection, pack_id=pack_id),
    )


def _packed(files: Sequence[PackFile], layout: Layout) -> list[PackedAsset]:
    own = [name for name in PackedAsset.__struct_fields__ if name not in ("path", "rel_path")]
    return [
        PackedAsset(path=file.pack_path, rel_path=f"{FILES}/{path}", **{name: getattr(file, name) for name in own})
        for file, path in zip(files, paths_of(files, layout), strict=True)
    ]


class EditionList(msgspec.Struct, frozen=True, kw_only=True):
    """The editions that can be downloaded, newest first."""

    items: Sequence[PackEdition]


async def list_editions(connection: Connection | Pool, *, pack_id: int) -> Sequence[PackEdition]:
    """The editions of a pack that are kept: ``KEPT_EDITIONS`` at most."""
    return await find_all(connection, PackEdition, _EDITIONS, pack_id)


async def load_files(connection: Connection | Pool, *, user_id: int, pack_id: int) -> list[PackFile]:
    """The pack's files, in order."""
    return await find_all(connection, PackFile, _FILES, pack_id, user_id)


async def find_archive(
    connection: Connection | Pool, *, user_id: int, pack_id: int, edition: int | None
) -> Archive | None:
    """The archive of this edition, or of the newest."""
    return await find_one(connection, Archive, _ARCHIVE, pack_id, user_id, edition)
