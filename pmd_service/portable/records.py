"""A takeout's own documents: ``pmd.json``, and a JSON object a line for everything else (``data/*.jsonl``).

docs/schemas has their JSON Schemas. Fields may be added; removals and changes increase ``VERSION``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta

from ..assets.asset import Label, Provenance, Rating
from ..assets.disclosures import Marks
from ..assets.generation import Generation
from ..assets.types import AiDisclosure, AssetType

VERSION: Literal[1] = 1

# What a takeout may have. Series are in it with posts or drafts.
TakeoutPart: TypeAlias = Literal["posts", "library", "packs", "drafts", "account"]
PARTS: tuple[TakeoutPart, ...] = get_args(TakeoutPart)
# Those that may be empty, so that there is nothing to take out.
COUNTED_PARTS: frozenset[TakeoutPart] = frozenset(("posts", "library", "packs"))

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 in hex.")]
Path = Annotated[str, Meta(description="Below the archive's root, with “/”.")]
SpdxLicense = Annotated[str, Meta(description="An SPDX identifier, or the site's own.")]
SeriesId = Annotated[int | None, Meta(description="The series' ``id`` in ``data/series.jsonl``, if it has one.")]


class TakenFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file. ``path`` is null if it cannot be read; ``is_included`` is false if it is in a takeout from before."""

    path: Path | None
    is_included: bool
    sha256: Sha256 | None
    size_bytes: int | None
    media_type: str


class PostRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``data/posts.jsonl``; deleted posts are left out."""

    id: Annotated[str, Meta(description="The public id.")]
    title: str | None
    description: str | None
    hashtags: Sequence[str]
    license: SpdxLicense | None
    created_at: datetime
    is_hidden: bool
    is_hidden_by_moderator: bool
    view_count: int
    width: Annotated[int | None, Meta(description="In pixels.")]
    height: Annotated[int | None, Meta(description="In pixels.")]
    frame_count: int | None
    file_format: str | None
    discloses: Annotated[Sequence[str], Meta(description="Personal metadata it was deliberately published with.")]
    version: Annotated[int, Meta(description="Which of the files that the post has shown.")] = 1
    file: TakenFile
    library_file: Annotated[
        Sha256 | None,
        Meta(description="Of the library's file that it was published from; ``file`` may have less metadata."),
    ] = None
    alt_text: str | None = None
    content_warnings: Sequence[str] = ()
    ai_disclosure: Annotated[AiDisclosure | None, Meta(description="Null: not declared.")] = None
    ai_opt_out: Annotated[bool | None, Meta(description="Null: as the artist's default is.")] = None
    series: Annotated[str | None, Meta(description="The name of the series that it is in.")] = None
    series_id: SeriesId = None
    series_position: Annotated[int | None, Meta(description="Its place there, counted from 1.")] = None


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``data/files.jsonl``: a file of the library; the trash is left out."""

    id: int
    name: str
    folder: Annotated[str, Meta(description="Empty for none.")]
    original_path: str | None
    type: AssetType
    file_format: str
    width: Annotated[int | None, Meta(description="In pixels.")]
    height: Annotated[int | None, Meta(description="In pixels.")]
    frame_count: int | None
    duration_sec: Annotated[float | None, Meta(description="In seconds.")]
    samplerate_hz: int | None
    theme: str | None
    source: str | None
    provenance: Provenance
    hashtags: Sequence[str]
    license: SpdxLicense | None
    attribution: str | None
    note: str | None
    rating: Rating
    label: Label | None
    approved: bool
    rejected_at: datetime | None
    parent: Annotated[Sha256 | None, Meta(description="Of the file that it was made from.")]
    post: Annotated[str | None, Meta(description="The public id of the post that it was published as.")]
    generation: Generation | None
    created_at: datetime
    updated_at: datetime
    file: TakenFile
    alt_text: str | None = None
    content_warnings: Sequence[str] = ()
    ai_opt_out: Annotated[bool | None, Meta(description="Null: as the artist's default is.")] = None


class PackedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a pack."""

    sha256: Sha256
    notes: str | None
    path: Annotated[str | None, Meta(description="In the pack, if set; null: as in the library.")] = None


class EditionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A built archive of a pack; the last three are kept."""

    edition: int
    version: str | None
    changes: str | None
    built_at: datetime
    asset_count: int
    file: TakenFile


class PackRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``data/packs.jsonl``; ``files`` are in the pack's order."""

    id: int
    name: str
    slug: str
    theme: str | None
    description: str | None
    license_type: str
    license: SpdxLicense | None
    custom_license: str | None
    marks: Marks
    created_at: datetime
    updated_at: datetime
    files: Sequence[PackedFile]
    editions: Annotated[Sequence[EditionRecord], Meta(description="Oldest first.")]
    layout: Annotated[Literal["folders", "flat"], Meta(description="Whether it keeps folders.")] = "folders"


class SeriesRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``data/series.jsonl``; its posts name it, with their places. Several may have one name."""

    id: Annotated[int | None, Meta(description="Null in a takeout of an earlier release.")] = None
    name: str
    description: str | None
    cover: Annotated[str | None, Meta(description="The public id of a post; null: its first one.")]
    created_at: datetime


class DraftRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``data/drafts.jsonl``, in the table's order: a file of the library that is to become a post."""

    file: Sha256
    title: str | None
    description: str | None
    hashtags: Sequence[str]
    alt_text: str | None
    content_warnings: Sequence[str]
    license: SpdxLicense | None
    ai_disclosure: Annotated[AiDisclosure | None, Meta(description="Null: not declared.")]
    ai_opt_out: Annotated[bool | None, Meta(description="Null: as the artist's default is.")]
    marks: Annotated[Literal["strip", "keep"] | None, Meta(description="What becomes of personal metadata.")]
    is_hidden: Annotated[bool, Meta(description="Whether its post begins hidden.")]
    series: Annotated[str | None, Meta(description="The name of the series that its post joins.")]
    series_id: SeriesId = None
    due_at: Annotated[datetime | None, Meta(description="When it is published; null: not scheduled.")]
    is_placed_by_hand: Annotated[bool, Meta(description="Whether the rule leaves it on its day.")]
    posted_at: Annotated[datetime | None, Meta(description="The date of its post; null: when it is published.")]


class CommentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``data/comments.jsonl``: of others below the user's posts, or of the user below any post."""

    id: str
    post: Annotated[str, Meta(description="The post's public id.")]
    post_title: str | None
    post_author: str | None
    author: Annotated[str | None, Meta(description="The handle; null if they are anonymous.")]
    is_own: Annotated[bool, Meta(description="Whether the user has written it.")]
    body: str
    created_at: datetime


class ReactionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``data/reactions.jsonl``: ``count`` reactions of others to a post, or one of the user's own."""

    post: Annotated[str, Meta(description="The post's public id.")]
    post_author: str | None
    emoji: str
    count: int
    is_own: Annotated[bool, Meta(description="Whether it is the user's own.")]
    created_at: Annotated[datetime, Meta(description="Of the last one.")]


class ReportRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``data/reports.jsonl``: what was found in a file of the library when it was added."""

    file: Sha256
    file_name: str
    outcome: str
    facts: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]]
    created_at: datetime


class UploadRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``data/uploads.jsonl``."""

    name: str | None
    status: str
    total_files: int
    successful_files: int
    failed_files: int
    created_at: datetime
    completed_at: datetime | None


class DocumentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the archive; ``lines`` of those with one JSON object a line."""

    path: Path
    sha256: Sha256
    size_bytes: int
    lines: int | None


class MissingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is not in the archive, and why."""

    sqid: Annotated[str, Meta(description="The post's public id, or the number of the file or pack.")]
    title: str | None
    reason: str


class UserRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Whose takeout it is."""

    handle: str
    sqid: str
    created_at: datetime


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """``pmd.json``, the last entry of a takeout.

    With ``since`` the archive has only files that are newer than that, and all documents: unpack it over the takeout
    from before.
    """

    format: Literal["pmd-takeout"]
    version: Literal[1]
    made_by: Annotated[str, Meta(description="The service and its release.", examples=["pmd-service 1.0.0"])]
    made_at: datetime
    since: datetime | None
    site: Annotated[str, Meta(description="The address of the installation.")]
    user: UserRecord
    documents: Sequence[DocumentRecord]
    missing: Sequence[MissingRecord]
    parts: Annotated[Sequence[TakeoutPart], Meta(description="What it has; documents of other parts are left out.")] = (
        PARTS
    )


# The documents with one object a line.
LINES: Mapping[str, type[msgspec.Struct]] = {
    "data/posts.jsonl": PostRecord,
    "data/files.jsonl": FileRecord,
    "data/packs.jsonl": PackRecord,
    "data/series.jsonl": SeriesRecord,
    "data/drafts.jsonl": DraftRecord,
    "data/comments.jsonl": CommentRecord,
    "data/reactions.jsonl": ReactionRecord,
    "data/reports.jsonl": ReportRecord,
    "data/uploads.jsonl": UploadRecord,
}
