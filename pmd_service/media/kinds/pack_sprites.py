"""Packing pictures onto one sheet."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..kind import ENGINES, TaskKind, engine


class SpriteSheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``data`` is the format of the atlas file for game engines."""

    data: Literal["texturepacker_hash", "texturepacker_array", "aseprite", "godot", "css"] = "texturepacker_hash"
    padding: Annotated[int, Meta(ge=0, le=64, description="Pixels between two sprites.")] = 2
    trim: Annotated[bool, Meta(description="Trim transparent margins; the data has their sizes.")] = True
    power_of_two: Annotated[bool, Meta(description="Width and height are powers of two.")] = False


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
        output_names=["result.png", *(f"result-1.{ending}" for ending in ("json", "tres", "css"))],
    ),
    megapixel=0.1,
    together=True,
)
