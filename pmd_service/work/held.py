"""A claimed row of work, while this process holds its lease."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from ..base.database import Connection, Pool


class LeaseLostError(Exception):
    """The row has been taken over, cancelled or deleted."""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that a claim returns for any kind of work. It identifies one attempt."""

    id: UUID | int
    user_id: int
    attempt: int
    lease_token: UUID
    faults: int
    expired_leases: int
    request_id: str | None = None  # of the HTTP request that created the row, for logs


R = TypeVar("R", bound=Claimed)


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


class Held(Generic[R]):
    """One attempt: its row, its progress so far, and the only way to settle the row.

    Args:
        row: the row as claimed.
        settle: ``UPDATE … SET`` up to, and without, the changes; see ``lease``.
        where: the WHERE that only this attempt satisfies; its parameters are ``$1`` to ``$3``.
        slot: the permit to compute, for kinds that limit it.
    """

    def __init__(self, row: R, *, settle: str, where: str, slot: Slot | None = None) -> None:
        self.row = row
        self.done: float = 0
        self.step: str | None = None
        self.is_settled = False
        self.is_recorded = False  # as an attempt, by the settling statement itself
        self._settle = settle
        self._where = where
        self._slot = slot

    @property
    def key(self) -> tuple[UUID | int, int, UUID]:
        """What identifies the attempt: the first three parameters of its statements."""
        return self.row.id, self.row.attempt, self.row.lease_token

    def progress(self, done: float, step: str | None = None) -> None:
        """Report progress; the heartbeat writes it at most twice a second."""
        self.done = done
        self.step = step

    async def settle(
        self, connection: Connection | Pool, changes: str, *args: Any, condition: str = "true", ctes: str = ""
    ) -> None:
        """End the attempt: release the lease and make these changes, whose parameters are numbered from ``$4``.

        The rest of the handler's transaction commits only if the row is still held.

        Args:
            condition: a further condition of the update.
            ctes: further data-modifying CTEs of the same statement, after “settled”, which has the row's id.

        Raises:
            LeaseLostError: the row is not held any more, or the condition is false; nothing was changed.
        """
        settled = f"{self._settle}, {changes} {self._where} AND {condition} RETURNING id"
        row = await connection.fetchrow(f"WITH settled AS ({settled}){ctes} SELECT id FROM settled", *self.key, *args)
        if row is None:
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
