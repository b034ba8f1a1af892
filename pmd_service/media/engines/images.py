"""Opening and probing images with Pillow, within our own limits. libav is not used, as it inflates a PNG's colour
profile without a limit.
"""

import mmap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import msgspec
from PIL import ExifTags, Image, ImageOps, ImageSequence, PngImagePlugin

from .. import caps
from ..formats import Format
from ..messages import Finding, RefusalError
from ..probe_result import PREVIEW_SIZES, Preview, ProbeResult
from . import previews, provenance
from .colours import Colours
from .fingerprint import PixelDigest, fingerprint
from .gif import IMAGE, gif_blocks
from .isobmff import coded_as
from .jpeg import count_scans
from .strip_heif import metadata_stays

COLOURS_COUNTED = 65_536
_DEFAULT_FRAME_MS = 100
_PNG_DEPTH_AT = 24
# Formats whose further pictures are no frames: one is the picture, and the others belong to it.
_ONE_OF_SEVERAL = ("PSD", "MPO", "HEIF")
# EXIF orientations that swap width and height.
_SWAPPING = (5, 6, 7, 8)

# A fallback: our own checks are stricter and have messages.
Image.MAX_IMAGE_PIXELS = caps.PIXELS
PngImagePlugin.MAX_TEXT_CHUNK = caps.PNG_CHUNK_BYTES
warnings.simplefilter("error", Image.DecompressionBombWarning)


def open_image(path: Path, content: Format) -> Image.Image:
    """Open an image: its header is read and its measures are checked, and nothing is decoded yet.

    Raises:
        RefusalError: it exceeds the limits.
    """
    if content.reader == "GIF":
        # Pillow takes seconds to count a million frames.
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            images = (kind for kind, _, _ in gif_blocks(data) if kind == IMAGE)
            _refuse_many_frames(len([*islice(images, caps.FRAMES + 1)]))
    _load_reader(content)
    with bounded_chunks(), bounded_pixels():
        image = Image.open(path, formats=[content.reader])
    refuse_many_pixels(image)
    if content.reader == "AVIF":
        image.info.update(coded_as(path))
    if content.reader == "JPEG":
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            refuse_many_scans(data, image.width * image.height)
    frames = count_frames(image)
    _refuse_many_frames(frames)
    if frames * image.width * image.height > caps.FRAMES_PIXELS:
        raise RefusalError("too_many_pixels", "This animation has too many pixels over all its frames.")
    return image


def _load_reader(content: Format) -> None:
    """Raises: ImportError: the reader cannot be loaded. Pillow itself would call the file unidentified."""
    if content.plugin is not None:
        import_module(content.plugin)
    if content.reader not in Image.OPEN:
        Image.init()
        if content.reader not in Image.OPEN:
            raise ImportError(f"Pillow’s reader of {content.reader} cannot be loaded")


@contextmanager
def bounded_chunks() -> Iterator[None]:
    """Raises: RefusalError: a PNG's profile or text exceeds the limits; some texts are only read behind the pixels."""
    try:
        yield
    except ValueError as error:
        if "MAX_TEXT_" not in str(error):
            raise
        most = caps.PNG_CHUNK_BYTES // caps.MIB
        message = f"A colour profile or text in this image unpacks to more than {most} MiB, or all texts to far more."
        raise RefusalError("bomb", message) from error


