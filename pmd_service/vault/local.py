"""A vault on a file system (SPEC section 3, Vault).

In a thread: many files in one hop; aiofiles lacks ``os.pread``, ``disk_usage`` and links.
"""

import asyncio
import errno
import itertools
import os
import shutil
import stat
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import cache, partial
from io import FileIO
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import aiofiles.os
from aiohttp import web

from .base import (
    MISSING,
    UNREADABLE,
    ArtworkUnavailableError,
    Found,
    Head,
    ObjectMissingError,
    ObjectUnreadableError,
    Slice,
    Source,
    Stored,
    Streamed,
    Take,
    VaultFaultError,
    create_in_thread,
)
from .keys import ARTWORK_PREFIX, is_artwork, is_part
from .local_files import LocalPart, LocalSource, area_exists, create_part, translate_faults, translate_object_faults
from .local_incoming import LocalIncoming
from .local_links import LINKS, link_all, unlink_all
from .local_stream import LocalStream
from .responses import file_etag, file_response
from .scratch import DEAD_SECONDS
from .vault import Vault
from .writing import write_whole

SCRATCH = ".pmd-scratch"
PAGE = 1000
CHECKED_AHEAD = 512  # sources, before a response starts: 5 ms
# The folders whose unfinished files are ours.
DURABLE = ("bdr", "packs", "takeouts", "assets", "previews")

_ODD_NAMES = frozenset({"", ".", ".."})

_real = partial(os.path.realpath, strict=True)


class _Resolved(NamedTuple):
    """The file that a key leads to; ``key`` is the file's own, without symlinks and ``..``."""

    key: str
    path: str
    status: os.stat_result

    @property
    def is_readable(self) -> bool:
        """Checked before it is opened: opening a pipe or a device could block or have effects."""
        return stat.S_ISREG(self.status.st_mode) and os.access(self.path, os.R_OK, effective_ids=True)

    def source(self, key: str) -> LocalSource:
        status = self.status
        return LocalSource(key, status.st_size, status.st_mtime, self.path, file_etag(status))


def local_vault(root: Path, artwork_prefixes: Sequence[str] = (ARTWORK_PREFIX,)) -> Vault:
    """The vault on a folder of a file system."""
    return Vault(LocalStore(root), root.resolve() / SCRATCH, artwork_prefixes=artwork_prefixes)


