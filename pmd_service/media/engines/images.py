"""Images by Pillow, under our own caps. They never go through libav, which unpacks a PNG's profile without a bound."""

import mmap
import warnings
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec
from PIL import Image, ImageOps, ImageSequence

from .. import caps
from ..content import Content
from ..looked import Looked, Preview
from ..messages import RefusalError
from . import marks, previews
from .gif import IMAGE, gif_blocks
from .jpeg import count_scans
from .plugins import plug_in

COLOURS_COUNTED = 65_536
_DEFAULT_FRAME_MS = 100

# Ours are stricter, and told in words; these are the net below them.
Image.MAX_IMAGE_PIXELS = caps.PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def open_image(path: Path, content: Content) -> Image.Image:
    """The image, its header read and its measures within the caps; nothing is decoded yet.

    Raises:
        RefusalError: it is larger than images may be here.
    """
    if content.reader == "GIF":
        # Pillow takes seconds for a million of them, and tells afterwards.
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            images = (kind for kind, _, _ in gif_blocks(data) if kind == IMAGE)
            _refuse_many_frames(len([*islice(images, caps.FRAMES + 1)]))
    plug_in(content.reader)
    try:
        image = Image.open(path, formats=[content.reader])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except ValueError as error:
        if "too large" in str(error):
            raise RefusalError("bomb", "This image holds something that unpacks to far more than it may.") from error
        raise
    if image.width * image.height > caps.PIXELS:
        raise _too_many_pixels()
    if content.reader == "JPEG":
        _refuse_many_scans(path, image.width * image.height)
    frames = count_frames(image)
    _refuse_many_frames(frames)
    if frames * image.width * image.height > caps.FRAMES_PIXELS:
        raise RefusalError("too_many_pixels", "This animation has more pixels over all its frames than it may have.")
    return image


def frames_of(image: Image.Image) -> Iterator[tuple[Image.Image, int]]:
    """Each frame as it is seen, RGBA, with its duration in milliseconds."""
    for frame in ImageSequence.Iterator(image):
        # Decoding fills in the duration of some formats: first the pixels, then the time.
        seen = frame.convert("RGBA")
        yield seen, int(frame.info.get("duration") or _DEFAULT_FRAME_MS)


def is_animated(image: Image.Image) -> bool:
    """Whether it moves: a TIFF's further pages and a PSD's layers do not."""
    return bool(getattr(image, "is_animated", False)) and image.format not in ("TIFF", "PSD")


def still_of(image: Image.Image) -> Image.Image:
    """A still image decoded and turned the way it is seen, in one of the modes RGB and RGBA."""
    image.load()
    seen = ImageOps.exif_transpose(image)
    seen = eight_bits(seen)
    has_alpha = "A" in seen.getbands() or "a" in seen.getbands() or "transparency" in seen.info
    return seen.convert("RGBA" if has_alpha else "RGB")


def look(path: Path, content: Content, folder: Path) -> Looked:
    """Measures, marks and previews of an image; decodes all of it, so that what is damaged is found now."""
    with open_image(path, content) as image:
        seen = _look_at_frames(image, folder) if is_animated(image) else _look_at_still(image, folder)
        found = marks.of_image(image, path)
    return Looked(
        type="image",
        mime_type=content.mime_type,
        file_format=content.file_format,
        width=seen.first.width,
        height=seen.first.height,
        frame_count=seen.frame_count,
        duration_sec=seen.seconds,
        codec=content.file_format,
        colours=seen.colours,
        animated=seen.seconds is not None,
        dhash=previews.difference_hash(seen.first),
        **msgspec.structs.asdict(found),
        previews=seen.previews,
    )


class _Seen(NamedTuple):
    first: Image.Image
    frame_count: int
    seconds: float | None
    colours: int | None
    previews: list[Preview]


def _look_at_still(image: Image.Image, folder: Path) -> _Seen:
    pages = count_frames(image)
    still = still_of(image)
    return _Seen(still, pages, None, count_colours(still), previews.draw_still(still, folder))


def _look_at_frames(image: Image.Image, folder: Path) -> _Seen:
    frames = frames_of(image)
    first, milliseconds = next(frames)
    frame_count = count_frames(image)
    colours, drawing = ColourCount(), previews.AnimatedPreview(frame_count)
    colours.add(first)
    drawing.add(first, milliseconds)
    for frame, shown in frames:
        milliseconds += shown
        colours.add(frame)
        drawing.add(frame, shown)
    return _Seen(first, frame_count, milliseconds / 1000, colours.total, drawing.save(folder))


class ColourCount:
    """The different colours of an animation's frames, all fully transparent ones as one."""

    def __init__(self) -> None:
        self._seen: set[object] | None = set()

    def add(self, frame: Image.Image) -> None:
        """Count what is new in this frame, RGB or RGBA."""
        counted = frame.getcolors(COLOURS_COUNTED) if self._seen is not None else None
        if counted is None or self._seen is None:
            self._seen = None
            return
        for _, colour in counted:
            assert isinstance(colour, tuple)
            self._seen.add(colour if len(colour) < 4 or colour[3] else "transparent")
        if len(self._seen) > COLOURS_COUNTED:
            self._seen = None

    @property
    def total(self) -> int | None:
        """None where there are more than anybody would count."""
        return None if self._seen is None else len(self._seen)


def count_colours(image: Image.Image) -> int | None:
    """The different colours of one image."""
    colours = ColourCount()
    colours.add(image)
    return colours.total


def count_frames(image: Image.Image) -> int:
    """Frames or pages, and of a PSD the one that all layers make; stops soon after there are too many.

    A TIFF's are a chain without a number in front, each found by reading the one before.
    """
    if image.format == "PSD":
        return 1
    if image.format != "TIFF":
        return int(getattr(image, "n_frames", 1))
    pages = 1
    with suppress(EOFError):
        while pages <= caps.FRAMES:
            image.seek(pages)
            pages += 1
    image.seek(0)
    return pages


def eight_bits(image: Image.Image) -> Image.Image:
    """The image with 8 bits a channel: of deeper greys Pillow's own conversion clips what is above 255."""
    if not image.mode.startswith("I;16") and image.mode not in ("I", "F"):
        return image
    _, high = image.getextrema()
    assert isinstance(high, int | float)
    scale = 255 / (65_535 if image.mode.startswith("I") and high > 255 else max(high, 1))
    return image.convert("F").point(lambda value: value * scale).convert("L")


def _refuse_many_frames(frames: int) -> None:
    if frames > caps.FRAMES:
        raise RefusalError("too_many_frames", f"This animation has more than the {caps.FRAMES} frames it may have.")


def _refuse_many_scans(path: Path, pixels: int) -> None:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        scans = count_scans(data)
    if scans > caps.SCANS or scans * pixels > caps.SCANS_PIXELS:
        raise RefusalError("too_many_scans", f"This image is drawn in {scans} steps, which takes longer than it may.")


def _too_many_pixels() -> RefusalError:
    return RefusalError(
        "too_many_pixels", f"This image has more than the {caps.PIXELS // 10**6} megapixels it may have."
    )
