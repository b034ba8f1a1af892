"""Whether two pictures are the same one, saved again: in another format or size, compressed, or cropped a little.

What was saved again differs a little everywhere, another picture of a set much in one place. So no cell of the luma
planes may differ by more than a limit, which is larger beside edges, and few cells by much less. Of the colours and of
alpha, no cell may be beyond its neighbours by more than a limit.

A plane is one whole number with 16 bits a cell (SIMD within a register), so that a comparison of all cells is a
subtraction: a thousand times as fast as a loop, and numpy is for the media child.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate, pairwise, product
from typing import NamedTuple

from ..assets.fingerprint import COLOUR_SIDE, PLANES_LENGTH, SIDES

# The largest factor, and the share of a side that a crop may take away, with some room for rounding.
MAX_FACTOR = 2.1
_MAX_CROPPED = 0.06
# Of a smaller picture, a crop is less than a cell of the plane in which it is searched.
_MIN_CROPPED_SIDE = 40
_CROP_SIDE = 32
# A picture that was resized is compared by planes with fewer cells than it has pixels.
_RESIZED = 1.5
# Of 255. Each resizing draws edges differently: a part of their contrast, in eighths, is added.
_LOW_LIMIT, _EDGE, _CROP_EDGE = 4, 3, 4
# One in so many cells may be beyond the lower limit.
_FEW = 5


class _Limits(NamedTuple):
    """Of a cell of luma; of one of colours (halved) and of alpha beyond its neighbours; and of those planes' means."""

    luma: int
    colour: int
    alpha: int
    mean: int


# Of other sizes there are few pictures in a set; a crop's place is known to half a cell.
_SAME_SIZE, _RESIZED_BY, _CROPPED = _Limits(24, 18, 48, 6), _Limits(24, 30, 64, 8), _Limits(56, 24, 96, 8)


class _Grid:
    """What can be done with planes of one side. Sums of up to 32,767 a cell do not touch the next cell."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.ones = int.from_bytes(b"\1\0" * (side * side), "little")
        self._tops, self._all = self.ones << 15, self.ones * 0xFFFF
        column, row = sum(0xFFFF << 16 * side * at for at in range(side)), (1 << 16 * side) - 1
        self._across = (16, column, column << 16 * (side - 1))
        self._down = (16 * side, row, row << 16 * side * (side - 1))

    def read(self, cells: bytes) -> int:
        wide = bytearray(2 * len(cells))
        wide[::2] = cells
        return int.from_bytes(wide, "little")

    def write(self, plane: int) -> bytes:
        return plane.to_bytes(2 * self.side * self.side, "little")[::2]

    def over(self, one: int, other: int) -> int:
        """One bit for each cell where ``one`` is greater."""
        return ((one | self._tops) - other - self.ones) & self._tops

    def _greatest(self, one: int, other: int) -> int:
        bits = self.over(one, other)
        return other ^ ((one ^ other) & ((bits << 1) - (bits >> 15)))

    def _moved(self, plane: int, along: tuple[int, int, int]) -> tuple[int, int]:
        """The cell before and after each; the rim's own where there is none."""
        bits, first, last = along
        before = (plane << bits) & (self._all ^ first) | plane & first
        return before, (plane >> bits) & (self._all ^ last) | plane & last

    def around(self, plane: int) -> tuple[int, int]:
        """The least and the greatest of each cell and the eight around it."""
        least = greatest = plane
        for along in (self._across, self._down):
            for each in self._moved(least, along):
                least ^= each ^ self._greatest(least, each)
            for each in self._moved(greatest, along):
                greatest = self._greatest(greatest, each)
        return least, greatest

    def of_four(self, plane: int) -> int:
        """The mean of each cell and those right of it and below."""
        pairs = plane + self._moved(plane, self._across)[1]
        return ((pairs + self._moved(pairs, self._down)[1]) >> 2) & (self.ones * 0xFF)


_GRIDS = {side: _Grid(side) for side in SIDES}
_COLOURS = _GRIDS[COLOUR_SIDE]


class _Luma(NamedTuple):
    side: int
    plane: int
    tolerance: int

    @classmethod
    def of(cls, side: int, plane: int, edge: int) -> "_Luma":
        least, greatest = _GRIDS[side].around(plane)
        return cls(side, plane, ((greatest - least) * edge >> 3) & (_GRIDS[side].ones * 0xFF))

    def agrees(self, other: "_Luma", limit: int) -> bool:
        cells = self.side * self.side
        return not self._beyond(other, limit) and self._beyond(other, _LOW_LIMIT).bit_count() * _FEW <= cells

    def _beyond(self, other: "_Luma", limit: int) -> int:
        grid, found = _GRIDS[self.side], 0
        for tolerance in (self.tolerance, other.tolerance):
            room = tolerance + limit * grid.ones
            found |= grid.over(self.plane, other.plane + room) | grid.over(other.plane, self.plane + room)
        return found


