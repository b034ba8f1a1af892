"""What the codecs of sound take, and what people call them."""

import re
from collections.abc import Mapping

from av.audio.stream import AudioStream
from av.container import OutputContainer

# The encoder by the result's format.
CODECS = {"wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame", "m4a": "aac", "ogg": "libopus"}
# Of encoders with bounds: samples a second, and which channels, by libav's names.
_RATES: Mapping[str, tuple[int, ...]] = {
    "libmp3lame": (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
    "aac": (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000),
    "libopus": (48_000,),
}
_LAYOUTS: Mapping[str, tuple[str, ...]] = {
    "libmp3lame": ("mono", "stereo"),
    "aac": ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "7.1"),
    "libopus": ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"),
}
_CHANNELS = {"mono": 1, "stereo": 2, "3.0": 3, "quad": 4, "5.0": 5, "5.1": 6, "6.1": 7, "7.1": 8}
_USUAL_LAYOUTS = {f"{channels} channels": layout for layout, channels in _CHANNELS.items()}
_LEAST_PART_HZ = 32_000
_BIT_RATE_OF_A_CHANNEL = 96_000
_USUAL_BITS, _DEEP = 16, "s32"
LOSSY = frozenset(_RATES)
_NAMES = {
    **{"av1": "AV1", "h264": "H.264", "hevc": "H.265", "vp8": "VP8", "vp9": "VP9", "mpeg4": "MPEG-4", "flv1": "FLV1"},
    **{"mpeg1video": "MPEG-1", "mpeg2video": "MPEG-2", "theora": "Theora", "prores": "ProRes", "mjpeg": "Motion JPEG"},
    **{"mp3": "MP3", "mp2": "MP2", "aac": "AAC", "opus": "Opus", "vorbis": "Vorbis", "flac": "FLAC", "alac": "ALAC"},
    **{"ac3": "AC-3", "eac3": "E-AC-3", "wavpack": "WavPack", "pcm_mulaw": "µ-law", "pcm_alaw": "A-law"},
}
_PCM = re.compile(r"pcm_([suf])(\d+)")
_LOSSLESS = {"flac": {"s16": 16, "s32": 24}, "alac": {"s16p": 16, "s32p": 24}, "wavpack": {"s16p": 16, "s32p": 24}}


def add_sound(
    target: OutputContainer, encoder: str, rate: int, layout: str, *, bits: int | None, least_channels: int
) -> AudioStream:
    """A new stream of sound, by an encoder that takes this rate and layout.

    Args:
        bits: a sample's, in what goes into it.
        least_channels: what is lossy gets bits for so many channels, though it may have fewer.
    """
    stream = target.add_stream(encoder, rate=rate)
    assert isinstance(stream, AudioStream)
    stream.layout = layout
    if encoder in LOSSY:
        stream.bit_rate = _BIT_RATE_OF_A_CHANNEL * max(least_channels, stream.layout.nb_channels)
    elif encoder == "flac" and (bits or 0) > _USUAL_BITS:
        stream.format = _DEEP
    return stream


def name_of(codec: str) -> str:
    """What people call libav's codec (its canonical name): H.264, MP3, PCM with 24 bits."""
    pcm = _PCM.match(codec)
    return _NAMES.get(codec) or (f"PCM, {pcm[2]} bits{' float' * (pcm[1] == 'f')}" if pcm else codec)


def bits_of(codec: str, sample_format: str) -> int | None:
    """The bits of a sample; None where the codec keeps no samples."""
    pcm = _PCM.match(codec)
    return int(pcm[2]) if pcm else _LOSSLESS.get(codec, {}).get(sample_format)


def rate_taken(encoder: str, rate: int) -> int:
    """The rate itself, a whole part of it, or the next above: what is heard stays as far as the encoder goes."""
    rates = _RATES.get(encoder, (rate,))
    if rate in rates:
        return rate
    parts = [each for each in rates if rate % each == 0 and each >= _LEAST_PART_HZ]
    return max(parts) if parts else min((each for each in rates if each > rate), default=max(rates))


def usual_layout(layout: str) -> str:
    """A file may not say which channel is which, and encoders want to know."""
    return _USUAL_LAYOUTS.get(layout, layout)


def layout_taken(encoder: str, layout: str, channels: int) -> str:
    """The channels themselves, or as many of them as the encoder takes."""
    layouts = _LAYOUTS.get(encoder, (layout,))
    return (
        layout
        if layout in layouts
        else max((each for each in layouts if _CHANNELS[each] <= channels), key=layouts.index)
    )
