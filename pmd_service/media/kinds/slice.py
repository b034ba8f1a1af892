"""Cutting sprites out of a sheet."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..kind import ENGINES, TaskKind, engine
from ..messages import MAX_OUTPUT_FILES

_Cell = Annotated[int, Meta(ge=1, le=4096)]
_Between = Annotated[int, Meta(ge=0, le=256)]


class Slice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``alpha`` slices connected parts, ``grid`` cells of equal size, ``frames`` an animation; ``tags`` and ``slices``
    are those of an Aseprite file."""

    by: Literal["alpha", "grid", "frames", "tags", "slices"] = "alpha"
    gap: Annotated[int, Meta(ge=1, le=64, description="By alpha: parts nearer than this many pixels are one.")] = 1
    width: Annotated[_Cell, Meta(description="By grid: a cell's width in pixels.")] = 16
    height: Annotated[_Cell, Meta(description="By grid: a cell's height in pixels.")] = 16
    margin: Annotated[_Between, Meta(description="By grid: pixels around all cells.")] = 0
    spacing: Annotated[_Between, Meta(description="By grid: pixels between two cells.")] = 0


_NAMES = [
    f"result-{number}.{ending}" for number in range(MAX_OUTPUT_FILES + 1) for ending in ("png", "gif", "webp", "bmp")
]

KIND = TaskKind(
    name="slice",
    position=50,
    title="Cut a sheet",
    description="Cuts sprites out of a sheet: connected areas, the cells of a grid, or an animation's frames.",
    params=Slice,
    examples={"image": [Slice(by="grid"), Slice(by="frames")]},
    engine=engine(f"{ENGINES}.slicing", cpu_seconds=300, output_names=_NAMES),
    preview=engine(f"{ENGINES}.slicing_preview", cpu_seconds=30),
    megapixel=0.2,
)
