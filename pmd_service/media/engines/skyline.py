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
        fit = _lowest(line, across, width, height - down)
        if fit is None:
            continue
        places[item] = (fit.left, fit.top)
        _raise(line, fit.first, _Step(fit.left, fit.top + down, across))
    right = max((places[item][0] + sizes[item][0] for item in places), default=0)
    return _Packed(places, right, max(step.top for step in line))


class _Fit(NamedTuple):
    """A possible place, on the steps from ``first`` on."""

    top: int
    wasted: int
    first: int
    left: int


def _lowest(line: Sequence[_Step], across: int, width: int, highest: int) -> _Fit | None:
    """The place nearest to the top, at most ``highest`` below it, that wastes least."""
    best: _Fit | None = None
    for first, step in enumerate(line):
        if step.left + across > width:
            break
        if step.top <= (highest if best is None else best.top):
            fit = _fit(line, first, across)
            best = fit if fit.top <= highest and (best is None or fit < best) else best
    return best


def _fit(line: Sequence[_Step], first: int, across: int) -> _Fit:
    left, last = line[first].left, first
    while last < len(line) and line[last].left < left + across:
        last += 1
    under = line[first:last]
    top = max(step.top for step in under)
    wasted = sum((top - step.top) * (min(step.left + step.width, left + across) - step.left) for step in under)
    return _Fit(top, wasted, first, left)


def _raise(line: list[_Step], first: int, placed: _Step) -> None:
    """Replace the steps beneath it; neighbours of one height become one."""
    end, last = placed.left + placed.width, first
    while last < len(line) and line[last].left < end:
        last += 1
    cut = line[last - 1]
    rest = [_Step(end, cut.top, cut.left + cut.width - end)] if cut.left + cut.width > end else []
    begin = max(0, first - 1)
    flat: list[_Step] = []
    for step in (*line[begin:first], placed, *rest, *line[last : last + 1]):
        if flat and flat[-1].top == step.top:
            flat[-1] = flat[-1]._replace(width=flat[-1].width + step.width)
        else:
            flat.append(step)
    line[begin : last + 1] = flat


def _power_of_two(number: int) -> int:
    return 1 << (number - 1).bit_length()
