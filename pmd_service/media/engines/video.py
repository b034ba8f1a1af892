"""Transcoding video through libav filters, keeping each frame's timestamp."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..content import content_of
from ..messages import Finding, Progress, RefusalError
from .streams import Filter, decoded, left_tracks, open_media, pushed, require_video_stream, video_graph
from .tags import dropped_tags, kept_tags, open_output
from .video_audio import WHOLE, Cut, Sound, kept_chapters, sound_for
from .video_plan import Codec, codec_for, plan_for
from .video_subtitles import Subtitles, subtitles_for

# Containers that are written here; for others, Matroska holds any audio codec.
_KEPT = ("mp4", "mov", "webm", "mkv")


def require_video(path: Path) -> str:
    """The file's format.

    Raises:
        RefusalError: it is no video.
    """
    content = content_of(path)
    if content.type != "video":
        raise RefusalError("not_a_video", "This can be done with videos only.")
    return content.file_format


def kept_format(file_format: str) -> str:
    """The format of a result into which audio packets can be copied."""
    return file_format if file_format in _KEPT else "mkv"


def transcode(
    source: Path,
    target: Path,
    filters: Sequence[Filter],
    progress: Progress,
    *,
    step: str,
    cut: Cut = WHOLE,
    quality: int | None = None,
    keeps_tags: bool = True,
) -> list[Finding]:
    """Filter and encode the frames, rotated upright; copy the audio where the target's format allows it.

    Args:
        quality: of the pictures, 1 to 100; without it hardly anything is seen to be lost.

    Returns:
        Findings about losses.

    Raises:
        RefusalError: there is no video, or no frame of it in the part to keep.
    """
    source_format = require_video(source)
    with open_media(source) as read, open_output(target) as made:
        wanted = target.suffix[1:]
        codec = codec_for(wanted, require_video_stream(read).codec_context.codec.canonical_name)
        transcoder = _Transcoder(read, made, filters, cut, codec, target=wanted, quality=quality)
        if keeps_tags:
            made.metadata.update(kept_tags(read.metadata))
            transcoder.findings += dropped_tags({**read.metadata, **transcoder.video.metadata})
        transcoder.sounds = {
            sound.index: sound_for(sound, target, made, cut, source_format=source_format)
            for sound in read.streams.audio
        }
        for stream in read.streams.subtitles:
            if (subtitles := subtitles_for(stream, cut, wanted=wanted)) is not None:
                transcoder.subtitles[stream.index] = subtitles
        transcoder.run(progress, step)
        return transcoder.findings


class _Transcoder:
    def __init__(
        self,
        read: InputContainer,
        made: OutputContainer,
        filters: Sequence[Filter],
        cut: Cut,
        codec: Codec,
        *,
        target: str,
        quality: int | None,
    ) -> None:
        self._read = read
        self._made = made
        self.video = require_video_stream(read)
        self._unit = self.video.time_base or Fraction(1, 1000)
        self.sounds: dict[int, Sound] = {}
        self.subtitles: dict[int, Subtitles] = {}
        self._filters = filters
        self._cut = cut
        self._codec = codec
        self._quality = quality
        self._graph: Graph | None = None
        self._out: VideoStream | None = None
        # Sound and subtitles before the first frame wait for the file's header, which needs the frame's size.
        self._waiting: list[Packet[Any]] = []
        self._first: int | None = None
        self._last: int | None = None
        self._frames = 0
        # Streams that have reached the end of the part to keep.
        self._ended: set[int] = set()
        self._seconds = (read.duration or 0) / av.time_base
        self.findings: list[Finding] = []
        chapters, left = kept_chapters(read.chapters(), cut, target)
        made.set_chapters(chapters)
        if left:
            self.findings.append(Finding("marks_cut", f"{left} of its chapters were cut off, or cannot be read."))

    def run(self, progress: Progress, step: str) -> None:
        timed = [self.video, *self._read.streams.audio]
        self.findings += left_tracks(self._read, len(timed) + len(self.subtitles))
        self._seek()
        for packet in self._read.demux([*timed, *(self._read.streams[index] for index in self.subtitles)]):
            if packet.stream.type == "audio":
                self._add_audio(cast("Packet[AudioStream]", packet))
            elif packet.stream.type == "subtitle":
                self._add_subtitles(packet)
            else:
                for frame in decoded(packet, VideoFrame) or ():
                    self._add_frame(frame)
                    progress(self._share(frame) * 98, step)
            if len(self._ended) == len(timed):
                break
        if not self._frames:
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
        """Seek to the last keyframe before the part to keep, so that a short part of a long video costs little."""
        begin = self.video.start_time
        if self._cut.start and begin is not None:
            self._first = begin
            try:
                self._read.seek(begin + int(self._cut.start / self._unit), stream=self.video)
            except av.FFmpegError:
                self._read.seek(0)

    def _share(self, frame: VideoFrame) -> float:
        """How much of the part to keep has been processed."""
        end = self._cut.end or self._seconds
        length = end - self._cut.start
        at = float(((frame.pts or 0) - (self._first or 0)) * self._unit) - self._cut.start
        return min(1.0, max(0.0, at / length)) if length > 0 else 0.0

    def _add_frame(self, frame: VideoFrame) -> None:
        at = frame.pts = self._time_of(frame)
        if self._first is None:
            self._first = at
        self._last = at
        self._frames += 1
        seconds = float((at - self._first) * self._unit)
        if self._cut.is_over(seconds):
            self._ended.add(self.video.index)
        if not self._cut.holds(seconds):
            return
        if self._graph is None:
            self._plan = plan_for(self.video, frame, self._codec, self._quality)
            self.findings += self._plan.findings
            filters = (*self._plan.before, *self._filters, *self._plan.after)
            self._graph = video_graph(self.video, filters)
        self._encode(self._graph, frame)

    def _time_of(self, frame: VideoFrame) -> int:
        """The frame's timestamp, strictly increasing. AVI has none: its frame rate is constant."""
        if self._read.format.name == "avi" and self.video.average_rate:
            return round(self._frames / self.video.average_rate / self._unit)
        if frame.pts is None or (self._last is not None and frame.pts <= self._last):
            return 0 if self._last is None else self._last + 1
        return frame.pts

    def _encode(self, graph: Graph, source: VideoFrame | None) -> None:
        for frame in pushed(graph, source, VideoFrame):
            if self._out is None:
                self._out = self._begin(frame)
            # The encoder chooses its own frame types, not the source's.
            frame.pict_type = 0
            if self._cut.start and frame.pts is not None:
                frame.pts -= round(self._cut.start / self._unit)
            self._made.mux(self._out.encode(frame))

    def _begin(self, frame: VideoFrame) -> VideoStream:
        options = dict(self._plan.options)
        out = self._made.add_stream(self._plan.encoder, rate=self.video.average_rate or 25, options=options)
        assert isinstance(out, VideoStream)
        out.width, out.height = frame.width, frame.height
        out.codec_context.thread_count = 1
        # In the source's time base, so that timestamps stay exact.
        out.time_base = out.codec_context.time_base = self._unit
        self._plan.configure(out.codec_context, self.video.codec_context)
        if self._codec == "hevc" and self._made.format.name in ("mp4", "mov"):
            # The tag that all players know; libav's usual one is not played on Apple's devices.
            out.codec_context.codec_tag = "hvc1"
        for track in (*self.sounds.values(), *self.subtitles.values()):
            track.begin(self._made)
        try:
            self._made.start_encoding()
        except av.FFmpegError as error:
            message = "The sound of this video has a format that cannot be written."
            raise RefusalError("sound_not_kept", message) from error
        for packet in self._waiting:
            self._track(packet).add(packet)
        return out

    def _track(self, packet: "Packet[Any]") -> Sound | Subtitles:
        return self.subtitles.get(packet.stream.index) or self.sounds[packet.stream.index]

    def _add_subtitles(self, packet: "Packet[Any]") -> None:
        if self._out is None:
            self._waiting.append(packet)
        else:
            self._track(packet).add(packet)

    def _add_audio(self, packet: "Packet[AudioStream]") -> None:
        if packet.pts is not None and self._cut.is_over(float(packet.pts * packet.time_base)):
            self._ended.add(packet.stream.index)
        if self._out is None:
            self._waiting.append(packet)
        else:
            self.sounds[packet.stream.index].add(packet)
