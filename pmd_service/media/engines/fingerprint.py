"""Fingerprints of pictures: what is needed to tell a picture that was saved again from another one of its set.

Without numpy, which takes longer to import than all else that images need.
"""

import hashlib
from math import gcd

from PIL import Image

from ...assets.fingerprint import COLOUR_SIDE, SIDES, Fingerprint
from .previews import on_grey

# Larger ones are hardly saved again without loss, and copies of their pixels would take hundreds of megabytes.
_MAX_EXACT_PIXELS = 32 * 1024**2


def fingerprint(image: Image.Image, pixels: bytes | None) -> Fingerprint:
    """Of a picture or its preview, in sRGB; of an animation, its first frame.

    Args:
        pixels: of all its frames, by :class:`PixelDigest`; None where they are not known exactly.
    """
    small = image.convert("RGBA").resize((SIDES[0], SIDES[0]), Image.Resampling.BOX)
    grounded = on_grey(small).convert("RGB")
    luma = grounded.convert("L")
    planes = [luma.reduce(SIDES[0] // side).tobytes() for side in SIDES]
    cell = SIDES[0] // COLOUR_SIDE
    red, green, blue = (channel.tobytes() for channel in grounded.reduce(cell).split())
    grey = [round(0.299 * r + 0.587 * g + 0.114 * b) for r, g, b in zip(red, green, blue, strict=True)]
    planes += [bytes(128 + (c - y) // 2 for c, y in zip(colour, grey, strict=True)) for colour in (red, blue)]
    planes.append(small.getchannel("A").reduce(cell).tobytes())
    return Fingerprint(pixels=pixels, planes=b"".join(planes))


class PixelDigest:
    """Of all frames: the same for the same pixels in any format. What is fully transparent has no colour."""

    def __init__(self, profile: str | None) -> None:
        """``profile`` is the name of the frames' colour space."""
        self._hash: hashlib.blake2b | None = hashlib.blake2b((profile or "").encode(), digest_size=16)

    def add(self, frame: Image.Image, *, at_any_scale: bool = False) -> "PixelDigest":
        """Add a frame, upright.

        Args:
            at_any_scale: whether the digest is the same for a picture that is enlarged by a whole factor.
        """
        if frame.width * frame.height > _MAX_EXACT_PIXELS:
            self._hash = None
        if self._hash is not None:
            pixels = _without_hidden_colours(frame)
            drawn = _at_one(pixels) if at_any_scale else pixels
            self._hash.update(repr(drawn.size).encode())
            self._hash.update(drawn.tobytes())
        return self

    @property
    def total(self) -> bytes | None:
        """None if a frame is too large."""
        return None if self._hash is None else self._hash.digest()


def _without_hidden_colours(frame: Image.Image) -> Image.Image:
    pixels = frame.convert("RGBA")
    alpha = pixels.getchannel("A")
    if alpha.getextrema()[0] == 0:
        pixels.paste((0, 0, 0, 0), mask=alpha.point(lambda value: 255 * (value == 0)))
    return pixels


def _at_one(pixels: Image.Image) -> Image.Image:
    """With one pixel for each of the squares that it consists of; one colour alone fits any size, and stays."""
    down, across = _step(pixels), _step(pixels.transpose(Image.Transpose.TRANSPOSE))
    side = gcd(down, across, *pixels.size) if down or across else 1
    return pixels.resize((pixels.width // side, pixels.height // side), Image.Resampling.NEAREST)


def _step(pixels: Image.Image) -> int:
    """What all distances between rows that differ can be divided by; 0 if all rows are equal."""
    data, stride = pixels.tobytes(), 4 * pixels.width
    common, last = 0, data[:stride]
    for at in range(1, pixels.height):
        row = data[at * stride : (at + 1) * stride]
        if row != last:
            common, last = gcd(common, at), row
            if common == 1:
                break
    return common
