"""A video's audio in a new container: packets are copied where it supports the codec, and re-encoded otherwise."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.stream import Stream

from ...locales import translatable
from ..messages import Finding
from .audio_codecs import add_sound, bits_of, name_of, supported_layout, supported_rate, usual_layout
from .marks import MAX_LABEL, MAX_MARKS, UNNAMED
from .streams import audio_graph, decoded, pushed

# Codecs that players of these containers support. MKV holds any codec that it has a name for.
_SUPPORTED = {"mp4": ("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"), "webm": ("opus", "vorbis")}
_CHAPTER_UNIT = Fraction(1, 1000)
_ENCODERS = {"webm": "libopus", "mp4": "aac", "mov": "aac", "mkv": "flac"}


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """The part to keep, in seconds from the first frame; without ``end``, up to the last one."""

    start: float = 0.0
    end: float | None = None

    def holds(self, seconds: float) -> bool:
        return seconds >= self.start and not self.is_over(seconds)

    def is_over(self, seconds: float) -> bool:
        return self.end is not None and seconds >= self.end


WHOLE = Cut()


def kept_chapters(chapters: Sequence[Any], cut: Cut, target: str) -> tuple[list[Any], int]:
    """The chapters of the part to keep, in order and in libav's form, and how many are lost."""
    kept: list[dict[str, Any]] = []
    for chapter in chapters[:MAX_MARKS]:
        begin, end = (Fraction(chapter[name] * chapter["time_base"]) for name in ("start", "end"))
        first, last = max(begin, Fraction(cut.start)), end if cut.end is None else min(end, Fraction(cut.end))
        if first < last:
            times = {"start": round((first - Fraction(cut.start)) / _CHAPTER_UNIT), "time_base": _CHAPTER_UNIT}
            kept.append(
                {**times, "end": round((last - Fraction(cut.start)) / _CHAPTER_UNIT), "metadata": _titled(chapter)}
            )
    kept.sort(key=lambda chapter: chapter["start"])
    lost = len(chapters) - len(kept)
    if target in ("mp4", "mov") and kept and (first := kept[0]["start"]):
        # The first chapter of an MP4 begins with it.
        kept.insert(0, {"start": 0, "end": first, "time_base": _CHAPTER_UNIT, "metadata": {"title": UNNAMED}})
    return [{**chapter, "id": number} for number, chapter in enumerate(kept, 1)], lost


def _titled(chapter: Any) -> dict[str, str]:
    return {"title": str(chapter["metadata"].get("title", ""))[:MAX_LABEL] or UNNAMED}


def track_tags(sound: Stream) -> dict[str, str]:
    """The tags that distinguish several tracks."""
    return {name: sound.metadata[name] for name in ("language", "title") if name in sound.metadata}


class CopiedSound:
    """Copies the packets, with their timestamps."""

    finding: Finding | None = None

    def __init__(self, sound: AudioStream, cut: Cut) -> None:
        self._sound = sound
        self._cut = cut

    def begin(self, written: OutputContainer) -> None:
        self._written = written
        self._out = written.add_stream_from_template(self._sound)
        self._out.metadata.update(track_tags(self._sound))

    def add(self, packet: "Packet[AudioStream]") -> None:
        if packet.dts is None or packet.pts is None:
            return
        # Encoder priming has timestamps below zero, and belongs to the start.
        if not self._cut.holds(max(0.0, float(packet.pts * packet.time_base))):
            return
        shift = round(self._cut.start / packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = self._out
        self._written.mux(packet)

    def end(self) -> None:
        """Nothing is buffered."""


class EncodedSound:
    """Decodes and encodes each sample at its own time; damaged and missing parts become silence."""

    def __init__(self, sound: AudioStream, cut: Cut, *, encoder: str, container: str) -> None:
        self._cut = cut
        self._encoder = encoder
        self._tags = track_tags(sound)
        codec = sound.codec_context.codec.canonical_name
        self._bits = bits_of(codec, sound.format.name)
        self._rate = supported_rate(encoder, sound.rate)
        self._layout = supported_layout(encoder, usual_layout(sound.layout.name), sound.channels)
        self._graph: Graph | None = None
        before, after = name_of(codec), name_of(encoder.removeprefix("lib"))
        is_mixed = AudioLayout(self._layout).nb_channels != sound.channels
        mixed = translatable(f", mixed into {self._layout}") if is_mixed else ""
        self.finding = Finding(
            code="sound_encoded", message=f"The sound is {after} now{mixed}: {container.upper()} supports no {before}."
        )

    def begin(self, written: OutputContainer) -> None:
        self._written = written
        out = add_sound(written, self._encoder, self._rate, self._layout, bits=self._bits, min_channels=1)
        out.metadata.update(self._tags)
        out.time_base = out.codec_context.time_base = Fraction(1, self._rate)
        self._out = out

    def add(self, packet: "Packet[AudioStream]") -> None:
        for frame in decoded(packet, AudioFrame) or ():
            unit = frame.time_base
            if frame.pts is None or unit is None or not self._cut.holds(float(frame.pts * unit)):
                continue
            frame.pts -= round(self._cut.start / unit)
            if self._graph is None:
                self._graph = self._build_graph(frame)
            self._encode(self._graph, frame)

    def end(self) -> None:
        if self._graph is not None:
            self._encode(self._graph, None)
        self._written.mux(self._out.encode(None))

    def _build_graph(self, frame: AudioFrame) -> Graph:
        """Converts to the encoder's format and frame size, and fills gaps with silence."""
        context = self._out.codec_context
        # Only known once the encoder is open; FLAC and PCM accept frames of any size.
        size = context.frame_size or 4096
        kind = f"sample_fmts={context.format.name}:sample_rates={self._rate}:channel_layouts={self._layout}"
        filters = (("aresample", f"{self._rate}:async=1"), ("aformat", kind), ("asetnsamples", f"n={size}:p=0"))
        assert frame.time_base is not None
        return audio_graph(frame.sample_rate, frame.format.name, frame.layout.name, frame.time_base, filters)

    def _encode(self, graph: Graph, frame: AudioFrame | None) -> None:
        for filtered in pushed(graph, frame, AudioFrame):
            self._written.mux(self._out.encode(filtered))


# ``begin`` is called before the first packet, ``end`` after the last one.
Sound: TypeAlias = CopiedSound | EncodedSound


def sound_for(sound: AudioStream, target: Path, written: OutputContainer, cut: Cut, *, source_format: str) -> Sound:
    """Copies the packets if the target's format supports the codec, and re-encodes them otherwise."""
    wanted = target.suffix[1:]
    codec = sound.codec_context.codec.canonical_name
    if source_format == wanted or codec in _SUPPORTED.get(wanted, written.supported_codecs):
        return CopiedSound(sound, cut)
    return EncodedSound(sound, cut, encoder=_ENCODERS[wanted], container=wanted)
