"""Whose fault was it? A breaker per dependency (store, mail server) stops claiming what needs one that is away.

An attempt that has failed asks its dependencies before its row is blamed. Where one does not answer, the row has spent
no retry and waits; nobody claims such work until a probe succeeds, and then one row tries before all others follow. So
an outage of a day costs a day, and no row its end.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from typing import TypeAlias

from ..base.telemetry import BREAKER_OPEN, log

Probe: TypeAlias = Callable[[], Awaitable[object]]
OnRecovery: TypeAlias = Callable[[str], Awaitable[object]]
# Given a dependency's name, its state, what was wrong with it last, and in how many seconds it is asked again.
Tell: TypeAlias = Callable[[str, "State", str | None, float | None], Awaitable[object]]

# What answers slower than this is away, as far as work is concerned.
PROBE_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0


class State(Enum):
    """What may be claimed."""

    CLOSED = "closed"  # all that needs the dependency
    OPEN = "open"  # nothing; it is being probed
    TRYING = "trying"  # one row, until one has succeeded


class Breaker:
    """One dependency, as this process finds it."""

    def __init__(self, name: str, probe: Probe, when_back: OnRecovery, tell: Tell | None) -> None:
        self.name = name
        self.state = State.CLOSED
        self._probe = probe
        self._when_back = when_back
        self._tell_operators = tell
        self._error: str | None = None
        self._is_tried = False
        self._probing: asyncio.Task[None] | None = None
        BREAKER_OPEN.labels(name).set(0)

    def allows(self) -> bool:
        return self.state is State.CLOSED or (self.state is State.TRYING and not self._is_tried)

    def began(self) -> None:
        """A row that needs it was claimed: where it is being tried, this is the one."""
        self._is_tried = True

    async def ended(self, *, succeeded: bool) -> None:
        """The row has ended, or there was none after all."""
        self._is_tried = False
        if succeeded and self.state is State.TRYING:
            self.state = State.CLOSED
            log.info("breaker_closed", dependency=self.name)
            await self._tell()
            await self._when_back(self.name)

    async def is_away(self) -> bool:
        """Whether it does not answer; if so, nothing more is claimed that needs it.

        A trial that fails asks as well: else a bad row at the head of the line would open it for ever.
        """
        if self.state is not State.OPEN and not await self._answers():
            self._open()
        return self.state is State.OPEN

    def _open(self) -> None:
        if self.state is State.OPEN:
            return  # somebody else has asked at the same time
        self.state = State.OPEN
        BREAKER_OPEN.labels(self.name).set(1)
        log.error("breaker_opened", dependency=self.name)
        self._probing = asyncio.create_task(self._until_back(), name=f"probes of {self.name}")

    async def _until_back(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            await self._tell(asks_in=pause)
            await asyncio.sleep(pause * random.uniform(0.8, 1))  # noqa: S311 - spread, not a secret
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            if await self._answers():
                break
        self.state, self._is_tried = State.TRYING, False
        BREAKER_OPEN.labels(self.name).set(0)
        log.info("breaker_trying", dependency=self.name)
        await self._tell()
        await self._when_back(self.name)

    async def _tell(self, *, asks_in: float | None = None) -> None:
        if self._tell_operators is not None:
            await self._tell_operators(self.name, self.state, self._error, asks_in)

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._probe()
        except Exception as error:
            self._error = repr(error)
            log.warning("probe_failed", dependency=self.name, error=repr(error))
            return False
        return True

    async def stop(self) -> None:
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)
        if self.state is not State.CLOSED:  # the next process looks for itself
            self.state = State.CLOSED
            await self._tell()


class Breakers:
    """The breakers of a process, for kinds of work that need several dependencies.

    Args:
        probes: what asks each dependency, by its name; it raises where the dependency does not do its work.
        when_back: called with the name of one that answers again, and when a row has succeeded with it.
        tell: called for each that is not closed, and when it is again.
    """

    def __init__(self, probes: Mapping[str, Probe], when_back: OnRecovery, tell: Tell | None = None) -> None:
        self._all = {name: Breaker(name, probe, when_back, tell) for name, probe in probes.items()}

    def begin(self, needs: Sequence[str]) -> bool:
        """Whether a row that needs these may be claimed; if so, its end is to be told."""
        breakers = [self._all[name] for name in needs if name in self._all]
        if not all(breaker.allows() for breaker in breakers):
            return False
        for breaker in breakers:
            breaker.began()
        return True

    async def ended(self, needs: Sequence[str], *, succeeded: bool) -> None:
        for name in needs:
            if name in self._all:
                await self._all[name].ended(succeeded=succeeded)

    async def find_unavailable(self, needs: Sequence[str]) -> str | None:
        """Which of these does not answer, if any; they are asked one after the other."""
        for name in needs:
            if name in self._all and await self._all[name].is_away():
                return name
        return None

    async def stop(self) -> None:
        await asyncio.gather(*(breaker.stop() for breaker in self._all.values()))
