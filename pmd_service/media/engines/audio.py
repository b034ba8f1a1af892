"""Reading, filtering and writing audio as a stream of float samples, in bounded memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
from ..messages import Finding, Progress, RefusalError
from .audio_codecs import CODECS, LOSSY, add_sound, bits_of, supported_layout, supported_rate, usual_layout
from .mark_reader import read_marks
from .marks import Marks
from .riff_marks import append_marks
from .streams import Filter, audio_graph, audio_stream, decoded, open_media, pushed
from .tags import TagCopier, open_output

# Channels × samples, −1 to 1.
Samples: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

_CHUNK = 4096
# Packed, because PyAV supports seven planes only, and reads beyond them for an eighth channel.
_FLOATS = "flt"
_USUAL_BITS = 16
# Codecs of lossy formats that can be written as they were read.
_LOSSY_CODECS = {"mp3": "mp3", "m4a": "aac", "ogg": "opus"}
_MAX_BITS = {"flac": 24, "pcm_s16le": 16, "pcm_s24le": 24, "pcm_f32le": 32}


class AudioInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A sound's format. ``layout`` is libav's name, ``seconds`` from the header, if there; ``bits`` per sample are None
    for lossy codecs."""

    rate: int
    layout: str
    channels: int
    file_format: str
    codec: str
    seconds: float | None
    bits: int | None = None
    bit_rate: int | None = None

    @property
    def kept_format(self) -> str:
        """The format of a result: the same if it can be written here, otherwise FLAC."""
        return self.file_format if self.file_format in ("wav", "flac") or self._is_kept_lossy else "flac"

    @property
    def _is_kept_lossy(self) -> bool:
        return _LOSSY_CODECS.get(self.file_format) == self.codec

    @property
    def kept_codec(self) -> str:
        """The codec of a result in :attr:`kept_format`."""
        is_pcm = self.kept_format == "wav" and self.codec.startswith("pcm_")
        return self.codec if is_pcm else CODECS[self.kept_format]

    def codec_for(self, file_format: str) -> str:
        """The codec of a result in this format; WAV keeps more than 16 bits."""
        is_deep = file_format == "wav" and (self.bits or 0) > _USUAL_BITS
        return "pcm_s24le" if is_deep else CODECS[file_format]

    def supported_by(self, codec: str) -> tuple[int, str]:
        """The nearest rate and layout that the codec supports."""
        return supported_rate(codec, self.rate), supported_layout(codec, self.layout, self.channels)

    def losses(self, codec: str, file_format: str) -> list[Finding]:
        """Findings for what the codec cannot keep."""
        rate, layout = self.supported_by(codec)
        name, found = file_format.upper(), []
        if rate < self.rate:
            message = f"The sound has {rate} Hz now instead of {self.rate}: {name} supports no more."
            found.append(Finding("resampled", message))
        if layout != self.layout and av.AudioLayout(layout).nb_channels < self.channels:
            message = f"The {self.channels} channels were mixed into {layout}: {name} supports no more."
            found.append(Finding("downmixed", message))
        if (self.bits or 0) > (max_bits := _MAX_BITS.get(codec, 32)):
            found.append(Finding("fewer_bits", f"A sample has {max_bits} bits now instead of {self.bits}."))
        if codec in LOSSY and self.bits is not None:
            found.append(Finding("lossy", f"{name} is lossy: the samples are not the same."))
        elif codec in LOSSY:
            found.append(Finding("encoded_again", f"It was encoded again, with a little loss: {name} is lossy."))
        return found


def audio_info(path: Path) -> AudioInfo:
    """The format of the file's first audio stream.

    Raises:
        RefusalError: there is none.
    """
    content = content_of(path)
    if content.type == "image":
        raise RefusalError("not_a_sound", "This can be done with sounds only.")
    with open_media(path) as container:
        sound = audio_stream(container)
        if sound is None:
            raise RefusalError("not_a_sound", "There is no sound in this file.")
        return AudioInfo(
            rate=sound.rate,
            layout=usual_layout(sound.layout.name),
            channels=sound.channels,
            file_format=content.file_format,
            codec=(codec := sound.codec_context.codec.canonical_name),
            bits=bits_of(codec, sound.format.name),
            bit_rate=sound.bit_rate or None,
            seconds=container.duration / av.time_base if container.duration else None,
        )


def read_chunks(path: Path, info: AudioInfo) -> Iterator[Samples]:
    """The sound in chunks; damaged packets are skipped."""
    with open_media(path) as container:
        sound = audio_stream(container)
        assert sound is not None
        resampler = av.AudioResampler(_FLOATS, info.layout, info.rate)
        for packet in container.demux(sound):
            for frame in decoded(packet, AudioFrame) or ():
                yield from (_samples(piece) for piece in resampler.resample(frame))
        yield from (_samples(piece) for piece in resampler.resample(None))


