"""Upkeep: every step runs in one process at a time, whatever happens to the others."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
import msgspec
import pytest

from pmd_service.work import upkeep
from pmd_service.work.context import WorkerContext
from pmd_service.work.orders import IS_ORDERED
from pmd_service.work.upkeep import Step, Upkeep

from ..hang import HANG_SECONDS


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(upkeep, "STOP_SECONDS", 0.2)


class Processes:
    """Several processes that share one upkeep."""

    def __init__(self, worker: WorkerContext) -> None:
        self._worker = worker
        self._running: list[Upkeep] = []
        self.ran: Counter[str] = Counter()

    def step(
        self,
        name: str,
        run: Callable[[], Awaitable[object]],
        *,
        every: float = 0.05,
        limit: float = 5,
        only_if: str = "true",
    ) -> Step:
        async def counted(_worker: WorkerContext) -> None:
            self.ran[name] += 1
            await run()

        return Step(name=name, only_if=only_if, run=counted, every_seconds=every, limit_seconds=limit)

    def begin(self, *steps: Step, worker: WorkerContext | None = None) -> Upkeep:
        self._running.append(Upkeep(worker or self._worker, steps))
        self._running[-1].start()
        return self._running[-1]

    async def until(self, name: str, times: int) -> None:
        async with asyncio.timeout(HANG_SECONDS):
            while self.ran[name] < times:
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        await asyncio.gather(*(each.stop() for each in self._running))


@pytest.fixture
async def processes(worker: WorkerContext) -> AsyncIterator[Processes]:
    running = Processes(worker)
    yield running
    await running.stop()


async def nothing() -> None:
    pass


async def hang() -> None:
    await asyncio.Event().wait()


async def fail() -> None:
    raise ZeroDivisionError


async def test_upkeep_step_that_hangs_or_fails_stops_no_other(processes: Processes, worker: WorkerContext) -> None:
    processes.begin(
        processes.step("hangs", hang, limit=0.2), processes.step("fails", fail), processes.step("goes on", nothing)
    )
    for name in ("goes on", "fails", "hangs"):
        await processes.until(name, 3)
    rows = await worker.pool.fetch("SELECT name, error FROM upkeep_steps")
    errors = {row["name"]: row["error"] for row in rows}
    assert errors["fails"] == "ZeroDivisionError()"
    assert errors["goes on"] is None


async def test_due_upkeep_steps_are_claimed_by_one_statement(processes: Processes, worker: WorkerContext) -> None:
    reads, reads_before = 0, []

    class Counted:
        execute = worker.pool.execute

        async def fetch(self, *arguments: Any) -> object:
            nonlocal reads
            reads += 1
            return await worker.pool.fetch(*arguments)

    async def note() -> None:
        reads_before.append(reads)

    steps = [processes.step(f"step {number}", note, every=3600) for number in range(5)]
    processes.begin(*steps, worker=msgspec.structs.replace(worker, pool=Counted()))
    for step in steps:
        await processes.until(step.name, 1)
    assert reads_before == [1] * 5


async def test_upkeep_step_with_nothing_to_do_is_not_begun(processes: Processes, worker: WorkerContext) -> None:
    steps = [processes.step("orders", nothing, only_if=IS_ORDERED), processes.step("goes on", nothing)]
    processes.begin(*steps)
    await processes.until("goes on", 3)
    assert processes.ran["orders"] == 0
    await worker.pool.execute(
        "INSERT INTO operator_log (via, action, kind, row_id) VALUES ('console', 'retry', 'bdr', '1')"
    )
    await processes.until("orders", 1)


async def test_upkeep_step_runs_in_one_process_at_a_time(processes: Processes) -> None:
    at_it = most = 0

    async def once() -> None:
        nonlocal at_it, most
        at_it += 1
        most = max(most, at_it)
        await asyncio.sleep(0.05)
        at_it -= 1

    for _ in range(4):
        processes.begin(processes.step("sweep", once, every=0))
    await processes.until("sweep", 8)
    assert most == 1


async def test_upkeep_step_past_its_limit_is_not_begun_twice(processes: Processes, worker: WorkerContext) -> None:
    ended = asyncio.Event()

    async def last() -> None:
        while not ended.is_set():
            with suppress(asyncio.CancelledError):
                await ended.wait()

    processes.begin(processes.step("lasting", last, limit=0.01), processes.step("often", nothing))
    await processes.until("often", 3)
    await worker.pool.execute("UPDATE upkeep_steps SET due_at = now() WHERE name = 'lasting'")  # its lease expires
    await processes.until("often", 8)
    is_due = "SELECT due_at <= clock_timestamp() FROM upkeep_steps WHERE name = 'lasting'"
    is_free = await worker.pool.fetchval(is_due)
    ended.set()
    assert (processes.ran["lasting"], is_free) == (1, True), "this process renews it no more"


async def test_upkeep_step_waits_for_its_period_after_its_end(processes: Processes, worker: WorkerContext) -> None:
    processes.begin(processes.step("daily", nothing, every=86_400), processes.step("often", nothing))
    await processes.until("often", 5)
    assert processes.ran["daily"] == 1
    assert await worker.pool.fetchval(
        "SELECT due_at > now() + interval '23 hours' FROM upkeep_steps WHERE name = 'daily'"
    )


async def test_upkeep_lease_is_short_and_renewed_until_the_limit(processes: Processes, worker: WorkerContext) -> None:
    processes.begin(processes.step("long", hang, limit=3600), processes.step("often", nothing))
    await processes.until("long", 1)
    due_in = "SELECT extract(epoch FROM due_at - clock_timestamp())::float8 FROM upkeep_steps WHERE name = 'long'"
    assert await worker.pool.fetchval(due_in) <= upkeep.LEASE_SECONDS, "a process that is killed is replaced that soon"
    await worker.pool.execute("UPDATE upkeep_steps SET due_at = now() + interval '30 s' WHERE name = 'long'")
    async with asyncio.timeout(HANG_SECONDS):
        while await worker.pool.fetchval(due_in) < upkeep.LEASE_SECONDS - 15:
            await asyncio.sleep(0.01)
    processes.begin(processes.step("long", hang, limit=3600), processes.step("often", nothing))
    await processes.until("often", processes.ran["often"] + 8)
    assert processes.ran["long"] == 1


async def test_expired_upkeep_lease_is_taken_over(processes: Processes, worker: WorkerContext) -> None:
    frozen = asyncio.Event()
    thawed = asyncio.Event()

    async def freeze() -> None:
        frozen.set()
        await thawed.wait()

    # Frozen: it renews nothing, and its own clock does not cut it off.
    holder = processes.begin(processes.step("sweep", freeze, limit=3600))
    await frozen.wait()
    assert holder._polling is not None
    holder._polling.cancel()
    await worker.pool.execute("UPDATE upkeep_steps SET due_at = now() + interval '50 ms'")  # the lease, nearly expired
    ran = asyncio.Event()

    async def replace() -> None:
        ran.set()

    processes.begin(processes.step("sweep", replace, every=3600))
    async with asyncio.timeout(HANG_SECONDS):
        await ran.wait()
        while await worker.pool.fetchval("SELECT token IS NOT NULL FROM upkeep_steps"):
            await asyncio.sleep(0.01)
    settled = await worker.pool.fetchrow("SELECT due_at, ended_at FROM upkeep_steps")
    thawed.set()
    async with asyncio.timeout(HANG_SECONDS):
        while holder.is_running:
            await asyncio.sleep(0.01)
    assert await worker.pool.fetchrow("SELECT due_at, ended_at FROM upkeep_steps") == settled, "it settles nothing"


async def test_upkeep_continues_after_a_database_outage(processes: Processes, worker: WorkerContext) -> None:
    is_away = True

    class Away:
        async def execute(self, *arguments: Any) -> object:
            return await worker.pool.execute(*arguments)

        async def fetch(self, *arguments: Any) -> object:
            if is_away:
                raise asyncpg.CannotConnectNowError
            return await worker.pool.fetch(*arguments)

    away = msgspec.structs.replace(worker, pool=Away())
    processes.begin(processes.step("sweep", nothing), worker=away)
    await asyncio.sleep(0.1)
    assert processes.ran["sweep"] == 0
    is_away = False
    await processes.until("sweep", 2)


async def test_upkeep_continues_when_the_database_clock_was_set_back(
    processes: Processes, worker: WorkerContext
) -> None:
    processes.begin(processes.step("sweep", nothing, limit=60))
    await processes.until("sweep", 1)
    await worker.pool.execute("UPDATE upkeep_steps SET due_at = due_at + interval '1 day'")
    ran = processes.ran["sweep"]
    await processes.until("sweep", ran + 2)


async def test_unexpected_upkeep_failure_ends_the_process(
    processes: Processes, worker: WorkerContext, ended: list[str]
) -> None:
    class Broken:
        async def execute(self, *_arguments: Any) -> object:
            raise ValueError("unforeseen")

    processes.begin(processes.step("sweep", nothing), worker=msgspec.structs.replace(worker, pool=Broken()))
    async with asyncio.timeout(HANG_SECONDS):
        while not ended:
            await asyncio.sleep(0.01)
    ended.clear()


async def test_shared_upkeep_step_runs_in_every_process(processes: Processes, worker: WorkerContext) -> None:
    running, most = [0, 0], 0

    def own(number: int) -> Step:
        async def run() -> None:
            nonlocal most
            running[number] += 1
            most = max(most, *running)
            await asyncio.sleep(0.05)
            running[number] -= 1

        return msgspec.structs.replace(processes.step(f"of {number}", run, every=0.0), name="scrub", is_shared=True)

    for number in range(2):
        processes.begin(own(number))
    for number in range(2):
        await processes.until(f"of {number}", 3)
    assert most == 1, "at once in two processes, and never twice in one"
    assert await worker.pool.fetchval("SELECT ended_at IS NOT NULL AND token IS NULL FROM upkeep_steps")


async def test_shared_upkeep_step_waits_for_its_period_in_each_process(
    processes: Processes, worker: WorkerContext
) -> None:
    for _ in range(2):
        daily = msgspec.structs.replace(processes.step("daily", nothing, every=86_400), is_shared=True)
        processes.begin(daily, processes.step("often", nothing))
    await processes.until("often", 8)
    assert processes.ran["daily"] == 2
