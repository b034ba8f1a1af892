"""Reading images as RGBA frames, and writing results losslessly, in the source's format where possible."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from PIL import Image

from ...locales import translatable
from .. import caps
from ..content import content_of
from ..messages import Finding, Output, RefusalError, lossy
from . import avif, deep, images
from .colours import base_of
from .image_metadata import ImageMetadata, read_metadata
from .indexed import indexed
from .indexed import save_png as save_indexed

# A GIF's palette has 256 entries, one of them for transparency.
_GIF_COLOURS = 255
_LOSSLESS_WEBP = {"lossless": True, "exact": True, "method": 2}
# Its encoder takes 24 bytes a pixel.
_LOSSLESS_WEBP_PIXELS = 32_000_000
_JPEG_QUALITY, _FULL_COLOUR = 92, 90
_WRITTEN = ("png", "jpg", "gif", "bmp", "tiff", "webp")
_USUAL_BITS, _DEEP = 8, ("png", "tiff")
_NAMES = {"webp": "WebP", "png": "PNG"}
_FOR_EVER = Finding("loop_left", "It plays for ever now: no number of times is written into an AVIF.")


class Picture(msgspec.Struct, kw_only=True):
    """A still image (one frame, no durations) or an animation, RGBA; ``loop`` is None if it plays once.

    Of a still with 16 bits a channel, ``low`` has the lower eight bits, and the frame the higher ones. ``quality`` is
    of lossy formats, 1 to 100; without it as little as possible is lost.
    """

    frames: list[Image.Image]
    durations_ms: list[int]
    loop: int | None
    file_format: str
    metadata: ImageMetadata
    low: Image.Image | None = None
    quality: int | None = None

    @property
    def is_animated(self) -> bool:
        return bool(self.durations_ms)

    def digest(self) -> str:
        """Of all pixels: whether an operation has changed any."""
        digest = hashlib.sha256()
        for image in (*self.frames, *([self.low] if self.low is not None else [])):
            digest.update(f"{image.size}".encode())
            digest.update(image.tobytes())
        return digest.hexdigest()

    def change(self, each: Callable[[Image.Image], Image.Image]) -> None:
        """Replace every frame, in 8 bits a channel."""
        self.narrow()
        self.frames = [each(frame) for frame in self.frames]

    def move(self, each: Callable[[Image.Image], Image.Image]) -> None:
        """As :meth:`change`, for operations that only move pixels: all bits are kept."""
        self.frames = [each(frame) for frame in self.frames]
        self.low = each(self.low) if self.low is not None else None

    def narrow(self) -> None:
        """Round to 8 bits a channel."""
        if self.low is not None:
            self.frames, self.low = [deep.rounded((self.frames[0], self.low))], None

    def becomes(self, file_format: str, why: str) -> None:
        """Change the result's format; the owner learns why."""
        self.file_format = file_format
        self.metadata.findings.append(Finding("format_changed", f"{why}: the result is {_NAMES[file_format]}."))


def read_picture(path: Path) -> Picture:
    """All frames of an image, RGBA, upright, in their own colour space (CMYK is converted to sRGB).

    Raises:
        RefusalError: it is no image, or exceeds the limits.
    """
    content = content_of(path)
    if content.type != "image":
        raise RefusalError("not_an_image", "This can be done with images only.")
    with images.open_image(path, content) as image:
        metadata = read_metadata(image, path)
        picture = Picture(frames=[], durations_ms=[], loop=None, file_format=content.file_format, metadata=metadata)
        if not images.is_animated(image):
            still = images.still_of(image)
            converted = metadata.colours.in_srgb(still) if metadata.colours.base == "CMYK" else still
            picture.frames = [converted.convert("RGBA")]
            if metadata.bits > _USUAL_BITS and (planes := deep.planes_of(path, content)) is not None:
                picture.frames, picture.low = [planes[0]], planes[1]
            return picture
        # 0 means for ever; a GIF without a loop count plays once. An AVIF's is not read.
        picture.loop = image.info.get("loop", 0 if content.file_format == "avif" else None)
        for frame, milliseconds in images.frames_of(image):
            picture.frames.append(frame)
            picture.durations_ms.append(milliseconds)
        return picture


