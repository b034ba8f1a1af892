"""manifest.json: what is in a pack, for programs; docs/pack-manifest.schema.json is its JSON Schema."""

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ..assets.asset import AssetType, Provenance
from ..assets.generation import Generation
from ..assets.lineage import Step
from ..assets.tellings import Marks
from .contents import Edition, Entry
from .licensing import LicenseType

MANIFEST_VERSION: Literal[1] = 1
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class ManifestPack(msgspec.Struct, frozen=True, kw_only=True):
    """The pack that the archive is an edition of."""

    id: int
    name: str
    slug: str
    edition: int
    theme: str | None
    description: str | None
    license_type: LicenseType
    license: Annotated[str, Meta(description="An SPDX identifier, or “LicenseRef-”; its words are in LICENSES.")]
    license_words: Annotated[str | None, Meta(description="Of a `custom` one: what its owner says, in full.")]
    holder: str
    marks: Annotated[Marks, Meta(description="Whether what files tell of their makers was taken out of them.")]
    created_at: Annotated[datetime, Meta(description="When this edition was asked for.")]
    asset_count: int
    total_size_bytes: int


class ManifestAsset(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the pack."""

    asset_id: int
    filename: str
    rel_path: Annotated[str, Meta(description="From the pack's folder.")]
    type: AssetType
    mime_type: str
    width: Annotated[int | None, Meta(description="In pixels.")]
    height: Annotated[int | None, Meta(description="In pixels.")]
    duration: Annotated[float | None, Meta(description="In seconds.")]
    size_bytes: int
    hash: Annotated[str, Meta(description="SHA-256.", pattern="^[0-9a-f]{64}$")]
    tags: Sequence[str]
    license: Annotated[str, Meta(description="As the pack's; the file's own, where it has one.")]
    attribution: str | None
    provenance: Provenance
    parent: Annotated[int | None, Meta(description="The id of the file that it was made from.")]
    notes: str | None
    generation: Annotated[
        Generation | None, Meta(description="What marks say that are left in the files; a result has its original's.")
    ]
    steps: Annotated[Sequence[Step], Meta(description="How it was made from its original, the first one first.")]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """manifest.json in a pack's archive. Fields may come to it; ``manifest_version`` grows when one goes or changes."""

    manifest_version: Literal[1]
    app_version: Annotated[str, Meta(description="The service's release that built it.")]
    exported_at: Annotated[datetime, Meta(description="When this edition was asked for.")]
    pack: ManifestPack
    assets: Annotated[Sequence[ManifestAsset], Meta(description="In the pack's order.")]


def manifest(edition: Edition) -> str:
    """An edition's manifest.json."""
    told = Manifest(
        manifest_version=MANIFEST_VERSION,
        app_version=version("pmd-service"),
        exported_at=edition.dated,
        pack=_pack(edition),
        assets=[_asset(edition, entry) for entry in edition.entries],
    )
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"


def manifest_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of manifest.json."""
    return {"$schema": _DIALECT, "title": "manifest.json of a pack", **msgspec.json.schema(Manifest)}


def _pack(edition: Edition) -> ManifestPack:
    return ManifestPack(
        id=edition.pack_id,
        name=edition.name,
        slug=edition.slug,
        edition=edition.edition,
        theme=edition.theme,
        description=edition.description,
        license_type=edition.license.license_type,
        license=edition.license.spdx,
        license_words=edition.license.words,
        holder=edition.holder,
        marks=edition.marks,
        created_at=edition.dated,
        asset_count=len(edition.entries),
        total_size_bytes=edition.size_bytes,
    )


def _asset(edition: Edition, entry: Entry) -> ManifestAsset:
    file = entry.file
    return ManifestAsset(
        asset_id=file.asset_id,
        filename=entry.filename,
        rel_path=entry.rel_path,
        type=file.type,
        mime_type=file.mime_type,
        width=file.width,
        height=file.height,
        duration=file.duration_sec,
        size_bytes=file.size_bytes,
        hash=file.hash,
        tags=file.hashtags,
        license=entry.license,
        attribution=file.attribution,
        provenance=file.provenance,
        parent=file.parent_asset_id,
        notes=file.notes,
        generation=edition.generation(entry),
        steps=entry.steps,
    )