@contextmanager
def bounded_pixels() -> Iterator[None]:
    """Raises: RefusalError: Pillow itself finds an image too large."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error


def frames_of(image: Image.Image) -> Iterator[tuple[Image.Image, int]]:
    """Each composed frame, RGBA, with its duration in milliseconds."""
    size = image.size
    for frame in islice(ImageSequence.Iterator(image), _has_default_image(image), None):
        # Before the duration, which some formats only have after decoding.
        shown = frame.convert("RGBA")
        # A GIF's frame may exceed the canvas: browsers crop it, and Pillow enlarges the canvas.
        yield (
            shown if shown.size == size else shown.crop((0, 0, *size)),
            int(frame.info.get("duration") or _DEFAULT_FRAME_MS),
        )


def _has_default_image(image: Image.Image) -> bool:
    """Whether an animated PNG has a separate image for decoders without animation support."""
    return image.format == "PNG" and bool(image.info.get("default_image"))


def is_animated(image: Image.Image) -> bool:
    """Whether it is an animation, and not pages (TIFF), layers (PSD) or several pictures (MPO, HEIC)."""
    return bool(getattr(image, "is_animated", False)) and image.format not in ("TIFF", *_ONE_OF_SEVERAL)


def still_of(image: Image.Image) -> Image.Image:
    """Decode a still image: upright, 8 bits a channel, in its own colour space."""
    image.load()
    # Not copied unless it is turned: a large image takes a quarter of a gigabyte.
    is_upright = image.getexif().get(ExifTags.Base.Orientation, 1) == 1
    return eight_bits(image if is_upright else ImageOps.exif_transpose(image))


def probe(path: Path, content: Format, folder: Path) -> ProbeResult:
    """Probe an image. All of it is decoded, so that damage is detected."""
    with open_image(path, content) as image, bounded_chunks():
        # HEIC's reader forgets the others once it has decoded one.
        colours, pictures = Colours(image), int(getattr(image, "n_frames", 1))
        drawn = _probe_frames(image, colours, folder) if is_animated(image) else _probe_still(image, colours, folder)
        found = provenance.of_image(image, path)
        found.findings.extend([*_more_pictures(image, pictures), *([colours.finding] if colours.finding else [])])
        found.findings.extend(_layers_left_out(image))
        found.findings.extend(metadata_stays(path.read_bytes()) if content.file_format == "heic" else ())
    return ProbeResult(
        type="image",
        mime_type=content.mime_type,
        file_format=content.file_format,
        width=drawn.size[0],
        height=drawn.size[1],
        frame_count=drawn.frame_count,
        duration_sec=drawn.seconds,
        codec=content.file_format,
        bit_depth=bit_depth(image, path),
        alpha=drawn.alpha,
        colour_profile=colours.name,
        hdr=colours.hdr,
        colours=drawn.colours,
        animated=drawn.seconds is not None,
        dhash=previews.difference_hash(drawn.first),
        fingerprint=fingerprint(drawn.first, drawn.pixels),
        palette=previews.palette(drawn.first),
        **msgspec.structs.asdict(found),
        previews=drawn.previews,
    )


def _more_pictures(image: Image.Image, pictures: int) -> Iterator[Finding]:
    """The finding for a JPEG (MPO, CIPA DC-007) or HEIC with several pictures."""
    more = pictures - 1 if image.format in ("MPO", "HEIF") else 0
    if more:
        message = f"It holds {more} more pictures (such as a camera’s preview): only the main one is used."
        yield Finding("more_pictures", message)


def _layers_left_out(image: Image.Image) -> Iterator[Finding]:
    if getattr(image, "has_tilemaps", False):  # of Aseprite's files
        message = "Its tilemap layers are not drawn: convert them to layers in Aseprite to see them here."
        yield Finding("layers_left_out", message)


class _Drawn(NamedTuple):
    size: tuple[int, int]
    first: Image.Image
    frame_count: int
    seconds: float | None
    alpha: bool
    colours: int | None
    previews: list[Preview]
    pixels: bytes | None


def _probe_still(image: Image.Image, colours: Colours, folder: Path) -> _Drawn:
    pages, size = count_frames(image), image.size
    is_large = max(size) > max(PREVIEW_SIZES)
    is_reduced = is_large and image.format in ("JPEG", "MPO") and _decode_smaller(image)
    if image.getexif().get(ExifTags.Base.Orientation, 1) in _SWAPPING:
        size = size[::-1]
    still = still_of(image)
    counted = None if is_reduced else count_colours(still.convert("RGBA" if still.has_transparency_data else "RGB"))
    screened = previews.screened(still, colours)
    alpha = still.has_transparency_data
    drawn = previews.draw_still(screened, folder, is_large=is_large)
    digest = None if is_reduced else PixelDigest(colours.name).add(still, at_any_scale=True).total
    return _Drawn(size, screened, pages, None, alpha, counted, drawn, digest)


def _decode_smaller(image: Image.Image) -> bool:
    """Decode a JPEG at 1/2, 1/4 or 1/8 of its size, but not below the previews'; its colours cannot be counted then."""
    share = max(PREVIEW_SIZES) / max(image.size)
    # For a square, Pillow would go by the shorter side, and decode four times the pixels.
    return image.draft(None, (int(image.width * share), int(image.height * share))) is not None


