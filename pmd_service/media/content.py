"""Detecting a file's type by signatures in its first and last kilobytes. Nothing is decoded."""

from collections.abc import Set
from pathlib import Path
from typing import Literal

import msgspec

from .messages import RefusalError

# “other” is stored and never decoded.
MediaType = Literal["image", "audio", "video", "other"]

HEAD_BYTES = 4096
# A ZIP's directory ends the file, with a comment of up to 64 KiB behind it.
TAIL_BYTES = 65_536 + 22


class Content(msgspec.Struct, frozen=True):
    """``reader`` is Pillow's format or libav's demuxer, which is always named: left to guess, they may go by the
    extension, and some demuxers open other files or URLs. ``endings`` are the usual extensions. A format ``for_work``
    is stored even if it cannot be displayed."""

    type: MediaType
    file_format: str
    mime_type: str
    reader: str
    endings: Set[str] = frozenset()
    for_work: bool = False


_ALL = (
    Content("image", "png", "image/png", "PNG", {"png", "apng"}),
    Content("image", "jpg", "image/jpeg", "JPEG", {"jpg", "jpeg", "jpe", "jfif"}),
    Content("image", "gif", "image/gif", "GIF", {"gif"}),
    Content("image", "bmp", "image/bmp", "BMP", {"bmp", "dib"}),
    Content("image", "tiff", "image/tiff", "TIFF", {"tif", "tiff"}),
    Content("image", "webp", "image/webp", "WEBP", {"webp"}),
    Content("audio", "wav", "audio/wav", "wav", {"wav", "wave"}),
    Content("audio", "mp3", "audio/mpeg", "mp3", {"mp3"}),
    Content("audio", "flac", "audio/flac", "flac", {"flac"}),
    Content("audio", "ogg", "audio/ogg", "ogg", {"ogg", "oga", "opus"}),
    Content("audio", "aac", "audio/aac", "aac", {"aac", "adts"}),
    Content("audio", "m4a", "audio/mp4", "mov", {"m4a", "m4b", "mp4"}),
    Content("video", "mp4", "video/mp4", "mov", {"mp4", "m4v", "m4a"}),
    Content("video", "mov", "video/quicktime", "mov", {"mov", "qt"}),
    Content("video", "avi", "video/x-msvideo", "avi", {"avi"}),
    Content("video", "mkv", "video/x-matroska", "matroska", {"mkv", "mka"}),
    Content("video", "webm", "video/webm", "matroska", {"webm", "weba"}),
    Content("video", "flv", "video/x-flv", "flv", {"flv"}),
    Content("image", "avif", "image/avif", "AVIF", {"avif", "avifs"}, for_work=True),
    Content("image", "heic", "image/heic", "HEIF", {"heic", "heif", "hif"}, for_work=True),
    Content("image", "jxl", "image/jxl", "JXL", {"jxl"}, for_work=True),
    Content("image", "psd", "image/vnd.adobe.photoshop", "PSD", {"psd", "psb"}, for_work=True),
    Content("image", "ico", "image/vnd.microsoft.icon", "ICO", {"ico"}, for_work=True),
    Content("image", "tga", "image/x-tga", "TGA", {"tga", "vda", "icb", "vst"}, for_work=True),
    Content("image", "aseprite", "image/x-aseprite", "ASEPRITE", {"aseprite", "ase"}, for_work=True),
    Content("audio", "aiff", "audio/aiff", "aiff", {"aiff", "aif", "aifc"}, for_work=True),
)
CONTENTS = {content.file_format: content for content in _ALL}

