"""Stripping an AVIF (AVIF 1.1; HEIF, ISO/IEC 23008-12): rebuilt from its picture and the transparency of that.

Their properties and codes are cut to what is decoded; nothing else is copied.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ..messages import truncated
from .profiles import colours_only

_Box: TypeAlias = tuple[bytes, bytes]  # its kind, and its content
_Owned: TypeAlias = tuple[_Box, bool]  # a property, and whether a reader has to understand it
_CODED = b"av01"
_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0")
# The sizes of properties: measures, turns, crops, the decoder's settings, HDR.
_SIZES = {
    b"ispe": 12,
    b"irot": 1,
    b"imir": 1,
    b"clap": 32,
    b"pasp": 8,
    b"av1C": 4,
    b"a1op": 1,
    b"lsel": 2,
    b"clli": 4,
    b"mdcv": 24,
    b"amve": 8,
}
_NCLX_BYTES = 11
_ESSENTIAL = 0x8000
# Units with the headers of sequences and frames, with frames and with tiles (AV1, 6.2.2).
_DECODED = (1, 3, 4, 6, 7)
_LENGTH_BYTES = 8


class _Item(NamedTuple):
    content: bytes
    properties: Sequence[_Owned]


def avif_parts(data: bytes, stated: bytes) -> Iterator[bytes] | None:
    """The copy's parts, with the XMP ``stated``; None for animations, grids and what is rare: they are re-encoded.

    Raises:
        RefusalError: the file is damaged.
    """
    boxes = _first_boxes(data, b"moov", b"meta")
    meta = _first_boxes(boxes[b"meta"][4:], b"pitm", b"iinf", b"iloc", b"iprp", b"iref", b"idat")
    if boxes[b"moov"]:
        return None
    primary, _ = _number(meta[b"pitm"], 4, 2 if meta[b"pitm"][:1] == b"\0" else 4)
    kinds, owned = dict(_kinds(meta[b"iinf"])), _properties(_first_boxes(meta[b"iprp"], b"ipco", b"ipma"))
    alpha, is_premultiplied = _alpha_of(primary, _links(meta[b"iref"]), owned)
    numbers = [primary, *([alpha] if alpha is not None else [])]
    places = _places(meta[b"iloc"], data, meta[b"idat"], numbers)
    items = []
    for one in numbers:
        properties = _cut(owned.get(one, []))
        if kinds.get(one) != _CODED or properties is None or one not in places:
            return None
        items.append(_Item(_units(places[one]), properties))
    return _written(items, stated, is_premultiplied=is_premultiplied)


def _boxes(data: bytes) -> Iterator[_Box]:
    """ISO/IEC 14496-12, section 4.2."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        begin = at + 8
        if size == 1:
            size, begin = _number(data, begin, 8)
        end = at + size if size else len(data)
        if end < begin:
            raise truncated()
        yield kind, data[begin:end]
        at = end


def _first_boxes(data: bytes, *wanted: bytes) -> dict[bytes, bytes]:
    """The content of the first box of each kind; nothing where there is none."""
    found: dict[bytes, bytes] = {}
    for kind, content in _boxes(data):
        if kind in wanted:
            found.setdefault(kind, content)
    return dict.fromkeys(wanted, b"") | found


def _number(content: bytes, at: int, size: int) -> tuple[int, int]:
    """The number of so many bytes, and the place behind it."""
    if at + size > len(content):
        raise truncated()
    return int.from_bytes(content[at : at + size], "big"), at + size


def _kinds(iinf: bytes) -> Iterator[tuple[int, bytes]]:
    for kind, info in _boxes(iinf[6 if iinf[:1] == b"\0" else 8 :]):
        if kind == b"infe" and info[:1] in (b"\2", b"\3"):
            number, at = _number(info, 4, 2 * info[0] - 2)
            yield number, info[at + 2 : at + 6]


def _links(iref: bytes) -> Iterator[tuple[bytes, int, Sequence[int]]]:
    size = 2 if iref[:1] == b"\0" else 4
    for kind, link in _boxes(iref[4:]):
        one, at = _number(link, 0, size)
        count, at = _number(link, at, 2)
        yield kind, one, [_number(link, at + size * number, size)[0] for number in range(count)]


def _properties(iprp: Mapping[bytes, bytes]) -> Mapping[int, Sequence[_Owned]]:
    known, content = [*_boxes(iprp[b"ipco"])], iprp[b"ipma"]
    flags, _ = _number(content, 0, 4)
    id_size, index_size = 2 if flags >> 24 == 0 else 4, 1 + (flags & 1)
    must, found = 0x80 << 8 * (index_size - 1), {}
    entries, at = _number(content, 4, 4)
    for _ in range(entries):
        one, at = _number(content, at, id_size)
        count, at = _number(content, at, 1)
        places = [_number(content, at + index_size * number, index_size)[0] for number in range(count)]
        at += index_size * count
        chosen = [(place % must - 1, place >= must) for place in places]
        found[one] = [(known[index], needed) for index, needed in chosen if 0 <= index < len(known)]
    return found


def _alpha_of(
    primary: int, links: Iterator[tuple[bytes, int, Sequence[int]]], owned: Mapping[int, Sequence[_Owned]]
) -> tuple[int | None, bool]:
    """The item with the picture's transparency, and whether its colours are multiplied by it."""
    found, is_premultiplied = None, False
    for kind, one, others in links:
        if found is None and kind == b"auxl" and primary in others and any(map(_is_alpha, owned.get(one, []))):
            found = one
        is_premultiplied |= kind == b"prem" and one == primary
    return found, found is not None and is_premultiplied


