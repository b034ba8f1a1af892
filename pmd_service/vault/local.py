"""A vault on a file system (SPEC section 3, Vault)."""

import asyncio
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

from aiohttp import hdrs, web

from .base import ArtworkUnavailableError, Found, NotThereError, Source, Stored, VaultFaultError
from .file_response import file_response
from .keys import ARTWORK_PREFIX, artwork_key, checked_key, is_part_of
from .local_artworks import ArtworkFinder
from .local_files import DURABLE, LocalPart, LocalSource, create_part, faults_told, is_dead_part
from .local_incoming import LocalIncoming
from .scratch import DEAD_SECONDS, Scratch

SCRATCH = ".pmd-scratch"
PAGE = 1000
CHUNK_BYTES = 1 << 20


class LocalVault:
    """Everything below one folder; no key and no address that a row holds leads out of it.

    Args:
        artwork_prefixes: what artworks' addresses in the vault begin with.
    """

    def __init__(self, root: Path, artwork_prefixes: Sequence[str] = (ARTWORK_PREFIX,)) -> None:
        self._root = root.resolve()
        self._prefixes = tuple(artwork_prefixes)
        self._scratch = Scratch(self._root / SCRATCH)

    async def check(self) -> None:
        with faults_told():
            if not await asyncio.to_thread(os.access, self._root, os.R_OK | os.W_OK | os.X_OK):
                raise VaultFaultError(f"{self._root} cannot be read and written.")

    async def describe(self, largest_archive: int) -> str:
        return await asyncio.to_thread(self._describe, largest_archive)

    def _describe(self, largest_archive: int) -> str:
        if not self._root.is_dir():
            raise VaultFaultError(f"{self._root} is not a folder.")
        with faults_told(), tempfile.TemporaryDirectory(dir=self._root, prefix=".doctor-") as folder:
            # What publishing an archive does: write, fsync, rename, fsync the folder.
            part = LocalPart(*create_part(Path(folder), "probe"), key="probe")
            try:
                part.write(b"pmd")
                part.seal()
            finally:
                part.abort()
            free = shutil.disk_usage(self._root).free
        if free < largest_archive:
            raise VaultFaultError(
                f"Only {free / 2**30:.1f} GiB are free, less than one archive may have (BDR_MAX_BYTES)."
            )
        return f"Files below {self._root}: writable, {free / 2**30:.1f} GiB free."

    async def free_bytes(self) -> int | None:
        with faults_told():
            return (await asyncio.to_thread(shutil.disk_usage, self._root)).free

    def holds(self, art_url: str) -> bool:
        return artwork_key(art_url, self._prefixes) is not None

    async def locate_artworks(self, art_urls: Sequence[str]) -> list[Source | ArtworkUnavailableError]:
        found: list[Source | ArtworkUnavailableError] = []
        found += await asyncio.to_thread(ArtworkFinder(self._root, self._prefixes).find_all, art_urls)
        return found

    async def begin(self, key: str) -> LocalPart:
        return await asyncio.to_thread(self._begin, key)

    def _begin(self, key: str, *, lasting: bool = True) -> LocalPart:
        target = self._writable(key)
        with faults_told():
            file, path = create_part(target.parent, target.name, root=self._root, lasting=lasting)
        return LocalPart(file, path, key=key, lasting=lasting)

    def _writable(self, key: str) -> Path:
        return self._root / checked_key(key)

    async def put(self, key: str, source: Path | bytes, *, lasting: bool = True) -> Stored:
        return await asyncio.to_thread(self._put, key, source, lasting=lasting)

    def _put(self, key: str, source: Path | bytes, *, lasting: bool) -> Stored:
        part = self._begin(key, lasting=lasting)
        try:
            with faults_told():
                if isinstance(source, bytes):
                    part.write(source)
                else:
                    with source.open("rb") as file:
                        while chunk := file.read(CHUNK_BYTES):
                            part.write(chunk)
            return part.seal()
        finally:
            part.abort()

    async def find(self, key: str) -> Source | None:
        return await asyncio.to_thread(self._source, key)

    def _source(self, key: str) -> LocalSource | None:
        with faults_told():
            path = self._file_of(key)
            if path is None:
                return None
            status = path.stat()
        return LocalSource(key, status.st_size, status.st_mtime, path)

    def _file_of(self, key: str) -> Path | None:
        """The plain file behind a key, if it lies in the vault; a fault where that cannot be told."""
        try:
            # Resolving follows symlinks and “..”, so the comparison below sees where the path really leads.
            path = (self._root / key).resolve(strict=True)
        except (FileNotFoundError, NotADirectoryError, ValueError, RuntimeError):
            if not self._root.is_dir():
                raise VaultFaultError(f"{self._root} is not there.") from None
            return None
        return path if path.is_relative_to(self._root) and path.is_file() else None

    def _promised(self, key: str) -> LocalSource | None:
        """The object that a row names.

        Raises:
            VaultFaultError: not even the folder of all such objects is there, as when a disk is not mounted.
        """
        source = self._source(key)
        area = self._root / Path(key).parts[0]
        if source is None and not area.is_dir():
            raise VaultFaultError(f"{area} is not there.")
        return source

    @asynccontextmanager
    async def local(self, key: str) -> AsyncIterator[Path]:
        source = await asyncio.to_thread(self._source, key)
        if source is None:
            raise NotThereError(key)
        yield source.path

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        return self._scratch.new()

    async def respond(
        self,
        request: web.Request,
        stored: Stored,
        *,
        filename: str | None,
        content_type: str,
        disposition: str = "attachment",
        headers: Mapping[str, str] | None = None,
        direct: bool = True,
    ) -> web.StreamResponse | None:
        source = await asyncio.to_thread(self._promised, stored.key)
        if source is None:
            return None
        told = {
            hdrs.CONTENT_TYPE: content_type,
            hdrs.CONTENT_DISPOSITION: f'{disposition}; filename="{filename}"' if filename else disposition,
            hdrs.CACHE_CONTROL: "private, no-store",
        }
        return file_response(
            request, source.path, await asyncio.to_thread(source.path.stat), told | dict(headers or {})
        )

    async def remove(self, key: str, *, unfinished: bool = False) -> None:
        with faults_told():
            await asyncio.to_thread(self._remove, self._writable(key), unfinished)

    def _remove(self, target: Path, unfinished: bool) -> None:
        with suppress(FileNotFoundError, NotADirectoryError):
            target.unlink()
        if unfinished and target.parent.is_dir():
            for entry in target.parent.iterdir():
                if is_part_of(entry.name, target.name):
                    entry.unlink(missing_ok=True)
        # A user's folder goes with its last file; one that is not empty, or a kind's own folder, stays.
        if target.parent.parent.is_relative_to(self._root) and target.parent.parent != self._root:
            with suppress(OSError):
                target.parent.rmdir()

    async def list(self, prefix: str) -> AsyncIterator[Sequence[Found]]:
        entries = self._walk(self._root / prefix)
        while page := await asyncio.to_thread(lambda: [*itertools.islice(entries, PAGE)]):
            yield page

    def _walk(self, folder: Path) -> Iterator[Found]:
        """Plain files below a folder; what is odd, unreadable or on its way out is passed over."""
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            return
        for entry in entries:
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    yield from self._walk(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    key = str(Path(entry.path).relative_to(self._root))
                    yield Found(key=key, size=status.st_size, age=time.time() - status.st_mtime)

    def incoming(self, file_id: UUID) -> LocalIncoming:
        return LocalIncoming(self._root, file_id)

    async def tidy(self) -> None:
        await asyncio.to_thread(self._tidy)

    def _tidy(self) -> None:
        self._scratch.tidy()
        for area in DURABLE:
            for found in self._walk(self._root / area):
                if found.age > DEAD_SECONDS and is_dead_part(found.key):
                    with suppress(OSError):
                        (self._root / found.key).unlink()
