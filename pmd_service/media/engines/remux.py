"""Remuxing audio and video into a new container, packet by packet, without anything that is not played."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import av
from av.audio.codeccontext import AudioCodecContext
from av.packet import Packet

from ..messages import RefusalError
from .streams import audio_stream, open_media, video_stream

# No dates and versions of the writer.
_BITEXACT = {"fflags": "+bitexact"}
_OPTIONS = {".mp3": {"id3v2_version": "0", "write_id3v1": "0"}, ".mp4": {"movflags": "+faststart"}}
_START_CODE = b"\0\0\1"
# The SEI message type in which encoders and cameras write free text between frames.
_USER_DATA_UNREGISTERED = 5
# Cuts a packet to what is decoded.
Trim: TypeAlias = Callable[[bytes], bytes]


def remux(source: Path, target: Path) -> None:
    """Copy the first audio and video stream without re-encoding.

    Cover, subtitles, chapters, tags and location tracks are dropped, and whatever is hidden in packets.
    """
    options = _BITEXACT | _OPTIONS.get(target.suffix, {})
    with open_media(source) as read, av.open(str(target), "w", options=options) as written:
        streams = [stream for stream in (video_stream(read), audio_stream(read)) if stream is not None]
        if not streams:
            raise RefusalError("broken", "This file has no sound and no picture that can be read.")
        copies = {stream.index: written.add_stream_from_template(stream) for stream in streams}
        trims = {stream.index: _trim_for(stream) for stream in streams}
        for copy in copies.values():
            copy.metadata.clear()
        for packet in read.demux(streams):
            index = packet.stream.index
            if packet.size == 0 or index not in copies:
                continue  # the demuxer's end marker, or a stream that it has found since
            if (kept := _trimmed(packet, trims[index])) is not None:
                kept.stream = copies[index]
                written.mux(kept)


def _trimmed(packet: "Packet[Any]", trim: Trim | None) -> "Packet[Any] | None":
    if trim is None:
        return packet
    before = bytes(packet)
    content = trim(before)
    if content == before or not content:
        return packet if content else None
    copy: Packet[Any] = Packet(content)
    copy.pts, copy.dts, copy.duration, copy.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    copy.is_keyframe = packet.is_keyframe
    return copy


def _trim_for(stream: Any) -> Trim | None:
    name, extradata = stream.codec_context.name, stream.codec_context.extradata or b""
    if name in ("mp3", "mp3float"):
        return _mp3
    if name == "flac":
        return _Flac(extradata).trim
    if name not in _NAL_UNITS:
        return None
    units = _NAL_UNITS[name]
    if extradata[:1] == b"\1":
        return lambda packet: _without_user_data(packet, units, extradata[units.length_at] % 4 + 1)
    return lambda packet: _START_CODE.join([b"", *(unit for unit in _annex_b(packet) if not units.is_user_data(unit))])


class _NalUnits(NamedTuple):
    """A codec's NAL units: where the type is, which types are SEI, and where extradata has the size of lengths."""

    shift: int
    mask: int
    sei_types: tuple[int, ...]
    header_bytes: int
    length_at: int

    def is_user_data(self, unit: bytes) -> bool:
        """Whether it is SEI with unregistered user data."""
        if not unit or unit[0] >> self.shift & self.mask not in self.sei_types:
            return False
        messages, at = unit[self.header_bytes :].replace(b"\0\0\3", b"\0\0"), 0
        while at + 2 < len(messages):
            kind, at = _sei_number(messages, at)
            size, at = _sei_number(messages, at)
            if kind == _USER_DATA_UNREGISTERED:
                return True
            at += size
        return False


_NAL_UNITS = {"h264": _NalUnits(0, 0x1F, (6,), 1, 4), "hevc": _NalUnits(1, 0x3F, (39, 40), 2, 21)}


def _sei_number(messages: bytes, at: int) -> tuple[int, int]:
    """A number as a sum of bytes up to the first below 255, and the position after it."""
    total = 0
    while at < len(messages):
        total += messages[at]
        at += 1
        if messages[at - 1] != 0xFF:
            break
    return total, at


def _without_user_data(packet: bytes, units: _NalUnits, length_bytes: int) -> bytes:
    """Of units that are each preceded by their length."""
    kept, at = [], 0
    while at + length_bytes <= len(packet):
        end = at + length_bytes + int.from_bytes(packet[at : at + length_bytes], "big")
        if not units.is_user_data(packet[at + length_bytes : end]):
            kept.append(packet[at:end])
        at = end
    return b"".join(kept)


def _annex_b(packet: bytes) -> Iterator[bytes]:
    """The units between start codes, without the zeros that belong to the next code."""
    for unit in packet.split(_START_CODE)[1:]:
        yield unit.rstrip(b"\0")


def _mp3(packet: bytes) -> bytes:
    """The packet's frame without trailing data; nothing if it does not begin with a frame."""
    if len(packet) < 4 or packet[0] != 0xFF or packet[1] < 0xE0:
        return b""
    frames = av.CodecContext.create("mp3", "r").parse(packet)
    return bytes(frames[0]) if frames else packet


class _Flac:
    """A FLAC frame has no length: the shortest prefix that can be decoded is found by bisection."""

    def __init__(self, extradata: bytes) -> None:
        self._extradata = extradata

    def trim(self, packet: bytes) -> bytes:
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
