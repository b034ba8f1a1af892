"""Packing rectangles onto a sheet by the bottom-left skyline (Jylänki, A Thousand Ways to Pack the Bin, 2010)."""

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

Size: TypeAlias = tuple[int, int]

# Widths to try, as shares of a square's side; the smallest sheet wins.
_TRIES = 12
_NARROWEST, _STEP = 0.8, 0.06


class Sheet(NamedTuple):
    """Each rectangle's position (left, top) and the sheet's size, in pixels."""

    places: Sequence[tuple[int, int]]
    width: int
    height: int


class _Step(NamedTuple):
    """A segment of the skyline: everything above ``top`` is occupied."""

    left: int
    top: int
    width: int


def pack(sizes: Sequence[Size], *, power_of_two: bool = False) -> Sheet:
    """The smallest sheet of several tries; places are in the order of ``sizes``."""
    side, widest = math.sqrt(sum(width * height for width, height in sizes)), max(width for width, _ in sizes)
    widths = {max(widest, int(side * (_NARROWEST + _STEP * number))) for number in range(_TRIES)}
    if power_of_two:
        widths = {_power_of_two(width) for width in widths}
    sheets = [_pack(sizes, width) for width in sorted(widths)]
    if power_of_two:
        sheets = [sheet._replace(height=_power_of_two(sheet.height)) for sheet in sheets]
    return min(sheets, key=lambda sheet: sheet.width * sheet.height)


def _pack(sizes: Sequence[Size], width: int) -> Sheet:
    """Place the tallest first, each as near to the top as possible, and where it wastes least."""
    line = [_Step(0, 0, width)]
    places: dict[int, tuple[int, int]] = {}
    for item in sorted(range(len(sizes)), key=lambda item: (-sizes[item][1], -sizes[item][0])):
        across, down = sizes[item]
        top, _, first, left = min(_fits(line, across, width))
        places[item] = (left, top)
        line = _raised(line, first, _Step(left, top + down, across))
    return Sheet([places[item] for item in range(len(sizes))], width, max(step.top for step in line))


def _fits(line: Sequence[_Step], across: int, width: int) -> list[tuple[int, int, int, int]]:
    """All possible places for this width: top, wasted area, index of the first step, left."""
    found = []
    for first, step in enumerate(line):
        end = step.left + across
        if end > width:
            break
        under = [each for each in line[first:] if each.left < end]
        top = max(each.top for each in under)
        wasted = sum((top - each.top) * (min(each.left + each.width, end) - each.left) for each in under)
        found.append((top, wasted, first, step.left))
    return found


def _raised(line: Sequence[_Step], first: int, placed: _Step) -> list[_Step]:
    end = placed.left + placed.width
    rest = [
        _Step(max(step.left, end), step.top, step.left + step.width - max(step.left, end))
        for step in line
        if step.left + step.width > end and step.left >= placed.left
    ]
    flat: list[_Step] = []
    for step in (*line[:first], placed, *rest):
        if flat and flat[-1].top == step.top:
            flat[-1] = flat[-1]._replace(width=flat[-1].width + step.width)
        else:
            flat.append(step)
    return flat


def _power_of_two(number: int) -> int:
    return 1 << (number - 1).bit_length()
