"""Images by Pillow, under our own caps. They never go through libav, which unpacks a PNG's profile without a bound."""

import mmap
import warnings
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec
from PIL import ExifTags, Image, ImageOps, ImageSequence

from .. import caps
from ..content import Content
from ..messages import Finding, RefusalError
from ..probe_result import PREVIEW_SIZES, Preview, ProbeResult
from . import previews, provenance
from .colours import Colours
from .gif import IMAGE, gif_blocks
from .jpeg import count_scans
from .plugins import plug_in

COLOURS_COUNTED = 65_536
_DEFAULT_FRAME_MS = 100
_PNG_DEPTH_AT = 24
# Of EXIF's eight ways to hold a camera those in which width and height change places.
_LYING = (5, 6, 7, 8)

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
    size = image.size
    for frame in islice(ImageSequence.Iterator(image), _has_hidden_picture(image), None):
        # Decoding fills in the duration of some formats: first the pixels, then the time.
        seen = frame.convert("RGBA")
        # A GIF's frame may reach over the edge: browsers show what is within, Pillow makes the whole larger.
        yield (
            seen if seen.size == size else seen.crop((0, 0, *size)),
            int(frame.info.get("duration") or _DEFAULT_FRAME_MS),
        )


def _has_hidden_picture(image: Image.Image) -> bool:
    """Whether an animated PNG has a picture in front that only readers show which know no animations."""
    return image.format == "PNG" and bool(image.info.get("default_image"))


def is_animated(image: Image.Image) -> bool:
    """Whether it moves: a TIFF's pages, a PSD's layers, a camera's previews and a second eye's view (MPO) do not."""
    return bool(getattr(image, "is_animated", False)) and image.format not in ("TIFF", "PSD", "MPO")


def still_of(image: Image.Image) -> Image.Image:
    """A still image decoded and turned the way it is seen, 8 bits a channel, in its own colours."""
    image.load()
    return eight_bits(ImageOps.exif_transpose(image))


def probe(path: Path, content: Content, folder: Path) -> ProbeResult:
    """Measures, marks and previews of an image; decodes all of it, so that what is damaged is found now."""
    with open_image(path, content) as image:
        colours = Colours(image)
        seen = _probe_frames(image, colours, folder) if is_animated(image) else _probe_still(image, colours, folder)
        found = provenance.of_image(image, path)
        found.findings.extend([*_more_pictures(image), *([colours.finding] if colours.finding else [])])
    return ProbeResult(
        type="image",
        mime_type=content.mime_type,
        file_format=content.file_format,
        width=seen.size[0],
        height=seen.size[1],
        frame_count=seen.frame_count,
        duration_sec=seen.seconds,
        codec=content.file_format,
        bit_depth=bit_depth(image, path),
        alpha=seen.alpha,
        colour_profile=colours.name,
        colours=seen.colours,
        animated=seen.seconds is not None,
        dhash=previews.difference_hash(seen.first),
        **msgspec.structs.asdict(found),
        previews=seen.previews,
    )


def _more_pictures(image: Image.Image) -> Iterator[Finding]:
    """What a JPEG of several pictures (CIPA DC-007) has behind the first."""
    more = int(getattr(image, "n_frames", 1)) - 1 if image.format == "MPO" else 0
    if more:
        message = (
            f"Behind its picture it holds {more} more (a camera’s preview, another eye’s view): only the first counts."
        )
        yield Finding("more_pictures", message)


class _Seen(NamedTuple):
    size: tuple[int, int]
    first: Image.Image
    frame_count: int
    seconds: float | None
    alpha: bool
    colours: int | None
    previews: list[Preview]


def _probe_still(image: Image.Image, colours: Colours, folder: Path) -> _Seen:
    pages, size = count_frames(image), image.size
    is_large = max(size) > max(PREVIEW_SIZES)
    is_reduced = is_large and image.format in ("JPEG", "MPO") and _decode_smaller(image)
    if image.getexif().get(ExifTags.Base.Orientation, 1) in _LYING:
        size = size[::-1]
    still = still_of(image)
    counted = None if is_reduced else count_colours(still.convert("RGBA" if still.has_transparency_data else "RGB"))
    screened = previews.screened(still, colours)
    alpha = still.has_transparency_data
    return _Seen(size, screened, pages, None, alpha, counted, previews.draw_still(screened, folder, is_large=is_large))


def _decode_smaller(image: Image.Image) -> bool:
    """Ask for a JPEG at a half, a fourth or an eighth, which takes a fraction of the time, yet not below the previews.

    Its colours cannot be counted then; those of photographs are more than anybody counts.
    """
    share = max(PREVIEW_SIZES) / max(image.size)
    # Asked for a square, it would go by the shorter side, and decode four times the pixels.
    return image.draft(None, (int(image.width * share), int(image.height * share))) is not None


def _probe_frames(image: Image.Image, colours: Colours, folder: Path) -> _Seen:
    frames = frames_of(image)
    first, milliseconds = next(frames)
    frame_count = count_frames(image)
    counted, drawing = ColourCount(), previews.AnimatedPreview(frame_count, colours)
    counted.add(first)
    drawing.add(first, milliseconds)
    for frame, shown in frames:
        milliseconds += shown
        counted.add(frame)
        drawing.add(frame, shown)
    seen, seconds = colours.seen(first), milliseconds / 1000
    return _Seen(
        first.size, seen, frame_count, seconds, image.has_transparency_data, counted.total, drawing.save(folder)
    )


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
    colours = ColourCount()
    colours.add(image)
    return colours.total


def count_frames(image: Image.Image) -> int:
    """Frames or pages, and of a PSD the one that all layers make; stops soon after there are too many.

    A TIFF's are a chain without a number in front, each found by reading the one before.
    """
    if image.format in ("PSD", "MPO"):
        return 1
    if image.format != "TIFF":
        return int(getattr(image, "n_frames", 1)) - _has_hidden_picture(image)
    pages = 1
    with suppress(EOFError):
        while pages <= caps.FRAMES:
            image.seek(pages)
            pages += 1
    image.seek(0)
    return pages


def bit_depth(image: Image.Image, path: Path) -> int:
    """The bits of a colour as the file has them: of some, Pillow gives fewer."""
    if image.format == "PNG":
        with path.open("rb") as file:
            return file.read(_PNG_DEPTH_AT + 1)[_PNG_DEPTH_AT]
    if image.format == "TIFF":
        found = getattr(image, "tag_v2", {}).get(ExifTags.Base.BitsPerSample, 8)
        return int(max(found) if isinstance(found, tuple) else found)
    return 1 if image.mode == "1" else 8


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
