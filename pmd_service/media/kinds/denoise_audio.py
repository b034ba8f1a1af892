"""Removing steady noise from sounds."""

from typing import Annotated

import msgspec
from msgspec import Meta

from .. import caps
from ..kind import ENGINES, TaskKind, engine


class Denoise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the noise to remove."""

    strength: Annotated[int, Meta(ge=0, le=100, description="0 removes nothing, 100 everything that may be noise.")] = (
        50
    )


KIND = TaskKind(
    name="denoise_audio",
    position=20,
    title="Clean sound",
    description="Removes steady noise from a sound, and keeps its timing to the sample.",
    params=Denoise,
    examples={"audio": [Denoise()]},
    engine=engine(f"{ENGINES}.denoise_audio", cpu_seconds=900, output_bytes=caps.GIB),
    suffix="clean",
    second=0.03,
)
