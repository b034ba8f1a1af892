"""The sweep: whatever is lost, every row ends."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from arq.utils import timestamp_ms

from pmd_service.jobs import KINDS
from pmd_service.work import lease
from pmd_service.work.claimed import Claimed
from pmd_service.work.context import WorkerContext
from pmd_service.work.kind import Outcome
from pmd_service.work.queue import Queue
from pmd_service.work.registry import per_user, register_kinds
from pmd_service.work.retry import RETRY_CAP_SECONDS
from pmd_service.work.sweep import sweep_work, take_over
from pmd_service.work.tickets import MAX_TICKETS

from ..failures import failures
from ..hang import HANG_SECONDS
from .conftest import ChoreRow, Chores


async def test_sweep_enqueues_as_many_tickets_as_due_rows(chores: Chores) -> None:
    for user in (1, 1, 1, 2, 3):
        await chores.add(user)
    for _ in range(3):
        await sweep_work(chores.worker, [chores.kind])
    assert await chores.tickets() == 4, "a user's third row waits behind"


async def test_sweep_ignores_tickets_taken_by_a_dead_worker(chores: Chores) -> None:
    await chores.add()
    redis = chores.worker.queues.redis
    await redis.zadd(Queue.TASKS.value, {"of a dead worker": timestamp_ms() - 100_000})
    await sweep_work(chores.worker, [chores.kind])
    tickets = await redis.zrange(Queue.TASKS.value, 0, -1)
    assert len(tickets) == 1
    assert b"of a dead worker" not in tickets


async def test_sweep_after_redis_loss_keeps_the_order_of_turns(chores: Chores) -> None:
    """The sweep once enqueued the thousand oldest rows of all users: a new user waited for all of them."""
    await chores.fill(n % 1100 for n in range(2200))
    await chores.add(9999)
    await chores.worker.queues.redis.flushall()
    await sweep_work(chores.worker, [chores.kind])
    assert await chores.tickets() == MAX_TICKETS
    first = await chores.pool.fetch("SELECT user_id FROM work WHERE turn IS NOT NULL ORDER BY turn, id LIMIT 1101")
    assert {row["user_id"] for row in first} == {*range(1100), 9999}, (
        "the first row of each user before the second of any"
    )
    claimed = await lease.claim(chores.pool, chores.kind)
    assert claimed is not None
    assert claimed.row.user_id == first[0]["user_id"]


async def test_user_with_hundreds_of_rows_runs_two_at_a_time(chores: Chores) -> None:
    pair = asyncio.Barrier(2)
    most = 0

    async def meet(worker: WorkerContext, claimed: Claimed[ChoreRow]) -> Outcome:
        nonlocal most
        most = max(most, await chores.pool.fetchval("SELECT count(*) FROM work WHERE state = 'running'"))
        await pair.wait()
        return await chores.finish(worker, claimed)

    chores.handler = meet
    for _ in range(30):
        await chores.add(1)
    runner = chores.runner()
    async with asyncio.timeout(HANG_SECONDS):
        await asyncio.gather(*(runner.run_ticket(chores.kind) for _ in range(3)))
    assert (await chores.done(), most) == (30, 2)


async def test_row_with_two_expired_leases_waits_longer(chores: Chores) -> None:
    least, most = dict[int, float](), dict[int, float]()  # the delay, as seen after and before it begins
    for lost in range(8):
        chore = await chores.add(100 + lost, expired=lost)
        assert await lease.claim(chores.pool, chores.kind) is not None
        await chores.end_leases()
        before = await chores.now()
        await take_over(chores.pool, chores.kind)
        due = (await chores.row(chore))["due_at"]
        least[lost], most[lost] = ((due - since).total_seconds() for since in (await chores.now(), before))
    assert least[0] <= 1.25, "the first time is no fault of the row"
    assert least[2] <= 10
    assert most[2] >= 5
    assert all(delay <= 40 for delay in least.values()), "a minute after the lease's end another worker has it"
    assert most[6] >= 20


async def test_lease_expired_during_a_database_outage_is_no_fault(chores: Chores) -> None:
    """An outage counted against every row that ran: after two of them they all ran alone, after eight they failed."""
    before, since = await chores.add(1), await chores.add(2)
    for _ in range(2):
        await lease.claim(chores.pool, chores.kind)
    await chores.set("claimed_at = pg_postmaster_start_time() - interval '1 s'", before)
    await chores.end_leases()
    await take_over(chores.pool, chores.kind)
    rows = [await chores.row(chore) for chore in (before, since)]
    assert [(row["state"], row["expired"]) for row in rows] == [("waiting", 0), ("waiting", 1)]


async def test_row_whose_workers_keep_dying_fails_with_a_message(chores: Chores) -> None:
    chore, counted = await chores.add(), failures(chores.kind.name)
    for lost in range(chores.kind.max_expired_leases + 1):
        await chores.set("due_at = now()")
        assert await lease.claim(chores.pool, chores.kind) is not None, lost
        await chores.end_leases()
        await take_over(chores.pool, chores.kind)
    row = await chores.row(chore)
    assert (row["state"], row["reason"], row["code"]) == ("failed", "It never ended.", "kept_dying")
    assert (row["work_state"], row["error"], row["next_step"]) == ("failed", "It never ended.", "retry")
    assert failures(chores.kind.name) - counted == {"retry": 1}
    assert chores.failed == [chore]
    assert chores.entered[-1] == "failed"


async def test_sweep_takes_over_and_enqueues_in_one_pass(chores: Chores) -> None:
    lost = await chores.add(2)
    assert await lease.claim(chores.pool, chores.kind) is not None
    await chores.add(1)
    await chores.end_leases()
    await sweep_work(chores.worker, [chores.kind])
    assert (await chores.row(lost))["state"] == "waiting"
    assert await chores.tickets() == 1


async def test_running_per_user_stays_below_the_kinds_slots(chores: Chores, capsys: pytest.CaptureFixture[str]) -> None:
    await register_kinds(chores.pool, [msgspec.structs.replace(chores.kind, concurrency=9)], running_per_user=50)
    cut = await chores.pool.fetch("SELECT name FROM work_kinds WHERE per_user = 8")
    assert [row["name"] for row in cut] == ["chore"]
    assert "running_per_user_cut" in "".join(capsys.readouterr())
    for kind in KINDS:
        assert per_user(kind, 50) < kind.concurrency


def test_each_kind_has_its_own_name_and_queue() -> None:
    assert len({kind.name for kind in KINDS}) == len({kind.queue for kind in KINDS}) == len(KINDS)


async def test_database_clock_set_back_delays_no_row(chores: Chores) -> None:
    """Behind by a day: rows of a dead worker, rows waiting for a retry, and rows waiting for a turn."""
    running_id = await chores.add(1)
    assert await lease.claim(chores.pool, chores.kind) is not None
    retried = [await chores.add(user) for user in (2, 3)]
    behind = [await chores.add(4) for _ in range(4)]
    await chores.set("lease_until = lease_until + interval '1 day'", running_id)
    await chores.set("due_at = now() + interval '1 day', turn = NULL", *retried, *behind)
    await sweep_work(chores.worker, [chores.kind])
    left = await chores.pool.fetchval("SELECT lease_until - now() FROM work WHERE subject = $1", str(running_id))
    assert left <= timedelta(seconds=lease.LEASE_SECONDS)
    runner = chores.runner()
    await runner.run_ticket(chores.kind)
    done = await chores.pool.fetch("SELECT id FROM chores WHERE state = 'done'")
    assert {row["id"] for row in done} == {*retried, *behind}


async def test_database_clock_set_back_keeps_valid_times(chores: Chores) -> None:
    retried = await chores.add(due_at=datetime.now(UTC) + timedelta(seconds=RETRY_CAP_SECONDS))
    await sweep_work(chores.worker, [chores.kind])
    await sweep_work(chores.worker, [chores.kind])
    row = await chores.row(retried)
    assert (row["turn"], row["due_at"] > datetime.now(UTC) + timedelta(seconds=60)) == (None, True)
