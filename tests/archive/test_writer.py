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
from contextlib import contextmanager
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import pytest
from stream_unzip import stream_unzip

from pmd_service.archive import ArchiveWriter
from pmd_service.archive.ahead import AHEAD_SOURCES
from pmd_service.vault import LocalSource, ObjectUnreadableError, Part, Source, VaultFaultError
from pmd_service.vault.local_files import LocalPart, create_part

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
def part(tmp_path: Path) -> Iterator[LocalPart]:
    begun = LocalPart(*create_part(tmp_path, "a.zip"), key="a.zip")
    yield begun
    begun.abort()


def lying(path: Path) -> LocalSource:
    """A file as a source, as it is now."""
    status = path.stat()
    return LocalSource(path.name, status.st_size, status.st_mtime, path)


@pytest.fixture
async def archive(tmp_path: Path, part: LocalPart) -> Path:
    """An archive as builds make them: images, an empty one among them, then a document."""
    for name, data in (("noise", NOISE), ("empty", b"")):
        (tmp_path / name).write_bytes(data)
    async with ArchiveWriter(part) as writer:
        await writer.add_sources([("artworks/noise.png", lying(tmp_path / "noise"))])
        await writer.add_sources([("artworks/ünïcode 像素.gif", lying(tmp_path / "empty"))])
        await writer.add_text("metadata.json", lambda: TEXT)
        stored = await writer.finish()
    assert stored.size == (tmp_path / "a.zip").stat().st_size
    return tmp_path / "a.zip"


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


async def test_a_files_own_time_is_kept(tmp_path: Path, part: LocalPart) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"pixels")
    born = 1_700_000_000
    os.utime(source, (born, born))
    async with ArchiveWriter(part) as writer:
        await writer.add_sources([("a.png", lying(source))])
        await writer.finish()
    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        assert opened.infolist()[0].date_time == time.localtime(born)[:6]


class Pieces:
    """A source whose bytes come in chunks of this size."""

    key, size, modified = "noise.png", len(NOISE), 0.0

    def __init__(self, chunk: int) -> None:
        self._chunk = chunk

    @contextmanager
    def open(self) -> Iterator[Iterator[bytes]]:
        yield (NOISE[begin : begin + self._chunk] for begin in range(0, len(NOISE), self._chunk))


async def test_the_same_bytes_make_the_same_archive_in_whatever_chunks_they_come(tmp_path: Path) -> None:
    made = []
    for chunk in (997, 1 << 16, len(NOISE)):
        part = LocalPart(*create_part(tmp_path, "b.zip"), key="b.zip")
        async with ArchiveWriter(part, dated=datetime(2026, 1, 1, tzinfo=UTC)) as writer:
            await writer.add_sources([("noise.png", Pieces(chunk))])
            await writer.finish()
        made.append((tmp_path / "b.zip").read_bytes())
    assert made[0] == made[1] == made[2]
    with zipfile.ZipFile(tmp_path / "b.zip") as opened:
        assert opened.read("noise.png") == NOISE


async def test_memory_stays_small_whatever_a_files_size(tmp_path: Path, part: LocalPart) -> None:
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.truncate(64 * MIB)
    tracemalloc.start()
    try:
        async with ArchiveWriter(part) as writer:
            await writer.add_sources([("a.png", lying(source))])
            await writer.finish()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (tmp_path / "a.zip").stat().st_size > 64 * MIB
    assert peak < 8 * MIB


async def test_a_writer_stopped_in_the_middle_ends_its_thread_and_closes_its_file(
    tmp_path: Path, part: LocalPart
) -> None:
    endless = tmp_path / "endless"
    with endless.open("wb") as file:
        file.truncate(1 << 40)

    async def write() -> None:
        async with ArchiveWriter(part) as writer:
            await writer.add_sources([("a.png", lying(endless))])

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


