"""The engines' results on real-world material: worst case and mean.

Material is what wheels and Debian ship, taken where it is installed, and otherwise the row is left out: speech in six
languages by espeak-ng (``apt-get install espeak-ng``), effects and drawings of the ``arcade`` wheel (Kenney, CC0), and
photographs of the ``scikit-image`` wheel. Neither package is imported; ``pyvips`` is, to be compared with.
"""

import ctypes
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import mean, median

import av
import numpy as np
from PIL import Image, ImageDraw

from pmd_service.media.engines import denoise_audio, probe, upscale
from pmd_service.media.engines.audio import audio_info, read_chunks
from pmd_service.media.engines.previews import on_grey
from pmd_service.media.engines.streams import decoded, open_media
from pmd_service.media.engines.waveform import Waveform
from pmd_service.media.messages import NothingToDo, Work
from pmd_service.media.modules import MODEL_MODULES, missing_modules
from tests.media.files import save_sound, tone
from tests.media.quality import Signal, psnr, si_sdr

from .runner import Row
from .world import World

_SENTENCES = {
    "en": "The dragon sleeps upon its gold, and no one dares to wake it up before the morning comes.",
    "de": "Der Drache schläft auf seinem Gold, und niemand wagt es, ihn vor dem Morgen zu wecken.",
    "fr": "Le dragon dort sur son or, et personne n'ose le réveiller avant le matin.",
    "es": "El dragón duerme sobre su oro y nadie se atreve a despertarlo antes de la mañana.",
    "it": "Il drago dorme sul suo oro e nessuno osa svegliarlo prima del mattino.",
    "sv": "Draken sover på sitt guld och ingen vågar väcka den före morgonen.",
}
_SNR_DB, _LINES = 10.0, 8


async def measure(world: World) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-faith-") as name:
        bench = _Bench(Path(name), most=world.sized(40, 6))
        return [*bench.sounds(), *bench.pictures(), *bench.speed()]


