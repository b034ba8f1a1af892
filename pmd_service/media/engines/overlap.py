"""Sound in windows that overlap, changed one by one and added up again, to the sample as long as it was."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import numpy as np

from .sounds import Samples

# A window of all channels, as it is added to the others: their sum, where nothing is changed, is the sound.
Change: TypeAlias = Callable[
    ["np.ndarray[tuple[int, ...], np.dtype[np.float64]]"], "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
]

_HOPS_AT_ONCE = 32


def overlapped(chunks: Iterable[Samples], channels: int, *, size: int, hop: int, change: Change) -> Iterator[Samples]:
    """The chunks through ``change``; the first and last windows reach over the ends, into silence."""
    held = np.zeros((channels, size - hop))
    added = np.zeros((channels, size))
    made: list[Samples] = []
    skipped, left = size - hop, 0
    for chunk in _and_end(chunks, channels, size):
        if chunk is not None:
            left += chunk.shape[1]
            held = np.concatenate([held, chunk], axis=1)
        else:
            held = np.concatenate([held, np.zeros((channels, size))], axis=1)
        at = 0
        while at + size <= held.shape[1]:
            added += change(held[:, at : at + size])
            made.append(added[:, :hop].astype(np.float32))
            added = np.concatenate([added[:, hop:], np.zeros((channels, hop))], axis=1)
            at += hop
            if len(made) == _HOPS_AT_ONCE:
                skipped, left, piece = _piece(made, skipped, left)
                made = []
                if piece.shape[1]:
                    yield piece
        held = held[:, at:]
    if made:
        _, _, piece = _piece(made, skipped, left)
        if piece.shape[1]:
            yield piece


def _piece(made: list[Samples], skipped: int, left: int) -> tuple[int, int, Samples]:
    """What is still to be skipped and to come, and the windows' sum without what reaches over the ends."""
    whole = np.concatenate(made, axis=1)
    kept = whole[:, skipped : skipped + left]
    return max(0, skipped - whole.shape[1]), left - kept.shape[1], kept


def _and_end(chunks: Iterable[Samples], channels: int, size: int) -> Iterator[Samples | None]:
    yield from chunks
    yield None
