"""Audio and video by libav, with an explicit demuxer, so that no extension or playlist makes it open other files."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import av
import av.logging
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.container import InputContainer
from av.filter import Graph
from av.filter.context import FilterContext
from av.packet import Packet
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ...locales import translatable
from .. import caps
from ..content import content_of
from ..messages import Finding, RefusalError

# A libav filter's name and its options.
Filter: TypeAlias = tuple[str, str | None]

GRAY_TIME_BASE = Fraction(1, 25)

# To libav, cover art is a video stream of one frame.
COVERS = ("mjpeg", "png", "gif", "bmp", "webp")

# Errors are raised as exceptions; libav's log would only fill the pipe.
av.logging.set_level(None)


_UNREADABLE = {
    "audio": translatable("The sound in this file is damaged, or has a codec that is not known here."),
    "video": translatable("The picture in this file is damaged, or has a codec that is not known here."),
}


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """Open a file with the demuxer of its detected type, for decoding in one thread.

    Raises:
        RefusalError: it cannot be read, or exceeds the limits.
    """
    try:
        container = av.open(str(path), "r", format=content_of(path).reader, metadata_errors="replace")
    except av.FFmpegError as error:
        raise RefusalError("broken", "This file is damaged, or cut off within its header.") from error
    with container:
        streams: list[Any] = [*container.streams.audio, *container.streams.video]
        for each in streams:
            # What PyAV gives for a codec that libav does not know.
            if each.codec_context is None:
                raise RefusalError("broken", _UNREADABLE[each.type])
        for stream in container.streams.audio:
            stream.codec_context.thread_count = 1
            if not (0 < stream.rate <= caps.SAMPLE_RATE_HZ and 1 <= stream.channels <= caps.AUDIO_CHANNELS):
                message = "The sound in this file has an impossible sample rate or number of channels."
                raise RefusalError("broken", message)
        for video in container.streams.video:
            video.codec_context.thread_count = 1
            # A video that was cut losslessly may begin between two keyframes: players show those frames, so they count.
            video.codec_context.flags |= Flags.output_corrupt
            if video.width * video.height > caps.PIXELS or max(video.width, video.height) > caps.SIDE:
                raise too_large_frame()
        if (container.duration or 0) / av.time_base > caps.DURATION_SECONDS:
            raise too_long()
        yield container


def too_long() -> RefusalError:
    return RefusalError("too_long", f"This file plays for more than {caps.DURATION_SECONDS / 3600:.0f} hours.")


def too_large_frame() -> RefusalError:
    return RefusalError("too_many_pixels", "The picture of this video is larger than it may be.")


F = TypeVar("F", bound=AudioFrame | VideoFrame)


def decoded(packet: "Packet[Any]", kind: type[F]) -> list[F] | None:
    """A packet's frames; None if it is damaged."""
    try:
        return [frame for frame in packet.decode() if isinstance(frame, kind)]
    except av.FFmpegError:
        return None


def video_stream(container: InputContainer) -> VideoStream | None:
    """The first video stream that is no cover art."""
    for stream in container.streams.video:
        is_cover = stream.codec_context.name in COVERS and container.format.name not in ("avi", "flv")
        if not is_cover:
            return stream
    return None


def require_video_stream(container: InputContainer) -> VideoStream:
    """As :func:`video_stream`.

    Raises:
        RefusalError: there is none.
    """
    video = video_stream(container)
    if video is None:
        raise RefusalError("not_a_video", "There is no video in this file.")
    return video


def has_alpha(video: VideoStream) -> bool:
    """Whether the video has an alpha channel. VP9 encodes alpha as a second video, which only the container names."""
    components = video.format.components if video.format else ()
    return any(component.is_alpha for component in components) or any(
        name.lower() == "alpha_mode" and value == "1" for name, value in video.metadata.items()
    )


def left_tracks(container: InputContainer, kept: int) -> list[Finding]:
    """The finding for the tracks of a video that are not in its result."""
    # MP4 has its chapters in a track of their own.
    chapters = bool(container.chapters()) and container.format.name.startswith("mov")
    data = sum(stream.type == "data" for stream in container.streams)
    left = len(container.streams) - kept - (data if chapters else 0)
    message = f"{left} more tracks (subtitles of another kind, covers, data) stay with the original."
    return [Finding("tracks_left", message)] if left > 0 else []


def audio_stream(container: InputContainer) -> AudioStream | None:
    """The first audio stream, if there is one."""
    return container.streams.audio[0] if container.streams.audio else None


def audio_graph(rate: int, sample_format: str, layout: str, time_base: Fraction, filters: Iterable[Filter]) -> Graph:
    """A filter chain for audio of this format."""
    graph = _graph()
    source = graph.add_abuffer(sample_rate=rate, format=sample_format, layout=layout, time_base=time_base)
    return _chained(graph, source, filters, sink="abuffersink")


def video_graph(video: VideoStream, filters: Iterable[Filter]) -> Graph:
    """A filter chain for the stream's frames."""
    graph = _graph()
    return _chained(graph, graph.add_buffer(template=video), filters, sink="buffersink")


def gray_graph(width: int, height: int, filters: Iterable[Filter]) -> Graph:
    """A filter chain for luma frames with timestamps in :data:`GRAY_TIME_BASE`."""
    graph = _graph()
    source = graph.add_buffer(width=width, height=height, format=VideoFormat("gray"), time_base=GRAY_TIME_BASE)
    return _chained(graph, source, filters, sink="buffersink")


def _graph() -> Graph:
    graph = Graph()
    graph.threads = 1
    return graph


def _chained(graph: Graph, source: FilterContext, filters: Iterable[Filter], *, sink: str) -> Graph:
    chain = [graph.add(name, options) for name, options in filters]
    graph.link_nodes(source, *chain, graph.add(sink)).configure()
    return graph


def pushed(graph: Graph, frame: F | None, kind: type[F]) -> Iterator[F]:
    """Push a frame, or None to flush, and yield the filtered frames that are ready."""
    graph.push(frame)
    while True:
        try:
            filtered = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        assert isinstance(filtered, kind)
        yield filtered
