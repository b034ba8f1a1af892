"""Intact files that Pillow cannot decode are kept with a finding; truncated ones are damaged."""

import io
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from pmd_service.media.messages import Refused

from .conftest import Probe
from .files import image_bytes, png_chunk, png_of, sprite, tiff_of

PIXELS = np.random.default_rng(4).integers(0, 256, (8, 8, 3), dtype=np.uint8)


def packed(kind: str, **options: object) -> bytes:
    return image_bytes(Image.fromarray(PIXELS), kind, **options)


def jpeg_of(marker: int, bits: int) -> bytes:
    """A JPEG whose frame says that it is of this kind and has so many bits."""
    whole = image_bytes(Image.fromarray(PIXELS), "JPEG")
    at = whole.index(b"\xff\xc0")
    return whole[: at + 1] + bytes([marker]) + whole[at + 2 : at + 4] + bytes([bits]) + whole[at + 5 :]


def deep_jpeg(decoder: str, bits: int) -> bytes:
    """Of 64 × 48 pixels that become brighter to the right, by the encoder of imagecodecs."""
    options = {} if decoder == "jpegls" else {"bitspersample": bits}
    values = np.tile(np.linspace(0, 2**bits - 1, 64).astype(np.uint16 if bits > 8 else np.uint8), (48, 1))
    return bytes(getattr(imagecodecs, f"{decoder}_encode")(values, **options))


def masked_bmp() -> bytes:
    """Of 8 × 8 pixels, whose channels are in an order that Pillow does not know (BITFIELDS)."""
    rows = bytes(8 * 8 * 4)
    sizes = struct.pack("<IiiHHIIiiII", 40, 8, 8, 1, 32, 3, len(rows), 0, 0, 0, 0)
    masks = struct.pack("<III", 0xFF00, 0xFF0000, 0xFF000000)
    return b"BM" + struct.pack("<IHHI", 66 + len(rows), 0, 0, 66) + sizes + masks + rows


UNDECODED = {
    "masks.bmp": (masked_bmp(), "BMP of this kind"),
    "hierarchical.jpg": (jpeg_of(0xC5, 8), "Hierarchical JPEG"),
    "lerc.tif": (tiff_of(PIXELS, compression=34_887, body=b"Lerc2 " + bytes(90)), "TIFF with LERC compression"),
    "jxl.tif": (tiff_of(PIXELS, compression=50_002, body=bytes(90), is_big=True), "TIFF with JPEG XL compression"),
    "odd.tif": (tiff_of(PIXELS, compression=65_000), "TIFF with unknown compression"),
}
DECODED = {
    "floats.tif": (tiff_of(PIXELS.astype("<f4")), "TIFF with floating-point numbers of 32 bits"),
    "half.tiff": (tiff_of(PIXELS[..., 0].astype("<f2")), "TIFF with floating-point numbers of 16 bits"),
    "big floats.tif": (
        tiff_of(PIXELS.astype("<f8"), is_big=True),
        "TIFF with floating-point numbers of 64 bits",
    ),
    "long.tif": (tiff_of(PIXELS.astype("<u4")), "TIFF with 32 bits a channel"),
    "jpeg2000.tif": (
        tiff_of(PIXELS, compression=34_712, body=packed("JPEG2000", no_jp2=True)),
        "TIFF with JPEG 2000 compression",
    ),
    "webp.tif": (
        tiff_of(PIXELS, compression=50_001, body=packed("WEBP", lossless=True)),
        "TIFF with WebP compression",
    ),
    "deep.jpg": (deep_jpeg("jpeg8", 12), "JPEG with 12 bits a channel"),
    "whole.jpg": (deep_jpeg("ljpeg", 12), "Lossless JPEG"),
    "ls.jpg": (deep_jpeg("jpegls", 8), "JPEG-LS"),
}


@pytest.mark.parametrize("name", [*UNDECODED, *DECODED])
async def test_an_undecodable_variant_is_kept_and_a_truncated_one_damaged(
    probe: Probe, tmp_path: Path, name: str
) -> None:
    content, variant = (UNDECODED | DECODED)[name]
    (tmp_path / name).write_bytes(content)
    found = await probe(tmp_path / name)
    assert not isinstance(found, Refused), found
    form = {"jpg": "JPG", "bmp": "BMP"}.get(name[-3:], "TIFF")
    assert (found.type, found.file_format, found.previews != []) == ("other", form.lower(), name in DECODED)
    how, what = ("shown by its preview only", "edited") if name in DECODED else ("kept and not shown", "decoded")
    assert [finding.message for finding in found.findings] == [
        f"This {form} file is {how}. {variant} cannot be {what} here: upload it as PNG as well."
    ]
    (tmp_path / name).write_bytes(content[:-40])
    cut = await probe(tmp_path / name)
    assert isinstance(cut, Refused)
    assert cut.code == "broken"


