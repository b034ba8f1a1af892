"""Archives of older Mastodons are ``.tar.gz``: they are unpacked to a tar on the disk, as nothing in them can be found.

In a thread: unpacking the archive in one hop.
"""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ..assets.disk import reserve_disk
from ..work.context import WorkerContext
from ..work.kind import PermanentError
from .archive import CHUNK_BYTES

_GZIP = b"\x1f\x8b\x08"
# Pictures hardly get smaller by packing; the documents beside them do.
MAX_TIMES, MAX_MORE_BYTES = 4, 256 << 20


@asynccontextmanager
async def seekable(worker: WorkerContext, archive: Path) -> AsyncIterator[Path]:
    """The archive as a file whose entries have a place: itself, or its tar, for the duration of the block.

    Raises:
        PermanentError: it is damaged, or unpacks to far more than it has.
        OSError: the disk has no room.
    """
    size = await asyncio.to_thread(_packed_size, archive)
    if size is None:
        yield archive
        return
    most = MAX_TIMES * size + MAX_MORE_BYTES
    async with (
        reserve_disk(worker.pool, size_bytes=most, free=await worker.vault.free_bytes()),
        worker.vault.scratch() as folder,
    ):
        tar = folder / "archive.tar"
        await asyncio.to_thread(unpack, archive, tar, most=most)
        yield tar


def _packed_size(archive: Path) -> int | None:
    """None: it is no gzip."""
    with archive.open("rb") as file:
        return archive.stat().st_size if file.read(len(_GZIP)) == _GZIP else None


def unpack(archive: Path, target: Path, *, most: int) -> None:
    """Blocks. Raises: PermanentError."""
    with gzip.open(archive) as source, target.open("wb") as tar:
        try:
            while chunk := source.read(CHUNK_BYTES):
                if tar.tell() + len(chunk) > most:
                    raise PermanentError("The archive unpacks to far more than it has: it is not imported.")
                tar.write(chunk)
        except (zlib.error, EOFError, gzip.BadGzipFile) as error:
            raise PermanentError("The archive is damaged or cut off.") from error
