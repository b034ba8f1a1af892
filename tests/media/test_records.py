"""The records of task kinds, formats and licences: a wrong part stops the start, and the documents have them all."""

import msgspec
import pytest

from pmd_service.media.formats import FORMATS, Format, _by_name
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
