"""Building a pack: :mod:`pmd_service.packs.export` does it, and nothing is decoded."""

import msgspec

from ..kind import TaskKind


class ExportPack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


KIND = TaskKind(
    name="export_pack",
    position=120,
    title="Build pack",
    description="Builds the next edition of a pack. Start it from the pack.",
    params=ExportPack,
    examples={},
    engine=None,
)
