"""Half-received uploads: any server goes on where another has stopped, and nobody writes behind another's back."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from pmd_service.vault import BusyError, Incoming, LocalVault, ObjectMissingError, OffsetError, Vault

from .test_protocol import read

KEY = f"assets/artist/{'ab' * 32}.png"
MIB = 1 << 20


@pytest.fixture
def file_id() -> UUID:
    return uuid4()


async def append(incoming: Incoming, data: bytes) -> int:
    writer = await incoming.open(await incoming.size())
    try:
        await writer.write([data[: len(data) // 2], data[len(data) // 2 :]])
        return await writer.flush()
    finally:
        await writer.close()


async def test_it_grows_from_call_to_call_and_becomes_an_object(vault: Vault, file_id: UUID) -> None:
    assert await vault.incoming(file_id).size() == 0
    first, second = b"a" * (9 * MIB + 1), b"b" * 100
    assert await append(vault.incoming(file_id), first) == len(first)
    assert await append(vault.incoming(file_id), second) == len(first) + len(second)
    incoming = vault.incoming(file_id)
    assert await incoming.size() == len(first) + len(second)
    async with incoming.local() as path:
        assert path.read_bytes() == first + second
        stored = await incoming.finish(KEY, looked_at=path)
    assert (stored.key, stored.size) == (KEY, len(first) + len(second))
    assert await read(await vault.find(KEY)) == first + second
    assert await incoming.size() == 0


async def test_finishing_again_after_a_crash_in_between_is_harmless(vault: Vault, file_id: UUID) -> None:
    await append(vault.incoming(file_id), b"pixels")
    once = await vault.incoming(file_id).finish(KEY)
    again = await vault.incoming(file_id).finish(KEY)
    assert once == again
    other = uuid4()
    await append(vault.incoming(other), b"pixels")
    assert (await vault.incoming(other).finish(KEY)).size == 6, "the same key is the same content"
    assert await vault.incoming(other).size() == 0


async def test_an_empty_file_is_a_file(vault: Vault, file_id: UUID) -> None:
    writer = await vault.incoming(file_id).open(0)
    assert await writer.flush() == 0
    await writer.close()
    assert (await vault.incoming(file_id).finish(KEY)).size == 0


async def test_nothing_received_is_nothing_to_finish_or_look_at(vault: Vault, file_id: UUID) -> None:
    with pytest.raises(ObjectMissingError):
        await vault.incoming(file_id).finish(KEY)
    with pytest.raises(ObjectMissingError):
        async with vault.incoming(file_id).local():
            pass
    await vault.incoming(file_id).discard()


async def test_a_writer_begins_where_the_file_ends_and_nowhere_else(vault: Vault, file_id: UUID) -> None:
    await append(vault.incoming(file_id), b"12345")
    for offset in (0, 4, 6):
        with pytest.raises(OffsetError) as wrong:
            await vault.incoming(file_id).open(offset)
        assert wrong.value.size == 5


async def test_what_was_written_can_be_taken_back(vault: Vault, file_id: UUID) -> None:
    await append(vault.incoming(file_id), b"12345")
    writer = await vault.incoming(file_id).open(5)
    await writer.write([b"6789"])
    await writer.truncate(7)
    await writer.write([b"x"])
    assert await writer.flush() == 8
    await writer.truncate(2)
    assert await writer.flush() == 2
    await writer.write([b"end"])
    assert await writer.flush() == 5
    await writer.close()
    async with vault.incoming(file_id).local() as path:
        assert path.read_bytes() == b"12end"


async def test_what_is_discarded_is_gone(vault: Vault, file_id: UUID) -> None:
    await append(vault.incoming(file_id), b"12345")
    await vault.incoming(file_id).discard()
    assert await vault.incoming(file_id).size() == 0


async def test_half_received_files_are_nobodys_artworks(vault: Vault, file_id: UUID) -> None:
    await append(vault.incoming(file_id), b"12345")
    (found,) = await vault.locate_artworks([f"/vault/incoming/{file_id}"])
    assert isinstance(found, Exception)


async def test_pieces_that_overlap_count_once_and_those_behind_a_gap_not_at_all(vault: Vault, file_id: UUID) -> None:
    """What a server that was thought dead still brings to its end, with the same bytes of the same file."""
    dead = await vault.incoming(file_id).open(0)
    await dead.write([b"12345"])
    await dead.flush()
    alive = await vault.incoming(file_id).open(5) if not isinstance(vault, LocalVault) else dead
    await alive.write([b"6789"])
    await alive.flush()
    if alive is not dead:
        await dead.write([b"67"])
        await dead.flush()
        await alive.close()
    await dead.close()
    async with vault.incoming(file_id).local() as path:
        assert path.read_bytes() == b"123456789"


async def test_what_a_dead_server_still_brings_takes_nothing_from_what_was_told_since(
    vault: Vault, file_id: UUID
) -> None:
    if isinstance(vault, LocalVault):
        pytest.skip("files have one writer")
    dead = await vault.incoming(file_id).open(0)
    await dead.write([b"12345"])
    await dead.flush()
    alive = await vault.incoming(file_id).open(5)
    for data in (b"6", b"789"):
        await alive.write([data])
        await alive.flush()
    await dead.write([b"678"])  # more than the first, and less than both
    await dead.flush()
    assert await vault.incoming(file_id).size() == 9
    await alive.write([b"0"])
    assert await alive.flush() == await vault.incoming(file_id).size() == 10
    async with vault.incoming(file_id).local() as path:
        assert path.read_bytes() == b"1234567890"


async def test_files_have_one_writer_at_a_time(tmp_path: Path, file_id: UUID) -> None:
    """A store holds no locks: there, who may write is for the upload's row to say."""
    vault = LocalVault(tmp_path)
    first = await vault.incoming(file_id).open(0)
    with pytest.raises(BusyError):
        await vault.incoming(file_id).open(0)
    await first.write([b"12345"])
    await first.flush()
    with pytest.raises(BusyError):
        await vault.incoming(file_id).finish(KEY)
    await first.close()
    second = await vault.incoming(file_id).open(5)
    await second.close()
    assert (await vault.incoming(file_id).finish(KEY)).size == 5


async def test_what_is_on_the_disk_already_does_not_wait_for_it_again(
    tmp_path: Path, file_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = await LocalVault(tmp_path).incoming(file_id).open(0)
    waits: list[int] = []
    monkeypatch.setattr("os.fsync", waits.append)
    for data in (b"one", b"two"):
        await writer.write([data])
        assert await writer.tell() == await writer.flush()
    assert len(waits) == 2
    await writer.truncate(6)
    assert await writer.flush() == 6
    assert len(waits) == 3
    await writer.close()
