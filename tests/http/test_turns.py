"""Turns: one user's flood is not everybody's wait."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pmd_service.http.errors import ProblemError
from pmd_service.http.turns import (
    FLOOD_LENGTH,
    LONG_SECONDS,
    PAUSE_SECONDS,
    RUNNING_PER_USER,
    WAITING_PER_USER,
    Turns,
)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    return Clock(monkeypatch)


class Clock:
    """The loop's time, which passes only when a test says so, and in pauses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.pauses: list[float] = []
        self._loop = asyncio.get_running_loop()
        monkeypatch.setattr(self._loop, "time", lambda: self.now)
        monkeypatch.setattr(self._loop, "call_at", self._call_at)

    def _call_at(self, when: float, callback: Callable[..., Any], *arguments: Any) -> asyncio.Handle:
        self.pauses.append(round(when - self.now, 6))
        return self._loop.call_soon(self._fire, when, callback, *arguments)

    def _fire(self, when: float, callback: Callable[..., Any], *arguments: Any) -> None:
        self.now = max(self.now, when)
        callback(*arguments)


async def settled(turns: Turns) -> None:
    """Until no request is under way."""
    while turns._queues:
        await asyncio.sleep(0)


async def test_user_runs_three_requests_the_rest_queues_too_many_get_429() -> None:
    turns, running, end = Turns(), [], asyncio.Event()

    async def run(user: str) -> None:
        async with turns.acquire(user):
            running.append(user)
            await end.wait()

    most = RUNNING_PER_USER + WAITING_PER_USER
    flood = [asyncio.create_task(run("one")) for _ in range(most + 1)]
    other = asyncio.create_task(run("other"))
    with pytest.raises(ProblemError) as refused:
        await flood[-1]
    assert refused.value.problem.status == 429
    assert refused.value.headers == {"Retry-After": "1"}
    assert running.count("one") == RUNNING_PER_USER
    assert running.count("other") == 1
    end.set()
    for task in flood[RUNNING_PER_USER:-1]:
        task.cancel()
    await asyncio.gather(*flood[:RUNNING_PER_USER], other)
    await settled(turns)


async def test_a_step_of_a_running_request_is_never_refused() -> None:
    turns, done = Turns(), []

    async def step() -> None:
        async with turns.acquire("one", is_limited=False):
            done.append(1)

    async with turns.acquire("one"):
        turns._queues["one"].length += RUNNING_PER_USER + WAITING_PER_USER
        await step()
        turns._queues["one"].length -= RUNNING_PER_USER + WAITING_PER_USER
    assert done


@pytest.mark.parametrize("is_begun", [False, True], ids=["while it waits", "just when it has its turn"])
async def test_a_cancelled_request_takes_no_turn(is_begun: bool) -> None:
    turns, began, end = Turns(), [], asyncio.Event()

    async def run(number: int) -> None:
        async with turns.acquire("one"):
            began.append(number)
            await end.wait()

    first = [asyncio.create_task(run(0)) for _ in range(RUNNING_PER_USER)]
    gone = [asyncio.create_task(run(1)) for _ in range(RUNNING_PER_USER)]
    await asyncio.sleep(0)
    for task in first if is_begun else []:
        task.cancel()
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    if not is_begun:
        end.set()
    await asyncio.gather(*first, *gone, return_exceptions=True)
    end.clear()
    after = [asyncio.create_task(run(2)) for _ in range(RUNNING_PER_USER)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert began == [0] * RUNNING_PER_USER + [2] * RUNNING_PER_USER
    end.set()
    await asyncio.gather(*after)
    await settled(turns)


async def held(turns: Turns, clock: Clock, requests: int, seconds: float) -> int:
    """So many requests at once, each of which holds its turn for so long; how many ran at once."""
    at_once, running = [], 0

    async def run() -> None:
        nonlocal running
        async with turns.acquire("one"):
            running += 1
            at_once.append(running)
            await asyncio.sleep(0)
            clock.now += seconds
            running -= 1

    await asyncio.gather(*(run() for _ in range(requests)))
    await settled(turns)
    return max(at_once)


async def test_a_flood_pauses_after_each_turn_for_twice_its_length(clock: Clock) -> None:
    turns = Turns()
    assert await held(turns, clock, FLOOD_LENGTH, LONG_SECONDS / 4) == RUNNING_PER_USER
    assert clock.pauses == [], "so many are no flood"
    await held(turns, clock, FLOOD_LENGTH + 1, 0)
    assert clock.pauses[0] == PAUSE_SECONDS[0], "of short ones, too"
    clock.pauses.clear()
    await held(turns, clock, FLOOD_LENGTH + 10, LONG_SECONDS / 4)
    assert clock.pauses[0] == LONG_SECONDS / 2
    assert len(clock.pauses) >= 10


async def test_long_turns_pause_unless_each_waits_for_the_one_before(clock: Clock) -> None:
    turns = Turns()
    for _ in range(10):
        await held(turns, clock, 1, 2 * LONG_SECONDS)
    await held(turns, clock, RUNNING_PER_USER, LONG_SECONDS / 4)
    assert clock.pauses == []
    await held(turns, clock, 2, 2 * LONG_SECONDS)
    assert clock.pauses[0] == 4 * LONG_SECONDS
    clock.pauses.clear()
    await held(turns, clock, 2, 60)
    assert clock.pauses[0] == PAUSE_SECONDS[1]


async def test_turns_that_overlap_add_to_the_pause_of_their_user_alone(clock: Clock) -> None:
    turns = Turns()
    async with turns.acquire("other"), turns.acquire("one"), turns.acquire("one"):
        clock.now += 2 * LONG_SECONDS
    assert clock.pauses == [4 * LONG_SECONDS, 8 * LONG_SECONDS], "so that one runs at a time; the other has one request"
    async with turns.acquire("one"):
        pass
    assert clock.pauses[2:] == [8 * LONG_SECONDS], "the third place, too"
    await settled(turns)


async def test_a_hundred_that_end_at_once_take_turns_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmd_service.http.turns.PAUSE_SECONDS", (0.0, 0.0))
    turns, done = Turns(), []

    async def run(number: int) -> None:
        async with turns.acquire("one"):
            done.append(number)

    tasks = [asyncio.create_task(run(number)) for number in range(100)]
    await asyncio.sleep(0)
    assert done == list(range(RUNNING_PER_USER)), "in one round of the loop no more"
    await asyncio.gather(*tasks)
    assert done == list(range(100))
    await settled(turns)
