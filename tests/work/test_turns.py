"""Turns: Postgres decides which row is next, whatever writes."""

import asyncio
import re
from collections import Counter
from contextlib import suppress

import asyncpg
import pytest

from pmd_service.work import lease
from pmd_service.work.claimed import Claimed, LeaseLostError
from pmd_service.work.runner import WOKEN
from pmd_service.work.sweep import sweep_work

from .conftest import FILL, ChoreRow, Chores


async def claim(chores: Chores) -> Claimed[ChoreRow] | None:
    return await lease.claim(chores.pool, chores.kind)


async def with_turn(chores: Chores, user_id: int = 1) -> list[int]:
    """The user's rows that wait with a turn, in their order."""
    rows = await chores.pool.fetch(
        "SELECT subject FROM work WHERE user_id = $1 AND state = 'waiting' AND turn IS NOT NULL ORDER BY turn, id",
        user_id,
    )
    return [int(row["subject"]) for row in rows]


async def order(chores: Chores, *, at_most: int = 1000) -> list[int]:
    """The users of the rows claimed one after the other; each ends at once."""
    users: list[int] = []
    while len(users) < at_most and (claimed := await claim(chores)) is not None:
        await chores.end(claimed)
        users.append(claimed.row.user_id)
    return users


async def test_turns_serve_each_user_once_before_any_twice(chores: Chores) -> None:
    await chores.fill([1] * 300)
    await chores.fill(2 + n % 60 for n in range(180))
    served = await order(chores)
    assert len(served) == 480
    assert sorted(served[:61]) == list(range(1, 62))
    assert Counter(served[:122]) == dict.fromkeys(range(1, 62), 2)


async def test_new_user_does_not_wait_for_earlier_usage(chores: Chores) -> None:
    await chores.fill(1 + n % 2 for n in range(200))
    await order(chores, at_most=100)
    await chores.add(9)
    assert 9 in await order(chores, at_most=4)


async def test_new_user_is_not_before_what_runs(chores: Chores) -> None:
    await chores.fill([1, 2])
    claimed = [await claim(chores), await claim(chores)]
    (costly,) = [each for each in claimed if each is not None and each.row.user_id == 2]
    await chores.set("claimed_at = claimed_at - interval '9 s'", costly.row.id)
    await chores.end(costly)
    await chores.add(2)
    assert await claim(chores) is not None
    await chores.add(3)
    turns = await chores.pool.fetch("SELECT user_id, turn FROM work ORDER BY user_id")
    first, second, new = (row["turn"] for row in turns)
    assert first + 8 < second <= new


async def test_idle_user_does_not_pay_for_past_usage(chores: Chores) -> None:
    await chores.fill([1] * 50)
    await order(chores)
    await chores.fill([2] * 50)
    await chores.add(1)
    assert 1 in await order(chores, at_most=4)


async def test_turns_of_expensive_rows_are_further_apart(chores: Chores) -> None:
    await chores.fill(1 + n % 3 for n in range(300))
    served: Counter[int] = Counter()
    for _ in range(90):
        claimed = await claim(chores)
        assert claimed is not None
        if claimed.row.user_id == 1:
            await chores.set("claimed_at = claimed_at - interval '9 s'", claimed.row.id)
        await chores.end(claimed)
        served[claimed.row.user_id] += 1
    assert 3 <= served[1] <= 8
    assert abs(served[2] - served[3]) <= 2


async def test_next_row_gets_a_turn_when_a_row_ends_or_is_removed(chores: Chores) -> None:
    rows = [await chores.add(1) for _ in range(6)]
    assert await with_turn(chores) == rows[:2]
    await chores.set("state = 'failed', turn = NULL, ended_at = now()", rows[0])
    assert await with_turn(chores) == rows[1:3]
    await chores.stop(rows[1])
    assert await with_turn(chores) == rows[2:4]
    await chores.set("due_at = now() + interval '1 hour', turn = NULL", rows[2])
    assert await with_turn(chores) == rows[3:5]
    assert await claim(chores) is not None
    await chores.end_leases()
    await sweep_work(chores.worker, [chores.kind])
    assert await with_turn(chores) == rows[4:6], "a row with an expired lease is due later"


async def test_rows_due_later_get_their_turn_when_due(chores: Chores) -> None:
    chore = await chores.add()
    await chores.set("due_at = now() + interval '1 hour', turn = NULL")
    assert await chores.pool.fetchval(f"SELECT {WOKEN}", 10) == 0
    async with chores.pool.acquire() as connection, connection.transaction():  # as if the hour had passed
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("UPDATE work SET due_at = due_at - interval '1 hour'")
        await connection.execute("UPDATE work_accounts SET wakes_at = wakes_at - interval '1 hour'")
    assert await chores.runner().run_next(chores.kind), "the ticket of that time finds it"
    assert (await chores.row(chore))["state"] == "done"
    assert await chores.pool.fetchval("SELECT count(*) FROM work_accounts WHERE wakes_at IS NOT NULL") == 0


async def test_row_locked_when_turns_are_given_gets_one_later(chores: Chores) -> None:
    first, second, third = [await chores.add(1) for _ in range(3)]
    async with chores.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM work WHERE subject = $1 FOR UPDATE", str(third))
        assert await claim(chores) is not None
        await chores.stop(first)
        assert await with_turn(chores) == [second]
    await sweep_work(chores.worker, [chores.kind])
    assert await with_turn(chores) == [second, third]


