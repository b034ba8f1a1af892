"""A vault on a file system (SPEC section 3, Vault)."""

import asyncio
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

import aiofiles.os

from .base import ArchiveFile, ArtworkUnavailableError

ARTWORK_PREFIX = "/vault/"
ARCHIVES = "bdr"

# {id}.zip is published; {id}.zip.{attempt}.… belongs to that attempt.
_BUILD_FILE = re.compile(r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.zip(?:\.(?P<attempt>\d+)\..+)?")


class LocalVault:
    """Artworks and archives below one folder; no path that a row holds leads out of it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    async def locate_artworks(self, art_urls: list[str]) -> list[Path | ArtworkUnavailableError]:
        return await asyncio.to_thread(lambda: [self._locate_or_error(url) for url in art_urls])

    def _locate_or_error(self, art_url: str) -> Path | ArtworkUnavailableError:
        try:
            return self._locate(art_url)
        except ArtworkUnavailableError as error:
            return error

    def _locate(self, art_url: str) -> Path:
        unavailable = ArtworkUnavailableError("The artwork's file is not in the vault.")
        if not art_url.startswith(ARTWORK_PREFIX):
            raise unavailable
        try:
            # Resolving follows symlinks and “..”, so the comparison below sees where the path really leads.
            path = (self._root / art_url.removeprefix(ARTWORK_PREFIX).lstrip("/")).resolve(strict=True)
        except (FileNotFoundError, NotADirectoryError, ValueError, RuntimeError) as error:
            raise unavailable from error
        except OSError as error:
            raise ArtworkUnavailableError("The artwork's file cannot be read.") from error
        # Archives are in the vault too, and are nobody's artwork.
        if not path.is_relative_to(self._root) or path.is_relative_to(self._root / ARCHIVES):
            raise unavailable
        _require_readable(path)
        return path

    async def part_path(self, file_path: str, attempt: int) -> Path:
        target = self.archive(file_path)
        await aiofiles.os.makedirs(target.parent, exist_ok=True)
        return target.with_name(f"{target.name}.{attempt}.part")

    def spool_path(self, part: Path, number: int) -> Path:
        return part.with_suffix(f".{number}.spool")

    async def publish(self, part: Path, file_path: str) -> None:
        await asyncio.to_thread(self._publish, part, self.archive(file_path))

    @staticmethod
    def _publish(part: Path, target: Path) -> None:
        part.replace(target)
        with _opened_folder(target.parent) as folder:
            os.fsync(folder)

    async def discard(self, part: Path) -> None:
        await asyncio.to_thread(part.unlink, missing_ok=True)

    async def list_files(self) -> list[ArchiveFile]:
        return await asyncio.to_thread(lambda: list(self._list_files()))

    def _list_files(self) -> Iterator[ArchiveFile]:
        now = time.time()
        for path in (self._root / ARCHIVES).glob("*/*"):
            # Whatever is there may be renamed or removed by its owner meanwhile.
            with suppress(FileNotFoundError):
                age = now - path.lstat().st_mtime
                name = _BUILD_FILE.fullmatch(path.name)
                yield ArchiveFile(
                    file_path=str(path.relative_to(self._root)),
                    bdr_id=UUID(name["id"]) if name else None,
                    attempt=int(name["attempt"]) if name and name["attempt"] else None,
                    age=age,
                )

    async def remove_empty_folders(self) -> None:
        await asyncio.to_thread(self._remove_empty_folders)

    def _remove_empty_folders(self) -> None:
        for folder in (self._root / ARCHIVES).glob("*/"):
            # A folder that is not empty, or that another worker has just removed, is none of ours.
            with suppress(OSError):
                folder.rmdir()

    async def remove(self, file_path: str) -> None:
        await asyncio.to_thread(self.archive(file_path).unlink, missing_ok=True)

    def archive(self, file_path: str) -> Path:
        path = self._root / file_path
        if not path.is_relative_to(self._root / ARCHIVES) or ".." in path.parts:
            raise ValueError(f"not an archive of the vault: {file_path}")
        return path


def _require_readable(path: Path) -> None:
    try:
        # Looked at before it is opened: a pipe or a device would wait, or act.
        is_file = stat.S_ISREG(path.stat().st_mode)
        if is_file:
            path.open("rb").close()
    except OSError as error:
        raise ArtworkUnavailableError("The artwork's file cannot be read.") from error
    if not is_file:
        raise ArtworkUnavailableError("The artwork's file cannot be read.")


@contextmanager
def _opened_folder(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
