"""What every vault promises, whatever keeps it."""

import asyncio
from pathlib import Path
from unittest.mock import AsyncMock, Mock
from uuid import uuid4

import pytest

from pmd_service.base.store_url import StoreUrl
from pmd_service.vault import ArtworkUnavailableError, Found, Source, Vault, local_vault
from pmd_service.vault.s3_store import S3Store, Upload
from pmd_service.vault.store import Writing

KEY = "bdr/artist/6a1f3a0e-0000-4000-8000-000000000000.1.zip"
MIB = 1 << 20


async def read(source: Source | None) -> bytes | None:
    def take(source: Source) -> bytes:
        with source.open() as chunks:
            return b"".join(chunks)

    return None if source is None else await asyncio.to_thread(take, source)


async def listed(vault: Vault, prefix: str) -> list[Found]:
    return [found async for page in vault.list(prefix) for found in page]


async def test_an_object_is_there_when_it_is_sealed_and_not_before(vault: Vault) -> None:
    part = await vault.begin(KEY)
    await asyncio.to_thread(part.write, b"first, ")
    assert await vault.find(KEY) is None
    await asyncio.to_thread(part.write, b"then")
    stored = await asyncio.to_thread(part.seal)
    await asyncio.to_thread(part.abort)
    assert (stored.key, stored.size) == (KEY, 11)
    assert stored.etag
    assert '"' not in stored.etag
    found = await vault.find(KEY)
    assert found is not None
    assert (found.key, found.size, await read(found)) == (KEY, 11, b"first, then")


