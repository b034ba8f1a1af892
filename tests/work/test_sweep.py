"""The sweep: whatever was lost, every row comes to its end."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from arq.utils import timestamp_ms

from pmd_service.jobs import KINDS
from pmd_service.work import lease
from pmd_service.work.context import WorkerContext
from pmd_service.work.held import Held
from pmd_service.work.kind import Outcome
from pmd_service.work.queue import Queue
from pmd_service.work.registry import per_user, register_kinds
from pmd_service.work.retry import RETRY_CAP_SECONDS
from pmd_service.work.sweep import sweep_work, take_over
from pmd_service.work.tickets import MAX_TICKETS

from ..hang import HANG_SECONDS
from .conftest import ChoreRow, Chores


async def test_what_is_due_has_tickets_and_no_more_than_that(chores: Chores) -> None:
    for user in (1, 1, 1, 2, 3):
        await chores.add(user)
    for _ in range(3):
        await sweep_work(chores.worker, [chores.kind])
    assert await chores.tickets() == 4, "a user's third row waits behind"


async def test_tickets_that_a_dead_worker_has_taken_count_for_nothing(chores: Chores) -> None:
    await chores.add()
    redis = chores.worker.queues.redis
    await redis.zadd(Queue.TASKS.value, {"of a dead worker": timestamp_ms() - 100_000})
    await sweep_work(chores.worker, [chores.kind])
    tickets = await redis.zrange(Queue.TASKS.value, 0, -1)
    assert len(tickets) == 1
    assert b"of a dead worker" not in tickets


async def test_after_a_lost_redis_nobody_waits_for_everybody_elses_work(chores: Chores) -> None:
    """The sweep enqueued the thousand oldest rows, whoever's they were: whoever came later waited for all of them."""
    await chores.fill(n % 1100 for n in range(2200))
    await chores.add(9999)
    await chores.worker.queues.redis.flushall()
    await sweep_work(chores.worker, [chores.kind])
    assert await chores.tickets() == MAX_TICKETS
    first = await chores.pool.fetch("SELECT user_id FROM work WHERE turn IS NOT NULL ORDER BY turn, id LIMIT 1101")
    assert {row["user_id"] for row in first} == {*range(1100), 9999}, "everybody's first, before anybody's second"
    held = await lease.claim(chores.pool, chores.kind)
    assert held is not None
    assert held.row.user_id == first[0]["user_id"]


async def test_a_user_with_hundreds_waiting_runs_two_at_a_time_and_all_of_them_in_the_end(chores: Chores) -> None:
    pair = asyncio.Barrier(2)
    most = 0

    async def meet(worker: WorkerContext, held: Held[ChoreRow]) -> Outcome:
        nonlocal most
        most = max(most, await chores.pool.fetchval("SELECT count(*) FROM work WHERE state = 'running'"))
        await pair.wait()
        return await chores.finish(worker, held)

    chores.handler = meet
    for _ in range(30):
        await chores.add(1)
    runner = chores.runner()
    async with asyncio.timeout(HANG_SECONDS):
        await asyncio.gather(*(runner.run_ticket(chores.kind) for _ in range(3)))
    assert (await chores.done(), most) == (30, 2)


async def test_after_a_second_expired_lease_a_row_waits_longer_than_its_neighbours(chores: Chores) -> None:
    delays: dict[int, float] = {}
    for lost in range(8):
        chore = await chores.add(100 + lost, expired=lost)
        assert await lease.claim(chores.pool, chores.kind) is not None
        await chores.end_leases()
        await take_over(chores.pool, chores.kind)
        delays[lost] = await chores.pool.fetchval(
            "SELECT extract(epoch FROM due_at - now())::float8 FROM work WHERE subject = $1", str(chore)
        )
    assert -5 < delays[0] <= 1.25, "the first time may be anybody's bad luck"
    assert 0 < delays[2] <= 10
    assert all(delay <= 40 for delay in delays.values()), "a minute after the lease's end somebody is at it again"
    assert delays[6] > delays[0] + 10


