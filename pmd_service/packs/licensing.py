"""Whether a pack's licence promises more than its files allow (LIBRARY section 5).

Pure: what is wrong comes back as values with a code, a sentence and the file.

A licence asks for conditions: credit, no money, sharing alike, no changes. A pack under a licence tells its conditions
to whoever takes it, so every file's own conditions must be among them. A file without a licence of its own is its
owner's, and goes under the pack's.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..assets.asset import NewAsset

LicenseType: TypeAlias = Literal["royalty_free", "attribution", "commercial", "personal", "editorial", "custom"]
Condition: TypeAlias = Literal["credit", "no_money", "share_alike", "no_changes"]
ConflictCode: TypeAlias = Literal[
    "empty", "too_large",
    "in_trash", "not_approved", "provenance_unknown", "license_missing", "attribution_missing",
    "license_unknown", "asks_credit", "no_money", "share_alike", "no_changes", "was_changed",
]  # fmt: skip

MAX_FILES = 1_024

# SPDX has no identifier for our own plain texts: such are called LicenseRef- (SPDX 2.3, annex D).
OWN_TEXTS = {
    "royalty_free": "LicenseRef-Royalty-Free",
    "commercial": "LicenseRef-Commercial",
    "personal": "LicenseRef-Personal",
    "editorial": "LicenseRef-Editorial",
    "custom": "LicenseRef-Custom",
}

# The licences under which a pack of a kind may go; None is our own plain text.
FITTING: dict[LicenseType, tuple[str | None, ...]] = {
    "royalty_free": (None, "CC0-1.0"),
    "attribution": ("CC-BY-4.0", "CC-BY-SA-4.0"),
    "commercial": (None,),
    "personal": (None, "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0"),
    "editorial": (None,),
    "custom": (None,),
}

# What our own texts tell, condition by condition.
OWN_CONDITIONS: dict[LicenseType, frozenset[Condition]] = {
    "royalty_free": frozenset(),
    "commercial": frozenset({"credit"}),
    "personal": frozenset({"credit", "no_money", "share_alike", "no_changes"}),
    "editorial": frozenset({"credit", "no_changes"}),
    # What its owner's words tell, nobody here can say.
    "custom": frozenset(),
}

_CREATIVE_COMMONS = re.compile(
    r"CC-BY(?P<no_money>-NC)?(?:(?P<share_alike>-SA)|(?P<no_changes>-ND))?-(?:[1-4]\.0|2\.5)"
)
_PARTS: tuple[Condition, ...] = ("no_money", "share_alike", "no_changes")


class PackLicense(msgspec.Struct, frozen=True, kw_only=True):
    """A pack's kind of licence and, where it has one, the licence's SPDX identifier; or its owner's words."""

    license_type: LicenseType
    identifier: str | None = None
    words: str | None = None

    @property
    def fits(self) -> bool:
        """Whether this licence is one of its kind's."""
        return self.identifier in FITTING[self.license_type]

    @property
    def spdx(self) -> str:
        """The licence as REUSE names it, our own texts included."""
        return self.identifier or OWN_TEXTS[self.license_type]

    @property
    def told(self) -> frozenset[Condition]:
        """The conditions that whoever takes the pack is told of."""
        if self.identifier is None:
            return OWN_CONDITIONS[self.license_type]
        conditions = conditions_of(self.identifier)
        assert conditions is not None, "a fitting licence is a known one"
        return conditions


