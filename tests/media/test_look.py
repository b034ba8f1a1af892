"""What looking at a file tells of it."""

import io
import zipfile
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import ExifTags, Image, PngImagePlugin

from pmd_service.media.engines.images import count_frames
from pmd_service.media.look import Candidate, Looked, Refused, look_files, preview_folder

from .files import (
    animation,
    endless_gif,
    moving_picture,
    png_chunk,
    png_of,
    profile_bomb,
    save_sound,
    save_video,
    sprite,
    tone,
)

Look = Callable[..., Awaitable[Looked | Refused]]


@pytest.fixture
def previews(tmp_path: Path) -> Path:
    folder = tmp_path / "previews"
    folder.mkdir()
    return folder


@pytest.fixture
def look(previews: Path) -> Look:
    async def one(path: Path, name: str | None = None) -> Looked | Refused:
        async with aclosing(look_files([Candidate(path, name or path.name)], previews)) as found:
            return await anext(found)

    return one


async def looked_at(look: Look, path: Path, name: str | None = None) -> Looked:
    found = await look(path, name)
    assert isinstance(found, Looked), found
    return found


async def refused(look: Look, path: Path, content: bytes) -> Refused:
    path.write_bytes(content)
    found = await look(path)
    assert isinstance(found, Refused), found
    assert found.message.endswith(".")
    return found


@pytest.mark.parametrize("kind", ["png", "gif", "bmp", "tiff", "webp", "jpg"])
async def test_stills_of_every_format_are_measured(look: Look, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"sprite.{kind}"
    image = sprite(64) if kind in ("png", "webp", "tiff") else sprite(64).convert("RGB")
    image.save(path, lossless=True) if kind == "webp" else image.save(path)
    found = await looked_at(look, path)
    assert (found.type, found.file_format, found.width, found.height, found.frame_count) == ("image", kind, 64, 64, 1)
    assert not found.animated
    assert kind == "jpg" or found.colours == 8
    assert not found.findings


@pytest.mark.parametrize("kind", ["gif", "png", "webp"])
async def test_animations_are_measured_and_their_previews_play(
    look: Look, tmp_path: Path, previews: Path, kind: str
) -> None:
    path = animation(tmp_path / f"moving.{kind}", durations=(50, 100, 200))
    found = await looked_at(look, path)
    assert (found.animated, found.frame_count, found.duration_sec, found.colours) == (True, 3, 0.35, 8)
    for size in (256, 512):
        with Image.open(preview_folder(previews, 0) / f"{size}.webp") as preview:
            assert preview.size == (size, size)
            assert count_frames(preview) == 3
            durations = []
            for number in range(3):
                preview.seek(number)
                preview.load()
                durations.append(preview.info["duration"])
            assert durations == [50, 100, 200]


async def test_pixels_stay_pixels_in_previews(look: Look, tmp_path: Path, previews: Path) -> None:
    image = sprite(100)
    image.save(tmp_path / "sprite.png")
    await looked_at(look, tmp_path / "sprite.png")
    with Image.open(preview_folder(previews, 0) / "512.webp") as preview:
        enlarged = image.resize((500, 500), Image.Resampling.NEAREST)
        assert np.array_equal(np.asarray(preview.convert("RGBa")), np.asarray(enlarged.convert("RGBa")))


async def test_large_images_have_small_previews(look: Look, tmp_path: Path, previews: Path) -> None:
    Image.effect_noise((1600, 800), 40).convert("RGB").save(tmp_path / "photo.jpg")
    found = await looked_at(look, tmp_path / "photo.jpg")
    assert (found.width, found.height) == (1600, 800)
    with Image.open(preview_folder(previews, 0) / "256.webp") as preview:
        assert preview.size == (256, 128)


async def test_a_long_animation_has_a_short_preview_of_the_same_length(
    look: Look, tmp_path: Path, previews: Path
) -> None:
    path = animation(tmp_path / "long.gif", durations=(20,) * 300, side=8)
    found = await looked_at(look, path)
    assert (found.frame_count, found.duration_sec) == (300, 6.0)
    with Image.open(preview_folder(previews, 0) / "256.webp") as preview:
        assert count_frames(preview) == 100


async def test_deep_greys_are_not_clipped(look: Look, tmp_path: Path, previews: Path) -> None:
    Image.fromarray((np.arange(64 * 64).reshape(64, 64) * 16).astype(np.uint16)).save(tmp_path / "deep.png")
    await looked_at(look, tmp_path / "deep.png")
    with Image.open(preview_folder(previews, 0) / "256.webp") as preview:
        assert 100 < np.asarray(preview.convert("L")).mean() < 155


async def test_an_image_turned_by_its_camera_is_measured_as_it_is_seen(look: Look, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (40, 20), "red").save(tmp_path / "turned.jpg", exif=exif)
    found = await looked_at(look, tmp_path / "turned.jpg")
    assert (found.width, found.height) == (20, 40)


async def test_images_that_look_alike_have_near_hashes(look: Look, tmp_path: Path) -> None:
    image = sprite(64)
    image.save(tmp_path / "one.png")
    image.convert("RGB").resize((200, 200)).save(tmp_path / "two.jpg", quality=80)
    Image.radial_gradient("L").save(tmp_path / "other.png")
    hashes = [
        int((await looked_at(look, tmp_path / name)).dhash or "", 16) for name in ("one.png", "two.jpg", "other.png")
    ]
    assert (hashes[0] ^ hashes[2]).bit_count() > 6


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac", "ogg", "m4a", "aac"])
async def test_sounds_of_every_format_are_measured(look: Look, tmp_path: Path, previews: Path, kind: str) -> None:
    path = save_sound(tmp_path / f"tone.{kind}", np.stack([tone(2, rate=48_000)] * 2), rate=48_000)
    found = await looked_at(look, path)
    assert (found.type, found.file_format, found.samplerate_hz, found.channels) == ("audio", kind, 48_000, 2)
    assert found.duration_sec == pytest.approx(2.0, abs=0.1)
    assert found.bit_rate is not None
    assert found.codec
    waveform = msgspec.json.decode((preview_folder(previews, 0) / "waveform.json").read_bytes())
    assert (waveform["version"], waveform["bits"], len(waveform["data"])) == (2, 8, waveform["length"] * 2)
    assert max(waveform["data"]) == pytest.approx(64, abs=8)


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv", "avi", "flv", "webm"])
async def test_videos_of_every_format_are_measured(look: Look, tmp_path: Path, previews: Path, kind: str) -> None:
    codec = "libvpx-vp9" if kind == "webm" else "libx264"
    path = save_video(tmp_path / f"film.{kind}", moving_picture(24), codec=codec)
    found = await looked_at(look, path)
    assert (found.type, found.file_format, found.width, found.height) == ("video", kind, 96, 64)
    assert found.frame_count == 24
    assert found.duration_sec == pytest.approx(2.0, abs=0.1)
    assert found.codec == ("vp9" if kind == "webm" else "h264")
    with Image.open(preview_folder(previews, 0) / "256.webp") as poster:
        assert poster.size == (192, 128)


async def test_sound_in_a_container_for_video_is_a_sound(look: Look, tmp_path: Path) -> None:
    path = save_sound(tmp_path / "tone.m4a", tone(1)).rename(tmp_path / "tone.mp4")
    assert (await looked_at(look, path)).type == "audio"


async def test_an_extension_that_lies_is_told(look: Look, tmp_path: Path) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    found = await looked_at(look, tmp_path / "sprite.png", "sprite.jpg")
    assert [finding.code for finding in found.findings] == ["extension_lies"]
    assert (await looked_at(look, tmp_path / "sprite.png", "sprite")).findings == []


async def test_rights_and_places_are_found(look: Look, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "A. Painter"
    exif[ExifTags.Base.Copyright] = "© 2026 A. Painter"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 0.0)
    Image.new("RGB", (16, 16)).save(tmp_path / "photo.jpg", exif=exif)
    found = await looked_at(look, tmp_path / "photo.jpg")
    assert found.rights.author == "A. Painter"
    assert found.gps
    assert {finding.code for finding in found.findings} == {"gps", "embedded_rights"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("parameters", "a dragon\nSteps: 20, Sampler: Euler a, CFG scale: 7"),
        ("workflow", '{"nodes": []}'),
        ("Software", "NovelAI"),
        ("XML:com.adobe.xmp", "<Iptc4xmpExt:DigitalSourceType>http://…/trainedAlgorithmicMedia</…>"),
    ],
)
async def test_marks_of_image_generators_are_found(look: Look, tmp_path: Path, name: str, text: str) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt(name, text)
    sprite(16).save(tmp_path / "made.png", pnginfo=info)
    found = await looked_at(look, tmp_path / "made.png")
    assert found.ai_marks
    assert [finding.code for finding in found.findings] == ["ai_marks"]


