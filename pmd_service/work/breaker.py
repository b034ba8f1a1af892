"""Circuit breakers: one per dependency (store, mail server), so that its outage is not charged to rows.

After a failed attempt, the row's dependencies are probed before the row is blamed. If one does not answer, the row
spends no retry and waits, and no such work is claimed until a probe succeeds; then one row tries before the others
follow. An outage of a day costs a day, and fails no row.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from typing import TypeAlias

from ..base.critical import create_critical_task, stop_tasks
from ..base.telemetry import BREAKER_OPEN, log

Probe: TypeAlias = Callable[[], Awaitable[object]]
OnRecovery: TypeAlias = Callable[[str], Awaitable[object]]
# Called with a dependency's name, its state, its last error, and the seconds until the next probe.
Report: TypeAlias = Callable[[str, "State", str | None, float | None], Awaitable[object]]

# A dependency that answers slower than this counts as unavailable.
PROBE_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0


class State(Enum):
    """What may be claimed."""

    CLOSED = "closed"  # everything that needs the dependency
    OPEN = "open"  # nothing; it is being probed
    HALF_OPEN = "trying"  # one row at a time, until one has succeeded


class Breaker:
    """One dependency, as seen by this process."""

    def __init__(self, name: str, probe: Probe, on_recovery: OnRecovery, report: Report | None) -> None:
        self.name = name
        self.state = State.CLOSED
        self._probe = probe
        self._on_recovery = on_recovery
        self._report_state = report
        self._error: str | None = None
        self._is_tried = False
        self._probing: asyncio.Task[None] | None = None
        BREAKER_OPEN.labels(name).set(0)

    def allows(self) -> bool:
        return self.state is State.CLOSED or (self.state is State.HALF_OPEN and not self._is_tried)

    def began(self) -> None:
        """A row that needs it is being claimed: if half-open, this is the trial."""
        self._is_tried = True

    async def ended(self, *, succeeded: bool) -> None:
        """The attempt has ended, or no row was found."""
        self._is_tried = False
        if succeeded and self.state is State.HALF_OPEN:
            self.state = State.CLOSED
            log.info("breaker_closed", dependency=self.name)
            await self._report()
            await self._on_recovery(self.name)

    async def is_unavailable(self) -> bool:
        """Whether it does not answer; if so, the breaker opens.

        A failed trial probes as well: otherwise one bad row at the head of the queue would keep opening the breaker.
        """
        if self.state is not State.OPEN and not await self._answers():
            self._open()
        return self.state is State.OPEN

    def _open(self) -> None:
        if self.state is State.OPEN:
            return  # a concurrent probe was first
        self.state = State.OPEN
        BREAKER_OPEN.labels(self.name).set(1)
        log.error("breaker_opened", dependency=self.name)
        self._probing = create_critical_task(self._probe_until_recovered(), name=f"probes of {self.name}")

    async def _probe_until_recovered(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            await self._report(probe_in=pause)
            await asyncio.sleep(pause * random.uniform(0.8, 1))  # noqa: S311 - jitter, not a secret
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            if await self._answers():
                break
        self.state, self._is_tried = State.HALF_OPEN, False
        BREAKER_OPEN.labels(self.name).set(0)
        log.info("breaker_trying", dependency=self.name)
        await self._report()
        await self._on_recovery(self.name)

    async def _report(self, *, probe_in: float | None = None) -> None:
        if self._report_state is not None:
            await self._report_state(self.name, self.state, self._error, probe_in)

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
        await stop_tasks(self._probing)
        if self.state is not State.CLOSED:  # the next process probes for itself
            self.state = State.CLOSED
            await self._report()


class Breakers:
    """A process's breakers.

    Args:
        probes: a check of each dependency, by name; it raises if the dependency does not work.
        on_recovery: called with the name of a dependency that answers again, and again once a row has succeeded.
        report: called for each breaker that is not closed, and when it closes.
    """

    def __init__(self, probes: Mapping[str, Probe], on_recovery: OnRecovery, report: Report | None = None) -> None:
        self._all = {name: Breaker(name, probe, on_recovery, report) for name, probe in probes.items()}

    def begin(self, needs: Sequence[str]) -> bool:
        """Whether a row with these dependencies may be claimed; if so, ``ended`` must be called afterwards."""
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
        """The first of these dependencies that does not answer, if any; probed one after the other."""
        for name in needs:
            if name in self._all and await self._all[name].is_unavailable():
                return name
        return None

    async def stop(self) -> None:
        await asyncio.gather(*(breaker.stop() for breaker in self._all.values()))
