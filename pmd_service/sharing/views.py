"""The data of the public pages: a pack's newest edition, or a download."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ..archive.names import safe_name
from ..assets.asset import Preview, nearest_preview
from ..base.database import Pool, find_all, find_one, find_values
from ..locales import translatable
from ..locales.language import Language
from ..packs.license_kinds import CUSTOM, LICENSE_KINDS, LicenseType, conditions_of, license_text
from ..vault import Stored
from .links import Shared

# The page stays small, whatever the pack contains.
MAX_PICTURES, MAX_SOUNDS = 120, 24
MAX_LICENCE_CHARS, MAX_NAME_CHARS = 5_000, 80


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """One edition; ``edition`` is its number, ``version`` its owner's name for it."""

    edition: int
    version: str | None
    changes: str | None
    asset_count: int
    built_at: datetime

    @property
    def title(self) -> str:
        return self.version or str(self.edition)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A pack's newest edition.

    ``marks``: whether personal metadata was stripped from the files, and ``sounds`` where the stripped copies of
    sounds lie in the archive: the first byte and the size, by asset id; None if that was not recorded.
    """

    name: str
    slug: str
    description: str | None
    license_type: LicenseType
    license_identifier: str | None
    custom_license: str | None
    handle: str
    edition: int
    version: str | None
    size_bytes: int
    sha256: str | None
    etag: str | None
    key: str
    asset_count: int
    asset_ids: Sequence[int]
    marks: str
    sounds: Mapping[str, tuple[int, int]] | None
    has_cover: bool
    cover_fills: bool
    built_at: datetime
    download_count: int

    @property
    def stored(self) -> Stored:
        return Stored(key=self.key, size=self.size_bytes, etag=self.etag)

    @property
    def filename(self) -> str:
        return f"{self.slug}-{self.version}.zip" if self.version else f"{self.slug}_v{self.edition}.zip"


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or sound of the edition."""

    id: int
    name: str
    type: str
    width: int | None
    height: int | None
    frame_count: int | None
    duration_sec: float | None
    provenance: str
    content_warnings: Sequence[str]
    previews: Sequence[Preview]

    @property
    def title(self) -> str:
        return self.name if len(self.name) <= MAX_NAME_CHARS else f"{self.name[: MAX_NAME_CHARS - 1]}…"

    @property
    def moves(self) -> bool:
        return (self.frame_count or 1) > 1

    @property
    def preview(self) -> Preview | None:
        """The preview that fills a tile."""
        return nearest_preview(self.previews, 256)


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """A sound's file."""

    path: str
    size_bytes: int
    etag: str | None
    mime_type: str


class PackedSound(NamedTuple):
    """The stripped copy of a sound: these bytes of the edition's archive."""

    archive: Stored
    positions: range
    mime_type: str


_SHOWN = """
SELECT name, slug, description, license_type, licenses.identifier AS license_identifier, users.handle,
       CASE WHEN license_type = 'custom' THEN custom_license END AS custom_license,
       pack_edition.edition, version, size_bytes, sha256, etag, key, pack_edition.asset_count, asset_ids,
       pack_edition.marks, sounds, pack_edition.cover IS NOT NULL AS has_cover, cover_fills, built_at,
       (SELECT coalesce(sum(download_count + (
                   SELECT coalesce(sum(visits.download_count), 0) FROM visits
                    WHERE subject_id = share_link.id AND subject = 'link' AND slot > 0)), 0)::bigint
          FROM share_link WHERE share_link.pack_id = pack.id) AS download_count
  FROM pack
  JOIN pack_edition ON pack_id = pack.id
  JOIN users ON users.id = pack.user_id
  LEFT JOIN licenses ON licenses.id = license_id
 WHERE pack.id = $1
 ORDER BY pack_edition.edition DESC
 LIMIT 1
"""
_EDITIONS = """
SELECT edition, version, changes, asset_count, built_at FROM pack_edition WHERE pack_id = $1 ORDER BY edition DESC
"""
_OF_EDITION = """
  FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (asset_id, place) JOIN asset ON asset.id = asset_id
 WHERE user_id = $2"""
_PIECES = f"""
SELECT id, name, type, width, height, frame_count, duration_sec, provenance, content_warnings, previews
  {_OF_EDITION}"""
_IS_PICTURE = "type IN ('image', 'video') AND previews @? '$[*] ? (@.width > 0)'"
_PICTURES = f"{_PIECES} AND {_IS_PICTURE} ORDER BY place LIMIT {MAX_PICTURES}"
_SOUNDS = f"{_PIECES} AND type = 'audio' ORDER BY place LIMIT {MAX_SOUNDS}"
# Its cover may be made of any of its pictures.
_WARNINGS = f"SELECT DISTINCT unnest(content_warnings) AS word {_OF_EDITION} AND {_IS_PICTURE} ORDER BY word LIMIT 10"
_SOUND = "SELECT path, size_bytes, etag, mime_type FROM asset WHERE id = $1 AND user_id = $2 AND type = 'audio'"
_COUNTS = f"""
SELECT count(*) AS files,
       count(*) FILTER (WHERE {_IS_PICTURE}) AS pictures,
       count(*) FILTER (WHERE {_IS_PICTURE} AND frame_count > 1) AS moving,
       count(*) FILTER (WHERE type = 'audio') AS sounds,
       count(*) FILTER (WHERE provenance = 'ai_generated') AS machines
  {_OF_EDITION}"""


async def load_shown(pool: Pool, shared: Shared) -> Shown | None:
    """The pack's newest edition; None if it has none, or was removed."""
    return await find_one(pool, Shown, _SHOWN, shared.pack_id)


