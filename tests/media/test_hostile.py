"""What is hostile is refused: each of these once took seconds, gigabytes or a process."""

import io
import zipfile
from contextlib import aclosing, suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pmd_service.media.child import run_batch
from pmd_service.media.engines.strip_heif import heif_parts
from pmd_service.media.formats import FORMATS
from pmd_service.media.messages import Faulted, RefusalError, Refused, Work
from pmd_service.media.probe import Candidate, probe_files
from pmd_service.media.probe_result import ProbeResult
from pmd_service.media.stripping import STRIP_ENGINE

from .conftest import Probe
from .files import (
    animation,
    endless_gif,
    image_bytes,
    moving_picture,
    png_chunk,
    png_of,
    profile_bomb,
    save_sound,
    save_video,
    sprite,
    tone,
)
from .heic_files import heic


async def refused(probe: Probe, path: Path, content: bytes) -> Refused:
    path.write_bytes(content)
    found = await probe(path)
    assert isinstance(found, Refused), found
    assert found.message.endswith(".")
    return found


async def kept_undecoded(probe: Probe, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    found = await probe(path)
    assert isinstance(found, ProbeResult), found
    assert (found.type, found.previews, [each.code for each in found.findings]) == ("other", [], ["not_shown"])


async def test_what_is_no_media_is_refused_by_name(probe: Probe, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    assert (await refused(probe, path, b"")).code == "empty"
    assert (await refused(probe, path, b'<?xml version="1.0"?><svg onload="alert(1)">')).code == "not_media"
    assert (await refused(probe, path, b"<!DOCTYPE HTML><title>Hello")).code == "active_content"
    assert "program" in (await refused(probe, path, b"MZ\x90\0" + bytes(100))).message
    assert "“.png”" in (await refused(probe, path, b"PK\x03\x04" + bytes(100))).message
    assert (await refused(probe, path, b"just words")).code == "not_media"
    assert (await refused(probe, path, b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n")).code == "not_media"


async def test_a_file_that_is_two_things_is_refused(probe: Probe, tmp_path: Path) -> None:
    sprite(16).save(tmp_path / "sprite.gif")
    image = (tmp_path / "sprite.gif").read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("evil.class", b"\xca\xfe\xba\xbe")
    assert (await refused(probe, tmp_path / "both.gif", image + packed.getvalue())).code == "polyglot"
    assert (await refused(probe, tmp_path / "both.gif", image + packed.getvalue() + b"!")).code == "polyglot"
    page = b"GIF89a" + bytes(7) + b"<script>alert(1)</script>"
    assert (await refused(probe, tmp_path / "page.gif", page)).code == "active_content"


async def test_bytes_that_are_a_tags_by_chance_are_no_page(probe: Probe, tmp_path: Path) -> None:
    """Compressed pixels can be any four bytes: of 200,000 pictures, some have these."""
    pixels = image_bytes(sprite(16), "PNG")
    (tmp_path / "study.png").write_bytes(pixels[:-12] + png_chunk(b"prVt", b"<sVG\x90\x01") + pixels[-12:])
    found = await probe(tmp_path / "study.png")
    assert isinstance(found, ProbeResult), found


async def test_a_colour_profile_that_unpacks_to_a_gigabyte_is_refused(probe: Probe, tmp_path: Path) -> None:
    assert (await refused(probe, tmp_path / "bomb.png", profile_bomb(1_000_000_000))).code == "bomb"


@pytest.mark.parametrize("side", [13_000, 100_000, 2**31 - 1])
async def test_an_image_of_absurd_measures_is_kept_and_not_decoded(probe: Probe, tmp_path: Path, side: int) -> None:
    await kept_undecoded(probe, tmp_path / "huge.png", png_of(side, side))


async def test_a_gif_of_a_million_frames_is_refused(probe: Probe, tmp_path: Path) -> None:
    assert (await refused(probe, tmp_path / "endless.gif", endless_gif(1_000_000))).code == "too_many_frames"


async def test_an_apng_that_promises_a_million_frames_is_refused(probe: Probe, tmp_path: Path) -> None:
    control = png_chunk(b"acTL", (1_000_000).to_bytes(4, "big") + bytes(4))
    assert (await refused(probe, tmp_path / "endless.png", png_of(1, 1, control))).code == "too_many_frames"


async def test_many_frames_of_many_pixels_are_not_decoded(probe: Probe, tmp_path: Path) -> None:
    control = png_chunk(b"acTL", (4000).to_bytes(4, "big") + bytes(4))
    await kept_undecoded(probe, tmp_path / "large.png", png_of(4000, 4000, control))


def scans_of(times: int, side: int) -> bytes:
    """A progressive JPEG whose last scan, with its table of codes, is there so many times."""
    whole = image_bytes(Image.new("L", (side, side), 77), "JPEG", progressive=True)
    at = whole.rindex(b"\xff\xc4")
    return whole[:at] + whole[at:-2] * times + whole[-2:]


@pytest.mark.parametrize(("times", "side"), [(200, 32), (40, 7_500)], ids=["many", "large"])
async def test_cheap_scans_that_take_long_are_refused_before_decoding(
    probe: Probe, tmp_path: Path, times: int, side: int
) -> None:
    found = await refused(probe, tmp_path / "scans.jpg", scans_of(times, side))
    assert found.code == "too_many_scans"
    assert f" {times + 5} progressive scans" in found.message


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
async def test_a_progressive_image_is_none_of_these(probe: Probe, tmp_path: Path, mode: str) -> None:
    Image.new(mode, (1_500, 1_000)).save(tmp_path / "photo.jpg", progressive=True)
    assert not isinstance(await probe(tmp_path / "photo.jpg"), Refused)


@pytest.mark.parametrize("kind", ["png", "gif", "jpg", "webp", "bmp"])
async def test_a_truncated_image_is_refused(probe: Probe, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"whole.{kind}"
    Image.effect_noise((64, 64), 50).convert("RGB").save(path)
    whole = path.read_bytes()
    assert (await refused(probe, tmp_path / f"cut.{kind}", whole[: len(whole) // 2])).code == "broken"


async def test_a_truncated_video_is_refused(probe: Probe, tmp_path: Path) -> None:
    whole = save_video(tmp_path / "whole.mp4", moving_picture(24)).read_bytes()
    assert (await refused(probe, tmp_path / "cut.mp4", whole[: len(whole) // 2])).code == "broken"


async def test_a_video_of_absurd_measures_is_refused(probe: Probe, tmp_path: Path) -> None:
    whole = save_video(tmp_path / "whole.mp4", moving_picture(4)).read_bytes()
    at = whole.index(b"avc1", whole.index(b"stsd")) + 4 + 24
    assert whole[at : at + 4] == (96).to_bytes(2, "big") + (64).to_bytes(2, "big")
    huge = whole[:at] + b"\xff\xff\xff\xff" + whole[at + 4 :]
    (tmp_path / "huge.mp4").write_bytes(huge)
    found = await probe(tmp_path / "huge.mp4")
    # libav may believe the picture's own header instead, which is then what is measured.
    assert isinstance(found, Refused) or (found.width, found.height) == (96, 64)


async def test_a_video_with_absurd_tables_is_refused(probe: Probe, tmp_path: Path) -> None:
    whole = save_video(tmp_path / "whole.mp4", moving_picture(24)).read_bytes()
    for table in (b"stsz", b"stts", b"stsc", b"stco"):
        at = whole.index(table) + 4 + 4 + (4 if table == b"stsz" else 0)
        (tmp_path / "absurd.mp4").write_bytes(whole[:at] + b"\x7f\xff\xff\xff" + whole[at + 4 :])
        found = await probe(tmp_path / "absurd.mp4")
        assert isinstance(found, Refused) or (found.frame_count or 0) <= 24


async def test_a_sound_with_an_unknown_codec_is_refused(probe: Probe, tmp_path: Path) -> None:
    whole = save_sound(tmp_path / "tone.wav", tone(0.2)).read_bytes()
    assert whole[20:22] == b"\x01\0"
    found = await refused(probe, tmp_path / "odd.wav", whole[:20] + b"\x34\x12" + whole[22:])
    assert "codec that is not known here" in found.message


async def test_no_mutated_file_is_taken_for_a_mistake_of_ours(previews: Path, tmp_path: Path) -> None:
    """Neither when it is probed nor when its metadata is removed: all is refused or done."""
    random = np.random.default_rng(8)
    wholes = [animation(tmp_path / "whole.gif"), animation(tmp_path / "whole.png")]
    wholes += [save_sound(tmp_path / f"whole.{kind}", tone(0.1, rate=48_000), rate=48_000) for kind in ("wav", "m4a")]
    wholes += [save_video(tmp_path / f"whole.{kind}", moving_picture(3)) for kind in ("avi", "flv", "mp4")]
    candidates = []
    for number in range(30 * len(wholes)):
        whole = wholes[number % len(wholes)]
        content = np.frombuffer(whole.read_bytes(), np.uint8).copy()
        at = random.integers(0, min(len(content), 400), random.integers(1, 20))
        content[at] = random.integers(0, 256, len(at))
        path = tmp_path / f"{number}{whole.suffix}"
        path.write_bytes(content.tobytes()[: len(content) if number % 3 else random.integers(1, len(content))])
        candidates.append(Candidate(path, path.name))
    async with aclosing(probe_files(candidates, previews)) as found:
        assert [answer async for answer in found if isinstance(answer, Faulted)] == []
    strip, folder = STRIP_ENGINE, tmp_path / "stripped"
    names = [f"result.{form}" for form in FORMATS]
    works = [Work(source=str(each.path), folder=str(folder / each.name), output_names=names) for each in candidates]
    async with aclosing(run_batch(strip.module, works, folder=folder, limits=strip.limits)) as answers:
        assert [answer async for answer in answers if isinstance(answer, Faulted)] == []


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
    async with aclosing(probe_files(candidates, previews)) as found:
        results = [one async for one in found]
    assert len(results) == len(signatures)
    # What claims to have more pixels than are decoded is kept unread, and so is what only begins like a sound.
    kept = [one for one in results if not isinstance(one, Refused)]
    assert {(one.type, one.file_format) for one in kept if isinstance(one, ProbeResult)} <= {
        ("other", "gif"),
        ("other", "bin"),
    }
    assert "crashed" not in {one.code for one in results if isinstance(one, Refused)}


@pytest.mark.parametrize("kind", ["avif", "heic"])
def test_a_damaged_avif_or_heic_is_stripped_or_refused(kind: str) -> None:
    random = np.random.default_rng(9)
    files = {"avif": image_bytes(sprite(16), "AVIF", xmp=b"in my kitchen"), "heic": heic(sprite(64), tiles=2)}
    whole = files[kind]
    for number in range(300):
        data = bytearray(whole)
        for at in random.integers(0, data.index(b"mdat"), 3):
            data[at] = (0, 1, 255, int(random.integers(256)))[random.integers(4)]
        cut = bytes(data[: random.integers(20, len(data))] if number % 3 == 0 else data)
        with suppress(RefusalError):
            b"".join(heif_parts(cut, kind, b"") or ())
