"""The ``asset`` row: one file of one user. Identity is content: the same bytes are one asset, the trash included."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, find_all, find_one, find_values, lock
from ..base.telemetry import log
from .generation import Generation
from .types import AssetType

Provenance = Literal["unknown", "ai_generated", "user_provided", "enhanced"]
Rating = Annotated[int, Meta(ge=0, le=5, description="Stars.", examples=[3])]
Label = Annotated[int, Meta(ge=6, le=9, description="A colour, by its key.", examples=[8])]
Outcome = Literal["added", "already_there", "restored"]

# The prefix of a vault key in a row's paths, as in a post's ``art_url``.
VAULT_PREFIX = "/vault/"


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """One preview of an asset: a still, an animation or a waveform; ``size`` is the requested longest side in pixels.

    A waveform's peaks (JSON) have no size; their width and height are 0.
    """

    path: str
    etag: str | None
    size: int | None
    width: int
    height: int
    size_bytes: int
    mime_type: str


def nearest_preview(previews: Sequence[Preview], size: int) -> Preview | None:
    """The picture of the nearest size; None without pictures."""
    pictures = [preview for preview in previews if preview.size is not None]
    return min(pictures, key=lambda preview: abs((preview.size or 0) - size), default=None)


class NewAsset(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file when it is admitted. ``path`` is ``/vault/`` and the vault's key."""

    path: str
    etag: str | None
    type: AssetType
    hash: str
    crc32: int | None
    name: str
    original_path: str | None
    mime_type: str
    file_format: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    frame_count: int | None = None
    duration_sec: float | None = None
    samplerate_hz: int | None = None
    preview_path: str | None = None
    previews: Sequence[Preview] = ()
    theme: str | None = None
    source: str | None = None
    provenance: Provenance = "unknown"
    license_id: int | None = None
    attribution: str | None = None
    hashtags: Sequence[str] = ()
    parent_asset_id: int | None = None
    generation: Generation | None = None
    colors: Sequence[str] = ()
    alt_text: str | None = None
    content_warnings: Sequence[str] = ()
    ai_opt_out: bool | None = None


class Asset(NewAsset, frozen=True, kw_only=True):
    """A whole row."""

    id: int
    user_id: int
    rating: Rating
    label: Label | None
    approved: bool
    rejected_at: datetime | None
    deleted_at: datetime | None
    post_id: int | None
    created_at: datetime
    updated_at: datetime


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """The asset that has the bytes now, and whether it was inserted, existed, or was restored from the trash."""

    asset_id: int
    outcome: Outcome


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An existing asset with these bytes."""

    asset_id: int
    hash: str
    is_in_trash: bool


_NEW_COLUMNS = NewAsset.__struct_fields__
_SELECT = f"SELECT {', '.join(Asset.__struct_fields__)} FROM asset"


def asset_key(user_sqid: str, content_hash: str, extension: str) -> str:
    """The vault key of an asset's bytes; the same for the same bytes of the same user."""
    return f"assets/{user_sqid}/{content_hash}.{extension}"


def preview_key(user_sqid: str, content_hash: str, name: str) -> str:
    return f"previews/{user_sqid}/{content_hash}/{name}"


def key_of(path: str) -> str:
    """The vault key in a row's path."""
    return path.removeprefix(VAULT_PREFIX)


async def lock_library(connection: Connection, *, user_id: int) -> None:
    """Until the transaction ends, no other one adds to this library, purges from it or reserves its quota.

    Remove an asset's file only under this lock, after checking that no row names it: the same bytes may have been
    added again.
    """
    await lock(connection, "lib", user_id)


async def restore_assets(connection: Connection, *, user_id: int, asset_ids: Collection[int]) -> set[int]:
    """Restore these assets from the trash; returns the ids of those that were in it."""
    rows = await connection.fetch(
        """
        UPDATE asset SET deleted_at = NULL, updated_at = now()
         WHERE user_id = $1 AND id = ANY($2) AND deleted_at IS NOT NULL
        RETURNING id""",
        user_id,
        list(asset_ids),
    )
    return {row["id"] for row in rows}