class Watched:
    """A source that tells when it is opened and when it is let go of."""

    def __init__(self, name: str, size: int, seen: list[str]) -> None:
        self.key, self.size, self.modified = name, size, 0.0
        self._seen = seen

    @contextmanager
    def open(self) -> Iterator[Iterator[bytes]]:
        self._seen.append(f"open {self.key}")
        yield self._chunks()
        self._seen.append(f"close {self.key}")

    def _chunks(self) -> Iterator[bytes]:
        self._seen.append(f"read {self.key}")
        yield b"x" * self.size


async def test_the_next_sources_are_opened_while_one_is_written_and_no_more_of_them_than_memory_allows(
    part: LocalPart,
) -> None:
    seen: list[str] = []
    large = [Watched(name, 3 * MIB, seen) for name in "abc"]
    async with ArchiveWriter(part) as writer:
        await writer.add_sources([(source.key, source) for source in large[:2]], then=large[2:])
        await writer.add_sources([("c", large[2])])
        assert seen == ["open a", "open b", "read a", "close a", "open c", "read b", "close b", "read c", "close c"]
        seen.clear()
        small = [Watched(str(number), 1, seen) for number in range(20)]
        await writer.add_sources([(source.key, source) for source in small])
        assert seen[: AHEAD_SOURCES + 2] == [*(f"open {number}" for number in range(AHEAD_SOURCES + 1)), "read 0"]


async def test_what_was_opened_ahead_and_never_wanted_is_let_go_of(part: LocalPart) -> None:
    seen: list[str] = []
    first, second = (Watched(name, 1, seen) for name in "ab")
    async with ArchiveWriter(part) as writer:
        await writer.add_sources([("a", first)], then=[second])
    assert seen == ["open a", "open b", "read a", "close a", "close b"]


@pytest.mark.parametrize(("name", "error"), [("nowhere", errno.ENOENT), (".", errno.EISDIR)])
async def test_a_source_that_cannot_be_read_is_an_error(part: LocalPart, tmp_path: Path, name: str, error: int) -> None:
    source = LocalSource("a.png", tmp_path.stat().st_size, 0, tmp_path / name)
    async with ArchiveWriter(part) as writer:
        with pytest.raises(OSError) as failed:
            await writer.add_sources([("a.png", source)])
    assert failed.value.errno == error


class Refused(Watched):
    """A store far away says no when it is asked for the first bytes, and not when it is opened."""

    def _chunks(self) -> Iterator[bytes]:
        return map(self._refuse, [self.key])

    def _refuse(self, key: str) -> bytes:
        raise ObjectUnreadableError(key, "is refused")


async def test_a_source_without_its_first_byte_can_be_left_out(part: LocalPart, tmp_path: Path) -> None:
    left_out: list[str] = []
    gone = LocalSource("gone", 1, 0, tmp_path / "gone")
    sources: list[Source] = [Watched("a", 1, []), Refused("b", 1, []), gone, Watched("d", 1, [])]
    async with ArchiveWriter(part) as writer:
        await writer.add_sources(
            [(source.key, source) for source in sources], leave_out=lambda error: left_out.append(error.key)
        )
        await writer.finish()
    assert left_out == ["b", "gone"]
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a", "d"]


@pytest.mark.parametrize("size", [10, 3 * MIB])
async def test_a_full_disk_is_an_error_and_the_file_is_closed(tmp_path: Path, size: int) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * size)
    part: Part = LocalPart(FileIO("/dev/full", "wb"), tmp_path / "a.zip.12345678.part", key="a.zip")

    async def write() -> None:
        async with ArchiveWriter(part) as writer:
            await writer.add_sources([("a.png", lying(source))])
            await writer.finish()

    with pytest.raises((OSError, VaultFaultError)) as failed:
        await write()
    cause = failed.value.__cause__ or failed.value
    assert isinstance(cause, OSError)
    assert cause.errno == errno.ENOSPC
    part.abort()
    assert "/dev/full" not in {str(link.resolve()) for link in Path("/proc/self/fd").iterdir()}
