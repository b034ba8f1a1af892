"""manifest.json, a pack's contents for programs; its JSON Schema is docs/pack-manifest.schema.json."""

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..assets.asset import Provenance
from ..assets.disclosures import Marks
from ..assets.generation import Generation
from ..assets.lineage import Step
from ..assets.types import AiDisclosure, AssetType
from .contents import Edition, Entry
from .license_kinds import LicenseType

MANIFEST_VERSION: Literal[1] = 1


class ManifestPack(msgspec.Struct, frozen=True, kw_only=True):
    """The pack and its edition."""

    id: int
    name: str
    slug: str
    edition: int
    theme: str | None
    description: str | None
    license_type: LicenseType
    license: Annotated[str, Meta(description="An SPDX identifier or LicenseRef; its text is in LICENSES.")]
    license_words: Annotated[str | None, Meta(description="The full text of a `custom` licence.")]
    holder: str
    marks: Annotated[Marks, Meta(description="Whether personal metadata was removed from the files.")]
    created_at: Annotated[datetime, Meta(description="When this edition was requested.")]
    asset_count: int
    total_size_bytes: int


class ManifestAsset(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the pack."""

    asset_id: int
    filename: str
    rel_path: Annotated[str, Meta(description="Relative to the pack's folder.")]
    type: AssetType
    mime_type: str
    width: Annotated[int | None, Meta(description="In pixels.")]
    height: Annotated[int | None, Meta(description="In pixels.")]
    duration: Annotated[float | None, Meta(description="In seconds.")]
    size_bytes: int
    hash: Annotated[str, Meta(description="SHA-256.", pattern="^[0-9a-f]{64}$")]
    tags: Sequence[str]
    license: Annotated[str, Meta(description="The file's own licence, or else the pack's.")]
    attribution: str | None
    provenance: Provenance
    parent: Annotated[int | None, Meta(description="The id of the file it was made from.")]
    notes: str | None
    generation: Annotated[
        Generation | None, Meta(description="AI generation data in the file's metadata, or in its original's.")
    ]
    steps: Annotated[Sequence[Step], Meta(description="The edits since its original, oldest first.")]
    alt_text: Annotated[str | None, Meta(description="What it shows, for people who do not see it.")]
    warnings: Annotated[Sequence[str], Meta(description="What its contents are warned of.")]
    version: Annotated[int | None, Meta(description="Of the post that shows it, if its file was replaced.")] = None
    ai_opt_out: Annotated[bool, Meta(description="It may not be used for training AI.")] = False
    ai_disclosure: Annotated[AiDisclosure | None, Meta(description="How much of it AI has made; null: unknown.")] = None
    ai_marks: Annotated[bool, Meta(description="Whether the file says both itself, by XMP.")] = False


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """manifest.json in a pack's archive. Fields may be added; removals and changes increase ``manifest_version``."""

    manifest_version: Literal[1]
    app_version: Annotated[str, Meta(description="The version of the service that built it.")]
    exported_at: Annotated[datetime, Meta(description="When this edition was requested.")]
    pack: ManifestPack
    assets: Annotated[Sequence[ManifestAsset], Meta(description="In the pack's order.")]


def manifest(edition: Edition) -> str:
    """An edition's manifest.json."""
    document = Manifest(
        manifest_version=MANIFEST_VERSION,
        app_version=version("pmd-service"),
        exported_at=edition.dated,
        pack=_pack(edition),
        assets=[_asset(edition, entry) for entry in edition.entries],
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


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
        alt_text=file.alt_text,
        warnings=file.content_warnings,
        version=file.version,
        ai_opt_out=file.opts_out,
        ai_disclosure=file.ai_disclosure,
        ai_marks=entry.says_rights,
    )
