"""Objects that no row names: the sweep removes them without ever listing the vault, and never one that is named."""

import asyncio
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.vault import Vault, VaultFaultError, leftovers, local_vault
from pmd_service.vault.leftovers import (
    BeingRemovedError,
    NewObject,
    Swept,
    SweptAwayError,
    keep,
    new_object,
    reclaim,
    reserve,
    schedule_removal,
    sweep_leftovers,
)

from ..hang import HANG_SECONDS
from ..locks import waits_for_a_lock

KEY = "bdr/artist/6a1f3a0e-0000-4000-8000-000000000000.1.zip"


@pytest.fixture
def files(settings: Settings) -> Vault:
    return local_vault(settings.vault_path)


async def write(new: NewObject) -> None:
    await asyncio.to_thread(new.part.write, b"bytes")
    await asyncio.to_thread(new.part.seal)


async def entries(pool: Pool) -> list[str]:
    return [row["key"] for row in await pool.fetch("SELECT key FROM vault_leftovers ORDER BY key")]


async def test_what_is_kept_stays(pool: Pool, files: Vault, settings: Settings) -> None:
    async with new_object(pool, files, KEY) as new:
        await asyncio.to_thread(new.part.write, b"what has to be written again")
        await new.restart()
        await write(new)
        assert await entries(pool) == [KEY]
        async with pool.acquire() as connection, connection.transaction():
            await new.keep(connection)
    assert await entries(pool) == []
    await sweep_leftovers(pool, files)
    assert await files.find(KEY) is not None
    assert [path.name for path in (settings.vault_path / KEY).parent.iterdir()] == [KEY.rpartition("/")[2]]


async def test_what_is_not_kept_is_gone_at_once(pool: Pool, files: Vault) -> None:
    async with new_object(pool, files, KEY) as new:
        await write(new)
    assert await files.find(KEY) is None
    assert await entries(pool) == []


@pytest.mark.parametrize("is_empty", [False, True])
async def test_an_object_of_a_vault_that_is_away_is_removed_later(
    pool: Pool, files: Vault, settings: Settings, is_empty: bool
) -> None:
    """Its folder may be there and empty, as that which a disk is mounted on."""
    root, away = settings.vault_path, settings.vault_path.with_name("unmounted")
    await files.put(KEY, b"bytes")
    root.rename(away)
    if is_empty:
        root.mkdir()
    await schedule_removal(pool, [KEY])
    assert await sweep_leftovers(pool, files) == Swept(removed=0, errors=1)
    assert await entries(pool) == [KEY]
    if is_empty:
        root.rmdir()
    away.rename(root)
    await pool.execute("UPDATE vault_leftovers SET due_at = now(), removing_until = NULL")
    assert await sweep_leftovers(pool, files) == Swept(removed=1, errors=0)
    assert await files.find(KEY) is None


async def test_a_failed_publication_leaves_nothing(pool: Pool, files: Vault) -> None:
    with pytest.raises(ZeroDivisionError):
        async with new_object(pool, files, KEY) as new:
            await write(new)
            async with pool.acquire() as connection, connection.transaction():
                await new.keep(connection)
                raise ZeroDivisionError
    assert await files.find(KEY) is None
    assert await entries(pool) == []


async def test_a_commit_whose_answer_was_lost_loses_no_object(pool: Pool, files: Vault) -> None:
    with pytest.raises(ConnectionError):
        async with new_object(pool, files, KEY) as new:
            await write(new)
            async with pool.acquire() as connection, connection.transaction():
                await new.keep(connection)
            raise ConnectionError("the commit has happened, but the answer was lost")
    await sweep_leftovers(pool, files)
    assert await files.find(KEY) is not None


async def test_what_the_sweep_has_removed_cannot_be_published(pool: Pool, files: Vault) -> None:
    with pytest.raises(SweptAwayError):
        async with new_object(pool, files, KEY) as new:
            await write(new)
            await pool.execute("UPDATE vault_leftovers SET due_at = now()")  # hours of being frozen
            assert (await sweep_leftovers(pool, files)).removed == 1
            async with pool.acquire() as connection, connection.transaction():
                await new.keep(connection)


