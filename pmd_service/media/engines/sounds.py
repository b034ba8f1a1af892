"""Sound as engines take and give it: streams of float samples through libav's filters, in bounded memory."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
import msgspec
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer

from ..content import content_of
from ..messages import RefusalError
from .streams import Filter, audio_graph, decoded, open_media, pushed, sound_of

# Channels × samples, −1 to 1.
Samples: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

_CHUNK = 4096
# The codec and what it takes, by format.
CODECS = {"wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame", "m4a": "aac", "ogg": "libopus"}
_USUAL_LAYOUTS = {"1 channels": "mono", "2 channels": "stereo", "6 channels": "5.1", "8 channels": "7.1"}
_OPUS_RATE = 48_000
_BIT_RATE = 192_000


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What a sound is like; ``layout`` is libav's name of its channels, ``samples`` what its header says, or None."""

    rate: int
    layout: str
    channels: int
    file_format: str
    codec: str
    seconds: float | None

    @property
    def kept_format(self) -> str:
        """The format of a result: the same where it is lossless, or FLAC."""
        return self.file_format if self.file_format in ("wav", "flac") else "flac"

    @property
    def kept_codec(self) -> str:
        """The codec of a result in :attr:`kept_format`."""
        is_pcm = self.kept_format == "wav" and self.codec.startswith("pcm_")
        return self.codec if is_pcm else CODECS[self.kept_format]


def shape_of(path: Path) -> Shape:
    """What the sound is like.

    Raises:
        RefusalError: there is no sound in it.
    """
    content = content_of(path)
    if content.type == "image":
        raise RefusalError("not_a_sound", "This can be done with sounds only.")
    with open_media(path) as container:
        sound = sound_of(container)
        if sound is None:
            raise RefusalError("not_a_sound", "There is no sound in this file.")
        return Shape(
            rate=sound.rate,
            # A WAV may not say which channel is which, and encoders want to know.
            layout=_USUAL_LAYOUTS.get(sound.layout.name, sound.layout.name),
            channels=sound.channels,
            file_format=content.file_format,
            codec=sound.codec_context.name,
            seconds=container.duration / av.time_base if container.duration else None,
        )


def read_chunks(path: Path, shape: Shape) -> Iterator[Samples]:
    """The sound piece by piece; damaged packets are left out."""
    with open_media(path) as container:
        sound = sound_of(container)
        assert sound is not None
        resampler = av.AudioResampler("fltp", shape.layout, shape.rate)
        for packet in container.demux(sound):
            for frame in decoded(packet, AudioFrame) or ():
                yield from (_samples(piece) for piece in resampler.resample(frame))
        yield from (_samples(piece) for piece in resampler.resample(None))


def filtered(chunks: Iterable[Samples], shape: Shape, filters: Sequence[Filter]) -> Iterator[Samples]:
    """The chunks through libav's filters, one after another."""
    for frame in filtered_frames(chunks, shape, filters):
        yield _samples(frame).reshape(shape.channels, -1)


def filtered_frames(chunks: Iterable[Samples], shape: Shape, filters: Sequence[Filter]) -> Iterator[AudioFrame]:
    """As :func:`filtered`, with what filters write beside the samples."""
    # Some filters think in another rate or format: what comes out is as what went in.
    ends = ("aformat", f"sample_fmts=fltp:sample_rates={shape.rate}:channel_layouts={shape.layout}")
    graph = audio_graph(shape.rate, "fltp", shape.layout, Fraction(1, shape.rate), (*filters, ends))
    at = 0
    for chunk in chunks:
        for start in range(0, chunk.shape[1], _CHUNK):
            piece = np.ascontiguousarray(chunk[:, start : start + _CHUNK], np.float32)
            yield from pushed(graph, _frame(piece, shape, at), AudioFrame)
            at += piece.shape[1]
    yield from pushed(graph, None, AudioFrame)


def write_sound(
    chunks: Iterable[Samples], shape: Shape, path: Path, *, codec: str | None = None, rate: int | None = None
) -> int:
    """Encode the chunks as the path's extension says; returns the samples taken, of each channel."""
    codec = codec or CODECS[path.suffix[1:]]
    rate = rate or (_OPUS_RATE if codec == "libopus" else shape.rate)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, AudioStream)
        stream.layout = shape.layout
        if codec in ("libmp3lame", "aac", "libopus"):
            stream.bit_rate = _BIT_RATE
        return _encode(chunks, shape, container, stream)


def _encode(chunks: Iterable[Samples], shape: Shape, container: OutputContainer, stream: AudioStream) -> int:
    # Encoders that want frames of one size get them; the others any.
    resampler = av.AudioResampler(
        stream.format.name, stream.layout.name, stream.rate, frame_size=stream.frame_size or _CHUNK
    )
    samples = 0
    for chunk in chunks:
        for frame in resampler.resample(_frame(np.ascontiguousarray(chunk, np.float32), shape, samples)):
            container.mux(stream.encode(frame))
        samples += chunk.shape[1]
    for frame in resampler.resample(None):
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
    return samples


def _frame(samples: Samples, shape: Shape, at: int) -> AudioFrame:
    frame = AudioFrame.from_ndarray(samples, format="fltp", layout=shape.layout)
    frame.sample_rate = shape.rate
    frame.pts = at
    frame.time_base = Fraction(1, shape.rate)
    return frame


def _samples(frame: AudioFrame) -> Samples:
    # Without a copy where it is so already, as it is: every way here asks libav for float planes.
    return frame.to_ndarray().astype(np.float32, copy=False)
