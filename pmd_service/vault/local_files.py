"""Durable files: write, fsync, rename, fsync the folder."""

import errno
import itertools
import os
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from weakref import WeakValueDictionary

import msgspec

from ..base.telemetry import VAULT_FAULTS
from .base import Chunk, ObjectUnreadableError, Stored, VaultFaultError
from .keys import part_name
from .responses import file_etag

READ_BYTES = 16 * 0xFFFF  # whole stored blocks of an archive; few calls, and few hops between threads

# Chunks are written in batches of about this size; larger ones cost more, as memory is mapped for each.
BATCH_BYTES = 1 << 20
BATCH_CHUNKS = 1024  # what writev takes at most
SYNC_BYTES = 32 << 20

# Errors of a single file; all others are the disk's or the machine's.
_OF_ONE_FILE = frozenset(
    {errno.EACCES, errno.EPERM, errno.EIO, errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EUCLEAN}
)


def area_exists(root: str, key: str) -> bool:
    """Whether the folder of all such objects exists; ``root`` ends with ``/``."""
    area, slash, _ = key.partition("/")
    return Path(root + area if slash else root).is_dir()


@contextmanager
def translate_object_faults(root: str, key: str) -> Iterator[None]:
    """Raise file system errors of one file as ObjectUnreadableError, if the folder of all such objects exists."""
    try:
        yield
    except OSError as error:
        if error.errno in _OF_ONE_FILE and area_exists(root, key):
            raise ObjectUnreadableError(key, f"cannot be read: {error.strerror}", errno=error.errno) from error
        raise


@contextmanager
def translate_faults() -> Iterator[None]:
    """Raise file system errors as VaultFaultError."""
    try:
        yield
    except ObjectUnreadableError:
        raise
    except OSError as error:
        VAULT_FAULTS.inc()
        raise VaultFaultError(f"The vault's file system has a fault: {error.strerror or error}.") from error


class LocalSource(msgspec.Struct, frozen=True):
    """A file in the vault, with its metadata when it was located."""

    key: str
    size: int
    modified: float
    path: str
    tag: str = ""

    @contextmanager
    def open(self) -> Iterator[Iterator[bytes]]:
        with translate_object_faults(self._root, self.key):
            descriptor = os.open(self.path, os.O_RDONLY)
        try:
            self._require_size(descriptor)
            yield self._chunks(descriptor)
        finally:
            os.close(descriptor)

    @property
    def _root(self) -> str:
        return self.path.removesuffix(self.key)

    def _chunks(self, descriptor: int) -> Iterator[bytes]:
        """Exactly the bytes of the size that it had."""
        left = self.size
        with translate_object_faults(self._root, self.key):
            while left and (chunk := os.read(descriptor, min(left, READ_BYTES))):
                left -= len(chunk)
                yield chunk
        self._require_size(descriptor)

    def _require_size(self, descriptor: int) -> None:
        if (size := os.fstat(descriptor).st_size) != self.size:
            raise ObjectUnreadableError(self.key, f"has {size} bytes now, and had {self.size}")


