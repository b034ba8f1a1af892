"""The request and response bodies of the uploads' routes."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..assets.asset import Provenance
from ..http.patterns import SHA256
from ..locales import Sentence
from ..site.texts import Hashtags
from .queries import Line, Upload

# Files that a request may check or announce; a larger upload is announced in pages.
MAX_ANNOUNCED = 512
Verdict = Literal["new", "already_there", "in_trash", "refused"]
_Total = Annotated[int, Meta(ge=1, le=2**31 - 1, description="Of all pages; by default this one.", examples=[1])]
_Text = Annotated[str, Meta(min_length=1, max_length=255)]
LeftOut = Literal["hidden", "unfinished"]
_LEFT_OUT = (
    "The client does not send it: a hidden or system file, or one that a program has not finished. It is reported."
)
MAX_FOLDER_LICENSES = 64


class AnnouncedFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file on its owner's disk."""

    path: Annotated[str, Meta(min_length=1, description="Relative, with `/`.", examples=["red.png"])]
    size_bytes: Annotated[int, Meta(ge=0, le=2**53, examples=[5_120])]
    sha256: Annotated[str, Meta(description="SHA-256."), SHA256] | None = None
    mtime: Annotated[int, Meta(ge=0, le=2**53, description="Milliseconds since 1970.")] | None = None
    left_out: Annotated[LeftOut, Meta(description=_LEFT_OUT)] | None = None


class TusFields(msgspec.Struct, frozen=True, kw_only=True):
    """The tus headers of a file's creation: ``Upload-Concat`` and ``Upload-Metadata`` as sent, and whether its length
    is deferred; until it is declared, the file's size is the maximum that is reserved.
    """

    concat: str | None = None
    metadata: str | None = None
    is_deferred: bool = False

    @property
    def is_part(self) -> bool:
        return self.concat == "partial"


class CheckRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/uploads/check."""

    files: Annotated[list[AnnouncedFile], Meta(min_length=1, max_length=MAX_ANNOUNCED)]


class FolderLicense(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The licence of the files in a folder and below it; of nested folders the innermost one counts."""

    folder: Annotated[str, Meta(min_length=1, max_length=1024, examples=["arcade/fonts"])]
    license_id: Annotated[int, Meta(ge=1, le=2**31 - 1)]


class Defaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Values for all files of an upload."""

    theme: _Text | None = None
    source: _Text | None = None
    provenance: Provenance = "unknown"
    license_id: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    attribution: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    hashtags: Hashtags = []
    folder_licenses: Annotated[list[FolderLicense], Meta(max_length=MAX_FOLDER_LICENSES)] = []

    def license_of(self, path: str) -> int | None:
        """The licence of the file with this path."""
        above = [each for each in self.folder_licenses if path.startswith(f"{each.folder}/")]
        innermost = max(above, key=lambda each: len(each.folder), default=None)
        return self.license_id if innermost is None else innermost.license_id


class UploadRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/uploads; for more than 512 files the first page, and the total number."""

    files: Annotated[list[AnnouncedFile], Meta(min_length=1)]
    total_files: _Total | None = None
    name: Annotated[_Text, Meta(examples=["dragons"])] | None = None
    defaults: Defaults = Defaults()


class PageRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/uploads/{upload_id}/files; ``first`` is the position of its first file, from 0."""

    first: Annotated[int, Meta(ge=0, le=2**31 - 1, examples=[512])]
    files: Annotated[list[AnnouncedFile], Meta(min_length=1)]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on a file: with ``asset_id`` if the library has it, with a code and a message if it is refused."""

    path: Annotated[str, Meta(examples=["dragons/red.png"])]
    verdict: Verdict
    asset_id: Annotated[int | None, Meta(examples=[7])] = None
    code: str | None = None
    message: Sentence | None = None


class AllowanceLeft(msgspec.Struct, frozen=True, kw_only=True):
    """A user's storage: files, previews, the trash, packs' editions; ``reserved_bytes`` are announced, not received."""

    limit_bytes: Annotated[int, Meta(examples=[5_368_709_120])]
    used_bytes: Annotated[int, Meta(examples=[5_120])]
    reserved_bytes: Annotated[int, Meta(examples=[0])]
    left_bytes: Annotated[int, Meta(examples=[5_368_704_000])]
    max_files: Annotated[int, Meta(examples=[200_000])]
    file_count: Annotated[int, Meta(examples=[1])]
    left_files: Annotated[int, Meta(examples=[199_999])]


class CheckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The verdicts in the order of the files."""

    items: Sequence[Checked]
    allowance: AllowanceLeft


class AnnouncedUpload(Upload, frozen=True, kw_only=True):
    """An upload, and the lines of the announced page; after a retry, the first 512."""

    files: Sequence[Line]