async def test_content_credentials_are_found(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "signed.png"
    sprite(16).save(path)
    content = path.read_bytes()
    path.write_bytes(content[:33] + png_chunk(b"caBX", b"\0\0\0\0jumb") + content[33:])
    assert [finding.code for finding in (await looked_at(look, path)).findings] == ["content_credentials"]


async def test_where_a_video_was_made_is_found(look: Look, tmp_path: Path) -> None:
    path = save_video(tmp_path / "film.mp4", moving_picture(4), metadata={"location": "+52.5+013.4/"})
    assert (await looked_at(look, path)).gps


# What is hostile. Each of these once took seconds, gigabytes or a process.


async def test_what_is_no_media_is_refused_by_name(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    assert (await refused(look, path, b"")).code == "empty"
    assert (await refused(look, path, b'<?xml version="1.0"?><svg onload="alert(1)">')).code == "svg"
    assert (await refused(look, path, b"<!DOCTYPE HTML><title>Hello")).code == "active_content"
    assert "a program" in (await refused(look, path, b"MZ\x90\0" + bytes(100))).message
    assert "an archive" in (await refused(look, path, b"PK\x03\x04" + bytes(100))).message
    assert (await refused(look, path, b"just words")).code == "not_media"
    assert (await refused(look, path, b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n")).code == "not_media"


async def test_a_file_that_is_two_things_is_refused(look: Look, tmp_path: Path) -> None:
    sprite(16).save(tmp_path / "sprite.gif")
    image = (tmp_path / "sprite.gif").read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("evil.class", b"\xca\xfe\xba\xbe")
    assert (await refused(look, tmp_path / "both.gif", image + packed.getvalue())).code == "polyglot"
    assert (await refused(look, tmp_path / "both.gif", image + packed.getvalue() + b"!")).code == "polyglot"
    page = b"GIF89a" + bytes(7) + b"<script>alert(1)</script>"
    assert (await refused(look, tmp_path / "page.gif", page)).code == "active_content"


async def test_a_colour_profile_that_unpacks_to_a_gigabyte_is_refused(look: Look, tmp_path: Path) -> None:
    assert (await refused(look, tmp_path / "bomb.png", profile_bomb(1_000_000_000))).code == "bomb"


@pytest.mark.parametrize("side", [13_000, 100_000, 2**31 - 1])
async def test_an_image_of_absurd_measures_is_refused(look: Look, tmp_path: Path, side: int) -> None:
    assert (await refused(look, tmp_path / "huge.png", png_of(side, side))).code == "too_many_pixels"


async def test_a_gif_of_a_million_frames_is_refused(look: Look, tmp_path: Path) -> None:
    assert (await refused(look, tmp_path / "endless.gif", endless_gif(1_000_000))).code == "too_many_frames"


async def test_an_apng_that_promises_a_million_frames_is_refused(look: Look, tmp_path: Path) -> None:
    control = png_chunk(b"acTL", (1_000_000).to_bytes(4, "big") + bytes(4))
    assert (await refused(look, tmp_path / "endless.png", png_of(1, 1, control))).code == "too_many_frames"


async def test_many_frames_of_many_pixels_are_refused(look: Look, tmp_path: Path) -> None:
    control = png_chunk(b"acTL", (4000).to_bytes(4, "big") + bytes(4))
    assert (await refused(look, tmp_path / "large.png", png_of(4000, 4000, control))).code == "too_many_pixels"


@pytest.mark.parametrize("kind", ["png", "gif", "jpg", "webp", "bmp"])
async def test_a_truncated_image_is_refused(look: Look, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"whole.{kind}"
    Image.effect_noise((64, 64), 50).convert("RGB").save(path)
    whole = path.read_bytes()
    assert (await refused(look, tmp_path / f"cut.{kind}", whole[: len(whole) // 2])).code == "broken"


async def test_a_truncated_video_is_refused(look: Look, tmp_path: Path) -> None:
    whole = save_video(tmp_path / "whole.mp4", moving_picture(24)).read_bytes()
    assert (await refused(look, tmp_path / "cut.mp4", whole[: len(whole) // 2])).code == "broken"


async def test_a_video_of_absurd_measures_is_refused(look: Look, tmp_path: Path) -> None:
    whole = save_video(tmp_path / "whole.mp4", moving_picture(4)).read_bytes()
    at = whole.index(b"avc1", whole.index(b"stsd")) + 4 + 24
    assert whole[at : at + 4] == (96).to_bytes(2, "big") + (64).to_bytes(2, "big")
    huge = whole[:at] + b"\xff\xff\xff\xff" + whole[at + 4 :]
    (tmp_path / "huge.mp4").write_bytes(huge)
    found = await look(tmp_path / "huge.mp4")
    # libav may believe the picture's own header instead, which is then what is measured.
    assert isinstance(found, Refused) or (found.width, found.height) == (96, 64)


async def test_a_video_with_absurd_tables_is_refused(look: Look, tmp_path: Path) -> None:
    whole = save_video(tmp_path / "whole.mp4", moving_picture(24)).read_bytes()
    for table in (b"stsz", b"stts", b"stsc", b"stco"):
        at = whole.index(table) + 4 + 4 + (4 if table == b"stsz" else 0)
        (tmp_path / "absurd.mp4").write_bytes(whole[:at] + b"\x7f\xff\xff\xff" + whole[at + 4 :])
        found = await look(tmp_path / "absurd.mp4")
        assert isinstance(found, Refused) or (found.frame_count or 0) <= 24


async def test_noise_behind_every_signature_kills_nothing(previews: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    signatures = [
        *(b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0", b"RIFF\0\0\1\0WEBPVP8 ", b"II*\0", b"fLaC", b"OggS"),
        *(
            b"\x1aE\xdf\xa3",
            b"FLV\x01",
            b"\0\0\0\x18ftypisom",
            b"ID3\x04",
            b"RIFF\0\0\1\0WAVEfmt ",
            b"RIFF\0\0\1\0AVI ",
        ),
    ]
    candidates = []
    for number, signature in enumerate(signatures):
        path = tmp_path / f"noise{number}"
        path.write_bytes(signature + random.bytes(20_000))
        candidates.append(Candidate(path, path.name))
    async with aclosing(look_files(candidates, previews)) as found:
        results = [one async for one in found]
    assert len(results) == len(signatures)
    assert all(isinstance(one, Refused) for one in results)
    assert "crashed" not in {one.code for one in results if isinstance(one, Refused)}
