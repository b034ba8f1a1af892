"""Probing a file again, as an upload is probed."""

import msgspec

from ..kind import TaskKind
from ..probe import PROBE_ENGINE


class MetadataExtract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


KIND = TaskKind(
    name="metadata_extract",
    position=110,
    title="Rescan",
    description="Measures the file again, draws new previews and writes a new report.",
    params=MetadataExtract,
    examples={"image": [MetadataExtract()], "audio": [MetadataExtract()], "video": [MetadataExtract()]},
    engine=PROBE_ENGINE,
    result="The files stay as they are; their details are read again.",
    megapixel=0.02,
    second=0.01,
)
