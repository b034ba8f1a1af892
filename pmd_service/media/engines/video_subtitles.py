"""A film's subtitles in a new container: packets are copied, and plain texts are converted between MKV and MP4."""

import re
from fractions import Fraction
from typing import Any

from av.container import OutputContainer
from av.packet import Packet

from .video_audio import Cut, track_tags

# Subtitle codecs by container; MKV holds any.
_SUPPORTED = {"mp4": ("mov_text",), "mov": ("mov_text",), "webm": ("webvtt",)}
_PLAIN = {"mkv": "subrip", "mp4": "mov_text", "mov": "mov_text"}
_UNIT = Fraction(1, 1000)
_MARKUP = re.compile(r"</?[a-z][^>]*>|\{\\[^}]*\}", re.IGNORECASE)


class Subtitles:
    """One track, moved by the cut; ``begin`` and ``add`` as a sound's."""

    def __init__(self, stream: Any, cut: Cut, *, codec: str, wanted: str) -> None:
        self._stream = stream
        self._cut = cut
        self._codec = codec
        self._wanted = wanted

    def begin(self, written: OutputContainer) -> None:
        self._written = written
        if self._codec == self._wanted:
            self._out: Any = written.add_stream_from_template(self._stream)
        else:
            self._out = written.add_mux_stream(self._wanted, time_base=_UNIT)
        self._out.metadata.update(track_tags(self._stream))

    def add(self, packet: "Packet[Any]") -> None:
        if packet.pts is None or not packet.size:
            return
        begin = packet.pts * packet.time_base
        end = begin + (packet.duration or 0) * packet.time_base
        if end <= self._cut.start or self._cut.is_over(float(begin)):
            return
        content = bytes(packet) if self._codec == self._wanted else self._converted(bytes(packet))
        if not content:
            return
        first = max(begin - Fraction(self._cut.start), Fraction(0))
        last = end - Fraction(self._cut.start)
        if self._cut.end is not None:
            last = min(last, Fraction(self._cut.end) - Fraction(self._cut.start))
        moved: Packet[Any] = Packet(content)
        moved.stream, moved.time_base, moved.is_keyframe = self._out, _UNIT, True
        moved.pts = moved.dts = round(first / _UNIT)
        moved.duration = max(0, round((last - first) / _UNIT))
        self._written.mux(moved)

    def _converted(self, content: bytes) -> bytes:
        """Plain text; a sample of MP4 begins with its length, and styles may follow."""
        if self._codec == "mov_text":
            return content[2 : 2 + int.from_bytes(content[:2], "big")]
        text = _MARKUP.sub("", content.decode(errors="replace")).strip().encode()[:0xFFFF]
        return len(text).to_bytes(2, "big") + text if text else b""


def subtitles_for(stream: Any, cut: Cut, *, wanted: str) -> Subtitles | None:
    """None if the target's format holds no such subtitles."""
    if stream.codec_context is None:
        return None
    codec = stream.codec_context.codec.canonical_name
    if codec in _SUPPORTED.get(wanted, (codec,)) and (codec != "mov_text" or wanted != "mkv"):
        return Subtitles(stream, cut, codec=codec, wanted=codec)
    plain = _PLAIN.get(wanted)
    if plain is not None and codec in _PLAIN.values():
        return Subtitles(stream, cut, codec=codec, wanted=plain)
    return None
