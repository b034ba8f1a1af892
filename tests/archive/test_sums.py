"""Checksums of artworks: each is read once, and again when it has changed."""

import errno
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from aiobotocore.client import AioBaseClient

from pmd_service.archive.sums import OTHER_BYTES, Computed, Summed, compute_all, forget_changed, locate_summed
from pmd_service.vault import LocalSource, VaultFaultError, s3_store
from pmd_service.vault.leftovers import schedule_removal, sweep_leftovers
from pmd_service.vault.objects import ObjectSource
from pmd_service.vault.s3_store import S3Store

from ..site import Site


class Read:
    """The keys of the objects that were opened, and those that were requested from an object store."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened: list[str] = []
        self.requested: list[str] = []
        for kind in (LocalSource, ObjectSource):
            monkeypatch.setattr(kind, "open", self._noting(kind.open))
        head = S3Store.head

        async def noted_head(store: S3Store, key: str, first: int = 0) -> object:
            self.requested.append(key)
            return await head(store, key, first)

        monkeypatch.setattr(S3Store, "head", noted_head)

    def _noting(self, original: object) -> object:
        def opened(source: LocalSource | ObjectSource) -> AbstractContextManager[Iterator[bytes]]:
            self.opened.append(source.key)
            return original(source)  # type: ignore[operator, no-any-return]

        return opened


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    return Read(monkeypatch)


class Artworks:
    """Some artworks of an artist, and what is found out about them."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def begin(self) -> None:
        self.artist = await self.site.add_user()
        self.posts = await self.site.add_posts(self.artist, 3)

    async def sums(self) -> list[int | str]:
        urls = [f"/vault/art/{post}.png" for post in self.posts]
        found = await locate_summed(self.site.pool, self.site.stored, urls)
        return [each.crc32 if isinstance(each, Summed) else str(each) for each in found]


@pytest.fixture
async def artworks(site: Site) -> Artworks:
    made = Artworks(site)
    await made.begin()
    return made


def expected(number: int) -> int:
    return zlib.crc32(f"pixels of {number}".encode() * 10)


@pytest.mark.stores
async def test_checksum_is_computed_once_per_object(artworks: Artworks, read: Read) -> None:
    assert await artworks.sums() == [expected(number) for number in range(3)]
    assert sorted(read.opened) == sorted(f"art/{post}.png" for post in artworks.posts)
    read.opened.clear()
    read.requested.clear()
    assert await artworks.sums() == [expected(number) for number in range(3)]
    assert (read.opened, read.requested) == ([], []), "and nothing is requested from an object store"


@pytest.mark.parametrize("data", [b"PIXELS of 1" * 10, b"longer than it was, by far" * 10])
async def test_checksum_of_a_changed_object_is_recomputed(artworks: Artworks, read: Read, data: bytes) -> None:
    await artworks.sums()
    read.opened.clear()
    artworks.site.write(f"art/{artworks.posts[1]}.png", data)
    assert await artworks.sums() == [expected(0), zlib.crc32(data), expected(2)]
    assert read.opened == [f"art/{artworks.posts[1]}.png"]


async def test_unreadable_object_is_reported_and_read_again_later(artworks: Artworks) -> None:
    path = artworks.site.vault / f"art/{artworks.posts[1]}.png"
    data = path.read_bytes()
    path.unlink()
    path.mkdir()
    assert await artworks.sums() == [expected(0), "The artwork's file cannot be read.", expected(2)]
    path.rmdir()
    path.write_bytes(data)
    assert await artworks.sums() == [expected(number) for number in range(3)]


@pytest.mark.stores
async def test_checksum_of_a_removed_object_is_deleted(artworks: Artworks, site: Site) -> None:
    """A name may return with other bytes, and known objects are not requested from an object store again."""
    await artworks.sums()
    key = f"art/{artworks.posts[0]}.png"
    await schedule_removal(site.pool, [key])
    await sweep_leftovers(site.pool, site.stored)
    known = {row["key"] for row in await site.pool.fetch("SELECT key FROM object_sum")}
    assert known == {f"art/{post}.png" for post in artworks.posts[1:]}
    assert (await artworks.sums())[0] == "The artwork's file is missing."


