"""A pack never promises more than its files allow: every licence with every content."""

import itertools
from typing import Any

import pytest

from pmd_service.packs.license_kinds import LICENSE_KINDS, LicenseType, conditions_of, license_text
from pmd_service.packs.licensing import Conflict, PackLicense, find_conflicts

from .files import OTHERS, OWN, pack_file

BIG = 2**31

PACKS: dict[str, tuple[LicenseType, str | None]] = {
    "royalty_free": ("royalty_free", None),
    "CC0": ("royalty_free", "CC0-1.0"),
    "BY": ("attribution", "CC-BY-4.0"),
    "BY-SA": ("attribution", "CC-BY-SA-4.0"),
    "commercial": ("commercial", None),
    "personal": ("personal", None),
    "BY-NC": ("personal", "CC-BY-NC-4.0"),
    "BY-NC-SA": ("personal", "CC-BY-NC-SA-4.0"),
    "BY-NC-ND": ("personal", "CC-BY-NC-ND-4.0"),
    "editorial": ("editorial", None),
    "custom": ("custom", None),
}

CONTENTS: dict[str, dict[str, Any]] = {
    "own": OWN,
    "own, made by a model": {"provenance": "ai_generated"},
    "own, enhanced": {"provenance": "enhanced", "parent_asset_id": 7},
    "CC0": OTHERS | {"license_identifier": "CC0-1.0"},
    "BY": OTHERS | {"license_identifier": "CC-BY-4.0"},
    "own, BY": OWN | {"license_identifier": "CC-BY-4.0"},
    "BY 3.0": OTHERS | {"license_identifier": "CC-BY-3.0"},
    "BY-SA": OTHERS | {"license_identifier": "CC-BY-SA-4.0"},
    "BY-SA 3.0": OTHERS | {"license_identifier": "CC-BY-SA-3.0"},
    "BY-ND": OTHERS | {"license_identifier": "CC-BY-ND-4.0"},
    "BY-ND, changed": OTHERS | {"license_identifier": "CC-BY-ND-4.0", "provenance": "enhanced"},
    "BY-ND, of another": OTHERS | {"license_identifier": "CC-BY-ND-4.0", "parent_asset_id": 7},
    "BY-NC": OTHERS | {"license_identifier": "CC-BY-NC-4.0"},
    "BY-NC-SA": OTHERS | {"license_identifier": "CC-BY-NC-SA-4.0"},
    "BY-NC-ND": OTHERS | {"license_identifier": "CC-BY-NC-ND-4.0"},
    "another licence": OTHERS | {"license_identifier": "All-Rights-Reserved"},
    "other's, no licence": OTHERS,
    "unknown author": {"provenance": "unknown"},
    "BY, no attribution": {"provenance": "unknown", "license_identifier": "CC-BY-4.0"},
}

# The conflicts of each content in each pack; “–” is nothing. Columns are PACKS in their order.
TABLE = """
own                    | –  | –  | –  | –  | –  | – | –  | –  | –     | –  | –
own, made by a model   | –  | –  | –  | –  | –  | – | –  | –  | –     | –  | –
own, enhanced          | –  | –  | –  | –  | –  | – | –  | –  | –     | –  | –
CC0                    | –  | –  | –  | –  | –  | – | –  | –  | –     | –  | –
BY                     | c  | c  | –  | –  | –  | – | –  | –  | –     | –  | c
own, BY                | c  | c  | –  | –  | –  | – | –  | –  | –     | –  | c
BY 3.0                 | c  | c  | –  | –  | –  | – | –  | –  | –     | –  | c
BY-SA                  | cs | cs | s  | –  | s  | – | s  | s  | s     | s  | cs
BY-SA 3.0              | cs | cs | s  | s  | s  | – | s  | s  | s     | s  | cs
BY-ND                  | cd | cd | d  | d  | d  | – | d  | d  | –     | –  | cd
BY-ND, changed         | wcd| wcd| wd | wd | wd | w | wd | wd | w     | w  | wcd
BY-ND, of another      | wcd| wcd| wd | wd | wd | w | wd | wd | w     | w  | wcd
BY-NC                  | cn | cn | n  | n  | n  | – | –  | –  | –     | n  | cn
BY-NC-SA               | cns| cns| ns | sn | ns | – | s  | –  | s     | ns | cns
BY-NC-ND               | cnd| cnd| nd | nd | nd | – | d  | d  | –     | n  | cnd
another licence        | ?  | ?  | ?  | ?  | ?  | ? | ?  | ?  | ?     | ?  | ?
other's, no licence    | l  | l  | l  | l  | l  | l | l  | l  | l     | l  | l
unknown author         | p  | p  | p  | p  | p  | p | p  | p  | p     | p  | p
BY, no attribution     | ac | ac | a  | a  | a  | a | a  | a  | a     | a  | ac
"""

