"""Stripping an AVIF or HEIC (AVIF 1.1; HEIF, ISO/IEC 23008-12): rebuilt from its picture and the transparency of that.

Their tiles, properties and codes are cut to what is decoded; nothing else is copied.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import chain
from typing import NamedTuple, TypeAlias

from ..messages import Finding, RefusalError
from .isobmff import Box, box, boxes, first_boxes, full, number_at
from .profiles import colours_only

_Owned: TypeAlias = tuple[Box, bool]  # a property, and whether a reader has to understand it
_GRID = b"grid"
_CODED = {"avif": b"av01", "heic": b"hvc1"}
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
_HEVC_BRANDS = (b"heic", b"heix", b"heim", b"heis")
_NCLX_BYTES = 11
_ESSENTIAL = 0x8000
# Units with the headers of sequences and frames, with frames and with tiles (AV1, 6.2.2).
_DECODED = (1, 3, 4, 6, 7)
_LENGTH_BYTES = 8
# Of the settings of HEVC (ISO/IEC 14496-15, 8.3.3), before the sets of parameters.
_SETTINGS_BYTES = 22
# Slices, and the sets of parameters (H.265, table 7-1); no messages.
_SLICES, _SETS = {*range(10), *range(16, 22)}, {32, 33, 34}
_MAX_ITEMS = 10_000


class _Item(NamedTuple):
    """``tiles`` are the numbers of the items that it is put together from, of which the first is 1."""

    kind: bytes
    content: bytes
    properties: Sequence[_Owned]
    tiles: Sequence[int]


def heif_parts(data: bytes, file_format: str, stated: bytes) -> Iterator[bytes] | None:
    """The copy's parts, with the XMP ``stated``; None for animations and what is rare.

    Raises:
        RefusalError: the file is damaged.
    """
    top = first_boxes(data, b"moov", b"meta")
    meta = first_boxes(top[b"meta"][4:], b"pitm", b"iinf", b"iloc", b"iprp", b"iref", b"idat")
    if top[b"moov"]:
        return None
    primary, _ = number_at(meta[b"pitm"], 4, 2 if meta[b"pitm"][:1] == b"\0" else 4)
    kinds, owned = dict(_kinds(meta[b"iinf"])), _properties(first_boxes(meta[b"iprp"], b"ipco", b"ipma"))
    links = [*_links(meta[b"iref"])]
    alpha, is_premultiplied = _alpha_of(primary, links, owned)
    shown = [primary, *([alpha] if alpha is not None else [])]
    tiles = {one: others for kind, one, others in links if kind == b"dimg" and one in shown}
    order = {one: number for number, one in enumerate(dict.fromkeys([*shown, *chain(*tiles.values())]), 1)}
    if len(order) > _MAX_ITEMS:
        return None
    places = _places(meta[b"iloc"], data, meta[b"idat"], order.keys())
    items = []
    for one in order:
        kind, properties = kinds.get(one), _cut(owned.get(one, []))
        if properties is None or one not in places or kind not in (_CODED[file_format], _GRID):
            return None
        parts = [order[tile] for tile in tiles.get(one, ())] if kind == _GRID else []
        if (content := _decoded(kind, places[one], properties, len(parts))) is None:
            return None
        items.append(_Item(kind, content, properties, parts))
    brand = _brand(data) if file_format == "heic" else b"avif"
    return _written(brand, items, stated, has_alpha=alpha is not None, is_premultiplied=is_premultiplied)


def metadata_stays(data: bytes) -> Iterator[Finding]:
    """The finding for a HEIC of which no copy without metadata can be made."""
    try:
        is_copied = heif_parts(data, "heic", b"") is not None
    except RefusalError:
        is_copied = False
    if not is_copied:
        yield Finding("metadata_stays", "Its metadata cannot be removed: convert it before you publish or pack it.")


def _brand(data: bytes) -> bytes:
    """That of the profile of HEVC which is needed."""
    begin = int.from_bytes(data[:4], "big")
    brands = (data[at : at + 4] for at in range(8, min(begin, len(data)), 4))
    return next((each for each in brands if each in _HEVC_BRANDS), _HEVC_BRANDS[0])


def _kinds(iinf: bytes) -> Iterator[tuple[int, bytes]]:
    for kind, info in boxes(iinf[6 if iinf[:1] == b"\0" else 8 :]):
        if kind == b"infe" and info[:1] in (b"\2", b"\3"):
            number, at = number_at(info, 4, 2 * info[0] - 2)
            yield number, info[at + 2 : at + 6]


def _links(iref: bytes) -> Iterator[tuple[bytes, int, Sequence[int]]]:
    size = 2 if iref[:1] == b"\0" else 4
    for kind, link in boxes(iref[4:]):
        one, at = number_at(link, 0, size)
        count, at = number_at(link, at, 2)
        yield kind, one, [number_at(link, at + size * number, size)[0] for number in range(count)]


def _properties(iprp: Mapping[bytes, bytes]) -> Mapping[int, Sequence[_Owned]]:
    known, content = [*boxes(iprp[b"ipco"])], iprp[b"ipma"]
    flags, _ = number_at(content, 0, 4)
    id_size, index_size = 2 if flags >> 24 == 0 else 4, 1 + (flags & 1)
    must, found = 0x80 << 8 * (index_size - 1), {}
    entries, at = number_at(content, 4, 4)
    for _ in range(entries):
        one, at = number_at(content, at, id_size)
        count, at = number_at(content, at, 1)
        places = [number_at(content, at + index_size * number, index_size)[0] for number in range(count)]
        at += index_size * count
        chosen = [(place % must - 1, place >= must) for place in places]
        found[one] = [(known[index], needed) for index, needed in chosen if 0 <= index < len(known)]
    return found


def _alpha_of(
    primary: int, links: Sequence[tuple[bytes, int, Sequence[int]]], owned: Mapping[int, Sequence[_Owned]]
) -> tuple[int | None, bool]:
    """The item with the picture's transparency, and whether its colours are multiplied by it."""
    found, is_premultiplied = None, False
    for kind, one, others in links:
        if found is None and kind == b"auxl" and primary in others and any(map(_is_alpha, owned.get(one, []))):
            found = one
        is_premultiplied |= kind == b"prem" and one == primary
    return found, found is not None and is_premultiplied


