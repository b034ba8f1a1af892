"""Saving videos in another container, size or quality; and animations as videos, and back."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from ..kinds.export import SAME, Export
from ..messages import Finding, Output, Progress, RefusalError, bits_reduced, not_supported, subrange
from . import copying, video
from .colours import colours_of_hdr
from .export_images import fit, fitted, read_kept, write_as
from .image_metadata import no_metadata
from .pictures import Picture, has_alpha, refuse_too_large
from .streams import (
    Filter,
    decoded,
    open_media,
    pushed,
    require_video_stream,
    video_graph,
)
from .streams import (
    has_alpha as has_alpha_track,
)
from .tags import open_output
from .video_audio import WHOLE, Cut
from .video_plan import encoder_for, plan_for

_MILLISECOND = Fraction(1, 1000)
# GIFs count hundredths of a second, and players slow down what is shorter than two.
_GIF_UNIT_MS, _GIF_LEAST_MS = 10, 20
_USUAL_MS = 100
# The decoders that know of a second video for alpha.
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
_TAGS = {"Author": "artist", "Copyright": "copyright", "Description": "description", "Title": "title"}
# Of AVColorSpace, AVColorPrimaries and AVColorTransferCharacteristic: BT.601's matrix on sRGB's colours.
_MATRIX, _PRIMARIES, _CURVE, _LIMITED = 6, 1, 13, 1


def run(source: Path, folder: Path, params: Export, progress: Progress) -> Output:
    """Write the video as asked; packets are copied unless something has to be encoded.

    Raises:
        RefusalError: it has to be, and was to be cut at keyframes only.
    """
    if params.colours:
        raise not_supported("reduce the colours", "a video")
    source_format = video.require_video(source)
    wanted = video.kept_format(source_format) if params.format == SAME else params.format
    cut, target = Cut(start=params.start or 0.0, end=params.end), folder / f"result.{wanted}"
    is_same = params.quality is None and params.longest_side is None
    if is_same and (params.at_keyframes or cut == WHOLE) and copying.may_copy(source, source_format, wanted):
        findings = copying.copy(
            source, target, progress, source_format=source_format, cut=cut, keeps_tags=params.metadata
        )
        return Output(name=target.name, findings=findings)
    if params.at_keyframes:
        message = "This has to be encoded again, so it is not cut at keyframes: choose one of the two."
        raise RefusalError("not_for_this", message)
    filters = _scaled(params)
    options: dict[str, Any] = {"cut": cut, "quality": params.quality, "keeps_tags": params.metadata}
    findings = video.transcode(source, target, filters, progress, step="encoding", **options)
    return Output(name=target.name, findings=findings)


def _scaled(params: Export) -> Sequence[Filter]:
    if (most := params.longest_side) is None:
        return ()
    how = "lanczos" if params.scaling == "smooth" else "neighbor"
    # -2: in proportion, and even.
    wide, high = f"if(gte(iw,ih),min({most},iw),-2)", f"if(gte(iw,ih),-2,min({most},ih))"
    return [("scale", f"w='{wide}':h='{high}':flags={how}")]


def animate(source: Path, folder: Path, params: Export, progress: Progress) -> Output:
    """Write the video as an animation, without its sound.

    Raises:
        RefusalError: it has too many pixels for one, or none in the part to keep.
    """
    if params.at_keyframes:
        raise not_supported("cut at keyframes", "what becomes an animation")
    with open_media(source) as read:
        picture = _animation(read, params, subrange(progress, 0, 40))
        if read.streams.audio:
            picture.metadata.findings.append(Finding("sound_left", "Its sound stays with the original."))
    return write_as(picture, params, folder, progress)


def _animation(read: InputContainer, params: Export, progress: Progress) -> Picture:
    stream, cut = require_video_stream(read), Cut(start=params.start or 0.0, end=params.end)
    unit = _GIF_UNIT_MS if params.format == "gif" else 1
    least = _GIF_LEAST_MS if params.format == "gif" else 1
    frames: list[Image.Image] = []
    times: list[int] = []
    skipped, after, findings = 0, _USUAL_MS, list[Finding]()
    for frame, seconds, length in _decoded(read, stream, findings):
        if cut.is_over(seconds):
            break
        if seconds < cut.start:
            continue
        at = round((seconds - cut.start) * 1000 / unit) * unit
        if times and at - times[-1] < least:
            skipped += 1
            continue
        size = fitted(frame.size, params.longest_side)
        refuse_too_large(*size, len(frames) + 1)
        still = Picture(frames=[frame], durations_ms=[], loop=0, file_format="", metadata=no_metadata(frame))
        fit(still, params)
        frames.append(still.frames[0])
        times.append(at)
        after = max(least, round(length * 1000 / unit) * unit) if length else _USUAL_MS
        progress(min(99, len(frames) / 4), "reading")
    if not frames:
        raise RefusalError("bad_trim", "There is no picture in the part to keep.")
    picture = Picture(
        frames=frames, durations_ms=[], loop=0, file_format=params.format, metadata=no_metadata(frames[0])
    )
    picture.durations_ms = [*(later - at for at, later in pairwise(times)), after]
    picture.metadata.findings += findings
    if skipped:
        message = f"{skipped} pictures were left out: a GIF shows no more than 50 in a second."
        picture.metadata.findings.append(Finding("fewer_frames", message))
    return picture


def _decoded(
    read: InputContainer, stream: VideoStream, findings: list[Finding]
) -> Iterator[tuple[Image.Image, float, float]]:
    """Each picture, RGBA and upright, with its time and its duration in seconds; adds findings for what is changed."""
    unit, first = stream.time_base or _MILLISECOND, None
    length = float(1 / stream.average_rate) if stream.average_rate else 0.0
    for shown in _upright(read, stream, findings):
        if shown.pts is not None:
            first = shown.pts if first is None else first
            # The deinterlacer has a finer unit than the stream.
            seconds = float((shown.pts - first) * (shown.time_base or unit))
            yield Image.fromarray(shown.to_ndarray(format="rgba")), seconds, length


def _upright(read: InputContainer, stream: VideoStream, findings: list[Finding]) -> Iterator[VideoFrame]:
    decoder, graph = _decoder_for(stream), None
    for packet in read.demux(stream):
        for frame in (_by(decoder, packet) if decoder else decoded(packet, VideoFrame)) or ():
            if decoder:
                yield frame
                continue
            if graph is None:
                plan = plan_for(stream, frame, "vp9")
                findings += [each for each in plan.findings if each.code in ("deinterlaced", "squared")]
                findings += colours_of_hdr(stream.codec_context.color_trc)
                findings += bits_reduced(8, frame.format.components[0].bits)
                graph = video_graph(stream, (*plan.before, ("format", "rgba")))
            yield from pushed(graph, frame, VideoFrame)
    if graph is not None:
        yield from pushed(graph, None, VideoFrame)


def _decoder_for(stream: VideoStream) -> VideoCodecContext | None:
    """A decoder for videos with alpha, which the usual one leaves out."""
    name = _ALPHA_DECODERS.get(stream.codec_context.name)
    if name is None or not has_alpha_track(stream):
        return None
    decoder = av.CodecContext.create(name, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    decoder.extradata = stream.codec_context.extradata
    return decoder


def _by(decoder: VideoCodecContext, packet: Any) -> list[VideoFrame]:
    try:
        return decoder.decode(packet if packet.size else None)
    except av.FFmpegError:
        return []


def film(source: Path, folder: Path, params: Export, progress: Progress) -> Output:
    """Write an animation as a video; WebM keeps its transparency.

    Raises:
        RefusalError: it is a still picture.
    """
    picture = read_kept(source, params)
    progress(5, "resizing")
    fit(picture, params)
    if not picture.is_animated or params.colours or params.start is not None or params.end is not None:
        raise not_supported(f"export to {params.format}", "a still image, or a part or a palette of an animation")
    metadata = picture.metadata
    picture.frames = metadata.in_srgb(picture.frames, "a video has no place for it")
    is_clear = any(map(has_alpha, picture.frames))
    has_clear = is_clear and params.format == "webm"
    if is_clear and not has_clear:
        metadata.findings.append(Finding("alpha_left", "Transparency is white now: MP4 has none, and WebM would."))
    if picture.frames[0].width % 2 or picture.frames[0].height % 2:
        metadata.findings.append(Finding("edge_added", "An edge was repeated once: encoders require even sizes."))
    metadata.findings.append(Finding("lossy", "A video is lossy: the pixels are not the same."))
    target = folder / f"result.{params.format}"
    with open_output(target) as made:
        made.metadata.update({tag: metadata.words[word] for word, tag in _TAGS.items() if word in metadata.words})
        _encode(made, picture, params.quality, has_clear=has_clear, progress=progress)
    return Output(name=target.name, findings=metadata.findings)


def _encode(made: Any, picture: Picture, quality: int | None, *, has_clear: bool, progress: Progress) -> None:
    encoder, options = encoder_for("vp9" if made.format.name == "webm" else "h264", quality)
    out = made.add_stream(encoder, rate=25, options=dict(options))
    assert isinstance(out, VideoStream)
    context = out.codec_context
    out.width, out.height = (side + side % 2 for side in picture.frames[0].size)
    out.time_base = context.time_base = _MILLISECOND
    context.thread_count = 1
    context.pix_fmt = "yuva420p" if has_clear else "yuv420p"
    context.colorspace, context.color_primaries, context.color_trc, context.color_range = (
        *(_MATRIX, _PRIMARIES, _CURVE),
        _LIMITED,
    )
    *packets, last = _packets(out, picture, has_clear=has_clear, progress=progress)
    made.mux(packets)
    # So that the video is as long as the animation, in whichever order its pictures are decoded.
    last.duration = round(sum(picture.durations_ms) * _MILLISECOND / last.time_base) - (last.pts or 0)
    made.mux(last)


def _packets(
    out: VideoStream, picture: Picture, *, has_clear: bool, progress: Progress
) -> "Iterator[Packet[VideoStream]]":
    context = out.codec_context
    times = accumulate(picture.durations_ms, initial=0)
    for done, (image, at) in enumerate(zip(picture.frames, times, strict=False)):
        frame = VideoFrame.from_ndarray(_evened(image, has_clear=has_clear), format="rgba").reformat(
            format=context.pix_fmt, dst_colorspace=_MATRIX
        )
        frame.pts, frame.time_base = at, _MILLISECOND
        yield from out.encode(frame)
        progress(40 + 58 * done / len(picture.frames), "encoding")
    yield from out.encode(None)


def _evened(image: Image.Image, *, has_clear: bool) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """With even sides, and on white unless transparency is kept."""
    shown = image if has_clear else Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.pad(np.asarray(shown), ((0, image.height % 2), (0, image.width % 2), (0, 0)), mode="edge")
