"""Which pictures are the same one, saved again: measured on drawn sets whose members resemble each other."""

import io
import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from pmd_service.library.alike import NEAR_DISTANCE
from pmd_service.library.likeness import Picture
from pmd_service.media.engines.fingerprint import PixelDigest, fingerprint
from pmd_service.media.engines.previews import difference_hash

RESAMPLING = Image.Resampling


class Found(NamedTuple):
    pixels: bytes | None
    hash: int
    picture: Picture

    def is_like(self, other: "Found") -> bool:
        """As the library decides: equal pixels, or a near hash in one of four bands, and then the fingerprints."""
        if self.pixels == other.pixels:
            return True
        bits = self.hash ^ other.hash
        bands = [(bits >> 16 * band & 0xFFFF).bit_count() for band in range(4)]
        is_near = self.hash and other.hash and sum(bands) <= NEAR_DISTANCE and min(bands) <= 1
        return bool(is_near) and self.picture.is_like(other.picture)


def found(image: Image.Image) -> Found:
    digest = PixelDigest(None).add(image, at_any_scale=True).total
    planes = fingerprint(image, digest).planes
    return Found(digest, int(difference_hash(image), 16), Picture(*image.size, planes))


def sprite(seed: int, side: int) -> Image.Image:
    """A figure of some shapes on nothing, hard edges, few colours."""
    chance = random.Random(seed)
    image = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(image)
    colours = [tuple(chance.randrange(32, 256) for _ in range(3)) for _ in range(5)]
    draw.ellipse((side * 0.2, side * 0.15, side * 0.8, side * 0.9), fill=(*colours[0], 255))
    for shape in range(12):
        x, y, size = chance.random() * 0.8, chance.random() * 0.8, 0.08 + chance.random() * 0.2
        box = (x * side, y * side, (x + size) * side, (y + size * chance.random() * 1.4) * side)
        colour = (*colours[shape % 5], 255)
        box = (*box[:2], max(box[0] + 1, box[2]), max(box[1] + 1, box[3]))
        (draw.rectangle if shape % 2 else draw.ellipse)(box, fill=colour)
    return image


def scene(seed: int) -> Image.Image:
    """A soft picture without alpha, as photographs are."""
    chance = random.Random(seed)
    small = Image.new("RGB", (12, 9))
    small.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(108)])
    image = small.resize((320, 240), RESAMPLING.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(9):
        x, y = chance.randrange(300), chance.randrange(220)
        draw.ellipse(
            (x, y, x + chance.randrange(20, 90), y + chance.randrange(20, 90)), fill=(chance.randrange(256),) * 3
        )
    return image.filter(ImageFilter.GaussianBlur(1.2)).convert("RGBA")


def coded(image: Image.Image, **how: object) -> Image.Image:
    data = io.BytesIO()
    image.save(data, **how)  # type: ignore[arg-type]
    return Image.open(data).convert("RGBA")


def saved_again(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    width, height = image.size
    is_opaque = image.getchannel("A").getextrema() == (255, 255)
    half = image.resize((width // 2, height // 2), RESAMPLING.LANCZOS)
    yield "lossless WebP", coded(image, format="WEBP", lossless=True)
    yield "WebP", coded(image, format="WEBP", quality=80)
    yield "half", half
    yield "half and WebP", coded(half, format="WEBP", quality=75)
    yield "double", image.resize((width * 2, height * 2), RESAMPLING.NEAREST)
    yield "half as large again", image.resize((width * 3 // 2, height * 3 // 2), RESAMPLING.BICUBIC)
    yield "palette", coded(image.quantize(64), format="PNG")
    yield "cropped around", image.crop((width // 50, height // 50, width - width // 50, height - height // 50))
    yield "cropped at a side", image.crop((width // 20, 0, width, height))
    if is_opaque:
        yield "JPEG", coded(image.convert("RGB"), format="JPEG", quality=85)
        yield "half and JPEG", coded(half.convert("RGB"), format="JPEG", quality=75)


def variants(image: Image.Image, seed: int) -> Iterator[Image.Image]:
    """Others of its set: mirrored, in another colour, lighter, with another eye, moved, without a part."""
    chance, (width, height) = random.Random(seed), image.size
    yield image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    red, green, blue, alpha = image.split()
    yield Image.merge("RGBA", (blue, red, green, alpha))
    yield ImageEnhance.Brightness(image).enhance(0.75)
    for part in (0.12, 0.2):
        other, x, y = image.copy(), chance.randrange(width // 4, width // 2), chance.randrange(height // 4, height // 2)
        box = (x, y, x + max(2, int(width * part)), y + max(2, int(height * part)))
        light = sum(image.getpixel((box[0] + 1, box[1] + 1))[:3]) < 384  # type: ignore[index]
        ImageDraw.Draw(other).rectangle(box, fill=(240, 240, 240, 255) if light else (16, 16, 16, 255))
        yield other
    moved = Image.new("RGBA", image.size, image.getpixel((0, 0)))
    moved.paste(image, (width // 8, 0))
    yield moved


ORIGINALS = [*(sprite(seed, 32 + 16 * (seed % 7)) for seed in range(42)), *(scene(seed) for seed in range(18))]


@pytest.fixture(scope="module")
def originals() -> list[Found]:
    return [found(image) for image in ORIGINALS]


def test_pictures_saved_again_are_found_and_no_others_of_their_set(originals: list[Found]) -> None:
    hits: dict[str, list[bool]] = {}
    for original, image in zip(originals, ORIGINALS, strict=True):
        for how, again in saved_again(image):
            hits.setdefault(how, []).append(original.is_like(found(again)))
    true = sum(sum(each) for each in hits.values())
    recall = true / sum(len(each) for each in hits.values())
    others = [(original, found(each)) for seed, (original, image) in enumerate(zip(originals, ORIGINALS, strict=True))
              for each in variants(image, seed)]  # fmt: skip
    others += [(one, other) for at, one in enumerate(originals) for other in originals[:at]]
    wrong = sum(one.is_like(other) or other.is_like(one) for one, other in others)
    assert recall >= 0.9
    assert true / (true + wrong) >= 0.95
    assert all(hits["lossless WebP"] + hits["double"])


@pytest.mark.parametrize(("share", "is_same"), [(0.9, True), (0.5, True), (0.45, False), (0.25, False)])
def test_pictures_are_the_same_to_half_their_size_either_way(share: float, is_same: bool) -> None:
    image = scene(1)
    small = image.resize((int(image.width * share), int(image.height * share)), RESAMPLING.LANCZOS)
    whole, part = found(image).picture, found(small).picture
    assert (whole.is_like(part), part.is_like(whole)) == (is_same, is_same)


def test_equal_pixels_are_known_in_any_format_and_at_whole_factors() -> None:
    image = sprite(3, 32)
    hidden = Image.new("RGBA", image.size, (9, 9, 9, 0))
    hidden.paste(image, mask=image.getchannel("A"))
    again = [
        hidden,
        coded(image, format="WEBP", lossless=True, exact=True),
        image.resize((128, 128), RESAMPLING.NEAREST),
    ]
    assert {found(each).pixels for each in again} == {found(image).pixels}
    changed = image.copy()
    changed.putpixel((16, 16), (1, 2, 3, 255))
    flat = [Image.new("RGBA", (side, side), "red") for side in (8, 16)]
    assert len({found(each).pixels for each in (image, changed, image.resize((48, 48)), *flat)}) == 5


def test_fingerprints_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="another release"):
        Picture(8, 8, b"")
