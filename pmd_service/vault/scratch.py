"""Temporary folders on this machine's own disk.

In a thread: removing a locked folder, with all below it, in one hop.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .base import create_in_thread
from .local_files import give_to_owner

# Older folders were left by killed processes: no work takes nearly as long.
DEAD_SECONDS = 86_400.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class _Locked(NamedTuple):
    """A folder, and the descriptor whose lock shows that its process is alive."""

    folder: Path
    held: int


class Scratch:
    """Folders below one folder, each for one piece of work.

    Hosts may share the vault and so this folder. Locks decide about folders of this kernel, which their names contain;
    age decides about all others, and on file systems without locks.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def new(self) -> AsyncIterator[Path]:
        locked = await create_in_thread(self._make, _remove)
        try:
            yield locked.folder
        finally:
            await asyncio.shield(asyncio.to_thread(_remove, locked))

    def _make(self) -> _Locked:
        if not self._folder.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            give_to_owner(self._folder, self._folder.parent)
        while True:
            folder = Path(tempfile.mkdtemp(dir=self._folder, prefix=_kernel()))
            # Another process may remove it as a dead one before it is locked.
            with suppress(FileNotFoundError):
                locked = _opened(folder)
                if _lock(locked, fcntl.LOCK_SH) is not False and folder.exists():
                    return locked
                os.close(locked.held)

    def tidy(self) -> None:
        """Remove the folders of dead processes; blocks."""
        with suppress(OSError):
            for folder in self._folder.iterdir():
                with suppress(OSError):
                    self._remove_dead(folder)

    def _remove_dead(self, folder: Path) -> None:
        locked = _opened(folder)
        is_dead = _lock(locked, fcntl.LOCK_EX) if folder.name.startswith(_kernel()) else None
        if is_dead is None:
            is_dead = os.fstat(locked.held).st_mtime < time.time() - DEAD_SECONDS
        if is_dead:
            _remove(locked)
        else:
            os.close(locked.held)


@cache
def _kernel() -> str:
    """The boot id, which containers of one host share."""
    return f"{_BOOT_ID.read_text().strip()}-"


def _opened(folder: Path) -> _Locked:
    return _Locked(folder, os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW))


def _lock(locked: _Locked, how: int) -> bool | None:
    """Whether the lock was acquired, which lasts until the process ends; None if the file system has no locks."""
    try:
        fcntl.flock(locked.held, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _remove(locked: _Locked) -> None:
    shutil.rmtree(locked.folder, ignore_errors=True)
    os.close(locked.held)
