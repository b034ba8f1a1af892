"""What looking at a file tells of it."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import ExifTags, Image, ImageSequence, PngImagePlugin

from pmd_service.media.content import content_of
from pmd_service.media.engines import images, provenance
from pmd_service.media.engines.audio_codecs import name_of
from pmd_service.media.engines.images import count_frames
from pmd_service.media.engines.isobmff import coded_as
from pmd_service.media.engines.previews import palette
from pmd_service.media.engines.probe_streams import _count_packets
from pmd_service.media.engines.waveform import RATE_HZ, Waveform
from pmd_service.media.probe import preview_folder
from pmd_service.media.probe_result import ProbeResult

from .conftest import Probe
from .files import (
    animation,
    image_bytes,
    moving_picture,
    png_chunk,
    save_sound,
    save_video,
    sprite,
    tone,
)
from .icc import ADOBE_RGB, matrix_profile
from .kept import PQ, film, tagged


async def probed(probe: Probe, path: Path, name: str | None = None) -> ProbeResult:
    found = await probe(path, name)
    assert isinstance(found, ProbeResult), found
    return found


@pytest.mark.parametrize("kind", ["png", "gif", "bmp", "tiff", "webp", "jpg"])
async def test_stills_of_every_format_are_measured(probe: Probe, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"sprite.{kind}"
    image = sprite(64) if kind in ("png", "webp", "tiff") else sprite(64).convert("RGB")
    image.save(path, lossless=True) if kind == "webp" else image.save(path)
    found = await probed(probe, path)
    assert (found.type, found.file_format, found.width, found.height, found.frame_count) == ("image", kind, 64, 64, 1)
    assert not found.animated
    assert kind == "jpg" or found.colours == 8
    assert not found.findings


def test_a_palette_begins_with_the_most_frequent_colour() -> None:
    image = Image.new("RGBA", (8, 8), "red")
    image.paste("blue", (0, 0, 8, 3))
    image.paste((0, 255, 0, 0), (0, 3, 8, 4))
    assert palette(image) == ["ff0000", "0000ff"]


_LOOK = """
import sys
from pmd_service.media.engines import probe
from pmd_service.media.messages import Work
probe.run(Work(source=sys.argv[1], folder=sys.argv[2], names=["wide.png"]), lambda value, step: None)
print({"numpy", "av"} & {*sys.modules})
"""


def test_probing_a_picture_imports_no_slow_module(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "wide.png", icc_profile=matrix_profile(*ADOBE_RGB))
    command = [sys.executable, "-I", "-c", _LOOK, str(tmp_path / "wide.png"), str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.mark.parametrize("kind", ["gif", "png", "webp"])
async def test_animations_are_measured_and_their_previews_play(
    probe: Probe, tmp_path: Path, previews: Path, kind: str
) -> None:
    path = animation(tmp_path / f"moving.{kind}", durations=(50, 100, 200))
    found = await probed(probe, path)
    assert (found.animated, found.frame_count, found.duration_sec, found.colours) == (True, 3, 0.35, 8)
    with Image.open(preview_folder(previews, 0) / "256.webp") as preview:
        assert preview.size == (256, 256)
        assert count_frames(preview) == 3
        durations = []
        for number in range(3):
            preview.seek(number)
            preview.load()
            durations.append(preview.info["duration"])
        assert durations == [50, 100, 200]


async def test_pixels_stay_pixels_in_previews(probe: Probe, tmp_path: Path, previews: Path) -> None:
    image = sprite(100)
    image.save(tmp_path / "sprite.png")
    # One, because viewers enlarge it by repeating pixels.
    assert [preview.name for preview in (await probed(probe, tmp_path / "sprite.png")).previews] == ["256.webp"]
    with Image.open(preview_folder(previews, 0) / "256.webp") as preview:
        enlarged = image.resize((200, 200), Image.Resampling.NEAREST)
        assert np.array_equal(np.asarray(preview.convert("RGBa")), np.asarray(enlarged.convert("RGBa")))


async def test_large_images_have_small_previews(probe: Probe, tmp_path: Path, previews: Path) -> None:
    Image.effect_noise((1600, 800), 40).convert("RGB").save(tmp_path / "photo.jpg")
    found = await probed(probe, tmp_path / "photo.jpg")
    assert (found.width, found.height) == (1600, 800)
    with Image.open(preview_folder(previews, 0) / "256.webp") as preview:
        assert preview.size == (256, 128)


async def test_a_long_animation_has_a_short_preview_of_the_same_length(
    probe: Probe, tmp_path: Path, previews: Path
) -> None:
    path = animation(tmp_path / "long.gif", durations=(20,) * 300, side=8)
    found = await probed(probe, path)
    assert (found.frame_count, found.duration_sec) == (300, 6.0)
    with Image.open(preview_folder(previews, 0) / "256.webp") as preview:
        assert {frame.info["duration"] for frame in ImageSequence.Iterator(preview) if frame.load()} == {60}
        assert count_frames(preview) == 100


async def test_deep_greys_are_not_clipped(probe: Probe, tmp_path: Path, previews: Path) -> None:
    Image.fromarray((np.arange(64 * 64).reshape(64, 64) * 16).astype(np.uint16)).save(tmp_path / "deep.png")
    await probed(probe, tmp_path / "deep.png")
    with Image.open(preview_folder(previews, 0) / "256.webp") as preview:
        assert 100 < np.asarray(preview.convert("L")).mean() < 155


@pytest.mark.parametrize("turn", range(1, 9))
def test_an_image_turned_by_its_camera_is_measured_as_it_is_seen(tmp_path: Path, turn: int) -> None:
    exif, path = Image.Exif(), tmp_path / "turned.jpg"
    exif[ExifTags.Base.Orientation] = turn
    Image.new("RGB", (40, 20), "red").save(path, exif=exif)
    found = images.probe(path, content_of(path), tmp_path)
    assert (found.width, found.height) == ((20, 40) if turn >= 5 else (40, 20))


def test_all_that_is_clear_counts_as_one_colour(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., 0] = np.arange(16).reshape(4, 4)
    pixels[0, :2, 3] = 255
    Image.fromarray(pixels).save(tmp_path / "clear.png")
    assert images.count_colours(Image.open(tmp_path / "clear.png")) == 3


def test_a_place_in_xmp_alone_is_found(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "placed.jpg", xmp=b'<rdf:Description exif:GPSLatitude="52,31N"/>')
    assert provenance.of_image(Image.open(tmp_path / "placed.jpg"), tmp_path / "placed.jpg").gps


def test_a_films_duration_is_that_of_the_picture_shown_last(tmp_path: Path) -> None:
    """Which is not the one that is decoded last."""
    source = film(tmp_path / "film.mkv", options={"x264-params": "bframes=3:b-adapt=0"})
    frames, seconds = _count_packets(source)
    assert (frames, round(seconds, 2)) == (12, 0.76)  # a twelfth of a second after the last one's time


async def test_similar_images_have_near_perceptual_hashes(probe: Probe, tmp_path: Path) -> None:
    image = sprite(64)
    image.save(tmp_path / "one.png")
    image.convert("RGB").resize((200, 200)).save(tmp_path / "two.jpg", quality=80)
    Image.radial_gradient("L").save(tmp_path / "other.png")
    hashes = [
        int((await probed(probe, tmp_path / name)).dhash or "", 16) for name in ("one.png", "two.jpg", "other.png")
    ]
    assert (hashes[0] ^ hashes[2]).bit_count() > 6


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac", "ogg", "m4a", "aac"])
async def test_sounds_of_every_format_are_measured(probe: Probe, tmp_path: Path, previews: Path, kind: str) -> None:
    path = save_sound(tmp_path / f"tone.{kind}", np.stack([tone(2, rate=48_000)] * 2), rate=48_000)
    found = await probed(probe, path)
    assert (found.type, found.file_format, found.samplerate_hz, found.channels) == ("audio", kind, 48_000, 2)
    assert found.duration_sec == pytest.approx(2.0, abs=0.1)
    assert found.bit_rate is not None
    assert found.codec
    waveform = msgspec.json.decode((preview_folder(previews, 0) / "waveform.json").read_bytes())
    assert (waveform["version"], waveform["bits"], len(waveform["data"])) == (2, 8, waveform["length"] * 2)
    assert max(waveform["data"]) == pytest.approx(64, abs=8)


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv", "avi", "flv", "webm"])
async def test_videos_of_every_format_are_measured(probe: Probe, tmp_path: Path, previews: Path, kind: str) -> None:
    codec = "libvpx-vp9" if kind == "webm" else "libx264"
    path = save_video(tmp_path / f"film.{kind}", moving_picture(24), codec=codec)
    found = await probed(probe, path)
    assert (found.type, found.file_format, found.width, found.height) == ("video", kind, 96, 64)
    assert found.frame_count == 24
    assert found.duration_sec == pytest.approx(2.0, abs=0.1)
    assert found.codec == ("VP9" if kind == "webm" else "H.264")
    assert (found.frame_rate, found.bit_depth, found.alpha) == (12, 8, False)
    with Image.open(preview_folder(previews, 0) / "256.webp") as poster:
        assert poster.size == (192, 128)


async def test_sound_in_a_container_for_video_is_a_sound(probe: Probe, tmp_path: Path) -> None:
    path = save_sound(tmp_path / "tone.m4a", tone(1)).rename(tmp_path / "tone.mp4")
    assert (await probed(probe, path)).type == "audio"


async def test_a_wrong_extension_is_a_finding(probe: Probe, tmp_path: Path) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    found = await probed(probe, tmp_path / "sprite.png", "sprite.jpg")
    assert [finding.code for finding in found.findings] == ["extension_lies"]
    assert (await probed(probe, tmp_path / "sprite.png", "sprite")).findings == []


async def test_a_usual_extension_of_a_relative_is_no_finding(probe: Probe, tmp_path: Path) -> None:
    film = save_video(tmp_path / "film.mp4", moving_picture(4), codec="libx264")
    for name in ("film.3gp", "film.3G2"):
        assert (await probed(probe, film, name)).findings == []
    sprite(16).save(tmp_path / "arrow.ico")
    assert (await probed(probe, tmp_path / "arrow.ico", "arrow.cur")).findings == []


@pytest.mark.parametrize(
    ("codec", "name"), [("h263", "H.263"), ("amr_nb", "AMR-NB"), ("wmv3", "Windows Media Video 9"), ("new_1", "NEW_1")]
)
def test_a_rare_codec_has_a_name_for_people(codec: str, name: str) -> None:
    assert name_of(codec) == name


async def test_rights_and_places_are_found(probe: Probe, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "A. Painter"
    exif[ExifTags.Base.Copyright] = "© 2026 A. Painter"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 0.0)
    Image.new("RGB", (16, 16)).save(tmp_path / "photo.jpg", exif=exif)
    found = await probed(probe, tmp_path / "photo.jpg")
    assert found.rights.author == "A. Painter"
    assert found.gps
    assert {finding.code for finding in found.findings} == {"gps", "embedded_rights"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("parameters", "a dragon\nSteps: 20, Sampler: Euler a, CFG scale: 7"),
        ("Software", "NovelAI"),
        ("XML:com.adobe.xmp", "<Iptc4xmpExt:DigitalSourceType>http://…/trainedAlgorithmicMedia</…>"),
    ],
)
async def test_marks_of_image_generators_are_found(probe: Probe, tmp_path: Path, name: str, text: str) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt(name, text)
    sprite(16).save(tmp_path / "made.png", pnginfo=info)
    found = await probed(probe, tmp_path / "made.png")
    assert found.ai_marks
    assert [finding.code for finding in found.findings] == ["ai_marks"]


async def test_an_unreadable_recipe_is_a_finding(probe: Probe, tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("workflow", '{"nodes": []}')
    sprite(16).save(tmp_path / "made.png", pnginfo=info)
    found = await probed(probe, tmp_path / "made.png")
    assert found.ai_marks == ["generation settings (ComfyUI)"]
    assert [finding.code for finding in found.findings] == ["recipe_unread", "ai_marks"]


async def test_content_credentials_are_found(probe: Probe, tmp_path: Path) -> None:
    path = tmp_path / "signed.png"
    sprite(16).save(path)
    content = path.read_bytes()
    path.write_bytes(content[:33] + png_chunk(b"caBX", b"\0\0\0\0jumb") + content[33:])
    assert [finding.code for finding in (await probed(probe, path)).findings] == ["content_credentials"]


async def test_where_a_video_was_made_is_found(probe: Probe, tmp_path: Path) -> None:
    path = save_video(tmp_path / "film.mp4", moving_picture(4), metadata={"location": "+52.5+013.4/"})
    assert (await probed(probe, path)).gps


async def test_a_pictures_properties_have_depth_alpha_and_profile(probe: Probe, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((8, 8), np.uint16)).save(tmp_path / "deep.png")
    sprite(16).save(tmp_path / "clear.png", icc_profile=matrix_profile(*ADOBE_RGB))
    Image.new("I;16B", (8, 8), 40_000).save(tmp_path / "grey.tif")
    deep, clear, grey = [await probed(probe, tmp_path / name) for name in ("deep.png", "clear.png", "grey.tif")]
    assert (deep.bit_depth, deep.alpha, deep.colour_profile) == (16, False, None)
    assert (grey.bit_depth, grey.type) == (16, "image")
    assert (clear.bit_depth, clear.alpha, clear.colour_profile) == (8, True, "made for a test")


async def test_an_avif_has_its_depth_and_says_that_hdr_is_guessed(probe: Probe, tmp_path: Path) -> None:
    """Here its boxes say so: no encoder that the tests have writes more than 8 bits."""
    content = image_bytes(sprite(16), "AVIF")
    at, depth_at = content.index(b"nclx") + 6, content.index(b"av1C") + 6
    (tmp_path / "plain.avif").write_bytes(content)
    (tmp_path / "bright.avif").write_bytes(content[:at] + PQ.to_bytes(2, "big") + content[at + 2 :])
    plain, bright = [await probed(probe, tmp_path / name) for name in ("plain.avif", "bright.avif")]
    assert (plain.bit_depth, plain.hdr, plain.findings) == (8, None, [])
    assert (bright.hdr, [each.code for each in bright.findings]) == ("PQ", ["colours_guessed"])
    (tmp_path / "deep.avif").write_bytes(
        content[:depth_at] + bytes([content[depth_at] | 0x40]) + content[depth_at + 1 :]
    )
    assert coded_as(tmp_path / "deep.avif")["bit_depth"] == 10


async def test_a_films_properties_have_codec_rate_and_duration(probe: Probe, tmp_path: Path) -> None:
    bright = film(tmp_path / "film.mkv", pixels="yuv420p10le", trc=PQ, aspect=Fraction(4, 3), tracks=2)
    found = await probed(probe, bright)
    assert (found.bit_depth, found.hdr, found.pixel_aspect, found.sound_tracks) == (10, "PQ", "4:3", 2)
    halves = await probed(probe, film(tmp_path / "halves.mkv", options={"x264-params": "tff=1"}))
    assert (halves.interlaced, found.interlaced) == (True, False)
    clear = await probed(probe, film(tmp_path / "clear.webm", pixels="yuva420p", codec="libvpx-vp9"))
    assert (clear.alpha, found.alpha, clear.codec) == (True, False, "VP9")


async def test_a_sounds_properties_have_bit_depth_cover_and_codec_name(probe: Probe, tmp_path: Path) -> None:
    deep = await probed(probe, tagged(tmp_path / "deep.flac", deep=True, cover=True))
    assert (deep.codec, deep.bit_depth, deep.cover, deep.sound_tracks) == ("FLAC", 24, True, 1)
    lossy = await probed(probe, save_sound(tmp_path / "tone.mp3", tone(1)))
    assert (lossy.codec, lossy.bit_depth, lossy.cover) == ("MP3", None, False)


def test_a_peak_of_a_long_sound_stands_for_more_samples() -> None:
    long = Waveform()
    long._blocks.append(np.zeros((2500, 2), np.int8))  # 25 seconds
    samples, pairs = long.peaks()
    assert samples * len(pairs) / RATE_HZ == pytest.approx(25, rel=0.01)


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac", "m4a"])
@pytest.mark.parametrize("rate", [44_100, 11_025, 48_000])
async def test_a_waveform_shows_when_it_is_loud_and_when_it_is_not(
    probe: Probe, tmp_path: Path, previews: Path, kind: str, rate: int
) -> None:
    quiet, loud = tone(1, rate=rate, level=0.1), tone(1, rate=rate, level=0.8)
    path = save_sound(tmp_path / f"steps.{kind}", np.concatenate([quiet, loud, quiet]), rate=rate)
    await probed(probe, path)
    waveform = msgspec.json.decode((preview_folder(previews, 0) / "waveform.json").read_bytes())
    peaks = np.array(waveform["data"]).reshape(-1, 2)
    assert waveform["sample_rate"] / waveform["samples_per_pixel"] * 3 == pytest.approx(len(peaks), rel=0.06)
    third = len(peaks) / 3
    for number, level in enumerate((0.1, 0.8, 0.1)):
        part = peaks[int(third * (number + 0.3)) : int(third * (number + 0.7))]
        assert part[:, 1].mean() == pytest.approx(127 * level, abs=6)
        assert part[:, 0].mean() == pytest.approx(-128 * level, abs=6)