async def test_row_due_before_its_commit_gets_a_turn(chores: Chores) -> None:
    chore = await chores.add(1)
    assert await claim(chores) is not None
    async with chores.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "UPDATE work SET state = 'waiting', turn = NULL, token = NULL, lease_until = NULL, "
            "due_at = now() + interval '20 ms'"
        )
        await connection.execute("SELECT pg_sleep(0.03)")
    assert await with_turn(chores) == [chore]


async def test_row_added_during_another_transaction_gets_a_turn(chores: Chores) -> None:
    first, second = [await chores.add(1) for _ in range(2)]
    async with chores.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT now()")
        third = await chores.add(1)
        assert await with_turn(chores) == [first, second]
        await connection.execute("DELETE FROM work WHERE subject = $1", str(first))
    assert await with_turn(chores) == [second, third]


async def test_running_per_user_limit_can_rise_and_fall(chores: Chores) -> None:
    rows = [await chores.add(1) for _ in range(6)]
    await chores.limit(4)
    await sweep_work(chores.worker, [chores.kind])
    assert len(await with_turn(chores)) == 4, "by the sweep alone"
    await chores.limit(1)
    for row in rows[:3]:
        await chores.stop(row)
    assert len(await with_turn(chores)) == 1
    await chores.stop(rows[3])
    assert len(await with_turn(chores)) == 1


async def test_ordered_kind_claims_nothing_before_the_first_has_ended(chores: Chores) -> None:
    await chores.pool.execute("UPDATE work_kinds SET in_order = true, per_user = 1 WHERE name = 'chore'")
    first, second = await chores.add(1), await chores.add(1)
    other = await chores.add(2)
    await chores.set("due_at = now() + interval '1 hour', turn = NULL", first)
    assert await with_turn(chores) == []
    assert await with_turn(chores, 2) == [other]
    third = await chores.add(1)
    assert await with_turn(chores) == [], "a later row does not overtake either"
    await chores.stop(first)
    assert await with_turn(chores) == [second]
    await chores.set("state = 'failed', turn = NULL, ended_at = now()", second)
    assert await with_turn(chores) == [third]
    fourth = await chores.add(1)
    await chores.set("due_at = now() + interval '1 hour', turn = NULL", third)
    await chores.set("state = 'failed', ended_at = now()", third)
    assert await with_turn(chores) == [fourth], "an operator may stop what waits for its next attempt"


async def test_concurrent_stress_strands_no_row_and_exceeds_no_limit(chores: Chores) -> None:
    """Claims, ends, arrivals, cancelling, expired leases: together, for a while."""
    over: list[int] = []
    stop = asyncio.Event()

    async def work() -> None:
        while not stop.is_set():
            if (claimed := await claim(chores)) is None:
                await asyncio.sleep(0.001)
                continue
            running = await chores.pool.fetchval(
                "SELECT count(*) FROM work WHERE user_id = $1 AND state = 'running'", claimed.row.user_id
            )
            over.extend([running] if running > 2 else [])
            with suppress(LeaseLostError):
                await chores.end(claimed)

    async def disturb() -> None:
        for number in range(60):
            await chores.fill(1 + (n + number) % 5 for n in range(7))
            if number % 10 == 3:
                await chores.pool.execute(
                    "UPDATE work SET state = 'failed', turn = NULL, ended_at = now() "
                    "WHERE state = 'waiting' AND user_id = $1",
                    1 + number % 5,
                )
            if number % 10 == 6:
                await chores.end_leases()
                await sweep_work(chores.worker, [chores.kind])
        await asyncio.sleep(0.2)
        stop.set()

    await asyncio.gather(disturb(), *(work() for _ in range(3)))
    await chores.pool.execute("UPDATE work SET due_at = now() WHERE state = 'waiting'")
    await order(chores)
    assert over == []
    assert await chores.pool.fetchval("SELECT count(*) FROM work WHERE state IN ('waiting', 'running')") == 0


async def test_rolled_back_transaction_gives_no_turn(chores: Chores) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with chores.pool.acquire() as connection, connection.transaction():
            await connection.execute(FILL, [1])
            await connection.execute("SELECT 1 / 0")
    assert await chores.pool.fetchval("SELECT count(*) FROM work_accounts") == 0


async def test_unregistered_kind_gives_one_turn_per_user(chores: Chores) -> None:
    await chores.pool.execute("DELETE FROM work_kinds WHERE name = 'chore'")
    rows = [await chores.add(1) for _ in range(3)]
    assert await with_turn(chores) == rows[:1]
    await chores.limit(2)
    await sweep_work(chores.worker, [chores.kind])
    assert await with_turn(chores) == rows[:2]


async def test_claim_reads_the_lowest_turn_from_an_index(chores: Chores) -> None:
    """No sort and no scan of the table, however much waits or has ended."""
    source = await chores.pool.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'claim_work'")
    chosen = re.sub("--.*", "", source.partition("WHERE id = (")[2].rpartition(")\n        RETURNING")[0])
    statement = chosen.replace("of_kind", "'chore'").replace("takes_suspects", "true")
    async with chores.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {statement}"))
    assert "ix_work_line" in plan, plan
    assert "Sort" not in plan, plan
