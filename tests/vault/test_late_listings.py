"""A store whose listings lack what was stored last: nothing is thought missing, and no part of a file taken for it."""

import itertools
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import pytest

from pmd_service.demo.object_store import BUCKET
from pmd_service.vault import ArtworkUnavailableError, Found, Vault, VaultFaultError, store_vault
from pmd_service.vault.s3_store import HEADS_PER_LISTING, S3Store

from .test_incoming import append

_numbers = itertools.count()
MIB = 1 << 20


@pytest.fixture
async def vault(aws: str) -> AsyncIterator[Vault]:
    async with store_vault(f"s3://{BUCKET}/late-{next(_numbers)}?endpoint={aws}") as opened:
        yield opened


def hide(monkeypatch: pytest.MonkeyPatch, vault: Vault, key: str) -> None:
    """From here on a listing lacks this object."""
    listing = vault.store.list

    async def late(prefix: str) -> AsyncIterator[Sequence[Found]]:
        async for page in listing(prefix):
            yield [found for found in page if found.key != key]

    monkeypatch.setattr(vault.store, "list", late)


async def test_artworks_that_are_not_listed_yet_are_found(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(_store: S3Store, _first: str) -> tuple[dict[str, Any], bool]:
        return {}, True

    urls = [f"/vault/art/{number}.png" for number in range(HEADS_PER_LISTING + 1)]
    for url in urls:
        await vault.put(url.removeprefix("/vault/"), b"pixels")
    monkeypatch.setattr(S3Store, "_list_from", nothing)
    assert not any(isinstance(found, ArtworkUnavailableError) for found in await vault.locate_artworks(urls))


async def test_part_of_a_file_is_never_taken_for_all_of_it(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    file_id, first, last = uuid4(), b"a" * (9 * MIB), b"b" * 100
    await append(vault.incoming(file_id), first)
    await append(vault.incoming(file_id), last)
    size = len(first) + len(last)
    newest = max([found.key async for page in vault.store.list(f"incoming/{file_id}/") for found in page])
    with monkeypatch.context() as patch:
        hide(patch, vault, newest)
        with pytest.raises(VaultFaultError, match=f"lists {len(first)} bytes of a file, and {size} were stored"):
            async with vault.incoming(file_id).local(size=size):
                pass
        # Its sender is asked to send the rest again, which is then there twice and counts once.
        assert await vault.incoming(file_id).size() == len(first)
        await append(vault.incoming(file_id), last)
    async with vault.incoming(file_id).local(size=size) as path:
        assert path.read_bytes() == first + last