def _is_alpha(owned: _Owned) -> bool:
    (kind, content), _ = owned
    return kind == b"auxC" and content[4:].startswith(_ALPHA)


def _places(iloc: bytes, data: bytes, idat: bytes, wanted: Set[int]) -> Mapping[int, bytes]:
    """The bytes of those items that are in one piece of this file."""
    version, _ = number_at(iloc, 0, 1)
    sizes, at = number_at(iloc, 4, 2)
    found, left = {}, len(data)
    count, at = number_at(iloc, at, 2 if version < 2 else 4)
    for _ in range(count):
        one, at = number_at(iloc, at, 2 if version < 2 else 4)
        method, at = number_at(iloc, at, 2 if version else 0)
        reference, at = number_at(iloc, at, 2)
        base, at = number_at(iloc, at, sizes >> 4 & 0xF)
        pieces, at = number_at(iloc, at, 2)
        behind = at + pieces * sum(sizes >> shift & 0xF for shift in ((12, 8, 0) if version else (12, 8)))
        if one in wanted and pieces == 1 and reference == 0 and method in (0, 1):
            offset, at = number_at(iloc, at + (sizes & 0xF if version else 0), sizes >> 12)
            length, _ = number_at(iloc, at, sizes >> 8 & 0xF)
            whole, begin = idat if method else data, base + offset
            found[one] = whole[begin : begin + length if length else None]
            left -= len(found[one])
            if left < 0:  # items that overlap: thousands of large ones in a small file
                return {}
        at = behind
    return found


def _cut(properties: Sequence[_Owned]) -> Sequence[_Owned] | None:
    """The properties that change how an item looks; None if one of them has to be understood and is not known."""
    exact = [((kind, _exact(kind, content)), must) for (kind, content), must in properties]
    return None if any(must and not content for (_, content), must in exact) else [each for each in exact if each[0][1]]


def _exact(kind: bytes, content: bytes) -> bytes:
    """A property without what may follow it; nothing if it is not needed."""
    if kind == b"pixi":
        channels, at = number_at(content, 4, 1)
        return content[: at + channels]  # a byte for each: its depth
    if kind == b"colr" and content[:4] != b"nclx":
        profile = colours_only(content[4:])
        return content[:4] + profile if profile else b""
    if kind == b"hvcC":
        return content[:_SETTINGS_BYTES] + _sets(content)
    if kind == b"auxC":
        return content[: content.find(b"\0", 4) + 1]
    return content[: _NCLX_BYTES if kind == b"colr" else _SIZES.get(kind, 0)]


