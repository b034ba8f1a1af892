"""Reading, filtering and writing audio as a stream of float samples, in bounded memory."""

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
from ..messages import Finding, Progress, RefusalError
from .audio_codecs import CODECS, LOSSY, add_sound, bits_of, supported_layout, supported_rate, usual_layout
from .mark_reader import read_marks
from .marks import Marks
from .riff_marks import append_marks
from .streams import Filter, audio_graph, audio_stream, decoded, open_media, pushed
from .tags import TagCopier, open_output
from .vorbis import CODEC, retag, write_vorbis

# Channels × samples, −1 to 1.
Samples: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

_CHUNK = 4096
# Packed, because PyAV supports seven planes only, and reads beyond them for an eighth channel.
_FLOATS = "flt"
_USUAL_BITS = 16
# Encoders of lossy formats and codecs that can be written as they were read.
_LOSSY_CODECS = {
    **{("mp3", "mp3"): "libmp3lame", ("m4a", "aac"): "aac"},
    **{("ogg", "opus"): "libopus", ("ogg", "vorbis"): CODEC},
}
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
        is_kept = self.file_format in ("wav", "flac") or (self.file_format, self.codec) in _LOSSY_CODECS
        return self.file_format if is_kept else "flac"

    @property
    def kept_codec(self) -> str:
        """The codec of a result in :attr:`kept_format`."""
        is_pcm = self.kept_format == "wav" and self.codec.startswith("pcm_")
        return self.codec if is_pcm else _LOSSY_CODECS.get((self.file_format, self.codec), CODECS[self.kept_format])

    def codec_for(self, file_format: str) -> str:
        """The codec of a result in this format: a lossy one stays, and WAV keeps more than 16 bits."""
        if file_format == self.file_format and (kept := _LOSSY_CODECS.get((file_format, self.codec))):
            return kept
        is_deep = file_format == "wav" and (self.bits or 0) > _USUAL_BITS
        return "pcm_s24le" if is_deep else CODECS[file_format]

    def supported_by(self, codec: str) -> tuple[int, str]:
        """The nearest rate and layout that the codec supports."""
        return supported_rate(codec, self.rate), supported_layout(codec, self.layout, self.channels)

    def losses(self, codec: str, file_format: str) -> list[Finding]:
        """Findings for what the codec cannot keep."""
        rate, layout = self.supported_by(codec)
        name, found = file_format.upper(), []
        if rate != self.rate:
            message = f"The sound has {rate} Hz now instead of {self.rate}: {name} is not written with those."
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


def resampled(chunks: Iterable[Samples], info: AudioInfo, rate: int) -> Iterator[Samples]:
    """The chunks at another rate, in time to less than a sample."""
    resampler, at = av.AudioResampler(_FLOATS, info.layout, rate), 0
    for chunk in chunks:
        if chunk.shape[1]:
            yield from (_samples(piece) for piece in resampler.resample(_frame(chunk, info, at)))
            at += chunk.shape[1]
    yield from (_samples(piece) for piece in resampler.resample(None))


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
    write_sound(chunks, info, path, codec=codec, copier=copier)
    if file_format == "wav":
        append_marks(path, kept)
    return [*info.losses(codec, file_format), *copier.findings]


def write_sound(
    chunks: Iterable[Samples],
    info: AudioInfo,
    path: Path,
    *,
    codec: str,
    copier: TagCopier | None = None,
) -> None:
    """Encode the chunks in the format of the path's extension, with what ``copier`` copies."""
    rate, layout = info.supported_by(codec)
    if codec == CODEC:
        mixed = (_samples(frame) for frame in _mixed(chunks, info, rate, layout))
        write_vorbis(mixed, path, rate=rate, layout=layout, bit_rate=info.bit_rate)
        retag(path, copier.comments() if copier else {})
        return
    with open_output(path) as container:
        stream = add_sound(
            container, codec, rate, layout, bits=info.bits, min_channels=2, bit_rate=0 if info.bits else info.bit_rate
        )
        if copier is not None:
            copier.begin(container)
        _encode(chunks, info, container, stream)


def _encode(chunks: Iterable[Samples], info: AudioInfo, container: OutputContainer, stream: AudioStream) -> None:
    # Some encoders require frames of a fixed size.
    resampler = av.AudioResampler(
        stream.format.name, stream.layout.name, stream.rate, frame_size=stream.frame_size or _CHUNK
    )
    at = 0
    for frame in _mixed(chunks, info, stream.rate, stream.layout.name):
        frame.pts = at
        at += frame.samples
        for resampled in resampler.resample(frame):
            container.mux(stream.encode(resampled))
    for resampled in resampler.resample(None):
        container.mux(stream.encode(resampled))
    container.mux(stream.encode(None))


def _mixed(chunks: Iterable[Samples], info: AudioInfo, rate: int, layout: str) -> Iterable[AudioFrame]:
    """The chunks at this rate, with these channels."""
    if (rate, layout) == (info.rate, info.layout):
        return (_frame(chunk, info, 0) for chunk in chunks)
    # Mixed channels must not clip.
    return _through([("aresample", f"{rate}:rematrix_maxval=1:ochl={layout}")], chunks, info)


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
