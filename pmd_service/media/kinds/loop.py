"""Finding where music loops."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .. import caps
from ..kind import ENGINES, TaskKind, engine
from .enhance import Seconds


class Loop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The loop from ``start`` to ``end``, in seconds; without these it is detected, or several are listed."""

    start: Seconds | None = None
    end: Seconds | None = None
    format: Annotated[
        Literal["wav", "ogg", "flac"], Meta(description="WAV has a “smpl” chunk, the others have tags.")
    ] = "wav"
    list_only: Annotated[
        bool, Meta(description="Lists the best loops to choose from in the task's `loops`, and writes no file.")
    ] = False

    def __post_init__(self) -> None:
        if (self.start is None) != (self.end is None):
            raise ValueError("A loop needs both a start and an end, or neither")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("A loop ends after its start")
        if self.list_only and self.start is not None:
            raise ValueError("Loops are listed without a start and an end")


KIND = TaskKind(
    name="loop",
    position=80,
    title="Loop",
    description="Finds where music loops without a seam, and stores the loop points where game engines read them.",
    params=Loop,
    examples={"audio": [Loop(0.5, 1.5, "wav"), Loop(0.5, 1.5, "flac"), Loop(0.5, 1.5, "ogg")]},
    engine=engine(f"{ENGINES}.loop", cpu_seconds=300, output_bytes=caps.GIB),
    suffix="loop",
    second=0.05,
)
