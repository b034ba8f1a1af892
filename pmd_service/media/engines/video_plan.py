"""Planning how to re-encode a video: filters and encoder settings that keep its properties, and what is lost."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, TypeAlias

import msgspec
from av.sidedata.sidedata import Type
from av.video.codeccontext import VideoCodecContext
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..messages import Finding, bits_reduced
from .streams import Filter, has_alpha

Codec: TypeAlias = Literal["h264", "hevc", "vp9", "av1"]

# Encoders and their options.
_ENCODERS: Mapping[Codec, tuple[str, Mapping[str, str]]] = {
    "vp9": ("libvpx-vp9", {"crf": "24", "b": "0", "deadline": "realtime", "cpu-used": "5", "row-mt": "0"}),
    # x264's AVX2 code for B-frames reads uninitialised memory, so its output varies; the portable one is as fast.
    "h264": ("libx264", {"crf": "18", "preset": "veryfast", "x264-params": "cpu-independent=1"}),
    "hevc": (
        "libx265",
        {"crf": "20", "preset": "veryfast", "x265-params": "pools=none:frame-threads=1:info=0:log-level=none"},
    ),
    # As few threads as it can do with, which are sixteen.
    "av1": ("libsvtav1", {"crf": "26", "preset": "8", "svtav1-params": "lp=1"}),
}
# The codecs that are kept in these containers, by the encoder for each; others become the first.
_WRITTEN: Mapping[str, Sequence[Codec]] = {
    "webm": ("vp9", "av1"),
    "mp4": ("h264", "hevc", "av1"),
    "mov": ("h264", "hevc"),
    "mkv": ("h264", "hevc", "av1", "vp9"),
}
# The quality that the options are for, and what one less of it adds to a constant rate factor.
_QUALITY, _CRF_STEP = 82, 0.36
_DEEP = ("h264", "hevc", "av1")
# Codecs that carry the pixel aspect in the bitstream; PyAV cannot set the container's.
_HOLD_ASPECT = ("h264", "hevc")
_USUAL_BITS, _DEEP_BITS = 8, 10
# By rotation, counter-clockwise as libav has it.
_ROTATIONS: Mapping[int, Sequence[Filter]] = {
    0: (),
    90: (("transpose", "cclock"),),
    180: (("hflip", None), ("vflip", None)),
    270: (("transpose", "clock"),),
}
_COLOUR_TAGS = ("color_range", "colorspace", "color_primaries", "color_trc")
# Of AVColorSpace.
_RGB, _UNSPECIFIED = 0, 2
_HDR_METADATA = ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL", "DYNAMIC_HDR_PLUS", "DOVI_METADATA")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The filters before and after the task's own, and the encoder's settings."""

    before: Sequence[Filter]
    after: Sequence[Filter]
    encoder: str
    options: Mapping[str, str]
    pixels: str
    aspect: Fraction | None
    findings: Sequence[Finding]

    def configure(self, context: VideoCodecContext, source: VideoCodecContext) -> None:
        """Set the encoder's pixel format, aspect and colour properties."""
        context.pix_fmt = self.pixels
        if self.aspect is not None:
            context.sample_aspect_ratio = self.aspect
        for tag in _COLOUR_TAGS:
            setattr(context, tag, getattr(source, tag))
        if context.colorspace == _RGB:  # which no encoder here supports
            context.colorspace = _UNSPECIFIED


def codec_for(file_format: str, before: str) -> Codec:
    """The codec of a result in this container: that of the source, if it is encoded here."""
    usual, *_ = codecs = _WRITTEN[file_format]
    return next((codec for codec in codecs if codec == before), usual)


def encoder_for(codec: Codec, quality: int | None = None) -> tuple[str, Mapping[str, str]]:
    """The encoder and its options, for a quality of 1 to 100."""
    encoder, options = _ENCODERS[codec]
    if quality is None:
        return encoder, options
    return encoder, {**options, "crf": str(round(int(options["crf"]) + (_QUALITY - quality) * _CRF_STEP))}


def plan_for(video: VideoStream, first: VideoFrame, codec: Codec, quality: int | None = None) -> Plan:
    """The plan, by the video's first decoded frame."""
    encoder, options = encoder_for(codec, quality)
    kind = first.format
    bits = kind.components[0].bits
    kept = _DEEP_BITS if bits > _USUAL_BITS and codec in _DEEP else _USUAL_BITS
    pixels = "yuv420p10le" if kept == _DEEP_BITS else "yuv420p"
    rotation = first.rotation % 360
    deinterlaced: list[Filter] = [("bwdif", "mode=send_frame")] if first.interlaced_frame else []
    aspect = video.sample_aspect_ratio or video.codec_context.sample_aspect_ratio or Fraction(1)
    squared = _squared(aspect) if aspect != 1 and codec not in _HOLD_ASPECT else []
    findings = [*_losses(video, first, kind), *bits_reduced(kept, bits)]
    if squared:
        message = f"Its pixels are square now, and were {aspect.numerator}:{aspect.denominator}: it looks the same."
        findings.append(Finding("squared", message))
    return Plan(
        before=(*deinterlaced, *squared, *_ROTATIONS.get(rotation, ())),
        after=(("crop", "trunc(iw/2)*2:trunc(ih/2)*2:0:0"), ("format", pixels)),
        encoder=encoder,
        options=options,
        pixels=pixels,
        aspect=None if squared or aspect == 1 else 1 / aspect if rotation in (90, 270) else aspect,
        findings=findings,
    )


def _squared(aspect: Fraction) -> list[Filter]:
    """Scales to square pixels, only ever up."""
    wide, high = (aspect, Fraction(1)) if aspect > 1 else (Fraction(1), 1 / aspect)
    return [("scale", f"round(iw*{wide}/2)*2:round(ih*{high}/2)*2:flags=lanczos"), ("setsar", "1")]


def _losses(video: VideoStream, first: VideoFrame, kind: VideoFormat) -> list[Finding]:
    found = []
    if first.interlaced_frame:
        message = "It was interlaced, and is progressive now, with the same frame times."
        found.append(Finding("deinterlaced", message))
    if has_alpha(video):
        found.append(Finding("alpha_left", "It is not transparent any more: the result has no alpha channel."))
    if len(kind.components) > 1 and (kind.chroma_width(64), kind.chroma_height(64)) != (32, 32):
        found.append(Finding("chroma_halved", "Its colours have half the resolution now (4:2:0), as players require."))
    if video.width % 2 or video.height % 2:
        found.append(Finding("edge_cut", "An edge of one pixel was cut off: encoders require even sizes."))
    if any(Type[name] in first.side_data for name in _HDR_METADATA):
        message = "It is still HDR, but its mastering display metadata stays with the original."
        found.append(Finding("hdr_details_left", message))
    return found