@pytest.mark.stores
async def test_library_file_is_verified_by_the_same_read(site: Site, read: Read) -> None:
    artist = await site.add_user()
    await site.add_asset(artist, b"pixels of the library")
    path = str(await site.pool.fetchval("SELECT path FROM asset"))
    (found,) = await locate_summed(site.pool, site.stored, [path])
    assert isinstance(found, Summed)
    assert found.crc32 == zlib.crc32(b"pixels of the library")
    await site.stored.put(path.removeprefix("/vault/"), b"PIXELS of the library")
    await forget_changed(site.pool, site.stored, [path])
    (found,) = await locate_summed(site.pool, site.stored, [path])
    assert str(found) == OTHER_BYTES


@pytest.mark.stores
async def test_checksums_can_be_computed_before_the_first_download(artworks: Artworks, site: Site, read: Read) -> None:
    await site.add_post(await site.add_user("other"), None)
    await site.add_post(artworks.artist, None, art_url="https://example.org/a.png")
    computed = [each async for each in compute_all(site.pool, site.stored)]
    assert computed == [Computed(3, 1)]
    read.opened.clear()
    assert await artworks.sums() == [expected(number) for number in range(3)]
    assert read.opened == []


async def test_store_outage_while_reading_is_a_transient_fault(
    artworks: Artworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(source: LocalSource) -> AbstractContextManager[Iterator[bytes]]:
        raise OSError(errno.ENFILE, "Too many open files in system", source.key)

    with monkeypatch.context() as meanwhile, pytest.raises(VaultFaultError):
        meanwhile.setattr(LocalSource, "open", away)
        await artworks.sums()
    assert await artworks.sums() == [expected(number) for number in range(3)]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many requests of each kind reach the object store."""
    counted: Counter[str] = Counter()
    call = AioBaseClient._make_api_call

    async def counting(client: AioBaseClient, operation: str, *args: object) -> object:
        counted[operation] += 1
        return await call(client, operation, *args)

    monkeypatch.setattr(AioBaseClient, "_make_api_call", counting)
    return counted


@pytest.mark.parametrize("vault_kind", ["s3"])
async def test_changes_of_many_objects_are_found_by_one_listing(
    site: Site, vault_kind: str, calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where some have changed, are deleted, or were never read."""
    monkeypatch.setattr(s3_store, "PAGE", 100)
    keys = [f"art/{number:04}.png" for number in range(140)]
    for key in keys:
        await site.stored.put(key, b"pixels")
    unread, changed, deleted = set(keys[100:103]), keys[50:53], keys[70]
    urls = [f"/vault/{key}" for key in keys if key not in unread]
    await locate_summed(site.pool, site.stored, urls)
    for key in changed:
        await site.stored.put(key, b"PIXELS")
    await site.stored.remove(deleted)
    calls.clear()
    await forget_changed(site.pool, site.stored, urls)
    assert dict(calls) == {"ListObjectsV2": 2, "HeadObject": 1, "HeadBucket": 1}
    known = {row["key"] for row in await site.pool.fetch("SELECT key FROM object_sum")}
    assert known == set(keys) - unread - set(changed) - {deleted}


@pytest.mark.parametrize("vault_kind", ["s3"])
async def test_changes_of_a_few_among_many_are_found_by_single_requests(
    site: Site, vault_kind: str, calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_store, "PAGE", 10)
    monkeypatch.setattr(s3_store, "HEADS_PER_LISTING", 4)
    keys = [f"art/{number:03}.png" for number in range(120)]
    for key in keys:
        await site.stored.put(key, b"pixels")
    wanted = keys[::10]
    await locate_summed(site.pool, site.stored, [f"/vault/{key}" for key in wanted])
    calls.clear()
    await forget_changed(site.pool, site.stored, [f"/vault/{key}" for key in wanted])
    assert dict(calls) == {"ListObjectsV2": 2, "HeadObject": 10}
    assert await site.pool.fetchval("SELECT count(*) FROM object_sum") == len(wanted)