@pytest.mark.parametrize("name", ["deep.jpg", "whole.jpg", "ls.jpg", "light.tif", "nothing.tif", "planes.tif"])
async def test_a_variants_preview_shows_it(probe: Probe, previews: Path, tmp_path: Path, name: str) -> None:
    """A ramp to the right: of numbers, of light, with what is no number, and with its colours one after the other."""
    ramp = np.tile(np.linspace(0, 1, 64, dtype="<f4"), (48, 1)) ** 2.2
    if name.endswith("jpg"):
        (tmp_path / name).write_bytes(DECODED[name][0])
    elif name == "nothing.tif":
        (tmp_path / name).write_bytes(
            tiff_of(np.stack([np.where(np.arange(48)[:, None] < 24, ramp * 5000, np.nan)] * 3, -1).astype("<f4"))
        )
    else:
        light, planar = np.stack([ramp] * 3), "separate" if name == "planes.tif" else "contig"
        pixels = light if planar == "separate" else np.moveaxis(light, 0, -1)
        tifffile.imwrite(tmp_path / name, pixels, photometric="rgb", planarconfig=planar)
    found = await probe(tmp_path / name)
    assert not isinstance(found, Refused), found
    assert found.findings[0].code == "preview_only"
    with Image.open(previews / "0" / "256.webp") as drawn:
        row = np.asarray(drawn.convert("L").resize((64, 48)))[10].astype(int)
        below = np.asarray(drawn.convert("L").resize((64, 48)))[40]
    assert np.abs(row - np.linspace(0, 255, 64)).max() < 12
    assert (below.max() == 0) == (name == "nothing.tif")


async def test_a_variant_of_absurd_measures_is_kept(probe: Probe, tmp_path: Path) -> None:
    tall = tiff_of(np.zeros((8, 8, 3), "<f4"))
    at = tall.index(struct.pack("<HHI", 257, 3, 1)) + 8
    content = deep_jpeg("jpeg8", 12)
    frame = content.index(b"\xff\xc1") + 5
    for name, data in (
        ("a.tif", tall[:at] + struct.pack("<H", 65_535) + tall[at + 2 :]),
        ("a.jpg", content[:frame] + b"\xff\xff\xff\xff" + content[frame + 4 :]),
    ):
        (tmp_path / name).write_bytes(data)
        found = await probe(tmp_path / name)
        assert isinstance(found, Refused) or found.type == "other"


@pytest.mark.parametrize("name", ["big.tif", "whole.tif"])
async def test_a_decodable_tiff_is_shown_whatever_its_offsets(probe: Probe, tmp_path: Path, name: str) -> None:
    whole = tiff_of(PIXELS, compression=8, body=zlib.compress(PIXELS.tobytes()), is_big=name == "big.tif")
    (tmp_path / name).write_bytes(whole)
    found = await probe(tmp_path / name)
    assert not isinstance(found, Refused), found
    assert (found.type, found.file_format, found.width, found.height) == ("image", "tiff", 8, 8)
    for content in (whole[:-40], whole[:-100] + bytes(100)):
        (tmp_path / name).write_bytes(content)
        cut = await probe(tmp_path / name)
        assert isinstance(cut, Refused)
        assert cut.code == "broken"


def looping(whole: bytes) -> bytes:
    """A BigTIFF with a directory of 200,000 entries that is followed by itself."""
    entry = struct.pack("<HHQQ", 40_000, 1, 1, 0)
    return whole[:8] + struct.pack("<QQ", 16, 200_000) + entry * 200_000 + struct.pack("<Q", 16)


HOSTILE = {
    "an offset of 2 ** 64": lambda whole: whole[:8] + b"\xff" * 8 + whole[16:],
    "no number of a compression": lambda whole: whole.replace(
        struct.pack("<HHQ", 259, 3, 1), struct.pack("<HHQ", 259, 3, 0)
    ),
    "2 ** 64 entries": lambda whole: whole[:16] + b"\xff" * 8 + whole[24:],
    "a loop": looping,
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_directories_are_damage_or_a_variant_within_bounds(
    probe: Probe, tmp_path: Path, name: str
) -> None:
    whole = tiff_of(PIXELS.astype("<f8"), is_big=True)
    content = HOSTILE[name](whole)
    assert content != whole
    (tmp_path / "hostile.tif").write_bytes(content)
    found = await probe(tmp_path / "hostile.tif")
    assert found.code == "broken" if isinstance(found, Refused) else found.type == "other"


def large_profile() -> bytes:
    """sRGB's, with three megabytes behind its tags."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    whole = profile + np.random.default_rng(5).bytes(3_000_000)
    return len(whole).to_bytes(4, "big") + whole[4:]


async def test_a_png_with_a_large_profile_or_text_is_shown(probe: Probe, tmp_path: Path) -> None:
    with io.BytesIO() as file:
        sprite(16).save(file, "PNG", icc_profile=large_profile())
        whole = file.getvalue()
    text = png_chunk(b"zTXt", b"workflow\0\0" + zlib.compress(b"x" * 5_000_000))
    end = len(whole) - 12
    for name, content in {"profile": whole, "text": whole[:end] + text + whole[end:]}.items():
        (tmp_path / f"{name}.png").write_bytes(content)
        found = await probe(tmp_path / f"{name}.png")
        assert not isinstance(found, Refused), found
        assert (found.type, found.width, len(found.previews) > 0) == ("image", 16, True)


async def test_a_png_that_unpacks_past_the_limit_is_refused(probe: Probe, tmp_path: Path) -> None:
    texts = png_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 17 * 1024**2))
    many = png_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 15 * 1024**2)) * 5
    whole = image_bytes(sprite(16), "PNG")
    for content in (png_of(1, 1, texts), png_of(1, 1, many), whole[:-12] + texts + whole[-12:]):
        (tmp_path / "bomb.png").write_bytes(content)
        found = await probe(tmp_path / "bomb.png")
        assert isinstance(found, Refused)
        assert (found.code, "more than 16 MiB" in found.message) == ("bomb", True)
