"""Room on this machine's own disk for what is not stored yet, or only lent."""

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

# What is older was left by a process that was killed: no piece of work takes nearly as long.
DEAD_SECONDS = 86_400.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class _Room(NamedTuple):
    """A folder, and the descriptor whose lock says that its process lives."""

    folder: Path
    held: int


class Scratch:
    """Folders below one folder, each of them for one piece of work.

    Hosts may share the vault, and this folder with it: locks are asked for those of our own kernel only, whose names
    say so. For all others, and where a file system has no locks, it is their age.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def new(self) -> AsyncIterator[Path]:
        room = await create_in_thread(self._make, _remove)
        try:
            yield room.folder
        finally:
            await asyncio.shield(asyncio.to_thread(_remove, room))

    def _make(self) -> _Room:
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            folder = Path(tempfile.mkdtemp(dir=self._folder, prefix=_kernel()))
            # Somebody may take it for a dead one's before it is locked.
            with suppress(FileNotFoundError):
                room = _opened(folder)
                if _lock(room, fcntl.LOCK_SH) is not False and folder.exists():
                    return room
                os.close(room.held)

    def tidy(self) -> None:
        """Remove what the dead have left; blocks."""
        with suppress(OSError):
            for folder in self._folder.iterdir():
                with suppress(OSError):
                    self._remove_dead(folder)

    def _remove_dead(self, folder: Path) -> None:
        room = _opened(folder)
        is_dead = _lock(room, fcntl.LOCK_EX) if folder.name.startswith(_kernel()) else None
        if is_dead is None:
            is_dead = os.fstat(room.held).st_mtime < time.time() - DEAD_SECONDS
        if is_dead:
            _remove(room)
        else:
            os.close(room.held)


@cache
def _kernel() -> str:
    """What containers of one host have in common, and nobody else."""
    return f"{_BOOT_ID.read_text().strip()}-"


def _opened(folder: Path) -> _Room:
    return _Room(folder, os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW))


def _lock(room: _Room, how: int) -> bool | None:
    """Whether the folder is ours now, until our process ends, whatever of; None where there are no locks."""
    try:
        fcntl.flock(room.held, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _remove(room: _Room) -> None:
    shutil.rmtree(room.folder, ignore_errors=True)
    os.close(room.held)
