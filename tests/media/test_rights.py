"""Copies say what their artist says about AI, where a reader of XMP finds it, and show the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageSequence

from pmd_service.media.engines import strip
from pmd_service.media.rights import NOT_WRITTEN, Rights

from .conftest import Make
from .files import animation, save_sound, sprite, tone

OPT_OUT = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING"
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
STATED = {"opts_out": True, "disclosure": "generated"}


def xmp_of(path: Path) -> str:
    """The packet, as Pillow finds it; of a GIF, which Pillow does not search for one, up to the trailer."""
    if path.suffix == ".gif":
        return path.read_bytes().partition(b"XMP DataXMP")[2].partition(b"\x01\xff\xfe")[0].decode()
    with Image.open(path) as image:
        image.load()
        tags = getattr(image, "tag_v2", {})
        found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or tags.get(700) or b""
        return found if isinstance(found, str) else found.decode()


def frames(path: Path) -> list[Any]:
    with Image.open(path) as image:
        return [np.asarray(each.convert("RGBA")) for each in ImageSequence.Iterator(image)]


def still(path: Path, **options: Any) -> Path:
    image = sprite(64)
    (image if path.suffix in (".png", ".webp") else image.convert("RGB")).save(path, **options)
    return path


def turned(path: Path) -> Path:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return still(path, exif=exif)


@pytest.mark.parametrize("kind", ["png", "jpg", "gif", "webp", "avif", "tiff"])
def test_copy_says_that_it_is_not_for_training(tmp_path: Path, make: Make, kind: str) -> None:
    source = still(tmp_path / f"a.{kind}")
    copy = make(strip.run, source, **STATED)
    assert OPT_OUT in xmp_of(copy)
    assert GENERATED in xmp_of(copy)
    assert all(np.array_equal(*each) for each in zip(frames(source), frames(copy), strict=True))


@pytest.mark.parametrize("kind", ["png", "gif", "webp"])
def test_copy_of_an_animation_says_it_and_moves_the_same(tmp_path: Path, make: Make, kind: str) -> None:
    source = animation(tmp_path / f"moving.{kind}", loop=2)
    copy = make(strip.run, source, **STATED)
    assert OPT_OUT in xmp_of(copy)
    assert len(frames(copy)) > 1
    assert all(np.array_equal(*each) for each in zip(frames(source), frames(copy), strict=True))
    with Image.open(source) as before, Image.open(copy) as after:
        assert before.info.get("loop") == after.info.get("loop")


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 70}])
def test_simple_webp_gets_the_header_that_a_packet_needs(tmp_path: Path, make: Make, options: dict[str, Any]) -> None:
    for image in (sprite(64).crop((0, 0, 37, 23)), sprite(64).convert("RGB").crop((0, 0, 37, 23))):
        source = tmp_path / "a.webp"
        image.save(source, **options)
        copy = make(strip.run, source, **STATED)
        assert OPT_OUT in xmp_of(copy)
        assert bool(copy.read_bytes()[20] & 0x10) == (image.mode == "RGBA")
        assert all(np.array_equal(*each) for each in zip(frames(source), frames(copy), strict=True))


@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "avif"])
def test_a_turned_picture_keeps_its_turn_beside_the_packet(tmp_path: Path, make: Make, kind: str) -> None:
    copy = make(strip.run, turned(tmp_path / f"a.{kind}"), **STATED)
    with Image.open(copy) as image:
        assert image.getexif().get(ExifTags.Base.Orientation) == 6
    assert OPT_OUT in xmp_of(copy)


@pytest.mark.parametrize(
    ("params", "stated"),
    [
        ({}, None),
        ({"disclosure": "none"}, None),
        ({"disclosure": "assisted"}, "compositeWithTrainedAlgorithmicMedia"),
        ({"opts_out": True}, "DMI-PROHIBITED-AIMLTRAINING"),
    ],
)
def test_copy_says_no_more_than_its_artist(
    tmp_path: Path, make: Make, params: dict[str, Any], stated: str | None
) -> None:
    found = xmp_of(make(strip.run, still(tmp_path / "a.png"), **params))
    assert (stated in found and found.count("http://ns.useplus.org/ldf/vocab/") <= 1) if stated else found == ""


def test_format_without_room_for_it_is_a_finding(tmp_path: Path) -> None:
    sound = save_sound(tmp_path / "a.flac", tone(0.2)[None])
    for source in (still(tmp_path / "a.bmp"), sound):
        folder = tmp_path / f"{source.name}-copy"
        folder.mkdir()
        output = strip.strip(source, folder, Rights(opts_out=True))
        assert [finding.code for finding in output.findings] == [NOT_WRITTEN]
        assert strip.strip(source, folder).findings == []


def test_copy_of_a_copy_says_only_what_is_true_of_it(tmp_path: Path, make: Make) -> None:
    first = make(strip.run, still(tmp_path / "a.png"), **STATED)
    assert xmp_of(make(strip.run, first)) == ""