def write_picture(picture: Picture, folder: Path, *, stem: str = "result") -> Output:
    """Write the result in the picture's format, or in another lossless one if that cannot hold it."""
    metadata = picture.metadata
    if picture.file_format not in _DEEP:
        picture.narrow()
    picture.frames = metadata.converted(picture.frames, picture.file_format)
    if picture.file_format == "gif" and not all(fits_gif(frame) for frame in picture.frames):
        picture.becomes("webp" if picture.is_animated else "png", "A GIF cannot hold this many colours")
    elif picture.is_animated and picture.file_format not in ("gif", "png", "webp", "avif"):
        picture.becomes("webp", "No animations are written in that format")
    elif picture.file_format not in _WRITTEN and not (picture.file_format == "avif" and picture.quality):
        is_avif = picture.file_format == "avif"
        why = "AVIF would lose more each time" if is_avif else "That format can be read and not written"
        picture.becomes("webp" if picture.is_animated else "png", why)
    elif picture.file_format == "webp" and picture.quality is None and _is_large(picture.frames[0]):
        picture.becomes("png", "Without loss, WebP takes too much memory for so many pixels")
    elif picture.file_format in ("bmp", "jpg") and any(has_alpha(frame) for frame in picture.frames):
        picture.becomes("png", "That format has no transparency")
    metadata.tell_bits(deep.BITS if picture.low is not None else _USUAL_BITS)
    name = f"{stem}.{picture.file_format}"
    _save(picture, folder / name)
    return Output(name=name, findings=metadata.findings)


def write_indexed(picture: Picture, frames: Sequence[Image.Image], folder: Path) -> Output:
    """Write frames that have a palette, as PNG or GIF."""
    metadata = picture.metadata
    metadata.tell_bits(_USUAL_BITS)
    name = f"result.{picture.file_format}"
    _save_frames(picture, frames, folder / name, metadata.saved_in(picture.file_format))
    return Output(name=name, findings=metadata.findings)


def refuse_too_large(width: int, height: int, frames: int) -> None:
    """Raises: RefusalError: a result would have too many pixels."""
    if width * height > caps.PIXELS or width * height * frames > caps.RESULT_FRAMES_PIXELS:
        each, whole = caps.PIXELS // 10**6, caps.RESULT_FRAMES_PIXELS // 10**6
        message = f"The result would have more than {each} megapixels, or than {whole} over all its frames."
        raise RefusalError("result_too_large", message)


def _is_large(frame: Image.Image) -> bool:
    return frame.width * frame.height > _LOSSLESS_WEBP_PIXELS


def _save(picture: Picture, path: Path) -> None:
    file_format = picture.file_format
    options = picture.metadata.saved_in(file_format)
    if picture.low is not None:
        _save_deep((picture.frames[0], picture.low), picture.metadata, path, options)
        return
    frames = _as_written(picture)
    if picture.metadata.mode == "P" and frames[0].mode != "P":
        why = translatable("it has too many colours") if file_format == "png" else translatable("the format has none")
        picture.metadata.findings.append(Finding("not_indexed", f"It has no palette any more: {why}."))
    _save_frames(picture, frames, path, options)


def _save_frames(picture: Picture, frames: Sequence[Image.Image], path: Path, options: dict[str, Any]) -> None:
    file_format, (first, *rest) = picture.file_format, frames
    if file_format == "gif":
        options |= {"optimize": False, "disposal": 2}
    elif file_format in ("webp", "jpg", "avif"):
        options |= _lossy_options(picture)
    elif file_format == "tiff":
        options["compression"] = "tiff_deflate"
    elif file_format == "png" and picture.is_animated:
        # Each frame replaces the one before, alpha included. With a palette, Pillow disposes of none.
        options |= {"disposal": int(first.mode != "P"), "blend": 0, "default_image": False}
    elif file_format == "png" and first.mode == "P":
        save_indexed(path, first, **options)
        return
    if picture.is_animated:
        options |= {"save_all": True, "append_images": rest, "duration": picture.durations_ms}
        if file_format == "avif" and picture.loop != 0:
            picture.metadata.findings.append(_FOR_EVER)
        # What plays once says so in other formats, and in a GIF nothing.
        if picture.loop is not None or file_format != "gif":
            options["loop"] = 1 if picture.loop is None else picture.loop
    kind = {"jpg": "JPEG"}.get(file_format, file_format.upper())
    first.save(path, kind, **options)


