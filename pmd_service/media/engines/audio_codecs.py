"""Audio codecs: encoders by format, the rates and channel layouts they support, and codecs' display names."""

import re
from collections.abc import Mapping

from av.audio.stream import AudioStream
from av.codec import Codec
from av.codec.codec import UnknownCodecError
from av.container import OutputContainer

# Encoders by the result's format.
CODECS = {"wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame", "m4a": "aac", "ogg": "libopus"}
# Encoders that support certain rates (Hz) and channel layouts only.
_RATES: Mapping[str, tuple[int, ...]] = {
    "libmp3lame": (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
    "aac": (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000),
    "libopus": (48_000,),
}
_MAX_RATES: Mapping[str, int] = {"vorbis": 192_000}
_LAYOUTS: Mapping[str, tuple[str, ...]] = {
    "libmp3lame": ("mono", "stereo"),
    "aac": ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "7.1"),
    **dict.fromkeys(("libopus", "vorbis"), ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")),
}
_CHANNELS = {"mono": 1, "stereo": 2, "3.0": 3, "quad": 4, "5.0": 5, "5.1": 6, "6.1": 7, "7.1": 8}
_USUAL_LAYOUTS = {f"{channels} channels": layout for layout, channels in _CHANNELS.items()}
_MIN_DIVISOR_HZ = 32_000
_CHANNEL_BIT_RATE, _MAX_BIT_RATE = 96_000, 320_000
_USUAL_BITS, _DEEP = 16, "s32"
LOSSY = frozenset(_LAYOUTS)
_NAMES = {
    **{"av1": "AV1", "h264": "H.264", "hevc": "H.265", "vp8": "VP8", "vp9": "VP9", "mpeg4": "MPEG-4", "flv1": "FLV1"},
    **{"mpeg1video": "MPEG-1", "mpeg2video": "MPEG-2", "theora": "Theora", "prores": "ProRes", "mjpeg": "Motion JPEG"},
    **{"mp3": "MP3", "mp2": "MP2", "aac": "AAC", "opus": "Opus", "vorbis": "Vorbis", "flac": "FLAC", "alac": "ALAC"},
    **{"ac3": "AC-3", "eac3": "E-AC-3", "wavpack": "WavPack", "pcm_mulaw": "µ-law", "pcm_alaw": "A-law"},
}
_PCM = re.compile(r"pcm_([suf])(\d+)")
_LOSSLESS = {"flac": {"s16": 16, "s32": 24}, "alac": {"s16p": 16, "s32p": 24}, "wavpack": {"s16p": 16, "s32p": 24}}


def add_sound(
    target: OutputContainer,
    encoder: str,
    rate: int,
    layout: str,
    *,
    bits: int | None,
    min_channels: int,
    bit_rate: int | None = None,
) -> AudioStream:
    """Add an audio stream with an encoder that supports this rate and layout.

    Args:
        bits: per sample of the source.
        min_channels: a lossy encoder's bit rate is for at least this many channels.
        bit_rate: of a lossy source, which the result is to equal.
    """
    stream = target.add_stream(encoder, rate=rate)
    assert isinstance(stream, AudioStream)
    stream.layout = layout
    if encoder in LOSSY:
        usual = _CHANNEL_BIT_RATE * max(min_channels, stream.layout.nb_channels)
        stream.bit_rate = max(usual, min(bit_rate or 0, _MAX_BIT_RATE))
    elif encoder == "flac" and (bits or 0) > _USUAL_BITS:
        stream.format = _DEEP
    return stream


def name_of(codec: str) -> str:
    """The display name of a codec, by libav's canonical name: H.264, MP3, PCM, 24 bits."""
    pcm = _PCM.match(codec)
    return _NAMES.get(codec) or (f"PCM, {pcm[2]} bits{' float' * (pcm[1] == 'f')}" if pcm else _long_name(codec))


def _long_name(codec: str) -> str:
    """As libav describes it, without what it adds: “AMR-NB (Adaptive Multi-Rate NarrowBand)”, “H.263 / H.263-1996”."""
    try:
        words = Codec(codec, "r").long_name
    except UnknownCodecError:
        words = codec.upper()
    return re.split(r" \(| / ", words)[0]


def bits_of(codec: str, sample_format: str) -> int | None:
    """Bits per sample; None for lossy codecs."""
    pcm = _PCM.match(codec)
    return int(pcm[2]) if pcm else _LOSSLESS.get(codec, {}).get(sample_format)


def supported_rate(encoder: str, rate: int) -> int:
    """The rate itself, an integer fraction of it that keeps all that is audible, or the next higher one."""
    rates = _RATES.get(encoder, (min(rate, _MAX_RATES.get(encoder, rate)),))
    if rate in rates:
        return rate
    divisors = [each for each in rates if rate % each == 0 and each >= _MIN_DIVISOR_HZ]
    return max(divisors) if divisors else min((each for each in rates if each > rate), default=max(rates))


def usual_layout(layout: str) -> str:
    """The usual layout of a file that only has a number of channels."""
    return _USUAL_LAYOUTS.get(layout, layout)


def supported_layout(encoder: str, layout: str, channels: int) -> str:
    """The layout itself, or the largest one that the encoder supports."""
    layouts = _LAYOUTS.get(encoder, (layout,))
    return layout if layout in layouts else [each for each in layouts if _CHANNELS[each] <= channels][-1]
