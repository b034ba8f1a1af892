"""Removing noise from sounds."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .. import caps
from ..kind import ENGINES, TaskKind, engine
from ..modules import SPEECH_MODULES


class Denoise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the noise to remove."""

    strength: Annotated[int, Meta(ge=0, le=100, description="0 removes nothing, 100 everything that may be noise.")] = (
        50
    )
    method: Annotated[
        Literal["auto", "steady", "speech"],
        Meta(
            description="Speech keeps voices and removes everything else, clicks and music as well; steady is for "
            "noise in any sound. Auto takes the first for speech with noise."
        ),
    ] = "auto"


KIND = TaskKind(
    name="denoise_audio",
    position=20,
    title="Clean sound",
    description="Removes steady noise from a sound, and other noise from speech; its timing is kept to the sample.",
    params=Denoise,
    examples={"audio": [Denoise()]},
    engine=engine(f"{ENGINES}.denoise_audio", cpu_seconds=3600, output_bytes=caps.GIB),
    suffix="clean",
    second=0.03,
    extras={("method", "speech"): SPEECH_MODULES},
)