# A single statement, so that statement-level triggers, such as those that count, run once for all of them. A result
# comes after its original in lists.
_INSERT = f"""
INSERT INTO asset (user_id, {", ".join(_NEW_COLUMNS)}, made_in, made_from)
SELECT $1, {", ".join(f"new.{column}" for column in _NEW_COLUMNS)}, parent.folder,
       nullif(concat_ws(chr(1), parent.made_from, parent.name), '')
  FROM jsonb_populate_recordset(NULL::asset, $2) AS new
  LEFT JOIN asset AS parent ON parent.id = new.parent_asset_id
    ON CONFLICT (user_id, hash) DO NOTHING
RETURNING hash, id
"""

_EXISTING = "SELECT hash, id FROM asset WHERE user_id = $1 AND hash = ANY($2)"


async def add_asset(connection: Connection, *, user_id: int, new: NewAsset) -> Added:
    """Insert the asset, or restore the existing one with the same bytes from the trash; under ``lock_library``."""
    (added,) = await add_assets(connection, user_id=user_id, new=[new])
    return added


async def add_assets(connection: Connection, *, user_id: int, new: Sequence[NewAsset]) -> list[Added]:
    """Add several assets; results are in their order. Of those with the same bytes the first one is inserted."""
    firsts = {each.hash: each for each in reversed(new)}
    rows = await connection.fetch(
        _INSERT, user_id, msgspec.to_builtins([each for each in new if firsts[each.hash] is each])
    )
    asset_ids = dict(map(tuple, rows))
    outcomes: dict[str, Outcome] = dict.fromkeys(asset_ids, "added")
    if existing := firsts.keys() - asset_ids.keys():
        found = {row["hash"]: row["id"] for row in await connection.fetch(_EXISTING, user_id, list(existing))}
        for content_hash, asset_id in found.items():
            await _heal(connection, asset_id, firsts[content_hash])
        restored = await restore_assets(connection, user_id=user_id, asset_ids=found.values())
        asset_ids |= found
        outcomes |= {content_hash: "restored" for content_hash, asset_id in found.items() if asset_id in restored}
    return [Added(asset_id=asset_ids[each.hash], outcome=outcomes.pop(each.hash, "already_there")) for each in new]


_HEAL = """
WITH healed AS (
    UPDATE asset_verified SET fault = NULL, verified_at = now()
     WHERE asset_id = $1 AND fault IN ('lost', 'other_bytes') RETURNING asset_id)
UPDATE asset SET path = $2, etag = $3, updated_at = now() FROM healed WHERE id = asset_id RETURNING id
"""


async def _heal(connection: Connection, asset_id: int, new: NewAsset) -> None:
    """Use the new bytes for those that the vault has lost; everything else stays as the owner left it."""
    if await connection.fetchval(_HEAL, asset_id, new.path, new.etag) is not None:
        log.info("asset_healed", asset_id=asset_id)


async def find_asset(connection: Connection | Pool, *, user_id: int, asset_id: int) -> Asset | None:
    """One of the user's assets, in the trash or not."""
    return await find_one(connection, Asset, f"{_SELECT} WHERE id = $1 AND user_id = $2", asset_id, user_id)


async def find_assets(connection: Connection | Pool, *, user_id: int, asset_ids: Collection[int]) -> dict[int, Asset]:
    """Those of these assets that belong to the user, in the trash or not, by id."""
    query = f"{_SELECT} WHERE id = ANY($1) AND user_id = $2"
    return {asset.id: asset for asset in await find_all(connection, Asset, query, list(asset_ids), user_id)}


# The scrub has found that the vault has lost the bytes, or has others.
_IS_DAMAGED = """
EXISTS (SELECT FROM asset_verified WHERE asset_id = asset.id AND fault IN ('lost', 'other_bytes'))"""

_KNOWN = f"""
SELECT id AS asset_id, hash, deleted_at IS NOT NULL AS is_in_trash
  FROM asset
 WHERE user_id = $1 AND hash = ANY($2)
   AND NOT {_IS_DAMAGED}
"""

_DAMAGED = f"SELECT hash FROM asset WHERE user_id = $1 AND hash = ANY($2) AND {_IS_DAMAGED}"


async def find_known(connection: Connection | Pool, *, user_id: int, hashes: Collection[str]) -> Mapping[str, Known]:
    """Those of these contents that the user's library already has, by hash; without lost or damaged ones."""
    return {known.hash: known for known in await find_all(connection, Known, _KNOWN, user_id, list(hashes))}


async def find_damaged(connection: Connection | Pool, *, user_id: int, hashes: Collection[str]) -> set[str]:
    """Those of these contents that the user's library has lost: sending them again restores its files."""
    return {*await find_values(connection, _DAMAGED, user_id, list(hashes))}
