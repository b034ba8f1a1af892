"""Archives that tests write into a vault of files, and what their readers get."""

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path

from pmd_service.archive.sparse import SUFFIX, SparseArchive
from pmd_service.archive.writer import ArchiveWriter, Entry
from pmd_service.vault import LocalSource, Vault
from pmd_service.vault.responses import file_etag

KEY = f"bdr/artist/1{SUFFIX}"


def lying(root: Path, key: str) -> LocalSource:
    """A file as a source, as it is now."""
    status = (root / key).stat()
    return LocalSource(key, status.st_size, status.st_mtime, str(root / key), file_etag(status))


def entry(root: Path, name: str, data: bytes) -> Entry:
    """A new file of the vault, and its place in an archive."""
    key = f"art/{name}"
    (root / key).parent.mkdir(parents=True, exist_ok=True)
    (root / key).write_bytes(data)
    return Entry(name, lying(root, key), zlib.crc32(data))


@asynccontextmanager
async def written(vault: Vault, *, dated: datetime | None = None, whole: bool = False) -> AsyncIterator[ArchiveWriter]:
    """A writer of the archive at ``KEY``, which is finished after the block; a whole one gets another end."""
    part = await vault.begin(KEY.replace(SUFFIX, ".zip") if whole else KEY)
    async with ArchiveWriter(part, dated=dated, whole=whole) as writer:
        yield writer
        sealed = await writer.finish()
    if whole:
        await vault.remove(KEY)
    else:
        archive = await SparseArchive.load(vault, KEY)
        assert archive is not None
        assert archive.size == sealed.size


async def archive_chunks(vault: Vault, positions: range | None = None) -> AsyncIterator[bytes]:
    """The bytes as they come to a reader: of the sparse archive, or of the whole one where there is no sparse one."""
    archive = await SparseArchive.load(vault, KEY)
    if archive is None:
        async with vault.local(KEY.replace(SUFFIX, ".zip")) as path:
            yield path.read_bytes()
        return
    async for each in vault.stream(archive.pieces(positions or range(archive.size))):
        yield each if isinstance(each, bytes) else each.read()


async def read(vault: Vault, positions: range | None = None) -> bytes:
    return b"".join([chunk async for chunk in archive_chunks(vault, positions)])


async def opened(vault: Vault) -> BytesIO:
    return BytesIO(await read(vault))
