"""Writing archives: memory stays small, and a bad day ends in an error instead of a bad file."""

import asyncio
import errno
import os
import threading
import tracemalloc
import zipfile
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import pytest

from pmd_service.archive.entries import Document
from pmd_service.archive.writer import BATCH_BYTES, ArchiveWriter, Entry
from pmd_service.vault import LocalSource, ObjectUnreadableError, Part, Vault, VaultFaultError
from pmd_service.vault.local_files import LocalPart, create_part

from ..hang import HANG_SECONDS
from .made import entry, lying, opened, read, written

MIB = 1 << 20
NOISE = os.urandom(300_000)
DATED = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def part(tmp_path: Path) -> Iterator[LocalPart]:
    begun = LocalPart(*create_part(tmp_path, "a.zip"), key="a.zip")
    yield begun
    begun.abort()


async def test_artworks_are_stored_and_documents_deflated(vault: Vault, tmp_path: Path) -> None:
    text = b'{"comment": "Nice!"}\n' * 2000
    async with written(vault) as writer:
        await writer.add_sources([entry(tmp_path, "noise.png", NOISE), entry(tmp_path, "empty.png", b"")])
        await writer.add_text("metadata.json", text)
    with zipfile.ZipFile(await opened(vault)) as archive:
        noise, empty, document = archive.infolist()
        assert archive.read(document) == text
    assert (noise.compress_type, noise.compress_size, empty.compress_size) == (zipfile.ZIP_STORED, len(NOISE), 0)
    assert document.compress_type == zipfile.ZIP_DEFLATED
    assert document.compress_size < len(text) / 10


async def test_entry_has_the_files_modification_time(vault: Vault, tmp_path: Path) -> None:
    named = entry(tmp_path, "a.png", b"pixels")
    born = datetime(2023, 11, 14, 22, 13, 20).astimezone()
    os.utime(tmp_path / named.source.key, (born.timestamp(), born.timestamp()))
    async with written(vault) as writer:
        await writer.add_sources([named._replace(source=lying(tmp_path, "art/a.png"))])
    with zipfile.ZipFile(await opened(vault)) as archive:
        assert archive.infolist()[0].date_time == born.timetuple()[:6]


async def chunked(data: bytes, size: int) -> AsyncIterator[bytes]:
    for begin in range(0, len(data), size):
        yield data[begin : begin + size]


async def test_archive_does_not_depend_on_chunk_sizes(vault: Vault, tmp_path: Path) -> None:
    """A reader sees no difference between what is referenced and what is written."""
    named = entry(tmp_path, "noise.png", NOISE)
    made = []
    for size in (997, 1 << 16, len(NOISE)):
        for whole in (False, True):
            async with written(vault, dated=DATED, whole=whole) as writer:
                await writer.add_sources([named])
                await writer.add_stream("text", chunked(NOISE, size))
            made.append(await read(vault))
    assert all(each == made[0] for each in made)


@pytest.mark.parametrize("whole", [False, True])
async def test_writer_memory_is_independent_of_file_size(vault: Vault, tmp_path: Path, whole: bool) -> None:
    large = LocalSource("art/large", 64 * MIB, 0.0, str(tmp_path / "large"))
    (tmp_path / "large").touch()
    os.truncate(large.path, large.size)
    crc = zlib.crc32(bytes(large.size))

    async def random() -> AsyncIterator[bytes]:
        for _ in range(32):
            yield os.urandom(MIB)

    tracemalloc.start()
    try:
        async with written(vault, whole=whole) as writer:
            await writer.add_sources([Entry("a.png", large, crc)])
            await writer.add_bytes(Entry("b.png", large, crc))
            await writer.add_stream("random", random())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * MIB


async def test_stopped_writer_ends_its_thread_and_closes_its_file(tmp_path: Path, part: LocalPart) -> None:
    endless = tmp_path / "endless"
    with endless.open("wb") as file:
        file.truncate(1 << 40)

    async def write() -> None:
        async with ArchiveWriter(part) as writer:
            await writer.add_bytes(Entry("a.png", lying(tmp_path, "endless"), 0))

    writing = asyncio.create_task(write())
    (unsealed,) = tmp_path.glob("a.zip.*.part")
    while not unsealed.stat().st_size:
        await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    for thread in threading.enumerate():
        if thread.name.startswith("archive"):
            thread.join()
    part.abort()
    assert list(tmp_path.glob("a.zip*")) == []


