"""What an archive has, in the same words whatever its form: a form reads them, and the import makes them.

They come from a process that has read a stranger's bytes: everything is bounded.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..assets.asset import Label, Provenance, Rating
from ..assets.disclosures import Marks
from ..assets.types import AiDisclosure
from ..desk.rule import Rule
from ..locales import translatable
from ..media.watermark import Place
from ..site.texts import MAX_TITLE
from .listing import ArchiveRefusedError, Entry

_Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
_Line = Annotated[str, Meta(max_length=500)]
_Name = Annotated[str, Meta(min_length=1, max_length=255)]
_Text = Annotated[str, Meta(max_length=20_000)]
_Path = Annotated[str, Meta(max_length=1024)]
_Tags = Annotated[Sequence[_Line], Meta(max_length=64)]
_Series = Annotated[str, Meta(min_length=1, max_length=MAX_TITLE)]
_Pixels = tuple[Annotated[int, Meta(ge=0)], Annotated[int, Meta(ge=0)]]
_At = Annotated[datetime, Meta(tz=True)]


class ImpossibleTimeError(ArchiveRefusedError, ValueError):
    """Refused by a form, and by msgspec in what the child has written."""


class _Dated(msgspec.Struct, frozen=True, kw_only=True):
    """Something with times that PostgreSQL and Python both have: who reads a list with another one gets no list."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, datetime) and not 1 < value.year < MAXYEAR:
                raise ImpossibleTimeError(
                    translatable(f"The archive has a time in the year {value.year}, which is not possible here.")
                )


class FileItem(_Dated, frozen=True, kw_only=True, tag="file"):
    """A file for the library; ``parent`` is the SHA-256 of the file that it was made from.

    ``alt_text`` and ``content_warnings`` may be longer than files and posts can have them.
    """

    title: _Name
    entry: Entry
    sha256: _Sha256 | None = None
    original_path: _Path | None = None
    theme: _Line | None = None
    source: _Line | None = None
    provenance: Provenance = "unknown"
    hashtags: _Tags = ()
    license: _Line | None = None
    attribution: _Line | None = None
    note: Annotated[str, Meta(max_length=2000)] | None = None
    rating: Rating = 0
    label: Label | None = None
    approved: bool = False
    rejected_at: _At | None = None
    parent: _Sha256 | None = None
    created_at: _At | None = None
    alt_text: _Text | None = None
    content_warnings: _Tags = ()
    ai_opt_out: bool | None = None


class PostItem(_Dated, frozen=True, kw_only=True, tag="post"):
    """A post; ``library_file`` is the SHA-256 of the library's file that it was published from.

    ``discloses`` is the personal metadata that it has been published with; None: unknown, so that all is removed.
    ``pixels`` are width and height, as far as the file's first bytes name them.
    """

    title: _Line
    entry: Entry
    sha256: _Sha256 | None = None
    description: _Text | None = None
    alt_text: _Text | None = None
    content_warnings: _Tags = ()
    hashtags: _Tags = ()
    license: _Line | None = None
    created_at: _At
    is_hidden: bool = False
    pixels: _Pixels | None = None
    library_file: _Sha256 | None = None
    discloses: Annotated[Sequence[Literal["place", "author"]], Meta(max_length=2)] | None = None
    ai_disclosure: AiDisclosure | None = None
    ai_opt_out: bool | None = None
    series: _Series | None = None
    series_created_at: _At | None = None
    series_position: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    is_cover: bool = False


class SeriesItem(_Dated, frozen=True, kw_only=True, tag="series"):
    """A series; its posts name it, and say when it was made if it ``is_found_by_time``: others may have its name."""

    title: _Series
    is_found_by_time: bool = False
    description: _Text | None = None
    created_at: _At


class DraftItem(_Dated, frozen=True, kw_only=True, tag="draft"):
    """A draft; ``file`` is the SHA-256 of the library's file, ``posted_at`` the date that its post is to have."""

    title: _Line
    file: _Sha256
    description: _Text | None = None
    alt_text: _Text | None = None
    content_warnings: _Tags = ()
    hashtags: _Tags = ()
    license: _Line | None = None
    ai_disclosure: AiDisclosure | None = None
    ai_opt_out: bool | None = None
    marks: Literal["strip", "keep"] | None = None
    is_hidden: bool = False
    series: _Series | None = None
    series_created_at: _At | None = None
    due_at: _At | None = None
    is_placed_by_hand: bool = False
    posted_at: _At | None = None


class WatermarkItem(msgspec.Struct, frozen=True, kw_only=True):
    """A watermark; ``file`` is the SHA-256 of the library's picture."""

    text: Annotated[str, Meta(min_length=1, max_length=60)] | None
    file: _Sha256 | None
    place: Place
    opacity: Annotated[int, Meta(ge=1, le=100)]
    size: Annotated[int, Meta(ge=1, le=100)]


class SmartFolderItem(_Dated, frozen=True, kw_only=True):
    """A smart folder; its filter is checked when it is made."""

    name: _Line
    filter: Annotated[dict[_Line, _Line | int], Meta(max_length=40)]
    sort: _Line
    order: Literal["asc", "desc"] | None
    created_at: _At


class SavedViewItem(_Dated, frozen=True, kw_only=True):
    """A saved view of posts."""

    name: _Line
    query: _Text
    created_at: _At


class TagItem(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag's colour."""

    name: _Line
    color: _Line


class SettingItem(msgspec.Struct, frozen=True, kw_only=True, tag="setting"):
    """The publishing rule, the watermark, a smart folder, a saved view, a hashtag's colour, or the mails' language."""

    title: _Line
    rule: Rule | None = None
    watermark: WatermarkItem | None = None
    smart_folder: SmartFolderItem | None = None
    saved_view: SavedViewItem | None = None
    tag: TagItem | None = None
    language: _Line | None = None


class PackedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a pack."""

    sha256: _Sha256
    notes: _Text | None = None
    path: _Line | None = None


class PackItem(_Dated, frozen=True, kw_only=True, tag="pack"):
    """A pack, without its built editions."""

    title: _Name
    theme: _Line | None = None
    description: _Text | None = None
    license_type: _Line
    license: _Line | None = None
    custom_license: _Text | None = None
    marks: Marks = "strip"
    layout: Literal["folders", "flat"] = "folders"
    files: Annotated[Sequence[PackedItem], Meta(max_length=200_000)]
    created_at: _At


# What cannot come back, or is not in the archive, and why.
LostReason: TypeAlias = Literal[
    "not_in_archive", "damaged", "empty", "other_people", "rebuilt", "kept_here", "not_readable", "no_files",
    "no_date", "no_field", "no_column",
]  # fmt: skip


class LostItem(msgspec.Struct, frozen=True, kw_only=True, tag="lost"):
    """Something that the import leaves out; ``count`` of them."""

    title: _Line
    reason: LostReason
    count: Annotated[int, Meta(ge=1)] = 1


# How many of each are left out, by their title and why.
Lost: TypeAlias = Counter[tuple[str, LostReason]]


def lost_items(lost: Lost) -> Iterator[LostItem]:
    return (LostItem(title=title, reason=reason, count=count) for (title, reason), count in lost.items() if count)


Item: TypeAlias = FileItem | SeriesItem | PostItem | PackItem | DraftItem | SettingItem | LostItem
