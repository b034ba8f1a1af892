"""The types of licences of packs: one record each, from which follow the API, the documents and the page."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from ..locales import translatable
from ..site.license_texts import LicenseText, spdx_texts

Condition: TypeAlias = Literal["credit", "no_money", "share_alike", "no_changes"]

_FOLDER = Path(__file__).with_name("licences")


class LicenseKind(msgspec.Struct, frozen=True, kw_only=True):
    """One type of licence.

    Args:
        title, may, must, must_not: for the owner who chooses it.
        summary: for the pack's users, in its documents.
        identifiers: the SPDX licences that fit it. Without a ``reference`` the first is the default.
        reference: our own text's identifier, which is none of SPDX's and so a LicenseRef- (SPDX 2.3, annex D).
        text: the file of our own text in ``licences/``; None if the owner writes it.
        conditions: those of our own text.
        use, changes: lines of the pack's page, where they say more than the conditions do.
    """

    name: str
    title: str
    may: str
    must: str
    must_not: str
    summary: str
    identifiers: Sequence[str] = ()
    reference: str | None = None
    text: str | None = None
    conditions: frozenset[Condition] = frozenset()
    use: str | None = None
    changes: str | None = None

    @property
    def fitting(self) -> Sequence[str | None]:
        """The licences that fit; None is our own text."""
        return [None, *self.identifiers] if self.reference else self.identifiers


LICENSES = (
    LicenseKind(
        name="royalty_free",
        title="Free for anything",
        may="Use it for anything, including commercially, changed or unchanged.",
        must="Nothing. No credit needed.",
        must_not="Claim they made it.",
        summary="Use it for anything, including commercially. No credit is required.",
        identifiers=["CC0-1.0"],
        reference="LicenseRef-Royalty-Free",
        text="royalty_free.txt",
    ),
    LicenseKind(
        name="attribution",
        title="Free with credit",
        may="Use it for anything, including commercially, changed or unchanged.",
        must="Credit you, and say what they changed.",
        must_not="Remove the credit, or add their own terms.",
        summary="Use it for anything, including commercially, and credit its author.",
        identifiers=["CC-BY-4.0", "CC-BY-SA-4.0"],
    ),
    LicenseKind(
        name="commercial",
        title="Sell what you make with it",
        may="Use it in games, films and prints they sell.",
        must="Credit the files that require it.",
        must_not="Resell or share the files themselves.",
        summary="You may sell what you make with it, but not the files themselves.",
        reference="LicenseRef-Commercial",
        text="commercial.txt",
        conditions=frozenset({"credit"}),
        changes=translatable("Don't sell the files themselves."),
    ),
    LicenseKind(
        name="personal",
        title="Non-commercial",
        may="Use it personally, at school, in free projects.",
        must="Credit you.",
        must_not="Make money with it.",
        summary="Use it for anything that earns no money.",
        identifiers=["CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0"],
        reference="LicenseRef-Personal",
        text="personal.txt",
        conditions=frozenset({"credit", "no_money", "share_alike", "no_changes"}),
    ),
    LicenseKind(
        name="editorial",
        title="News and teaching",
        may="Use it in news, commentary and lessons, including paid ones.",
        must="Credit you.",
        must_not="Use it in ads or on merchandise, or alter what it shows.",
        summary="Use it to report, comment and teach, unchanged and with credit to its author; not to advertise.",
        reference="LicenseRef-Editorial",
        text="editorial.txt",
        conditions=frozenset({"credit", "no_changes"}),
        use=translatable("Use it to report, comment and teach, not to advertise."),
    ),
    LicenseKind(
        name="custom",
        title="Custom",
        may="See your text below.",
        must="See your text below.",
        must_not="Anything else. Files whose licence has its own terms cannot be included.",
        summary="The owner's own licence defines what you may do with it.",
        reference="LicenseRef-Custom",
        # Its conditions are unknown, and so count as none.
    ),
)


def _by_name(records: Sequence[LicenseKind]) -> Mapping[str, LicenseKind]:
    """Raises: ValueError: a record is wrong."""
    for each in records:
        if not each.fitting:
            raise ValueError(f"the type of licence “{each.name}” has neither a text of ours nor an SPDX licence")
        if unknown := {*each.identifiers} - {*spdx_texts()}:
            raise ValueError(f"the type of licence “{each.name}” names what is not in licenses.json: {sorted(unknown)}")
        if each.text and not (each.reference and (_FOLDER / each.text).is_file()):
            raise ValueError(f"the type of licence “{each.name}” has no reference, or no file licences/{each.text}")
    found = {each.name: each for each in records}
    if len(found) < len(records):
        raise ValueError("two types of licences have one name")
    return found


LICENSE_KINDS = _by_name(LICENSES)
CUSTOM = LICENSE_KINDS["custom"]
if TYPE_CHECKING:
    LicenseType: TypeAlias = str
else:
    LicenseType = Literal[tuple(LICENSE_KINDS)]


@cache
def _own_texts() -> Mapping[str, LicenseText]:
    """By reference; each begins with its name, and ends with the common part."""
    common = (_FOLDER / "common.txt").read_text("utf-8")
    own = {
        each.reference: (_FOLDER / each.text).read_text("utf-8") for each in LICENSES if each.reference and each.text
    }
    return {name: LicenseText(name=text.partition("\n")[0], text=f"{text}\n{common}") for name, text in own.items()}


def license_text(identifier: str) -> LicenseText:
    """The licence with this SPDX identifier, or one of our own by its reference."""
    return _own_texts().get(identifier) or spdx_texts()[identifier]


_PARTS: Mapping[str, Condition] = {
    "-BY": "credit",
    "-NC": "no_money",
    "-SA": "share_alike",
    "-ND": "no_changes",
}


def conditions_of(identifier: str) -> frozenset[Condition] | None:
    """The conditions of a Creative Commons licence; None if they are unknown."""
    if not identifier.startswith("CC") or identifier not in spdx_texts():
        return None
    return frozenset(condition for part, condition in _PARTS.items() if part in identifier)
