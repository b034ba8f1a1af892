"""The records of task kinds, formats and licences: a wrong part stops the start, and the documents have them all."""

import msgspec
import pytest

from pmd_service.media.formats import FORMATS, Ends, Format, _by_name, format_of
from pmd_service.media.kind import engine
from pmd_service.media.kinds.upscale import KIND, Upscale
from pmd_service.media.registry import KINDS
from pmd_service.packs import license_kinds
from pmd_service.packs.license_kinds import LICENSE_KINDS

from ..forked import ROOT


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"engine": engine("pmd_service.media.engines.nowhere", cpu_seconds=1)}, "there is no module"),
        ({"examples": {"image": [Upscale()], "video": []}}, "no example for one of its types"),
        ({"extras": {("method", "magic"): ["ncnn"]}}, "no choice “magic” of method"),
    ],
)
def test_a_task_kind_with_a_wrong_part_stops_the_start(part: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        msgspec.structs.replace(KIND, **part)


def test_a_format_with_a_wrong_part_stops_the_start() -> None:
    png = FORMATS["png"]
    for records, message in (
        ([Format("image", "x", "image/x", "X", {"x"})], "nothing recognises"),
        ([png, png], "one name"),
    ):
        with pytest.raises(ValueError, match=message):
            _by_name(records)


def iso(brand: bytes, *others: bytes) -> bytes:
    return (16 + 4 * len(others)).to_bytes(4, "big") + b"ftyp" + brand + bytes(4) + b"".join(others) + bytes(20)


STARTS = {
    **{iso(brand): "m4a" for brand in (b"M4A ", b"M4B ")},
    **{iso(brand): "mp4" for brand in (b"isom", b"mp42", b"M4V ", b"avc1", b"3gp4")},
    **{iso(brand): "heic" for brand in (b"heic", b"heix", b"mif1", b"msf1", b"hevc")},
    **{iso(b"avif"): "avif", iso(b"avis"): "avif", iso(b"mif1", b"heic", b"avif"): "avif"},
    **{iso(b"qt  "): "mov", iso(b"crx "): None},
    **{bytes(4) + box + bytes(20): "mov" for box in (b"moov", b"mdat", b"wide", b"free", b"skip")},
    **{b"RIFF" + bytes(4) + kind: form for kind, form in ((b"WAVE", "wav"), (b"AVI ", "avi"), (b"WEBP", "webp"))},
    **{b"RF64" + bytes(4) + b"WAVE": "wav", b"FORM" + bytes(4) + b"AIFC": "aiff", b"FORM" + bytes(4) + b"ILBM": None},
    **{b"\x1aE\xdf\xa3\x01webm": "webm", b"\x1aE\xdf\xa3\x01matroska": "mkv"},
    **{b"\xff\xfb\x90\0": "mp3", b"\xff\xf3\x90\0": "mp3", b"\xff\xf1\x50\x80": "aac", b"\xff\xf9\x50\x80": "aac"},
    **{b"\xff\xfb\xf0\0": None, b"\xff\xfb\0\0": None, b"\xff\xfb\x9c\0": None, b"\xff\xdb\x90\0": None},
    **{b"BM" + bytes(8): "bmp", b"BM" + bytes(4) + b"\1" + bytes(3): None},
}


@pytest.mark.parametrize("start", STARTS)
def test_a_format_is_known_by_its_first_bytes(start: bytes) -> None:
    found = format_of(Ends(start, start, ""))
    assert (found and found.file_format) == STARTS[start]


def test_a_licence_with_a_wrong_part_stops_the_start() -> None:
    free = LICENSE_KINDS["royalty_free"]
    for records, message in (
        ([msgspec.structs.replace(free, identifiers=["MIT"])], "not in licenses.json"),
        ([msgspec.structs.replace(free, text="nowhere.txt")], "no file"),
        ([msgspec.structs.replace(free, identifiers=[], reference=None, text=None)], "neither a text of ours"),
        ([free, free], "one name"),
    ):
        with pytest.raises(ValueError, match=message):
            license_kinds._by_name(records)


def test_the_documents_have_a_row_for_each_task_kind_and_licence() -> None:
    for document, names in (("tasks.md", KINDS), ("packs.md", LICENSE_KINDS)):
        text = (ROOT / "docs" / document).read_text()
        assert [name for name in names if f"| `{name}` |" not in text] == []
