"""Turns: one user's flood is not everybody's wait."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest

from pmd_service.http import turns as turns_module
from pmd_service.http.errors import ProblemError
from pmd_service.http.turns import (
    AROUND_SECONDS,
    FREE_SECONDS,
    NEAR_SECONDS,
    REST_SECONDS,
    RUNNING_PER_USER,
    SHARE,
    WAITING_PER_USER,
    Turns,
    operators,
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(turns_module, "time", SimpleNamespace(monotonic=lambda: clock.now))
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


async def test_a_user_runs_a_few_at_once_the_rest_waits_and_what_is_too_much_is_refused(
    rests: list[float], clock: SimpleNamespace
) -> None:
    turns, running, end = Turns(), [], asyncio.Event()

    async def run(user: str) -> None:
        async with turns.taken(user):
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
    for _ in range(3):
        await asyncio.sleep(0)
    assert not turns._queues, "nothing is kept of who has gone"


async def test_a_flood_rests_while_others_are_near_and_goes_on_alone_at_full_speed(
    rests: list[float], clock: SimpleNamespace
) -> None:
    enough = 20

    async def flood(turns: Turns, user: str, seconds: float) -> list[int]:
        at_once, running = [], 0

        async def run() -> None:
            nonlocal running
            async with turns.taken(user):
                running += 1
                at_once.append(running)
                clock.now += seconds
                await asyncio.sleep(0)
                running -= 1

        await asyncio.gather(*(run() for _ in range(enough)))
        for _ in range(3):
            await asyncio.sleep(0)
        return at_once

    costly = 2 * RUNNING_PER_USER * FREE_SECONDS
    assert max(await flood(Turns(), "one", costly)) == RUNNING_PER_USER
    assert rests == [], "nobody is near"
    turns = Turns()
    async with turns.taken("other", is_refused=False):
        at_once = await flood(turns, "one", FREE_SECONDS / enough)
        assert max(at_once) == RUNNING_PER_USER
        assert rests == [], "so much is opening a page"
        at_once = await flood(turns, "one", FREE_SECONDS / RUNNING_PER_USER)
    assert at_once[-3:] == [1, 1, 1]
    assert len(rests) > 3
    assert min(rests) > REST_SECONDS[0]
    rests.clear()
    async with turns.taken("other", is_refused=False):
        await flood(turns, operators("/readyz", "127.0.0.1"), FREE_SECONDS)
    assert set(rests) == {REST_SECONDS[0]}, "a balancer may wait among them"
    rests.clear()
    clock.now += NEAR_SECONDS
    await flood(turns, "one", FREE_SECONDS)
    assert rests == [], "they have gone"


async def test_many_short_ones_are_owed_for_as_well_and_time_pays_it_back(
    rests: list[float], clock: SimpleNamespace
) -> None:
    turns, free = Turns(), int(FREE_SECONDS / AROUND_SECONDS)

    async def ask(many: int) -> None:
        for _ in range(many):
            async with turns.taken("one"):
                await asyncio.sleep(0)
        for _ in range(3):
            await asyncio.sleep(0)

    clock.now = 0.6
    async with turns.taken("one who goes"):
        pass
    async with turns.taken("other"):
        await ask(free)
        assert rests == []
        await ask(2)
        assert rests[0] == REST_SECONDS[0], "it takes no time by this clock, and the loop's all the same"
        rests.clear()
        clock.now += 0.9 * FREE_SECONDS / SHARE
        await ask(int(0.8 * free))
        assert rests == []
        await ask(int(0.3 * free))
        assert rests, "no more was paid back than time has passed"
        rests.clear()
        clock.now = 1.0  # another second of the clock forgets nothing
        await ask(int(0.9 * free))
        assert rests
        rests.clear()
        clock.now = 5.0
        async with turns.taken("another"):
            await ask(int(0.9 * free))
        assert rests == []
        assert set(turns._accounts) | set(turns._accounts_before) == {"one", "another"}


async def test_who_keeps_the_loop_busy_rests_behind_each_however_few_they_are(
    rests: list[float], clock: SimpleNamespace
) -> None:
    turns = Turns()

    async def compute(seconds: float) -> None:
        clock.now += seconds
        await asyncio.sleep(0)
        clock.now += seconds

    async def ask(user: str, seconds: float, *, is_refused: bool = True) -> float:
        async with turns.taken(user, is_refused=is_refused):
            await turns.counted(user, compute(seconds))
        return turns._account(user).owed

    await ask("one", FREE_SECONDS)
    assert rests == [], "nobody is near"
    clock.now = 3.0
    async with turns.taken("other"):
        seconds = FREE_SECONDS / 4
        # Both of its steps, less what time has paid back meanwhile.
        steps = seconds * (2 - SHARE)
        assert await ask("long", seconds, is_refused=False) == pytest.approx(steps)
        owed = await ask("one", seconds)
        assert owed == pytest.approx(steps + 2 * seconds / RUNNING_PER_USER + AROUND_SECONDS)
        assert rests == []
        owed = await ask("one", seconds)
        for _ in range(3):
            await asyncio.sleep(0)
        assert rests == [pytest.approx((owed - FREE_SECONDS) / SHARE)], "until no more is owed than is free"
        assert "one" not in turns._queues, "nothing is kept of who has gone"
        rests.clear()
        turns._owes("one", 100)
        await ask("one", 0)
        for _ in range(3):
            await asyncio.sleep(0)
        assert rests == [pytest.approx(REST_SECONDS[1])]
        clock.now += REST_SECONDS[1]
        assert await ask("one", 0) == pytest.approx(FREE_SECONDS + AROUND_SECONDS), "what was owed beyond is forgotten"


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
        await turns.counted("one", fail())
    task = asyncio.ensure_future(_awaited(turns.counted("one", undo())))
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "undone"


async def _awaited(work: Awaitable[str]) -> str:
    return await work


async def test_who_rests_is_let_wait_also_when_they_come_anew() -> None:
    turns, done = Turns(), []

    async def run() -> None:
        async with turns.taken("one"):
            done.append(1)

    async with turns.taken("other"):
        turns._owes("one", 2 * FREE_SECONDS)
        await run()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        anew = asyncio.create_task(run())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(done) == 1, "the rest is theirs, and not their first request's"
        turns._queues["one"]._wake()
        await anew


async def test_a_hundred_that_end_at_once_stand_in_line_as_well() -> None:
    turns, done = Turns(), []

    async def run(number: int) -> None:
        async with turns.taken("one"):
            done.append(number)

    tasks = [asyncio.create_task(run(number)) for number in range(100)]
    await asyncio.sleep(0)
    assert done == list(range(RUNNING_PER_USER)), "in one round of the loop no more"
    await asyncio.gather(*tasks)
    assert done == list(range(100))
