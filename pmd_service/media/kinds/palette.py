"""Reducing to a palette, swapping colours, or saving a picture's own palette."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..kind import ENGINES, OUTPUT_NAMES, TaskKind, engine
from ..palettes import MAX_COLOURS, require_colours

_Colours = Annotated[str, Meta(max_length=16_384)]


class Palette(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``reduce`` to these colours, ``swap`` some for others, or ``extract`` the image's palette."""

    method: Literal["reduce", "swap", "extract"] = "reduce"
    colours: Annotated[
        _Colours, Meta(description="To reduce to, or to swap for: a .gpl, .pal or .hex file, or a list.")
    ] = ""
    replaces: Annotated[_Colours, Meta(description="To swap: the old colours, in the order of the new ones.")] = ""
    dither: Annotated[int, Meta(ge=0, le=100, description="To reduce: strength of the ordered dithering.")] = 0
    most: Annotated[int, Meta(ge=2, le=MAX_COLOURS, description="To extract: the maximum number of colours.")] = 64

    def __post_init__(self) -> None:
        if self.method == "extract":
            return
        new = require_colours(self.colours, what="The colours")
        if self.method == "swap" and len(require_colours(self.replaces, what="What it replaces")) != len(new):
            raise ValueError("A swap needs as many old colours as new ones")


KIND = TaskKind(
    name="palette",
    position=70,
    title="Palette",
    description="Maps a picture to a palette, replaces some colours, or saves the picture's own palette.",
    params=Palette,
    examples={
        "image": [
            Palette(colours="ffffff 000000 d04648 346524 30346d"),
            Palette(method="swap", replaces="d04648", colours="ff0000"),
            Palette(method="extract", most=256),
        ]
    },
    engine=engine(f"{ENGINES}.palette", cpu_seconds=300, output_names=[*OUTPUT_NAMES, "result.gpl"]),
    suffix="palette",
    megapixel=0.4,
)
