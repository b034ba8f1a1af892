"""The sweep: whatever was lost, every row comes to its end, and waiting users take turns."""

import asyncio

import msgspec

from pmd_service.jobs import KINDS
from pmd_service.work import lease
from pmd_service.work.context import WorkerContext
from pmd_service.work.held import Claimed, Held
from pmd_service.work.kind import Outcome
from pmd_service.work.sweep import enqueue_next, enqueue_waiting, sweep_work, take_over

from ..hang import HANG_SECONDS
from .conftest import Chores


async def enqueue(chores: Chores, per_user: int = 2) -> None:
    await enqueue_waiting(chores.pool, chores.worker.queues, chores.kind, at_most=per_user)


async def test_a_row_that_nobody_enqueued_is_enqueued_once(chores: Chores) -> None:
    chore = await chores.add()
    for _ in range(3):
        await enqueue(chores)
    assert await chores.enqueued() == [f"do_chore:{chore}:1"]


async def test_a_worker_that_died_before_claiming_does_not_block_the_job(chores: Chores) -> None:
    chore = await chores.add()
    mark = f"arq:in-progress:do_chore:{chore}:1"
    # The mark that arq leaves when a worker takes a job, with the job's time limit.
    await chores.worker.queues.redis.psetex(mark, 3_600_000, b"1")
    await enqueue(chores)
    assert await chores.worker.queues.redis.exists(mark), "somebody may be at it"
    await chores.pool.execute("UPDATE chores SET next_attempt_at = now() - interval '1 minute'")
    await enqueue(chores)
    assert not await chores.worker.queues.redis.exists(mark)


async def test_users_take_turns_and_none_fills_the_queue(chores: Chores) -> None:
    many = [await chores.add(1) for _ in range(10)]
    few = [await chores.add(2), await chores.add(3)]
    await enqueue(chores)
    enqueued = await chores.enqueued()
    assert enqueued[-1] == f"do_chore:{many[1]}:1", "second rows come after everybody's first"
    assert set(enqueued) == {f"do_chore:{chore}:1" for chore in [*many[:2], *few]}


async def test_what_ends_lets_the_users_next_in_behind_the_others(chores: Chores) -> None:
    first, second = await chores.add(1), await chores.add(1)
    other = await chores.add(2)
    await chores.worker.queues.enqueue(chores.kind.job, other, 0)
    await chores.run(first)
    enqueued = await chores.enqueued()
    assert [job.split(":")[1] for job in enqueued] == [str(other), str(second)]


async def test_a_user_with_hundreds_waiting_runs_two_at_a_time_and_all_of_them_in_the_end(chores: Chores) -> None:
    pair = asyncio.Barrier(2)
    most = 0

    async def meet(worker: WorkerContext, held: Held[Claimed]) -> Outcome:
        nonlocal most
        most = max(most, await chores.pool.fetchval("SELECT count(*) FROM chores WHERE state = 'running'"))
        await pair.wait()
        return await chores.finish(worker, held)

    chores.handler = meet
    for _ in range(30):
        await chores.add(1)
    await enqueue(chores)
    runner = chores.runner()
    async with asyncio.timeout(HANG_SECONDS):
        while jobs := await chores.enqueued():
            await chores.worker.queues.redis.flushdb()
            await asyncio.gather(*(runner.run(chores.kind, job.split(":")[1]) for job in jobs))
    assert (await chores.pool.fetchval("SELECT count(*) FROM chores WHERE state = 'done'"), most) == (30, 2)


async def test_after_a_second_expired_lease_a_row_waits_longer_than_its_neighbours(chores: Chores) -> None:
    delays: dict[int, float] = {}
    for lost in range(8):
        chore = await chores.add(100 + lost)
        await chores.pool.execute("UPDATE chores SET expired_leases = $2 WHERE id = $1", chore, lost)
        assert isinstance(await lease.claim(chores.pool, chores.kind, chore, running_per_user=2), Held)
        await chores.end_leases()
        await take_over(chores.pool, chores.kind)
        delays[lost] = await chores.pool.fetchval(
            "SELECT extract(epoch FROM next_attempt_at - now())::float8 FROM chores WHERE id = $1", chore
        )
    assert -5 < delays[0] <= 1.25, "the first time may be anybody's bad luck"
    assert 0 < delays[2] <= 10
    assert all(delay <= 40 for delay in delays.values()), "a minute after the lease's end somebody is at it again"
    assert delays[6] > delays[0] + 10


async def test_a_row_whose_workers_keep_dying_is_given_up_with_a_sentence(chores: Chores) -> None:
    chore = await chores.add()
    for lost in range(chores.kind.max_expired_leases + 1):
        await chores.pool.execute("UPDATE chores SET next_attempt_at = now()")
        assert isinstance(await lease.claim(chores.pool, chores.kind, chore, running_per_user=2), Held), lost
        await chores.end_leases()
        await take_over(chores.pool, chores.kind)
    row = await chores.row(chore)
    assert (row["state"], row["reason"], row["code"]) == ("failed", "It never ended.", "kept_dying")
    assert chores.failed == [chore]
    assert chores.entered[-1] == "failed"


async def test_a_sweep_takes_over_and_enqueues_in_one_go(chores: Chores) -> None:
    fresh, lost = await chores.add(1), await chores.add(2)
    assert isinstance(await lease.claim(chores.pool, chores.kind, lost, running_per_user=2), Held)
    await chores.end_leases()
    await sweep_work(chores.worker, chores.kind)
    assert (await chores.row(lost))["state"] == "waiting"
    assert f"do_chore:{fresh}:1" in await chores.enqueued()


async def test_kinds_that_share_a_table_leave_each_others_lost_rows_alone(chores: Chores) -> None:
    odd = msgspec.structs.replace(chores.kind, is_wanted="id % 2 = 1")
    even = msgspec.structs.replace(chores.kind, is_wanted="id % 2 = 0", kept_dying="The other's words.")
    lost, dead = await chores.add(1, id=101), await chores.add(2, id=103, expired_leases=odd.max_expired_leases)
    for chore in (lost, dead):
        assert isinstance(await lease.claim(chores.pool, odd, chore, running_per_user=1), Held)
    await chores.end_leases()
    await take_over(chores.pool, even)
    assert [(await chores.row(chore))["state"] for chore in (lost, dead)] == ["running", "running"]
    await take_over(chores.pool, odd)
    assert (await chores.row(lost))["state"] == "waiting"
    assert (await chores.row(dead))["reason"] == odd.kept_dying


async def test_a_running_row_of_one_kind_takes_no_place_of_another_one_in_its_table(chores: Chores) -> None:
    odd, even = (msgspec.structs.replace(chores.kind, is_wanted=f"id % 2 = {rest}") for rest in (1, 0))
    chores.kind = even
    running, ended, following = [await chores.add(1, id=number) for number in (101, 102, 104)]
    assert isinstance(await lease.claim(chores.pool, odd, running, running_per_user=1), Held)
    held = await lease.claim(chores.pool, even, ended, running_per_user=1)
    assert isinstance(held, Held)
    await held.settle(chores.pool, "state = 'done'")
    worker = msgspec.structs.replace(
        chores.worker, settings=msgspec.structs.replace(chores.worker.settings, running_per_user=1)
    )
    await enqueue_next(worker, even, held)
    assert [job.split(":")[1] for job in await chores.enqueued()] == [str(following)]


def test_every_kind_of_work_has_a_name_and_a_job_of_its_own() -> None:
    assert len({kind.name for kind in KINDS}) == len({kind.job.name for kind in KINDS}) == len(KINDS)
