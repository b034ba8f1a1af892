"""What a file is, by its content. Its name is only compared with that.

Signatures only: nothing is decoded here, and the first and last kilobytes are all that is read.
"""

from pathlib import Path
from typing import Literal

import msgspec

from .messages import RefusalError

# “other” is what is kept and never decoded.
MediaType = Literal["image", "audio", "video", "other"]

HEAD_BYTES = 4096
# A ZIP's directory ends the file, with a comment of up to 64 KiB behind it.
TAIL_BYTES = 65_536 + 22


class Content(msgspec.Struct, frozen=True):
    """``reader`` is Pillow's format or libav's demuxer, which is asked for by name: left to choose, either would
    believe the extension, and some demuxers open further files or addresses. What is ``for_work`` is kept also where
    it cannot be shown."""

    type: MediaType
    file_format: str
    mime_type: str
    reader: str
    for_work: bool = False


_PNG = Content("image", "png", "image/png", "PNG")
_JPEG = Content("image", "jpg", "image/jpeg", "JPEG")
_GIF = Content("image", "gif", "image/gif", "GIF")
_BMP = Content("image", "bmp", "image/bmp", "BMP")
_TIFF = Content("image", "tiff", "image/tiff", "TIFF")
_WEBP = Content("image", "webp", "image/webp", "WEBP")
_AVIF = Content("image", "avif", "image/avif", "AVIF", for_work=True)
_HEIC = Content("image", "heic", "image/heic", "HEIF", for_work=True)
_JXL = Content("image", "jxl", "image/jxl", "JXL", for_work=True)
_PSD = Content("image", "psd", "image/vnd.adobe.photoshop", "PSD", for_work=True)
_ICO = Content("image", "ico", "image/vnd.microsoft.icon", "ICO", for_work=True)
_TGA = Content("image", "tga", "image/x-tga", "TGA", for_work=True)
_ASEPRITE = Content("image", "aseprite", "image/x-aseprite", "ASEPRITE", for_work=True)
_AIFF = Content("audio", "aiff", "audio/aiff", "aiff", for_work=True)
_WAV = Content("audio", "wav", "audio/wav", "wav")
_MP3 = Content("audio", "mp3", "audio/mpeg", "mp3")
_FLAC = Content("audio", "flac", "audio/flac", "flac")
_OGG = Content("audio", "ogg", "audio/ogg", "ogg")
_AAC = Content("audio", "aac", "audio/aac", "aac")
_M4A = Content("audio", "m4a", "audio/mp4", "mov")
_MP4 = Content("video", "mp4", "video/mp4", "mov")
_MOV = Content("video", "mov", "video/quicktime", "mov")
_AVI = Content("video", "avi", "video/x-msvideo", "avi")
_MKV = Content("video", "mkv", "video/x-matroska", "matroska")
_WEBM = Content("video", "webm", "video/webm", "matroska")
_FLV = Content("video", "flv", "video/x-flv", "flv")

EXTENSIONS = {
    "png": {"png", "apng"},
    "jpg": {"jpg", "jpeg", "jpe", "jfif"},
    "gif": {"gif"},
    "bmp": {"bmp", "dib"},
    "tiff": {"tif", "tiff"},
    "webp": {"webp"},
    "wav": {"wav", "wave"},
    "mp3": {"mp3"},
    "flac": {"flac"},
    "ogg": {"ogg", "oga", "opus"},
    "aac": {"aac", "adts"},
    "m4a": {"m4a", "m4b", "mp4"},
    "mp4": {"mp4", "m4v", "m4a"},
    "mov": {"mov", "qt"},
    "avi": {"avi"},
    "mkv": {"mkv", "mka"},
    "webm": {"webm", "weba"},
    "flv": {"flv"},
}
# Of these a file is kept whatever is in it, under the same names.
WORK_EXTENSIONS = {
    "avif": {"avif", "avifs"},
    "heic": {"heic", "heif", "hif"},
    "jxl": {"jxl"},
    "psd": {"psd", "psb"},
    "ico": {"ico"},
    "tga": {"tga", "vda", "icb", "vst"},
    "aseprite": {"aseprite", "ase"},
    "aiff": {"aiff", "aif", "aifc"},
}

