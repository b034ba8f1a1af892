"""Room on this machine's own disk for what is not stored yet, or only lent."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

# What is older was left by a process that was killed: no piece of work takes nearly as long.
DEAD_SECONDS = 86_400.0


class Scratch:
    """Folders below one folder, each of them for one piece of work."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def new(self) -> AsyncIterator[Path]:
        making = asyncio.ensure_future(asyncio.to_thread(self._make))
        try:
            yield await asyncio.shield(making)
        finally:
            # A thread cannot be cancelled: what it makes is waited for, or it would appear after its removal.
            await asyncio.shield(self._remove(making))

    def _make(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=self._folder))

    @staticmethod
    async def _remove(making: asyncio.Future[Path]) -> None:
        await asyncio.wait({making})
        if making.exception() is None:
            await asyncio.to_thread(shutil.rmtree, making.result(), ignore_errors=True)

    def tidy(self) -> None:
        """Remove what the dead have left; blocks."""
        dead = time.time() - DEAD_SECONDS
        with suppress(OSError):
            for folder in self._folder.iterdir():
                with suppress(OSError):
                    if folder.lstat().st_mtime < dead:
                        shutil.rmtree(folder, ignore_errors=True)
