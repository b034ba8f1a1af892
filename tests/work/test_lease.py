"""The lease: one worker at a time, a limit per user, and an old token changes nothing."""

import asyncio

import msgspec
import pytest

from pmd_service.base.database import Connection
from pmd_service.work import lease
from pmd_service.work.claimed import Claimed, LeaseLostError
from pmd_service.work.kind import Failed
from pmd_service.work.sweep import take_over

from ..locks import waits_for_a_lock
from .conftest import ChoreRow, Chores


async def claim(chores: Chores) -> Claimed[ChoreRow] | None:
    return await lease.claim(chores.pool, chores.kind)


async def claim_one(chores: Chores) -> Claimed[ChoreRow]:
    claimed = await claim(chores)
    assert claimed is not None
    return claimed


async def test_concurrent_claims_take_a_row_once(chores: Chores) -> None:
    await chores.add()
    claims = await asyncio.gather(*(claim(chores) for _ in range(8)))
    assert len([each for each in claims if each is not None]) == 1


async def test_claim_skips_a_locked_row(chores: Chores) -> None:
    await chores.add(1)
    async with chores.pool.acquire() as other:
        taking: Connection = other
        async with taking.transaction():
            await taking.execute("SELECT FROM work FOR UPDATE")
            claiming = asyncio.create_task(claim(chores))
            assert not await waits_for_a_lock(chores.pool, claiming)
            assert await claiming is None


async def test_row_is_not_claimed_before_due_at(chores: Chores) -> None:
    chore = await chores.add()
    await chores.set("due_at = now() + interval '1 minute', turn = NULL")
    assert await claim(chores) is None
    assert (await chores.row(chore))["turn"] is None


async def test_concurrent_claims_respect_running_per_user(chores: Chores) -> None:
    for _ in range(10):
        await chores.add(1)
    await chores.add(2)
    claims = await asyncio.gather(*(claim(chores) for _ in range(11)))
    assert sorted(each.work.user_id for each in claims if each is not None) == [1, 1, 2], "other users are not delayed"


async def test_expired_lease_is_taken_over_and_old_token_is_fenced(chores: Chores) -> None:
    chore = await chores.add()
    zombie = await claim_one(chores)
    await take_over(chores.pool, chores.kind)
    assert (await chores.row(chore))["state"] == "running", "the lease is running"
    await chores.end_leases()
    await take_over(chores.pool, chores.kind)
    row = await chores.row(chore)
    assert (row["state"], row["expired"], row["faults"]) == ("waiting", 1, 0)
    await chores.set("due_at = now()")
    successor = await claim_one(chores)
    assert successor.work.attempt == zombie.work.attempt + 1

    before = await chores.row(chore)
    with pytest.raises(LeaseLostError):
        await chores.end(zombie)
    with pytest.raises(LeaseLostError):
        await lease.release(chores.pool, chores.kind, zombie, fault=True, delay_seconds=0)
    with pytest.raises(LeaseLostError):
        await lease.fail(chores.pool, chores.kind, zombie, Failed("Never."))
    assert not await lease.renew(chores.pool, chores.kind, zombie, progress=True)
    assert not await lease.has_lease(chores.pool, zombie)
    assert await lease.adopt(chores.pool, chores.kind, zombie.work.token) is None
    assert await chores.row(chore) == before, "the successor's work is untouched"
    assert chores.failed == []
    await chores.end(successor)
    assert (await chores.row(chore))["work_state"] is None, "nothing is left to do"


async def test_settling_transaction_commits_only_with_the_lease(chores: Chores) -> None:
    await chores.add()
    zombie = await claim_one(chores)
    await chores.end_leases()
    await take_over(chores.pool, chores.kind)
    with pytest.raises(LeaseLostError):
        async with chores.pool.acquire() as connection, connection.transaction():
            await connection.execute("INSERT INTO chores (user_id) VALUES (99)")
            await zombie.end(connection)
    assert await chores.pool.fetchval("SELECT count(*) FROM chores WHERE user_id = 99") == 0


async def test_work_without_subject_is_dropped_and_the_next_is_claimed(chores: Chores) -> None:
    deleted, ended, left = [await chores.add(user) for user in (1, 2, 3)]
    await chores.pool.execute("DELETE FROM chores WHERE id = $1", deleted)
    await chores.pool.execute("UPDATE chores SET state = 'done' WHERE id = $1", ended)
    assert (await claim_one(chores)).row.id == left
    assert await chores.pool.fetchval("SELECT count(*) FROM work") == 1


async def test_row_committed_during_a_claim_is_claimed_with_its_subject(chores: Chores) -> None:
    """claim_work() sees it by a snapshot of its own, the statement around it does not see its subject yet."""
    lock_first = "WITH lock AS MATERIALIZED (SELECT pg_advisory_xact_lock(45)::text AS text), claimed AS"
    late = chores.kind.claim.replace("WITH claimed AS", lock_first)
    late = late.replace("FROM claim_work('chore', $1", "FROM lock, LATERAL claim_work('chore', $1 + length(lock.text)")
    async with chores.pool.acquire() as other:
        lock: Connection = other
        async with lock.transaction():
            await lock.execute("SELECT pg_advisory_xact_lock(45)")
            claiming = asyncio.create_task(lease.claim(chores.pool, msgspec.structs.replace(chores.kind, claim=late)))
            assert await waits_for_a_lock(chores.pool, claiming)
            chore = await chores.add()
    claimed = await claiming
    assert claimed is not None, "it is not dropped either"
    assert claimed.row.id == chore
