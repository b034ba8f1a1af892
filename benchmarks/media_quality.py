"""What the engines make of pictures, sounds and videos, next to the naive choice, and what it costs."""

import random
import resource
import tempfile
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw

from pmd_service.media.engine import Made, make
from pmd_service.media.engines.loudness import measure as measure_loudness
from pmd_service.media.engines.sounds import filtered, read_chunks, shape_of
from pmd_service.media.modules import MODEL_MODULES, missing_modules
from tests.media.files import moving_picture, save_sound, save_video, sprite
from tests.media.quality import Signal, music, noise_for, psnr, si_sdr

from .runner import Row
from .world import World

NOISE_DB, GRAIN = 10.0, 15.0


async def measure(world: World) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-media-") as name:
        bench = _Bench(Path(name), seconds=world.sized(30, 6), frames=world.sized(120, 24))
        rows = [await bench.sound(), await bench.loudness(), await bench.video(), await bench.pixels()]
        return rows + ([] if missing_modules(MODEL_MODULES) else [await bench.model()])


class _Bench:
    def __init__(self, folder: Path, *, seconds: float, frames: int) -> None:
        self._folder = folder
        self._seconds = seconds
        self._frames = frames

    async def sound(self) -> Row:
        """Music under white noise: the filter told of the noise floor, and as it comes."""
        clean = music(self._seconds)
        noisy = clean + noise_for(clean, snr_db=NOISE_DB)
        source = save_sound(self._folder / "noisy.wav", noisy)
        result, cost = await self._make("denoise_audio", source)
        shape = shape_of(source)
        naive = np.concatenate(list(filtered(read_chunks(source, shape), shape, [("afftdn", "")])), axis=1)[0]
        before = si_sdr(clean, noisy)
        return Row(
            what=f"noise out of music at {NOISE_DB:.0f} dB SNR, gain in SI-SDR",
            value=si_sdr(clean, _heard(result)) - before,
            unit="dB",
            goal=5,
            higher_is_better=True,
            detail=cost
            | {"naive": "afftdn as it comes", "naive_gain_db": round(si_sdr(clean, naive[: len(clean)]) - before, 2)},
        )

    async def loudness(self) -> Row:
        """A quiet and peaky sound to −16 LUFS; naive is to bring the highest peak to full scale."""
        quiet = music(self._seconds) * 0.1
        quiet[:: 44_100 * 2] = 0.5
        source = save_sound(self._folder / "quiet.wav", quiet)
        result, cost = await self._make("enhance", source, operations=[{"op": "normalize"}])
        naive = save_sound(self._folder / "peak.wav", quiet / np.abs(quiet).max())
        measured, by_peak = (measure_loudness(read_chunks(p, shape_of(p)), shape_of(p)) for p in (result, naive))
        return Row(
            what="loudness after “normalize”, distance from −16 LUFS",
            value=abs(measured.lufs + 16),
            unit="LU",
            goal=0.5,
            detail=cost
            | {"peak_dbtp": round(measured.peak_db, 2), "naive": "peak to 0 dB", "naive_lufs": by_peak.lufs},
        )

    async def video(self) -> Row:
        """Grain in a small film: nlmeans told of the grain, and a blur."""
        size = {"width": 480, "height": 270}
        clean = save_video(self._folder / "clean.mp4", moving_picture(self._frames, **size), crf=1)
        noisy = save_video(self._folder / "noisy.mp4", moving_picture(self._frames, **size, noise=GRAIN), crf=1)
        result, cost = await self._make("denoise_video", noisy)
        ideal, grainy, cleaned = _lumas(clean), _lumas(noisy), _lumas(result)
        blurred = np.stack([_blur(picture) for picture in grainy])
        return Row(
            what=f"grain out of video at σ {GRAIN:.0f}, gain in PSNR-Y",
            value=psnr(ideal, cleaned) - psnr(ideal, grainy),
            unit="dB",
            goal=6,
            higher_is_better=True,
            detail=cost
            | {
                "seconds_a_frame": round(cost["cpu_seconds"] / self._frames, 4),
                "naive": "3 × 3 blur",
                "naive_gain_db": round(psnr(ideal, blurred) - psnr(ideal, grainy), 2),
            },
        )

    async def pixels(self) -> Row:
        """A sprite eight times as large; Lanczos makes colours up."""
        source = self._folder / "sprite.png"
        sprite(64).save(source)
        results = {style: await self._make("upscale", source, factor=8, style=style) for style in ("nearest", "epx")}
        had = _colours(sprite(64))
        new = sum(len(_colours(Image.open(result)) - had) for result, _ in results.values())
        lanczos = sprite(64).resize((512, 512), Image.Resampling.LANCZOS)
        return Row(
            what="a 64 × 64 sprite to 512 × 512 by nearest and EPX, new colours",
            value=new,
            unit="colours",
            goal=0,
            detail={style: cost for style, (_, cost) in results.items()}
            | {"naive": "Lanczos", "naive_new_colours": len(_colours(lanczos) - had)},
        )

    async def model(self) -> Row:
        """A drawing made small and large again: the model, and Lanczos."""
        drawing = _drawing(512)
        small = drawing.resize((128, 128), Image.Resampling.LANCZOS)
        source = self._folder / "drawing.png"
        small.save(source)
        result, cost = await self._make("upscale", source, factor=4, method="model")
        ideal = np.asarray(drawing)
        lanczos = psnr(ideal, np.asarray(small.resize(drawing.size, Image.Resampling.LANCZOS)))
        return Row(
            what="a drawing of 128 × 128 to 512 × 512 by the model, PSNR above Lanczos",
            value=psnr(ideal, np.asarray(Image.open(result).convert("RGB"))) - lanczos,
            unit="dB",
            higher_is_better=True,
            detail=cost | {"naive": "Lanczos", "naive_psnr_db": round(lanczos, 2)},
        )

    async def _make(self, engine: str, source: Path, **params: Any) -> tuple[Path, dict[str, Any]]:
        """The result and what its child took."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        made = await make(engine, source, folder, params=params)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if not isinstance(made, Made):
            raise RuntimeError(made.message)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return folder / made.name, {"cpu_seconds": round(seconds, 2), "most_megabytes_so_far": after.ru_maxrss // 1024}


def _heard(path: Path) -> Signal:
    return np.asarray(np.concatenate(list(read_chunks(path, shape_of(path))), axis=1)[0])


def _lumas(path: Path) -> Signal:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)])


def _blur(picture: Signal) -> Signal:
    padded = np.pad(picture.astype(float), 1, mode="edge")
    height, width = picture.shape
    nine = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    return np.asarray(np.mean(nine, axis=0))


def _colours(image: Image.Image) -> set[tuple[int, ...]]:
    counted = image.convert("RGBA").getcolors(1 << 24) or []
    return {colour if colour[3] else (0, 0, 0, 0) for _, colour in counted if isinstance(colour, tuple)}


def _drawing(side: int) -> Image.Image:
    """Lines, discs and flat colours, drawn four times as large for smooth edges."""
    chance = random.Random(5)
    image = Image.new("RGB", (side * 4, side * 4), (240, 236, 220))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y, size = (chance.randrange(side * 4) for _ in range(3))
        colour = tuple(chance.randrange(256) for _ in range(3))
        draw.ellipse((x, y, x + size // 4, y + size // 4), fill=colour, outline=(20, 16, 30), width=12)
        draw.line((x, y, y, size), fill=(20, 16, 30), width=10)
    return image.resize((side, side), Image.Resampling.LANCZOS)
