"""SVG, drawn by resvg: no scripts, no network, and no file but its own.

Its own limits are few: an element may use others exponentially, which ends at the child's.
"""

import io
import re
import zlib
from base64 import b64decode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any
from xml.parsers import expat

import resvg_py
from PIL import Image, ImageFont

from .. import caps
from ..messages import Finding, RefusalError
from ..probe_result import PREVIEW_SIZES
from . import provenance
from .drawings import UNDECODABLE, Drawing
from .embedded import embedded_picture, has_place

_MAX_BYTES = 16 * caps.MIB
_MAX_SIDE = max(PREVIEW_SIZES)
_NUMBER = re.compile(r"([0-9]{0,20}\.?[0-9]{1,20}(?:e[+-]?[0-9]{1,2})?)\s*(?:px|pt|pc|mm|cm|in)?", re.I)
_GZIP, _GZIP_WINDOW = b"\x1f\x8b", 31
# The one font that is there, of which a file's own names say nothing.
_FONT, _FAMILY = "font.ttf", "Aileron"
_FAMILIES = ("font_family", "serif_family", "sans_serif_family", "cursive_family", "fantasy_family", "monospace_family")
_RUNS = re.compile(r"<(?:\w+:)?script[\s/>]|\son\w+\s*=|javascript:", re.I)
_TEXT = re.compile(r"<(?:\w+:)?text[\s/>]", re.I)
# By whom: Dublin Core's, as Inkscape writes it. Where from: what is exported remembers the path on its artist's disk.
_CREATOR = re.compile(r"<dc:creator\b[^>]{0,200}>(.{1,2000}?)</dc:creator>", re.S)
_PATH = re.compile(r"(?:inkscape:export-filename|sodipodi:docbase|sodipodi:absref)\s*=\s*[\"']([^\"']{1,1000})")
_MARKUP = re.compile(r"<[^>]{0,300}>")
# Photos as “data:” URLs.
_PHOTO = re.compile(r"data:image/(?:jpe?g|png|webp);base64,([A-Za-z0-9+/=\s]{100,})")
_MAX_PHOTOS = 64


def draw(path: Path, folder: Path) -> Drawing:
    """Raises: RefusalError: it is larger than is drawn."""
    text, picture, missing = _text_of(path), None, "Nothing of it can be seen."
    try:
        picture = _drawn(text, folder)
    except ValueError:
        missing = UNDECODABLE
    author, gps, findings = _author_of(text), _has_place(text), _notes(text)
    return Drawing(picture=picture, missing=missing, author=author, gps=gps, findings=findings)


def _drawn(text: str, folder: Path) -> Image.Image | None:
    """The picture; None if nothing can be seen. Raises ValueError: resvg cannot read it."""
    font = folder / _FONT
    font.write_bytes(_font_bytes())
    options: dict[str, Any] = {**dict.fromkeys(_FAMILIES, _FAMILY), **_size_of(text)}
    fonts: dict[str, Any] = {"skip_system_fonts": True, "font_files": [str(font)]}
    drawn = resvg_py.svg_to_bytes(svg_string=text, resources_dir=str(folder), **fonts, **options)
    picture = Image.open(io.BytesIO(drawn), formats=["PNG"])
    return None if picture.convert("RGBA").getbbox() is None else picture


def _text_of(path: Path) -> str:
    data = path.read_bytes() if path.stat().st_size <= _MAX_BYTES else b""
    if data.startswith(_GZIP):
        data = zlib.decompressobj(_GZIP_WINDOW).decompress(data, _MAX_BYTES + 1)
    if not 0 < len(data) <= _MAX_BYTES:
        raise RefusalError("too_large", f"Drawings of up to {_MAX_BYTES // caps.MIB} MiB are shown.")
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")


def _font_bytes() -> bytes:
    """Pillow's own font, Aileron (CC0)."""
    font = ImageFont.load_default(_MAX_SIDE)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return bytes(font.font_bytes)


def _size_of(text: str) -> Mapping[str, int]:
    """Of its previews, by its measures; if it has none, their width, and resvg goes by what is drawn."""
    root = _root_of(text)
    own = [root.get("width", ""), root.get("height", "")]
    for measures in (own, re.split(r"[\s,]+", root.get("viewBox", "").strip())[2:]):
        width, height, *_ = *_numbers(measures), 0.0, 0.0
        if width > 0 and height > 0:
            scale = _MAX_SIDE / max(width, height)
            return {"width": max(1, round(width * scale)), "height": max(1, round(height * scale))}
    return {"width": _MAX_SIDE}


def _root_of(text: str) -> Mapping[str, str]:
    """The attributes of the first element."""
    root: dict[str, str] = {}

    def begin(_: str, attributes: dict[str, str]) -> None:
        root.update(attributes)
        parser.StartElementHandler = None

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    with suppress(expat.ExpatError):  # resvg will say so, or tolerate it
        parser.Parse(text[: caps.MIB])
    return root


def _numbers(measures: Iterable[str]) -> list[float]:
    return [float(found[1]) for each in measures if (found := _NUMBER.fullmatch(each.strip()))]


def _has_place(text: str) -> bool:
    """Whether it says where it was made, or a photo inside does."""
    if provenance.XMP_PLACE.search(text):
        return True
    for found in islice(_PHOTO.finditer(text), _MAX_PHOTOS):
        with suppress(ValueError, OSError, RefusalError):
            if has_place(embedded_picture(b64decode(found[1]))):
                return True
    return False


def _author_of(text: str) -> str | None:
    found = _CREATOR.search(text)
    return provenance.clean(_MARKUP.sub(" ", found[1])) if found else None


def _notes(text: str) -> list[Finding]:
    found = []
    if _RUNS.search(text):
        message = "It holds scripts. Here they never run; in the browser of who opens the file they do."
        found.append(Finding("holds_scripts", message))
    if _TEXT.search(text):
        message = "Its preview has its texts in another typeface: convert them to paths to be sure of their look."
        found.append(Finding("other_typeface", message))
    if path := _PATH.search(text):
        found.append(
            Finding(
                "names_path", f"It names a path on a disk, as its program has saved it: {provenance.clean(path[1])}"
            )
        )
    return found
