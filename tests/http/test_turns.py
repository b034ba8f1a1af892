"""Turns: one user's flood is not everybody's wait."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest

from pmd_service.http import turns as turns_module
from pmd_service.http.errors import ProblemError
from pmd_service.http.turns import (
    CALM_BUSY_SECONDS,
    FLOOD_BUSY_SECONDS,
    FLOOD_TURNS,
    FLOOD_WAITING,
    NEIGHBOUR_SECONDS,
    PAUSE_SECONDS,
    RUNNING_PER_USER,
    WAITING_PER_USER,
    Turns,
    prober,
)


def remembered(turns: Turns) -> set[str]:
    """The users of whom something is kept once a second has passed without requests."""
    turns._queue_of("", time.monotonic() + 2)
    return turns._queues.keys() - {""}


async def test_a_user_runs_a_few_at_once_the_rest_waits_and_what_is_too_much_is_refused() -> None:
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
    await asyncio.gather(*flood[:-1], other)
    assert running.count("one") == most
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not remembered(turns)


@pytest.mark.parametrize("is_begun", [False, True], ids=["while it waits", "just when it has its turn"])
async def test_who_is_gone_before_their_turn_takes_nobodys(is_begun: bool) -> None:
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
    while is_begun and turns._queues["one"].waiting:
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
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not remembered(turns)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(
        turns_module, "time", SimpleNamespace(monotonic=lambda: clock.now, thread_time=lambda: clock.now)
    )
    return clock


@pytest.fixture
async def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the loop is asked to call later, and calls now: nothing depends on how long anything takes."""
    asked: list[float] = []
    loop = asyncio.get_running_loop()

    def call_later(delay: float, callback: Callable[[], None]) -> asyncio.Handle:
        asked.append(delay)
        return loop.call_soon(callback)

    monkeypatch.setattr(loop, "call_later", call_later)
    return asked


async def test_a_flood_rests_while_others_are_near_and_goes_on_alone_at_full_speed(
    rests: list[float], clock: SimpleNamespace
) -> None:

    async def flood(turns: Turns, user: str, seconds: float) -> list[int]:
        at_once, running = [], 0

        async def run() -> None:
            nonlocal running
            async with turns.acquire(user):
                running += 1
                at_once.append(running)
                clock.now += seconds
                await asyncio.sleep(0)
                running -= 1

        await asyncio.gather(*(run() for _ in range(FLOOD_WAITING + 10)))
        return at_once

    assert max(await flood(Turns(), "one", 0.01)) == RUNNING_PER_USER
    assert rests == [], "nobody is near"
    turns = Turns()
    async with turns.acquire("other"):
        at_once = await flood(turns, "one", 0.01)
    assert at_once[RUNNING_PER_USER:][:3] == [1, 1, 1]
    assert at_once[-1] >= 1, "the last of them are no flood any more"
    assert len(rests) > 3
    assert min(rests) >= 0.01, "as long as each has taken"
    rests.clear()
    async with turns.acquire("other"):
        await flood(turns, "one", 0)
    assert set(rests) == {PAUSE_SECONDS[0]}
    rests.clear()
    async with turns.acquire("other"):
        await flood(turns, prober("/readyz", "127.0.0.1"), 0.01)
    assert set(rests) == {PAUSE_SECONDS[0]}, "a balancer may wait among them"
    rests.clear()
    clock.now += NEIGHBOUR_SECONDS
    await flood(turns, "one", 0)
    assert rests == [], "they have gone"