class PackFile(NewAsset, frozen=True, kw_only=True):
    """A file of a pack, as the database has it."""

    asset_id: int
    license_identifier: str | None
    approved: bool
    in_trash: bool
    notes: str | None

    @property
    def has_preview(self) -> bool:
        return self.preview_path is not None


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Why a pack cannot be built as it is; without a file where it concerns the pack as a whole."""

    code: Annotated[ConflictCode, Meta(examples=["no_money"])]
    message: Annotated[str, Meta(examples=["CC-BY-NC-4.0 forbids to earn money with it, and the pack allows it."])]
    asset_id: Annotated[int | None, Meta(examples=[8])] = None
    file: Annotated[str | None, Meta(examples=["wave.png"])] = None

    @property
    def told(self) -> str:
        return f"{self.file}: {self.message}" if self.file else self.message


def conditions_of(identifier: str) -> frozenset[Condition] | None:
    """What a licence asks for; None for one whose conditions we do not know, and so cannot keep."""
    if identifier == "CC0-1.0":
        return frozenset()
    match = _CREATIVE_COMMONS.fullmatch(identifier)
    if match is None:
        return None
    return frozenset({"credit", *(part for part in _PARTS if match[part])})


def find_conflicts(license: PackLicense, contents: Sequence[PackFile], *, max_bytes: int) -> list[Conflict]:
    """Everything that stands against a build, the pack's own first, then file by file in the pack's order."""
    return [*_of_the_pack(contents, max_bytes), *_of_the_files(license, contents)]


def refusal(conflicts: Sequence[Conflict]) -> str:
    """Why nothing is built: the first of the conflicts, and how many there are beside it."""
    more = f" There are {len(conflicts) - 1} more such." if len(conflicts) > 1 else ""
    return f"The pack cannot be built as it is: {conflicts[0].told}{more}"


def _of_the_pack(contents: Sequence[PackFile], max_bytes: int) -> Iterator[Conflict]:
    if not contents:
        yield Conflict(code="empty", message="There is no file in the pack yet.")
    size = sum(content.size_bytes for content in contents)
    if size > max_bytes:
        yield Conflict(
            code="too_large",
            message=(
                f"The files are {size / 1e6:,.1f} MB together, and a pack takes {max_bytes / 1e6:,.1f} MB at most: "
                "take some out, or make two packs."
            ),
        )


def _of_the_files(license: PackLicense, contents: Sequence[PackFile]) -> Iterator[Conflict]:
    alike = _shared_alike(license, contents)
    for content in contents:
        for code, message in (*_of_its_papers(content), *_of_its_license(license, content, alike)):
            yield Conflict(code=code, message=message, asset_id=content.asset_id, file=content.name)


def _of_its_papers(content: PackFile) -> Iterator[tuple[ConflictCode, str]]:
    if content.in_trash:
        yield "in_trash", "It is in the trash: restore it, or take it out of the pack."
    elif not content.approved:
        yield "not_approved", "It is not approved yet."
    if content.attribution and content.license_identifier is None:
        yield "license_missing", "It is somebody else's work, so it needs the licence under which you may pass it on."
    elif content.provenance == "unknown" and not content.attribution:
        if "credit" in (conditions_of(content.license_identifier or "") or ()):
            yield "attribution_missing", f"{content.license_identifier} asks to name its author: say who made it."
        else:
            yield "provenance_unknown", "Say where it comes from: whether it is yours, or whose it is."


def _of_its_license(license: PackLicense, content: PackFile, alike: str | None) -> Iterator[tuple[ConflictCode, str]]:
    identifier = content.license_identifier
    if identifier is None:
        return
    conditions = conditions_of(identifier)
    if conditions is None:
        yield "license_unknown", f"We do not know what {identifier} allows, and cannot promise anything for it."
        return
    is_changed = content.provenance == "enhanced" or content.parent_asset_id is not None
    if "no_changes" in conditions and content.attribution and is_changed:
        yield "was_changed", f"{identifier} allows to pass it on unchanged only, and this is a changed version."
    if "share_alike" in conditions & license.told and identifier != alike:
        yield "share_alike", f"{identifier} and {alike} each ask for the same licence on everything made with them."
    told: dict[Condition, tuple[ConflictCode, str]] = {
        "credit": ("asks_credit", f"{identifier} asks to name its author, and the pack promises that nobody need."),
        "no_money": ("no_money", f"{identifier} forbids to earn money with it, and the pack allows it."),
        "share_alike": ("share_alike", f"{identifier} asks for the same licence on what is made with it."),
        "no_changes": ("no_changes", f"{identifier} forbids changed versions, and the pack allows them."),
    }
    unknown = f"{identifier} asks for something, and whether the pack's own words do too is not known here."
    for condition, (code, message) in told.items():
        if condition in conditions - license.told:
            yield code, unknown if license.license_type == "custom" else message


def _shared_alike(license: PackLicense, contents: Sequence[PackFile]) -> str | None:
    """The one licence that everything shared alike must have: the pack's, or else that of the first such file."""
    given = [license.identifier, *(content.license_identifier for content in contents)]
    return next((name for name in given if name and "share_alike" in (conditions_of(name) or ())), None)
