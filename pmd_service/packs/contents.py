"""What is in a pack: its files as they are packed, and what the documents beside them are made from."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath

import msgspec

from ..archive.names import ArchiveNames
from ..assets.generation import Generation
from ..assets.lineage import Step
from ..assets.tellings import Marks
from .licensing import PackFile, PackLicense


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A file at its place in the archive; ``license`` is the one under which it goes, its own or the pack's.

    ``steps`` lead to it from its original.
    """

    file: PackFile
    rel_path: str
    license: str
    steps: Sequence[Step] = ()

    @property
    def filename(self) -> str:
        return PurePosixPath(self.rel_path).name


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """One edition of a pack: all from which its documents follow, so that the same edition has the same bytes."""

    pack_id: int
    name: str
    slug: str
    theme: str | None
    description: str | None
    edition: int
    license: PackLicense
    holder: str
    dated: datetime
    marks: Marks
    entries: Sequence[Entry]

    @property
    def size_bytes(self) -> int:
        return sum(entry.file.size_bytes for entry in self.entries)

    def generation(self, entry: Entry) -> Generation | None:
        """What the file's own marks say of a machine; nothing where the pack takes such marks out."""
        return entry.file.generation if self.marks == "keep" else None

    @property
    def folder(self) -> str:
        return f"{self.slug}_v{self.edition}"

    @property
    def copyright(self) -> str:
        return f"{self.dated.year} {self.holder}"

    @property
    def licenses(self) -> list[str]:
        """Every licence that anything in the pack has, the pack's first."""
        return list(dict.fromkeys([self.license.spdx, *sorted({entry.license for entry in self.entries})]))


def place(
    files: Sequence[PackFile], license: PackLicense, steps: Mapping[int, Sequence[Step]] | None = None
) -> list[Entry]:
    """Give each file its name in the archive, in the pack's order, unique without regard to case."""
    names = ArchiveNames()
    return [
        Entry(
            file=file,
            rel_path=f"assets/{names.unique(_stem(file), file.file_format)}",
            license=file.license_identifier or license.spdx,
            steps=(steps or {}).get(file.asset_id, ()),
        )
        for file in files
    ]


def _stem(file: PackFile) -> str:
    """The file's name without its ending: the true format's takes that place."""
    stem, dot, ending = file.name.rpartition(".")
    return stem if dot and stem and re.fullmatch(r"\w{1,5}", ending) else file.name
