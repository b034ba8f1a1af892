"""A claimed row of work, while this process holds its lease."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from ..base.database import Connection, Pool
from ..base.trace import steps_so_far
from .row import PROCESS, Work


class LeaseLostError(Exception):
    """The row has been taken over, cancelled or deleted."""


R = TypeVar("R", bound=msgspec.Struct)

_END = """
WITH ended AS (DELETE FROM work WHERE id = $1 AND token = $2 RETURNING *)
INSERT INTO work_attempts (kind, subject, user_id, title, attempt, worker, outcome, seconds, steps, request_id,
                           created_at)
SELECT kind, subject, user_id, title, attempt, $3, 'done', $4, $5, request_id, created_at FROM ended
RETURNING id
"""


class Slot:
    """An attempt's permit to compute, from the process's semaphore. It may be released and acquired repeatedly."""

    def __init__(self, semaphore: asyncio.Semaphore) -> None:
        self._semaphore = semaphore
        self._is_acquired = False

    async def acquire(self) -> None:
        await self._semaphore.acquire()
        self._is_acquired = True

    def release(self) -> None:
        if self._is_acquired:
            self._is_acquired = False
            self._semaphore.release()


class Claimed(Generic[R]):
    """One attempt: its row of work, its subject, and its progress so far.

    Args:
        work: the row of work as claimed.
        row: the subject's columns, as they were then.
        slot: the permit to compute, for kinds that limit it.
    """

    def __init__(self, work: Work, row: R, *, slot: Slot | None = None) -> None:
        self.work = work
        self.row = row
        self.done: float = 0
        self.step: str | None = None
        self.is_settled = False
        self.renewed = time.monotonic()  # the lease
        self._slot = slot

    @property
    def key(self) -> tuple[int, UUID]:
        """What identifies the attempt: the first two parameters of statements on its row."""
        return self.work.id, self.work.token

    def progress(self, done: float, step: str | None = None) -> None:
        """Report progress; the heartbeat writes it at most twice a second."""
        self.done = done
        self.step = step

    async def end(self, connection: Connection | Pool) -> None:
        """Delete the row of work, and record the attempt as done: once it is committed, the handler returns ``Done``.

        In the transaction that writes the result, before the subject's row: the same order everywhere.

        Raises:
            LeaseLostError: the lease is lost; the transaction must not commit.
        """
        steps = steps_so_far()
        seconds = time.perf_counter() - steps.began
        values = (PROCESS, seconds, msgspec.to_builtins(steps.all))
        if await connection.fetchval(_END, *self.key, *values) is None:
            raise LeaseLostError
        self.is_settled = True

    def release_slot(self) -> None:
        """Let another attempt compute; for the rest of this one, which only waits."""
        if self._slot is not None:
            self._slot.release()

    @asynccontextmanager
    async def slot_released(self) -> AsyncIterator[None]:
        """Let another attempt compute while this one waits for a remote server. Permits are granted in order."""
        if self._slot is None:
            yield
            return
        self._slot.release()
        try:
            yield
        finally:
            await self._slot.acquire()