class _Colours:
    """The planes of red, blue and alpha."""

    def __init__(self, planes: Sequence[bytes]) -> None:
        self._means = [sum(cells) / len(cells) for cells in planes]
        self._planes = [_COLOURS.read(cells) for cells in planes]
        self._around = [_COLOURS.around(plane) for plane in self._planes]

    def agree(self, other: "_Colours", limits: _Limits) -> bool:
        return all(
            abs(mean - of_other) <= limits.mean for mean, of_other in zip(self._means, other._means, strict=True)
        ) and not (self._beyond(other, limits) or other._beyond(self, limits))

    def _beyond(self, other: "_Colours", limits: _Limits) -> bool:
        allowed = (limits.colour, limits.colour, limits.alpha)
        return any(
            _COLOURS.over(plane, greatest + limit * _COLOURS.ones)
            or _COLOURS.over(least, plane + limit * _COLOURS.ones)
            for plane, (least, greatest), limit in zip(self._planes, other._around, allowed, strict=True)
        )


class Picture:
    """A picture's size and planes, as kept with its fingerprint."""

    def __init__(self, width: int, height: int, planes: bytes) -> None:
        if len(planes) != PLANES_LENGTH:
            raise ValueError("these are the planes of another release")
        self.size = (width, height)
        ends = accumulate((side * side for side in (*SIDES, *[COLOUR_SIDE] * 3)), initial=0)
        cells = [planes[begin:end] for begin, end in pairwise(ends)]
        self._cells = dict(zip(SIDES, cells, strict=False))
        self._colour_cells = cells[len(SIDES) :]
        self._lumas: dict[tuple[int, int], _Luma] = {}

    @cached_property
    def _colours(self) -> _Colours:
        return _Colours(self._colour_cells)

    def _luma(self, side: int, edge: int = _EDGE) -> _Luma:
        if (side, edge) not in self._lumas:
            self._lumas[side, edge] = _Luma.of(side, _GRIDS[side].read(self._cells[side]), edge)
        return self._lumas[side, edge]

    def is_like(self, other: "Picture") -> bool:
        """Whether the other picture is this one saved again, whichever was first."""
        if self.size == other.size:
            return self._agrees(other, 1, _SAME_SIZE)
        if _is_crop(self.size, other.size):
            return self._contains(other)
        if _is_crop(other.size, self.size):
            return other._contains(self)
        return _is_resized(self.size, other.size) and self._agrees(other, _RESIZED, _RESIZED_BY)

    def _agrees(self, other: "Picture", factor: float, limits: _Limits) -> bool:
        pixels = min(*self.size, *other.size) / factor
        side = next((side for side in SIDES if side <= pixels), SIDES[-1])
        return self._luma(side).agrees(other._luma(side), limits.luma) and self._colours.agree(other._colours, limits)

    def _contains(self, other: "Picture") -> bool:
        return any(
            luma.agrees(other._luma(_CROP_SIDE, _CROP_EDGE), _CROPPED.luma) and colours.agree(other._colours, _CROPPED)
            for luma, colours in self._crops(other.size)
        )

    def _crops(self, size: tuple[int, int]) -> Iterator[tuple[_Luma, _Colours]]:
        """This picture, cropped to that size at each place that differs by a cell."""
        whole = SIDES[0]
        means = _GRIDS[whole].write(_GRIDS[whole].of_four(_GRIDS[whole].read(self._cells[whole])))
        places = [_places(of_whole, of_part) for of_whole, of_part in zip(self.size, size, strict=True)]
        for begins in product(*places):
            across, down = (
                [(begin + part * at / _CROP_SIDE) / of_whole + 0.5 / SIDES[0] for at in range(_CROP_SIDE)]
                for begin, part, of_whole in zip(begins, size, self.size, strict=True)
            )
            cells = _sampled(means, whole, across, down)
            luma = _Luma.of(_CROP_SIDE, _GRIDS[_CROP_SIDE].read(cells), _CROP_EDGE)
            every = _CROP_SIDE // COLOUR_SIDE
            sparse = across[1::every], down[1::every]
            yield luma, _Colours([_sampled(plane, COLOUR_SIDE, *sparse) for plane in self._colour_cells])


def _is_resized(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """In proportion, but for pixels that were rounded away."""
    across, down = other[0] / one[0], other[1] / one[1]
    rounding = 1 / min(one) + 1 / min(other)
    return 1 / MAX_FACTOR <= across <= MAX_FACTOR and abs(across / down - 1) <= rounding


def _is_crop(whole: tuple[int, int], part: tuple[int, int]) -> bool:
    return min(part) >= _MIN_CROPPED_SIDE and all(
        of_whole * (1 - _MAX_CROPPED) <= of_part <= of_whole for of_whole, of_part in zip(whole, part, strict=True)
    )


def _places(whole: int, part: int) -> Sequence[int]:
    """Where a part of a side may begin, in steps of a cell of the finest plane."""
    steps = -(-(whole - part) * SIDES[0] // whole)
    return [round(at * (whole - part) / steps) for at in range(steps + 1)] if steps else [0]


def _sampled(cells: bytes, side: int, across: Sequence[float], down: Sequence[float]) -> bytes:
    """The cells at these shares of the sides."""
    columns, rows = ([min(side - 1, int(share * side)) for share in shares] for shares in (across, down))
    chosen = b"".join(cells[row * side : (row + 1) * side] for row in rows)
    turned = b"".join(chosen[column::side] for column in columns)
    return b"".join(turned[row :: len(rows)] for row in range(len(rows)))
