"""A vault on a file system (SPEC section 3, Vault)."""

import asyncio
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiofiles.os

from .base import ArtworkUnavailableError

ARTWORK_PREFIX = "/vault/"
ARCHIVES = "bdr"


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
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError, ValueError, RuntimeError) as error:
            raise unavailable from error
        except OSError as error:
            raise ArtworkUnavailableError("The artwork's file cannot be read.") from error
        # Archives are in the vault too, and are nobody's artwork.
        if not path.is_relative_to(self._root) or path.is_relative_to(self._root / ARCHIVES):
            raise unavailable
        if not stat.S_ISREG(mode) or not os.access(path, os.R_OK):
            raise ArtworkUnavailableError("The artwork's file cannot be read.")
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

    async def remove(self, file_path: str) -> None:
        await asyncio.to_thread(self.archive(file_path).unlink, missing_ok=True)

    def archive(self, file_path: str) -> Path:
        path = self._root / file_path
        if not path.is_relative_to(self._root / ARCHIVES) or ".." in path.parts:
            raise ValueError(f"not an archive of the vault: {file_path}")
        return path


@contextmanager
def _opened_folder(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
