"""The formats of files: one record each, from which follow what is accepted, shown, written and stripped."""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from importlib.util import find_spec
from typing import Any, NamedTuple

import msgspec

from ..assets.types import AssetType

# Of all companions: no browser displays it.
COMPANION_TYPE = "application/octet-stream"
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
            for, and no copy can be made without metadata, unless it ``is_stripped``.
        is_bare: it carries no metadata, or its report names all that it does.
        is_vague: others begin like it by chance, such as texts in UTF-16: what cannot be decoded is a companion,
            unless its name claims that it is media.
        plugin: a module, imported in the child before such a file is opened, that lets Pillow read it.
        drawer: a module whose ``draw`` gives the picture of a companion: what the file has as its preview, or what a
            library draws of it.
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
    is_stripped: bool = False
    is_vague: bool = False
    plugin: str | None = None
    drawer: str | None = None
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


def _theora(ends: Ends) -> bool:
    """Its first packet is Theora's; a video's is the first of all (RFC 3533, section 4)."""
    return ends.head.startswith(b"OggS") and ends.head[28:35] == b"\x80theora"


_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")


def _iso_format(head: bytes) -> str | None:
    box, brand = head[4:8], head[8:12]
    if box in (b"moov", b"mdat", b"wide", b"free", b"skip") or (box == b"ftyp" and brand == b"qt  "):
        return "mov"
    if box == b"ftyp" and brand in (b"avif", b"avis"):
        return "avif"
    if box == b"ftyp" and brand in _HEIF_BRANDS:
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


def _zipped(mime_type: bytes, *endings: str) -> Callable[[Ends], bool]:
    """A ZIP archive that says what it is, stored as its first file, or whose name does."""
    return lambda ends: (
        ends.head.startswith(b"PK\3\4")
        and (ends.head[30:].startswith(b"mimetype" + mime_type) or ends.ending in endings)
    )


_FONT_STARTS = (b"\0\1\0\0", b"OTTO", b"true", b"ttcf", b"wOFF", b"wOF2")
_FONTS = {"ttf": {"ttf", "ttc"}, "otf": {"otf", "otc"}, "woff": {"woff"}, "woff2": {"woff2"}}


def _font(*endings: str) -> Callable[[Ends], bool]:
    """By both: other files begin like this as well."""
    return lambda ends: ends.ending in endings and ends.head.startswith(_FONT_STARTS)


# What may precede an SVG's root: declarations, comments, a document type that may have entities of its own. Atomic, as
# there would be exponentially many ways to divide them.
_BEFORE_ROOT = rb"(?:(?>\s+)|(?><\?.*?\?>)|(?><!--.*?-->)|(?><!DOCTYPE\s+svg\b[^<>\[]*(?:\[.*?\]\s*)?>))*+"
_SVG_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?" + _BEFORE_ROOT + rb"<(?:\w+:)?svg[\s/>]", re.S | re.I)


def _svg(ends: Ends) -> bool:
    """By its root; one that is packed, or in UTF-16, by its name."""
    starts: Mapping[str, tuple[bytes, ...]] = {"svgz": (b"\x1f\x8b",), "svg": (b"\xff\xfe", b"\xfe\xff")}
    is_named = ends.head.startswith(starts.get(ends.ending, ()))
    return is_named or _SVG_ROOT.match(ends.head) is not None


_TGA_ENDINGS = {"tga", "vda", "icb", "vst"}


def _truevision(ends: Ends) -> bool:
    """By its footer; older ones have none and are detected by a plausible header and their name."""
    head = ends.head
    if ends.tail[-18:] == b"TRUEVISION-XFILE.\0":
        return True
    if ends.ending not in _TGA_ENDINGS or len(head) < 18:
        return False
    return head[1] in (0, 1) and head[2] in (1, 2, 3, 9, 10, 11) and head[16] in (8, 15, 16, 24, 32)