def _lossy_options(picture: Picture) -> dict[str, Any]:
    """Pillow's options for a format that may lose something, and the finding if it does."""
    file_format, quality = picture.file_format, picture.quality
    if file_format == "webp" and quality is None:
        return {**_LOSSLESS_WEBP}
    name = _NAMES.get(file_format, {"jpg": "JPEG"}.get(file_format, file_format.upper()))
    picture.metadata.findings.append(lossy(name))
    if file_format == "webp":
        return {"quality": quality, "method": 4}
    if quality is None:
        return {"quality": _JPEG_QUALITY}
    # The colours of drawings and pixel art fray at half the resolution.
    is_full = quality >= _FULL_COLOUR
    if file_format == "jpg":
        return {"quality": quality, "subsampling": 0 if is_full else 2, "optimize": True, "progressive": True}
    return {"quality": quality, "subsampling": "4:4:4" if is_full else "4:2:0", "max_threads": avif.THREADS}


def _save_deep(planes: deep.Planes, metadata: ImageMetadata, path: Path, options: dict[str, Any]) -> None:
    is_grey = base_of(metadata.mode) == "L"
    if path.suffix == ".png":
        deep.save_png(path, planes, is_grey=is_grey, **options)
        return
    page = deep.Page(planes=planes, is_grey=is_grey, icc_profile=metadata.icc, words=metadata.exif_words())
    deep.save_tiff(path, [page])


def _as_written(picture: Picture) -> list[Image.Image]:
    """The frames in the source's mode, where their colours and the format allow it."""
    frames, file_format, mode = picture.frames, picture.file_format, picture.metadata.mode
    is_clear = any(has_alpha(frame) for frame in frames)
    if file_format == "gif":
        return [image for frame in frames for image in indexed([frame]) or ()]
    if mode == "P" and (file_format == "png" or (file_format in ("bmp", "tiff") and not is_clear)):
        found = indexed(frames, picture.metadata.palette)
        if found is not None:
            return found
    if file_format == "webp" or (picture.is_animated and file_format == "png"):
        return frames
    if base_of(mode) == "L" and file_format not in ("bmp", "avif") and all(_is_grey(frame) for frame in frames):
        # Its profile, if there is one, is for greys.
        greys = [frame.convert("LA" if is_clear else "L") for frame in frames]
        is_bare = mode == "1" and not is_clear and all(_is_black_and_white(frame) for frame in greys)
        return [frame.convert("1", dither=Image.Dither.NONE) for frame in greys] if is_bare else greys
    return frames if is_clear else [frame.convert("RGB") for frame in frames]


def _is_grey(image: Image.Image) -> bool:
    """Whether no pixel has a colour, which a palette may have added."""
    pixels = np.asarray(image)
    return bool((pixels[..., :2] == pixels[..., 1:3]).all())


def _is_black_and_white(image: Image.Image) -> bool:
    return all(value in (0, 255) for _, value in image.getcolors() or ())


def has_alpha(image: Image.Image) -> bool:
    """Whether an RGBA image is transparent anywhere."""
    if image.mode != "RGBA":
        return False
    least, _ = image.getchannel("A").getextrema()
    return least != 255


def fits_gif(image: Image.Image) -> bool:
    """Whether a GIF's palette can hold the RGBA image."""
    alpha = image.getchannel("A").getcolors(2)
    if alpha is None or any(value not in (0, 255) for _, value in alpha):
        return False
    colours = images.count_colours(image)
    return colours is not None and colours <= _GIF_COLOURS
