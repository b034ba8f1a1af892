"""The first pieces that slicing a sheet would make, and how many: a dry run."""

from pathlib import Path

import msgspec

from ..kinds.slice import Slice
from ..messages import Progress, RefusalError, Work
from ..pieces import PIECES, SIDE, Piece, Pieces
from .pictures import read_picture
from .slicing import cuts_of, why_nothing


def run(work: Work, progress: Progress) -> Pieces:
    """Write the first frame of each into piece-1.png and so on, no larger than ``SIDE``.

    Raises:
        RefusalError: there would be none.
    """
    params = msgspec.convert(work.params, Slice)
    progress(0, "reading")
    source = Path(work.source)
    picture = read_picture(source)
    cuts = cuts_of(source, picture, params)
    if not cuts:
        raise RefusalError("nothing_there", why_nothing(picture.frames[0], params))
    pieces = []
    for number, cut in enumerate(cuts[:PIECES], 1):
        drawn = cut.frames[0].copy()
        pieces.append(Piece(width=drawn.width, height=drawn.height, label=cut.label[:80]))
        drawn.thumbnail((SIDE, SIDE))
        drawn.save(Path(work.folder) / f"piece-{number}.png")
    return Pieces(count=len(cuts), pieces=pieces)
