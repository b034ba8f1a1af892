"""How a film is encoded anew: what its pictures are besides pixels, how they stay so, and what cannot be kept."""

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

Codec: TypeAlias = Literal["h264", "vp9"]

# The encoder and its options.
_ENCODERS: Mapping[Codec, tuple[str, Mapping[str, str]]] = {
    "vp9": ("libvpx-vp9", {"crf": "24", "b": "0", "deadline": "realtime", "cpu-used": "5", "row-mt": "0"}),
    # Its AVX2 code for B-frames reads memory that nobody has written, and finds other bits each time; its portable one
    # takes as long.
    "h264": ("libx264", {"crf": "18", "preset": "veryfast", "x264-params": "cpu-independent=1"}),
}
_DEEP = ("h264",)
# Whose pictures say themselves that their pixels are not square; of others nothing here can tell the container.
_TELL_ASPECT = ("h264",)
_USUAL_BITS, _DEEP_BITS = 8, 10
# libav tells turns counter-clockwise.
_TURNS: Mapping[int, Sequence[Filter]] = {
    0: (),
    90: (("transpose", "cclock"),),
    180: (("hflip", None), ("vflip", None)),
    270: (("transpose", "clock"),),
}
_COLOUR_TAGS = ("color_range", "colorspace", "color_primaries", "color_trc")
# Of AVColorSpace: red, green and blue, as no encoder here takes them; and that nothing is said.
_RGB, _UNSAID = 0, 2
_BRIGHT_DETAILS = ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL", "DYNAMIC_HDR_PLUS", "DOVI_METADATA")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The filters before and behind what is to be done, the encoder and its pictures."""

    before: Sequence[Filter]
    behind: Sequence[Filter]
    encoder: str
    options: Mapping[str, str]
    pixels: str
    aspect: Fraction | None
    findings: Sequence[Finding]

    def tell(self, context: VideoCodecContext, source: VideoCodecContext) -> None:
        """Tell the encoder what its pictures are."""
        context.pix_fmt = self.pixels
        if self.aspect is not None:
            context.sample_aspect_ratio = self.aspect
        for tag in _COLOUR_TAGS:
            setattr(context, tag, getattr(source, tag))
        if context.colorspace == _RGB:
            context.colorspace = _UNSAID


def plan_for(video: VideoStream, first: VideoFrame, codec: Codec) -> Plan:
    """By the film's first picture as it is decoded."""
    encoder, options = _ENCODERS[codec]
    kind = first.format
    bits = kind.components[0].bits
    most = _DEEP_BITS if codec in _DEEP else _USUAL_BITS
    kept = _DEEP_BITS if bits > _USUAL_BITS and most > _USUAL_BITS else _USUAL_BITS
    pixels = "yuv420p10le" if kept == _DEEP_BITS else "yuv420p"
    turn = first.rotation % 360
    deinterlaced: list[Filter] = [("bwdif", "mode=send_frame")] if first.interlaced_frame else []
    aspect = video.sample_aspect_ratio or video.codec_context.sample_aspect_ratio or Fraction(1)
    squared = _squared(aspect) if aspect != 1 and codec not in _TELL_ASPECT else []
    return Plan(
        before=(*deinterlaced, *squared, *_TURNS.get(turn, ())),
        behind=(("crop", "trunc(iw/2)*2:trunc(ih/2)*2:0:0"), ("format", pixels)),
        encoder=encoder,
        options=options,
        pixels=pixels,
        aspect=None if squared or aspect == 1 else 1 / aspect if turn in (90, 270) else aspect,
        findings=[*_lost(video, first, kind), *bits_reduced(kept, bits), *_told_squared(squared, aspect)],
    )


def _squared(aspect: Fraction) -> list[Filter]:
    """Wider, and not narrower or lower: no pixel is lost."""
    wide, high = (aspect, Fraction(1)) if aspect > 1 else (Fraction(1), 1 / aspect)
    return [("scale", f"round(iw*{wide}/2)*2:round(ih*{high}/2)*2:flags=lanczos"), ("setsar", "1")]


def _told_squared(squared: list[Filter], aspect: Fraction) -> list[Finding]:
    message = f"Its pixels are square now, and were {aspect.numerator}:{aspect.denominator}: it looks the same."
    return [Finding("squared", message)] if squared else []


def _lost(video: VideoStream, first: VideoFrame, kind: VideoFormat) -> list[Finding]:
    found = []
    if first.interlaced_frame:
        message = "Its pictures were interlaced (two half pictures each): they are whole ones now, of the same times."
        found.append(Finding("deinterlaced", message))
    if has_alpha(video):
        found.append(Finding("alpha_left", "It is not transparent any more: what is made of it has no alpha."))
    if len(kind.components) > 1 and (kind.chroma_width(64), kind.chroma_height(64)) != (32, 32):
        found.append(Finding("chroma_halved", "Its colours have half the resolution now, as players want it (4:2:0)."))
    if video.width % 2 or video.height % 2:
        found.append(Finding("edge_cut", "An edge of one pixel was cut off: encoders take even sizes."))
    if any(Type[name] in first.side_data for name in _BRIGHT_DETAILS):
        message = "It is HDR still, but what it told of the screen it was made on stays with the original."
        found.append(Finding("hdr_details_left", message))
    return found
