"""Sound and video by libav, told by name how to read a file, so that no extension or playlist leads it elsewhere."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import av
import av.logging
import msgspec
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.filter import Graph
from av.filter.context import FilterContext
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from .. import caps
from ..content import Content, content_of
from ..looked import Looked
from ..messages import Finding, RefusalError
from . import marks, previews
from .waveform import Waveform, draw_waveform

# By libav's name, and its options.
Filter: TypeAlias = tuple[str, str | None]

# A picture of a song's cover is a video stream of one frame to libav.
_COVERS = ("mjpeg", "png", "gif", "bmp", "webp")
_POSTER_AT = 0.1
# So much may be damaged in a sound that is taken all the same.
_DAMAGED_SHARE = 0.5

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


def video_of(container: InputContainer) -> VideoStream | None:
    """The moving picture, if there is one."""
    for stream in container.streams.video:
        is_cover = stream.codec_context.name in _COVERS and container.format.name not in ("avi", "flv")
        if not is_cover:
            return stream
    return None


def required_video(container: InputContainer) -> VideoStream:
    """Raises: RefusalError: there is no moving picture."""
    video = video_of(container)
    if video is None:
        raise RefusalError("not_a_video", "There is no video in this file.")
    return video


def sound_of(container: InputContainer) -> AudioStream | None:
    """The first sound, if there is one."""
    return container.streams.audio[0] if container.streams.audio else None


def look(path: Path, content: Content, folder: Path) -> Looked:
    """Measures, marks and previews of a sound or video."""
    with open_media(path) as container:
        video, sound = video_of(container), sound_of(container)
        if video is not None and content.type == "video":
            return _look_at_video(path, content, folder)
        if sound is None or video is not None:
            raise RefusalError("not_media", "There is no sound in this file, and no video of a kind that we know.")
    return _look_at_sound(path, content, folder)


class _Counted(msgspec.Struct, frozen=True):
    frames: int
    seconds: float


def _look_at_video(path: Path, content: Content, folder: Path) -> Looked:
    counted = _count_packets(path, content)
    with open_media(path) as container:
        video, sound = video_of(container), sound_of(container)
        assert video is not None
        found = marks.of_tags({**container.metadata, **video.metadata}, path)
        codec = video.codec_context.name
        rate, channels = (sound.rate, sound.channels) if sound is not None else (None, None)
        poster = _poster(container, video)
    return Looked(
        type="video",
        mime_type=content.mime_type,
        file_format=content.file_format,
        width=poster.width,
        height=poster.height,
        frame_count=counted.frames,
        duration_sec=round(counted.seconds, 3),
        samplerate_hz=rate,
        channels=channels,
        codec=codec,
        bit_rate=_bit_rate(path, counted.seconds),
        animated=True,
        dhash=previews.difference_hash(poster),
        **msgspec.structs.asdict(found),
        previews=previews.draw_still(poster, folder),
    )


def _count_packets(path: Path, content: Content) -> _Counted:
    """A video's frames and length by its packets: what the header says need not be true."""
    frames, first, last = 0, None, 0.0
    with open_media(path) as container:
        video = video_of(container)
        assert video is not None
        usual = 1 / float(video.average_rate) if video.average_rate else 0.0
        for packet in container.demux(video):
            if packet.size == 0:
                continue
            frames += 1
            if packet.pts is None:
                last = max(last, frames * usual)
                continue
            begin = float(packet.pts * packet.time_base)
            first = begin if first is None else min(first, begin)
            last = max(last, begin + float((packet.duration or 0) * packet.time_base) or begin + usual)
    if frames == 0:
        raise RefusalError("broken", "There is not one picture in this video.")
    seconds = max(0.0, last - (first or 0.0))
    if seconds > caps.DURATION_SECONDS:
        raise too_long()
    return _Counted(frames, seconds)