async def test_a_lease_that_ran_out_while_the_database_was_down_is_no_death(chores: Chores) -> None:
    """An outage counted against every row that ran: after two of them they all ran alone, after eight they failed."""
    before, since = await chores.add(1), await chores.add(2)
    for _ in range(2):
        await lease.claim(chores.pool, chores.kind)
    await chores.set("claimed_at = pg_postmaster_start_time() - interval '1 s'", before)
    await chores.end_leases()
    await take_over(chores.pool, chores.kind)
    rows = [await chores.row(chore) for chore in (before, since)]
    assert [(row["state"], row["expired"]) for row in rows] == [("waiting", 0), ("waiting", 1)]


async def test_a_row_whose_workers_keep_dying_is_given_up_with_a_sentence(chores: Chores) -> None:
    chore = await chores.add()
    for lost in range(chores.kind.max_expired_leases + 1):
        await chores.set("due_at = now()")
        assert await lease.claim(chores.pool, chores.kind) is not None, lost
        await chores.end_leases()
        await take_over(chores.pool, chores.kind)
    row = await chores.row(chore)
    assert (row["state"], row["reason"], row["code"]) == ("failed", "It never ended.", "kept_dying")
    assert (row["work_state"], row["error"], row["next_step"]) == ("failed", "It never ended.", "retry")
    assert chores.failed == [chore]
    assert chores.entered[-1] == "failed"


async def test_a_sweep_takes_over_and_puts_tickets_in_one_go(chores: Chores) -> None:
    lost = await chores.add(2)
    assert await lease.claim(chores.pool, chores.kind) is not None
    await chores.add(1)
    await chores.end_leases()
    await sweep_work(chores.worker, [chores.kind])
    assert (await chores.row(lost))["state"] == "waiting"
    assert await chores.tickets() == 1


async def test_no_user_may_hold_all_places_of_a_kind(chores: Chores, capsys: pytest.CaptureFixture[str]) -> None:
    await register_kinds(chores.pool, [msgspec.structs.replace(chores.kind, concurrency=9)], running_per_user=50)
    cut = await chores.pool.fetch("SELECT name FROM work_kinds WHERE per_user = 8")
    assert [row["name"] for row in cut] == ["chore"]
    assert "running_per_user_cut" in "".join(capsys.readouterr())
    for kind in KINDS:
        assert per_user(kind, 50) < kind.concurrency


def test_every_kind_of_work_has_a_name_and_a_queue_of_its_own() -> None:
    assert len({kind.name for kind in KINDS}) == len({kind.queue for kind in KINDS}) == len(KINDS)


async def test_rows_wait_no_longer_because_the_database_s_clock_was_set_back(chores: Chores) -> None:
    """Behind by a day: what a dead worker holds, what waits for its retry, and what waits for a place."""
    held_id = await chores.add(1)
    assert await lease.claim(chores.pool, chores.kind) is not None
    retried = [await chores.add(user) for user in (2, 3)]
    behind = [await chores.add(4) for _ in range(4)]
    await chores.set("lease_until = lease_until + interval '1 day'", held_id)
    await chores.set("due_at = now() + interval '1 day', turn = NULL", *retried, *behind)
    await sweep_work(chores.worker, [chores.kind])
    left = await chores.pool.fetchval("SELECT lease_until - now() FROM work WHERE subject = $1", str(held_id))
    assert left <= timedelta(seconds=lease.LEASE_SECONDS)
    runner = chores.runner()
    await runner.run_ticket(chores.kind)
    done = await chores.pool.fetch("SELECT id FROM chores WHERE state = 'done'")
    assert {row["id"] for row in done} == {*retried, *behind}


async def test_times_that_a_worker_may_have_set_stay(chores: Chores) -> None:
    retried = await chores.add(due_at=datetime.now(UTC) + timedelta(seconds=RETRY_CAP_SECONDS))
    await sweep_work(chores.worker, [chores.kind])
    await sweep_work(chores.worker, [chores.kind])
    row = await chores.row(retried)
    assert (row["turn"], row["due_at"] > datetime.now(UTC) + timedelta(seconds=60)) == (None, True)
