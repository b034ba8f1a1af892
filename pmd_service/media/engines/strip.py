"""A copy without what a file says beside its contents: the same pixels and samples, bit for bit.

Nothing is decoded and encoded again: containers are taken apart, and what is not needed to show or play them is left
out, places and texts above all. Colour profiles and a camera's turn stay, because the image would look different.
"""

from collections.abc import Iterator
from pathlib import Path

from PIL import ExifTags, Image

from ..content import content_of
from ..messages import Made, Progress, RefusalError, Work
from . import images
from .gif import IMAGE, gif_blocks, header_bytes

_PNG_KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"),
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs"),
}
_WEBP_KEPT = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_WEBP_EXIF_AND_XMP = 0x08 | 0x04
_GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_SOI, _EOI, _SOS = b"\xff\xd8", 0xD9, 0xDA


def run(work: Work, progress: Progress) -> Made:
    """The copy, in the work's folder."""
    progress(0, "copying")
    return strip(Path(work.source), Path(work.folder))


def strip(source: Path, folder: Path) -> Made:
    """The copy of an image, sound or video.

    Raises:
        RefusalError: the file is not what it says.
    """
    content = content_of(source)
    name = f"result.{content.file_format}"
    target = folder / name
    if content.type != "image":
        # Most copies are of images, which need no libav.
        from .streams import remux  # noqa: PLC0415

        remux(source, target)
        return Made(name=name)
    with images.open_image(source, content) as image:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
        if content.file_format == "tiff":
            _save_tiff(image, target)
            return Made(name=name)
    data = source.read_bytes()
    match content.file_format:
        case "png":
            parts = _png(data)
        case "jpg":
            parts = _jpeg(data, orientation)
        case "gif":
            parts = _gif(data)
        case "webp":
            parts = _webp(data)
        case _:
            parts = iter([data[: int.from_bytes(data[2:6], "little")]])  # a BMP has no place for texts
    with target.open("wb") as file:
        file.writelines(parts)
    return Made(name=name)


def _png(data: bytes) -> Iterator[bytes]:
    yield data[:8]
    at = 8
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + length
        if kind in _PNG_KEPT:
            yield data[at:end]
        if kind == b"IEND":
            return
        at = end
    raise _broken()


def _jpeg(data: bytes, orientation: int) -> Iterator[bytes]:
    yield _SOI
    if orientation != 1:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        body = exif.tobytes()
        yield b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    at = 2
    while at + 2 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == _EOI:
            yield data[at : at + 2]
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _SOS:
            end = _after_scan(data, end)
        if _is_needed(marker, data[at + 4 : at + 16]):
            yield data[at:end]
        at = end
    raise _broken()


def _is_needed(marker: int, begin: bytes) -> bool:
    is_text = marker == 0xFE
    is_application = 0xE0 <= marker <= 0xEF
    is_about_colours = marker in (0xE0, 0xEE) or (marker == 0xE2 and begin.startswith(b"ICC_PROFILE\0"))
    return not is_text and (not is_application or is_about_colours)


def _after_scan(data: bytes, at: int) -> int:
    """Where the next marker is: in a scan, FF is followed by 00 or a restart."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7 and data[at + 1] != 0xFF:
            return at
        at += 1
    raise _broken()


def _gif(data: bytes) -> Iterator[bytes]:
    yield data[: header_bytes(data)]
    for kind, begin, end in gif_blocks(data):
        # How long a frame is shown, and how often all of them; not comments, nor what programs add.
        label, name = data[begin + 1], data[begin + 3 : begin + 14]
        if kind == IMAGE or label == 0xF9 or (label == 0xFF and name in _GIF_LOOPS):
            yield data[begin:end]
    yield b";"


def _webp(data: bytes) -> Iterator[bytes]:
    kept = []
    at, end = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= end:
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        following = at + 8 + length + (length & 1)
        chunk = data[at:following]
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_EXIF_AND_XMP]) + chunk[9:]
        if kind in _WEBP_KEPT:
            kept.append(chunk)
        at = following
    yield b"RIFF" + (4 + sum(map(len, kept))).to_bytes(4, "little") + b"WEBP"
    yield from kept


def _save_tiff(image: Image.Image, target: Path) -> None:
    """Written anew, without loss: a TIFF is a web of offsets, in which texts may lie anywhere."""
    pages = []
    for number in range(images.count_frames(image)):
        image.seek(number)
        page = Image.new(image.mode, image.size)
        page.paste(image)
        pages.append(page)
    pages[0].save(target, "TIFF", compression="tiff_deflate", save_all=True, append_images=pages[1:])


def _broken() -> RefusalError:
    return RefusalError("broken", "This file is damaged: it breaks off.")