def _poster(container: InputContainer, video: VideoStream) -> Image.Image:
    """A frame from a little way in, turned as it is seen; the first one where that cannot be reached."""
    video.codec_context.skip_frame = "NONKEY"
    if container.duration:
        try:
            container.seek(int(container.duration * _POSTER_AT))
        except av.FFmpegError:
            container.seek(0)
    for _ in range(2):
        try:
            for frame in container.decode(video):
                assert isinstance(frame, VideoFrame)
                return upright(frame)
        except av.FFmpegError:
            pass
        container.seek(0)
    raise RefusalError("broken", "Not one picture of this video can be decoded.")


def upright(frame: VideoFrame) -> Image.Image:
    """The frame as it is seen: cameras write the turn beside the pixels."""
    if frame.width * frame.height > caps.PIXELS:
        raise RefusalError("too_many_pixels", "The picture of this video is larger than it may be.")
    picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
    return picture.rotate(frame.rotation, expand=True)


def _look_at_sound(path: Path, content: Content, folder: Path) -> Looked:
    drawing = Waveform()
    samples = damaged = whole = 0
    with open_media(path) as container:
        sound = sound_of(container)
        assert sound is not None
        found = marks.of_tags({**container.metadata, **sound.metadata}, path)
        rate, channels, codec = sound.rate, sound.channels, sound.codec_context.name
        for packet in container.demux(sound):
            frames = decoded(packet, AudioFrame)
            if frames is None:
                damaged += 1
                continue
            whole += 1
            for frame in frames:
                samples += frame.samples
                drawing.add(frame)
            if samples > caps.DURATION_SECONDS * rate:
                raise too_long()
    if samples == 0 or damaged > whole * _DAMAGED_SHARE:
        raise RefusalError("broken", "This sound is damaged: hardly any of it can be decoded.")
    if damaged:
        found.findings.append(Finding("damaged", f"{damaged} parts of this sound are damaged and were left out."))
    seconds = samples / rate
    # In a container for video, sound alone is a sound.
    file_format, mime_type = {"mp4": ("m4a", "audio/mp4"), "webm": ("webm", "audio/webm")}.get(
        content.file_format, (content.file_format, content.mime_type.replace("video/", "audio/"))
    )
    return Looked(
        type="audio",
        mime_type=mime_type,
        file_format=file_format,
        duration_sec=round(seconds, 3),
        samplerate_hz=rate,
        channels=channels,
        codec=codec,
        bit_rate=_bit_rate(path, seconds),
        **msgspec.structs.asdict(found),
        previews=draw_waveform(drawing, folder),
    )


def _refuse_odd_sound(stream: AudioStream) -> None:
    if stream.rate <= 0 or stream.rate > caps.SAMPLE_RATE_HZ or not 1 <= stream.channels <= caps.AUDIO_CHANNELS:
        raise RefusalError("broken", "The sound in this file has an impossible sample rate or number of channels.")


def _bit_rate(path: Path, seconds: float) -> int | None:
    return round(path.stat().st_size * 8 / seconds) if seconds > 0 else None


def audio_graph(rate: int, sample_format: str, layout: str, time_base: Fraction, filters: Iterable[Filter]) -> Graph:
    """Sound of this kind through the filters, one after another."""
    graph = _graph()
    source = graph.add_abuffer(sample_rate=rate, format=sample_format, layout=layout, time_base=time_base)
    return _chained(graph, source, filters, sink="abuffersink")


def video_graph(video: VideoStream, filters: Iterable[Filter]) -> Graph:
    """The stream's pictures through the filters, one after another."""
    graph = _graph()
    return _chained(graph, graph.add_buffer(template=video), filters, sink="buffersink")


def _graph() -> Graph:
    graph = Graph()
    graph.threads = 1
    return graph


def _chained(graph: Graph, source: FilterContext, filters: Iterable[Filter], *, sink: str) -> Graph:
    last = source
    for name, options in filters:
        following = graph.add(name, options)
        last.link_to(following)
        last = following
    last.link_to(graph.add(sink))
    graph.configure()
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
