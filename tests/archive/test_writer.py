"""Archives: every reader opens them, memory stays small, and a bad day ends in an error instead of a bad file."""

import asyncio
import errno
import os
import shutil
import subprocess
import threading
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from stream_unzip import stream_unzip

from pmd_service.archive import ArchiveWriter

MIB = 1 << 20
NOISE = os.urandom(300_000)
TEXT = b'{"comment": "Nice!"}\n' * 2000
HERE = Path(__file__).parent

# Other people's readers, where the machine has them: the arguments that make them read everything.
READERS = {
    "unzip": ["unzip", "-t"],
    "7z": ["7z", "t"],
    "7zz": ["7zz", "t"],
    "bsdtar": ["sh", "-c", 'bsdtar -xOf - < "$0"'],
    "java": ["java", str(HERE / "Reader.java")],
}


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "a.zip.1.part"


@pytest.fixture
async def archive(tmp_path: Path, part: Path) -> Path:
    """An archive as builds make them: images, an empty one among them, then a document."""
    for name, data in (("noise", NOISE), ("empty", b"")):
        (tmp_path / name).write_bytes(data)
    async with ArchiveWriter(part) as writer:
        await writer.add_file("artworks/noise.png", tmp_path / "noise")
        await writer.add_file("artworks/ünïcode 像素.gif", tmp_path / "empty")
        await writer.add_text("metadata.json", lambda: TEXT)
        assert await writer.finish() == part.stat().st_size
    return part


def test_pythons_reader_opens_it(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["artworks/noise.png", "artworks/ünïcode 像素.gif", "metadata.json"]
        assert opened.read("artworks/noise.png") == NOISE
        assert opened.read("metadata.json") == TEXT


def test_images_are_deflated_at_level_0_and_documents_are_compressed(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        noise, empty, text = opened.infolist()
    assert {entry.compress_type for entry in (noise, empty, text)} == {zipfile.ZIP_DEFLATED}
    assert len(NOISE) <= noise.compress_size <= len(NOISE) * 1.001
    assert text.compress_size < len(TEXT) / 10


def test_a_reader_that_streams_opens_it(archive: Path) -> None:
    def chunks() -> Iterator[bytes]:
        with archive.open("rb") as file:
            while chunk := file.read(1000):
                yield chunk

    read = {name.decode(): b"".join(data) for name, _, data in stream_unzip(chunks())}
    assert read == {"artworks/noise.png": NOISE, "artworks/ünïcode 像素.gif": b"", "metadata.json": TEXT}


def test_other_peoples_readers_open_it(archive: Path) -> None:
    for name, command in READERS.items():
        if shutil.which(name):
            ended = subprocess.run([*command, str(archive)], capture_output=True, check=False)
            assert ended.returncode == 0, (name, ended.stdout, ended.stderr)


async def test_a_files_own_time_is_kept(tmp_path: Path, part: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"pixels")
    born = 1_700_000_000
    os.utime(source, (born, born))
    async with ArchiveWriter(part) as writer:
        await writer.add_file("a.png", source)
        await writer.finish()
    with zipfile.ZipFile(part) as opened:
        assert opened.infolist()[0].date_time == time.localtime(born)[:6]


async def test_memory_stays_small_whatever_a_files_size(tmp_path: Path, part: Path) -> None:
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.truncate(64 * MIB)
    tracemalloc.start()
    try:
        async with ArchiveWriter(part) as writer:
            await writer.add_file("a.png", source)
            await writer.finish()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert part.stat().st_size > 64 * MIB
    assert peak < 8 * MIB


async def test_a_writer_stopped_in_the_middle_ends_its_thread_and_closes_its_file(tmp_path: Path, part: Path) -> None:
    endless = tmp_path / "endless"
    with endless.open("wb") as file:
        file.truncate(1 << 40)

    async def write() -> None:
        async with ArchiveWriter(part) as writer:
            await writer.add_file("a.png", endless)

    writing = asyncio.create_task(write())
    while not (part.exists() and part.stat().st_size):
        await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    for thread in threading.enumerate():
        if thread.name.startswith("archive"):
            thread.join()
    assert part not in {link.resolve() for link in Path("/proc/self/fd").iterdir()}


async def test_a_writer_cancelled_while_it_opens_its_file_closes_it(part: Path) -> None:
    opening, may_open = threading.Event(), threading.Event()
    opened: list[IO[Any]] = []

    class SlowPath(type(part)):  # type: ignore[misc]
        def open(self, *options: Any, **more: Any) -> IO[Any]:
            opening.set()
            may_open.wait()
            opened.append(super().open(*options, **more))
            return opened[0]

    async def write() -> None:
        async with ArchiveWriter(SlowPath(part)):
            raise AssertionError("cancelled before")

    writing = asyncio.create_task(write())
    while not opening.is_set():
        await asyncio.sleep(0)
    writing.cancel()
    await asyncio.sleep(0)
    may_open.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert opened[0].closed


@pytest.mark.parametrize(("source", "error"), [("/nowhere", errno.ENOENT), ("/proc/self/mem", errno.EIO)])
async def test_a_source_that_cannot_be_read_is_an_error(part: Path, source: str, error: int) -> None:
    async with ArchiveWriter(part) as writer:
        with pytest.raises(OSError) as failed:
            await writer.add_file("a.png", Path(source))
    assert failed.value.errno == error


@pytest.mark.parametrize("size", [10, 3 * MIB])
async def test_a_full_disk_is_an_error_and_the_file_is_closed(tmp_path: Path, part: Path, size: int) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * size)
    part.symlink_to("/dev/full")

    async def write() -> None:
        async with ArchiveWriter(part) as writer:
            await writer.add_file("a.png", source)
            await writer.finish()

    with pytest.raises(OSError) as failed:
        await write()
    assert failed.value.errno == errno.ENOSPC
    assert "/dev/full" not in {str(link.resolve()) for link in Path("/proc/self/fd").iterdir()}
