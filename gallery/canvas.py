"""A canvas of palette indexes, palettes with taste, ordered dithering and smooth noise."""

import math
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, Protocol, TypeAlias

from PIL import Image

SHADES = 7  # colours of one ramp, dark to light

# Indexes into every palette.
CLEAR = 0
MAIN = range(1, 1 + SHADES)
SECOND = range(MAIN.stop, MAIN.stop + SHADES)
ACCENT = range(SECOND.stop, SECOND.stop + SHADES)
INK = ACCENT.stop
PAPER = INK + 1

Size: TypeAlias = tuple[int, int]
Rgb: TypeAlias = tuple[int, int, int]

_BAYER = ((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5))


class Canvas:
    """Pixels as palette indexes, row by row."""

    def __init__(self, size: Size, fill: int = CLEAR) -> None:
        self.width, self.height = size
        self.pixels = bytearray([fill]) * (self.width * self.height)

    def set(self, x: int, y: int, index: int) -> None:
        """Colour one pixel; outside of the canvas nothing happens."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self.pixels[y * self.width + x] = index

    def get(self, x: int, y: int) -> int:
        """The index of one pixel; CLEAR outside of the canvas."""
        if 0 <= x < self.width and 0 <= y < self.height:
            return self.pixels[y * self.width + x]
        return CLEAR

    def paint(self, colour: Callable[[int, int], int]) -> None:
        """Colour every pixel by a function of its place."""
        self.pixels = bytearray(colour(x, y) for y in range(self.height) for x in range(self.width))

    def copy(self) -> "Canvas":
        twin = Canvas((self.width, self.height))
        twin.pixels = bytearray(self.pixels)
        return twin

    def image(self, palette: Sequence[Rgb], scale: int) -> Image.Image:
        """The picture, each pixel ``scale`` pixels wide."""
        image = Image.frombytes("P", (self.width, self.height), bytes(self.pixels))
        image.putpalette([channel for colour in palette for channel in colour])
        return image.resize((self.width * scale, self.height * scale), Image.Resampling.NEAREST)


class Colouring(Protocol):
    def __call__(self, x: int, y: int, phase: float) -> int: ...


def animated(size: Size, frames: int, colour: Colouring) -> list[Canvas]:
    """Canvases coloured by place and by phase, which turns from 0 to 2π over the frames: the loop has no seam."""
    drawn = []
    for frame in range(frames):
        canvas = Canvas(size)
        canvas.paint(partial(colour, phase=math.tau * frame / frames))
        drawn.append(canvas)
    return drawn


def dithered(ramp: Sequence[int], tone: float, x: int, y: int) -> int:
    """The ramp's colour for a tone from 0 to 1, with a 4 × 4 pattern between two colours."""
    level = min(max(tone, 0.0), 0.9999) * (len(ramp) - 1)
    below = int(level)
    return ramp[below + (level - below > (_BAYER[y & 3][x & 3] + 0.5) / 16)]


def flat(ramp: Sequence[int], tone: float) -> int:
    """The ramp's colour that is nearest to a tone from 0 to 1."""
    return ramp[round(min(max(tone, 0.0), 1.0) * (len(ramp) - 1))]


class Noise:
    """Smooth noise from 0 to 1 that repeats after ``period`` cells in both directions."""

    def __init__(self, rng: random.Random, period: int = 8) -> None:
        self._period = period
        self._lattice = [rng.random() for _ in range(period * period)]

    def at(self, x: float, y: float) -> float:
        column, row = math.floor(x), math.floor(y)
        across, down = _eased(x - column), _eased(y - row)
        left, right = column % self._period, (column + 1) % self._period
        upper, lower = row % self._period * self._period, (row + 1) % self._period * self._period
        lattice = self._lattice
        above = lattice[upper + left] + (lattice[upper + right] - lattice[upper + left]) * across
        below = lattice[lower + left] + (lattice[lower + right] - lattice[lower + left]) * across
        return above + (below - above) * down

    def layered(self, x: float, y: float, octaves: int = 3) -> float:
        """Octaves of noise, each finer and fainter than the last."""
        total = weights = 0.0
        for octave in range(octaves):
            total += self.at(x * 2**octave + octave * 3, y * 2**octave + octave * 5) / 2**octave
            weights += 1 / 2**octave
        return total / weights


def _eased(part: float) -> float:
    return part * part * (3 - 2 * part)


class Mood(NamedTuple):
    """Three hues in degrees of OKLCH and how colourful they are (0 to 0.2)."""

    main: float
    second: float
    accent: float
    chroma: float


MOODS = {
    "dusk": Mood(300, 40, 75, 0.14),
    "lagoon": Mood(215, 160, 70, 0.11),
    "ember": Mood(25, 60, 330, 0.15),
    "moss": Mood(135, 90, 20, 0.10),
    "frost": Mood(240, 200, 330, 0.08),
    "candy": Mood(350, 200, 95, 0.13),
    "neon": Mood(285, 195, 350, 0.18),
    "sand": Mood(70, 30, 200, 0.09),
    "orchid": Mood(325, 145, 85, 0.12),
    "handheld": Mood(120, 125, 110, 0.09),
    "harbour": Mood(255, 55, 30, 0.10),
    "meadow": Mood(150, 240, 60, 0.13),
}


def palette(mood: Mood) -> list[Rgb]:
    """All colours of a mood, by the indexes above."""
    ramps = [_ramp(hue, mood.chroma) for hue in (mood.main, mood.second, mood.accent)]
    ink, paper = _rgb(0.17, mood.chroma * 0.3, mood.main), _rgb(0.97, 0.015, mood.second)
    return [ink, *(colour for ramp in ramps for colour in ramp), ink, paper]


def _ramp(hue: float, chroma: float) -> list[Rgb]:
    """Dark to light; shadows lean towards blue and lights towards yellow, as painters have it."""
    colours = []
    for step in range(SHADES):
        tone = step / (SHADES - 1)
        leaning = _towards(hue, 275, 0.28 * (1 - tone) ** 1.5) if tone < 0.5 else _towards(hue, 95, 0.3 * (tone - 0.5))
        colours.append(
            _rgb(0.25 + 0.68 * tone, chroma * (0.6 + 0.8 * math.sin(math.pi * (0.12 + 0.7 * tone))), leaning)
        )
    return colours


def _towards(hue: float, goal: float, part: float) -> float:
    return hue + ((goal - hue + 180) % 360 - 180) * part


def _rgb(lightness: float, chroma: float, hue: float) -> Rgb:
    """OKLCH to sRGB (https://bottosson.github.io/posts/oklab), clipped to what a screen can show."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _gamma(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )


def _gamma(linear: float) -> int:
    linear = min(max(linear, 0.0), 1.0)
    return round(255 * (12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055))
