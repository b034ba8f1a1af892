"""Files of packs, as the database would have them."""

from datetime import UTC, datetime
from typing import Any

from pmd_service.packs.contents import Edition, place
from pmd_service.packs.licensing import PackFile, PackLicense

HASH = "ab" * 32
OWN: dict[str, Any] = {"provenance": "user_provided"}
OTHERS: dict[str, Any] = {"provenance": "unknown", "attribution": "Somebody else"}


def pack_file(asset_id: int = 1, **columns: Any) -> PackFile:
    given: dict[str, Any] = {
        "asset_id": asset_id,
        "name": f"dragon{asset_id}.png",
        "type": "image",
        "file_format": "png",
        "path": f"/vault/assets/x/{asset_id}.png",
        "size_bytes": 1_000,
        "hash": HASH,
        "width": 64,
        "height": 32,
        "frame_count": 1,
        "duration_sec": None,
        "samplerate_hz": None,
        "hashtags": ["dragon"],
        "license_identifier": None,
        "attribution": None,
        "source": None,
        "provenance": "user_provided",
        "parent_asset_id": None,
        "approved": True,
        "in_trash": False,
        "crc32": None,
        "original_path": None,
        "mime_type": "image/png",
        "etag": None,
        "previews": [],
        "notes": None,
    }
    return PackFile(**given | columns)


def pack_edition(files: list[PackFile], license: PackLicense | None = None, **columns: Any) -> Edition:
    license = license or PackLicense(license_type="royalty_free")
    given: dict[str, Any] = {
        "pack_id": 7,
        "name": "Dragons",
        "slug": "dragons",
        "theme": "fantasy",
        "description": "Dragons for your game.",
        "edition": 3,
        "license": license,
        "holder": "pixelfan",
        "dated": datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
        "marks": "keep",
        "entries": place(files, license),
    }
    return Edition(**given | columns)
