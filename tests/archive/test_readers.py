"""Sparse archives: every reader takes them for what they are to it, a ZIP."""

import asyncio
import os
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import pytest
from stream_unzip import stream_unzip

from pmd_service.archive.sparse import SparseArchive
from pmd_service.archive.writer import Entry
from pmd_service.vault import LocalSource, Vault

from .made import KEY, entry, read, written
from .readers import READERS, read_by_others

NOISE = os.urandom(300_000)
TEXT = b'{"comment": "Nice!"}\n' * 2000
CONTENTS = {
    "artworks/noise.png": NOISE,
    "artworks/ünïcode 像素.gif": b"",
    "artworks/fetched.png": NOISE[:100_000],
    "artworks/small.png": b"pixels",
    "metadata.json": TEXT,
    "comments.json": TEXT * 10,
}
GIB = 1 << 30


@pytest.fixture
async def archive(vault: Vault, tmp_path: Path) -> bytes:
    """An archive as builds make them: images, an empty one and one of our own among them, then documents."""
    images = [entry(tmp_path, Path(name).name, data)._replace(name=name) for name, data in CONTENTS.items()]
    async with written(vault) as writer:
        await writer.add_sources(images[:2])
        await writer.add_bytes(images[2])
        await writer.add_sources(images[3:4])
        await writer.add_text("metadata.json", TEXT)
        await writer.add_text("comments.json", TEXT * 10)
    return await read(vault)


@pytest.fixture
def file(archive: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "a.zip"
    path.write_bytes(archive)
    return path


def test_python_zipfile_opens_the_archive(file: Path) -> None:
    with zipfile.ZipFile(file) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == CONTENTS
        assert opened.namelist() == list(CONTENTS)


def test_streaming_reader_opens_the_archive(archive: bytes) -> None:
    chunks = (archive[begin : begin + 1000] for begin in range(0, len(archive), 1000))
    assert {name.decode(): b"".join(data) for name, _, data in stream_unzip(chunks)} == CONTENTS


def test_other_zip_readers_open_the_archive(file: Path) -> None:
    read_by_others(file)


def test_local_headers_have_size_and_crc_and_no_data_descriptor(archive: bytes, file: Path) -> None:
    """Java 17's ``ZipInputStream`` stops at descriptors of 64 bits, and no streaming reader takes a stored entry's."""
    with zipfile.ZipFile(file) as opened:
        for listed in opened.infolist():
            # APPNOTE 4.3.7
            _, flags, method, _, crc, packed, size = struct.unpack_from("<4xHHHIIII", archive, listed.header_offset)
            assert flags & 8 == 0, listed.filename
            directory = (listed.compress_type, listed.CRC, listed.compress_size, listed.file_size)
            assert (method, crc, packed, size) == directory, listed.filename


async def test_zip64_for_more_than_65535_entries(vault: Vault, tmp_path: Path) -> None:
    count = 66_000
    nothing, last = entry(tmp_path, "nothing.png", b""), entry(tmp_path, "last.png", b"the last pixels")
    async with written(vault) as writer:
        await writer.add_sources([nothing._replace(name=f"artworks/{number}.png") for number in range(count)])
        await writer.add_sources([last])
        await writer.add_text("metadata.json", TEXT)
    path = tmp_path / "a.zip"
    path.write_bytes(await read(vault))
    with zipfile.ZipFile(path) as opened:
        assert len(opened.namelist()) == count + 2
        assert opened.read("last.png") == b"the last pixels"
    read_by_others(path)


# Of an artwork and of an archive that pass 4 GiB: the sum of so many zeros.
LARGE = 4 * GIB + 5
LARGE_CRC32 = 0xB1C2A1A3


@pytest.fixture
def holes(tmp_path: Path) -> Iterator[Path]:
    """A folder whose files' holes are read for nothing: a disk's fill the page cache, which takes ten seconds."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        yield Path(folder)


async def test_zip64_for_more_than_4_gib(vault: Vault, tmp_path: Path, holes: Path) -> None:
    """Nothing of it is on the disk: neither the artwork's zeros nor the archive's."""
    zeros = tmp_path / "art" / "zeros"
    last = entry(tmp_path, "last.png", b"the last pixels")
    with zeros.open("wb") as file:
        file.truncate(LARGE)
    status = zeros.stat()
    tag = f"{status.st_mtime_ns:x}-{LARGE:x}"
    async with written(vault) as writer:
        await writer.add_sources(
            [Entry("zeros.png", LocalSource("art/zeros", LARGE, 1e9, str(zeros), tag), LARGE_CRC32)]
        )
        await writer.add_sources([last])
        await writer.add_text("metadata.json", TEXT)
    path = holes / "a.zip"
    await write_with_holes(vault, path)
    with zipfile.ZipFile(path) as opened:
        assert opened.getinfo("zeros.png").file_size == LARGE
        assert opened.read("last.png") == b"the last pixels"
        assert zlib.crc32(opened.read("metadata.json")) == zlib.crc32(TEXT)
    assert await asyncio.to_thread(last_by_others, path) == {b"the last pixels"}
    # Those read all of it, and compare the sums.
    read_by_others(path, [reader for reader in READERS if reader in ("bsdtar, piped", "java")])


def last_by_others(path: Path) -> set[bytes]:
    """The last artwork, as readers that start with the directory read it."""
    commands = [command for command in (["unzip", "-p"], ["7z", "e", "-so"], ["bsdtar", "-xOf"]) if which(command[0])]
    return {subprocess.check_output([*command, str(path), "last.png"]) for command in commands} or {b"the last pixels"}


async def write_with_holes(vault: Vault, path: Path) -> None:
    """What the archive's reader gets, without what is nothing but zeros."""
    archive = await SparseArchive.load(vault, KEY)
    assert archive is not None
    with path.open("wb") as file:
        async for each in vault.stream(archive.pieces(range(archive.size))):
            if isinstance(each, bytes):
                file.write(each)
            else:
                file.seek(each.size, os.SEEK_CUR)
