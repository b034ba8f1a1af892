"""The formats of files: one record each, from which follow what is accepted, shown, written and stripped."""

from collections.abc import Callable, Mapping, Sequence, Set
from importlib.util import find_spec
from typing import NamedTuple

import msgspec

from ..assets.types import AssetType

_ENGINES = f"{__package__}.engines"


class Ends(NamedTuple):
    """A file's first and last kilobytes, and its name's extension in lower case."""

    head: bytes
    tail: bytes
    ending: str


class Format(msgspec.Struct, frozen=True):
    """One format.

    Args:
        file_format: its name in the API, and the extension of files that are written in it.
        reader: Pillow's format or libav's demuxer. It is always named: left to guess, they may go by the extension,
            and some demuxers open other files or URLs.
        endings: the usual extensions.
        starts: its files begin with one of these.
        sniff: recognises it where no start is enough; asked after the starts of all formats.
        is_target: other files of its type can be converted to it.
        in_browsers: browsers display the file itself.
        for_work: a file is stored even if it cannot be displayed; results are in another format unless one is asked
            for, and no copy can be made without metadata.
        is_bare: it carries no metadata.
        plugin: a module, imported in the child before such a file is opened, that lets Pillow read it.
        package: must be installed to read it.
        unreadable: why it cannot be shown without the package, or ever if it names none.
    """

    type: AssetType
    file_format: str
    mime_type: str
    reader: str
    endings: Set[str]
    starts: Sequence[bytes] = ()
    sniff: Callable[[Ends], bool] | None = None
    is_target: bool = False
    in_browsers: bool = False
    for_work: bool = False
    is_bare: bool = False
    plugin: str | None = None
    package: str | None = None
    unreadable: str | None = None

    @property
    def why_unreadable(self) -> str | None:
        """Why files of this format cannot be shown here, for their owner; None if they can."""
        is_readable = self.unreadable is None or (self.package is not None and find_spec(self.package) is not None)
        return None if is_readable else self.unreadable


def _riff(kind: bytes) -> Callable[[Ends], bool]:
    return lambda ends: ends.head.startswith((b"RIFF", b"RF64")) and ends.head[8:12] == kind


def _matroska(*, webm: bool) -> Callable[[Ends], bool]:
    return lambda ends: ends.head.startswith(b"\x1aE\xdf\xa3") and (b"webm" in ends.head[:64]) == webm


def _iso(file_format: str) -> Callable[[Ends], bool]:
    """ISO base media, by the first box and its brand."""
    return lambda ends: _iso_format(ends.head) == file_format


def _iso_format(head: bytes) -> str | None:
    box, brand = head[4:8], head[8:12]
    if box in (b"moov", b"mdat", b"wide", b"free", b"skip") or (box == b"ftyp" and brand == b"qt  "):
        return "mov"
    if box == b"ftyp" and brand in (b"avif", b"avis"):
        return "avif"
    if box == b"ftyp" and brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        return "avif" if b"avif" in head[16 : int.from_bytes(head[:4], "big")] else "heic"
    if box != b"ftyp" or brand == b"crx ":
        return None
    return "m4a" if brand in (b"M4A ", b"M4B ") else "mp4"


def _adts(ends: Ends) -> bool:
    return len(ends.head) >= 4 and ends.head[0] == 0xFF and ends.head[1] & 0xF6 == 0xF0


def _mpeg_audio(ends: Ends) -> bool:
    """A frame's header by its bits: eleven of synchronisation, then version, layer, bit rate and sample rate."""
    head = ends.head
    if len(head) < 4 or head[0] != 0xFF:
        return False
    layer, bit_rate, sample_rate = head[1] >> 1 & 0b11, head[2] >> 4, head[2] >> 2 & 0b11
    return head[1] & 0xE0 == 0xE0 and layer != 0 and bit_rate not in (0, 0b1111) and sample_rate != 0b11


def _bitmap(ends: Ends) -> bool:
    return ends.head.startswith(b"BM") and ends.head[6:10] == b"\0\0\0\0"


def _aiff(ends: Ends) -> bool:
    return ends.head.startswith(b"FORM") and ends.head[8:12] in (b"AIFF", b"AIFC")


def _aseprite(ends: Ends) -> bool:
    """The magic numbers of the file and of its first frame."""
    return ends.head[4:6] == b"\xe0\xa5" and ends.head[132:134] == b"\xfa\xf1"


_TGA_ENDINGS = {"tga", "vda", "icb", "vst"}


def _truevision(ends: Ends) -> bool:
    """By its footer; older ones have none and are detected by a plausible header and their name."""
    head = ends.head
    if ends.tail[-18:] == b"TRUEVISION-XFILE.\0":
        return True
    if ends.ending not in _TGA_ENDINGS or len(head) < 18:
        return False
    return head[1] in (0, 1) and head[2] in (1, 2, 3, 9, 10, 11) and head[16] in (8, 15, 16, 24, 32)


