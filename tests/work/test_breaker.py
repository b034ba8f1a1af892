"""Breakers: a dependency that is away stops what needs it, is probed, and is tried by one row before the others."""

import asyncio
import errno
from collections.abc import AsyncIterator

import asyncpg
import pytest

from pmd_service.vault import VaultFaultError
from pmd_service.vault.leftovers import SweptAwayError
from pmd_service.work import breaker
from pmd_service.work.breaker import Breakers, State
from pmd_service.work.claimed import Claimed
from pmd_service.work.context import WorkerContext
from pmd_service.work.kind import Outcome
from pmd_service.work.runner import Runner

from ..hang import HANG_SECONDS
from .conftest import ChoreRow, Chores


class Store:
    """A dependency that answers, refuses, or hangs."""

    def __init__(self) -> None:
        self.is_there = True
        self.hangs = False
        self.probes = 0
        self.came_back = asyncio.Event()

    async def probe(self) -> None:
        self.probes += 1
        if self.hangs:
            await asyncio.Event().wait()
        if not self.is_there:
            raise ConnectionError

    async def is_back(self, _name: str) -> None:
        self.came_back.set()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.05)
    monkeypatch.setattr(breaker, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(breaker, "LONGEST_PAUSE_SECONDS", 0.02)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def breakers(store: Store) -> AsyncIterator[Breakers]:
    async def answers() -> None:
        pass

    made = Breakers({"store": store.probe, "mail": answers}, store.is_back)
    yield made
    await made.stop()


async def back(store: Store) -> None:
    store.is_there, store.hangs = True, False
    async with asyncio.timeout(HANG_SECONDS):
        await store.came_back.wait()


async def test_pauses_between_probes_grow_to_a_bound(store: Store) -> None:
    pauses: list[float | None] = []

    async def report(_name: str, _state: State, _error: str | None, probe_in: float | None) -> None:
        pauses.append(probe_in)

    breakers = Breakers({"store": store.probe}, store.is_back, report)
    store.is_there = False
    await breakers.find_unavailable(["store"])
    async with asyncio.timeout(HANG_SECONDS):
        while len(pauses) < 4:
            await asyncio.sleep(0.01)
    await breakers.stop()
    assert pauses[:4] == [0.01, 0.02, 0.02, 0.02]


@pytest.mark.parametrize("how", ["away", "hangs"])
async def test_open_breaker_stops_claims_of_kinds_that_need_it_only(breakers: Breakers, store: Store, how: str) -> None:
    assert breakers.begin(["store", "mail"])
    store.is_there, store.hangs = how != "away", how == "hangs"
    assert await breakers.find_unavailable(["mail", "store"]) == "store"
    assert not breakers.begin(["store", "mail"])
    assert breakers.begin(["mail"])
    assert breakers.begin([])


async def test_breaker_stays_closed_while_the_dependency_answers(breakers: Breakers) -> None:
    assert await breakers.find_unavailable(["store", "mail"]) is None
    assert breakers.begin(["store"])


async def test_half_open_breaker_lets_one_row_try_first(breakers: Breakers, store: Store) -> None:
    store.is_there = False
    await breakers.find_unavailable(["store"])
    await back(store)
    assert breakers.begin(["store"])
    assert not breakers.begin(["store"]), "one is trying"
    store.came_back.clear()
    await breakers.ended(["store"], succeeded=True)
    assert store.came_back.is_set(), "what waits is called for"
    assert [breakers.begin(["store"]) for _ in range(3)] == [True] * 3


async def test_half_open_trial_failing_by_own_fault_lets_the_next_try(breakers: Breakers, store: Store) -> None:
    store.is_there = False
    await breakers.find_unavailable(["store"])
    await back(store)
    assert breakers.begin(["store"])
    assert await breakers.find_unavailable(["store"]) is None
    await breakers.ended(["store"], succeeded=False)
    assert breakers.begin(["store"])


async def test_half_open_trial_failing_by_outage_reopens_the_breaker(breakers: Breakers, store: Store) -> None:
    store.is_there = False
    await breakers.find_unavailable(["store"])
    await back(store)
    assert breakers.begin(["store"])
    store.is_there = False
    assert await breakers.find_unavailable(["store"]) == "store"
    await breakers.ended(["store"], succeeded=False)
    assert not breakers.begin(["store"])
    store.came_back.clear()
    await back(store)
    assert breakers.begin(["store"])


async def test_failure_while_the_breaker_is_open_probes_nothing(breakers: Breakers, store: Store) -> None:
    store.is_there = False
    assert await asyncio.gather(*(breakers.find_unavailable(["store"]) for _ in range(20))) == ["store"] * 20
    probes = store.probes
    assert await asyncio.gather(*(breakers.find_unavailable(["store"]) for _ in range(20))) == ["store"] * 20
    assert store.probes <= probes + 1, "its own probe at most"


def stood(chores: Chores, store: Store) -> Runner:
    chores.change(needs=("store",))
    return Runner(chores.worker, [chores.kind], probes={"store": store.probe})


async def test_outage_spends_no_retry_and_waiting_rows_run_afterwards(chores: Chores, store: Store) -> None:
    async def use(worker: WorkerContext, claimed: Claimed[ChoreRow]) -> Outcome:
        await store.probe()
        return await chores.finish(worker, claimed)

    chores.handler = use
    ids = [await chores.add(user_id=number) for number in range(4)]
    runner = stood(chores, store)
    store.is_there = False
    assert await runner.run_next(chores.kind), "the first finds out"
    assert not await runner.run_next(chores.kind), "no other tries"
    rows = [await chores.row(chore) for chore in ids]
    assert {(row["state"], row["faults"]) for row in rows} == {("waiting", 0)}
    assert sum(row["attempt"] for row in rows) == 1
    store.is_there = True
    async with asyncio.timeout(HANG_SECONDS):
        while [(await chores.row(chore))["state"] for chore in ids] != ["done"] * 4:
            await runner.run_next(chores.kind)
            await asyncio.sleep(0.01)
    assert await chores.tickets() > 0, "the workers were called"
    await runner.aclose()


async def test_failure_with_reachable_dependencies_spends_retries(chores: Chores, store: Store) -> None:
    async def fail(*_: object) -> Outcome:
        raise ConnectionError

    chores.handler = fail
    chore = await chores.add()
    runner = stood(chores, store)
    for _ in range(chores.kind.max_retries + 1):
        await chores.set("due_at = now()")
        await runner.run_next(chores.kind)
    assert (await chores.row(chore))["state"] == "failed"
    await runner.aclose()


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        SweptAwayError("others were at it"),
    ],
)
async def test_full_disk_and_lost_connection_spend_no_retry(chores: Chores, store: Store, error: Exception) -> None:
    async def fail(*_: object) -> Outcome:
        try:
            raise error
        except OSError as cause:
            raise VaultFaultError("it cannot be written") from cause

    chores.handler = fail
    chore = await chores.add()
    runner = stood(chores, store)
    for _ in range(chores.kind.max_retries + 2):
        await chores.set("due_at = now()")
        await runner.run_next(chores.kind)
    row = await chores.row(chore)
    assert (row["state"], row["faults"]) == ("waiting", 0)
    await runner.aclose()
