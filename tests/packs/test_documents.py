"""A pack's documents: true to its list, and read by the programs that they are for."""

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

from pmd_service.packs import documents
from pmd_service.packs.contents import Edition
from pmd_service.packs.license_kinds import CUSTOM, LICENSE_KINDS
from pmd_service.packs.licensing import PackLicense
from pmd_service.packs.manifest import manifest

from .files import OTHERS, pack_edition, pack_file

ATTRIBUTION = PackLicense(license_type="attribution", identifier="CC-BY-4.0")

HOSTILE = [
    "../../etc/passwd",
    "con.png",
    "Dragon.PNG",
    "dragon.png",
    "DRAGON.png",
    "a|b`c*[d](e)<f>.png",
    "line\nbreak.png",
    "\u202egnp.evil.png",
    'quote"\\back.png',
    "  .png",
    "…" * 200 + ".png",
    "dragon-2.png",
    "~{}#é.png",
    "e\u0301.png",
]


def hostile_edition(license: PackLicense = ATTRIBUTION) -> Edition:
    return pack_edition(
        [
            pack_file(
                number,
                name=name,
                **OTHERS | {"attribution": 'A "name"\nSPDX-License-Identifier: GPL-3.0-only\u2028\\'},
                license_identifier=["CC-BY-4.0", "CC0-1.0", "CC-BY-3.0"][number % 3],
                source="https://example.com/<script>\r\n| x |",
                notes="A note\nin two lines",
            )
            for number, name in enumerate(HOSTILE, start=1)
        ],
        license,
        name="Dragons | <b>`*_",
        description="Line one\n\n# Not a heading\nSPDX-License-Identifier: nonsense\n[x](javascript:y) | z",
        holder='pixel"fan\nx',
    )


def write(edition: Edition, folder: Path, previews: list[str]) -> Path:
    """The pack as its archive would unfold."""
    root = folder / edition.folder
    files = documents.render(edition, previews)
    files |= dict.fromkeys(previews, b"a picture")
    files["checksums.txt"] = documents.checksums(edition, files)
    files |= {entry.rel_path: f"the bytes of {entry.file.asset_id}".encode() for entry in edition.entries}
    for path, data in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return root


def test_reuse_lint_passes_every_file(tmp_path: Path) -> None:
    root = write(hostile_edition(), tmp_path, ["previews/grid.png", "previews/1.png"])
    lint = subprocess.run(
        [Path(sys.executable).with_name("reuse"), "--root", root, "lint", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(lint.stdout)
    assert lint.returncode == 0, report["non_compliant"]
    assert set(report["summary"]["used_licenses"]) == {"CC-BY-4.0", "CC0-1.0", "CC-BY-3.0"}
    files = {Path(file["path"]).name: file for file in report["files"]}
    assert {entry.filename for entry in hostile_edition().entries} < files.keys()
    for entry in hostile_edition().entries:
        assert [found["value"] for found in files[entry.filename]["spdx_expressions"]] == [entry.license]


def test_reuse_lint_passes_our_own_licences(tmp_path: Path) -> None:
    words = "Print it.\n\nSPDX-License-Identifier: nonsense"
    own = [kind for kind in LICENSE_KINDS.values() if kind.reference]
    for kind in own:
        license = PackLicense(license_type=kind.name, words=words if kind is CUSTOM else None)
        root = write(pack_edition([pack_file()], license), tmp_path / license.license_type, [])
        subprocess.run([Path(sys.executable).with_name("reuse"), "--root", root, "lint", "--quiet"], check=True)
        assert (root / f"LICENSES/{license.spdx}.txt").read_text() in (root / "LICENSE.txt").read_text()


def test_sha256sum_verifies_every_other_file(tmp_path: Path) -> None:
    data = {number: f"the bytes of {number}".encode() for number in range(1, len(HOSTILE) + 1)}
    edition = hostile_edition()
    edition = pack_edition(
        [
            pack_file(number, name=name, hash=hashlib.sha256(data[number]).hexdigest())
            for number, name in enumerate(HOSTILE, start=1)
        ]
    )
    root = write(edition, tmp_path, ["previews/grid.png"])
    subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "checksums.txt"], cwd=root, check=True)
    listed = {line.partition("  ")[2] for line in (root / "checksums.txt").read_text().splitlines()}
    there = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert listed == there - {"checksums.txt"}


def test_pack_file_names_are_unique_without_regard_to_case() -> None:
    paths = [entry.rel_path for entry in hostile_edition().entries]
    assert len({path.casefold() for path in paths}) == len(HOSTILE)
    for path in paths:
        assert path.startswith("assets/")
        assert path.count("/") == 1
        assert path.casefold().endswith(".png")


