"""Images as engines take and give them: frames of RGBA with their times, written without losing a colour."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import numpy as np
from PIL import Image, ImageOps

from .. import caps
from ..content import content_of
from ..messages import Finding, Made, RefusalError
from . import images

# Height × width × 4, RGBA.
Pixels: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

# A GIF's palette has 256 places, one of them for nothing.
_GIF_COLOURS = 255
_LOSSLESS_WEBP = {"lossless": True, "exact": True, "method": 2}
_JPEG_QUALITY = 92
_WRITTEN = ("png", "jpg", "gif", "bmp", "tiff", "webp")


class Picture(msgspec.Struct, kw_only=True):
    """A still (one frame, no times) or an animation; ``loop`` is None where it plays once."""

    frames: list[Image.Image]
    durations_ms: list[int]
    loop: int | None
    file_format: str

    @property
    def is_animated(self) -> bool:
        return bool(self.durations_ms)

    def change(self, each: Callable[[Image.Image], Image.Image]) -> None:
        """Put what ``each`` makes of it in the place of every frame."""
        self.frames = [each(frame) for frame in self.frames]


def read_picture(path: Path) -> Picture:
    """All frames of an image, RGBA, upright.

    Raises:
        RefusalError: it is no image, or larger than images may be here.
    """
    content = content_of(path)
    if content.type != "image":
        raise RefusalError("not_an_image", "This can be done with images only.")
    with images.open_image(path, content) as image:
        if not images.is_animated(image):
            image.load()
            still = ImageOps.exif_transpose(image)
            return Picture(frames=[_rgba(still)], durations_ms=[], loop=None, file_format=content.file_format)
        # Of WebP and PNG, 0 is for ever; a GIF that says nothing plays once.
        loop = image.info.get("loop")
        frames, durations = zip(*images.frames_of(image), strict=True)
        return Picture(frames=list(frames), durations_ms=list(durations), loop=loop, file_format=content.file_format)


def write_picture(picture: Picture, folder: Path) -> Made:
    """Write the result in the picture's own format, or in a lossless one where that could not hold it."""
    findings = []
    file_format = picture.file_format
    if file_format == "gif" and not all(_fits_gif(frame) for frame in picture.frames):
        file_format = "webp" if picture.is_animated else "png"
        findings.append(
            Finding("format_changed", f"A GIF cannot hold this many colours, so the result is {file_format.upper()}.")
        )
    elif picture.is_animated and file_format not in ("gif", "png", "webp"):
        file_format = "webp"
        findings.append(Finding("format_changed", "What moves cannot be kept in that format: the result is WebP."))
    elif file_format not in _WRITTEN:
        file_format = "webp" if picture.is_animated else "png"
        message = f"That format is read and not written here: the result is {file_format.upper()}."
        findings.append(Finding("format_changed", message))
    elif file_format in ("bmp", "jpg") and any(_has_alpha(frame) for frame in picture.frames):
        file_format = "png"
        findings.append(Finding("format_changed", "That format knows no transparency: the result is PNG."))
    name = f"result.{file_format}"
    _save(picture, folder / name, file_format)
    return Made(name=name, findings=findings)


def refuse_too_large(width: int, height: int, frames: int) -> None:
    """Before a result is made.

    Raises:
        RefusalError: its pixels would be more than results may have.
    """
    if width * height > caps.PIXELS or width * height * frames > caps.RESULT_FRAMES_PIXELS:
        raise RefusalError(
            "result_too_large", f"The result would have more than the {caps.PIXELS // 10**6} megapixels it may have."
        )


def _rgba(image: Image.Image) -> Image.Image:
    return images.eight_bits(image).convert("RGBA")


def _save(picture: Picture, path: Path, file_format: str) -> None:
    options: dict[str, Any] = {}
    frames = picture.frames
    if file_format == "gif":
        frames = [_indexed(frame) for frame in frames]
        options = {"optimize": False, "disposal": 2}
    elif file_format == "webp":
        options = dict(_LOSSLESS_WEBP)
    elif file_format in ("jpg", "bmp"):
        frames = [frame.convert("RGB") for frame in frames]
        options = {"quality": _JPEG_QUALITY} if file_format == "jpg" else {}
    elif file_format == "png" and picture.is_animated:
        # Each frame in the place of the one before, alpha and all, instead of over it.
        options = {"disposal": 1, "blend": 0, "default_image": False}
    if picture.is_animated:
        options |= {"save_all": True, "append_images": frames[1:], "duration": picture.durations_ms}
        if picture.loop is not None:
            options["loop"] = picture.loop
    elif file_format == "tiff":
        options = {"compression": "tiff_deflate"}
    kind = {"jpg": "JPEG"}.get(file_format, file_format.upper())
    first = (
        frames[0]
        if _has_alpha(frames[0]) or file_format in ("gif", "webp") or picture.is_animated
        else _opaque(frames[0])
    )
    first.save(path, kind, **options)


def _opaque(image: Image.Image) -> Image.Image:
    return image.convert("RGB")


def _has_alpha(image: Image.Image) -> bool:
    if image.mode != "RGBA":
        return False
    least, _ = image.getchannel("A").getextrema()
    return least != 255


def _fits_gif(image: Image.Image) -> bool:
    alpha = image.getchannel("A").getcolors(2)
    if alpha is None or any(value not in (0, 255) for _, value in alpha):
        return False
    colours = images.count_colours(image)
    return colours is not None and colours <= _GIF_COLOURS


def _indexed(image: Image.Image) -> Image.Image:
    """The same pixels by palette: Pillow's own conversion would choose near colours."""
    pixels: Pixels = np.asarray(image)
    packed = np.ascontiguousarray(pixels).view(np.uint32)[..., 0].copy()
    clear = pixels[..., 3] == 0
    packed[clear] = 0
    colours, places = np.unique(packed, return_inverse=True)
    indexed = Image.fromarray(places.reshape(packed.shape).astype(np.uint8), "P")
    indexed.putpalette(np.ascontiguousarray(colours).view(np.uint8).reshape(-1, 4)[:, :3].tobytes(), "RGB")
    if clear.any():
        # All that is clear was made 0, which sorts first.
        indexed.info["transparency"] = 0
    return indexed