def _probe_frames(image: Image.Image, colours: Colours, folder: Path) -> _Drawn:
    frames = frames_of(image)
    first, milliseconds = next(frames)
    frame_count, shown_ms = count_frames(image), 0
    counted, drawing = ColourCount(), previews.AnimatedPreview(frame_count, colours)
    digest = PixelDigest(colours.name)
    for frame, duration in chain([(first, milliseconds)], frames):
        shown_ms += duration
        counted.add(frame)
        drawing.add(frame, duration)
        digest.add(frame)
    return _Drawn(
        first.size,
        colours.in_srgb(first),
        frame_count,
        shown_ms / 1000,
        image.has_transparency_data,
        counted.total,
        drawing.save(folder),
        digest.total,
    )


class ColourCount:
    """Counts the distinct colours of frames; all fully transparent ones are one."""

    def __init__(self) -> None:
        self._seen: set[object] | None = set()

    def add(self, frame: Image.Image) -> None:
        """Count a frame's colours, RGB or RGBA."""
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
        """None if there are more than :data:`COLOURS_COUNTED`."""
        return None if self._seen is None else len(self._seen)


def count_colours(image: Image.Image) -> int | None:
    colours = ColourCount()
    colours.add(image)
    return colours.total


def count_frames(image: Image.Image) -> int:
    """Frames or pages; one for PSD, MPO and HEIC. Stops counting beyond the limit.

    A TIFF has no page count: its pages are a linked list.
    """
    if image.format in _ONE_OF_SEVERAL:
        return 1
    if image.format != "TIFF":
        return int(getattr(image, "n_frames", 1)) - _has_default_image(image)
    pages = 1
    with suppress(EOFError):
        while pages <= caps.FRAMES:
            image.seek(pages)
            pages += 1
    image.seek(0)
    return pages


def bit_depth(image: Image.Image, path: Path) -> int:
    """Bits per channel in the file, of which Pillow may decode fewer."""
    if image.format == "PNG":
        with path.open("rb") as file:
            return file.read(_PNG_DEPTH_AT + 1)[_PNG_DEPTH_AT]
    if image.format == "TIFF":
        found = getattr(image, "tag_v2", {}).get(ExifTags.Base.BitsPerSample, 8)
        return int(max(found) if isinstance(found, tuple) else found)
    if image.format in ("AVIF", "HEIF"):
        return int(image.info.get("bit_depth", 8))
    return 1 if image.mode == "1" else 8


def eight_bits(image: Image.Image) -> Image.Image:
    """Scale deep greys to 8 bits, where Pillow's conversion would clip them at 255."""
    if not image.mode.startswith("I;16") and image.mode not in ("I", "F"):
        return image
    # Pillow measures no greys in the other byte order.
    _, high = (image.convert("I") if image.mode == "I;16B" else image).getextrema()
    assert isinstance(high, int | float)
    scale = 255 / (65_535 if image.mode.startswith("I") and high > 255 else max(high, 1))
    return image.convert("F").point(lambda value: value * scale).convert("L")


def _refuse_many_frames(frames: int) -> None:
    if frames > caps.FRAMES:
        raise RefusalError("too_many_frames", f"This animation has more than {caps.FRAMES} frames.")


def refuse_many_scans(data: bytes | mmap.mmap, pixels: int) -> None:
    """Raises: RefusalError: a JPEG takes too long to draw."""
    scans = count_scans(data)
    if scans > caps.SCANS or scans * pixels > caps.SCANS_PIXELS:
        raise RefusalError("too_many_scans", f"This image has {scans} progressive scans, which take too long to draw.")


def refuse_many_pixels(image: Image.Image) -> None:
    """Raises: RefusalError: it has more than an image may have."""
    if image.width * image.height > caps.PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> RefusalError:
    return RefusalError("too_many_pixels", f"This image has more than {caps.PIXELS // 10**6} megapixels.")