CODES = {
    "c": "asks_credit",
    "n": "no_money",
    "s": "share_alike",
    "d": "no_changes",
    "w": "was_changed",
    "?": "license_unknown",
    "l": "license_missing",
    "p": "provenance_unknown",
    "a": "attribution_missing",
}

EXPECTED = {
    (pack, content): [CODES[sign] for sign in cell.strip() if sign != "–"]
    for line in TABLE.strip().splitlines()
    for content, *cells in [[part.strip() for part in line.split("|")]]
    for pack, cell in zip(PACKS, cells, strict=True)
}


def codes(conflicts: list[Conflict]) -> list[str]:
    return [conflict.code for conflict in conflicts]


def test_licence_table_has_every_pair() -> None:
    assert EXPECTED.keys() == set(itertools.product(PACKS, CONTENTS))
    assert {(kind, name) for kind, each in LICENSE_KINDS.items() for name in each.fitting} == set(PACKS.values())


@pytest.mark.parametrize(("pack", "content"), [*itertools.product(PACKS, CONTENTS)])
def test_each_licence_with_each_content_licence(pack: str, content: str) -> None:
    kind, identifier = PACKS[pack]
    license = PackLicense(license_type=kind, identifier=identifier)
    assert license.fits
    found = find_conflicts(license, [pack_file(1), pack_file(2, **CONTENTS[content])], max_bytes=BIG)
    assert codes(found) == EXPECTED[pack, content]
    for conflict in found:
        assert (conflict.asset_id, conflict.file) == (2, "dragon2.png")
        assert conflict.message.endswith(".")


def test_share_alike_files_have_one_licence_in_custom_packs() -> None:
    alike, otherwise = "CC-BY-SA-4.0", "CC-BY-NC-SA-4.0"
    files = [
        pack_file(number, **OTHERS, license_identifier=name)
        for number, name in enumerate([alike, otherwise, "CC-BY-NC-4.0", alike, otherwise])
    ]
    found = find_conflicts(PackLicense(license_type="personal"), files, max_bytes=BIG)
    assert [(conflict.asset_id, conflict.code) for conflict in found] == [(1, "share_alike"), (4, "share_alike")]


def test_own_enhanced_work_is_packed_despite_no_derivatives() -> None:
    license = PackLicense(license_type="personal")
    own = pack_file(1, provenance="enhanced", parent_asset_id=2, license_identifier="CC-BY-ND-4.0")
    assert find_conflicts(license, [own], max_bytes=BIG) == []


def test_pack_needs_approved_files() -> None:
    files = [pack_file(1, approved=False), pack_file(2, in_trash=True, approved=False), pack_file(3)]
    found = find_conflicts(PackLicense(license_type="royalty_free"), files, max_bytes=BIG)
    assert [(conflict.asset_id, conflict.code) for conflict in found] == [(1, "not_approved"), (2, "in_trash")]


def test_pack_is_neither_empty_nor_too_large() -> None:
    license = PackLicense(license_type="royalty_free")
    assert codes(find_conflicts(license, [], max_bytes=BIG)) == ["empty"]
    files = [pack_file(1), pack_file(2)]
    assert codes(find_conflicts(license, files, max_bytes=2_000)) == []
    assert codes(find_conflicts(license, files, max_bytes=1_999)) == ["too_large"]


def test_licence_must_fit_the_kind_of_pack() -> None:
    known = {identifier for kind in LICENSE_KINDS.values() for identifier in kind.fitting}
    for kind in LICENSE_KINDS.values():
        for name in known | {"GPL-3.0-only"}:
            assert PackLicense(license_type=kind.name, identifier=name).fits == (name in kind.fitting)


def test_every_file_licence_has_its_full_text() -> None:
    known = [
        f"CC-BY{middle}-{version}"
        for middle in ("", "-NC", "-SA", "-ND", "-NC-SA", "-NC-ND")
        for version in ("1.0", "2.0", "2.5", "3.0", "4.0")
    ]
    for name in ["CC0-1.0", *known]:
        assert conditions_of(name) is not None
        assert len(license_text(name).text) > 1_000
        assert license_text(name).url
    for name in ("CC-BY-9.9", "CC-BY-4.0-or-later", "cc-by-4.0", "", "CC-BY-SA-ND-4.0", "CC-BY-4.0\n"):
        assert conditions_of(name) is None
