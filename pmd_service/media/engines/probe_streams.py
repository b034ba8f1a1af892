"""Probing audio and video."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import msgspec
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import VideoFrame
from PIL import Image

from .. import caps
from ..formats import Format
from ..messages import Finding, RefusalError
from ..probe_result import PREVIEW_SIZES, ProbeResult
from . import previews, provenance
from .audio_codecs import bits_of, name_of
from .colours import HDR
from .fingerprint import fingerprint
from .streams import (
    audio_stream,
    decoded,
    has_alpha,
    open_media,
    require_video_stream,
    too_large_frame,
    too_long,
    video_stream,
)
from .tags import cover_of
from .waveform import Waveform, draw_waveform

_POSTER_AT = 0.1
# Sounds with a larger share of damaged packets are refused.
_MAX_DAMAGED_SHARE = 0.5


def probe(path: Path, content: Format, folder: Path) -> ProbeResult:
    """Probe a sound or video."""
    with open_media(path) as container:
        video, sound = video_stream(container), audio_stream(container)
        if video is not None and content.type == "video":
            return _probe_video(path, content, folder)
        if sound is None or video is not None:
            raise RefusalError("not_media", "There is no sound in this file, and no video of a supported format.")
    return _probe_sound(path, content, folder)


def _probe_video(path: Path, content: Format, folder: Path) -> ProbeResult:
    frame_count, seconds = _count_packets(path)
    poster, interlaced = _poster(path)
    with open_media(path) as container:
        video, sound = require_video_stream(container), audio_stream(container)
        found = provenance.of_tags({**container.metadata, **video.metadata}, path)
        aspect = video.sample_aspect_ratio or 1
        return ProbeResult(
            type="video",
            mime_type=content.mime_type,
            file_format=content.file_format,
            width=poster.width,
            height=poster.height,
            frame_count=frame_count,
            frame_rate=round(float(video.average_rate), 3) if video.average_rate else None,
            duration_sec=round(seconds, 3),
            samplerate_hz=sound.rate if sound is not None else None,
            channels=sound.channels if sound is not None else None,
            sound_tracks=len(container.streams.audio),
            codec=name_of(video.codec_context.codec.canonical_name),
            bit_rate=_bit_rate(path, seconds),
            bit_depth=video.format.components[0].bits if video.format else None,
            alpha=has_alpha(video),
            pixel_aspect=f"{aspect.numerator}:{aspect.denominator}" if aspect != 1 else None,
            interlaced=interlaced,
            hdr=HDR.get(video.codec_context.color_trc),
            animated=True,
            dhash=previews.difference_hash(poster),
            fingerprint=fingerprint(poster, None),
            palette=previews.palette(poster),
            **msgspec.structs.asdict(found),
            previews=previews.draw_still(poster, folder, is_large=max(poster.size) > max(PREVIEW_SIZES)),
        )


def _count_packets(path: Path) -> tuple[int, float]:
    """A video's frame count and duration by its packets, as the header may be wrong."""
    frames, first, last = 0, None, 0.0
    with open_media(path) as container:
        video = require_video_stream(container)
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
    return frames, seconds


def _poster(path: Path) -> tuple[Image.Image, bool]:
    """A keyframe from near the start, upright, or the first frame that can be decoded; and whether it is interlaced."""
    for share, keys_only in ((_POSTER_AT, True), (0.0, True), (0.0, False)):
        with open_media(path) as container, suppress(av.FFmpegError):
            if (frame := _first_frame(container, share, keys_only=keys_only)) is not None:
                return upright(frame), bool(frame.interlaced_frame)
    raise RefusalError("broken", "Not one picture of this video can be decoded.")


def _first_frame(container: InputContainer, share: float, *, keys_only: bool) -> VideoFrame | None:
    video = require_video_stream(container)
    video.codec_context.skip_frame = "NONKEY" if keys_only else "DEFAULT"
    if share and container.duration:
        container.seek(int(container.duration * share))
    for packet in container.demux(video):
        for frame in decoded(packet, VideoFrame) or ():
            return frame
    return None


def upright(frame: VideoFrame) -> Image.Image:
    """The frame as an image, rotated as the metadata says."""
    if frame.width * frame.height > caps.PIXELS:
        raise too_large_frame()
    picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
    return picture.rotate(frame.rotation, expand=True)


def _probe_sound(path: Path, content: Format, folder: Path) -> ProbeResult:
    drawing = Waveform()
    samples = damaged = whole = 0
    with open_media(path) as container:
        sound = audio_stream(container)
        assert sound is not None
        found = provenance.of_tags({**container.metadata, **sound.metadata}, path)
        rate, channels, codec = sound.rate, sound.channels, sound.codec_context.codec.canonical_name
        more: dict[str, Any] = {
            "bit_depth": bits_of(codec, sound.format.name),
            "sound_tracks": len(container.streams.audio),
            "cover": cover_of(container) is not None,
        }
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
    if samples == 0 and not damaged:
        raise RefusalError("not_media", "There is not one sample of sound in this file.")
    if damaged > whole * _MAX_DAMAGED_SHARE:
        raise RefusalError("broken", "This sound is damaged: hardly any of it can be decoded.")
    if damaged:
        found.findings.append(Finding("damaged", f"{damaged} parts of this sound are damaged and were skipped."))
    seconds = samples / rate
    # A video container with audio only.
    file_format, mime_type = {"mp4": ("m4a", "audio/mp4"), "webm": ("webm", "audio/webm")}.get(
        content.file_format, (content.file_format, content.mime_type.replace("video/", "audio/"))
    )
    return ProbeResult(
        type="audio",
        mime_type=mime_type,
        file_format=file_format,
        duration_sec=round(seconds, 3),
        samplerate_hz=rate,
        channels=channels,
        codec=name_of(codec),
        bit_rate=_bit_rate(path, seconds),
        **more,
        **msgspec.structs.asdict(found),
        previews=draw_waveform(drawing, folder),
    )


def _bit_rate(path: Path, seconds: float) -> int | None:
    return round(path.stat().st_size * 8 / seconds) if seconds > 0 else None