class LocalStore:
    """Everything below one folder; no key and no address leads out of it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        # Strings, where there are many paths: creating Path objects takes longer than the system calls.
        self._below = f"{self._root}/".replace("//", "/")

    @property
    def name(self) -> str:
        return f"Files below {self._root}"

    async def check(self) -> None:
        with translate_faults():
            if not await aiofiles.os.access(self._root, os.R_OK | os.W_OK | os.X_OK):
                raise VaultFaultError(f"{self._root} is not a folder that can be read and written.")

    async def free_bytes(self) -> int:
        with translate_faults():
            return (await asyncio.to_thread(shutil.disk_usage, self._root)).free

    async def locate(
        self, keys: Sequence[str | None], _known: Mapping[str, Head]
    ) -> list[Source | ArtworkUnavailableError]:
        def locate() -> list[Source | ArtworkUnavailableError]:
            # Each folder is resolved once for all files in it.
            resolved = cache(_real)
            return [self._locate(key, resolved) for key in keys]

        return await asyncio.to_thread(locate)

    def _locate(self, key: str | None, resolved: Callable[[str], str]) -> Source | ArtworkUnavailableError:
        try:
            found = self._look_up(key, resolved) if key is not None else None
        except ObjectUnreadableError:
            return ArtworkUnavailableError(UNREADABLE)
        # Archives and the like are in the vault too, but are not artworks.
        if found is None or not is_artwork(found.key):
            return ArtworkUnavailableError(MISSING)
        return found.source(found.key) if found.is_readable else ArtworkUnavailableError(UNREADABLE)

    def _look_up(self, key: str, resolved: Callable[[str], str] = _real) -> _Resolved | None:
        """The file that the key leads to; None if there is none, or it is outside of the vault."""
        folder, name = os.path.split(key)
        with translate_object_faults(self._below, key):
            try:
                path = f"{resolved(self._below + folder)}/{name}"
                status = os.lstat(path)
                if name in _ODD_NAMES or stat.S_ISLNK(status.st_mode):
                    path = _real(self._below + key)
                    status = os.lstat(path)
            except (FileNotFoundError, NotADirectoryError, ValueError):
                if not self._root.is_dir():
                    raise VaultFaultError(f"{self._root} is not there.") from None
                return None
            except OSError as error:
                if error.errno != errno.ELOOP:
                    raise
                return None
        real_key = path.removeprefix(self._below)
        return _Resolved(real_key, path, status) if real_key != path else None

    async def linked(self, archive: str, sources: Sequence[Source], *, first: int) -> Sequence[Source]:
        with translate_faults():
            return await asyncio.to_thread(link_all, self._root, archive, sources, first=first)

    def stream(self, pieces: Iterable[bytes | Slice]) -> AsyncGenerator[Streamed, None]:
        return self._stream().stream(pieces)

    async def require_unchanged(self, slices: Iterable[Slice]) -> None:
        with translate_faults():
            await asyncio.to_thread(self._stream().require_unchanged, itertools.islice(slices, CHECKED_AHEAD))

    def _stream(self) -> LocalStream:
        resolved = cache(_real)

        def look_up(key: str) -> tuple[str, os.stat_result] | None:
            with translate_faults():
                found = self._look_up(key, resolved)
            return (found.path, found.status) if found is not None and found.is_readable else None

        return LocalStream(self._below, look_up)

    def begin(self, key: str, *, lasting: bool = True) -> LocalPart:
        target = self._root / key
        with translate_faults():
            file, path = create_part(target.parent, target.name, root=self._root, lasting=lasting)
        return LocalPart(file, path, key=key, lasting=lasting)

    async def put(self, key: str, source: Path | bytes, *, lasting: bool = True) -> Stored:
        def put() -> Stored:
            with translate_faults():
                return write_whole(self.begin(key, lasting=lasting), source)

        return await asyncio.to_thread(put)

    async def head(self, key: str, _first: int = 0) -> Head | None:
        found = await asyncio.to_thread(self._find, key)
        if found is None:
            return None
        modified = datetime.fromtimestamp(found.status.st_mtime, UTC)
        return Head(size=found.status.st_size, etag=file_etag(found.status), modified=modified)

    @asynccontextmanager
    async def read(self, key: str, head: Head | None = None, positions: range | None = None) -> AsyncIterator[Take]:
        size, tag = (0, None) if head is None else (head.size, head.etag)
        piece = Slice(key=key, positions=positions or range(0), size=size, tag=tag)
        with await create_in_thread(lambda: self._stream().open(piece), FileIO.close) as file:
            left = range(os.fstat(file.fileno()).st_size) if positions is None else positions

            async def take(max_bytes: int) -> bytes:
                nonlocal left
                size = len(left) if max_bytes < 0 else min(len(left), max_bytes)
                data = await asyncio.to_thread(os.pread, file.fileno(), size, left.start)
                left = left[len(data) :]
                return data

            yield take

    async def find(self, key: str) -> Source | None:
        found = await asyncio.to_thread(self._find, key)
        return None if found is None else found.source(key)

    def _find(self, key: str) -> _Resolved | None:
        """The regular file behind a key."""
        with translate_faults():
            found = self._look_up(key)
        if found is None or not stat.S_ISREG(found.status.st_mode):
            return None
        if not found.is_readable:
            raise ObjectUnreadableError(key, "may not be read by the service")
        return found

    def _is_away(self) -> bool:
        """Whether nothing is in it, as in the folder of a disk that is not mounted: its objects are still there."""
        try:
            return all(entry.name.startswith(".") for entry in self._root.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return True

    @asynccontextmanager
    async def local(self, key: str) -> AsyncIterator[Path]:
        found = await asyncio.to_thread(self._find, key)
        if found is None:
            raise ObjectMissingError(key)
        yield Path(found.path)

    async def respond(
        self, request: web.Request, key: str, headers: Mapping[str, str], *, direct: bool
    ) -> web.StreamResponse | None:
        found = await asyncio.to_thread(self._find, key)
        if found is not None:
            return file_response(request, Path(found.path), found.status, headers)
        if not await asyncio.to_thread(area_exists, self._below, key):
            # The folder of all such objects is missing too, as when a disk is not mounted.
            raise VaultFaultError(f"The folder of {key} is not there.")
        return None

    async def delete(self, key: str, *, unfinished: bool = False) -> None:
        with translate_faults():
            await asyncio.to_thread(self._delete, key, unfinished)

    def _delete(self, key: str, unfinished: bool) -> None:
        target = self._root / key
        try:
            target.unlink()
        except (FileNotFoundError, NotADirectoryError):
            if self._is_away():
                raise VaultFaultError(f"{self._root} is not there, or empty.") from None
        unlink_all(self._root, str(target).removeprefix(self._below))
        if unfinished:
            with suppress(FileNotFoundError, NotADirectoryError):  # the folder was removed with its last file
                for entry in target.parent.iterdir():
                    if is_part(entry.name, of=target.name):
                        entry.unlink(missing_ok=True)
        # A user's folder is removed with its last file; the areas' own folders stay.
        if target.parent.parent.is_relative_to(self._root) and target.parent.parent != self._root:
            with suppress(OSError):
                target.parent.rmdir()

    async def list(self, prefix: str) -> AsyncIterator[Sequence[Found]]:
        entries = self._walk(self._root / prefix)
        while page := await asyncio.to_thread(lambda: [*itertools.islice(entries, PAGE)]):
            yield page

    def _walk(self, folder: Path) -> Iterator[Found]:
        """Regular files below a folder; skips special, unreadable and vanishing ones."""
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            return
        for entry in entries:
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    if entry.name.endswith(LINKS):
                        continue  # created and removed with their archive
                    yield from self._walk(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    key = entry.path.removeprefix(self._below)
                    yield Found(key=key, size=status.st_size, age=time.time() - status.st_mtime)

    def incoming(self, file_id: UUID) -> LocalIncoming:
        return LocalIncoming(self._root, file_id)

    async def tidy(self) -> None:
        await asyncio.to_thread(self._remove_dead_parts)

    def _remove_dead_parts(self) -> None:
        for area in DURABLE:
            for found in self._walk(self._root / area):
                if found.age > DEAD_SECONDS and is_part(found.key):
                    with suppress(OSError):
                        (self._root / found.key).unlink()
