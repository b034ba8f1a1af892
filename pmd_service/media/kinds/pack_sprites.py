"""Packing pictures onto one sheet."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..kind import ENGINES, TaskKind, engine

MAX_PAGES = 32


class SpriteSheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``data`` is the format of the atlas file for game engines; ``phaser`` is one file for all pages."""

    data: Literal["texturepacker_hash", "texturepacker_array", "phaser", "aseprite", "godot", "css"] = (
        "texturepacker_hash"
    )
    padding: Annotated[int, Meta(ge=0, le=64, description="Pixels between two sprites.")] = 2
    extrude: Annotated[
        int, Meta(ge=0, le=16, description="Pixels by which a sprite's edges are repeated around it, against seams.")
    ] = 0
    trim: Annotated[bool, Meta(description="Trim transparent margins; the data has their sizes.")] = True
    merge: Annotated[bool, Meta(description="Equal frames have one place on the sheet.")] = True
    power_of_two: Annotated[bool, Meta(description="Width and height are powers of two.")] = False
    max_side: Annotated[
        int, Meta(ge=64, le=8192, description="Largest width and height of a page; further pages take the rest.")
    ] = 4096


KIND = TaskKind(
    name="pack_sprites",
    position=60,
    title="Make a sheet",
    description="Puts all these pictures on one sheet, with the atlas file that game engines read.",
    params=SpriteSheet,
    examples={"image": [SpriteSheet()]},
    engine=engine(
        f"{ENGINES}.packing",
        cpu_seconds=300,
        output_names=[
            "result.png",
            *(f"result-{number}.png" for number in range(2, MAX_PAGES + 1)),
            *(f"result-{number}.json" for number in range(1, MAX_PAGES + 1)),
            *("result-1.tres", "result-1.css"),
        ],
    ),
    megapixel=0.1,
    together=True,
    names_files=True,
)
