"""Places: landscapes, islands, planets and cities."""

import math
import random

from .canvas import ACCENT, CLEAR, INK, MAIN, PAPER, SECOND, Canvas, Noise, Size, animated, dithered, flat


def landscape(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """A dithered sky with a sun or moon, ridges that fade into the distance, and sometimes a lake."""
    width, height = size
    noise = Noise(rng, 16)
    night = rng.random() < 0.35
    horizon = height * rng.uniform(0.58, 0.72)
    lake = rng.random() < 0.5
    sun = (width * rng.uniform(0.2, 0.8), height * rng.uniform(0.18, 0.42), max(1.5, height * rng.uniform(0.07, 0.15)))
    stars = [(rng.randrange(width), rng.randrange(max(1, int(horizon))), rng.random()) for _ in range(width // 2)]
    ridges = [
        (rng.uniform(0, 99), horizon * (0.62 + 0.17 * layer), height * (0.42 - 0.12 * layer)) for layer in range(3)
    ]

    def sky(x: int, y: int) -> int:
        depth = y / horizon
        distance = math.hypot(x - sun[0], y - sun[1])
        if distance < sun[2]:
            return PAPER if night else flat(ACCENT, 0.95)
        glow = max(0.0, 1 - distance / (sun[2] * 4)) * (0.18 if night else 0.3)
        tone = (0.02 + 0.38 * depth if night else 0.3 + 0.55 * depth) + glow
        return dithered(MAIN, tone, x, y)

    crests = [
        [top - rise * noise.layered(shift + x * (2.2 + layer) / width, layer * 2.0) for x in range(width)]
        for layer, (shift, top, rise) in enumerate(ridges)
    ]

    def ground(x: int, y: int) -> int | None:
        for layer, crest in reversed(list(enumerate(crests))):
            below = y - crest[x]
            if below >= 0:
                tone = (0.5 if night else 0.8) - layer * (0.17 if night else 0.25)
                lit = 0.16 if below < 1.2 or (crest[x] < crest[x - 1] and below < height * 0.06) else 0.0
                return flat(SECOND, tone + lit) if below < height * 0.12 else dithered(SECOND, tone - 0.08, x, y)
        return None

    still = Canvas(size)
    still.paint(lambda x, y: sky(x, y) if (g := ground(x, y)) is None else g)
    shore = int(max(horizon + 1, height * 0.78)) if lake else height
    _plant_trees(rng, still, shore)

    drawn = []
    for frame in range(frames):
        canvas = still.copy()
        phase = math.tau * frame / frames
        if night:
            for x, y, shift in stars:
                if ground(x, y) is None and math.sin(phase + shift * math.tau) > -0.4:
                    canvas.set(x, y, PAPER if shift > 0.7 else flat(MAIN, 0.7))
        for y in range(shore, height):
            wave = math.sin(y * 1.7 + phase) * (y - shore) * 0.25
            for x in range(width):
                mirrored = still.get(min(max(round(x + wave), 0), width - 1), max(0, 2 * shore - y - 1))
                shiny = (x + int(wave * 3) + y * 5) % 11 == 0 and y % 2 == 0
                canvas.set(x, y, flat(MAIN, 0.95) if shiny else _dimmed(mirrored))
        drawn.append(canvas)
    return drawn


def _plant_trees(rng: random.Random, canvas: Canvas, shore: int) -> None:
    for _ in range(canvas.width // 5):
        x, tall = rng.randrange(canvas.width), rng.randint(2, max(3, canvas.height // 7))
        foot = shore - 1 - rng.randrange(max(1, canvas.height // 14))
        for row in range(tall):
            reach = (row + row % 2) // 3
            for across in range(-reach, reach + 1):
                canvas.set(x + across, foot - tall + row, SECOND[1] if across < 0 else SECOND[0])


def _dimmed(index: int) -> int:
    """The same colour under water: one shade darker."""
    for ramp in (MAIN, SECOND, ACCENT):
        if index in ramp:
            return max(ramp[0], index - 1)
    return MAIN[-1]


def island(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """A map: deep and shallow water, beach, meadow, forest, rock and snow."""
    width, height = size
    noise, waves = Noise(rng, 16), Noise(rng, 8)
    scale = rng.uniform(3.5, 6)
    edge = rng.uniform(0.9, 1.5)

    def altitude(x: int, y: int) -> float:
        u, v = x / width, y / height
        from_centre = math.hypot(u - 0.5, v - 0.5) * 2
        return noise.layered(u * scale, v * scale, 4) * 1.35 - from_centre**2 * edge * 0.55

    heights = [altitude(x, y) for y in range(height) for x in range(width)]

    def colour(x: int, y: int, phase: float) -> int:
        here = heights[y * width + x]
        west = heights[y * width + max(0, x - 1)]
        lit = 0.14 if here > west + 0.006 else -0.06 if here < west - 0.006 else 0.0
        if here < 0.3:
            ripple = 0.08 * math.sin(phase + 9 * waves.at(x * 6 / width, y * 9 / height))
            return dithered(MAIN, 0.15 + here * 0.9 + ripple, x, y)
        if here < 0.345:
            return PAPER if here < 0.31 and math.sin(phase + here * 400) > 0 else flat(ACCENT, 0.85)
        if here < 0.72:
            return dithered(SECOND, 0.72 - (here - 0.345) * 1.1 + lit, x, y)
        return PAPER if here > 0.86 else dithered(ACCENT, 0.4 + (here - 0.72) * 2 + lit, x, y)

    return animated(size, frames, colour)


def planet(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """A lit sphere with bands or continents among the stars, sometimes with a ring; frames turn it once."""
    width, height = size
    noise, sky = Noise(rng, 8), Noise(rng, 8)
    radius = min(width, height) * rng.uniform(0.28, 0.36)
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    banded, ringed, tilt = rng.random() < 0.5, rng.random() < 0.5, rng.uniform(-0.5, 0.5)
    stars = {(rng.randrange(width), rng.randrange(height)): rng.random() for _ in range(width * height // 40)}

    def surface(x: int, y: int, turn: float) -> int:
        across, down = (x - centre_x) / radius, (y - centre_y) / radius
        depth = math.sqrt(max(0.0, 1 - across * across - down * down))
        longitude = (math.atan2(across, depth) / math.tau + turn) * 8
        latitude = down * 3 + across * tilt
        light = 0.12 + 0.85 * max(0.0, -0.5 * across - 0.55 * down + 0.67 * depth)
        if banded:
            stripe = noise.at(longitude * 0.5 * 2, latitude * 2.2) * 0.5 + 0.5 * math.sin(latitude * 5)
            return dithered(SECOND if stripe > 0.1 else ACCENT, light, x, y)
        ground = noise.layered(longitude, latitude + 2, 3)
        if abs(down) > 0.82 + 0.1 * ground:
            return dithered((*SECOND, PAPER), light + 0.3, x, y)
        return dithered(SECOND if ground > 0.52 else MAIN, light * (0.95 if ground > 0.52 else 0.85), x, y)

    def space(x: int, y: int) -> int:
        star = stars.get((x, y))
        if star is not None:
            return PAPER if star > 0.8 else flat(MAIN, 0.5)
        haze = sky.layered(x * 3 / width, y * 3 / height)
        return dithered((INK, INK, *MAIN[:2], ACCENT[1]), max(0.0, haze - 0.3) * 1.3, x, y)

    background = Canvas(size)
    background.paint(space)
    drawn = []
    for frame in range(frames):
        canvas = background.copy()
        for y in range(height):
            for x in range(width):
                along = (x - centre_x) * math.cos(tilt) + (y - centre_y) * math.sin(tilt)
                aside = (y - centre_y) * math.cos(tilt) - (x - centre_x) * math.sin(tilt)
                ring = math.hypot(along, aside * 3.6) / radius
                inside = math.hypot(x - centre_x, y - centre_y) < radius
                if ringed and 1.25 < ring < 1.62 and not 1.42 < ring < 1.47 and (aside > 0 or not inside):
                    canvas.set(x, y, dithered(ACCENT, 0.95 - abs(ring - 1.35) * 1.6, x, y))
                elif inside:
                    canvas.set(x, y, surface(x, y, frame / frames))
        drawn.append(canvas)
    return drawn


def city(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """A skyline in the evening; windows go on and off, an aerial blinks."""
    width, height = size
    canvas = Canvas(size)
    moon = (width * rng.uniform(0.15, 0.85), height * 0.22, max(1.5, height * 0.09))

    def sky(x: int, y: int) -> int:
        if math.hypot(x - moon[0], y - moon[1]) < moon[2]:
            return PAPER
        return dithered(MAIN, 0.08 + 0.62 * (y / height) ** 1.4, x, y)

    canvas.paint(sky)
    windows: list[tuple[int, int, float]] = []
    for layer in range(3):
        x = -rng.randrange(4)
        while x < width:
            wide = rng.randint(max(3, width // 14), max(5, width // 6))
            top = int(height * (0.86 - rng.uniform(0.12, 0.5) + layer * 0.14))
            _build_house(rng, canvas, (x, top, wide), layer, windows)
            x += wide + (rng.random() < 0.25)
    drawn = []
    for frame in range(frames):
        shot = canvas.copy()
        for x, y, shift in windows:
            if canvas.get(x, y) == CLEAR and math.sin(math.tau * (frame / frames + shift * 3)) > -0.75:
                shot.set(x, y, ACCENT[5] if shift < 0.8 else SECOND[5])
            elif canvas.get(x, y) == CLEAR:
                shot.set(x, y, MAIN[0])
        drawn.append(shot)
    return drawn


def _build_house(
    rng: random.Random, canvas: Canvas, place: tuple[int, int, int], layer: int, windows: list[tuple[int, int, float]]
) -> None:
    left, top, wide = place
    wall, edge = (MAIN[3], MAIN[4]) if layer == 0 else (MAIN[1], MAIN[2]) if layer == 1 else (INK, MAIN[0])
    for y in range(top, canvas.height):
        for x in range(left, left + wide):
            canvas.set(x, y, edge if x == left or y == top else wall)
            lit = layer and (x - left) % 2 == 1 and (y - top) % 3 == 2 and x < left + wide - 1 and rng.random() < 0.45
            if lit and 0 <= x < canvas.width:
                canvas.set(x, y, CLEAR)
                windows.append((x, y, rng.random()))
    if layer and rng.random() < 0.3:
        for rise in range(1, max(2, canvas.height // 12)):
            canvas.set(left + wide // 2, top - rise, edge)
