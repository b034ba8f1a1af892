"""The first pieces that slicing a sheet would make, and how many: a dry run."""

from pathlib import Path

import msgspec

from ..kinds.slice import Slice
from ..messages import Progress, Work
from ..pieces import PIECES, SIDE, Piece, Pieces
from .slicing import read_cuts


def run(work: Work, progress: Progress) -> Pieces:
    """Write the first frame of each into piece-1.png and so on, no larger than ``SIDE``.

    Raises:
        RefusalError: there would be none.
    """
    params = msgspec.convert(work.params, Slice)
    progress(0, "reading")
    _, cuts = read_cuts(Path(work.source), params)
    pieces = []
    for number, cut in enumerate(cuts[:PIECES], 1):
        drawn = cut.frames[0].copy()
        pieces.append(Piece(width=drawn.width, height=drawn.height, label=cut.label[:80]))
        drawn.thumbnail((SIDE, SIDE))
        drawn.save(Path(work.folder) / f"piece-{number}.png")
    return Pieces(count=len(cuts), pieces=pieces)
