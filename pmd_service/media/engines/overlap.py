"""Sound in windows that overlap, changed one by one and added up again, to the sample as long as it was."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
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
    length = given = 0

    def counted() -> Iterator[Samples]:
        nonlocal length
        for chunk in chunks:
            length += chunk.shape[1]
            yield chunk
        yield np.zeros((channels, size), np.float32)

    before = size - hop
    hops = _hops(counted(), channels, size, hop, change)
    while made := [*islice(hops, _HOPS_AT_ONCE)]:
        whole = np.concatenate(made, axis=1)
        piece = whole[:, before : before + length - given]
        before = max(0, before - whole.shape[1])
        given += piece.shape[1]
        if piece.shape[1]:
            yield piece


def _hops(chunks: Iterable[Samples], channels: int, size: int, hop: int, change: Change) -> Iterator[Samples]:
    """The windows' sum, as far as no further window reaches."""
    held, added = np.zeros((channels, size - hop)), np.zeros((channels, size))
    for chunk in chunks:
        held = np.concatenate([held, chunk], axis=1)
        while held.shape[1] >= size:
            added += change(held[:, :size])
            yield added[:, :hop].astype(np.float32)
            added = np.concatenate([added[:, hop:], np.zeros((channels, hop))], axis=1)
            held = held[:, hop:]
