"""A folder as people have them: pictures, sound and video, some broken, some twice, some that nobody keeps."""

import io
import math
import struct
import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ..media.files import save_video

BROKEN = {
    "cut.png": b"\x89PNG\r\n\x1a\n and then nothing",
    "lies.gif": b"GIF89a but not for long",
    "page.html": b"<!doctype html><script>alert(1)</script>",
    "drawing.xhtml": b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
    "program.exe": b"MZ" + bytes(62),
    "empty.png": b"",
    "noise.mp3": bytes(range(256)) * 4,
    "build.sh": b"make",
}


class Folder(NamedTuple):
    """What is in it, and what a report of it must say."""

    path: Path
    files: int
    new: int
    twice: int
    broken: int


def pictures_in(folder: Path, count: int) -> Path:
    """A folder of this many pictures: ``0.png`` and so on."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.png").write_bytes(picture(number))
    return folder


def fill(path: Path, *, pictures: int, sounds: int, videos: int, twice: int, known: dict[str, bytes]) -> Folder:
    """Write the folder; ``known`` are files that the library has, or has in its trash."""
    path.mkdir()
    (path / "deep").mkdir()
    drawn = [picture(number) for number in range(pictures)]
    for number, data in enumerate(drawn):
        (path / ("deep" if number % 3 else ".") / f"picture {number:03}.png").write_bytes(data)
    for number in range(sounds):
        (path / f"sound {number}.wav").write_bytes(sound(number))
    for number in range(videos):
        save_video(path / f"film {number}.mp4", np.full((6 + number, 32, 32, 3), 90 * number, dtype=np.uint8))
    for number in range(twice):
        (path / f"copy of {number:03}.png").write_bytes(drawn[number])
    for name, data in (known | BROKEN).items():
        (path / name).write_bytes(data)
    new = pictures + sounds + videos
    return Folder(path, new + twice + len(known) + len(BROKEN), new, twice, len(BROKEN))


def picture(number: int) -> bytes:
    """A PNG that no other number has."""
    image = Image.new("RGBA", (16, 16), (number % 256, number // 256 * 40, 120, 255))
    for spot in range(16):
        image.putpixel((spot, number * (spot + 1) % 16), (255, 255, 255, 255))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def sound(number: int) -> bytes:
    """Half a second of a tone."""
    data = io.BytesIO()
    with wave.open(data, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        tone = (int(9000 * math.sin(place * (number + 2) / 40)) for place in range(4000))
        out.writeframes(b"".join(struct.pack("<h", value) for value in tone))
    return data.getvalue()
