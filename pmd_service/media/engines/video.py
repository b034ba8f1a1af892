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
from .streams import Filter, decoded, open_media, pushed, require_video_stream, video_graph
from .tags import kept_tags, left_tags, written
from .video_audio import WHOLE, Cut, Sound, sound_for
from .video_plan import Codec, plan_for

# Containers whose sound can be copied into the same one; of the others, Matroska takes whatever there is.
_SAME = ("mp4", "mov", "webm", "mkv")


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
    """Every picture through the filters at its own time, upright; the sounds as they are where the target takes them.

    Returns:
        what the owner should know of the result.

    Raises:
        RefusalError: there is no video in it.
    """
    source_format = require_video(source)
    codec: Codec = "vp9" if target.suffix == ".webm" else "h264"
    with open_media(source) as read, written(target) as made:
        film = _Film(read, made, filters, cut, codec)
        film.sounds = {
            heard.index: sound_for(heard, target, made, cut, source_format=source_format) for heard in film.heard
        }
        film.transcode(progress, step)
        return film.findings


class _Film:
    def __init__(
        self, read: InputContainer, made: OutputContainer, filters: Sequence[Filter], cut: Cut, codec: Codec
    ) -> None:
        self._read = read
        self._made = made
        self._video = require_video_stream(read)
        self._unit = self._video.time_base or Fraction(1, 1000)
        self.heard = read.streams.audio
        self.sounds: dict[int, Sound] = {}
        self._filters = filters
        self._cut = cut
        self._codec = codec
        self._graph: Graph | None = None
        self._out: VideoStream | None = None
        # Sound that comes before the first picture waits for the file's header, which needs the picture's size.
        self._waiting: list[Packet[AudioStream]] = []
        self._first: int | None = None
        self._last: int | None = None
        self._pictures = 0
        # What plays at the end of the cut, picture and sounds, is over.
        self._ended: set[int] = set()
        self._seconds = (read.duration or 0) / av.time_base
        made.metadata.update(kept_tags(read.metadata))
        self.findings = [*left_tags({**read.metadata, **self._video.metadata}), *self._left_tracks()]

    def _left_tracks(self) -> list[Finding]:
        left = len(self._read.streams) - len(self.heard) - 1
        message = f"{left} more tracks (subtitles, covers, data) stay with the original."
        return [Finding("tracks_left", message)] if left else []

    def transcode(self, progress: Progress, step: str) -> None:
        streams = [self._video, *self.heard]
        self._seek()
        for packet in self._read.demux(streams):
            if packet.stream.type == "audio":
                self._take_sound(cast("Packet[AudioStream]", packet))
            else:
                for frame in decoded(packet, VideoFrame) or ():
                    self._take(frame)
                    progress(self._share(frame) * 98, step)
            if len(self._ended) == len(streams):
                break
        if not self._pictures:
            raise RefusalError("broken", "Not one picture of this video can be decoded.")
        if self._graph is not None:
            self._encode(self._graph, None)
        if self._out is None:
            raise RefusalError("bad_trim", "There is no picture in the part to keep.")
        self._made.mux(self._out.encode(None))
        for sound in self.sounds.values():
            sound.end()
        self.findings += [sound.finding for sound in self.sounds.values() if sound.finding is not None]

    def _seek(self) -> None:
        """To the last keyframe before what is kept: a second of an hour costs a second."""
        begin = self._video.start_time
        if self._cut.start and begin is not None:
            self._first = begin
            try:
                self._read.seek(begin + int(self._cut.start / self._unit), stream=self._video)
            except av.FFmpegError:
                self._read.seek(0)

    def _share(self, frame: VideoFrame) -> float:
        """How much of what is kept has been taken."""
        end = self._cut.end or self._seconds
        length = end - self._cut.start
        at = float(((frame.pts or 0) - (self._first or 0)) * self._unit) - self._cut.start
        return min(1.0, max(0.0, at / length)) if length > 0 else 0.0

    def _take(self, frame: VideoFrame) -> None:
        at = frame.pts = self._time_of(frame)
        if self._first is None:
            self._first = at
        self._last = at
        self._pictures += 1
        seconds = float((at - self._first) * self._unit)
        if self._cut.is_over(seconds):
            self._ended.add(self._video.index)
        if not self._cut.holds(seconds):
            return
        if self._graph is None:
            self._plan = plan_for(self._video, frame, self._codec)
            self.findings += self._plan.findings
            filters = (*self._plan.before, *self._filters, *self._plan.behind)
            self._graph = video_graph(self._video, filters)
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
            self._made.mux(self._out.encode(frame))

    def _begin(self, frame: VideoFrame) -> VideoStream:
        options = dict(self._plan.options)
        out = self._made.add_stream(self._plan.encoder, rate=self._video.average_rate or 25, options=options)
        assert isinstance(out, VideoStream)
        out.width, out.height = frame.width, frame.height
        out.codec_context.thread_count = 1
        # Times are told in the source's own units, so that each comes out as it went in.
        out.time_base = out.codec_context.time_base = self._unit
        self._plan.tell(out.codec_context, self._video.codec_context)
        for sound in self.sounds.values():
            sound.begin(self._made)
        try:
            self._made.start_encoding()
        except av.FFmpegError as error:
            message = "The sound of this video is of a kind that has no place in a new file."
            raise RefusalError("sound_not_kept", message) from error
        for packet in self._waiting:
            self.sounds[packet.stream.index].take(packet)
        return out

    def _take_sound(self, packet: "Packet[AudioStream]") -> None:
        if packet.pts is not None and self._cut.is_over(float(packet.pts * packet.time_base)):
            self._ended.add(packet.stream.index)
        if self._out is None:
            self._waiting.append(packet)
        else:
            self.sounds[packet.stream.index].take(packet)
