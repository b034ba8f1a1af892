"""Copying a file without its metadata; pixels and samples stay the same, bit for bit, unless a text is hidden in them.
What the copy is to say about AI (``Rights``) is written into it, where its format carries XMP.

Containers are parsed and rewritten with only what is needed to display or play them: no locations or texts, nor
anything in gaps, after ends or in unknown parts. The colours of profiles and EXIF's orientation are kept, because the
image would look different.
"""

import io
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
from PIL import ExifTags, Image, TiffImagePlugin

from ..content import content_of
from ..formats import Format
from ..messages import Finding, Output, Progress, RefusalError, Work, bits_reduced, lossy
from ..rights import NOT_WRITTEN, Rights
from . import avif, deep, images, xmp
from .gif import IMAGE, gif_blocks, header_bytes, image_only
from .hidden import without_hidden_texts
from .jpeg import jpeg_segments
from .profiles import colours_only
from .strip_bmp import bmp_parts
from .strip_heif import heif_parts
from .strip_png import png_parts

# A still image or frame has each once at most, in this order; decoders use the first.
_WEBP_PIXELS = (b"ALPH", b"VP8L", b"VP8 ")
_WEBP_MOVES, _WEBP_XMP, _WEBP_EXIF, _WEBP_PROFILE = 0x02, 0x04, 0x08, 0x20
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_JFIF, _ICC, _ADOBE = b"JFIF\0", b"ICC_PROFILE\0", b"Adobe"
# Frame headers, Huffman and quantisation tables, arithmetic coding, restart intervals, scans.
_JPEG_KEPT = {*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDD} - {0xC8}
_SEGMENT_BYTES = 65_519  # of a profile, besides its name, number and count
# By the slower speeds, the largest animation would take longer than it may.
_AVIF_QUALITY, _AVIF_SPEED = 90, 8
_UNSTATED = Finding(
    NOT_WRITTEN, "What its artist says about AI is not in the file itself: its format has no place for it."
)


def run(work: Work, progress: Progress) -> Output:
    """Write the copy, with the ``Rights`` that its parameters are."""
    progress(0, "copying")
    return strip(Path(work.source), Path(work.folder), msgspec.convert(work.params, Rights))


def strip(source: Path, folder: Path, rights: Rights = Rights()) -> Output:  # noqa: B008  frozen
    """Copy an image, sound or video.

    Raises:
        RefusalError: its format cannot be stripped, or it is damaged.
    """
    content = content_of(source)
    if content.for_work and not content.is_stripped:
        raise _not_possible(content)
    name = f"result.{content.file_format}"
    target = folder / name
    stated = xmp.packet(rights)
    unstated = [_UNSTATED] if stated else []
    if content.type != "image":
        # Images need no libav, which takes long to import.
        from .remux import remux  # noqa: PLC0415

        remux(source, target)
        return Output(name=name, findings=unstated)
    with images.open_image(source, content) as image:
        exif = _orientation(image.getexif().get(ExifTags.Base.Orientation, 1))
        data = _without_hidden_texts(image, content) or source.read_bytes()
        parts = _parts(data, content.file_format, exif, stated)
        if parts is None and content.file_format == "heic":  # which is not written here
            raise _not_possible(content)
        if parts is None:
            again = _encode_avif if content.file_format == "avif" else _reencode
            return Output(name=name, findings=again(image, source, target, stated))
    with target.open("wb") as file:
        file.writelines(parts)
    return Output(name=name, findings=unstated if content.file_format == "bmp" else [])


def _not_possible(content: Format) -> RefusalError:
    form = content.file_format.upper()
    return RefusalError(
        "not_for_this", f"Metadata cannot be removed from {form} files: keep it, or convert them first."
    )


