"""Breakers: a dependency that is away stops what needs it, is probed, and is tried by one row before the others."""

import asyncio
import errno
from collections.abc import AsyncIterator

import asyncpg
import pytest

from pmd_service.vault import VaultFaultError
from pmd_service.vault.leftovers import SweptAwayError
from pmd_service.work import breaker
from pmd_service.work.breaker import Breakers
from pmd_service.work.context import WorkerContext
from pmd_service.work.held import Held
from pmd_service.work.kind import Outcome
from pmd_service.work.runner import Runner

from ..hang import HANG_SECONDS
from .conftest import ChoreRow, Chores


class Store:
    """A dependency that is there, away, or hangs."""

    def __init__(self) -> None:
        self.is_there = True
        self.hangs = False
        self.asked = 0
        self.came_back = asyncio.Event()

    async def probe(self) -> None:
        self.asked += 1
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


@pytest.mark.parametrize("how", ["away", "hangs"])
async def test_what_needs_a_dependency_that_is_away_is_not_claimed_and_the_rest_is(
    breakers: Breakers, store: Store, how: str
) -> None:
    assert breakers.begin(["store", "mail"])
    store.is_there, store.hangs = how != "away", how == "hangs"
    assert await breakers.find_unavailable(["mail", "store"]) == "store"
    assert not breakers.begin(["store", "mail"])
    assert breakers.begin(["mail"])
    assert breakers.begin([])


async def test_a_dependency_that_answers_is_not_to_blame(breakers: Breakers) -> None:
    assert await breakers.find_unavailable(["store", "mail"]) is None
    assert breakers.begin(["store"])


async def test_one_row_tries_it_before_the_others_follow(breakers: Breakers, store: Store) -> None:
    store.is_there = False
    await breakers.find_unavailable(["store"])
    await back(store)
    assert breakers.begin(["store"])
    assert not breakers.begin(["store"]), "one is trying"
    store.came_back.clear()
    await breakers.ended(["store"], succeeded=True)
    assert store.came_back.is_set(), "what waits is called for"
    assert [breakers.begin(["store"]) for _ in range(3)] == [True] * 3


async def test_a_trial_that_fails_by_its_own_fault_gives_the_next_one_its_try(breakers: Breakers, store: Store) -> None:
    store.is_there = False
    await breakers.find_unavailable(["store"])
    await back(store)
    assert breakers.begin(["store"])
    assert await breakers.find_unavailable(["store"]) is None
    await breakers.ended(["store"], succeeded=False)
    assert breakers.begin(["store"])


async def test_a_trial_that_fails_because_it_is_away_again_opens_it_again(breakers: Breakers, store: Store) -> None:
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


async def test_what_fails_while_it_is_known_to_be_away_asks_nobody(breakers: Breakers, store: Store) -> None:
    store.is_there = False
    assert await asyncio.gather(*(breakers.find_unavailable(["store"]) for _ in range(20))) == ["store"] * 20
    asked = store.asked
    assert await asyncio.gather(*(breakers.find_unavailable(["store"]) for _ in range(20))) == ["store"] * 20
    assert store.asked <= asked + 1, "its own probe at most"


def stood(chores: Chores, store: Store) -> Runner:
    chores.change(needs=("store",))
    return Runner(chores.worker, [chores.kind], probes={"store": store.probe})


async def test_an_outage_spends_no_retry_and_all_that_waited_is_done_after_it(chores: Chores, store: Store) -> None:
    async def use(worker: WorkerContext, held: Held[ChoreRow]) -> Outcome:
        await store.probe()
        return await chores.finish(worker, held)

    chores.handler = use
    ids = [await chores.add(user_id=number) for number in range(4)]
    runner = stood(chores, store)
    store.is_there = False
    assert await runner.run_next(chores.kind), "one has to find out"
    assert not await runner.run_next(chores.kind), "nobody else tries"
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


async def test_a_row_that_fails_while_its_dependencies_are_well_spends_its_retries(
    chores: Chores, store: Store
) -> None:
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
async def test_a_full_disk_a_lost_connection_and_others_at_the_same_bytes_are_no_row_s_fault(
    chores: Chores, store: Store, error: Exception
) -> None:
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