class LocalPart:
    """A part file next to its target, renamed when it is sealed.

    A large file is synced while its next bytes are produced, because each takes about as long. An error of a sync is
    raised by a later call, at the latest by ``seal``.

    Args:
        lasting: whether sealing waits for the disk.
    """

    def __init__(self, file: FileIO, path: Path, *, key: str, lasting: bool = True) -> None:
        self._key = key
        self._lasting = lasting
        self._path = path
        self._target = path.with_name(Path(key).name)
        self._file = file
        self._syncer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="part-sync")
        self._syncing: Future[None] = Future()
        self._syncing.set_result(None)
        self._batch: list[Chunk] = []
        self._batch_bytes = 0
        self._unsynced_bytes = 0
        self._size = 0

    def write(self, chunk: Chunk) -> None:
        self._batch.append(chunk)
        self._batch_bytes += len(chunk)
        if self._batch_bytes >= BATCH_BYTES or len(self._batch) >= BATCH_CHUNKS:
            self._write_batch()

    def _write_batch(self) -> None:
        written = os.writev(self._file.fileno(), self._batch)
        if written < self._batch_bytes:
            # A nearly full disk may accept a part; the next call raises the error, or writes the rest.
            rest = memoryview(b"".join(self._batch))
            while written < self._batch_bytes:
                written += os.write(self._file.fileno(), rest[written:])
        self._size += written
        self._unsynced_bytes += written
        self._batch, self._batch_bytes = [], 0
        if self._unsynced_bytes >= SYNC_BYTES and self._syncing.done():
            self._syncing.result()  # the kernel reports an error to one fsync only
            self._unsynced_bytes = 0
            self._syncing = self._syncer.submit(os.fdatasync, self._file.fileno())

    def seal(self) -> Stored:
        with translate_faults():
            self._write_batch()
            self._syncing.result()
            if self._lasting:
                os.fsync(self._file.fileno())
            status = os.fstat(self._file.fileno())
            self._close()
            self._path.replace(self._target)
            if self._lasting:
                sync_folder(self._target.parent)
        return Stored(key=self._key, size=self._size, etag=file_etag(status))

    def abort(self) -> None:
        with suppress(OSError):
            self._close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        self._syncer.shutdown()
        self._file.close()


def create_part(folder: Path, name: str, *, root: Path | None = None, lasting: bool = True) -> tuple[FileIO, Path]:
    """A new part file for an object of this name, in the object's folder, so that sealing is a rename.

    Args:
        root: the folder is created where missing, and must be inside of this one.

    Raises:
        OSError: among others, the folder leads out of the vault.
    """
    for _ in range(3):
        if root is not None:
            make_folder(folder, root, lasting=lasting)
        path = folder / part_name(name, secrets.token_hex(4))
        try:
            file = FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb")
        except FileNotFoundError:
            # The folder was removed concurrently with its last file.
            if root is None:
                raise
        else:
            give_to_owner(file.fileno(), root or folder)
            return file, path
    raise FileNotFoundError(f"{folder} keeps being removed.")


def make_folder(folder: Path, root: Path, *, lasting: bool = True) -> None:
    """Create the folder where it is missing, durably if ``lasting``.

    Raises:
        OSError: among others, it leads out of the vault.
    """
    below = (path for path in (folder, *folder.parents) if path.is_relative_to(root))
    missing = [*itertools.takewhile(lambda path: not path.exists(), below)]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        give_to_owner(path, root)
        if lasting:
            sync_folder(path.parent)
    if not folder.resolve(strict=True).is_relative_to(root):
        raise PermissionError(f"{folder} leads out of the vault")


def give_to_owner(made: Path | int, root: Path) -> None:
    """What root makes in a vault, by an operator's command, is of the vault's owner: the service has to change it."""
    if os.geteuid() == 0 and (owner := root.stat()).st_uid != 0:
        with suppress(PermissionError):  # a container's root, or one across NFS
            if isinstance(made, int):
                os.fchown(made, owner.st_uid, owner.st_gid)
            else:  # who may write in the vault could have put a link there meanwhile: what that names stays root's
                os.lchown(made, owner.st_uid, owner.st_gid)


class _Folder:
    """The number of fsyncs of a folder that have started, and the last one's error."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.begun = 0
        self.error: OSError | None = None


class FolderSyncs:
    """Group commit for fsyncs of folders: calls during one fsync share the next.

    Syncing a folder takes as long for one new name as for a hundred.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folders: WeakValueDictionary[Path, _Folder] = WeakValueDictionary()

    def sync(self, path: Path) -> None:
        """Returns after an fsync that started after the call.

        Raises:
            OSError: it failed, in whichever thread it ran.
        """
        folder, begun = self._ask(path)
        with folder.turn:
            if folder.begun == begun:
                folder.begun, folder.error = begun + 1, None
                try:
                    _sync(path)
                except OSError as error:
                    folder.error = error
            if folder.error is not None:
                raise folder.error

    def _ask(self, path: Path) -> tuple[_Folder, int]:
        with self._lock:
            folder = self._folders.setdefault(path, _Folder())
            return folder, folder.begun


_folder_syncs = FolderSyncs()
sync_folder = _folder_syncs.sync


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
