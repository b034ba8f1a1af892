"""Of every mark in every place of every format, no copy has any, and it shows and plays the same."""

import io
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageSequence

from pmd_service.media.engines import strip

from .conftest import Make
from .files import sprite
from .marked import EXIF, MARK, PLACES, PROFILES, adam7, old_bmp, plain, run_lengths


def everything_in(data: bytes) -> Iterator[bytes]:
    """The bytes, and what is packed in them: whatever can be unpacked anywhere."""
    yield data
    at = -1
    while (at := data.find(b"\x78", at + 1)) >= 0:
        try:
            reader = zlib.decompressobj()
            yield reader.decompress(data[at:])
        except zlib.error:
            continue


def seen(path: Path) -> list[np.ndarray]:
    """Every frame as it is seen, by its profile, with its time."""
    with Image.open(path) as image:
        return [as_srgb(frame) for frame in ImageSequence.Iterator(image)]


def as_srgb(image: Image.Image) -> np.ndarray:
    """The pixels in sRGB, by the image's own profile."""
    profile, pixels = image.info.get("icc_profile"), image.convert("RGBA")
    if profile:
        colours, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        changed = ImageCms.profileToProfile(image.convert("RGB"), colours, srgb, outputMode="RGB")
        assert changed is not None
        changed.putalpha(pixels.getchannel("A"))
        pixels = changed
    return np.asarray(pixels)


def check(source: Path, make: Make) -> None:
    assert any(MARK in each for each in everything_in(source.read_bytes()))
    copy = make(strip.run, source)
    assert not any(MARK in each for each in everything_in(copy.read_bytes()))
    for one, other in zip(seen(source), seen(copy), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(("kind", "place"), [(kind, place) for kind, (_, places) in PLACES.items() for place in places])
def test_no_mark_is_left_anywhere(tmp_path: Path, make: Make, kind: str, place: str) -> None:
    data, places = PLACES[kind]
    source = tmp_path / f"marked.{kind.rpartition(' ')[2].replace('apng', 'png')}"
    source.write_bytes(places[place](data))
    check(source, make)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("place", [*PROFILES])
def test_of_a_profile_its_colours_are_left(tmp_path: Path, make: Make, kind: str, place: str) -> None:
    source = tmp_path / f"profile.{kind.lower().replace('jpeg', 'jpg')}"
    source.write_bytes(plain(kind, icc_profile=PROFILES[place]))
    check(source, make)
    with Image.open(make(strip.run, source)) as copy:
        assert copy.info["icc_profile"]


def noise(mode: str, size: tuple[int, int] = (13, 9)) -> Image.Image:
    image = Image.effect_noise((size[0] * 4, size[1]), 90).resize(size)
    return Image.merge("RGBA", [image, image.rotate(180), sprite(16).convert("L").resize(size), image]).convert(mode)


ODD = {
    "two colours.png": noise("1"),
    "a palette.png": noise("P"),
    "grey with alpha.png": noise("LA"),
    "deep.png": Image.fromarray(np.arange(117, dtype=np.uint16).reshape(9, 13) * 500),
    "print.jpg": noise("CMYK"),
    "grey.jpg": noise("L"),
    "grey.gif": noise("L"),
    "two colours.bmp": noise("1"),
    "a palette.bmp": noise("P"),
    "alpha.bmp": noise("RGBA"),
    "a palette.tiff": noise("P"),
    "alpha.tiff": noise("RGBA"),
    "deep.tiff": noise("I"),
    "print.tiff": noise("CMYK"),
    "with loss.webp": noise("RGBA", (64, 64)),
}


@pytest.mark.parametrize("name", [*ODD])
def test_whatever_an_image_is_made_of_stays_the_same(tmp_path: Path, make: Make, name: str) -> None:
    ODD[name].save(tmp_path / name)
    copy = make(strip.run, tmp_path / name)
    with Image.open(tmp_path / name) as one, Image.open(copy) as other:
        assert (one.mode, one.size) == (other.mode, other.size)
        assert np.array_equal(np.asarray(one.convert("RGBA")), np.asarray(other.convert("RGBA")))


@pytest.mark.parametrize("data", [adam7(), run_lengths(), old_bmp()], ids=["adam7.png", "packed.bmp", "old.bmp"])
def test_what_nobody_writes_any_more_keeps_its_pixels_and_no_mark(tmp_path: Path, make: Make, data: bytes) -> None:
    source = tmp_path / ("odd.bmp" if data.startswith(b"BM") else "odd.png")
    source.write_bytes(data)
    check(source, make)
    assert b"abc" not in make(strip.run, source).read_bytes()


@pytest.mark.parametrize("kind", ["png", "webp", "jpg"])
def test_a_turn_is_all_that_is_left_of_what_a_camera_said(tmp_path: Path, make: Make, kind: str) -> None:
    exif = Image.Exif()
    exif.load(EXIF)
    exif[0x112] = 6
    noise("RGB").save(tmp_path / f"turned.{kind}", exif=exif)
    copy = make(strip.run, tmp_path / f"turned.{kind}")
    assert MARK not in copy.read_bytes()
    with Image.open(copy) as image:
        assert dict(image.getexif()) == {0x112: 6}