async def test_many_short_ones_are_a_flood_though_few_of_them_wait_and_one_after_the_other_are_none(
    rests: list[float], clock: SimpleNamespace
) -> None:
    turns = Turns()

    async def run() -> None:
        async with turns.acquire("one"):
            await asyncio.sleep(0)

    async def few_at_once(many: int) -> None:
        for _ in range(many):
            await asyncio.gather(*(run() for _ in range(2 * RUNNING_PER_USER)))

    async with turns.acquire("other"):
        for _ in range(2 * FLOOD_TURNS):
            await run()
        assert rests == [], "each has waited for the one before it"
        clock.now += 0.9
        turns = Turns()
        async with turns.acquire("other"):
            await few_at_once(FLOOD_TURNS // (2 * RUNNING_PER_USER))
            assert rests == [], "so many are a page and its pictures"
            await few_at_once(2)
            assert rests
            clock.now, rests[:] = 1.0, []
            await few_at_once(1)
            assert rests, "a new second forgets nothing yet"
            await few_at_once(FLOOD_TURNS // (2 * RUNNING_PER_USER) + 1)
            clock.now, rests[:] = 3.0, []
            async with turns.acquire("another"):
                await few_at_once(2)
            assert rests == []


async def test_who_keeps_the_loop_busy_rests_behind_each_however_few_they_are(
    rests: list[float], clock: SimpleNamespace
) -> None:
    turns = Turns()

    async def compute(seconds: float) -> None:
        clock.now += seconds
        await asyncio.sleep(0)
        clock.now += seconds

    async def ask(seconds: float) -> None:
        async with turns.acquire("one"):
            await turns.metered("one", compute(seconds))

    await ask(FLOOD_BUSY_SECONDS)
    assert rests == [], "nobody is near"
    clock.now = 3.0
    async with turns.acquire("other"):
        await ask(0.4 * FLOOD_BUSY_SECONDS)
        await asyncio.sleep(0)
        assert rests == [], "so long is what anybody may take"
        await ask(0.2 * FLOOD_BUSY_SECONDS)
        for _ in range(3):
            await asyncio.sleep(0)
        assert rests == [pytest.approx(0.4 * FLOOD_BUSY_SECONDS)], "as long as it has taken, both of its steps"
        clock.now += 2
        assert "one" not in remembered(turns)


async def test_who_rests_for_what_theirs_cost_goes_on_resting_until_they_cost_much_less(
    rests: list[float], clock: SimpleNamespace
) -> None:
    turns = Turns()

    async def rested_behind(busy: float) -> bool:
        """Whether a request in the next second rests, whose user holds the loop for so long in that one."""
        clock.now, rests[:] = int(clock.now) + 1, []
        async with turns.acquire("other"), turns.acquire("one"):
            turns._note_busy("one", clock.now - busy)
        await asyncio.sleep(0)
        return bool(rests)

    half, little = FLOOD_BUSY_SECONDS / 2, CALM_BUSY_SECONDS / 2
    assert not await rested_behind(half)
    assert await rested_behind(2 * FLOOD_BUSY_SECONDS)
    assert [await rested_behind(half) for _ in range(4)] == [True] * 4, "at half the pace that made them rest"
    assert await rested_behind(little), "for as long as the second before counts"
    assert not await rested_behind(little)
    assert [await rested_behind(half) for _ in range(2)] == [False] * 2, "as anybody"


async def test_what_is_counted_is_done_as_it_is() -> None:
    turns, waits = Turns(), asyncio.Event()

    async def fail() -> None:
        await asyncio.sleep(0)
        raise LookupError

    async def undo() -> str:
        try:
            await waits.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            return "undone"
        return "never"

    with pytest.raises(LookupError):
        await turns.metered("one", fail())
    task = asyncio.ensure_future(_awaited(turns.metered("one", undo())))
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "undone"


async def _awaited(work: Awaitable[str]) -> str:
    return await work


async def test_who_rests_is_let_wait_also_when_they_come_anew() -> None:
    turns, done = Turns(), []

    async def run() -> None:
        async with turns.acquire("one"):
            done.append(1)

    async with turns.acquire("other"):
        turns._note_busy("one", time.monotonic() - 2 * FLOOD_BUSY_SECONDS)
        await run()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        anew = asyncio.create_task(run())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(done) == 1, "the rest is theirs, and not their first request's"
        turns._queues["one"]._resume()
        await anew


async def test_a_hundred_that_end_at_once_stand_in_line_as_well() -> None:
    turns, done = Turns(), []

    async def run(number: int) -> None:
        async with turns.acquire("one"):
            done.append(number)

    tasks = [asyncio.create_task(run(number)) for number in range(100)]
    await asyncio.sleep(0)
    assert done == list(range(RUNNING_PER_USER)), "in one round of the loop no more"
    await asyncio.gather(*tasks)
    assert done == list(range(100))
