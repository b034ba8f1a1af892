"""Sound and video into a new container, packet by packet, and nothing but what is heard and seen."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import av
from av.audio.codeccontext import AudioCodecContext
from av.packet import Packet

from .streams import audio_stream, open_media, video_stream

# Nothing of when and with what it was written.
_SILENT = {"fflags": "+bitexact"}
_OPTIONS = {".mp3": {"id3v2_version": "0", "write_id3v1": "0"}, ".mp4": {"movflags": "+faststart"}}
_START_CODE = b"\0\0\1"
# What encoders and cameras write between pictures: SEI, of it the kind without a meaning of its own.
_UNREGISTERED = 5
# By bits of a frame's header: kbit/s of layer III of MPEG-1, and of MPEG-2 and 2.5; samples a second of MPEG-1.
_RATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
)
_SAMPLE_RATES = (44_100, 48_000, 32_000, 0)

Exact: TypeAlias = Callable[[bytes], bytes]


def remux(source: Path, target: Path) -> None:
    """The first sound and picture, as they are.

    Covers, subtitles, chapters, tags and tracks of places stay behind, and what stands behind a packet's own end.
    """
    options = _SILENT | _OPTIONS.get(target.suffix, {})
    with open_media(source) as read, av.open(str(target), "w", options=options) as written:
        streams = [stream for stream in (video_stream(read), audio_stream(read)) if stream is not None]
        copies = {stream.index: written.add_stream_from_template(stream) for stream in streams}
        exact = {stream.index: _exact_of(stream) for stream in streams}
        for copy in copies.values():
            copy.metadata.clear()
        for packet in read.demux(streams):
            if packet.size == 0:
                continue  # the demuxer's word for the end
            index = packet.stream.index
            if (kept := _kept(packet, exact[index])) is not None:
                kept.stream = copies[index]
                written.mux(kept)


def _kept(packet: "Packet[Any]", exact: Exact | None) -> "Packet[Any] | None":
    if exact is None:
        return packet
    before = bytes(packet)
    content = exact(before)
    if content == before or not content:
        return packet if content else None
    copy: Packet[Any] = Packet(content)
    copy.pts, copy.dts, copy.duration, copy.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    copy.is_keyframe = packet.is_keyframe
    return copy


def _exact_of(stream: Any) -> Exact | None:
    name, extradata = stream.codec_context.name, stream.codec_context.extradata or b""
    if name in ("mp3", "mp3float"):
        return _mp3
    if name == "flac":
        return _Flac(extradata).exact
    if name not in _UNITS:
        return None
    units = _UNITS[name]
    if extradata[:1] == b"\1":
        return lambda packet: _without_talk(packet, units, extradata[units.length_at] % 4 + 1)
    return lambda packet: _START_CODE.join([b"", *(unit for unit in _units(packet) if not units.talks(unit))])


class _Units(NamedTuple):
    """The units in a codec's packets: where one says its kind, and where a file says how long their lengths are."""

    shift: int
    mask: int
    kinds: tuple[int, ...]
    header_bytes: int
    length_at: int

    def talks(self, unit: bytes) -> bool:
        """Whether it has a message for nobody who plays it."""
        if not unit or unit[0] >> self.shift & self.mask not in self.kinds:
            return False
        messages, at = unit[self.header_bytes :].replace(b"\0\0\3", b"\0\0"), 0
        while at + 2 < len(messages):
            kind, at = _number(messages, at)
            size, at = _number(messages, at)
            if kind == _UNREGISTERED:
                return True
            at += size
        return False


_UNITS = {"h264": _Units(0, 0x1F, (6,), 1, 4), "hevc": _Units(1, 0x3F, (39, 40), 2, 21)}


def _number(messages: bytes, at: int) -> tuple[int, int]:
    """A number in bytes that are added up until one is not 255, and where it ends."""
    total = 0
    while at < len(messages):
        total += messages[at]
        at += 1
        if messages[at - 1] != 0xFF:
            break
    return total, at


def _without_talk(packet: bytes, units: _Units, length_bytes: int) -> bytes:
    """Each unit has its length in front."""
    kept, at = [], 0
    while at + length_bytes <= len(packet):
        end = at + length_bytes + int.from_bytes(packet[at : at + length_bytes], "big")
        if not units.talks(packet[at + length_bytes : end]):
            kept.append(packet[at:end])
        at = end
    return b"".join(kept)


def _units(packet: bytes) -> Iterator[bytes]:
    # Zeros before a start code belong to it.
    for unit in packet.split(_START_CODE)[1:]:
        yield unit.rstrip(b"\0")


def _mp3(packet: bytes) -> bytes:
    """A frame of layer III is as long as its header says; of other layers, and without a header, nothing is known."""
    if len(packet) < 4 or packet[0] != 0xFF or packet[1] & 0xE0 != 0xE0:
        return b""
    version, layer = packet[1] >> 3 & 3, packet[1] >> 1 & 3
    if layer != 1:
        return packet
    is_first = version == 3
    rate = _SAMPLE_RATES[packet[2] >> 2 & 3] >> {3: 0, 2: 1}.get(version, 2)
    bits = _RATES[0 if is_first else 1][packet[2] >> 4] * 1000
    return packet[: (144 if is_first else 72) * bits // rate + (packet[2] >> 1 & 1)] if rate and bits else packet


class _Flac:
    """A frame does not say how long it is: it is as short as it can be and still be decoded."""

    def __init__(self, extradata: bytes) -> None:
        self._extradata = extradata

    def exact(self, packet: bytes) -> bytes:
        if not self._decodes(packet[:-1]):
            return packet
        low, high = 0, len(packet) - 1
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._decodes(packet[:middle]) else (middle, high)
        return packet[:high]

    def _decodes(self, packet: bytes) -> bool:
        decoder = av.CodecContext.create("flac", "r")
        assert isinstance(decoder, AudioCodecContext)
        decoder.extradata = self._extradata
        try:
            return bool(decoder.decode(Packet(packet)))
        except av.FFmpegError:
            return False
