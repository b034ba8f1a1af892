"""Writing Ogg Vorbis by libsndfile: libav's own encoder is experimental, and PyAV's wheel has no other."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import av
import numpy as np

from .ogg import retagged

CODEC = "vorbis"
# Samples at a time: libsndfile keeps all that it is given on the stack.
_CHUNK = 4096
# Nominal bit rates of a channel of two by quality, from 0 to 1 (“Vorbis audio compression”, libvorbis' own tables).
_KILOBITS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 250)
_TABLE_HZ, _USUAL_QUALITY = 44_100, 0.6
# A single channel has nothing in common with another.
_ALONE = 1.15
# Where each of Vorbis' channels is in libav's layout (Vorbis I, section 4.3.9).
_ORDERS = {
    "3.0": (0, 2, 1),
    "5.0": (0, 2, 1, 3, 4),
    "5.1": (0, 2, 1, 4, 5, 3),
    "6.1": (0, 2, 1, 5, 6, 4, 3),
    "7.1": (0, 2, 1, 6, 7, 4, 5, 3),
}


def write_vorbis(
    chunks: "Iterable[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]",
    path: Path,
    *,
    rate: int,
    layout: str,
    bit_rate: int | None,
) -> None:
    """Encode chunks of channels × samples, −1 to 1.

    Args:
        bit_rate: of the source, which the result is to equal.
    """
    import soundfile  # noqa: PLC0415  for Vorbis only, as few sounds are

    channels = av.AudioLayout(layout).nb_channels
    order = list(_ORDERS.get(layout, range(channels)))
    level = 1 - _quality(bit_rate, rate, channels)
    with soundfile.SoundFile(
        str(path), "w", rate, channels, subtype="VORBIS", format="OGG", compression_level=level
    ) as file:
        for chunk in chunks:
            for start in range(0, chunk.shape[1], _CHUNK):
                file.write(np.ascontiguousarray(chunk[order, start : start + _CHUNK].T))


def _quality(bit_rate: int | None, rate: int, channels: int) -> float:
    if not bit_rate:
        return _USUAL_QUALITY
    kilobits = bit_rate / 1000 / channels / (_ALONE if channels == 1 else 1) * _TABLE_HZ / min(rate, _TABLE_HZ)
    return float(np.interp(kilobits, _KILOBITS, np.linspace(0, 1, len(_KILOBITS))))


def retag(path: Path, tags: Mapping[str, str]) -> None:
    """Write the comments: libsndfile knows few, and numbers its streams at random."""
    pages = retagged(path.read_bytes(), tags)
    with path.open("wb") as file:
        file.writelines(pages)