def with_progress(
    chunks: Iterable[Samples], info: AudioInfo, progress: Progress, begin: float, end: float, step: str
) -> Iterator[Samples]:
    """The chunks, reporting progress from ``begin`` to ``end`` per cent."""
    samples = 0
    for chunk in chunks:
        samples += chunk.shape[1]
        share = min(1.0, samples / info.rate / info.seconds) if info.seconds else 0.0
        progress(begin + (end - begin) * share, step)
        yield chunk


def filtered(chunks: Iterable[Samples], info: AudioInfo, filters: Sequence[Filter]) -> Iterator[Samples]:
    """The chunks through a chain of libav filters."""
    for frame in filtered_frames(chunks, info, filters):
        yield _samples(frame)


def filtered_frames(chunks: Iterable[Samples], info: AudioInfo, filters: Sequence[Filter]) -> Iterator[AudioFrame]:
    """As :func:`filtered`, as frames with the metadata that filters add."""
    # Some filters change rate or format: the output has the input's.
    ends = ("aformat", f"sample_fmts={_FLOATS}:sample_rates={info.rate}:channel_layouts={info.layout}")
    yield from _through((*filters, ends), chunks, info)


def _through(filters: Iterable[Filter], chunks: Iterable[Samples], info: AudioInfo) -> Iterator[AudioFrame]:
    graph = audio_graph(info.rate, _FLOATS, info.layout, Fraction(1, info.rate), filters)
    at = 0
    for chunk in chunks:
        for start in range(0, chunk.shape[1], _CHUNK):
            piece = np.ascontiguousarray(chunk[:, start : start + _CHUNK], np.float32)
            yield from pushed(graph, _frame(piece, info, at), AudioFrame)
            at += piece.shape[1]
    yield from pushed(graph, None, AudioFrame)


def write_result(
    chunks: Iterable[Samples],
    info: AudioInfo,
    source: Path,
    path: Path,
    *,
    codec: str,
    marks: Marks | None = None,
    keeps_tags: bool = True,
) -> list[Finding]:
    """Write a result with the source's tags, cover and marks, or with these marks; returns findings about losses.

    Args:
        marks: of the samples in ``chunks``, where these are not all of the source's.
    """
    file_format, rate = path.suffix[1:], info.supported_by(codec)[0]
    kept = (read_marks(source) if marks is None else marks).at_rate(rate)
    copier = TagCopier(source, file_format, kept, keeps_tags=keeps_tags)
    write_sound(chunks, info, path, codec=codec, begin=copier.begin)
    if file_format == "wav":
        append_marks(path, kept)
    return [*info.losses(codec, file_format), *copier.findings]


def write_sound(
    chunks: Iterable[Samples],
    info: AudioInfo,
    path: Path,
    *,
    codec: str,
    begin: Callable[[OutputContainer], None] = lambda _: None,
) -> None:
    """Encode the chunks in the format of the path's extension; ``begin`` is called before the first of them."""
    rate, layout = info.supported_by(codec)
    with open_output(path) as container:
        stream = add_sound(
            container, codec, rate, layout, bits=info.bits, min_channels=2, bit_rate=0 if info.bits else info.bit_rate
        )
        begin(container)
        _encode(chunks, info, container, stream)


def _encode(chunks: Iterable[Samples], info: AudioInfo, container: OutputContainer, stream: AudioStream) -> None:
    frames: Iterable[AudioFrame]
    if (stream.rate, stream.layout.name) == (info.rate, info.layout):
        frames = (_frame(chunk, info, 0) for chunk in chunks)
    else:
        # Mixed channels must not clip.
        mixed = ("aresample", f"{stream.rate}:rematrix_maxval=1:ochl={stream.layout.name}")
        frames = _through([mixed], chunks, info)
    # Some encoders require frames of a fixed size.
    resampler = av.AudioResampler(
        stream.format.name, stream.layout.name, stream.rate, frame_size=stream.frame_size or _CHUNK
    )
    at = 0
    for frame in frames:
        frame.pts = at
        at += frame.samples
        for resampled in resampler.resample(frame):
            container.mux(stream.encode(resampled))
    for resampled in resampler.resample(None):
        container.mux(stream.encode(resampled))
    container.mux(stream.encode(None))


def _frame(samples: Samples, info: AudioInfo, at: int) -> AudioFrame:
    packed = np.ascontiguousarray(samples.T, np.float32).reshape(1, -1)
    frame = AudioFrame.from_ndarray(packed, format=_FLOATS, layout=info.layout)
    frame.sample_rate = info.rate
    frame.pts = at
    frame.time_base = Fraction(1, info.rate)
    return frame


def _samples(frame: AudioFrame) -> Samples:
    channels = len(frame.layout.channels)
    return frame.to_ndarray().astype(np.float32, copy=False).reshape(-1, channels).T
