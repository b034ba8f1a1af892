"""Sound and video by libav, told by name how to read a file, so that no extension or playlist leads it elsewhere."""

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

from .. import caps
from ..content import content_of
from ..messages import RefusalError

# By libav's name, and its options.
Filter: TypeAlias = tuple[str, str | None]

A_PICTURE = Fraction(1, 25)

# A picture of a song's cover is a video stream of one frame to libav.
COVERS = ("mjpeg", "png", "gif", "bmp", "webp")

# Errors come as exceptions; the log would only fill the pipe.
av.logging.set_level(None)


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """The file by the demuxer of its content, decoding in one thread.

    Raises:
        RefusalError: it cannot be read, or holds more than files may here.
    """
    try:
        container = av.open(str(path), "r", format=content_of(path).reader, metadata_errors="replace")
    except av.FFmpegError as error:
        raise RefusalError("broken", "This file is damaged, or breaks off before it says what is in it.") from error
    with container:
        for stream in container.streams.audio:
            stream.codec_context.thread_count = 1
            _refuse_odd_sound(stream)
        for picture in container.streams.video:
            picture.codec_context.thread_count = 1
            # A film cut without loss may begin between two keyframes: players show those pictures, so they count.
            picture.codec_context.flags |= Flags.output_corrupt
            if picture.width * picture.height > caps.PIXELS or max(picture.width, picture.height) > caps.SIDE:
                raise RefusalError("too_many_pixels", "The picture of this video is larger than it may be.")
        if (container.duration or 0) / av.time_base > caps.DURATION_SECONDS:
            raise too_long()
        yield container


def too_long() -> RefusalError:
    """The refusal of what plays for longer than files may."""
    return RefusalError(
        "too_long", f"This file plays for more than the {caps.DURATION_SECONDS / 3600:.0f} hours it may."
    )


F = TypeVar("F", bound=AudioFrame | VideoFrame)


def decoded(packet: "Packet[Any]", kind: type[F]) -> list[F] | None:
    """A packet's frames; None where it is damaged."""
    try:
        return [frame for frame in packet.decode() if isinstance(frame, kind)]
    except av.FFmpegError:
        return None


def video_stream(container: InputContainer) -> VideoStream | None:
    """The moving picture, if there is one."""
    for stream in container.streams.video:
        is_cover = stream.codec_context.name in COVERS and container.format.name not in ("avi", "flv")
        if not is_cover:
            return stream
    return None


def require_video_stream(container: InputContainer) -> VideoStream:
    """Raises: RefusalError: there is no moving picture."""
    video = video_stream(container)
    if video is None:
        raise RefusalError("not_a_video", "There is no video in this file.")
    return video


def has_alpha(video: VideoStream) -> bool:
    """Whether it is transparent in places; of VP9's alpha, which is a second picture, only the container tells."""
    components = video.format.components if video.format else ()
    return any(component.is_alpha for component in components) or video.metadata.get("alpha_mode") == "1"


def audio_stream(container: InputContainer) -> AudioStream | None:
    """The first sound, if there is one."""
    return container.streams.audio[0] if container.streams.audio else None


def _refuse_odd_sound(stream: AudioStream) -> None:
    if stream.rate <= 0 or stream.rate > caps.SAMPLE_RATE_HZ or not 1 <= stream.channels <= caps.AUDIO_CHANNELS:
        raise RefusalError("broken", "The sound in this file has an impossible sample rate or number of channels.")


def audio_graph(rate: int, sample_format: str, layout: str, time_base: Fraction, filters: Iterable[Filter]) -> Graph:
    """Sound of this kind through the filters, one after another."""
    graph = _graph()
    source = graph.add_abuffer(sample_rate=rate, format=sample_format, layout=layout, time_base=time_base)
    return _chained(graph, source, filters, sink="abuffersink")


def video_graph(video: VideoStream, filters: Iterable[Filter]) -> Graph:
    """The stream's pictures through the filters, one after another."""
    graph = _graph()
    return _chained(graph, graph.add_buffer(template=video), filters, sink="buffersink")


def gray_graph(width: int, height: int, filters: Iterable[Filter]) -> Graph:
    """Pictures of nothing but luma, at times that are multiples of :data:`A_PICTURE`, through the filters."""
    graph = _graph()
    source = graph.add_buffer(width=width, height=height, format=VideoFormat("gray"), time_base=A_PICTURE)
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
    """What a graph has ready after this frame; None ends it."""
    graph.push(frame)
    while True:
        try:
            filtered = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        assert isinstance(filtered, kind)
        yield filtered
