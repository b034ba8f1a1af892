"""Copying a vault into another: verified, resumable, and whatever the service does meanwhile."""

import os
import time
from pathlib import Path
from uuid import uuid4

import pytest

from pmd_service.demo.object_store import ObjectStore
from pmd_service.vault import Part, Source, Stored, Vault, VaultFaultError, local, local_vault
from pmd_service.vault.copy import copy_vault
from pmd_service.vault.local import LocalStore
from pmd_service.vault.opened import named_vault

from .test_protocol import listed, read

OBJECTS = {
    "art/a.png": b"pixels",
    "art/my own.png": b"a name with a space",
    "art/ünïcode 像素.gif": b"a name in other letters",
    "bdr/artist/1.zip": b"z" * (9 << 20),
    "assets/artist/empty.png": b"",
}


@pytest.fixture
async def full(tmp_path: Path) -> Vault:
    (tmp_path / "full").mkdir()
    vault = local_vault(tmp_path / "full")
    for key, data in OBJECTS.items():
        await vault.put(key, data)
    return vault


async def contents(vault: Vault) -> dict[str, bytes | None]:
    return {found.key: await read(await vault.find(found.key)) for found in await listed(vault, "")}


async def test_everything_arrives_as_it_was_and_comes_back_as_it_was(full: Vault, vault: Vault, tmp_path: Path) -> None:
    there = await copy_vault(full, vault)
    assert (there.copied, there.there, there.failed) == (len(OBJECTS), 0, 0)
    assert await contents(vault) == OBJECTS
    back = local_vault(tmp_path / "back")
    (tmp_path / "back").mkdir()
    assert (await copy_vault(vault, back)).copied == len(OBJECTS)
    assert await contents(back) == OBJECTS


async def test_a_copy_skips_existing_objects_and_takes_new_or_changed_ones(
    full: Vault, vault: Vault, tmp_path: Path
) -> None:
    await copy_vault(full, vault)
    await full.put("art/new.png", b"new")
    await full.put("art/a.png", b"longer than before")
    await full.put("art/my own.png", b"as many other bytes")
    later = time.time() + 60
    os.utime(tmp_path / "full/art/my own.png", (later, later))
    again = await copy_vault(full, vault)
    assert (again.copied, again.there) == (3, len(OBJECTS) - 2)
    assert await read(await vault.find("art/a.png")) == b"longer than before"
    assert await read(await vault.find("art/my own.png")) == b"as many other bytes"


async def test_what_changes_within_the_second_of_its_copy_is_copied_again(
    full: Vault, vault: Vault, tmp_path: Path
) -> None:
    """At the same size, and even where the store's clock is half a minute ahead of the source's."""
    await copy_vault(full, vault)
    copy = await vault.find("art/a.png")
    assert copy is not None
    await full.put("art/a.png", b"PIXELS")
    os.utime(tmp_path / "full/art/a.png", (copy.modified - 30, copy.modified - 30))
    again = await copy_vault(full, vault)
    assert (again.copied, again.there) == (1, len(OBJECTS) - 1)
    assert await read(await vault.find("art/a.png")) == b"PIXELS"


@pytest.mark.parametrize("harm", ["changed", "gone"])
async def test_what_changes_while_it_is_copied_is_not_kept(
    full: Vault, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    begin = vault.begin

    async def begin_late(key: str) -> Part:
        if key == "art/a.png":
            monkeypatch.undo()
            part = await begin(key)
            seal = part.seal

            def seal_late() -> Stored:
                path = tmp_path / "full" / key
                path.unlink()
                if harm == "changed":
                    path.write_bytes(b"PIXELS")
                return seal()

            part.seal = seal_late  # type: ignore[method-assign]
            return part
        return await begin(key)

    monkeypatch.setattr(vault, "begin", begin_late)
    reported: list[str] = []
    done = await copy_vault(full, vault, report=reported.append)
    assert (done.copied, done.failed, done.vanished) == (len(OBJECTS) - 1, *((1, 0) if harm == "changed" else (0, 1)))
    assert await vault.find("art/a.png") is None
    assert reported == (["art/a.png: it changed while it was copied; please copy again"] if harm == "changed" else [])


def age(root: Path) -> None:
    """Have its objects be of an hour ago."""
    for key in OBJECTS:
        os.utime(root / key, (time.time() - 3600, time.time() - 3600))


async def test_a_verified_copy_finds_different_bytes_of_the_same_size(
    full: Vault, vault: Vault, tmp_path: Path
) -> None:
    age(tmp_path / "full")
    await copy_vault(full, vault)
    await vault.put("art/a.png", b"PIXELS")
    assert (await copy_vault(full, vault)).copied == 0
    assert (await copy_vault(full, vault, verify=True)).copied == 1
    assert await read(await vault.find("art/a.png")) == b"pixels"


async def test_half_received_files_and_scratch_stay_behind(full: Vault, vault: Vault) -> None:
    writer = await full.incoming(uuid4()).open(0)
    await writer.write([b"x"])
    await writer.flush()
    async with full.scratch() as folder:
        (folder / "spool").write_bytes(b"x")
        await copy_vault(full, vault)
    await writer.close()
    assert await contents(vault) == OBJECTS


async def test_a_copy_that_reads_back_differently_is_reported_and_removed(full: Vault, tmp_path: Path) -> None:
    class Forgetful(Vault):
        async def find(self, key: str) -> Source | None:
            found = await super().find(key)
            if found is not None and key == "art/a.png":
                (tmp_path / "bad" / key).write_bytes(b"rotten")
            return found

    (tmp_path / "bad").mkdir()
    reported: list[str] = []
    bad = Forgetful(LocalStore(tmp_path / "bad"), tmp_path / "scratch")
    done = await copy_vault(full, bad, report=reported.append)
    assert (done.failed, len(reported)) == (1, 1)
    assert reported[0].startswith("art/a.png: ")
    assert not (tmp_path / "bad/art/a.png").exists()


async def test_a_target_that_refuses_writes_is_reported_once(full: Vault, object_store: ObjectStore) -> None:
    reported: list[str] = []
    elsewhere = object_store.vault_url("there").replace("s3://", "s3://not-", 1)
    for target in (elsewhere, "s3://there?endpoint=http://127.0.0.1:1"):
        async with named_vault(target) as away:
            with pytest.raises(VaultFaultError, match="The object store"):
                await copy_vault(full, away, report=reported.append)
    assert reported == []


async def test_a_target_that_goes_away_ends_the_copy_with_the_page(
    full: Vault, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "PAGE", 1)
    begun: list[str] = []

    async def away(_key: str) -> None:
        begun.append(_key)
        raise VaultFaultError("The store is away.")

    async def checked() -> None:
        if begun:
            raise VaultFaultError("The store is away.")

    monkeypatch.setattr(vault, "find", away)
    monkeypatch.setattr(vault, "check", checked)
    with pytest.raises(VaultFaultError):
        await copy_vault(full, vault)
    assert len(begun) == 1