def _companion(file_format: str, endings: Set[str], drawer: str, starts: Sequence[bytes] = (), **others: Any) -> Format:
    """What is kept, packed and only ever sent as a download, and has a picture."""
    given = {"starts": starts, "drawer": drawer, "for_work": True, **others}
    return Format("other", file_format, COMPANION_TYPE, "", endings, **given)


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
    Format("audio", "mp3", "audio/mpeg", "mp3", {"mp3"}, [b"ID3"], sniff=_mpeg_audio, is_target=True, is_vague=True),
    Format("audio", "flac", "audio/flac", "flac", {"flac"}, [b"fLaC"], is_target=True),
    Format(
        "audio",
        "ogg",
        "audio/ogg",
        "ogg",
        {"ogg", "oga", "opus"},
        sniff=lambda ends: ends.head.startswith(b"OggS") and not _theora(ends),
        is_target=True,
    ),
    Format("audio", "aac", "audio/aac", "aac", {"aac", "adts"}, sniff=_adts, is_vague=True),
    Format("audio", "m4a", "audio/mp4", "mov", {"m4a", "m4b", "mp4"}, sniff=_iso("m4a"), is_target=True),
    Format("video", "mp4", "video/mp4", "mov", {"mp4", "m4v", "m4a", "3gp", "3g2"}, sniff=_iso("mp4"), is_target=True),
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
        is_stripped=True,
        plugin=f"{_ENGINES}.avif",
    ),
    Format(
        "image",
        "heic",
        "image/heic",
        "HEIF",
        {"heic", "heif", "hif", "heics", "heifs"},
        sniff=_iso("heic"),
        for_work=True,
        is_stripped=True,
        plugin=f"{_ENGINES}.heif",
        package="pi_heif",
        unreadable="The decoder of HEIC is not installed here: upload it as JPEG as well.",
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
    Format(
        "image", "ico", "image/vnd.microsoft.icon", "ICO", {"ico", "cur"}, [b"\0\0\x01\0"], for_work=True, is_bare=True
    ),
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
    Format(
        "other",
        "ogv",
        COMPANION_TYPE,
        "",
        {"ogv", "ogg"},
        sniff=_theora,
        for_work=True,
        unreadable="Theora is not decoded here: upload it as WebM as well.",
    ),
    Format("audio", "aiff", "audio/aiff", "aiff", {"aiff", "aif", "aifc"}, sniff=_aiff, for_work=True),
    _companion(
        "svg",
        {"svg", "svgz"},
        f"{_ENGINES}.svg",
        sniff=_svg,
        is_bare=True,
        package="resvg_py",
        unreadable="The library that draws SVG is not installed here.",
    ),
    _companion("kra", {"kra", "krz"}, f"{_ENGINES}.zipped", sniff=_zipped(b"application/x-krita", "kra", "krz")),
    _companion("ora", {"ora"}, f"{_ENGINES}.zipped", sniff=_zipped(b"image/openraster", "ora")),
    _companion("procreate", {"procreate"}, f"{_ENGINES}.zipped", sniff=_zipped(b"application/procreate", "procreate")),
    _companion("clip", {"clip"}, f"{_ENGINES}.clip", [b"CSFCHUNK"]),
    _companion("xcf", {"xcf"}, f"{_ENGINES}.xcf", [b"gimp xcf "]),
    _companion("glb", {"glb", "vrm"}, f"{_ENGINES}.gltf", [b"glTF"], is_bare=True),
    *(
        _companion(form, endings, f"{_ENGINES}.font", sniff=_font(*endings), is_bare=True)
        for form, endings in _FONTS.items()
    ),
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
    for type_ in dict.fromkeys(each.type for each in _ALL if each.is_target)
}


def format_of(ends: Ends) -> Format | None:
    """The format that a file begins or, for one without a start, looks like."""
    started = (each for each in _ALL if each.starts and ends.head.startswith(tuple(each.starts)))
    sniffed = (each for each in _ALL if each.sniff is not None and each.sniff(ends))
    return next(started, None) or next(sniffed, None)
