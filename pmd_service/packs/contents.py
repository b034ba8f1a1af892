"""The contents of a pack's edition: its files with their paths, and the data of its documents."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath

import msgspec

from ..assets.disclosures import Marks
from ..assets.generation import Generation
from ..assets.lineage import Step
from .cover import Cover
from .licensing import PackFile, PackLicense
from .paths import Layout, paths_of

FILES = "assets"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the archive; ``license`` is its own or the pack's, ``steps`` the edits since its original.

    ``says_rights``: whether it says itself what its artist says about AI.
    """

    file: PackFile
    rel_path: str
    license: str
    steps: Sequence[Step] = ()
    says_rights: bool = False

    @property
    def path(self) -> str:
        """Relative to the folder of the pack's files."""
        return self.rel_path.removeprefix(f"{FILES}/")

    @property
    def filename(self) -> str:
        return PurePosixPath(self.rel_path).name


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """One edition of a pack: all inputs of its documents, so that the same edition has the same bytes."""

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
    cover: Cover | None = None
    updated_at: datetime | None = None

    @property
    def size_bytes(self) -> int:
        return sum(entry.file.size_bytes for entry in self.entries)

    def generation(self, entry: Entry) -> Generation | None:
        """The AI generation data embedded in the file; None if the pack strips such metadata."""
        return entry.file.generation if self.marks == "keep" else None

    @property
    def folder(self) -> str:
        return f"{self.slug}_v{self.edition}"

    @property
    def copyright(self) -> str:
        return f"{self.dated.year} {self.holder}"

    @property
    def licenses(self) -> list[str]:
        """All licences in the pack, the pack's own first."""
        return list(dict.fromkeys([self.license.spdx, *sorted({entry.license for entry in self.entries})]))


def place(
    files: Sequence[PackFile],
    license: PackLicense,
    steps: Mapping[int, Sequence[Step]] | None = None,
    *,
    layout: Layout = "folders",
) -> list[Entry]:
    """Assign paths in the archive, in the pack's order."""
    return [
        Entry(
            file=file,
            rel_path=f"{FILES}/{path}",
            license=file.license_identifier or license.spdx,
            steps=(steps or {}).get(file.asset_id, ()),
        )
        for file, path in zip(files, paths_of(files, layout), strict=True)
    ]