async def find_piece(pool: Pool, shared: Shared, asset_id: int) -> Piece | None:
    """The newest edition's file with this id."""
    shown = await load_shown(pool, shared)
    is_in_it = shown is not None and asset_id in shown.asset_ids
    return await find_one(pool, Piece, _PIECES, [asset_id], shared.user_id) if is_in_it else None


async def find_pictures(pool: Pool, shared: Shared) -> Sequence[Piece]:
    """The pictures that the page shows, in its order."""
    shown = await load_shown(pool, shared)
    return [] if shown is None else await find_all(pool, Piece, _PICTURES, shown.asset_ids, shared.user_id)


async def find_sound(pool: Pool, shared: Shared, asset_id: int) -> Sound | PackedSound | None:
    """The newest edition's sound with this id, as it is in the edition."""
    shown = await load_shown(pool, shared)
    if shown is None or asset_id not in shown.asset_ids or not _has_sounds(shown):
        return None
    sound = await find_one(pool, Sound, _SOUND, asset_id, shared.user_id)
    if sound is None or shown.sounds is None or (copy := shown.sounds.get(str(asset_id))) is None:
        return sound  # it had nothing to strip
    begins, size = copy
    return PackedSound(shown.stored, range(begins, begins + size), sound.mime_type)


def _has_sounds(shown: Shown) -> bool:
    """Whether it is known which bytes of its sounds the edition gives away."""
    return shown.marks == "keep" or shown.sounds is not None


async def pack_page(pool: Pool, shared: Shared, shown: Shown, language: Language) -> dict[str, Any]:
    """The template's values for a pack's page; reads only the files that it shows."""
    edition = shown.asset_ids, shared.user_id
    count = await pool.fetchrow(_COUNTS, *edition)
    assert count is not None
    has_sounds = _has_sounds(shown)
    return {
        "shown": shown,
        "warnings": await find_values(pool, _WARNINGS, *edition),
        "pictures": await find_all(pool, Piece, _PICTURES, *edition),
        "picture_count": count["pictures"],
        "moving": count["moving"],
        "sounds": await find_all(pool, Piece, _SOUNDS, *edition) if has_sounds else [],
        "sound_count": count["sounds"],
        "machine_count": count["machines"],
        "file_count": count["files"],
        "licence": licence_lines(shown, language),
        "credit": credit_line(shown, language),
        "words": shown.custom_license and shown.custom_license[:MAX_LICENCE_CHARS],
        "editions": await find_all(pool, Edition, _EDITIONS, shared.pack_id),
    }


_OWN_LICENCE = translatable("The owner's own licence defines what you may do.")
_NOT_FOR_MONEY = translatable("Not for commercial use.")
_FOR_ANYTHING = translatable("Use it for anything, including commercially.")
_CREDIT = translatable("Credit {artist}.")
_NO_CREDIT = translatable("No credit is required.")
_CHANGES = translatable("Change it as you like.")
_NO_CHANGES = translatable("Share it unchanged only.")
_SHARE_ALIKE = translatable("Share what you make with it under the same licence.")


def licence_lines(shown: Shown, language: Language) -> list[str]:
    """What the licence permits, in three lines."""
    kind = LICENSE_KINDS[shown.license_type]
    if kind is CUSTOM:
        return [language.text(_OWN_LICENCE)]
    by_identifier = conditions_of(shown.license_identifier) if shown.license_identifier else None
    conditions = kind.conditions if by_identifier is None else by_identifier
    use = _NOT_FOR_MONEY if "no_money" in conditions else _FOR_ANYTHING
    credit = _CREDIT if "credit" in conditions else _NO_CREDIT
    changes = kind.changes or _CHANGES
    if "no_changes" in conditions:
        changes = _NO_CHANGES
    elif "share_alike" in conditions:
        changes = _SHARE_ALIKE
    lines = map(language.text, (kind.use or use, credit, changes))
    return [line.format(artist=shown.handle) for line in lines]


_NAMED = translatable("“{name}” by {artist}")


def credit_line(shown: Shown, language: Language) -> str:
    """The attribution, as Creative Commons requires it: title, author, licence and its address."""
    licence = license_text(shown.license_identifier) if shown.license_identifier else None
    named = language.text(_NAMED).format(name=shown.name, artist=shown.handle)
    return f"{named}, {shown.license_identifier}, {licence.url}" if licence else named


class SharedDownload(msgspec.Struct, frozen=True, kw_only=True):
    """A download behind a link; without a ``file_path`` while it is being built."""

    name: str | None
    artwork_count: int
    handle: str
    file_path: str | None
    file_size_bytes: int | None
    etag: str | None
    expires_at: datetime | None

    @property
    def stored(self) -> Stored | None:
        if self.file_path is None:
            return None
        return Stored(key=self.file_path, size=self.file_size_bytes or 0, etag=self.etag)

    @property
    def filename(self) -> str:
        return safe_name(self.title, "zip")

    @property
    def title(self) -> str:
        return self.name or f"Artworks of {self.handle}"


_DOWNLOAD = """
SELECT name, artwork_count, users.handle, file_path, file_size_bytes, etag, bdr.expires_at
  FROM batch_download_requests AS bdr JOIN users ON users.id = user_id
 WHERE bdr.id = $1 AND status IN ('pending', 'processing', 'ready')
   AND (bdr.expires_at IS NULL OR bdr.expires_at > now())
"""


async def load_download(pool: Pool, shared: Shared) -> SharedDownload | None:
    """The download; None if it has failed, expired or been removed."""
    return await find_one(pool, SharedDownload, _DOWNLOAD, shared.bdr_id)
