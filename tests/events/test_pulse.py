"""One clock for all streams: each is called when it is due, and many at once hold nobody up."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from pmd_service.events import pulse as pulse_module
from pmd_service.events.pulse import BATCH_SIZE, Pulse

from ..hang import HANG_SECONDS


class Beats:
    """Beats after these pauses, and then never again."""

    def __init__(self, pauses: Iterator[float]) -> None:
        self._pauses = pauses
        self.count = 0
        self.is_over = asyncio.Event()

    def beat(self) -> float | None:
        self.count += 1
        pause = next(self._pauses, None)
        if pause is None:
            self.is_over.set()
        return pause


def beats(*pauses: float) -> Beats:
    return Beats(iter(pauses))


@pytest.fixture
async def pulse(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pulse]:
    monkeypatch.setattr(pulse_module, "LOOK_SECONDS", 0.01)
    pulse = Pulse()
    task = asyncio.create_task(pulse.run_forever())
    yield pulse
    task.cancel()


async def over(*all_of_them: Beats) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        for each in all_of_them:
            await each.is_over.wait()


async def test_each_check_runs_at_its_interval_and_no_more_often(pulse: Pulse) -> None:
    one, two, last = beats(0, 0.01), beats(), beats()
    for each in (one, two):
        pulse.add(each, seconds=0)
    await over(one, two)
    pulse.add(last, seconds=0.02)
    await over(last)
    assert (one.count, two.count) == (3, 1)


async def test_who_is_not_due_yet_is_left_alone(pulse: Pulse) -> None:
    later, sooner = beats(), beats()
    pulse.add(later, seconds=3600)
    pulse.add(sooner, seconds=0.01)
    await over(sooner)
    assert later.count == 0


async def test_thousands_that_are_due_at_once_let_others_have_their_turn(pulse: Pulse) -> None:
    crowd = [beats() for _ in range(3 * BATCH_SIZE)]
    for each in crowd:
        pulse.add(each, seconds=0)
    async with asyncio.timeout(HANG_SECONDS):
        while not crowd[0].count:
            await asyncio.sleep(0)
    assert sum(each.count for each in crowd) == BATCH_SIZE
    await over(*crowd)


async def test_a_full_batch_is_followed_at_once_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse_module, "LOOK_SECONDS", 100 * HANG_SECONDS)
    pulse, crowd = Pulse(), [beats() for _ in range(2 * BATCH_SIZE)]
    for each in crowd:
        pulse.add(each, seconds=0)
    task = asyncio.create_task(pulse.run_forever())
    await over(*crowd)
    task.cancel()


async def test_one_that_fails_is_left_out_and_the_others_go_on(pulse: Pulse) -> None:
    failing, other = Beats(iter(map(int, ["not a number"]))), beats(0)
    pulse.add(failing, seconds=0)
    pulse.add(other, seconds=0)
    await over(other)
    assert (failing.count, other.count) == (1, 2)