@pytest.mark.parametrize("size", [0, 1, 3 * MIB, 20 * MIB + 1])
async def test_an_object_of_any_size_comes_back_as_it_was(vault: Vault, size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    data = data[:size]
    part = await vault.begin(KEY)

    def write() -> int:
        for start in range(0, size, 70_001):
            part.write(data[start : start + 70_001])
        sealed = part.seal()
        part.abort()
        return sealed.size

    assert await asyncio.to_thread(write) == size
    assert await read(await vault.find(KEY)) == data


async def test_an_object_given_up_leaves_nothing(vault: Vault) -> None:
    part = await vault.begin(KEY)
    await asyncio.to_thread(part.write, b"x" * (9 * MIB))
    for _ in range(2):
        await asyncio.to_thread(part.abort)
    assert await vault.find(KEY) is None
    assert await listed(vault, "bdr/") == []


async def test_a_dead_writers_bytes_go_with_their_key_and_no_others(vault: Vault) -> None:
    beside = f"{KEY}2"  # its name begins the same
    if not isinstance(vault.store, Writing):
        pytest.skip("nothing is in the store before it is sealed")
    part, other = await vault.begin(KEY), await vault.begin(beside)
    for each in (part, other):
        await asyncio.to_thread(each.write, b"x" * (9 * MIB))
    await vault.remove(KEY, unfinished=True)
    with pytest.raises(Exception):  # noqa: B017 - the files' fault or the store's
        await asyncio.to_thread(part.seal)
    await asyncio.to_thread(part.abort)
    assert await vault.find(KEY) is None
    assert (await asyncio.to_thread(other.seal)).key == beside


async def test_a_store_is_asked_to_abort_no_other_keys_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that looks at the upload's id alone would do so."""
    store = S3Store(StoreUrl.parse("s3://bucket"))
    begun = [Upload(key=key, upload_id=key, age=0.0) for key in (KEY, f"{KEY}2")]
    abort = AsyncMock()
    monkeypatch.setattr(store, "_client", Mock(delete_object=AsyncMock()), raising=False)
    monkeypatch.setattr(store, "uploads", AsyncMock(return_value=begun))
    monkeypatch.setattr(store, "abort_upload", abort)
    await store.delete(KEY, unfinished=True)
    abort.assert_awaited_once_with(KEY, KEY)


async def test_small_objects_and_files_are_put_at_once(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "preview").write_bytes(b"from a file")
    for source in (b"from memory", tmp_path / "preview"):
        stored = await vault.put("previews/artist/ab/64.png", source)
        assert stored.size == 11
    assert await read(await vault.find("previews/artist/ab/64.png")) == b"from a file"


async def test_what_need_not_last_is_there_as_a_whole_all_the_same(vault: Vault) -> None:
    stored = await vault.put("previews/artist/cd/64.png", b"a preview", lasting=False)
    found = await vault.find("previews/artist/cd/64.png")
    assert (stored.size, await read(found)) == (9, b"a preview")
    assert [each.key for each in await listed(vault, "previews/")] == ["previews/artist/cd/64.png"]


async def test_removing_twice_is_removing(vault: Vault) -> None:
    await vault.put(KEY, b"x")
    for _ in range(2):
        await vault.remove(KEY)
    assert await vault.find(KEY) is None


async def test_a_listing_returns_the_keys_below_the_prefix(vault: Vault) -> None:
    keys = [f"bdr/{user}/{uuid4()}.1.zip" for user in ("a", "b") for _ in range(3)]
    for key in [*keys, "assets/a/ff.png"]:
        await vault.put(key, b"xyz")
    found = await listed(vault, "bdr/")
    assert sorted(each.key for each in found) == sorted(keys)
    assert {each.size for each in found} == {3}
    assert all(-5 < each.age < 600 for each in found)
    assert [each.key for each in await listed(vault, "assets/")] == ["assets/a/ff.png"]
    assert await listed(vault, "packs/") == []


async def test_what_is_no_key_is_neither_written_nor_removed(vault: Vault, subtests: pytest.Subtests) -> None:
    odd = ["", "x", "/etc/passwd", "bdr/../x.zip", "bdr/./x", "../x", "bdr//x", "bdr/x/", "bdr/x\0", "bdr/" + "x" * 600]
    for key in odd:
        for attempt in (vault.begin(key), vault.put(key, b""), vault.remove(key)):
            with subtests.test(key=key), pytest.raises(ValueError, match="not a key"):
                await attempt


async def test_artworks_are_found_by_their_address_and_nothing_else_is(vault: Vault) -> None:
    await vault.put("art/a.png", b"pixels")
    await vault.put(KEY, b"an archive")
    urls = [
        "/vault/art/a.png",
        "/vault/art/b.png",
        "/vault//art/a.png",
        f"/vault/{KEY}",
        "/vault/art/../../x",
        "/etc/x",
    ]
    found = await vault.locate_artworks(urls)
    assert [isinstance(each, ArtworkUnavailableError) for each in found] == [False, True, False, True, True, True]
    first = found[0]
    assert not isinstance(first, ArtworkUnavailableError)
    assert (first.key, first.size, await read(first)) == ("art/a.png", 6, b"pixels")
    assert [vault.holds(url) for url in ("/vault/x", "https://example.org/x")] == [True, False]


async def test_artworks_of_all_sizes_are_read_as_they_are(vault: Vault) -> None:
    datas = [b"", b"x", *(bytes([number]) * (MIB // 3) for number in range(20)), b"y" * 70_000, b"z", b"x" * (9 * MIB)]
    for number, data in enumerate(datas):
        await vault.put(f"art/{number}.png", data)
    found = await vault.locate_artworks([f"/vault/art/{number}.png" for number in range(len(datas))])
    for source, data in zip(found, datas, strict=True):
        assert not isinstance(source, ArtworkUnavailableError)
        assert source.size == len(data)
        assert await read(source) == data


async def test_a_source_that_is_not_read_to_its_end_is_let_go_of(vault: Vault) -> None:
    await vault.put("art/a.png", b"x" * (9 * MIB))
    source = await vault.find("art/a.png")
    assert source is not None

    def begin() -> bytes:
        with source.open() as chunks:
            return next(chunks)

    assert set(await asyncio.to_thread(begin)) == {ord("x")}
    assert await read(source) == b"x" * (9 * MIB)


async def test_the_sites_own_address_may_mean_the_vault(tmp_path: Path) -> None:
    prefixed = local_vault(tmp_path, ["/vault/", "https://example.org/vault/"])
    await prefixed.put("art/a.png", b"pixels")
    urls = ["https://example.org/vault/art/a.png", "https://example.org/vault/../a.png", "https://example.org/a.png"]
    found = await prefixed.locate_artworks(urls)
    assert [isinstance(each, ArtworkUnavailableError) for each in found] == [False, True, True]
    assert [prefixed.holds(url) for url in urls] == [True, True, False]


async def test_a_local_file_is_lent(vault: Vault) -> None:
    await vault.put(KEY, b"to be read by a child")
    async with vault.local(KEY) as path:
        assert path.read_bytes() == b"to be read by a child"


async def test_scratch_is_gone_after_its_use(vault: Vault) -> None:
    async with vault.scratch() as folder:
        (folder / "spool").write_bytes(b"x")
    assert not folder.exists()


async def test_a_usable_vault_passes_its_check(vault: Vault) -> None:
    await vault.check()
    assert "ritable" in await vault.describe(1)
    await vault.tidy()