async def test_document_is_read_while_its_last_bytes_are_deflated(
    part: LocalPart, monkeypatch: pytest.MonkeyPatch
) -> None:
    came, pack = threading.Event(), Document.write

    def pack_later(document: Document, text: bytes) -> None:
        assert came.wait(HANG_SECONDS)
        pack(document, text)

    async def pieces() -> AsyncIterator[bytes]:
        yield bytes(BATCH_BYTES)
        came.set()
        yield b"the end"

    monkeypatch.setattr(Document, "write", pack_later)
    async with ArchiveWriter(part, whole=True) as writer:
        await writer.add_stream("document", pieces())
        assert (await writer.finish()).size > 0


async def test_error_in_the_deflating_thread_is_raised_later(part: LocalPart, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = Document.write

    def fail_once(_document: Document, _text: bytes) -> None:
        monkeypatch.setattr(Document, "write", pack)
        raise OSError(errno.ENOSPC, "full")

    async def pieces() -> AsyncIterator[bytes]:
        yield bytes(BATCH_BYTES)

    monkeypatch.setattr(Document, "write", fail_once)
    async with ArchiveWriter(part) as writer:
        await writer.add_stream("document", pieces())
        with pytest.raises(OSError):
            await writer.finish()


@pytest.mark.parametrize(("name", "error"), [("nowhere", errno.ENOENT), (".", errno.EISDIR)])
async def test_unreadable_source_is_an_error(part: LocalPart, tmp_path: Path, name: str, error: int) -> None:
    source = LocalSource("a.png", tmp_path.stat().st_size, 0, str(tmp_path / name))
    async with ArchiveWriter(part, whole=True) as writer:
        with pytest.raises(OSError) as failed:
            await writer.add_sources([Entry("a.png", source, 0)])
    assert failed.value.errno == error


@pytest.mark.parametrize("add", ["add_sources", "add_bytes"])
async def test_bytes_that_differ_from_their_checksum_are_an_error(part: LocalPart, tmp_path: Path, add: str) -> None:
    named = entry(tmp_path, "a.png", b"pixels")
    async with ArchiveWriter(part, whole=True) as writer:
        spoilt = named._replace(crc32=named.crc32 ^ 1)
        with pytest.raises(ObjectUnreadableError, match=r"a\.png has other bytes than it had"):
            await (writer.add_bytes(spoilt) if add == "add_bytes" else writer.add_sources([spoilt]))


class Pieces:
    """A source that is read once, in chunks."""

    key, size, modified, tag = "noise.png", len(NOISE), 0.0, ""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        self._chunks = chunks

    @contextmanager
    def open(self) -> Iterator[Iterator[bytes]]:
        yield iter(self._chunks)


async def test_source_chunks_may_have_any_size(vault: Vault) -> None:
    chunks = [NOISE[begin : begin + 997] for begin in range(0, len(NOISE), 997)]
    async with written(vault) as writer:
        await writer.add_bytes(Entry("noise.png", Pieces(chunks), zlib.crc32(NOISE)))
    with zipfile.ZipFile(await opened(vault)) as archive:
        assert archive.read("noise.png") == NOISE


@pytest.mark.parametrize("size", [10, 3 * MIB])
async def test_full_disk_is_an_error_and_the_file_is_closed(tmp_path: Path, size: int) -> None:
    named = entry(tmp_path, "source", b"x" * size)
    part: Part = LocalPart(FileIO("/dev/full", "wb"), tmp_path / "a.zip.12345678.part", key="a.zip")

    async def write() -> None:
        async with ArchiveWriter(part) as writer:
            await writer.add_bytes(named)
            await writer.finish()

    with pytest.raises((OSError, VaultFaultError)) as failed:
        await write()
    cause = failed.value.__cause__ or failed.value
    assert isinstance(cause, OSError)
    assert cause.errno == errno.ENOSPC
    part.abort()
    assert "/dev/full" not in {str(link.resolve()) for link in Path("/proc/self/fd").iterdir()}
