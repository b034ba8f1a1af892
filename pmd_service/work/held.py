"""A row of work that this process holds, for as long as its lease is its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from ..base.database import Connection, Pool


class LeaseLostError(Exception):
    """The row is somebody else's now, or cancelled, or gone."""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """What a claim returns of any row of work: one attempt at it."""

    id: UUID | int
    user_id: int
    attempt: int
    lease_token: UUID
    faults: int
    expired_leases: int
    request_id: str | None = None  # of the request that has asked for it, for the log


R = TypeVar("R", bound=Claimed)


class Slot:
    """One attempt's share in the few places of a process for work that computes: it has one, or it has none."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._is_acquired = False

    async def acquire(self) -> None:
        await self._places.acquire()
        self._is_acquired = True

    def release(self) -> None:
        if self._is_acquired:
            self._is_acquired = False
            self._places.release()


class Held(Generic[R]):
    """One attempt: its row, what has been done of it so far, and the one way to change the row.

    Args:
        row: the row as it was claimed.
        settle: ``UPDATE … SET`` up to and without the changes; see ``lease``.
        held: the WHERE that is true for this attempt alone; its parameters are ``$1`` to ``$3``.
        slot: what the attempt gives up while it waits for others.
    """

    def __init__(self, row: R, *, settle: str, held: str, slot: Slot | None = None) -> None:
        self.row = row
        self.done: float = 0
        self.step: str | None = None
        self.is_settled = False
        self.is_recorded = False  # as an attempt, by the statement that settles it
        self._settle = settle
        self._held = held
        self._slot = slot

    @property
    def key(self) -> tuple[UUID | int, int, UUID]:
        """What identifies the attempt: the first three parameters of its statements."""
        return self.row.id, self.row.attempt, self.row.lease_token

    def progress(self, done: float, step: str | None = None) -> None:
        """Say how far the work is; the heartbeat tells it, at most twice a second."""
        self.done = done
        self.step = step

    async def settle(
        self, connection: Connection | Pool, changes: str, *args: Any, ctes: str = "", returning: str = "id"
    ) -> None:
        """End the attempt: give the lease back and make these changes, which name their parameters from ``$4`` on.

        Whatever else the handler writes in the same transaction is written only if the row is still held.

        Args:
            ctes: further data-modifying CTEs of the same statement, after “settled”, which has the row's id.
            returning: the final SELECT's expression over “settled”; an error in it rolls everything back.

        Raises:
            LeaseLostError: it is not; nothing was changed.
        """
        settled = f"WITH settled AS ({self._settle}, {changes} {self._held})"
        row = await connection.fetchrow(f"{settled}{ctes} SELECT {returning} FROM settled", *self.key, *args)
        if row is None:
            raise LeaseLostError
        self.is_settled = True

    def release_slot(self) -> None:
        """From here on it only waits, and another attempt may begin to compute."""
        if self._slot is not None:
            self._slot.release()

    @asynccontextmanager
    async def slot_released(self) -> AsyncIterator[None]:
        """While waiting for somebody else's server, another attempt may compute; who has waited longer comes first."""
        if self._slot is None:
            yield
            return
        self._slot.release()
        try:
            yield
        finally:
            await self._slot.acquire()
