"""Exported pictures and films beside the usual tools, into the table of ``docs/tasks.md``.

The tools are Debian's (``apt-get install pngquant webp imagemagick ffmpeg``), and the material is what its packages
ship (``supertux-data pingus-data oxygen-icon-theme mate-backgrounds``): installed, or unpacked below
``BENCH_MATERIAL``. Without a tool or its material a row is left out, and then the table is not written.
"""

import random
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
from PIL import Image

from pmd_service.media.engines import export
from pmd_service.media.messages import Work
from tests.media.quality import Signal, psnr

from .runner import MATERIAL, Row, write_block
from .world import World

# What a tool's package is called, and what it prints its version for.
_TOOLS: Mapping[str, Sequence[str]] = {
    "pngquant": ("pngquant", "--version"),
    "cwebp": ("cwebp", "-version"),
    "ImageMagick": ("/usr/bin/convert", "-version"),
    "ffmpeg": ("ffmpeg", "-version"),
}
_DRAWN = ("*/supertux2/images/*/*/*.png", "*/pingus/data/images/**/*.png")
_ICONS, _PHOTOS = ("*/icons/oxygen/base/256x256/**/*.png",), ("*/backgrounds/mate/nature/*.jpg",)
_LARGEST, _SMALLEST = 800, 100
_COLOURS = (16, 256)
# Quality of lossy WebP, and the longest side of smaller pictures.
_QUALITY, _SIDE = 82, 320
_GREYS = (0, 255)


async def measure(world: World) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-export-") as name:
        bench = _Bench(Path(name), most=world.sized(12, 2))
        rows = [*bench.palettes(), *bench.webp(), *bench.scaled(), *bench.films()]
    if len(rows) == _ROWS and not world.is_quick:
        write_block("tasks.md", "bench", "\n".join(_table(rows)))
    return rows


_ROWS = 11


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield from ("| what | ours beside theirs | tool | material |", "| --- | --- | --- | --- |")
    for row in rows:
        yield f"| {row.what} | {row.value:.3g} {row.unit} | {row.detail['tool']} | {row.detail['material']} |"