def _sets(settings: bytes) -> bytes:
    """Their number, and the sets of parameters alone."""
    kept = []
    count, at = number_at(settings, _SETTINGS_BYTES, 1)
    for _ in range(count):
        begin = at
        kind, at = number_at(settings, at, 1)
        units, at = number_at(settings, at, 2)
        for _ in range(units):
            size, at = number_at(settings, at, 2)
            at += size
        if kind & 0x3F in _SETS:
            kept.append(settings[begin:at])
    return bytes([len(kept)]) + b"".join(kept)


def _decoded(kind: bytes, content: bytes, properties: Sequence[_Owned], tiles: int) -> bytes | None:
    """An item's content without what is not decoded; None if it has no settings, or not as many tiles as it should."""
    if kind == _GRID:
        _, at = number_at(content, 0, 8)
        is_whole = (content[2] + 1) * (content[3] + 1) == tiles
        return content[: at + 4 * (content[1] & 1)] if is_whole else None
    if kind == _CODED["avif"]:
        return _units(content)
    settings = next((content for (name, content), _ in properties if name == b"hvcC"), None)
    return None if settings is None else b"".join(_slices(content, (settings[_SETTINGS_BYTES - 1] & 3) + 1))


def _slices(content: bytes, length_bytes: int) -> Iterator[bytes]:
    """The units of the first layer that are decoded (H.265, 7.3.1.2), each behind its length."""
    at = 0
    while at < len(content):
        begin = at
        size, at = number_at(content, at, length_bytes)
        header, _ = number_at(content, at, 2)
        at += size
        if header >> 9 & 0x3F in _SLICES | _SETS and not header >> 3 & 0x3F:
            yield content[begin:at]


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


def _written(
    brand: bytes, items: Sequence[_Item], stated: bytes, *, has_alpha: bool, is_premultiplied: bool
) -> Iterator[bytes]:
    """The picture as item 1, its transparency as 2, their tiles, and XMP as the last."""
    contents = [*(item.content for item in items), *([stated] if stated else [])]
    tiles = {tile for item in items for tile in item.tiles}
    infos = [_info(number, item.kind, is_hidden=number in tiles) for number, item in enumerate(items, 1)]
    links = [(b"auxl", 2, [1]), *([(b"prem", 1, [2])] if is_premultiplied else [])] if has_alpha else []
    links += [(b"dimg", number, [*item.tiles]) for number, item in enumerate(items, 1) if item.tiles]
    if stated:
        infos.append(_info(len(contents), b"mime", b"application/rdf+xml\0"))
        links.append((b"cdsc", len(contents), [1]))
    brands = box(b"ftyp", brand, bytes(4), brand, b"mif1", b"miaf")

    def described(begin: int) -> bytes:
        return full(
            b"meta",
            full(b"hdlr", bytes(4), b"pict", bytes(13)),
            full(b"pitm", struct.pack(">H", 1)),
            _located(contents, begin),
            full(b"iinf", struct.pack(">H", len(infos)), *infos),
            full(b"iref", *(box(kind, struct.pack(f">HH{len(to)}H", one, len(to), *to)) for kind, one, to in links)),
            _owned(items),
        )

    # The places depend on the size of what is before them, and that not on the places.
    yield brands + described(len(brands) + len(described(0)) + 8)
    yield box(b"mdat", *contents)


def _info(number: int, kind: bytes, content_type: bytes = b"", *, is_hidden: bool = False) -> bytes:
    return full(b"infe", struct.pack(">HH4sB", number, 0, kind, 0), content_type, version=2, flags=int(is_hidden))


def _located(contents: Sequence[bytes], begin: int) -> bytes:
    entries = []
    for number, content in enumerate(contents, 1):
        entries.append(struct.pack(">HHHII", number, 0, 1, begin, len(content)))
        begin += len(content)
    return full(b"iloc", struct.pack(">HH", 0x4400, len(entries)), *entries)


def _owned(items: Sequence[_Item]) -> bytes:
    """The properties, each once, and whose they are."""
    indexes: dict[Box, int] = {}
    entries = []
    for number, item in enumerate(items, 1):
        own = [indexes.setdefault(each, len(indexes) + 1) | must * _ESSENTIAL for each, must in item.properties]
        entries.append(struct.pack(f">HB{len(own)}H", number, len(own), *own))
    association = full(b"ipma", struct.pack(">I", len(entries)), *entries, flags=1)
    return box(b"iprp", box(b"ipco", *(box(*each) for each in indexes)), association)
