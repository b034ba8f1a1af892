"""A video's sound on its way into a new file: its packets as they are, or encoded anew where others are taken there."""

from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import msgspec
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.packet import Packet

from ..messages import Finding
from .audio_codecs import add_sound, bits_of, layout_taken, name_of, rate_taken, usual_layout
from .streams import audio_graph, decoded, pushed

# What players of these take; each takes what came in a file of its own kind, and MKV whatever it has a name for.
_HELD = {"mp4": ("aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"), "webm": ("opus", "vorbis")}
# Where nothing need be lost, nothing is.
_ENCODERS = {"webm": "libopus", "mp4": "aac", "mov": "aac", "mkv": "flac"}


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """Which part to keep, in seconds from the first picture; ``end`` None is to the last."""

    start: float = 0.0
    end: float | None = None

    def holds(self, seconds: float) -> bool:
        return seconds >= self.start and not self.is_over(seconds)

    def is_over(self, seconds: float) -> bool:
        return self.end is not None and seconds >= self.end


WHOLE = Cut()


def _named(sound: AudioStream) -> dict[str, str]:
    """What tells several tracks apart."""
    return {name: sound.metadata[name] for name in ("language", "title") if name in sound.metadata}


class CopiedSound:
    """The packets untouched, at their own times."""

    finding: Finding | None = None

    def __init__(self, sound: AudioStream, cut: Cut) -> None:
        self._sound = sound
        self._cut = cut

    def begin(self, written: OutputContainer) -> None:
        self._written = written
        self._out = written.add_stream_from_template(self._sound)
        self._out.metadata.update(_named(self._sound))

    def take(self, packet: "Packet[AudioStream]") -> None:
        if packet.dts is None or packet.pts is None:
            return
        # Encoders' priming has times below zero, and belongs to an uncut file.
        if not self._cut.holds(max(0.0, float(packet.pts * packet.time_base))):
            return
        shift = round(self._cut.start / packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = self._out
        self._written.mux(packet)

    def end(self) -> None:
        """All packets have been written."""


class EncodedSound:
    """Every sample decoded and encoded again at its own time; what is damaged or missing is silent."""

    def __init__(self, sound: AudioStream, cut: Cut, *, encoder: str, container: str) -> None:
        self._cut = cut
        self._encoder = encoder
        self._names = _named(sound)
        codec = sound.codec_context.codec.canonical_name
        self._bits = bits_of(codec, sound.format.name)
        self._rate = rate_taken(encoder, sound.rate)
        self._layout = layout_taken(encoder, usual_layout(sound.layout.name), sound.channels)
        self._graph: Graph | None = None
        before, after = name_of(codec), name_of(encoder.removeprefix("lib"))
        mixed = "" if AudioLayout(self._layout).nb_channels == sound.channels else f", mixed into {self._layout}"
        self.finding = Finding(
            code="sound_encoded", message=f"The sound is {after} now{mixed}: {container.upper()} takes no {before}."
        )

    def begin(self, written: OutputContainer) -> None:
        self._written = written
        out = add_sound(written, self._encoder, self._rate, self._layout, bits=self._bits, least_channels=1)
        out.metadata.update(self._names)
        out.time_base = out.codec_context.time_base = Fraction(1, self._rate)
        self._out = out

    def take(self, packet: "Packet[AudioStream]") -> None:
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
        """Frames of the encoder's own kind and size; gaps in the times are filled with silence."""
        context = self._out.codec_context
        # Only now does an encoder say how many samples it takes at a time; FLAC and PCM take any number.
        size = context.frame_size or 4096
        kind = f"sample_fmts={context.format.name}:sample_rates={self._rate}:channel_layouts={self._layout}"
        filters = (("aresample", f"{self._rate}:async=1"), ("aformat", kind), ("asetnsamples", f"n={size}:p=0"))
        assert frame.time_base is not None
        return audio_graph(frame.sample_rate, frame.format.name, frame.layout.name, frame.time_base, filters)

    def _encode(self, graph: Graph, frame: AudioFrame | None) -> None:
        for filtered in pushed(graph, frame, AudioFrame):
            self._written.mux(self._out.encode(filtered))


# ``begin`` comes before the first packet, ``end`` after the last one; ``finding`` is what the owner should know.
Sound: TypeAlias = CopiedSound | EncodedSound


def sound_for(sound: AudioStream, target: Path, written: OutputContainer, cut: Cut, *, source_format: str) -> Sound:
    """The sound as it is where the target takes it, and otherwise encoded anew."""
    wanted = target.suffix[1:]
    codec = sound.codec_context.codec.canonical_name
    if source_format == wanted or codec in _HELD.get(wanted, written.supported_codecs):
        return CopiedSound(sound, cut)
    return EncodedSound(sound, cut, encoder=_ENCODERS[wanted], container=wanted)