class _Bench:
    def __init__(self, folder: Path, *, most: int) -> None:
        self._folder = folder
        self._most = most
        self._number = 0

    def palettes(self) -> Iterator[Row]:
        """Sizes and errors of indexed PNGs, as geometric means of the ratios."""
        for what, patterns in (("drawings", _DRAWN), ("icons with alpha", _ICONS), ("photographs", _PHOTOS)):
            pictures = self._pictures(patterns)
            if not pictures or not _is_there("pngquant"):
                continue
            pairs = [self._palette(picture, colours) for picture in pictures for colours in _COLOURS]
            of = {"tool": _version("pngquant"), "material": f"{len(pictures)} {what}, 16 and 256 colours"}
            for number, (name, goal) in enumerate((("size", 1.05), ("mean ΔE", 1.05))):
                value = _geometric([pair[number] for pair in pairs])
                yield Row(what=f"indexed PNG of {what}: {name}", value=value, unit="×", goal=goal, detail={**of})

    def _palette(self, picture: Image.Image, colours: int) -> tuple[float, float]:
        source = self._saved(picture)
        made, theirs = self._exported(source, format="png", colours=colours), source.with_name("theirs.png")
        subprocess.run(["pngquant", "--output", theirs, str(colours), source], check=True)
        errors = [max(_error(picture, Image.open(path)), 0.01) for path in (made, theirs)]
        return made.stat().st_size / theirs.stat().st_size, errors[0] / errors[1]

    def webp(self) -> Iterator[Row]:
        """Lossy WebP of the same quality."""
        if not _is_there("cwebp") or not (pictures := self._pictures(_PHOTOS)):
            return
        sizes, gains = [], []
        for picture in pictures:
            source = self._saved(picture)
            made, theirs = self._exported(source, format="webp", quality=_QUALITY), source.with_name("theirs.webp")
            subprocess.run(["cwebp", "-quiet", "-q", str(_QUALITY), source, "-o", theirs], check=True)
            ours, other = (psnr(_rgb(picture), _rgb(Image.open(path))) for path in (made, theirs))
            sizes.append(made.stat().st_size / theirs.stat().st_size)
            gains.append(ours - other)
        of = {"tool": _version("cwebp"), "material": f"{len(pictures)} photographs, quality {_QUALITY}"}
        yield Row(what="WebP: size", value=_geometric(sizes), unit="×", goal=1.05, detail={**of})
        yield Row(what="WebP: PSNR", value=fmean(gains), unit="dB", goal=-0.1, higher_is_better=True, detail={**of})

    def scaled(self) -> Iterator[Row]:
        """Smaller by Lanczos in linear light: as ImageMagick makes it, if it is told to."""
        if not _is_there("ImageMagick") or not (pictures := self._pictures((*_ICONS, *_PHOTOS))):
            return
        alike = []
        for picture in pictures:
            source = self._saved(picture)
            made, theirs = self._exported(source, longest_side=_SIDE // 2), source.with_name("theirs.png")
            size = "x".join(map(str, Image.open(made).size))
            told = ["-colorspace", "RGB", "-filter", "Lanczos", "-resize", f"{size}!", "-colorspace", "sRGB"]
            subprocess.run([_TOOLS["ImageMagick"][0], source, *told, f"PNG32:{theirs}"], check=True)
            alike.append(min(psnr(*(_on(Image.open(path), 128) for path in (made, theirs))), 60.0))
        of = {
            "tool": _version("ImageMagick"),
            "material": f"{len(pictures)} photographs and icons to {_SIDE // 2} pixels",
        }
        what = "smaller by Lanczos: PSNR beside theirs"
        yield Row(what=what, value=fmean(alike), unit="dB", goal=38, higher_is_better=True, detail=of)

    def films(self) -> Iterator[Row]:
        """A GIF of a film of slowly moved photographs, beside ffmpeg's own palette."""
        if not _is_there("ffmpeg") or not (pictures := self._pictures(_PHOTOS)):
            return
        film = self._next() / "film.mp4"
        frames = [_moved(picture, number) for picture in pictures[:2] for number in range(8)]
        for number, frame in enumerate(frames):
            frame.save(film.with_name(f"{number:03}.png"))
        _ffmpeg("-framerate", "10", "-i", film.with_name("%03d.png"), "-crf", "12", "-pix_fmt", "yuv420p", film)
        begun = time.perf_counter()
        made, theirs = self._exported(film, format="gif"), film.with_name("theirs.gif")
        ours_seconds, begun = time.perf_counter() - begun, time.perf_counter()
        _ffmpeg("-i", film, "-filter_complex", "split[a][b];[a]palettegen[p];[b][p]paletteuse", theirs)
        seconds = ours_seconds / (time.perf_counter() - begun)
        errors = [
            fmean(_error(frame, image) for frame, image in zip(frames, _frames(path), strict=True))
            for path in (made, theirs)
        ]
        of = {
            "tool": _version("ffmpeg"),
            "material": f"{len(frames)} pictures of {frames[0].width} × {frames[0].height}",
        }
        detail = {**of, "seconds beside": round(seconds, 1)}
        size = made.stat().st_size / theirs.stat().st_size
        yield Row(what="a film as GIF: size", value=size, unit="×", goal=1.05, detail=detail)
        yield Row(what="a film as GIF: mean ΔE", value=errors[0] / errors[1], unit="×", goal=1.05, detail=detail)

    def _pictures(self, patterns: Sequence[str]) -> list[Image.Image]:
        """By chance, but the same each time: RGBA, with more colours than a palette, no larger than need be."""
        paths = sorted(path for pattern in patterns for path in MATERIAL.glob(f"**/{pattern.removeprefix('*/')}"))
        chosen: list[Image.Image] = []
        random.Random(1).shuffle(paths)
        for path in paths:
            if len(chosen) == self._most:
                break
            with Image.open(path) as image:
                picture = image.convert("RGBA")
            picture.thumbnail((_LARGEST, _LARGEST), Image.Resampling.LANCZOS)
            if min(picture.size) >= _SMALLEST and picture.getcolors(256) is None:
                chosen.append(picture)
        return chosen

    def _saved(self, picture: Image.Image) -> Path:
        path = self._next() / "source.png"
        picture.save(path)
        return path

    def _exported(self, source: Path, **params: object) -> Path:
        work = Work(source=str(source), folder=str(source.parent), params=params)
        return source.parent / export.run(work, lambda *_: None).name

    def _next(self) -> Path:
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir()
        return folder


def _is_there(tool: str) -> bool:
    return shutil.which(_TOOLS[tool][0]) is not None


def _version(tool: str) -> str:
    printed = subprocess.run(_TOOLS[tool], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+(\.\d+)+(-\d+)?", printed)
    return f"{tool} {found[0] if found else ''}".strip()


def _ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def _moved(picture: Image.Image, number: int) -> Image.Image:
    return picture.convert("RGB").crop((number * 4, number * 2, number * 4 + 480, number * 2 + 320))


def _frames(path: Path) -> Iterator[Image.Image]:
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            yield image.convert("RGBA")


def _on(image: Image.Image, grey: int) -> Signal:
    """Levels of sRGB on this grey."""
    pixels = np.asarray(image.convert("RGBA")).astype(float)
    alpha = pixels[..., 3:] / 255
    return np.asarray(pixels[..., :3] * alpha + grey * (1 - alpha))


def _rgb(image: Image.Image) -> Signal:
    return np.asarray(image.convert("RGB"))


def _error(one: Image.Image, other: Image.Image) -> float:
    """The mean distance in CIELAB (ΔE, CIE 1976), on black and on white."""
    distances = (np.linalg.norm(_lab(_on(one, grey)) - _lab(_on(other, grey)), axis=-1) for grey in _GREYS)
    return fmean(float(each.mean()) for each in distances)


def _lab(levels: Signal) -> Signal:
    """CIELAB of sRGB under D65."""
    share = levels / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124564, 0.2126729, 0.0193339], [0.3575761, 0.7151522, 0.1191920], [0.1804375, 0.0721750, 0.9503041]]
    )
    xyz = light @ to_xyz / [0.95047, 1, 1.08883]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def _geometric(values: Sequence[float]) -> float:
    return float(np.exp(fmean(np.log(values))))