# What a browser would take for a page or script, anywhere in the bytes that browsers sniff.
_ACTIVE = (b"<html", b"<script", b"<!doctype html", b"<svg", b"<?php", b"<iframe", b"%pdf-")
_SNIFFED_BYTES = 1445
_BLANK = b"\xef\xbb\xbf \t\r\n"
_ZIP_END = b"PK\x05\x06"
_REFUSED_STARTS = (
    ((b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa"), "a program"),
    ((b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"\xfd7zXZ", b"BZh", b"(\xb5/\xfd"), "an archive"),
    ((b"%PDF",), "a PDF document"),
)


def content_of(path: Path, name: str = "") -> Content:
    """Detect the file's type.

    Args:
        name: the owner's, for the one format without a signature (TGA).

    Raises:
        RefusalError: the type is not accepted, or the file is of two types at once.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read(TAIL_BYTES)
    if not head:
        raise RefusalError("empty", "This file is empty.")
    form = _by_signature(head) or _truevision(head, tail, name or path.name)
    content = CONTENTS[form] if form else None
    if content is not None or head.lstrip(_BLANK).startswith(b"<"):
        _refuse_active(head)
    if content is None:
        raise RefusalError("not_media", f"This is {_name_of(head)}, not an image, sound or video that is supported.")
    if _is_zip_too(tail):
        raise RefusalError("polyglot", f"This is a {content.file_format.upper()} file and an archive at the same time.")
    return content


def _refuse_active(head: bytes) -> None:
    sniffed = head[:_SNIFFED_BYTES].lower()
    if b"<svg" in sniffed:
        raise RefusalError("svg", "SVG is not accepted, because it can carry scripts: export it as PNG.")
    if any(sign in sniffed for sign in _ACTIVE):
        raise RefusalError("active_content", "This file holds a web page, a script or a document.")


_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"\xff\xd8\xff", "jpg"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"FLV\x01", "flv"),
    (b"8BPS", "psd"),
    (b"\0\0\x01\0", "ico"),
    (b"\xff\x0a", "jxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
    # ID3 may precede ADTS as well, but hardly ever does.
    (b"ID3", "mp3"),
)
_RIFF = {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}
_MATROSKA = b"\x1aE\xdf\xa3"
_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip")


def _by_signature(head: bytes) -> str | None:
    """The format's name."""
    for start, form in _STARTS:
        if head.startswith(start):
            return form
    if head.startswith((b"RIFF", b"RF64")):
        return _RIFF.get(head[8:12])
    if head.startswith(_MATROSKA):
        return "webm" if b"webm" in head[:64] else "mkv"
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return "bmp"
    return _for_work(head) or _iso_media(head) or _mpeg_audio(head)


def _for_work(head: bytes) -> str | None:
    if head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    # The magic numbers of the file and of its first frame.
    return "aseprite" if head[4:6] == b"\xe0\xa5" and head[132:134] == b"\xfa\xf1" else None


def _iso_media(head: bytes) -> str | None:
    atom, brand = head[4:8], head[8:12]
    if atom in _QUICKTIME_ATOMS or (atom == b"ftyp" and brand == b"qt  "):
        return "mov"
    if atom == b"ftyp" and brand in (b"avif", b"avis"):
        return "avif"
    if atom == b"ftyp" and brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        return "avif" if b"avif" in head[16 : int.from_bytes(head[:4], "big")] else "heic"
    if atom != b"ftyp" or brand == b"crx ":
        return None
    return "m4a" if brand in (b"M4A ", b"M4B ") else "mp4"


def _mpeg_audio(head: bytes) -> str | None:
    """A frame's header by its bits: eleven of synchronisation, then version, layer, bit rate and sample rate."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "aac"
    layer, bit_rate, sample_rate = head[1] >> 1 & 0b11, head[2] >> 4, head[2] >> 2 & 0b11
    is_frame = head[1] & 0xE0 == 0xE0 and layer != 0 and bit_rate not in (0, 0b1111) and sample_rate != 0b11
    return "mp3" if is_frame else None


def _truevision(head: bytes, tail: bytes, name: str) -> str | None:
    """A TGA by its footer; older ones have none and are detected by a plausible header and their name."""
    if tail[-18:] == b"TRUEVISION-XFILE.\0":
        return "tga"
    if name.rpartition(".")[2].lower() not in CONTENTS["tga"].endings or len(head) < 18:
        return None
    is_header = head[1] in (0, 1) and head[2] in (1, 2, 3, 9, 10, 11) and head[16] in (8, 15, 16, 24, 32)
    return "tga" if is_header else None


def _is_zip_too(tail: bytes) -> bool:
    """Whether the file ends with a ZIP directory: unzip reads from the end, image decoders from the start."""
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) - at < 22:
        return False
    # The four bytes alone occur by chance in one of 65,000 files: the directory must precede them.
    directory = at - int.from_bytes(tail[at + 12 : at + 16], "little")
    comment = int.from_bytes(tail[at + 20 : at + 22], "little")
    return tail[directory : directory + 4] == b"PK\x01\x02" if directory >= 0 else at + 22 + comment == len(tail)


def _name_of(head: bytes) -> str:
    for starts, name in _REFUSED_STARTS:
        if head.startswith(starts):
            return name
    import puremagic  # noqa: PLC0415  its table of signatures is only read for what is refused

    try:
        extension = puremagic.from_string(head).lstrip(".")
    except puremagic.PureError:
        extension = ""
    return f"a “{extension}” file" if extension else "an unknown kind of file"
