"""The timed steps of requests and attempts, each with a place, a name and a duration.

An attempt keeps its steps for the timeline of its row. With a collector, they are spans as well.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from .spans import span

MAX_STEPS = 32
ERROR_LENGTH = 200


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of an attempt; ``at`` is in seconds since its start."""

    place: str
    what: str
    at: float
    seconds: float
    error: str | None = None


class Steps:
    """The steps of one attempt, at most ``MAX_STEPS``."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.all: list[Step] = []

    def add(self, place: str, what: str, began: float, error: str | None) -> None:
        if len(self.all) < MAX_STEPS:
            at, seconds = began - self.began, time.perf_counter() - began
            self.all.append(Step(place=place, what=what, at=round(at, 4), seconds=round(seconds, 4), error=error))


_kept: ContextVar[Steps | None] = ContextVar("steps", default=None)


@contextmanager
def steps_kept() -> Iterator[Steps]:
    """Collect the steps of the block, and of tasks that it starts."""
    steps = Steps()
    token = _kept.set(steps)
    try:
        yield steps
    finally:
        _kept.reset(token)


def steps_so_far() -> Steps:
    """The steps of the current attempt; none outside of one."""
    return _kept.get() or Steps()


@contextmanager
def step(place: str, what: str) -> Iterator[None]:
    """Time the block, at a place such as “child”, “mail” or “site”, and keep the exception that ends it."""
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
