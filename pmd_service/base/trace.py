"""What takes the time of a request or of an attempt: steps with a place, a name and a duration.

An attempt keeps its own steps, for the timeline of its row. Where a collector is set up, they are spans as well.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from .spans import span

MOST_STEPS = 32
ERROR_LENGTH = 200


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an attempt did; ``at`` is in seconds since its beginning."""

    place: str
    what: str
    at: float
    seconds: float
    error: str | None = None


class Steps:
    """The steps of one attempt, the first so many of them."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.all: list[Step] = []

    def add(self, place: str, what: str, began: float, error: str | None) -> None:
        if len(self.all) < MOST_STEPS:
            at, seconds = began - self.began, time.perf_counter() - began
            self.all.append(Step(place=place, what=what, at=round(at, 4), seconds=round(seconds, 4), error=error))


_kept: ContextVar[Steps | None] = ContextVar("steps", default=None)


@contextmanager
def steps_kept() -> Iterator[Steps]:
    """What is done within, in tasks that are begun there as well, adds its steps to these."""
    steps = Steps()
    token = _kept.set(steps)
    try:
        yield steps
    finally:
        _kept.reset(token)


def steps_so_far() -> Steps:
    """The steps of the attempt that is under way here; none outside of any."""
    return _kept.get() or Steps()


@contextmanager
def step(place: str, what: str) -> Iterator[None]:
    """Something that takes time, at a place such as “child”, “mail” or “site”; what it raises is kept with it."""
    steps, began, error = _kept.get(), time.perf_counter(), None
    try:
        with span(f"{place}: {what}"):
            yield
    except BaseException as fault:
        error = repr(fault)[:ERROR_LENGTH]
        raise
    finally:
        if steps is not None:
            steps.add(place, what, began, error)