# What a browser would take for a page or a program, wherever it hides in the bytes that browsers sniff.
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
    """What this file is.

    Args:
        name: what its owner calls it, for the one format that has no signature.

    Raises:
        RefusalError: it is nothing that the library takes, or something else besides.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read(TAIL_BYTES)
    if not head:
        raise RefusalError("empty", "This file is empty.")
    content = _by_signature(head) or _truevision(head, tail, name or path.name)
    if content is not None or head.lstrip(_BLANK).startswith(b"<"):
        _refuse_active(head)
    if content is None:
        raise RefusalError("not_media", f"This is {_name_of(head)}, and not an image, sound or video that we know.")
    if _is_zip_too(tail):
        raise RefusalError("polyglot", f"This is a {content.file_format.upper()} file and an archive at the same time.")
    return content


def _refuse_active(head: bytes) -> None:
    sniffed = head[:_SNIFFED_BYTES].lower()
    if b"<svg" in sniffed:
        raise RefusalError("svg", "SVG is not taken, because it can carry programs: export it as PNG.")
    if any(sign in sniffed for sign in _ACTIVE):
        raise RefusalError("active_content", "This file holds a web page, a script or a document.")


_STARTS = (
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"\xff\xd8\xff", _JPEG),
    (b"II*\0", _TIFF),
    (b"MM\0*", _TIFF),
    (b"fLaC", _FLAC),
    (b"OggS", _OGG),
    (b"FLV\x01", _FLV),
    (b"8BPS", _PSD),
    (b"\0\0\x01\0", _ICO),
    (b"\xff\x0a", _JXL),
    (b"\0\0\0\x0cJXL \r\n\x87\n", _JXL),
    # Sound with a tag in front: ADTS may have one too, but is called .mp3 nowhere.
    (b"ID3", _MP3),
)
_RIFF = {b"WEBP": _WEBP, b"WAVE": _WAV, b"AVI ": _AVI}
_MATROSKA = b"\x1aE\xdf\xa3"
_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip")


def _by_signature(head: bytes) -> Content | None:
    for start, content in _STARTS:
        if head.startswith(start):
            return content
    if head.startswith((b"RIFF", b"RF64")):
        return _RIFF.get(head[8:12])
    if head.startswith(_MATROSKA):
        return _WEBM if b"webm" in head[:64] else _MKV
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return _BMP
    return _for_work(head) or _iso_media(head) or _mpeg_audio(head)


def _for_work(head: bytes) -> Content | None:
    if head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
        return _AIFF
    # The magic numbers of the file and of its first frame.
    return _ASEPRITE if head[4:6] == b"\xe0\xa5" and head[132:134] == b"\xfa\xf1" else None


def _iso_media(head: bytes) -> Content | None:
    atom, brand = head[4:8], head[8:12]
    if atom in _QUICKTIME_ATOMS or (atom == b"ftyp" and brand == b"qt  "):
        return _MOV
    if atom == b"ftyp" and brand in (b"avif", b"avis"):
        return _AVIF
    if atom == b"ftyp" and brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        return _AVIF if b"avif" in head[16 : int.from_bytes(head[:4], "big")] else _HEIC
    if atom != b"ftyp" or brand == b"crx ":
        return None
    return _M4A if brand in (b"M4A ", b"M4B ") else _MP4


def _mpeg_audio(head: bytes) -> Content | None:
    """A frame's header by its bits: eleven of synchronisation, then version, layer, bit rate and sample rate."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return _AAC
    layer, bit_rate, sample_rate = head[1] >> 1 & 0b11, head[2] >> 4, head[2] >> 2 & 0b11
    is_frame = head[1] & 0xE0 == 0xE0 and layer != 0 and bit_rate not in (0, 0b1111) and sample_rate != 0b11
    return _MP3 if is_frame else None


def _truevision(head: bytes, tail: bytes, name: str) -> Content | None:
    """A TGA file by its footer; older ones have none, and are believed by their name where the header fits."""
    if tail[-18:] == b"TRUEVISION-XFILE.\0":
        return _TGA
    if name.rpartition(".")[2].lower() not in WORK_EXTENSIONS["tga"] or len(head) < 18:
        return None
    is_header = head[1] in (0, 1) and head[2] in (1, 2, 3, 9, 10, 11) and head[16] in (8, 15, 16, 24, 32)
    return _TGA if is_header else None


def _is_zip_too(tail: bytes) -> bool:
    """Whether the file ends in a ZIP's directory: unpackers read from the end, image readers from the start."""
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) - at < 22:
        return False
    # Four bytes alone stand in one of 65,000 files by chance: its directory must stand before them.
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
