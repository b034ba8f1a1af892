"""Packing rectangles onto pages by the bottom-left skyline (Jylänki, A Thousand Ways to Pack the Bin, 2010)."""

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

Size: TypeAlias = tuple[int, int]

# Widths to try, as shares of a square's side; the smallest page wins.
_TRIES = 12
_NARROWEST, _STEP = 0.8, 0.06


class Place(NamedTuple):
    """A rectangle's page, from 0, and its position there, in pixels."""

    page: int
    left: int
    top: int


class Sheet(NamedTuple):
    """Each rectangle's place, and the pages' sizes in pixels."""

    places: Sequence[Place]
    pages: Sequence[Size]


class _Step(NamedTuple):
    """A segment of the skyline: everything above ``top`` is occupied."""

    left: int
    top: int
    width: int


class _Packed(NamedTuple):
    places: dict[int, tuple[int, int]]
    width: int
    height: int


def pack(sizes: Sequence[Size], *, max_side: int, padding: int = 0, power_of_two: bool = False) -> Sheet:
    """Full pages of up to ``max_side``, and the smallest of several tries for the rest; places are in the given order.

    Args:
        sizes: each at most ``max_side``, or the largest power of two below it.
        padding: pixels between two rectangles.
    """
    # Padding is between sprites only: with it around each, a page may be larger by it.
    side = (_power_of_two(max_side + 1) // 2 if power_of_two else max_side) + padding
    padded = [(width + padding, height + padding) for width, height in sizes]
    left = sorted(range(len(sizes)), key=lambda item: (-sizes[item][1], -sizes[item][0]))
    places: dict[int, Place] = {}
    pages: list[Size] = []
    while left:
        packed = _smallest(padded, left, side, padding, power_of_two=power_of_two) or _pack(padded, left, side, side)
        places |= {item: Place(len(pages), *place) for item, place in packed.places.items()}
        size = (packed.width - padding, packed.height - padding)
        pages.append((_power_of_two(size[0]), _power_of_two(size[1])) if power_of_two else size)
        left = [item for item in left if item not in packed.places]
    return Sheet([places[item] for item in range(len(sizes))], pages)


def _smallest(
    sizes: Sequence[Size], items: Sequence[int], most: int, padding: int, *, power_of_two: bool
) -> _Packed | None:
    """All of them on the smallest page; None if they do not fit."""
    area, widest = sum(sizes[item][0] * sizes[item][1] for item in items), max(sizes[item][0] for item in items)
    if area > most * most:
        return None
    widths = {max(widest, int(math.sqrt(area) * (_NARROWEST + _STEP * number))) for number in range(_TRIES)}
    if power_of_two:
        widths = {_power_of_two(width - padding) + padding for width in widths}
    tried = [_pack(sizes, items, width, most) for width in sorted({min(width, most) for width in widths})]
    whole = [each for each in tried if len(each.places) == len(items)]

    def extent(packed: _Packed) -> int:
        width, height = packed.width - padding, packed.height - padding
        return _power_of_two(width) * _power_of_two(height) if power_of_two else width * height

    return min(whole, key=extent, default=None)


def _pack(sizes: Sequence[Size], items: Sequence[int], width: int, height: int) -> _Packed:
    """Place each as near to the top as possible, and where it wastes least; what does not fit is left out."""
    line = [_Step(0, 0, width)]
    places: dict[int, tuple[int, int]] = {}
    for item in items:
        across, down = sizes[item]
        fits = [each for each in _fits(line, across, width) if each[0] + down <= height]
        if not fits:
            continue
        top, _, first, left = min(fits)
        places[item] = (left, top)
        line = _raised(line, first, _Step(left, top + down, across))
    right = max((places[item][0] + sizes[item][0] for item in places), default=0)
    return _Packed(places, right, max(step.top for step in line))


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
