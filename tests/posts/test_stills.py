"""The first frame of an animation as a file of its own, which Pillow reads and finds to be the same picture."""

import io

import pytest
from PIL import Image, ImageChops, ImageSequence

from pmd_service.posts.stills import cut_still

FORMATS = ("GIF", "PNG", "WEBP")


def animation(kind: str, *, frames: int = 40, size: int = 64, **options: object) -> bytes:
    """Noise in colours of its own in each frame, so that none can be left out or drawn from another."""
    noise = [
        Image.effect_noise((size, size), 90).convert("RGB").rotate(90 * number).quantize(16).convert("RGBA")
        for number in range(frames)
    ]
    data = io.BytesIO()
    options = {"lossless": True} | options if kind == "WEBP" else options
    noise[0].save(data, kind, save_all=True, append_images=noise[1:], duration=80, **options)
    return data.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
def test_still_is_the_first_frame_only(kind: str) -> None:
    whole = animation(kind)
    still = cut_still(whole)
    assert still is not None
    assert len(still) < len(whole) / 20
    image = Image.open(io.BytesIO(still))
    assert (image.format, getattr(image, "n_frames", 1)) == (kind, 1)
    first = next(ImageSequence.Iterator(Image.open(io.BytesIO(whole)))).convert("RGBA")
    assert ImageChops.difference(image.convert("RGBA"), first).getbbox(alpha_only=False) is None


@pytest.mark.parametrize("kind", FORMATS)
def test_still_of_a_prefix_needs_the_whole_first_frame(kind: str) -> None:
    whole = animation(kind, frames=3)
    still = cut_still(whole)
    assert still is not None
    assert cut_still(whole[: len(still) + 64]) == still
    for length in range(0, len(still) - 16, 7):
        assert cut_still(whole[:length]) is None, length


@pytest.mark.parametrize("kind", [*FORMATS, "BMP", "JPEG"])
def test_single_frame_pictures_are_not_cut(kind: str) -> None:
    data = io.BytesIO()
    Image.effect_noise((16, 16), 50).save(data, kind)
    assert cut_still(data.getvalue()) == (data.getvalue() if kind == "GIF" else None)


def test_webp_still_keeps_its_profile_and_drops_metadata_flags() -> None:
    exif = Image.Exif()
    exif[0x010E] = "A lighthouse"
    still = cut_still(animation("WEBP", frames=3, exif=exif, icc_profile=b"of seven"[1:]))
    assert still is not None
    image = Image.open(io.BytesIO(still))
    assert (image.info["icc_profile"], len(image.getexif())) == (b"f seven", 0)
    assert b"EXIF" not in still
    assert still[20] & 0x0C == 0


@pytest.mark.parametrize(
    "head",
    [
        b"GIF89a" + b"\xff" * 7,
        b"GIF89a" + bytes(7) + b"\x21\xff" + b"\xff" * 900,
        b"GIF89a" + bytes(7) + b"\x3b",
        b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xffIHDR",
        b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\x00acTL" * 3,
        b"RIFF\x00\x00\x00\x00WEBPVP8X\xff\xff\xff\xff",
        b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(600),
        b"RIFF",
        b"",
    ],
)
def test_malformed_file_gives_no_still(head: bytes) -> None:
    assert cut_still(head) is None
