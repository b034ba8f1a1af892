"""Copying a video's packets to another container, or a part of them from keyframe to keyframe: nothing is encoded."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from ..messages import Finding, Progress, RefusalError
from .streams import has_alpha, left_tracks, open_media, require_video_stream
from .tags import dropped_tags, kept_tags, open_output
from .video_audio import WHOLE, Cut, kept_chapters, sound_for
from .video_subtitles import Subtitles, subtitles_for

# Codecs that players of these containers support; Matroska holds any. Their packets have times of their own.
_SUPPORTED = {"mp4": ("h264", "hevc", "av1", "mpeg4"), "webm": ("vp8", "vp9", "av1")}
_TIMED = ("mp4", "mov", "mkv", "webm")
# How many pictures a codec may decode before the first one is shown.
_MOST_REORDERED = 32


def may_copy(source: Path, source_format: str, target_format: str) -> bool:
    """Whether the pictures can be copied to this container as they are."""
    if source_format not in _TIMED:
        return False
    with open_media(source) as read:
        video = require_video_stream(read)
        codec = video.codec_context.codec.canonical_name
        is_held = target_format == "mkv" or codec in _SUPPORTED.get(target_format, ())
        return source_format == target_format or is_held


class _Pictures:
    """The video's packets from the keyframe at ``begin`` seconds after its first picture; what leads up to it goes."""

    finding: Finding | None = None

    def __init__(self, video: VideoStream, begin: float, end: float | None) -> None:
        self._video = video
        self._begin, self._end = begin, end
        self._first: int | None = None
        self._has_begun = False

    def begin(self, written: OutputContainer) -> None:
        self._written = written
        self._out = written.add_stream_from_template(self._video)
        if has_alpha(self._video):
            self._out.metadata["alpha_mode"] = "1"

    def add(self, packet: "Packet[Any]") -> None:
        if packet.pts is None or packet.dts is None:
            return
        unit = packet.time_base
        self._first = packet.pts if self._first is None else self._first
        at = float((packet.pts - self._first) * unit)
        self._has_begun = self._has_begun or (packet.is_keyframe and at >= self._begin)
        if not self._has_begun or at < self._begin or is_behind(packet, self._first, self._end):
            return
        shift = round(self._begin / unit)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = self._out
        self._written.mux(packet)

    def end(self) -> None:
        """Nothing is buffered."""


def _timed(packets: Iterable["Packet[Any]"], video: VideoStream) -> Iterator["Packet[Any]"]:
    """The packets, of which the video's all have a time of decoding: Matroska has none for the first ones."""
    length = round(1 / video.average_rate / video.time_base) if video.average_rate and video.time_base else 1
    waiting: list[Packet[Any]] = []
    for packet in packets:
        if packet.stream.index != video.index or not packet.size:
            yield packet
            continue
        waiting.append(packet)
        if packet.dts is not None:
            for before, each in enumerate(reversed(waiting)):
                each.dts = packet.dts - before * length
            yield from waiting
            waiting = []
        elif len(waiting) > _MOST_REORDERED:
            raise RefusalError("broken", "This video does not say when its pictures are decoded.")
    yield from waiting


def is_behind(packet: "Packet[Any]", first: int, end: float | None) -> bool:
    """Whether no packet from here on is needed before the end: pictures are decoded in another order than shown."""
    return end is not None and packet.dts is not None and float((packet.dts - first) * packet.time_base) >= end


def copy(
    source: Path, target: Path, progress: Progress, *, source_format: str, cut: Cut, keeps_tags: bool
) -> list[Finding]:
    """Copy the pictures from the keyframe at or before the cut's start up to its end, with sound and subtitles.

    Returns:
        Findings: where it was really cut, and about losses.

    Raises:
        RefusalError: there is no picture in the part to keep.
    """
    part = cut
    if cut != WHOLE:
        with open_media(source) as read:
            part = _part(read, require_video_stream(read), cut)
    with open_media(source) as read, open_output(target) as made:
        video, wanted = require_video_stream(read), target.suffix[1:]
        tracks: dict[int, Any] = {video.index: _Pictures(video, part.start, cut.end)}
        for sound in read.streams.audio:
            tracks[sound.index] = sound_for(sound, target, made, part, source_format=source_format)
        for stream in read.streams.subtitles:
            if (subtitles := subtitles_for(stream, part, wanted=wanted)) is not None:
                tracks[stream.index] = subtitles
        findings = _begin(read, made, part, wanted, keeps_tags=keeps_tags)
        _mux(read, made, tracks, progress)
        findings += [track.finding for track in tracks.values() if getattr(track, "finding", None)]
        return [*findings, *left_tracks(read, len(tracks)), *_moved(cut, part)]


def _part(read: InputContainer, video: VideoStream, cut: Cut) -> Cut:
    """The part between keyframes that holds all pictures of the cut, in seconds from the first one.

    Raises:
        RefusalError: there are none.
    """
    first = begin = end = None
    for packet in _timed(read.demux(video), video):
        if packet.pts is None or packet.dts is None or not packet.size:
            continue
        first = packet.pts if first is None else first
        if is_behind(packet, first, cut.end):
            break
        at, after = (float((packet.pts + length - first) * packet.time_base) for length in (0, packet.duration or 0))
        if packet.is_keyframe and (begin is None or at <= cut.start):
            begin, end = at, after
        end = after if end is None else max(end, after)
    if begin is None or end is None or end <= cut.start:
        raise RefusalError("bad_trim", "There is no picture in the part to keep.")
    return Cut(start=begin, end=end)


def _moved(asked: Cut, part: Cut) -> list[Finding]:
    if asked == part:
        return []
    message = f"It was cut at keyframes: it has what was from {part.start:.3f} s to {part.end or 0:.3f} s."
    return [Finding("cut_at_keyframes", message)]


def _begin(read: InputContainer, made: OutputContainer, part: Cut, wanted: str, *, keeps_tags: bool) -> list[Finding]:
    """Tags and chapters; findings for those that are lost."""
    findings: list[Finding] = []
    if keeps_tags:
        made.metadata.update(kept_tags(read.metadata))
        findings += dropped_tags({**read.metadata, **require_video_stream(read).metadata})
    chapters, left = kept_chapters(read.chapters(), part, wanted)
    made.set_chapters(chapters)
    if left:
        findings.append(Finding("marks_cut", f"{left} of its chapters were cut off, or cannot be read."))
    return findings


def _mux(read: InputContainer, made: OutputContainer, tracks: Mapping[int, Any], progress: Progress) -> None:
    """Raises: RefusalError: the container cannot hold one of the tracks."""
    for track in tracks.values():
        track.begin(made)
    try:
        made.start_encoding()
    except av.FFmpegError as error:
        raise RefusalError("sound_not_kept", "A track of this video cannot be written in that format.") from error
    seconds, reached = max((read.duration or 0) / av.time_base, 0.001), 0.0
    packets = read.demux([read.streams[index] for index in tracks])
    for packet in _timed(packets, require_video_stream(read)):
        if packet.stream.index in tracks and packet.size:
            reached = max(reached, min(1.0, float((packet.pts or 0) * packet.time_base) / seconds))
            tracks[packet.stream.index].add(packet)
            progress(98 * reached, "copying")
    for track in tracks.values():
        if not isinstance(track, Subtitles):
            track.end()
