"""Half-received uploads: any server goes on where another has stopped, and nobody writes behind another's back."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from pmd_service.vault import BusyError, Incoming, ObjectMissingError, OffsetError, Vault, VaultFaultError, local_vault
from pmd_service.vault.pieces import PART_BYTES
from pmd_service.vault.store import Appending

from .test_protocol import listed, read

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
        stored = await incoming.finish(KEY)
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


async def test_a_file_without_bytes_is_neither_finished_nor_probed(vault: Vault, file_id: UUID) -> None:
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


@pytest.fixture
def shared(vault: Vault) -> Vault:
    """A vault whose store lets several servers write to one upload."""
    if isinstance(vault.store, Appending):
        pytest.skip("files have one writer")
    return vault


async def test_finish_cut_off_between_its_deletions_loses_no_byte(
    shared: Vault, file_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = b"a" * PART_BYTES, b"b" * 100
    await append(shared.incoming(file_id), first)
    await append(shared.incoming(file_id), second)
    delete, begun = shared.store.delete, []

    async def fail_first(key: str, **more: bool) -> None:
        begun.append(key)
        if len(begun) > 1:
            return await delete(key, **more)
        raise VaultFaultError

    monkeypatch.setattr(shared.store, "delete", fail_first)
    with pytest.raises(VaultFaultError):
        await shared.incoming(file_id).finish(KEY)
    assert (await shared.incoming(file_id).finish(KEY)).size == len(first) + len(second)


async def test_overlapping_pieces_count_once_and_those_after_a_gap_not(shared: Vault, file_id: UUID) -> None:
    """What a server that was thought dead still brings to its end, with the same bytes of the same file."""
    dead = await shared.incoming(file_id).open(0)
    await dead.write([b"12345"])
    await dead.flush()
    alive = await shared.incoming(file_id).open(5)
    await alive.write([b"6789"])
    await alive.flush()
    await dead.write([b"67"])
    await dead.flush()
    await alive.close()
    await dead.close()
    async with shared.incoming(file_id).local() as path:
        assert path.read_bytes() == b"123456789"


async def test_a_late_writer_takes_nothing_from_what_was_acknowledged_since(shared: Vault, file_id: UUID) -> None:
    dead = await shared.incoming(file_id).open(0)
    await dead.write([b"12345"])
    await dead.flush()
    alive = await shared.incoming(file_id).open(5)
    for data in (b"6", b"789"):
        await alive.write([data])
        await alive.flush()
    await dead.write([b"678"])  # more than the first, and less than both
    await dead.flush()
    assert await shared.incoming(file_id).size() == 9
    await alive.write([b"0"])
    assert await alive.flush() == await shared.incoming(file_id).size() == 10
    await alive.close()
    await dead.close()
    async with shared.incoming(file_id).local() as path:
        assert path.read_bytes() == b"1234567890"


async def test_a_late_writer_that_makes_a_part_of_the_tail_loses_no_byte(shared: Vault, file_id: UUID) -> None:
    data = bytes(range(251)) * (PART_BYTES // 251 + 1)
    await append(shared.incoming(file_id), data[:1000])
    dead = await shared.incoming(file_id).open(1000)
    alive = await shared.incoming(file_id).open(1000)
    await alive.write([data[1000:2000]])
    await alive.flush()
    await dead.write([data[1000:]])  # deletes the tail as it has known it
    await alive.close()
    await dead.close()
    assert await shared.incoming(file_id).size() == len(data)
    async with shared.incoming(file_id).local() as path:
        assert path.read_bytes() == data


async def test_many_small_requests_leave_few_pieces(shared: Vault, file_id: UUID) -> None:
    step, data = PART_BYTES // 5, bytes(range(251)) * (2 * PART_BYTES // 251)
    for start in range(0, len(data), step):
        writer = await shared.incoming(file_id).open(start)
        await writer.write([data[start : start + step]])
        assert await writer.flush() == min(start + step, len(data))
        await writer.close()
    found = await listed(shared, f"incoming/{file_id}/")
    assert [each.size >= PART_BYTES for each in found[:2]] == [True, False]
    assert len(found) <= 6
    incoming = shared.incoming(file_id)
    async with incoming.local() as path:
        assert path.read_bytes() == data
        assert (await incoming.finish(KEY)).size == len(data)
    assert await read(await shared.find(KEY)) == data
    assert await listed(shared, "incoming/") == []


async def test_parts_of_any_size_are_joined_and_become_an_object(vault: Vault) -> None:
    sizes = [PART_BYTES + 1, 3, 0, PART_BYTES, 5 * MIB - 1, 2 * PART_BYTES, 7]
    parts = [uuid4() for _ in sizes]
    datas = [bytes([number]) * size for number, size in enumerate(sizes)]
    for part, data in zip(parts, datas, strict=True):
        for at in range(0, max(len(data), 1), PART_BYTES):  # each in a request of its own
            await append(vault.incoming(part), data[at : at + PART_BYTES])
    whole = vault.incoming(uuid4())
    assert await whole.join(parts) == sum(sizes)
    async with whole.local():
        assert (await whole.finish(KEY)).size == sum(sizes)
    assert await read(await vault.find(KEY)) == b"".join(datas)
    assert await vault.incoming(parts[0]).size() == sizes[0], "they stay until they are removed"


async def test_files_have_one_writer_at_a_time(tmp_path: Path, file_id: UUID) -> None:
    """A store holds no locks: there, who may write is for the upload's row to say."""
    vault = local_vault(tmp_path)
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