async def publish(pool: Pool, new: NewObject) -> None:
    """In one transaction with a row that is made."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("INSERT INTO vault_leftovers (key) VALUES ('published')")
        await new.keep(connection)


async def test_one_transaction_publishes_an_object_and_its_row_or_neither(pool: Pool, files: Vault) -> None:
    async with new_object(pool, files, KEY) as new:
        await write(new)
        await publish(pool, new)
    assert await files.find(KEY) is not None
    assert await entries(pool) == ["published"]
    await pool.execute("DELETE FROM vault_leftovers")

    for spoilt in ("removing_until = now()", f"writer = '{uuid4()}'"):
        with pytest.raises(SweptAwayError):
            async with new_object(pool, files, KEY) as new:
                await write(new)
                await pool.execute(f"UPDATE vault_leftovers SET {spoilt}")
                await publish(pool, new)
        assert "published" not in await entries(pool)
        await pool.execute("DELETE FROM vault_leftovers")


async def test_who_publishes_while_a_sweep_begins_waits_for_it_and_does_not(pool: Pool, files: Vault) -> None:
    with pytest.raises(SweptAwayError):
        async with new_object(pool, files, KEY) as new, pool.acquire() as sweep:
            await write(new)
            async with sweep.transaction():
                await sweep.execute("UPDATE vault_leftovers SET removing_until = now() + interval '1 min'")
                publishing = asyncio.create_task(publish(pool, new))
                assert await waits_for_a_lock(pool, publishing)
            await publishing
    assert await entries(pool) == [KEY]


async def test_the_sweep_passes_over_what_is_being_published(pool: Pool, files: Vault) -> None:
    async with new_object(pool, files, KEY) as new:
        await write(new)
        await pool.execute("UPDATE vault_leftovers SET due_at = now()")
        async with pool.acquire() as connection, connection.transaction():
            await new.keep(connection)
            assert (await sweep_leftovers(pool, files)).removed == 0
    assert await files.find(KEY) is not None


async def test_the_files_of_a_dead_writer_go_when_it_must_be_dead(pool: Pool, files: Vault, settings: Settings) -> None:
    dead = new_object(pool, files, KEY)
    new = await dead.__aenter__()
    await asyncio.to_thread(new.part.write, b"bytes")
    assert (await sweep_leftovers(pool, files)).removed == 0, "it may be alive"
    await pool.execute("UPDATE vault_leftovers SET due_at = now()")
    assert (await sweep_leftovers(pool, files)).removed == 1
    assert list(settings.vault_path.glob("bdr/*/*")) == []


async def test_a_leftover_that_cannot_be_removed_backs_off(pool: Pool, files: Vault, settings: Settings) -> None:
    keys = [KEY, KEY.replace(".1.", ".2."), KEY.replace(".1.", ".3.")]
    for key in keys:
        await files.put(key, b"x")
    stuck = settings.vault_path / keys[0]
    stuck.unlink()
    (stuck / "odd").mkdir(parents=True)
    await schedule_removal(pool, keys)
    swept = await sweep_leftovers(pool, files)
    assert (swept.removed, swept.errors) == (2, 1)
    waits = []
    for _ in range(3):
        waits.append(await pool.fetchval("SELECT extract(epoch FROM due_at - now())::float8 FROM vault_leftovers"))
        await pool.execute("UPDATE vault_leftovers SET due_at = now(), removing_until = NULL")
        await sweep_leftovers(pool, files)
    assert waits[0] * 1.5 < waits[1] < waits[2] / 1.5


async def test_a_name_that_is_no_key_of_ours_is_let_be(pool: Pool, files: Vault, settings: Settings) -> None:
    outside = settings.vault_path.parent / "secret"
    outside.write_bytes(b"not ours")
    await schedule_removal(pool, ["../secret"])
    await sweep_leftovers(pool, files)
    assert outside.exists()
    assert await entries(pool) == []


async def test_a_sweep_takes_many_in_bounded_bites(pool: Pool, files: Vault) -> None:
    await files.put("bdr/artist/none.zip", b"bytes")
    await schedule_removal(pool, [f"bdr/artist/{number}.zip" for number in range(3000)])
    assert (await sweep_leftovers(pool, files)).removed == 1024
    assert len(await entries(pool)) == 1976


class Slow:
    """A store that hangs over every removal, until it is let go on."""

    def __init__(self, files: Vault) -> None:
        self._files = files
        self.asked: list[str] = []
        self.goes_on = asyncio.Event()

    async def remove(self, key: str, *, unfinished: bool = False) -> None:
        self.asked.append(key)
        await self.goes_on.wait()
        await self._files.remove(key, unfinished=unfinished)


async def test_a_store_that_hangs_costs_a_sweep_one_timeout(
    pool: Pool, files: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "REMOVE_SECONDS", 0.05)
    await schedule_removal(pool, [f"bdr/artist/{number}.zip" for number in range(1000)])
    store = Slow(files)
    swept = await sweep_leftovers(pool, cast(Vault, store))
    assert (swept.removed, swept.errors) == (0, len(store.asked))
    assert len(store.asked) <= leftovers.SWEEP_BATCH
    assert len(await entries(pool)) == 1000


async def test_nobody_waits_for_a_sweep_that_waits_for_its_store(pool: Pool, files: Vault) -> None:
    await files.put(KEY, b"bytes")
    await schedule_removal(pool, [KEY])
    store = Slow(files)
    sweeping = asyncio.create_task(sweep_leftovers(pool, cast(Vault, store)))
    async with asyncio.timeout(HANG_SECONDS):
        while not store.asked:
            await asyncio.sleep(0.01)
    assert (await sweep_leftovers(pool, files)).removed == 0, "another sweep does not take it"
    async with pool.acquire() as connection:
        await connection.execute("SET lock_timeout = '100 ms'")
        with pytest.raises(BeingRemovedError):
            async with connection.transaction():
                await reclaim(connection, [KEY])
        assert await entries(pool) == [KEY]
        store.goes_on.set()
        assert (await sweeping).removed == 1
        await reclaim(connection, [KEY])


async def test_the_next_sweep_finishes_a_dead_ones_removals(pool: Pool, files: Vault) -> None:
    with pytest.raises(SweptAwayError):
        async with new_object(pool, files, KEY) as new:
            await write(new)
            await pool.execute("UPDATE vault_leftovers SET due_at = now(), removing_until = now() - interval '1 s'")
            async with pool.acquire() as connection, connection.transaction():
                await new.keep(connection)
    assert await files.find(KEY) is None
    assert await entries(pool) == []


async def test_the_last_to_reserve_a_name_publishes_and_the_first_retries(pool: Pool, files: Vault) -> None:
    first, last = await reserve(pool, [KEY]), await reserve(pool, [KEY])
    async with pool.acquire() as connection:
        with pytest.raises(SweptAwayError):
            async with connection.transaction():
                await keep(connection, [KEY], first)
        async with connection.transaction():
            await keep(connection, [KEY], last)
    assert await entries(pool) == []


async def test_a_timed_out_removal_blocks_its_name_for_a_while(
    pool: Pool, files: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store may come to it later than we have waited."""
    monkeypatch.setattr(leftovers, "REMOVE_SECONDS", 0.05)
    await schedule_removal(pool, [KEY])
    assert (await sweep_leftovers(pool, cast(Vault, Slow(files)))).errors == 1
    with pytest.raises(BeingRemovedError):
        await reserve(pool, [KEY])
    await pool.execute("UPDATE vault_leftovers SET removing_until = now()")
    await reserve(pool, [KEY])


async def test_a_sweep_that_was_frozen_over_its_claim_removes_nothing_more(
    pool: Pool, files: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    await files.put(KEY, b"somebody else's by now")
    await schedule_removal(pool, [KEY])
    monkeypatch.setattr(leftovers, "CLAIM_SECONDS", 0.0)
    assert (await sweep_leftovers(pool, files)).removed == 0
    assert await files.find(KEY) is not None


async def test_a_read_only_vault_is_a_fault_that_may_pass(tmp_path: Path, pool: Pool) -> None:
    (tmp_path / "bdr").write_bytes(b"a file where a folder should be")
    with pytest.raises(VaultFaultError):
        async with new_object(pool, local_vault(tmp_path), KEY):
            raise AssertionError("nothing can be begun")
