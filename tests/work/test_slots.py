"""What a process runs: as much as it has slots for, while its tickets go on, and nothing when it stops."""

import asyncio

import msgspec
import pytest

from pmd_service.jobs import watched_schema
from pmd_service.work import runner as runner_module
from pmd_service.work.claimed import Claimed
from pmd_service.work.context import WorkerContext
from pmd_service.work.kind import Outcome

from ..hang import HANG_SECONDS
from ..plans import statements_of
from .conftest import Busy, ChoreRow, Chores


async def test_concurrency_limit_excludes_attempts_that_only_wait(chores: Chores) -> None:
    chores.change(max_computing=1)
    runner, computing, most = chores.runner(), 0, 0
    waits, goes_on = asyncio.Event(), asyncio.Event()

    async def compute(worker: WorkerContext, claimed: Claimed[ChoreRow]) -> Outcome:
        nonlocal computing, most
        computing += 1
        most = max(most, computing)
        await asyncio.sleep(0)
        computing -= 1
        return await chores.finish(worker, claimed)

    async def wait_first(worker: WorkerContext, claimed: Claimed[ChoreRow]) -> Outcome:
        async with claimed.slot_released():
            waits.set()
            await goes_on.wait()
        return await compute(worker, claimed)

    chores.handler = wait_first
    await chores.add()
    slow = asyncio.create_task(runner.run_next(chores.kind))
    await waits.wait()
    chores.handler = compute
    for user in range(2, 8):
        await chores.add(user)
    await asyncio.gather(*[runner.run_next(chores.kind) for _ in range(6)])
    goes_on.set()
    await slow
    assert most == 1
    assert await chores.done() == 7


async def test_released_slot_is_free_while_the_end_is_written(chores: Chores) -> None:
    chores.change(max_computing=1)
    runner = chores.runner()
    computed, written = asyncio.Event(), asyncio.Event()

    async def write_slowly(worker: WorkerContext, claimed: Claimed[ChoreRow]) -> Outcome:
        claimed.release_slot()
        computed.set()
        await written.wait()
        return await chores.finish(worker, claimed)

    chores.handler = write_slowly
    await chores.add(1)
    writing = asyncio.create_task(runner.run_next(chores.kind))
    async with asyncio.timeout(HANG_SECONDS):
        await computed.wait()
        chores.handler = chores.finish
        await chores.add(2)
        assert await runner.run_next(chores.kind)
        assert not writing.done()
        written.set()
        assert await writing


async def test_one_empty_claim_ends_all_tickets_waiting_for_a_slot(chores: Chores) -> None:
    chores.change(max_computing=1)
    runner = chores.runner()
    busy = chores.handler = Busy(chores)
    await chores.add()
    computing = asyncio.create_task(runner.run_next(chores.kind))
    await busy.begun.wait()
    waiting = [asyncio.create_task(runner.run_next(chores.kind)) for _ in range(5)]
    for _ in range(3):
        await asyncio.sleep(0)
    async with statements_of(chores.pool) as statements:
        busy.end.set()
        async with asyncio.timeout(HANG_SECONDS):
            assert await asyncio.gather(computing, *waiting) == [True] + 5 * [False]
    assert sum("claim_work" in each for each in statements) == 1

    chores.handler = chores.finish
    await chores.add()
    assert await runner.run_next(chores.kind), "a later ticket claims"


async def test_cancelled_wait_for_a_slot_neither_adds_nor_loses_one(chores: Chores) -> None:
    """A slot released before the cancelling was once released again after it: one became two."""
    chores.change(max_computing=1)
    runner = chores.runner()
    released, wants_slot = asyncio.Event(), asyncio.Event()

    async def wait_for_others(_worker: WorkerContext, claimed: Claimed[ChoreRow]) -> Outcome:
        async with claimed.slot_released():
            released.set()
            await wants_slot.wait()
        raise AssertionError("it has been cancelled before")

    chores.handler = wait_for_others
    await chores.add(1)
    waiting = asyncio.create_task(runner.run_next(chores.kind))
    await released.wait()
    busy = chores.handler = Busy(chores)
    await chores.add(2)
    computing = asyncio.create_task(runner.run_next(chores.kind))
    await busy.begun.wait()
    wants_slot.set()
    for _ in range(3):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    others = chores.handler = Busy(chores)
    third = asyncio.create_task(runner.run_next(chores.kind))
    await asyncio.sleep(0.2)
    assert not others.begun.is_set(), "the only slot is in use"
    busy.end.set()
    others.end.set()
    async with asyncio.timeout(HANG_SECONDS):
        await asyncio.gather(computing, third)
    assert others.begun.is_set(), "and there is one afterwards"


async def test_ticket_runs_due_rows_for_seconds_then_enqueues_another(
    chores: Chores, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user in range(5):
        await chores.add(user)
    await chores.runner().run_ticket(chores.kind)
    assert await chores.done() == 5
    assert await chores.tickets() == 0
    monkeypatch.setattr(runner_module, "TICKET_SECONDS", 0)
    for user in range(2):
        await chores.add(user)
    await chores.runner().run_ticket(chores.kind)
    assert await chores.done() == 6
    assert await chores.tickets() == 1


async def test_stopping_runner_claims_nothing(chores: Chores) -> None:
    busy = chores.handler = Busy(chores)
    first, second = await chores.add(), await chores.add()
    runner = chores.runner()
    running = asyncio.create_task(runner.run_ticket(chores.kind))
    await busy.begun.wait()
    runner.stop()
    busy.end.set()
    await running
    assert [(await chores.row(chore))["state"] for chore in (first, second)] == ["done", "waiting"]


async def test_stopping_worker_returns_its_ticket(chores: Chores) -> None:
    """Its work waited for the next sweep."""
    await chores.add()
    runner = chores.runner()
    runner.stop()
    await runner.run_ticket(chores.kind)
    assert await chores.tickets() == 1


async def test_worker_claims_nothing_on_a_newer_schema(chores: Chores) -> None:
    chore, schema = await chores.add(), chores.worker.schema
    await chores.pool.execute("INSERT INTO schema_migrations VALUES ('9999')")
    await schema.check(chores.pool)
    assert not await chores.runner().run_next(chores.kind)
    assert (await chores.row(chore))["state"] == "waiting"
    await chores.pool.execute("DELETE FROM schema_migrations WHERE version = '9999'")
    await schema.check(chores.pool)
    assert await chores.runner().run_next(chores.kind)


async def test_worker_that_starts_on_a_newer_schema_works(chores: Chores) -> None:
    """Its release was gone back to: the schema stays, and nobody else would do the work."""
    await chores.add()
    await chores.pool.execute("INSERT INTO schema_migrations VALUES ('9999')")
    async with watched_schema(chores.pool) as schema:
        await schema.check(chores.pool)
        chores.worker = msgspec.structs.replace(chores.worker, schema=schema)
        assert await chores.runner().run_next(chores.kind)
        await chores.pool.execute("INSERT INTO schema_migrations VALUES ('99991')")
        await schema.check(chores.pool)
        assert schema.is_newer
