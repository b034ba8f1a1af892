"""Parsing palettes: GIMP's .gpl, JASC's .pal, .hex, and lists of hex codes."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

# Red, green, blue, 0 to 255.
Colour: TypeAlias = tuple[int, int, int]

MAX_COLOURS = 256
_HEX = re.compile(r"#?(?:[0-9a-fA-F]{2})?([0-9a-fA-F]{6})")
_ROW = re.compile(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s.*)?")


def read_colours(text: str) -> list[Colour]:
    """The distinct colours of a palette, in their order.

    Eight hexadecimal digits are alpha and colour, as in Paint.NET.

    Raises:
        ValueError: a line is no colour, or there are none, or more than :data:`MAX_COLOURS`.
    """
    lines = text.lstrip("\ufeff").replace("\r", "").split("\n")
    if lines[0].startswith("GIMP Palette"):
        rows = [line for line in lines[1:] if line.strip() and not line.startswith(("#", "Name:", "Columns:"))]
        colours = [_from_row(row) for row in rows]
    elif lines[0].startswith("JASC-PAL"):
        colours = [_from_row(row) for row in lines[3:] if row.strip()]
    else:
        # In Paint.NET's palettes, comments begin with a semicolon.
        words = (word for line in lines if not line.startswith(";") for word in re.split(r"[\s,]+", line))
        colours = [_from_hex(word) for word in words if word]
    distinct = list(dict.fromkeys(colours))
    if not 1 <= len(distinct) <= MAX_COLOURS:
        raise ValueError(f"a palette has 1 to {MAX_COLOURS} colours, and this one has {len(distinct)}")
    return distinct


def _from_row(row: str) -> Colour:
    found = _ROW.fullmatch(row)
    if found is None or max(map(int, found.groups())) > 255:
        raise ValueError(f"“{row[:40]}” is no colour")
    red, green, blue = map(int, found.groups())
    return red, green, blue


def _from_hex(word: str) -> Colour:
    found = _HEX.fullmatch(word)
    if found is None:
        raise ValueError(f"“{word[:40]}” is no colour")
    red, green, blue = bytes.fromhex(found[1])
    return red, green, blue


def gimp_palette(name: str, colours: Iterable[Colour]) -> str:
    """A .gpl file, which GIMP, Aseprite, Krita and Inkscape read."""
    rows = [f"{red:3} {green:3} {blue:3}\t{red:02x}{green:02x}{blue:02x}" for red, green, blue in colours]
    plain = " ".join(name.split())
    return "\n".join(["GIMP Palette", f"Name: {plain}", "#", *rows, ""])


def require_colours(text: str, *, what: str) -> Sequence[Colour]:
    """As :func:`read_colours`, with the parameter's name in the error message."""
    try:
        return read_colours(text)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from error
