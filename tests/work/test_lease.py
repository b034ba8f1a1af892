"""The lease: one builder at a time, so many a user, and a zombie changes nothing."""

import asyncio

import pytest

from pmd_service.work import lease
from pmd_service.work.held import Held, LeaseLostError
from pmd_service.work.kind import Failed
from pmd_service.work.lease import Unclaimed
from pmd_service.work.sweep import take_over

from ..locks import waits_for_a_lock
from .conftest import ChoreRow, Chores


async def claim(chores: Chores, chore: int, most: int = 2) -> Held[ChoreRow] | Unclaimed:
    return await lease.claim(chores.pool, chores.kind, chore, running_per_user=most)


async def claimed(chores: Chores, chore: int) -> Held[ChoreRow]:
    held = await claim(chores, chore)
    assert isinstance(held, Held)
    return held


async def test_a_row_is_claimed_once_however_often_its_job_is_delivered(chores: Chores) -> None:
    chore = await chores.add()
    claims = await asyncio.gather(*(claim(chores, chore) for _ in range(8)))
    assert len([each for each in claims if isinstance(each, Held)]) == 1
    assert set(claims) - {each for each in claims if isinstance(each, Held)} == {Unclaimed.NOT_WAITING}


async def test_a_row_is_not_claimed_before_its_time(chores: Chores) -> None:
    chore = await chores.add()
    await chores.pool.execute("UPDATE chores SET next_attempt_at = now() + interval '1 minute'")
    assert await claim(chores, chore) is Unclaimed.NOT_WAITING


async def test_no_more_of_a_users_rows_run_than_allowed_although_all_are_claimed_at_once(chores: Chores) -> None:
    theirs = [await chores.add(1) for _ in range(10)]
    others = await chores.add(2)
    claims = await asyncio.gather(*(claim(chores, chore) for chore in [*theirs, others]))
    assert len([each for each in claims[:-1] if isinstance(each, Held)]) == 2
    assert claims.count(Unclaimed.USER_IS_BUSY) == 8
    assert isinstance(claims[-1], Held), "nobody else is held up"


async def test_a_claim_waits_for_the_same_users_claim_that_is_not_committed_yet(chores: Chores) -> None:
    first, second, others = await chores.add(1), await chores.add(1), await chores.add(2)
    said = lease.statements(chores.kind)
    async with chores.pool.acquire() as connection:
        async with connection.transaction():
            await connection.fetchrow(said.lock, first)
            assert await connection.fetchrow(said.claim, first, lease.LEASE_SECONDS, 1, 1)
            competing = asyncio.create_task(claim(chores, second, most=1))
            assert isinstance(await claim(chores, others, most=1), Held), "nobody else waits"
            assert await waits_for_a_lock(chores.pool, competing)
        assert await competing is Unclaimed.USER_IS_BUSY


async def test_an_expired_lease_is_taken_over_and_its_worker_can_change_nothing_more(chores: Chores) -> None:
    chore = await chores.add()
    zombie = await claimed(chores, chore)
    await take_over(chores.pool, chores.kind)
    assert (await chores.row(chore))["state"] == "running", "the lease is running"
    await chores.end_leases()
    await take_over(chores.pool, chores.kind)
    row = await chores.row(chore)
    assert (row["state"], row["expired_leases"], row["faults"]) == ("waiting", 1, 0)
    await chores.pool.execute("UPDATE chores SET next_attempt_at = now()")
    successor = await claimed(chores, chore)
    assert successor.row.attempt == zombie.row.attempt + 1

    before = await chores.row(chore)
    with pytest.raises(LeaseLostError):
        await zombie.settle(chores.pool, "state = 'done'")
    with pytest.raises(LeaseLostError):
        await lease.release(chores.pool, chores.kind, zombie, fault=True, delay_seconds=0)
    with pytest.raises(LeaseLostError):
        await lease.fail(chores.pool, chores.kind, zombie, Failed("Never."))
    assert not await lease.renew(chores.pool, chores.kind, zombie)
    assert not await lease.is_held(chores.pool, chores.kind, zombie)
    assert await chores.row(chore) == before, "the successor's work is untouched"
    assert chores.failed == []
    await successor.settle(chores.pool, "state = 'done'")


async def test_what_is_written_beside_settling_is_written_only_by_who_holds_the_row(chores: Chores) -> None:
    chore = await chores.add()
    zombie = await claimed(chores, chore)
    await chores.end_leases()
    await take_over(chores.pool, chores.kind)
    with pytest.raises(LeaseLostError):
        async with chores.pool.acquire() as connection, connection.transaction():
            await connection.execute("INSERT INTO chores (user_id) VALUES (99)")
            await zombie.settle(connection, "state = 'done'")
    assert await chores.pool.fetchval("SELECT count(*) FROM chores WHERE user_id = 99") == 0
