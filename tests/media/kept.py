"""Sounds and films with all that such a file may carry, made for a test."""

import functools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition

from .files import encode_sound, image_bytes, moving_picture, sprite, tone
from .quality import music, noise_for

TAGS = {"title": "Song", "artist": "A. B.", "album": "C", "copyright": "© 2026", "genre": "Chip", "track": "3"}
COVER_SIZE = 64, 48
COVER = image_bytes(sprite(64).crop((0, 0, *COVER_SIZE)), "PNG")


def made_once(make: Callable[..., Path]) -> Callable[..., Path]:
    """Makes each file once a process, and copies it from then on: to encode one takes longer than most tasks."""
    made: dict[str, bytes] = {}

    @functools.wraps(make)
    def copied(path: Path, **options: Any) -> Path:
        key = f"{path.suffix} {sorted(options.items())}"
        if key not in made:
            made[key] = make(path, **options).read_bytes()
        path.write_bytes(made[key])
        return path

    return copied


@made_once
def tagged(
    path: Path, *, rate: int = 44_100, layout: str = "stereo", deep: bool = False, tracks: int = 1, cover: bool = False
) -> Path:
    """A noisy sound with all its tags; further tracks are silent."""
    clean = music(2, rate=rate)
    rows = np.stack([clean + noise_for(clean, snr_db=10)] * av.AudioLayout(layout).nb_channels) * 0.5
    with av.open(str(path), "w") as container:
        container.metadata.update(TAGS | {"location": "+52.5+013.4/"})
        streams = []
        for _ in range(tracks):
            stream = container.add_stream("flac" if path.suffix == ".flac" else "aac", rate=rate)
            assert isinstance(stream, av.AudioStream)
            stream.layout = layout
            if deep:
                stream.format = "s32"
            streams.append(stream)
        if cover:
            picture = container.add_stream("png", rate=1)
            assert isinstance(picture, av.VideoStream)
            (picture.width, picture.height), picture.pix_fmt = COVER_SIZE, "rgba"
            picture.disposition = Disposition.attached_pic
            container.start_encoding()
            packet: av.Packet[Any] = av.Packet(COVER)
            packet.stream, packet.pts, packet.dts, packet.is_keyframe = picture, 0, 0, True
            container.mux(packet)
        for number, stream in enumerate(streams):
            container.mux(encode_sound(stream, rows if number == 0 else np.zeros_like(rows), rate))
    return path


PQ, BT2020 = 16, 9


@made_once
def film(
    path: Path,
    *,
    pixels: str = "yuv420p",
    codec: str = "libx264",
    tracks: int = 1,
    side: tuple[int, int] = (96, 64),
    aspect: Fraction | None = None,
    trc: int | None = None,
    options: dict[str, str] | None = None,
    subtitles: str = "",
    first_picture: int = 0,
    chapters: bool = False,
) -> Path:
    """Twelve noisy pictures at uneven times, the first at so many ms; ``subtitles`` is their codec."""
    width, height = side
    with av.open(str(path), "w") as container:
        container.metadata.update({"title": "Film", "artist": "A. B."})
        stream = container.add_stream(codec, rate=12, options={"crf": "10", **(options or {})})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.codec_context.time_base = Fraction(1, 1000)
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if trc is not None:
            stream.codec_context.color_trc, stream.codec_context.color_primaries = trc, BT2020
        sounds = []
        for number in range(tracks):
            sound = container.add_stream("libopus", rate=48_000)
            assert isinstance(sound, av.AudioStream)
            sound.layout = "mono"
            sound.metadata["language"] = ("eng", "deu")[number]
            sounds.append(sound)
        texts = container.add_mux_stream(subtitles, time_base=Fraction(1, 1000)) if subtitles else None
        if chapters:
            container.set_chapters(CHAPTERS)
        container.start_encoding()
        for number, picture in enumerate(moving_picture(12, width=width, height=height, noise=15)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = first_picture + TIMES[number], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        for sound in sounds:
            container.mux(encode_sound(sound, np.atleast_2d(tone(1, rate=48_000)), 48_000))
        if texts is not None:
            texts.metadata["language"] = "deu"
            container.mux([subtitle(texts, *each, is_mp4=subtitles == "mov_text") for each in SUBTITLES])
    return path


# Milliseconds from and to.
SUBTITLES = [(50, 200, "Hello"), (350, 550, "Wörld")]
CHAPTERS: list[Any] = [
    {"id": 1, "start": 0, "end": 300, "time_base": Fraction(1, 1000), "metadata": {"title": "One"}},
    {"id": 2, "start": 300, "end": 680, "time_base": Fraction(1, 1000), "metadata": {"title": "Zwei"}},
]


def subtitle(stream: Any, begin: int, end: int, text: str, *, is_mp4: bool) -> "av.Packet[Any]":
    content = text.encode()
    packet: av.Packet[Any] = av.Packet(len(content).to_bytes(2, "big") + content if is_mp4 else content)
    packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, 1000), True
    packet.pts = packet.dts = begin
    packet.duration = end - begin
    return packet


TIMES = [0, 40, 90, 200, 233, 300, 400, 480, 500, 601, 640, 680]
