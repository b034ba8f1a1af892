"""A dry run of a task: the first files that it would make, drawn in the media child.

In a thread: checking and reading the pictures in one hop.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from .child import checked_answer, run_one
from .kind import Engine
from .messages import Refused, Work

# Pieces that are drawn, and their longer side at most, in pixels.
PIECES, SIDE = 12, 128
PIECE_NAMES = [f"piece-{number}.png" for number in range(1, PIECES + 1)]


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One of them; without a ``label`` it would be numbered."""

    width: Annotated[int, Meta(ge=1, le=2**20)]
    height: Annotated[int, Meta(ge=1, le=2**20)]
    label: Annotated[str, Meta(max_length=80)] = ""


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """How many there would be, and the first of them; of a single one about how many bytes it would have."""

    count: Annotated[int, Meta(ge=1)]
    size_bytes: Annotated[int, Meta(ge=1)] | None = None
    pieces: Annotated[list[Piece], Meta(max_length=PIECES)]


async def draw_pieces(
    engine: Engine, source: Path, folder: Path, *, name: str, params: Mapping[str, Any]
) -> tuple[Pieces, Sequence[bytes]] | Refused:
    """The pieces, and their pictures as PNG.

    Raises:
        ChildFaultError: the child failed for no fault of the file; may pass.
    """
    names = [*PIECE_NAMES, *engine.output_names]
    work = Work(source=str(source), folder=str(folder), output_names=names, names=[name], params=dict(params))
    answer = await run_one(engine.module, work, folder=folder, limits=engine.limits)
    pieces = checked_answer(answer, Pieces, folder, lambda found: PIECE_NAMES[: len(found.pieces)])
    if isinstance(pieces, Refused):
        return pieces
    return pieces, await asyncio.to_thread(_read, folder, len(pieces.pieces))


def _read(folder: Path, count: int) -> list[bytes]:
    return [(folder / name).read_bytes() for name in PIECE_NAMES[:count]]
