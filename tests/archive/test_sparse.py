"""A sparse archive: any part of it equals that part of the whole, and what is kept of it is small."""

import json
import os
import random
import struct
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from pmd_service.archive.sparse import SHORT_BYTES, TAIL_BYTES, SparseArchive
from pmd_service.archive.writer import Entry
from pmd_service.vault import ObjectUnreadableError, Source, Vault
from pmd_service.vault.local_stream import GATHERED_BYTES, SMALL_BYTES

from .made import KEY, entry, read, written

# Around where what is read becomes what the kernel sends, and what is gathered becomes too much.
SIZES = [0, 1, SMALL_BYTES - 1, SMALL_BYTES, SMALL_BYTES + 1, *[3000] * 300, GATHERED_BYTES, 0, GATHERED_BYTES + 1, 17]


@pytest.fixture
async def whole(vault: Vault, tmp_path: Path) -> bytes:
    """An archive of everything that there is: all its bytes, made without any of them referred to."""
    entries = [entry(tmp_path, f"{number}.png", os.urandom(size)) for number, size in enumerate(SIZES)]
    short, long = os.urandom(SHORT_BYTES - 5000), os.urandom(SHORT_BYTES + 1)
    for is_whole in (True, False):
        async with written(vault, dated=datetime(2026, 1, 1, tzinfo=UTC), whole=is_whole) as writer:
            for number, each in enumerate(entries):
                await (writer.add_bytes(each) if number % 50 == 3 else writer.add_sources([each]))
            await writer.add_text("short", short)
            await writer.add_text("long", long)
        if is_whole:
            async with vault.local(KEY.replace(".sparse", ".zip")) as path:
                data = path.read_bytes()
    return data


async def test_any_range_equals_that_part_of_the_whole(vault: Vault, whole: bytes) -> None:
    archive = await SparseArchive.load(vault, KEY)
    assert archive is not None
    assert archive.size == len(whole)
    assert await read(vault) == whole
    dice = random.Random(20261122)
    for _ in range(2000):
        start = dice.randrange(len(whole))
        # Mostly short, so that many end within one piece and begin at a border.
        stop = min(len(whole), start + dice.choice([1, 2, 100, 5000, 1 << 20]) + dice.randrange(1000))
        data = bytearray()
        async for each in vault.stream(archive.pieces(range(start, stop))):
            data += each if isinstance(each, bytes) else each.read()
        assert data == whole[start:stop], (start, stop)


async def test_response_starts_before_all_small_files_are_read(vault: Vault, tmp_path: Path) -> None:
    entries = [entry(tmp_path, f"{number}.png", os.urandom(5000)) for number in range(128)]
    async with written(vault) as writer:
        await writer.add_sources(entries)
    archive = await SparseArchive.load(vault, KEY)
    assert archive is not None
    (tmp_path / "art/100.png").unlink()
    streamed = vault.stream(archive.pieces(range(archive.size)))
    assert await anext(streamed)
    with pytest.raises(ObjectUnreadableError):
        await anext(streamed)


@pytest.mark.parametrize("count", [128, 20_000])
async def test_sparse_archive_stores_at_most_200_bytes_per_artwork(vault: Vault, tmp_path: Path, count: int) -> None:
    """With links of its own, whose names are the longest that there are."""
    named = entry(tmp_path, "a.png", os.urandom(5000))
    folder = "bdr/Uk12/6a1f3a0e-0000-4000-8000-000000000000.1.links"
    entries = [
        Entry(f"artworks/{number:05d}x.png", Linked(named.source, f"{folder}/{number}"), named.crc32 ^ number)
        for number in range(count)
    ]
    document = json.dumps([os.urandom(20).hex() for _ in range(count)]).encode()
    async with written(vault) as writer:
        await writer.add_sources(entries)
    without = (tmp_path / KEY).stat().st_size
    assert without <= 200 * count
    async with written(vault) as writer:
        await writer.add_sources(entries)
        await writer.add_text("metadata.json", document)
    assert (tmp_path / KEY).stat().st_size <= without + len(document) + 1000


async def test_index_larger_than_the_first_read_is_read_completely(vault: Vault, tmp_path: Path) -> None:
    pixels = entry(tmp_path, "a.png", b"pixels")
    async with written(vault) as writer:
        await writer.add_sources([pixels._replace(name=f"{os.urandom(20).hex()}.png") for _ in range(10_000)])
    assert (tmp_path / KEY).stat().st_size > 2 * TAIL_BYTES
    data = await read(vault)
    assert data.count(b"pixels") == 10_000


_INDEX = zlib.compress(msgspec.msgpack.encode(([], b"")))
OF_A_LATER_FORM = _INDEX + struct.pack(">Q4s", len(_INDEX), b"pmd2")


@pytest.mark.parametrize(
    "data",
    [b"", b"PK", b"x" * 20, b"x" * 8 + b"pmd1", bytes(100) + b"\0" * 7 + b"\x05pmd1", OF_A_LATER_FORM],
)
async def test_malformed_sparse_archive_is_recognized(vault: Vault, data: bytes) -> None:
    await vault.put(KEY, data)
    with pytest.raises(ObjectUnreadableError, match="is no sparse archive"):
        await SparseArchive.load(vault, KEY)


class Linked:
    """A source under another name."""

    def __init__(self, source: Source, key: str) -> None:
        self.key = key
        self.size, self.modified, self.tag = source.size, source.modified, source.tag

    def open(self) -> AbstractContextManager[Iterator[bytes]]:
        raise AssertionError("an archive that refers reads nothing")