def _is_alpha(owned: _Owned) -> bool:
    box, _ = owned
    return box[0] == b"auxC" and box[1][4:].startswith(_ALPHA)


def _places(iloc: bytes, data: bytes, idat: bytes, wanted: Sequence[int]) -> Mapping[int, bytes]:
    """The bytes of those items that are in one piece of this file."""
    version, _ = _number(iloc, 0, 1)
    sizes, at = _number(iloc, 4, 2)
    found = {}
    count, at = _number(iloc, at, 2 if version < 2 else 4)
    for _ in range(count):
        one, at = _number(iloc, at, 2 if version < 2 else 4)
        method, at = _number(iloc, at, 2 if version else 0)
        reference, at = _number(iloc, at, 2)
        base, at = _number(iloc, at, sizes >> 4 & 0xF)
        pieces, at = _number(iloc, at, 2)
        behind = at + pieces * sum(sizes >> shift & 0xF for shift in ((12, 8, 0) if version else (12, 8)))
        if one in wanted and pieces == 1 and reference == 0 and method in (0, 1):
            offset, at = _number(iloc, at + (sizes & 0xF if version else 0), sizes >> 12)
            length, _ = _number(iloc, at, sizes >> 8 & 0xF)
            whole = idat if method else data
            found[one] = whole[base + offset :][: length or None]
        at = behind
    return found


def _cut(properties: Sequence[_Owned]) -> Sequence[_Owned] | None:
    """The properties that change how an item looks; None if one of them has to be understood and is not known."""
    exact = [((kind, _exact(kind, content)), must) for (kind, content), must in properties]
    return None if any(must and not content for (_, content), must in exact) else [each for each in exact if each[0][1]]


def _exact(kind: bytes, content: bytes) -> bytes:
    """A property without what may follow it; nothing if it is not needed."""
    if kind == b"pixi":
        channels, at = _number(content, 4, 1)
        return content[: at + channels]  # a byte for each: its depth
    if kind == b"colr" and content[:4] != b"nclx":
        profile = colours_only(content[4:])
        return content[:4] + profile if profile else b""
    if kind == b"auxC":
        return content[: content.find(b"\0", 4) + 1]
    return content[: _NCLX_BYTES if kind == b"colr" else _SIZES.get(kind, 0)]


def _units(content: bytes) -> bytes:
    """The units that are decoded (AV1, 5.3)."""
    kept, at = [], 0
    while at < len(content):
        begin, end = at + 1 + (content[at] >> 2 & 1), len(content)
        if content[at] & 2:
            length = content[begin : begin + _LENGTH_BYTES]
            size = next((number for number, byte in enumerate(length, 1) if byte < 0x80), len(length))
            end = begin + size + sum((byte & 0x7F) << 7 * number for number, byte in enumerate(length[:size]))
        if content[at] >> 3 & 0xF in _DECODED:
            kept.append(content[at:end])
        at = end
    return b"".join(kept)


def _box(kind: bytes, *parts: bytes) -> bytes:
    return struct.pack(">I4s", 8 + sum(map(len, parts)), kind) + b"".join(parts)


def _full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *parts)


def _written(items: Sequence[_Item], stated: bytes, *, is_premultiplied: bool) -> Iterator[bytes]:
    """The picture as item 1, its transparency as 2, XMP as the last."""
    contents = [*(item.content for item in items), *([stated] if stated else [])]
    infos = [_info(number, _CODED) for number in range(1, len(items) + 1)]
    links = [(b"auxl", 2, 1), *([(b"prem", 1, 2)] if is_premultiplied else [])] if len(items) > 1 else []
    if stated:
        infos.append(_info(len(contents), b"mime", b"application/rdf+xml\0"))
        links.append((b"cdsc", len(contents), 1))
    brands = _box(b"ftyp", b"avif", bytes(4), b"avifmif1miaf")

    def described(begin: int) -> bytes:
        return _full(
            b"meta",
            _full(b"hdlr", bytes(4), b"pict", bytes(13)),
            _full(b"pitm", struct.pack(">H", 1)),
            _located(contents, begin),
            _full(b"iinf", struct.pack(">H", len(infos)), *infos),
            _full(b"iref", *(_box(kind, struct.pack(">HHH", one, 1, other)) for kind, one, other in links)),
            _owned(items),
        )

    # The places depend on the size of what is before them, and that not on the places.
    yield brands + described(len(brands) + len(described(0)) + 8)
    yield _box(b"mdat", *contents)


def _info(number: int, kind: bytes, content_type: bytes = b"") -> bytes:
    return _full(b"infe", struct.pack(">HH4sB", number, 0, kind, 0), content_type, version=2)


def _located(contents: Sequence[bytes], begin: int) -> bytes:
    entries = []
    for number, content in enumerate(contents, 1):
        entries.append(struct.pack(">HHHII", number, 0, 1, begin, len(content)))
        begin += len(content)
    return _full(b"iloc", struct.pack(">HH", 0x4400, len(entries)), *entries)


def _owned(items: Sequence[_Item]) -> bytes:
    """The properties, each once, and whose they are."""
    indexes: dict[_Box, int] = {}
    entries = []
    for number, item in enumerate(items, 1):
        own = [indexes.setdefault(box, len(indexes) + 1) | must * _ESSENTIAL for box, must in item.properties]
        entries.append(struct.pack(f">HB{len(own)}H", number, len(own), *own))
    association = _full(b"ipma", struct.pack(">I", len(entries)), *entries, flags=1)
    return _box(b"iprp", _box(b"ipco", *(_box(*box) for box in indexes)), association)
