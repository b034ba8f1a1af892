"""Fonts as a sheet of their glyphs, drawn by FreeType without hinting programs' own layout."""

import io
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from .. import caps
from ..messages import RefusalError
from .drawings import Drawing

_MAX_BYTES = 64 * caps.MIB
_SIDE, _MARGIN, _INK = 512, 24, (32, 32, 36, 255)
_GROUND = (250, 250, 252, 255)
_WORDS = "AaGgQq"
_COLUMNS, _ROWS = 9, 6
_CELL = (_SIDE - 2 * _MARGIN) // _COLUMNS
# Tried in this order, until the sheet is full: Latin letters and digits, the next scripts, icons in the private area,
# Japanese, Chinese and Korean, and every few signs of what is rarer: each that is missing takes 0.1 ms.
_SIGNS = (
    *(range(0x41, 0x5B), range(0x61, 0x7B), range(0x30, 0x3A), range(0x21, 0x30), range(0xC0, 0x180)),
    *(range(0x391, 0x3CA), range(0x410, 0x450), range(0x5D0, 0x5EB), range(0x621, 0x64B), range(0x905, 0x93A)),
    *(range(0xE01, 0xE2F), range(0x2190, 0x2200), range(0x2600, 0x2700), range(0xE000, 0xE200), range(0xF000, 0xF300)),
    *(range(0x3042, 0x3094), range(0x4E00, 0x4E40), range(0xAC00, 0xAC20), range(0x1F600, 0x1F640)),
    *(range(0x500, 0x590), range(0x700, 0x2000, 5), range(0x2C00, 0x2E00, 5), range(0xA000, 0xAC00, 5)),
    *(range(0x10000, 0x12000, 5), range(0x12000, 0x1F000, 61)),
)
# What no font has: it is drawn as the glyph that stands for missing ones.
_NEVER = chr(0x10FFFF)


def draw(path: Path, folder: Path) -> Drawing:
    """Raises: RefusalError: it is larger than is drawn, or has no glyph of those that are tried."""
    if path.stat().st_size > _MAX_BYTES:
        raise RefusalError("too_large", f"Fonts of up to {_MAX_BYTES // caps.MIB} MiB are shown.")
    data = path.read_bytes()
    small = _sized(data, _CELL * 3 // 5)
    signs = [*islice(_own_signs(small), _COLUMNS * _ROWS)]
    if not signs:
        raise RefusalError("not_shown", "It has no glyph of the scripts that are tried.")
    sheet = Image.new("RGBA", (_SIDE, _SIDE), _GROUND)
    pen = ImageDraw.Draw(sheet)
    head = "".join(each for each in _WORDS if each in signs) or "".join(signs[:4])
    _write(pen, data, head)
    top = _SIDE - _MARGIN - _ROWS * _CELL
    for number, sign in enumerate(signs):
        across, down = number % _COLUMNS, number // _COLUMNS
        middle = _MARGIN + across * _CELL + _CELL / 2, top + down * _CELL + _CELL / 2
        pen.text(middle, sign, _INK, small, anchor="mm", embedded_color=True)
    return Drawing(picture=sheet)


def _sized(data: bytes, size: int) -> ImageFont.FreeTypeFont:
    # Without HarfBuzz: single signs need no layout.
    return ImageFont.truetype(io.BytesIO(data), size, layout_engine=ImageFont.Layout.BASIC)


def _own_signs(font: ImageFont.FreeTypeFont) -> Iterator[str]:
    """What the font has a glyph for that leaves ink."""
    missing = _ink(font, _NEVER)
    for number in chain.from_iterable(_SIGNS):
        if (ink := _ink(font, chr(number))) is not None and ink != missing:
            yield chr(number)


def _ink(font: ImageFont.FreeTypeFont, sign: str) -> tuple[tuple[int, int], bytes] | None:
    mask = font.getmask(sign)
    return (mask.size, bytes(mask)) if mask.getbbox() else None


def _write(pen: ImageDraw.ImageDraw, data: bytes, words: str) -> None:
    """A large line above the glyphs, as large as there is room for; by its ink, as lines of some scripts are high."""
    room = _SIDE - 2 * _MARGIN, _SIDE - 3 * _MARGIN - _ROWS * _CELL
    left, top, right, bottom = _sized(data, 100).getbbox(words)
    font = _sized(data, max(8, int(100 * min(room[0] / max(right - left, 1), room[1] / max(bottom - top, 1), 1.6))))
    left, top, right, bottom = font.getbbox(words)
    place = (_SIDE - left - right) / 2, _MARGIN + (room[1] - top - bottom) / 2
    pen.text(place, words, _INK, font, embedded_color=True)
