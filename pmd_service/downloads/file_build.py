"""One attempt at building a download of files of the library."""

from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Self

import msgspec

from ..archive.names import ArchiveNames, safe_name
from ..archive.sparse import Sealed
from ..archive.writer import ArchiveWriter
from ..base.database import find_all
from ..base.telemetry import log
from ..locales import translatable
from ..portable.records import MissingRecord
from ..vault.leftovers import NewObject
from ..work.kind import PermanentError
from .build import Build, Owner

# Files that are loaded and located together.
PAGE = 1000


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the library, and its path in the archive."""

    post_id: int
    art_url: str
    path: str
    created_at: datetime

    @property
    def record(self) -> Self:
        return self


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    path: str
    name: str
    folder: str
    created_at: datetime


_FILES = """
SELECT asset.id, path, name, folder, created_at
  FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (id, place)
  JOIN asset ON asset.id = wanted.id AND user_id = $1 AND deleted_at IS NULL
 ORDER BY place
"""
_PATHS = "SELECT path FROM asset WHERE user_id = $1 AND id = ANY ($2)"


class FilesBuild(Build):
    """Files by their folders, unchanged, and nothing else."""

    async def _load_art_urls(self) -> Sequence[str]:
        return [row[0] for row in await self._worker.pool.fetch(_PATHS, self._row.user_id, self._row.asset_ids)]

    async def _write(self, target: NewObject, owner: Owner) -> Sealed:
        names: dict[str, ArchiveNames] = {}  # by folder; some file systems ignore case
        budget = self._budget()
        async with ArchiveWriter(target.part, whole=self._is_whole) as archive:
            for first in range(0, len(self._row.asset_ids), PAGE):
                files = await self._load(self._row.asset_ids[first : first + PAGE], names)
                async with aclosing(self._added(archive, files, budget, self._leave_out)) as runs:
                    async for _ in runs:
                        pass
            if not self._written:
                raise PermanentError(translatable("None of the requested files is there any more."))
            return await archive.finish()

    async def _load(self, asset_ids: Sequence[int], names: dict[str, ArchiveNames]) -> Sequence[_File]:
        rows = await find_all(self._worker.pool, _Row, _FILES, self._row.user_id, asset_ids)
        found = {row.id for row in rows}
        self.missing += [
            MissingRecord(sqid=str(asset_id), title=None, reason=translatable("The file was deleted."))
            for asset_id in asset_ids
            if asset_id not in found
        ]
        return [
            _File(post_id=row.id, art_url=row.path, path=_path(row, names), created_at=row.created_at) for row in rows
        ]

    def _leave_out(self, file: _File, reason: str) -> None:
        log.warning("bdr_file_missing", asset_id=file.post_id, reason=reason)
        self.missing.append(MissingRecord(sqid=str(file.post_id), title=file.path, reason=reason))


def _path(row: _Row, names: dict[str, ArchiveNames]) -> str:
    folder = "/".join(safe_name(part, "") for part in row.folder.split("/") if part)
    stem, _, extension = row.name.rpartition(".")
    name = names.setdefault(folder.casefold(), ArchiveNames()).unique(stem or row.name, extension if stem else "")
    return f"{folder}/{name}" if folder else name
