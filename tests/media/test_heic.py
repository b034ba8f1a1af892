"""Telephones' photographs: shown upright with all that they say, converted without it, and within the same limits."""

import struct
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from pmd_service.media.engines import export, strip
from pmd_service.media.engines.strip_heif import heif_parts
from pmd_service.media.messages import RefusalError
from pmd_service.media.probe import Candidate, probe_files
from pmd_service.media.probe_result import ProbeResult

from .conftest import Make, Probe, Report
from .heic_files import box, heic, place_exif


def photograph(width: int = 96, height: int = 64) -> Image.Image:
    """Grey, darker above, with a red corner at the left above."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    image.paste((255, 0, 0), (0, 0, 24, 24))
    return image


def is_red(pixel: object) -> bool:
    assert isinstance(pixel, tuple)
    return bool(pixel[0] > 200 and max(pixel[1:3]) < 60)


async def test_a_heic_is_an_image_with_its_place_and_author(probe: Probe, previews: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.heic").write_bytes(heic(photograph(), exif=place_exif(Artist="A. B.")))
    found = await probe(tmp_path / "photo.heic")
    assert isinstance(found, ProbeResult), found
    assert (found.type, found.file_format, found.mime_type) == ("image", "heic", "image/heic")
    assert (found.width, found.height, found.bit_depth, found.frame_count) == (96, 64, 8, 1)
    assert (found.gps, found.rights.author) == (True, "A. B.")
    assert [finding.code for finding in found.findings] == ["gps", "embedded_rights"]
    with Image.open(previews / "0" / "256.webp") as drawn:
        assert is_red(drawn.convert("RGB").getpixel((4, 4)))


@pytest.mark.parametrize(("turns", "tiles", "size"), [(0, 2, (192, 64)), (1, 1, (64, 96)), (2, 2, (192, 64))])
async def test_a_heic_is_drawn_as_its_tiles_and_turns_say(
    probe: Probe, previews: Path, tmp_path: Path, turns: int, tiles: int, size: tuple[int, int]
) -> None:
    (tmp_path / "photo.heic").write_bytes(heic(photograph(), turns=turns, tiles=tiles))
    found = await probe(tmp_path / "photo.heic")
    assert isinstance(found, ProbeResult), found
    assert ((found.width, found.height), found.findings) == (size, [])
    expected = np.asarray(photograph())
    expected = np.rot90(np.concatenate([expected] * tiles, axis=1), turns)
    with Image.open(previews / "0" / "256.webp") as drawn:
        drawn_small = np.asarray(drawn.convert("RGB").resize(size), int)
    assert np.abs(drawn_small - expected).mean() < 8


def test_a_heic_exported_as_jpeg_names_no_place(tmp_path: Path, make: Make) -> None:
    source = tmp_path / "photo.heic"
    source.write_bytes(heic(photograph(), exif=place_exif(Artist="A. B."), turns=1))
    result = make(export.run, source, format="jpg")
    assert result.suffix == ".jpg"
    with Image.open(result) as after:
        assert after.size == (64, 96)
        assert is_red(after.getpixel((4, 92)))
        assert not after.getexif().get_ifd(ExifTags.IFD.GPSInfo)


@pytest.mark.parametrize(("turns", "tiles"), [(0, 1), (1, 2)])
def test_a_heic_published_names_no_place_and_shows_the_same(
    tmp_path: Path, report: Report, turns: int, tiles: int
) -> None:
    source = tmp_path / "photo.heic"
    source.write_bytes(heic(photograph(), exif=place_exif(Artist="A. B."), turns=turns, tiles=tiles))
    result, findings = report(strip.run, source, opts_out=True)
    assert not findings
    with Image.open(source) as before, Image.open(result) as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))
        assert b"PROHIBITED" in after.info["xmp"]
        assert not after.info["exif"]
    assert (b"A. B." in source.read_bytes(), b"A. B." in result.read_bytes()) == (True, False)


async def test_a_heic_that_needs_more_than_is_known_is_not_published(
    probe: Probe, previews: Path, tmp_path: Path, make: Make
) -> None:
    whole = heic(photograph(), tiles=2)
    for data in (whole.replace(b"irot", b"rrot"), whole.replace(b"\0\1" + struct.pack(">HH", 192, 64), bytes(6))):
        assert data != whole
        assert heif_parts(data, "heic", b"") is None
    (tmp_path / "film.heic").write_bytes(whole + box(b"moov", b"a film"))
    with pytest.raises(RefusalError, match=r"^Metadata cannot be removed from HEIC files"):
        make(strip.run, tmp_path / "film.heic")
    found = await probe(tmp_path / "film.heic")
    assert isinstance(found, ProbeResult), found
    assert [finding.code for finding in found.findings] == ["metadata_stays"]


def test_tiles_that_overlap_do_not_multiply_a_heic() -> None:
    """Each of thousands may be the whole file."""
    whole = heic(photograph(), tiles=2)
    first = whole.index(b"iloc") + 12
    data = bytearray(whole)
    for at in range(first, first + 14 * whole[first - 1], 14):
        (length,) = struct.unpack_from(">I", data, at + 10)
        if length > 8:  # no grid
            struct.pack_into(">II", data, at + 6, 0, len(whole))
    assert heif_parts(whole, "heic", b"") is not None
    assert heif_parts(bytes(data), "heic", b"") is None


async def test_a_heic_that_cannot_be_decoded_is_kept_with_a_true_sentence(probe: Probe, tmp_path: Path) -> None:
    whole = heic(photograph(), exif=place_exif())
    huge = whole.replace(struct.pack(">II", 96, 64), struct.pack(">II", 65_000, 65_000))
    other = whole.replace(b"hvc1", b"vvc1")
    assert huge != whole != other
    for name, data, words in (
        ("cut", whole[: len(whole) // 2], "it is incomplete, or of a variant that is not supported."),
        ("head", whole[:100], "it is incomplete, or of a variant that is not supported."),
        ("other", other, "it is incomplete, or of a variant that is not supported."),
        ("huge", huge, "more than 64 megapixels."),
    ):
        (tmp_path / f"{name}.heic").write_bytes(data)
        found = await probe(tmp_path / f"{name}.heic")
        assert isinstance(found, ProbeResult), (name, found)
        assert (found.type, found.file_format, found.previews) == ("other", "heic", [])
        assert [finding.code for finding in found.findings] == ["not_shown"]
        assert found.findings[0].message.endswith(words), name


async def test_a_mutated_heic_is_shown_or_kept(previews: Path, tmp_path: Path) -> None:
    random, whole = np.random.default_rng(5), heic(photograph(), exif=place_exif(), tiles=2)
    candidates = []
    for number in range(24):
        content = np.frombuffer(whole, np.uint8).copy()
        # The brands stay, which say what it is.
        at = random.integers(24, len(content), random.integers(1, 12))
        content[at] = random.integers(0, 256, len(at))
        path = tmp_path / f"{number}.heic"
        path.write_bytes(content.tobytes())
        candidates.append(Candidate(path, path.name))
    async with aclosing(probe_files(candidates, previews)) as found:
        assert {getattr(answer, "file_format", answer) async for answer in found} == {"heic"}