_ALL = (
    Format(
        "image", "png", "image/png", "PNG", {"png", "apng"}, [b"\x89PNG\r\n\x1a\n"], is_target=True, in_browsers=True
    ),
    Format(
        "image",
        "jpg",
        "image/jpeg",
        "JPEG",
        {"jpg", "jpeg", "jpe", "jfif"},
        [b"\xff\xd8\xff"],
        is_target=True,
        in_browsers=True,
    ),
    Format("image", "gif", "image/gif", "GIF", {"gif"}, [b"GIF87a", b"GIF89a"], is_target=True, in_browsers=True),
    Format("image", "bmp", "image/bmp", "BMP", {"bmp", "dib"}, sniff=_bitmap, is_target=True, in_browsers=True),
    Format("image", "tiff", "image/tiff", "TIFF", {"tif", "tiff"}, [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]),
    Format("image", "webp", "image/webp", "WEBP", {"webp"}, sniff=_riff(b"WEBP"), is_target=True, in_browsers=True),
    Format("audio", "wav", "audio/wav", "wav", {"wav", "wave"}, sniff=_riff(b"WAVE"), is_target=True),
    # ID3 may precede ADTS as well, but hardly ever does.
    Format("audio", "mp3", "audio/mpeg", "mp3", {"mp3"}, [b"ID3"], sniff=_mpeg_audio, is_target=True),
    Format("audio", "flac", "audio/flac", "flac", {"flac"}, [b"fLaC"], is_target=True),
    Format("audio", "ogg", "audio/ogg", "ogg", {"ogg", "oga", "opus"}, [b"OggS"], is_target=True),
    Format("audio", "aac", "audio/aac", "aac", {"aac", "adts"}, sniff=_adts),
    Format("audio", "m4a", "audio/mp4", "mov", {"m4a", "m4b", "mp4"}, sniff=_iso("m4a"), is_target=True),
    Format("video", "mp4", "video/mp4", "mov", {"mp4", "m4v", "m4a"}, sniff=_iso("mp4"), is_target=True),
    Format("video", "mov", "video/quicktime", "mov", {"mov", "qt"}, sniff=_iso("mov")),
    Format("video", "avi", "video/x-msvideo", "avi", {"avi"}, sniff=_riff(b"AVI ")),
    Format("video", "mkv", "video/x-matroska", "matroska", {"mkv", "mka"}, sniff=_matroska(webm=False), is_target=True),
    Format("video", "webm", "video/webm", "matroska", {"webm", "weba"}, sniff=_matroska(webm=True), is_target=True),
    Format("video", "flv", "video/x-flv", "flv", {"flv"}, [b"FLV\x01"]),
    Format(
        "image",
        "avif",
        "image/avif",
        "AVIF",
        {"avif", "avifs"},
        sniff=_iso("avif"),
        is_target=True,
        for_work=True,
        plugin=f"{_ENGINES}.avif",
    ),
    # Its decoder (libde265) requires threads, which the sandbox forbids.
    Format(
        "image",
        "heic",
        "image/heic",
        "HEIF",
        {"heic", "heif", "hif"},
        sniff=_iso("heic"),
        for_work=True,
        unreadable="HEIC cannot be decoded here: upload it as JPEG as well.",
    ),
    Format(
        "image",
        "jxl",
        "image/jxl",
        "JXL",
        {"jxl"},
        [b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"],
        for_work=True,
        plugin=f"{_ENGINES}.jxl",
        package="pillow_jxl",
        unreadable="The decoder of JPEG XL is not installed here: upload it as PNG as well.",
    ),
    Format("image", "psd", "image/vnd.adobe.photoshop", "PSD", {"psd", "psb"}, [b"8BPS"], for_work=True),
    Format("image", "ico", "image/vnd.microsoft.icon", "ICO", {"ico"}, [b"\0\0\x01\0"], for_work=True, is_bare=True),
    Format("image", "tga", "image/x-tga", "TGA", _TGA_ENDINGS, sniff=_truevision, for_work=True, is_bare=True),
    Format(
        "image",
        "aseprite",
        "image/x-aseprite",
        "ASEPRITE",
        {"aseprite", "ase"},
        sniff=_aseprite,
        for_work=True,
        is_bare=True,
        plugin=f"{_ENGINES}.aseprite",
    ),
    Format("audio", "aiff", "audio/aiff", "aiff", {"aiff", "aif", "aifc"}, sniff=_aiff, for_work=True),
)


def _by_name(records: Sequence[Format]) -> Mapping[str, Format]:
    """Raises: ValueError: a record is wrong."""
    for each in records:
        if not each.starts and each.sniff is None:
            raise ValueError(f"nothing recognises the format “{each.file_format}”")
    found = {each.file_format: each for each in records}
    if len(found) < len(records):
        raise ValueError("two formats have one name")
    return found


FORMATS = _by_name(_ALL)
# The formats of results.
RESULT_FORMATS = [each.file_format for each in _ALL if not each.for_work]
# What files of a type can be converted to.
TARGETS: Mapping[AssetType, Sequence[str]] = {
    type_: [each.file_format for each in _ALL if each.type == type_ and each.is_target]
    for type_ in dict.fromkeys(each.type for each in _ALL)
}


def format_of(ends: Ends) -> Format | None:
    """The format that a file begins or, for one without a start, looks like."""
    started = (each for each in _ALL if each.starts and ends.head.startswith(tuple(each.starts)))
    sniffed = (each for each in _ALL if each.sniff is not None and each.sniff(ends))
    return next(started, None) or next(sniffed, None)