def _without_hidden_texts(image: Image.Image, content: Format) -> bytes | None:
    """The image with the bits cleared that hide a text, which nobody sees; None if there is none."""
    if content.file_format not in ("png", "webp") or images.is_animated(image):
        return None
    with images.bounded_chunks():
        image.load()
    if (cleared := without_hidden_texts(image)) is None:
        return None
    file = io.BytesIO()
    # A lossy image hides none.
    cleared.save(file, content.reader, lossless=True, exact=True, icc_profile=image.info.get("icc_profile"))
    return file.getvalue()


def _parts(data: bytes, file_format: str, exif: bytes, stated: bytes) -> Iterator[bytes] | None:
    """The copy's parts; None if it has to be re-encoded."""
    parts: Iterator[bytes] | None = None
    match file_format:
        case "png":
            parts = png_parts(data, exif, xmp.png_chunk(stated) if stated else b"")
        case "jpg":
            parts = _jpeg(data, exif, stated)
        case "gif":
            parts = xmp.gif_with(_gif(data), stated) if stated else _gif(data)
        case "webp":
            parts = _webp(data, exif, stated)
        case "avif" | "heic":
            parts = heif_parts(data, file_format, stated)
        case "bmp":
            parts = bmp_parts(data)
    return parts


def _orientation(orientation: int) -> bytes:
    """EXIF data with the orientation only."""
    if orientation == 1:
        return b""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif.tobytes().removeprefix(b"Exif\0\0")


def _reencode(image: Image.Image, source: Path, target: Path, stated: bytes) -> list[Finding]:
    """Re-encode losslessly: a TIFF consists of offsets, with room for texts anywhere."""
    content, pages, deep_pages, most_bits = content_of(source), [], [], 8
    unstated = [_UNSTATED] if stated else []
    for number in range(images.count_frames(image)):
        image.seek(number)
        page = image.copy()
        profile = colours_only(page.info.get("icc_profile") or b"")
        page.info = {"icc_profile": profile} if profile else {}
        pages.append(page)
        # Pillow keeps all bits of deep greys.
        if page.mode in ("RGB", "RGBA") and (bits := images.bit_depth(image, source)) > 8:
            most_bits = max(bits, most_bits)
            if (planes := deep.planes_of(source, content, number)) is not None:
                deep_pages.append(deep.Page(planes=planes, is_grey=False, icc_profile=profile))
    if target.suffix == ".bmp":
        pages[0].save(target, "BMP")
    elif len(deep_pages) == len(pages):
        deep.save_tiff(target, deep_pages)
        return unstated
    else:
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        if stated:
            tags[xmp.TIFF_TAG], unstated = stated, []
        options = {"compression": "tiff_deflate", "save_all": True, "append_images": pages[1:], "tiffinfo": tags}
        pages[0].save(target, "TIFF", **options)
    return [*unstated, *bits_reduced(8, most_bits)]


def _encode_avif(image: Image.Image, _: Path, target: Path, stated: bytes) -> list[Finding]:
    """Encode an animation again: its tracks, samples and times could hide a text anywhere."""
    turn = _orientation(image.getexif().get(ExifTags.Base.Orientation, 1))
    profile = colours_only(image.info.get("icc_profile") or b"")
    image.save(
        target,
        "AVIF",
        save_all=True,
        duration=[milliseconds for _, milliseconds in images.frames_of(image)],
        quality=_AVIF_QUALITY,
        subsampling="4:4:4",
        speed=_AVIF_SPEED,
        max_threads=avif.THREADS,
        icc_profile=profile or b"",
        exif=turn,
        xmp=stated,
    )
    return [lossy("AVIF")]


