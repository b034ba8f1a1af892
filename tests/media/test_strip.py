"""Copies that say nothing of who, where and when, and are the same to the last pixel."""

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, ImageOps, ImageSequence, PngImagePlugin

from pmd_service.media.engines import export, strip
from pmd_service.media.engines.remux import _NAL_UNITS
from pmd_service.media.engines.strip_heif import _places

from .conftest import Make, Report
from .files import animation, moving_picture, save_sound, save_video, sprite, tone
from .quality import psnr
from .test_denoise import heard, packets, pictures
from .test_marks import as_srgb

SECRET = "52.5163 13.3777 in my kitchen"


def marked(path: Path, image: Image.Image, **options: Any) -> Path:
    """Saved with a place, an author and a comment wherever the format has room for one."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = SECRET
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 0.0)
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SECRET)
    texts.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{SECRET}</x:xmpmeta>")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    per_format: dict[str, dict[str, Any]] = {
        ".png": {"pnginfo": texts, "exif": exif, "icc_profile": profile},
        ".jpg": {"comment": SECRET, "exif": exif, "icc_profile": profile, "progressive": True},
        ".gif": {"comment": SECRET},
        ".webp": {"exif": exif, "xmp": SECRET.encode(), "lossless": True, "icc_profile": profile},
        ".tiff": {"exif": exif},
    }
    image.save(path, **per_format.get(path.suffix, {}), **options)
    return path


@pytest.mark.parametrize("kind", ["png", "jpg", "gif", "webp", "tiff"])
def test_nothing_is_left_but_the_same_pixels(tmp_path: Path, make: Make, kind: str) -> None:
    image = sprite(64) if kind in ("png", "webp") else sprite(64).convert("RGB")
    source = marked(tmp_path / f"marked.{kind}", image)
    source.write_bytes(source.read_bytes() + SECRET.encode())
    result = make(strip.run, source)
    assert SECRET[:10].encode() not in result.read_bytes()
    with Image.open(source) as before, Image.open(result) as after:
        assert before.format == after.format
        assert np.array_equal(np.asarray(before.convert("RGBA")), np.asarray(after.convert("RGBA")))
        assert not after.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        assert after.getexif().get(ExifTags.Base.Artist) is None
        if kind in ("png", "jpg", "webp"):
            assert np.array_equal(as_srgb(before), as_srgb(after))


@pytest.mark.parametrize("kind", ["png", "gif", "webp"])
def test_an_animation_stays_the_same(tmp_path: Path, make: Make, kind: str) -> None:
    source = animation(tmp_path / f"moving.{kind}", loop=2)
    with Image.open(source) as before, Image.open(make(strip.run, source)) as after:
        assert after.info.get("loop") == before.info.get("loop")
        for one, other in zip(ImageSequence.Iterator(before), ImageSequence.Iterator(after), strict=True):
            assert np.array_equal(np.asarray(one.convert("RGBA")), np.asarray(other.convert("RGBA")))
            assert one.info["duration"] == other.info["duration"]


def test_an_avif_item_may_have_a_base_before_its_place() -> None:
    iloc = struct.pack(">IHHHHIHII", 0, 0x4440, 1, 1, 0, 10, 1, 2, 3)
    assert _places(iloc, bytes(range(32)), b"", {1}) == {1: bytes([12, 13, 14])}


@pytest.mark.parametrize(("codec", "head"), [("h264", bytes([6])), ("hevc", bytes([39 << 1, 1]))])
@pytest.mark.parametrize(
    ("messages", "expected"),
    [((5, 1, 0), True), ((4, 1, 9, 5, 1, 0), True), ((4, 2, 5, 9), False), ((255, 5, 1, 9), False)],
)
def test_user_data_is_found_behind_other_messages(
    codec: str, head: bytes, messages: tuple[int, ...], expected: bool
) -> None:
    assert _NAL_UNITS[codec].is_user_data(head + bytes(messages) + b"\x80") is expected


def test_a_jpegs_long_profile_is_in_numbered_segments() -> None:
    first, second = strip._profile_segments(bytes(100_000))
    assert (first[:2], first[4:18], second[4:18]) == (b"\xff\xe2", b"ICC_PROFILE\0\1\2", b"ICC_PROFILE\0\2\2")
    assert all(int.from_bytes(each[2:4], "big") == len(each) - 2 for each in (first, second))


def test_an_avif_animation_is_encoded_again_without_a_mark(tmp_path: Path, report: Report) -> None:
    frames = [sprite(32, shift=number) for number in range(3)]
    options: dict[str, Any] = {"duration": [50, 100, 200], "xmp": SECRET, "subsampling": "4:4:4", "quality": 90}
    frames[0].save(tmp_path / "moving.avif", save_all=True, append_images=frames[1:], **options)
    result, findings = report(strip.run, tmp_path / "moving.avif")
    assert [*findings] == ["lossy"]
    assert SECRET[:10].encode() not in result.read_bytes()
    with Image.open(tmp_path / "moving.avif") as before, Image.open(result) as after:
        for one, other in zip(ImageSequence.Iterator(before), ImageSequence.Iterator(after), strict=True):
            assert psnr(np.asarray(one.convert("RGBA")), np.asarray(other.convert("RGBA"))) > 30
            assert one.info["duration"] == other.info["duration"]


def test_a_camera_s_turn_stays(tmp_path: Path, make: Make) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = SECRET
    Image.effect_noise((40, 20), 60).save(tmp_path / "turned.jpg", exif=exif)
    with Image.open(tmp_path / "turned.jpg") as before, Image.open(make(strip.run, tmp_path / "turned.jpg")) as after:
        assert dict(after.getexif()) == {ExifTags.Base.Orientation: 6}
        assert np.array_equal(np.asarray(ImageOps.exif_transpose(before)), np.asarray(ImageOps.exif_transpose(after)))


def test_to_strip_alone_does_not_encode_a_jpeg_again(tmp_path: Path, make: Make) -> None:
    source = marked(tmp_path / "photo.jpg", Image.effect_noise((64, 64), 60).convert("RGB"))
    result = make(export.run, source, metadata=False)
    with Image.open(source) as before, Image.open(result) as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "m4a"])
def test_a_stripped_sound_has_no_metadata_and_sounds_the_same(tmp_path: Path, make: Make, kind: str) -> None:
    plain = save_sound(tmp_path / f"plain.{kind}", tone(1))
    source = tmp_path / f"marked.{kind}"
    with av.open(str(plain)) as read, av.open(str(source), "w") as written:
        written.metadata.update({"artist": SECRET, "comment": SECRET})
        copy = written.add_stream_from_template(read.streams.audio[0])
        for packet in read.demux(audio=0):
            if packet.dts is not None:
                packet.stream = copy
                written.mux(packet)
    assert SECRET.encode() in source.read_bytes()
    result = make(strip.run, source)
    assert SECRET.encode() not in result.read_bytes()
    assert np.array_equal(heard(source), heard(result))


@pytest.mark.parametrize("kind", ["mp4", "mkv", "mov"])
def test_a_stripped_video_has_no_metadata_and_plays_the_same(tmp_path: Path, make: Make, kind: str) -> None:
    reported = {"title": SECRET, "comment": SECRET, "location": "+52.5163+013.3777/"}
    source = save_video(tmp_path / f"film.{kind}", moving_picture(12), sound=tone(1), metadata=reported)
    result = make(strip.run, source)
    assert b"52.5163" not in result.read_bytes()
    assert packets(result) == packets(source)
    for (time, picture), (same_time, same_picture) in zip(pictures(source), pictures(result), strict=True):
        assert time == same_time
        assert np.array_equal(picture, same_picture)
