"""Writing an object while it is produced, and the way to do so for a store that takes whole objects only."""

import asyncio
import tempfile
from pathlib import Path

from .base import CHUNK_BYTES, Chunk, Part, Stored
from .objects import CALL_SECONDS
from .store import Store


def write_whole(part: Part, source: Path | bytes) -> Stored:
    """Write an object by a new part; blocks.

    Raises:
        OSError, VaultFaultError: it was not stored.
    """
    try:
        if isinstance(source, bytes):
            part.write(source)
        else:
            with source.open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    part.write(chunk)
        return part.seal()
    finally:
        part.abort()


class SpooledPart:
    """Written to a temporary file, and put into the store when it is sealed."""

    def __init__(self, store: Store, key: str, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._key = key
        self._loop = loop
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - until abort(); it has no name that a crash could leave

    def write(self, chunk: Chunk) -> None:
        self._file.write(chunk)

    def seal(self) -> Stored:
        self._file.flush()
        path = Path(f"/proc/self/fd/{self._file.fileno()}")
        return asyncio.run_coroutine_threadsafe(self._store.put(self._key, path), self._loop).result(CALL_SECONDS)

    def abort(self) -> None:
        self._file.close()
