"""Checks that a pack's licence permits no more than its files' licences (LIBRARY section 5).

Pure functions; conflicts are values with a code, a message and the file.

A licence has conditions: credit, no commercial use, share-alike, no derivatives. The conditions of the pack's licence
must include those of every file. A file without a licence of its own is its owner's, and the pack's licence applies.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..assets.asset import NewAsset
from ..assets.types import AiDisclosure
from ..locales import Sentence, plural, translatable
from ..media.rights import Rights
from .license_kinds import CUSTOM, LICENSE_KINDS, Condition, LicenseKind, LicenseType, conditions_of

ConflictCode: TypeAlias = Literal[
    "empty", "too_large",
    "in_trash", "not_approved", "provenance_unknown", "license_missing", "attribution_missing",
    "license_unknown", "asks_credit", "no_money", "share_alike", "no_changes", "was_changed",
    "cannot_strip",
]  # fmt: skip

MAX_FILES = 1_024


class PackLicense(msgspec.Struct, frozen=True, kw_only=True):
    """A pack's type of licence, with an SPDX identifier or the text of a custom one, if it has such."""

    license_type: LicenseType
    identifier: str | None = None
    words: str | None = None

    @property
    def kind(self) -> LicenseKind:
        return LICENSE_KINDS[self.license_type]

    @property
    def fits(self) -> bool:
        """Whether this licence fits its type."""
        return self.identifier in self.kind.fitting

    @property
    def spdx(self) -> str:
        """The SPDX identifier or LicenseRef."""
        name = self.identifier or self.kind.reference
        assert name is not None, "a fitting licence has a name"
        return name

    @property
    def conditions(self) -> frozenset[Condition]:
        """The conditions that the pack's users must meet."""
        if self.identifier is None:
            return self.kind.conditions
        conditions = conditions_of(self.identifier)
        assert conditions is not None, "a fitting licence is a known one"
        return conditions


class PackFile(NewAsset, frozen=True, kw_only=True):
    """A file of a pack, from the database."""

    asset_id: int
    license_identifier: str | None
    approved: bool
    in_trash: bool
    notes: str | None
    folder: str = ""  # in the library
    pack_path: str | None = None  # in the pack, if its artist has set it
    is_new: bool = False
    version: int | None = None  # of the post that shows it, if its file was ever replaced
    opts_out: bool = False
    ai_disclosure: AiDisclosure | None = None

    @property
    def rights(self) -> Rights:
        return Rights(opts_out=self.opts_out, disclosure=self.ai_disclosure)

    @property
    def has_preview(self) -> bool:
        """``PackedAsset`` reads it by its name."""
        return self.preview_path is not None


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Why a pack cannot be built; without a file if it concerns the whole pack."""

    code: Annotated[ConflictCode, Meta(examples=["no_money"])]
    message: Annotated[Sentence, Meta(examples=["CC-BY-NC-4.0 forbids commercial use, but the pack allows it."])]
    asset_id: Annotated[int | None, Meta(examples=[8])] = None
    file: Annotated[str | None, Meta(examples=["wave.png"])] = None

    @property
    def sentence(self) -> str:
        return translatable(f"The file “{self.file}”: {self.message}") if self.file else self.message


def find_conflicts(license: PackLicense, contents: Sequence[PackFile], *, max_bytes: int) -> list[Conflict]:
    """All conflicts: first those of the whole pack, then by file in the pack's order."""
    return [*_of_pack(contents, max_bytes), *_of_files(license, contents)]


def refusal(conflicts: Sequence[Conflict]) -> str:
    """The message for a refused export: the first conflict, and the number of others."""
    message = translatable(f"The pack cannot be built as it is: {conflicts[0].sentence}")
    if len(conflicts) == 1:
        return message
    more = plural("And {number} more conflict.", "And {number} more conflicts.", len(conflicts) - 1)
    return f"{message} {more}"


def _of_pack(contents: Sequence[PackFile], max_bytes: int) -> Iterator[Conflict]:
    if not contents:
        yield Conflict(code="empty", message="The pack has no files yet.")
    size = sum(content.size_bytes for content in contents)
    if size > max_bytes:
        yield Conflict(
            code="too_large",
            message=(
                f"The files have {size / 1e6:,.1f} MB together, and a pack may have {max_bytes / 1e6:,.1f} MB: "
                "remove some, or make two packs."
            ),
        )


def _of_files(license: PackLicense, contents: Sequence[PackFile]) -> Iterator[Conflict]:
    alike = _shared_alike(license, contents)
    for content in contents:
        for code, message in (*_of_metadata(content), *_of_license(license, content, alike)):
            yield Conflict(code=code, message=message, asset_id=content.asset_id, file=content.name)


def _of_metadata(content: PackFile) -> Iterator[tuple[ConflictCode, str]]:
    if content.in_trash:
        yield "in_trash", "It is in the trash: restore it, or remove it from the pack."
    elif not content.approved:
        yield "not_approved", "It is not approved yet."
    if content.attribution and content.license_identifier is None:
        yield "license_missing", "It is somebody else's work, so state the licence that lets you share it."
    elif content.provenance == "unknown" and not content.attribution:
        if "credit" in (conditions_of(content.license_identifier or "") or ()):
            yield "attribution_missing", f"{content.license_identifier} requires credit: say who made it."
        else:
            yield "provenance_unknown", "Say where it comes from: whether it is yours, or whose it is."


def _of_license(license: PackLicense, content: PackFile, alike: str | None) -> Iterator[tuple[ConflictCode, str]]:
    identifier = content.license_identifier
    if identifier is None:
        return
    conditions = conditions_of(identifier)
    if conditions is None:
        yield "license_unknown", f"The conditions of {identifier} are not known here, so it cannot be checked."
        return
    is_changed = content.provenance == "enhanced" or content.parent_asset_id is not None
    if "no_changes" in conditions and content.attribution and is_changed:
        yield "was_changed", f"{identifier} allows sharing it unchanged only, and this is a changed version."
    if "share_alike" in conditions & license.conditions and identifier != alike:
        yield (
            "share_alike",
            f"{identifier} and {alike} each require the same licence for everything made with them.",
        )
    messages: dict[Condition, tuple[ConflictCode, str]] = {
        "credit": ("asks_credit", f"{identifier} requires credit to its author, but the pack's licence does not."),
        "no_money": ("no_money", f"{identifier} forbids commercial use, but the pack allows it."),
        "share_alike": ("share_alike", f"{identifier} requires the same licence for everything made with it."),
        "no_changes": ("no_changes", f"{identifier} forbids changed versions, but the pack allows them."),
    }
    unknown = f"{identifier} has a condition, and it is not known whether the pack's custom licence has it too."
    for condition, (code, message) in messages.items():
        if condition in conditions - license.conditions:
            yield code, unknown if license.kind is CUSTOM else message


def _shared_alike(license: PackLicense, contents: Sequence[PackFile]) -> str | None:
    """The share-alike licence that all such files must have: the pack's, or else that of the first such file."""
    given = [license.identifier, *(content.license_identifier for content in contents)]
    return next((name for name in given if name and "share_alike" in (conditions_of(name) or ())), None)
