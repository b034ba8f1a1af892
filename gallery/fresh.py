"""A folder as an artist would upload it: pictures, a song, a clip, a map for a game, one file twice and one broken."""

import random
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from . import draw

PICTURES = 18
SONG_SECONDS = 4
RATE = 22_050
# A minor pentatonic, in Hz.
NOTES = (220.0, 261.63, 293.66, 329.63, 392.0, 440.0)
CLIP_FRAMES = 36
CLIP_SIZE = (96, 64)
LEVEL = """\
<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" orientation="orthogonal" width="2" height="2" tilewidth="16" tileheight="16">
 <layer id="1" name="ground" width="2" height="2"><data encoding="csv">1,2,2,1</data></layer>
</map>
"""


def make_fresh_folder(folder: Path, *, seed: int = 7) -> Path:
    """Create the folder; the same seed makes the same files."""
    folder.mkdir(parents=True)
    pictures = [draw(folder, number, seed=seed).path for number in range(PICTURES)]
    shutil.copy(pictures[0], folder / f"copy of {pictures[0].name}")
    (folder / "level.tmx").write_text(LEVEL)
    (folder / "broken.png").write_bytes(pictures[1].read_bytes()[:200])
    generator = np.random.default_rng(seed)
    _write_song(folder / "song.wav", generator, random.Random(seed))
    _write_clip(folder / "clip.mp4", generator)
    return folder


def _write_song(path: Path, generator: np.random.Generator, chooser: random.Random) -> None:
    beat = RATE // 2
    time = np.arange(beat) / RATE
    fade = np.exp(-4 * time)
    melody = [np.sin(2 * np.pi * chooser.choice(NOTES) * time) * fade for _ in range(SONG_SECONDS * 2)]
    song = 0.4 * np.concatenate(melody) + 0.02 * generator.standard_normal(beat * SONG_SECONDS * 2)
    with av.open(path, "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        samples = (np.clip(song, -1, 1) * 32767).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), 0
        container.mux([*stream.encode(frame), *stream.encode(None)])


def _write_clip(path: Path, generator: np.random.Generator) -> None:
    width, height = CLIP_SIZE
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(CLIP_FRAMES):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(_picture(number, generator), format="rgb24")))
        container.mux(stream.encode(None))


def _picture(number: int, generator: np.random.Generator) -> NDArray[np.uint8]:
    """A sun that crosses a sky, with the grain of a cheap camera."""
    width, height = CLIP_SIZE
    rows, columns = np.mgrid[0:height, 0:width]
    sky = np.stack([40 + rows, 60 + rows, np.full_like(rows, 150)], axis=-1).astype(float)
    sun = (columns - width * number / CLIP_FRAMES) ** 2 + (rows - height / 2) ** 2 < 64
    sky[sun] = (250, 210, 90)
    return np.clip(sky + generator.normal(0, 12, sky.shape), 0, 255).astype(np.uint8)