def test_user_texts_are_escaped() -> None:
    edition = hostile_edition()
    for text in (documents.readme(edition), documents.credits(edition)):
        assert "<script>" not in text
        assert "](javascript" not in text
        assert "\u202e" not in text
        assert sum(line.startswith("# ") for line in text.splitlines()) == 1
    table = [line for line in documents.readme(edition).splitlines() if line.startswith("| ")]
    assert len(table) == 2 + len(HOSTILE)
    assert {line.replace("\\|", "").count("|") for line in table} == {6}


def test_readme_lists_contents_and_permissions() -> None:
    edition = pack_edition(
        [
            pack_file(1),
            pack_file(2, frame_count=12),
            pack_file(
                3, type="audio", file_format="ogg", width=None, height=None, duration_sec=2.5, samplerate_hz=44100
            ),
            pack_file(4, type="video", file_format="webm", duration_sec=3.0, license_identifier="CC0-1.0"),
        ]
    )
    text = documents.readme(edition, ["previews/grid.png"])
    for words in (
        "# Dragons",
        "Dragons for your game.",
        "Edition 3, 2026-01-02, by pixelfan",
        "2 images",
        "1 sound",
        "1 video",
        "4 files, 4,000 bytes together",
        "Use it for anything",
        "CC0-1.0",
        "64 × 32, 12 frames",
        "2.50 s, 44100 Hz",
        "![What is in it](previews/grid.png)",
    ):
        assert words in text
    assert "Copyright (c) 2026 pixelfan" in documents.license_document(edition)
    assert "assets/dragon4.webm: CC0-1.0 (LICENSES/CC0-1.0.txt)" in documents.license_document(edition)


def test_credits_list_attribution_licences_only() -> None:
    files = [
        pack_file(1, name="Castle.png", **OTHERS, license_identifier="CC-BY-4.0", source="https://example.com/castle"),
        pack_file(2, name="Own.png"),
    ]
    text = documents.credits(pack_edition(files, PackLicense(license_type="commercial")))
    (line,) = [line for line in text.splitlines() if line.startswith("- ")]
    assert line.startswith("- “Castle.png” by Somebody else, [Creative Commons Attribution 4.0 International](http")
    assert line.endswith("from https://example.com/castle")


def test_readme_and_credits_name_ai_generated_files_only() -> None:
    drawn = [pack_file(1), pack_file(2)]
    made = pack_file(3, name="wyrm_*.png", provenance="ai_generated")
    for write in (documents.readme, documents.credits):
        assert "1 of 3 files was made with AI: wyrm\\_\\_.png." in write(pack_edition([*drawn, made]))
        assert "AI" not in write(pack_edition(drawn))
    many = [pack_file(number, provenance="ai_generated") for number in range(1, documents.MAX_NAMED_FILES + 4)]
    assert "dragon20.png and 3 more." in documents.readme(pack_edition(many))


def test_manifest_has_the_specified_fields_and_is_deterministic() -> None:
    edition = hostile_edition()
    content = json.loads(manifest(edition))
    assert content["manifest_version"] == 1
    assert (content["pack"]["asset_count"], content["pack"]["total_size_bytes"]) == (len(HOSTILE), 1_000 * len(HOSTILE))
    assert content["assets"][0].keys() >= {
        "asset_id", "filename", "rel_path", "type", "width", "height", "duration", "size_bytes", "hash", "tags",
        "license", "attribution", "provenance", "parent",
    }  # fmt: skip
    assert documents.render(hostile_edition(), []) == documents.render(edition, [])
    for document in documents.render(pack_edition([pack_file()]), []).values():
        assert not any(word in document for word in (b"TODO", b"None", b"{}", b"FIXME"))


def test_own_file_with_attribution_credits_the_packs_holder() -> None:
    files = [pack_file(1, license_identifier="CC-BY-4.0"), pack_file(2, license_identifier="CC0-1.0")]
    text = documents.credits(pack_edition(files, ATTRIBUTION))
    assert "“dragon1.png” by pixelfan" in text
    assert "dragon2.png" not in text


def test_reuse_copyright_is_the_files_author_or_the_packs_owner() -> None:
    others = {"license_identifier": "CC-BY-4.0", "attribution": "Somebody else"}
    edition = pack_edition([pack_file(1, **others), pack_file(2)])
    annotations = tomllib.loads(documents.reuse(edition))["annotations"]
    holders = {each["path"][0]: each["SPDX-FileCopyrightText"] for each in annotations}
    assert holders["assets/dragon1.png"] == "Somebody else"
    assert holders["assets/dragon2.png"] == "2026 pixelfan"
