"""Bringing sounds to the same loudness."""

from typing import Annotated

import msgspec
from msgspec import Meta

from .. import caps
from ..formats import TARGETS
from ..kind import ENGINES, TaskKind, engine
from ..messages import MAX_INPUT_FILES


class Loudness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Changes sounds to this loudness; as a group all by the same gain, so that they keep their differences."""

    target_lufs: Annotated[float, Meta(ge=-40, le=-6, description="EBU R128, in LUFS.")] = -16.0
    peak_dbtp: Annotated[float, Meta(ge=-9, le=0, description="The maximum true peak, in dBTP.")] = -1.0
    as_group: bool = True
    limit: Annotated[
        bool, Meta(description="Limits peaks that would be too high; without it, such a sound stays below the target.")
    ] = True


KIND = TaskKind(
    name="loudness",
    position=90,
    title="Level",
    description="Brings sounds to the same loudness. As a group, all change by the same amount, so quiet ones stay "
    "quieter.",
    params=Loudness,
    examples={"audio": [Loudness(target_lufs=-20)]},
    engine=engine(
        f"{ENGINES}.levels",
        cpu_seconds=900,
        output_bytes=caps.GIB,
        output_names=[f"result-{number}.{ending}" for number in range(MAX_INPUT_FILES) for ending in TARGETS["audio"]],
    ),
    suffix="level",
    second=0.03,
    together=True,
)
