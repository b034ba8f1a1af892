"""The lease: one holder at a time, so many a user, and a zombie changes nothing."""

import asyncio

import msgspec
import pytest

from pmd_service.base.database import Connection
from pmd_service.work import lease
from pmd_service.work.held import Held, LeaseLostError
from pmd_service.work.kind import Failed
from pmd_service.work.sweep import take_over

from ..locks import waits_for_a_lock
from .conftest import ChoreRow, Chores


async def claim(chores: Chores) -> Held[ChoreRow] | None:
    return await lease.claim(chores.pool, chores.kind)


async def claimed(chores: Chores) -> Held[ChoreRow]:
    held = await claim(chores)
    assert held is not None
    return held


async def test_a_row_is_claimed_once_however_many_ask(chores: Chores) -> None:
    await chores.add()
    claims = await asyncio.gather(*(claim(chores) for _ in range(8)))
    assert len([each for each in claims if each is not None]) == 1


async def test_a_row_that_another_is_taking_is_passed_over(chores: Chores) -> None:
    await chores.add(1)
    async with chores.pool.acquire() as other:
        taking: Connection = other
        async with taking.transaction():
            await taking.execute("SELECT FROM work FOR UPDATE")
            asking = asyncio.create_task(claim(chores))
            assert not await waits_for_a_lock(chores.pool, asking)
            assert await asking is None


async def test_a_row_is_not_claimed_before_its_time(chores: Chores) -> None:
    chore = await chores.add()
    await chores.set("due_at = now() + interval '1 minute', turn = NULL")
    assert await claim(chores) is None
    assert (await chores.row(chore))["turn"] is None


async def test_no_more_of_a_users_rows_run_than_allowed_although_all_are_claimed_at_once(chores: Chores) -> None:
    for _ in range(10):
        await chores.add(1)
    await chores.add(2)
    claims = await asyncio.gather(*(claim(chores) for _ in range(11)))
    assert sorted(each.work.user_id for each in claims if each is not None) == [1, 1, 2], "nobody else is held up"


async def test_an_expired_lease_is_taken_over_and_its_worker_can_change_nothing_more(chores: Chores) -> None:
    chore = await chores.add()
    zombie = await claimed(chores)
    await take_over(chores.pool, chores.kind)
    assert (await chores.row(chore))["state"] == "running", "the lease is running"
    await chores.end_leases()
    await take_over(chores.pool, chores.kind)
    row = await chores.row(chore)
    assert (row["state"], row["expired"], row["faults"]) == ("waiting", 1, 0)
    await chores.set("due_at = now()")
    successor = await claimed(chores)
    assert successor.work.attempt == zombie.work.attempt + 1

    before = await chores.row(chore)
    with pytest.raises(LeaseLostError):
        await chores.end(zombie)
    with pytest.raises(LeaseLostError):
        await lease.release(chores.pool, chores.kind, zombie, fault=True, delay_seconds=0)
    with pytest.raises(LeaseLostError):
        await lease.fail(chores.pool, chores.kind, zombie, Failed("Never."))
    assert not await lease.renew(chores.pool, chores.kind, zombie, progress=True)
    assert not await lease.is_held(chores.pool, zombie)
    assert await lease.adopt(chores.pool, chores.kind, zombie.work.token) is None
    assert await chores.row(chore) == before, "the successor's work is untouched"
    assert chores.failed == []
    await chores.end(successor)
    assert (await chores.row(chore))["work_state"] is None, "nothing is left to do"


async def test_what_is_written_beside_settling_is_written_only_by_who_holds_the_row(chores: Chores) -> None:
    await chores.add()
    zombie = await claimed(chores)
    await chores.end_leases()
    await take_over(chores.pool, chores.kind)
    with pytest.raises(LeaseLostError):
        async with chores.pool.acquire() as connection, connection.transaction():
            await connection.execute("INSERT INTO chores (user_id) VALUES (99)")
            await zombie.end(connection)
    assert await chores.pool.fetchval("SELECT count(*) FROM chores WHERE user_id = 99") == 0


async def test_work_whose_subject_is_gone_is_dropped_and_the_next_one_is_claimed(chores: Chores) -> None:
    gone, ended, left = [await chores.add(user) for user in (1, 2, 3)]
    await chores.pool.execute("DELETE FROM chores WHERE id = $1", gone)
    await chores.pool.execute("UPDATE chores SET state = 'done' WHERE id = $1", ended)
    assert (await claimed(chores)).row.id == left
    assert await chores.pool.fetchval("SELECT count(*) FROM work") == 1


async def test_a_row_that_is_committed_while_a_claim_runs_is_claimed_with_its_subject(chores: Chores) -> None:
    """claim_work() sees it by a snapshot of its own, the statement around it does not see its subject yet."""
    lock_first = "WITH lock AS MATERIALIZED (SELECT pg_advisory_xact_lock(45)::text AS text), claimed AS"
    late = chores.kind.claim.replace("WITH claimed AS", lock_first)
    late = late.replace("FROM claim_work('chore', $1", "FROM lock, LATERAL claim_work('chore', $1 + length(lock.text)")
    async with chores.pool.acquire() as other:
        lock: Connection = other
        async with lock.transaction():
            await lock.execute("SELECT pg_advisory_xact_lock(45)")
            asking = asyncio.create_task(lease.claim(chores.pool, msgspec.structs.replace(chores.kind, claim=late)))
            assert await waits_for_a_lock(chores.pool, asking)
            chore = await chores.add()
    held = await asking
    assert held is not None, "it is not dropped either"
    assert held.row.id == chore
