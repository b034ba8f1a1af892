"""Things and beings: creatures, potions, gems and mushrooms, each with an outline."""

import math
import random
from collections.abc import Callable

from .canvas import ACCENT, CLEAR, INK, MAIN, PAPER, SECOND, Canvas, Noise, Size, dithered, flat


def creature(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """A mirrored little monster that breathes and blinks."""
    width, height = size
    noise = Noise(rng, 8)
    skin, belly = rng.sample([MAIN, SECOND, ACCENT], 2)
    squash, lumpy = rng.uniform(0.85, 1.15), rng.uniform(0.25, 0.6)
    horns, legs = rng.choice((0, 0.16, 0.26)), rng.choice((1, 2, 2, 3))
    eye_height, eye_gap = rng.uniform(-0.28, -0.08), rng.uniform(0.22, 0.36)
    backdrop = _backdrop(rng, size)

    def body(u: float, v: float) -> float:
        """Above 0 inside; u from the middle outwards, v from top to bottom, -1 to 1."""
        round_ = 0.72 - math.hypot(u * squash, v * 0.98)
        bumps = (noise.layered(u * 2.2 + 1, v * 2.2 + 4, 2) - 0.5) * lumpy
        ear = 0.2 - math.hypot((u - 0.42) * 1.6, (v + 0.66) * 0.9) + horns * 0.6 if horns else -1.0
        foot = 0.16 - math.hypot((u - (0.28 if legs < 3 else 0.4)) * 1.1, (v - 0.72) * 1.3)
        foot = max(foot, 0.15 - math.hypot(u, (v - 0.74) * 1.3)) if legs != 2 else foot
        return max(round_ + bumps, ear, foot)

    drawn = []
    for frame in range(frames):
        breath = 0.05 * math.sin(math.tau * frame / frames)
        blinking = frames > 2 and frame == frames - 1
        canvas = Canvas(size)
        for y in range(height):
            for x in range(width):
                u = abs(x - (width - 1) / 2) / (width / 2) * (1 + breath)
                v = (y - (height - 1) / 2) / (height / 2) * (1 - breath) + breath * 0.8
                depth = body(u, v)
                if depth > 0:
                    light = 0.62 - 0.3 * v + 0.25 * min(depth, 0.35) - 0.22 * (x / width - 0.5)
                    on_belly = math.hypot(u * 1.5, v - 0.28) < 0.33
                    canvas.set(x, y, flat(belly, light + 0.22) if on_belly else flat(skin, light))
        _outline(canvas)
        _face(canvas, eye_height, eye_gap, blinking=blinking)
        drawn.append(_over(backdrop, canvas))
    return drawn


def _face(canvas: Canvas, eye_height: float, eye_gap: float, *, blinking: bool) -> None:
    width, height = canvas.width, canvas.height
    eye = max(1, round(min(width, height) / 9))
    top = round(height * (0.5 + eye_height / 2)) - eye // 2
    reach = max(eye // 2 + 1, round(width * eye_gap / 2))
    left = (width - 1) // 2 - reach - eye // 2
    right = width - left - eye
    for start in (left, right):
        for row in range(eye + (eye > 1)):
            for column in range(eye):
                lid = blinking and row != eye // 2
                pupil = blinking or (row >= (eye + 1) // 2 and (column >= eye // 2) == (start == left)) or eye == 1
                if not lid:
                    canvas.set(start + column, top + row, INK if pupil else PAPER)
    mouth = top + eye + max(2, height // 12)
    half = max(1, eye // 2)
    for column in range(width // 2 - half, (width - 1) // 2 + half + 1):
        canvas.set(column, mouth, INK)


def potion(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """A bottle of something that bubbles."""
    width, height = size
    liquid = rng.choice((MAIN, SECOND, ACCENT))
    level, belly = rng.uniform(0.42, 0.58), rng.uniform(0.3, 0.4)
    squared = rng.choice((2.0, 2.0, 3.5))
    bubbles = [(rng.uniform(-0.6, 0.6), rng.random(), rng.random()) for _ in range(max(3, width // 4))]
    backdrop = _backdrop(rng, size)

    def inside(u: float, v: float) -> bool:
        neck = abs(u) < 0.1 and 0.18 < v < 0.5
        lip = abs(u) < 0.15 and 0.16 < v < 0.22
        return neck or lip or (abs(u) / belly) ** squared + (abs(v - 0.63) / 0.3) ** squared < 1

    drawn = []
    for frame in range(frames):
        canvas = Canvas(size)
        for y in range(height):
            for x in range(width):
                u, v = (x + 0.5) / width - 0.5, (y + 0.5) / height
                surface = level + 0.012 * math.sin(u * 20 + math.tau * frame / frames)
                if abs(u) < 0.085 and 0.07 < v <= 0.17:
                    canvas.set(x, y, flat(SECOND, 0.45 - u * 2))
                elif inside(u, v):
                    light = 0.5 - 0.8 * u - 0.45 * (v - 0.6)
                    canvas.set(x, y, dithered(liquid, light, x, y) if v > surface else flat(MAIN, 0.85 + 0.2 * light))
        for across, start, speed in bubbles:
            rise = (start + frame / frames * (1 if speed < 0.5 else 2)) % 1
            x, y = round(width * (0.5 + across * belly)), round(height * (0.9 - rise * (0.88 - level)))
            if canvas.get(x, y) in liquid:
                canvas.set(x, y, liquid[-1])
        _outline(canvas)
        shine = round(width * (0.5 - belly * 0.62))
        for y in range(round(height * 0.52), round(height * 0.68)):
            canvas.set(shine, y, PAPER)
        drawn.append(_over(backdrop, canvas))
    return drawn


def gem(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """A cut stone; a glint runs over its facets."""
    width, height = size
    sides = rng.choice((5, 6, 8))
    stone = rng.choice((MAIN, SECOND, ACCENT))
    turn = rng.uniform(0, math.tau)
    shades = [rng.uniform(0.3, 0.85) for _ in range(sides)]
    backdrop = _backdrop(rng, size)
    drawn = []
    for frame in range(frames):
        canvas = Canvas(size)
        for y in range(height):
            for x in range(width):
                u, v = (x + 0.5) / width * 2 - 1, (y + 0.5) / height * 2 - 1
                angle = (math.atan2(v, u) - turn) % math.tau
                facet = int(angle / math.tau * sides)
                within = math.cos((angle % (math.tau / sides)) - math.pi / sides) * math.hypot(u, v)
                if within >= 0.74:
                    continue
                glint = abs((u + v + 1.6) / 3.2 - frame / max(1, frames)) < 0.07 and frames > 1
                tone = 0.95 if glint else shades[facet] - 0.15 * v if within > 0.4 else 0.78 - 0.2 * (u + v)
                canvas.set(x, y, flat(stone, tone) if abs(within - 0.4) > 0.8 / width else stone[1])
        _outline(canvas)
        drawn.append(_over(backdrop, canvas))
    return drawn


def mushroom(rng: random.Random, size: Size, frames: int) -> list[Canvas]:
    """A spotted mushroom that sways."""
    width, height = size
    cap, stem = rng.choice(((ACCENT, SECOND), (SECOND, MAIN), (MAIN, ACCENT)))
    wide, tall = rng.uniform(0.34, 0.44), rng.uniform(0.3, 0.42)
    spots = [(rng.uniform(-0.85, 0.85), rng.uniform(0.1, 0.8), rng.uniform(0.035, 0.075)) for _ in range(7)]
    backdrop = _backdrop(rng, size)

    def colour(u: float, v: float) -> int | None:
        dome = 0.52
        if v < dome and (u / wide) ** 2 + ((v - dome) / tall) ** 2 < 1:
            for across, up, radius in spots:
                if math.hypot(u - across * wide * (1 - up * 0.6), v - (dome - up * tall)) < radius:
                    return PAPER
            return flat(cap, 0.55 - u * 0.9 - (v - dome + tall) * 0.6)
        if dome <= v < dome + 0.05 and abs(u) < wide * 0.96:
            return flat(stem, 0.35)
        if dome <= v < 0.88 and abs(u) < 0.09 + 0.1 * (v - dome):
            return flat(stem, 0.85 - u * 2.2)
        return None

    drawn = []
    for frame in range(frames):
        canvas = Canvas(size)
        sway = 0.05 * math.sin(math.tau * frame / frames)
        for y in range(height):
            for x in range(width):
                v = (y + 0.5) / height
                index = colour((x + 0.5) / width - 0.5 - sway * max(0.0, 0.88 - v) * 1.6, v)
                if index is not None:
                    canvas.set(x, y, index)
        _outline(canvas)
        drawn.append(_over(backdrop, canvas))
    return drawn


def _outline(canvas: Canvas) -> None:
    """Ink on every clear pixel that touches a coloured one."""
    solid = bytes(canvas.pixels)
    width, height = canvas.width, canvas.height

    def is_solid(x: int, y: int) -> bool:
        return 0 <= x < width and 0 <= y < height and solid[y * width + x] != CLEAR

    for y in range(height):
        for x in range(width):
            touches = is_solid(x - 1, y) or is_solid(x + 1, y) or is_solid(x, y - 1) or is_solid(x, y + 1)
            if touches and not is_solid(x, y):
                canvas.set(x, y, INK)


def _backdrop(rng: random.Random, size: Size) -> Canvas:
    """What is behind a sprite: nothing, one colour, a glow, or a checkerboard."""
    width, height = size
    ramp = rng.choice((MAIN, SECOND, ACCENT))

    def glow(x: int, y: int) -> int:
        distance = math.hypot((x + 0.5) / width - 0.5, (y + 0.5) / height - 0.55)
        return dithered(ramp[1:6], 1.05 - 1.7 * distance, x, y)

    step = max(2, width // 8)
    looks: list[Callable[[int, int], int]] = [
        lambda _x, _y: CLEAR,
        lambda _x, _y: ramp[5],
        glow,
        glow,
        lambda x, y: ramp[1] if (x // step + y // step) % 2 else ramp[2],
        lambda x, y: ramp[4] if (x + y) // step % 2 else ramp[5],
    ]
    canvas = Canvas(size)
    canvas.paint(rng.choice(looks))
    return canvas


def _over(backdrop: Canvas, sprite: Canvas) -> Canvas:
    canvas = backdrop.copy()
    for place, index in enumerate(sprite.pixels):
        if index != CLEAR:
            canvas.pixels[place] = index
    return canvas