class _Bench:
    def __init__(self, folder: Path, *, most: int) -> None:
        self._folder = folder
        self._most = most
        self._number = 0

    def sounds(self) -> Iterator[Row]:
        speech = self._speech()
        effects = [_heard(path) for path in _some(_files("arcade", "**/*.wav"), self._most)]
        for what, clean in (("speech", speech), ("effects", effects)):
            if clean:
                yield self._clean(what, clean)
        for kind, goal in (("white", 5.0), ("pink", 3.0), ("hum", 5.0)):
            if speech:
                yield self._noisy(kind, speech, goal)

    def _clean(self, what: str, clean: Sequence[tuple[Signal, int]]) -> Row:
        """The worst SI-SDR of clean sounds behind the task; one that is left alone is as it was."""
        made = [(sound, self._denoised(sound, rate)) for sound, rate in clean]
        nearness = [100.0 if after is None else si_sdr(sound, after) for sound, after in made]
        return Row(
            what=f"clean {what} behind “clean sound”, worst SI-SDR",
            value=min(nearness),
            unit="dB",
            goal=40,
            higher_is_better=True,
            detail={"sounds": len(clean), "touched": sum(value < 100 for value in nearness)},
        )

    def _noisy(self, kind: str, clean: Sequence[tuple[Signal, int]], goal: float) -> Row:
        gains = []
        for number, (sound, rate) in enumerate(clean):
            noise = _noise(kind, len(sound), rate, number)
            noisy = sound + noise * np.sqrt(np.mean(sound**2) / 10 ** (_SNR_DB / 10) / np.mean(noise**2))
            made = self._denoised(noisy, rate)
            gains.append(0.0 if made is None else si_sdr(sound, made) - si_sdr(sound, noisy))
        return Row(
            what=f"{kind} out of speech at {_SNR_DB:.0f} dB SNR, median gain in SI-SDR",
            value=median(gains),
            unit="dB",
            goal=goal,
            higher_is_better=True,
            detail={"voices": len(gains), "worst": round(min(gains), 2), "mean": round(mean(gains), 2)},
        )

    def _denoised(self, sound: Signal, rate: int) -> Signal | None:
        source = save_sound(self._next() / "sound.wav", sound * 0.5, rate=rate)
        try:
            made = denoise_audio.run(Work(source=str(source), folder=str(source.parent)), lambda *_: None)
        except NothingToDo:
            return None
        return _heard(source.parent / made.name)[0]

    def pictures(self) -> Iterator[Row]:
        drawings = [path for path in _files("arcade", "**/*.png") if 96 <= min(Image.open(path).size) <= 512]
        photographs = [path for path in _files("skimage", "data/*.png") if min(Image.open(path).size) >= 200]
        for what, paths in (("drawings", drawings), ("photographs", photographs)):
            if paths:
                yield self._enlarged(what, _some(paths, self._most))
        if not missing_modules(MODEL_MODULES):
            yield self._by_model(_drawing(512))

    def _by_model(self, drawing: Image.Image) -> Row:
        """Made small and large again: the model, and Lanczos."""
        small = drawing.resize((128, 128), Image.Resampling.LANCZOS)
        source = self._next() / "drawing.png"
        small.save(source)
        work = Work(source=str(source), folder=str(source.parent), params={"factor": 4, "method": "model"})
        made = Image.open(source.parent / upscale.run(work, lambda *_: None).name).convert("RGB")
        smooth = small.resize(drawing.size, Image.Resampling.LANCZOS)
        ours, theirs = (psnr(np.asarray(drawing), np.asarray(each)) for each in (made, smooth))
        what = "a drawing of 128 × 128 to 512 × 512 by the model, PSNR above Lanczos"
        return Row(what=what, value=ours - theirs, unit="dB", higher_is_better=True)

    def _enlarged(self, what: str, paths: Sequence[Path]) -> Row:
        """Halved and enlarged again by the chosen method, compared with Lanczos."""
        gains = []
        for path in paths:
            whole = Image.open(path).convert("RGBA").crop((0, 0, 256, 256))
            whole = whole.crop((0, 0, whole.width // 2 * 2, whole.height // 2 * 2))
            source = self._next() / "half.png"
            whole.resize((whole.width // 2, whole.height // 2), Image.Resampling.LANCZOS).save(source)
            work = Work(source=str(source), folder=str(source.parent), params={"factor": 2})
            made = Image.open(source.parent / upscale.run(work, lambda *_: None).name)
            smooth = Image.open(source).resize(whole.size, Image.Resampling.LANCZOS)
            ours, theirs = (psnr(_on_grey(whole), _on_grey(each)) for each in (made, smooth))
            gains.append(min(ours, 60.0) - min(theirs, 60.0))
        return Row(
            what=f"{what} enlarged twice by “auto”, mean PSNR above Lanczos",
            value=mean(gains),
            unit="dB",
            goal=0,
            higher_is_better=True,
            detail={"pictures": len(gains), "worst": round(min(gains), 2), "best": round(max(gains), 2)},
        )

    def speed(self) -> Iterator[Row]:
        photograph = next(iter(_files("skimage", "data/coffee.png")), None)
        if photograph is not None:
            yield self._probing(photograph)
        yield self._waveform()

    def _probing(self, photograph: Path) -> Row:
        path = self._next() / "large.jpg"
        Image.open(photograph).convert("RGB").resize((4000, 2667)).save(path, quality=90)

        def whole() -> None:
            folder = self._next()
            probe.run(Work(source=str(path), folder=str(folder), names=[path.name]), lambda *_: None)

        def reduced() -> None:
            with Image.open(path) as image:
                image.draft(None, (512, 341))
                image.thumbnail((512, 512), Image.Resampling.LANCZOS, reducing_gap=None)

        ours, other, name = _cpu(whole), _cpu(reduced), "Pillow's draft and Lanczos, one size, not written"
        if find_spec("pyvips"):
            pyvips = import_module("pyvips")  # only for comparison, if installed

            def by_vips() -> None:
                for size in (512, 256):
                    small = pyvips.Image.thumbnail(str(path), size, height=size)
                    small.write_to_file(str(path.with_suffix(f".{size}.webp")), Q=82, effort=2)

            other, name = _cpu(by_vips), "pyvips, both sizes written"
        return Row(
            what="looking at a JPEG of 10.7 megapixels, CPU beside a thumbnailer's",
            value=ours / other,
            unit="×",
            goal=1.2 if find_spec("pyvips") else None,
            detail={"milliseconds": round(ours * 1000), "beside": name, "its milliseconds": round(other * 1000)},
        )

    def _waveform(self) -> Row:
        # M_MMAP_THRESHOLD and M_TRIM_THRESHOLD as a child has them: glibc would request each array from the kernel.
        for name, size in ((-3, 64 * 1024**2), (-1, 128 * 1024**2)):
            ctypes.CDLL(None).mallopt(name, size)
        path = save_sound(self._next() / "long.mp3", np.stack([tone(120), tone(120, hz=300)]))

        def read(waveform: Waveform | None) -> None:
            with open_media(path) as container:
                for packet in container.demux(container.streams.audio[0]):
                    for frame in decoded(packet, av.AudioFrame) or ():
                        if waveform is not None:
                            waveform.add(frame)

        ours, plain = _cpu(lambda: read(Waveform())), _cpu(lambda: read(None))
        return Row(what="a waveform of an MP3, CPU beside decoding it", value=ours / plain, unit="×", goal=1.5)

    def _speech(self) -> list[tuple[Signal, int]]:
        if shutil.which("espeak-ng") is None:
            return []
        found = []
        for language, sentence in list(_SENTENCES.items())[: self._most]:
            for voice in (language, f"{language}+f3"):
                path = self._next() / "speech.wav"
                subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), sentence], check=True)
                found.append(_heard(path))
        return found

    def _next(self) -> Path:
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir()
        return folder


def _files(package: str, pattern: str) -> list[Path]:
    """What a wheel ships, without importing it."""
    spec = find_spec(package)
    return sorted(Path(spec.origin).parent.glob(pattern)) if spec and spec.origin else []


def _some(paths: Sequence[Path], most: int) -> Sequence[Path]:
    return paths[:: max(1, len(paths) // most)]


def _heard(path: Path) -> tuple[Signal, int]:
    info = audio_info(path)
    return np.concatenate([*read_chunks(path, info)], axis=1).mean(axis=0), info.rate


def _noise(kind: str, samples: int, rate: int, seed: int) -> Signal:
    random = np.random.default_rng(seed)
    if kind == "hum":
        times = np.arange(samples) / rate
        lines = range(1, _LINES + 1)
        waves = [np.sin(2 * np.pi * 50.03 * k * times + random.uniform(0, 6)) / k for k in lines]
        return np.asarray(np.sum(waves, axis=0))
    white = random.normal(0, 1, samples)
    if kind == "white":
        return white
    hz = np.fft.rfftfreq(samples, 1 / rate)
    return np.fft.irfft(np.fft.rfft(white) / np.sqrt(np.maximum(hz, 20)), samples)


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


def _on_grey(image: Image.Image) -> Signal:
    return np.asarray(on_grey(image.convert("RGBA")).convert("RGB"))


def _cpu(work: Callable[[], None]) -> float:
    """Seconds of the processor, of the best of some runs."""
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best
