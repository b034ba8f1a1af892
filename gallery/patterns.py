"""Patterns: plasma, kaleidoscopes, woven tiles, blossoms and cellular automata."""

import math
import random

from .canvas import ACCENT, INK, MAIN, PAPER, SECOND, Canvas, Noise, Size, animated, dithered, flat


def plasma(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """Slow waves over two ramps; frames loop without a seam."""
    width, height = size
    waves = [(rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(0, math.tau), rng.choice((-1, 1))) for _ in range(3)]
    centre = (rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8))
    ramp = [INK, *MAIN, *reversed(ACCENT[3:])] if rng.random() < 0.6 else [*SECOND, PAPER, *reversed(SECOND[2:])]

    def field(u: float, v: float) -> float:
        return math.hypot(u - centre[0], v - centre[1]) * 9

    def colour(x: int, y: int, phase: float) -> int:
        u, v = x / width, y / height
        total = math.sin(field(u, v) - phase)
        for across, down, shift, direction in waves:
            total += math.sin((across * u + down * v) * 8 + shift + direction * phase)
        return dithered(ramp, 0.5 + total / 7, x, y)

    return animated(size, frames, colour)


def kaleidoscope(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """One eighth of a tile, mirrored into a whole and repeated."""
    noise = Noise(rng, 16)
    tile = rng.choice([t for t in (8, 12, 16, 24, 32) if t <= max(8, min(size))])
    grain = rng.uniform(2.5, 5)
    ramps = (MAIN, SECOND, ACCENT)

    def colour(x: int, y: int, phase: float) -> int:
        across = abs((x % tile) - (tile - 1) / 2) / tile
        down = abs((y % tile) - (tile - 1) / 2) / tile
        u, v = max(across, down), min(across, down)
        value = noise.layered(u * grain * 2 + 1 + math.cos(phase) * 0.5, v * grain * 2 + math.sin(phase) * 0.5, 2)
        band = int(value * 9)
        if band == 4 and value * 9 % 1 < 0.22:
            return INK
        return flat(ramps[band % 3], 0.15 + 0.8 * (value * 9 % 1) + (0.1 if band % 2 else 0.0))

    return animated(size, frames, colour)


def weave(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """Quarter circles on random sides of each tile join to endless ribbons; frames let them flow."""
    width, height = size
    tile = rng.choice((6, 8, 10, 12, 16))
    columns, rows = width // tile + 1, height // tile + 1
    turned = [[rng.random() < 0.5 for _ in range(columns)] for _ in range(rows)]
    ribbon = SECOND if rng.random() < 0.5 else ACCENT

    def colour(x: int, y: int, phase: float) -> int:
        column, row = x // tile, y // tile
        u, v = (x % tile + 0.5) / tile, (y % tile + 0.5) / tile
        if turned[row][column]:
            u = 1 - u
        near = min(math.hypot(u, v), math.hypot(1 - u, 1 - v))
        middle = abs(near - 0.5) * 2
        if middle < 0.36:
            checker = (column + row) % 2
            pulse = 0.12 * math.sin(math.atan2(v, u) * 4 * (1 if checker else -1) + phase)
            return flat(ribbon, 0.95 - middle * 1.3 + pulse)
        if middle < 0.52:
            return INK
        return dithered(MAIN, 0.12 + 0.35 * (1 - middle) + 0.25 * y / height, x, y)

    return animated(size, frames, colour)


def blossom(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """Petals in rings around a centre; frames let them breathe."""
    width, height = size
    centre_x, centre_y, reach = (width - 1) / 2, (height - 1) / 2, min(width, height) / 2
    rings = [
        (rng.choice((5, 6, 8)), 0.94 - 0.27 * ring, rng.uniform(0, 1), (SECOND, ACCENT, MAIN)[(ring + 1) % 3])
        for ring in range(3)
    ]

    def colour(x: int, y: int, phase: float) -> int:
        across, down = x - centre_x, y - centre_y
        distance, angle = math.hypot(across, down) / reach, math.atan2(down, across)
        if distance < 0.15:
            return flat(ACCENT, 0.95 - distance * 2.5) if distance < 0.11 else INK
        for petals, size_, shift, ramp in reversed(rings):
            edge = size_ * (0.62 + 0.38 * abs(math.cos((angle + shift) * petals / 2))) + 0.025 * math.sin(
                phase + shift * 6
            )
            if distance < edge:
                vein = 0.16 if abs(math.cos((angle + shift) * petals / 2)) > 0.985 else 0.0
                if distance > edge - 1.3 / reach:
                    return ramp[0]
                return dithered(ramp, 0.28 + 0.62 * distance / edge + vein, x, y)
        return dithered((INK, *MAIN[:3]), 0.15 + 0.5 * (1 - y / height), x, y)

    return animated(size, frames, colour)


RULES = (18, 22, 30, 45, 60, 73, 90, 105, 110, 126, 150)


def automaton(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """An elementary cellular automaton, one generation a row; older patches glow; frames scroll it."""
    width, height = size
    rule = rng.choice(RULES)
    cells = [False] * width
    cells[width // 2] = True
    if rule in (30, 45, 73, 110):
        cells = [rng.random() < 0.3 for _ in range(width)]
    ages = [0] * width
    rows: list[list[int]] = []
    for _ in range(height + frames - 1):
        ages = [age + 1 if cell else 0 for age, cell in zip(ages, cells, strict=True)]
        rows.append([_cell_colour(age, x, len(rows), height) for x, age in enumerate(ages)])
        cells = [bool(rule >> (4 * cells[x - 1] + 2 * cells[x] + cells[(x + 1) % width]) & 1) for x in range(width)]
    drawn = []
    for frame in range(frames):
        canvas = Canvas(size)
        canvas.pixels = bytearray(index for row in rows[frame : frame + height] for index in row)
        drawn.append(canvas)
    return drawn


def _cell_colour(age: int, x: int, y: int, height: int) -> int:
    if age == 0:
        return dithered((INK, *MAIN[:3]), 0.1 + 0.6 * y / height, x, y)
    return flat(SECOND if age < 4 else ACCENT, 0.95 - 0.12 * min(age, 6))
