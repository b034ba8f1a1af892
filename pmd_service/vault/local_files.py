"""Durable files: write, fsync, rename, fsync the folder."""

import itertools
import os
import re
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import TypeAlias

import msgspec

from ..ops.telemetry import VAULT_FAULTS
from .base import Chunk, Stored, VaultFaultError
from .file_response import file_etag
from .keys import is_part, part_name
from .part_file import PartFile

# The folders whose unfinished files are ours.
DURABLE = ("bdr", "packs", "takeouts", "assets", "previews")

READ_BYTES = 16 * 0xFFFF  # as many stored blocks of an archive, whole: few calls, and few hand-overs between threads

# What versions before attempts had names of their own have left of archives.
_OLD_PART = re.compile(r"bdr/[^/]+/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.zip\.\d+\.(?:part|\d+\.spool)")


@contextmanager
def faults_told() -> Iterator[None]:
    """A file system's errors as the vault's: full, read-only, forbidden or broken, they may pass."""
    try:
        yield
    except OSError as error:
        VAULT_FAULTS.inc()
        raise VaultFaultError(f"The vault's file system has a fault: {error.strerror or error}.") from error


class LocalSource(msgspec.Struct, frozen=True):
    """A file in the vault, as it was when it was looked for."""

    key: str
    size: int
    modified: float
    path: Path

    @contextmanager
    def open(self) -> Iterator[Iterator[bytes]]:
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            yield self._chunks(descriptor)
        finally:
            os.close(descriptor)

    def _chunks(self, descriptor: int) -> Iterator[bytes]:
        """As many bytes as there were then: of a small file, to ask for its end costs as much as to read it."""
        left = self.size
        while left and (chunk := os.read(descriptor, min(left, READ_BYTES))):
            left -= len(chunk)
            yield chunk


class LocalPart:
    """A part file beside its target; the name is not taken until it is sealed.

    Args:
        lasting: whether sealing waits for the disk.
    """

    def __init__(self, file: FileIO, path: Path, *, key: str, lasting: bool = True) -> None:
        self._key = key
        self._lasting = lasting
        self._path = path
        self._target = path.with_name(Path(key).name)
        self._descriptor = file.fileno()
        self._file = PartFile(file)

    def write(self, chunk: Chunk) -> None:
        self._file.write(chunk)

    def seal(self) -> Stored:
        with faults_told():
            size = self._file.finish(sync=self._lasting)
            status = os.fstat(self._descriptor)
            self._file.close()
            self._path.replace(self._target)
            if self._lasting:
                sync_folder(self._target.parent)
        return Stored(key=self._key, size=size, etag=file_etag(status))

    def abort(self) -> None:
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def create_part(folder: Path, name: str, *, root: Path | None = None, lasting: bool = True) -> tuple[FileIO, Path]:
    """A new file for an object of this name, in its folder, so that sealing it is a rename.

    Args:
        root: what the folder must really lie in; the folder is made where it is missing.

    Raises:
        OSError: among others, the folder leads out of the vault.
    """
    for _ in range(3):
        if root is not None:
            make_folder(folder, root, lasting=lasting)
        path = folder / part_name(name, secrets.token_hex(4))
        try:
            return FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb"), path
        except FileNotFoundError:
            # Whoever removed the last file of this folder has taken the folder along.
            if root is None:
                raise
    raise FileNotFoundError(f"{folder} does not stay.")


def make_folder(folder: Path, root: Path, *, lasting: bool = True) -> None:
    """The folder, durably there where it is to last.

    Raises:
        OSError: among others, it leads out of the vault.
    """
    below = (path for path in (folder, *folder.parents) if path.is_relative_to(root))
    missing = [*itertools.takewhile(lambda path: not path.exists(), below)]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        if lasting:
            sync_folder(path.parent)
    if not folder.resolve(strict=True).is_relative_to(root):
        raise PermissionError(f"{folder} leads out of the vault")


Sync: TypeAlias = "Future[None]"


class FolderSyncs:
    """fsync of folders, shared: whoever asks while one is on its way is served by the next, together with others.

    To sync a folder takes as long for one new name in it as for a hundred.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: dict[Path, Sync] = {}
        self._running: dict[Path, Sync] = {}

    def sync(self, folder: Path) -> None:
        """Returns after an fsync that began after the call.

        Raises:
            OSError: it has failed, whoever's thread it was in.
        """
        with self._lock:
            coming, before = self._coming.get(folder), self._running.get(folder)
            ours: Sync = Future()
            if coming is None:
                self._coming[folder] = ours
        if coming is not None:
            self._share(coming)
            return
        if before is not None:
            wait([before])
        self._lead(folder, ours)

    def _share(self, coming: Sync) -> None:
        coming.result()

    def _lead(self, folder: Path, ours: Sync) -> None:
        with self._lock:
            del self._coming[folder]
            self._running[folder] = ours
        try:
            _sync(folder)
        except BaseException as error:
            ours.set_exception(error)
            raise
        finally:
            with self._lock:
                if self._running[folder] is ours:
                    del self._running[folder]
        ours.set_result(None)


_folder_syncs = FolderSyncs()
sync_folder = _folder_syncs.sync


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_dead_part(key: str) -> bool:
    """Whether a file of this name is an unfinished one, of this version or an earlier one."""
    return is_part(key) or _OLD_PART.fullmatch(key) is not None
