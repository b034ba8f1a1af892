"""Converting to another format."""

import msgspec

from .. import caps
from ..formats import TARGETS, TargetFormat
from ..kind import ENGINES, TaskKind, engine


class Transcode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Converts to another format of the same kind."""

    format: TargetFormat


KIND = TaskKind(
    name="transcode",
    position=100,
    title="Convert",
    description="Saves the file in another format.",
    params=Transcode,
    examples={type_: [Transcode(form) for form in targets] for type_, targets in TARGETS.items()},
    engine=engine(f"{ENGINES}.enhance", cpu_seconds=7200, output_bytes=caps.VIDEO_BYTES),
    suffix="converted",
    megapixel=0.1,
    second=0.02,
)