def _jpeg(data: bytes, exif: bytes, stated: bytes) -> Iterator[bytes]:
    segments = [(marker, data[begin + 4 : body], data[begin:end]) for marker, begin, body, end in jpeg_segments(data)]
    pieces = sorted(text[len(_ICC) :] for marker, text, _ in segments if marker == 0xE2 and text.startswith(_ICC))
    profile = colours_only(b"".join(piece[2:] for piece in pieces)) or b""
    yield _SOI
    # Without its thumbnail.
    jfif = (text for marker, text, _ in segments if marker == 0xE0 and text.startswith(_JFIF))
    yield from (_segment(0xE0, text[:12] + b"\0\0") for text in islice(jfif, 1))
    if exif:
        yield _segment(0xE1, b"Exif\0\0" + exif)
    if stated:
        yield xmp.jpeg_segment(stated)
    yield from _profile_segments(profile)
    for marker, content, whole in segments:
        if marker in _JPEG_KEPT:
            yield whole
        elif marker == 0xEE and content.startswith(_ADOBE):
            yield _segment(marker, content[:12])
    yield _EOI


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _profile_segments(profile: bytes) -> Iterator[bytes]:
    pieces = [profile[at : at + _SEGMENT_BYTES] for at in range(0, len(profile), _SEGMENT_BYTES)]
    for number, piece in enumerate(pieces, 1):
        yield _segment(0xE2, _ICC + bytes([number, len(pieces)]) + piece)


def _gif(data: bytes) -> Iterator[bytes]:
    yield data[: header_bytes(data)]
    for kind, begin, end in gif_blocks(data):
        # Frame durations and loop counts are kept, but no comments or other extensions.
        label, name = data[begin + 1], data[begin + 3 : begin + 14]
        if kind == IMAGE:
            yield image_only(data, begin, end)
        elif label == 0xF9:
            yield data[begin : begin + 2] + b"\4" + data[begin + 3 : begin + 7] + b"\0"
        elif label == 0xFF and name in _GIF_LOOPS:
            yield data[begin : begin + 14] + b"\3\1" + data[begin + 16 : begin + 18] + b"\0"
    yield b";"


def _webp(data: bytes, exif: bytes, stated: bytes) -> Iterator[bytes]:
    chunks = [*_riff_chunks(data[12 : 8 + int.from_bytes(data[4:8], "little")])]
    found = dict(reversed(chunks))
    header, profile = found.get(b"VP8X", b""), colours_only(found.get(b"ICCP", b""))
    if stated and not header:
        header = _webp_header(found)
    moves = bool(header) and bool(header[0] & _WEBP_MOVES)
    kept = []
    if header:
        kept_flags = (_WEBP_EXIF if exif else 0) | (_WEBP_PROFILE if profile else 0) | (_WEBP_XMP if stated else 0)
        flags = header[0] & ~(_WEBP_XMP | _WEBP_EXIF | _WEBP_PROFILE) | kept_flags
        kept = [(b"VP8X", bytes([flags]) + header[1:10]), *([(b"ICCP", profile)] if profile else [])]
    if moves:
        kept += [(b"ANIM", content[:6]) for kind, content in chunks if kind == b"ANIM"]
        kept += [(kind, _frame(content)) for kind, content in chunks if kind == b"ANMF"]
    else:
        kept += [(kind, found[kind]) for kind in _WEBP_PIXELS if kind in found]
    if header and exif:
        kept.append((b"EXIF", exif))
    if stated:
        kept.append((b"XMP ", stated))
    body = b"".join(_riff(kind, content) for kind, content in kept)
    yield _riff(b"RIFF", b"WEBP" + body)


def _webp_header(found: dict[bytes, bytes]) -> bytes:
    """The extended header of a simple file, by the header of its pixels (RFC 9649, sections 2.5 and 2.6)."""
    if (lossless := found.get(b"VP8L")) is not None:
        bits = int.from_bytes(lossless[1:5], "little")
        return xmp.webp_header(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1), has_alpha=bool(bits >> 28 & 1))
    width, height = struct.unpack_from("<HH", found[b"VP8 "], 6)
    return xmp.webp_header((width & 0x3FFF, height & 0x3FFF), has_alpha=False)


def _frame(content: bytes) -> bytes:
    pixels = dict(reversed([*_riff_chunks(content[16:])]))
    return content[:16] + b"".join(_riff(kind, pixels[kind]) for kind in _WEBP_PIXELS if kind in pixels)


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)


def _riff(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "little") + content + bytes(len(content) & 1)
