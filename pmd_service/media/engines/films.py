"""Video as engines take and give it: pictures through libav's filters, at their own times."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..content import content_of
from ..messages import Finding, Progress, RefusalError
from .film_sound import WHOLE, Cut, Sound, sound_for
from .streams import Filter, decoded, open_media, pushed, required_video, sound_of, video_graph

# Containers whose sound can be copied into the same one; of the others, Matroska takes whatever there is.
_SAME = ("mp4", "mov", "webm", "mkv")
_CODECS = {
    "webm": ("libvpx-vp9", {"crf": "24", "b": "0", "deadline": "realtime", "cpu-used": "5", "row-mt": "0"}),
    "*": ("libx264", {"crf": "18", "preset": "veryfast"}),
}
_COLOUR_TAGS = ("color_range", "colorspace", "color_primaries", "color_trc")
# libav tells turns counter-clockwise.
_TURNS: dict[int, list[Filter]] = {
    0: [],
    90: [("transpose", "cclock")],
    180: [("hflip", None), ("vflip", None)],
    270: [("transpose", "clock")],
}


def require_video(path: Path) -> str:
    """The format of the file.

    Raises:
        RefusalError: there is no video in it.
    """
    content = content_of(path)
    if content.type != "video":
        raise RefusalError("not_a_video", "This can be done with videos only.")
    return content.file_format


def kept_format(file_format: str) -> str:
    """The format of a result that keeps the sound's packets as they are."""
    return file_format if file_format in _SAME else "mkv"


def transcode(
    source: Path, target: Path, filters: Sequence[Filter], progress: Progress, *, step: str, cut: Cut = WHOLE
) -> list[Finding]:
    """Every picture through the filters at its own time, upright; the sound as it is wherever the target takes it.

    Returns:
        what the owner should know of the result.

    Raises:
        RefusalError: there is no video in it.
    """
    source_format = require_video(source)
    options = {"movflags": "+faststart"} if target.suffix in (".mp4", ".mov") else {}
    with open_media(source) as read, av.open(str(target), "w", options=options) as written:
        film = _Film(read, written, filters, cut)
        if film.heard is not None:
            film.sound = sound_for(film.heard, target, written, cut, source_format=source_format)
        film.transcode(progress, step)
    return [film.sound.finding] if film.sound is not None and film.sound.finding is not None else []


class _Film:
    def __init__(self, read: InputContainer, written: OutputContainer, filters: Sequence[Filter], cut: Cut) -> None:
        self._read = read
        self._written = written
        self._video = required_video(read)
        self._unit = self._video.time_base or Fraction(1, 1000)
        self.heard = sound_of(read)
        self.sound: Sound | None = None
        self._filters = filters
        self._cut = cut
        self._graph: Graph | None = None
        self._out: VideoStream | None = None
        # Sound that comes before the first picture waits for the file's header, which needs the picture's size.
        self._waiting: list[Packet[AudioStream]] = []
        self._first: int | None = None
        self._last: int | None = None
        self._pictures = 0

    def transcode(self, progress: Progress, step: str) -> None:
        streams = [stream for stream in (self._video, self.heard) if stream is not None]
        expected = self._video.frames or 0
        for packet in self._read.demux(streams):
            if packet.stream is self.heard:
                self._take_sound(cast("Packet[AudioStream]", packet))
                continue
            for frame in decoded(packet, VideoFrame) or ():
                self._take(frame)
                if expected:
                    progress(min(98.0, 98 * self._pictures / expected), step)
        if self._graph is None:
            raise RefusalError("broken", "Not one picture of this video can be decoded.")
        self._encode(self._graph, None)
        assert self._out is not None
        self._written.mux(self._out.encode(None))
        if self.sound is not None:
            self.sound.end()

    def _take(self, frame: VideoFrame) -> None:
        at = frame.pts = self._time_of(frame)
        if self._first is None:
            self._first = at
        self._last = at
        self._pictures += 1
        seconds = float((at - self._first) * self._unit)
        if not self._cut.holds(seconds):
            return
        if self._graph is None:
            even = ("crop", "trunc(iw/2)*2:trunc(ih/2)*2:0:0")
            upright = _TURNS.get(frame.rotation % 360, [])
            self._graph = video_graph(self._video, (*upright, *self._filters, even, ("format", "yuv420p")))
        self._encode(self._graph, frame)

    def _time_of(self, frame: VideoFrame) -> int:
        """The picture's time, which only ever grows. AVI has none: its pictures come evenly."""
        if self._read.format.name == "avi" and self._video.average_rate:
            return round(self._pictures / self._video.average_rate / self._unit)
        if frame.pts is None or (self._last is not None and frame.pts <= self._last):
            return 0 if self._last is None else self._last + 1
        return frame.pts

    def _encode(self, graph: Graph, picture: VideoFrame | None) -> None:
        for frame in pushed(graph, picture, VideoFrame):
            if self._out is None:
                self._out = self._begin(frame)
            # The encoder chooses its own kinds of pictures, not the source's.
            frame.pict_type = 0
            if self._cut.start and frame.pts is not None:
                frame.pts -= round(self._cut.start / self._unit)
            self._written.mux(self._out.encode(frame))

    def _begin(self, frame: VideoFrame) -> VideoStream:
        target = self._written.format.name
        codec, options = _CODECS["webm" if "webm" in target else "*"]
        out = self._written.add_stream(codec, rate=self._video.average_rate or 25, options=options)
        assert isinstance(out, VideoStream)
        out.width, out.height, out.pix_fmt = frame.width, frame.height, "yuv420p"
        out.codec_context.thread_count = 1
        # Times are told in the source's own units, so that each comes out as it went in.
        out.time_base = out.codec_context.time_base = self._unit
        for tag in _COLOUR_TAGS:
            setattr(out.codec_context, tag, getattr(self._video.codec_context, tag))
        if self.sound is not None:
            self.sound.begin(self._written)
        try:
            self._written.start_encoding()
        except av.FFmpegError as error:
            message = "The sound of this video is of a kind that has no place in a new file."
            raise RefusalError("sound_not_kept", message) from error
        if self.sound is not None:
            for packet in self._waiting:
                self.sound.take(packet)
        return out

    def _take_sound(self, packet: "Packet[AudioStream]") -> None:
        if self._out is None:
            self._waiting.append(packet)
        elif self.sound is not None:
            self.sound.take(packet)
