"""Of every mark in every place of every format, no copy has any, and it shows and plays the same."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageSequence

from pmd_service.media.engines import strip
from pmd_service.media.engines.jpeg import count_scans

from .conftest import Make
from .files import moving_picture, save_sound, save_video, sprite, tone
from .marked import EXIF, MARK, PLACES, PROFILES, adam7, old_bmp, plain, riff, riff_chunk, run_lengths
from .test_denoise import heard, pictures


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


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "TIFF"])
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


@pytest.mark.parametrize("kind", ["png", "webp", "avif", "jpg"])
def test_only_the_orientation_is_left_of_exif(tmp_path: Path, make: Make, kind: str) -> None:
    exif = Image.Exif()
    exif.load(EXIF)
    exif[0x112] = 6
    noise("RGB").save(tmp_path / f"turned.{kind}", exif=exif)
    copy = make(strip.run, tmp_path / f"turned.{kind}")
    assert MARK not in copy.read_bytes()
    with Image.open(copy) as image:
        assert dict(image.getexif()) == {0x112: 6}


def test_scans_are_counted() -> None:
    assert count_scans(plain("JPEG")) == 1
    assert count_scans(plain("JPEG", progressive=True)) == 10
    assert count_scans(plain("JPEG", progressive=True)[:-2]) == 9


SOUNDS = ("wav", "mp3", "flac", "ogg", "m4a", "aac")
VIDEOS = ("mp4", "mov", "mkv", "avi", "flv", "webm")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A file of each kind that plays."""
    folder = tmp_path_factory.mktemp("played")
    made = [save_sound(folder / f"tone.{kind}", tone(1, rate=48_000), rate=48_000) for kind in SOUNDS]
    for kind in VIDEOS:
        codec, sound = ("libvpx-vp9", None) if kind == "webm" else ("libx264", tone(1))
        reported = {"title": MARK.decode()}
        made.append(
            save_video(folder / f"film.{kind}", moving_picture(12), codec=codec, sound=sound, metadata=reported)
        )
    return {path.suffix[1:]: path.read_bytes() for path in made}


BEHIND: dict[str, bytes] = {
    "anything": MARK,
    "an old tag": b"TAG" + MARK.ljust(125, b" "),
    "a tag": b"APETAGEX" + struct.pack("<IIII8x", 2000, 46 + len(MARK), 1, 1 << 31)
    + struct.pack("<II6s", len(MARK), 0, b"Title\0") + MARK + b"APETAGEX"
    + struct.pack("<IIII8x", 2000, 46 + len(MARK), 1, 0),
}  # fmt: skip
INSIDE: dict[str, Callable[[bytes], bytes]] = {
    "wav": riff(riff_chunk(b"LIST", b"INFO" + riff_chunk(b"ICMT", MARK)), at=36),
    "mp4": lambda data: data + struct.pack(">I", 8 + len(MARK)) + b"uuid" + MARK,
    "mov": lambda data: data + struct.pack(">I", 8 + len(MARK)) + b"free" + MARK,
    "mkv": lambda data: data + b"\xec" + bytes([0x80 | len(MARK)]) + MARK,
    "webm": lambda data: data + b"\xec" + bytes([0x80 | len(MARK)]) + MARK,
    "avi": lambda data: data + riff_chunk(b"JUNK", MARK),
    "mp3": lambda data: b"ID3\3\0\0\0\0\0\x2d" + b"TIT2" + struct.pack(">IHB", len(MARK) + 1, 0, 0) + MARK + data,
}


def plays_the_same(source: Path, make: Make) -> None:
    assert MARK in source.read_bytes()
    copy = make(strip.run, source)
    assert MARK not in copy.read_bytes()
    if source.suffix[1:] in SOUNDS:
        assert np.array_equal(heard(source), heard(copy))
    else:
        both = zip(pictures(source), pictures(copy), strict=True)
        assert all(time == same and np.array_equal(one, other) for (time, one), (same, other) in both)


@pytest.mark.parametrize("place", [*BEHIND])
@pytest.mark.parametrize("kind", [*SOUNDS, *VIDEOS])
def test_no_mark_is_left_behind_what_plays(
    tmp_path: Path, make: Make, played: dict[str, bytes], kind: str, place: str
) -> None:
    (tmp_path / f"marked.{kind}").write_bytes(played[kind] + BEHIND[place])
    plays_the_same(tmp_path / f"marked.{kind}", make)


@pytest.mark.parametrize("kind", [*INSIDE])
def test_no_mark_is_left_in_what_a_container_has_beside(
    tmp_path: Path, make: Make, played: dict[str, bytes], kind: str
) -> None:
    (tmp_path / f"marked.{kind}").write_bytes(INSIDE[kind](played[kind]))
    plays_the_same(tmp_path / f"marked.{kind}", make)


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv", "avi", "flv"])
def test_encoder_messages_between_frames_are_removed(
    tmp_path: Path, make: Make, played: dict[str, bytes], kind: str
) -> None:
    findings = b"x264 - core"
    source = tmp_path / f"film.{kind}"
    source.write_bytes(played[kind].replace(findings, MARK[: len(findings)]))
    assert source.read_bytes() != played[kind]
    assert MARK[: len(findings)] not in make(strip.run, source).read_bytes()
