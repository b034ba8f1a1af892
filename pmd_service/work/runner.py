"""One attempt at one row, from the claim to its settled end."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from ..database import DATABASE_DOWN
from ..ops.telemetry import WORK_SECONDS, log
from . import lease
from .context import WorkerContext
from .heartbeat import while_held
from .held import Held, LeaseLostError, R, Slot
from .kind import Done, Failed, Kind, Lost, Outcome, PermanentError, Retry
from .lease import Unclaimed
from .retry import retry_delay
from .suspects import SUSPECT_AFTER, SUSPECTS_AT_ONCE, run_alone
from .sweep import enqueue_next, per_user


class Runner:
    """Runs any kind of work in this process.

    Args:
        is_alone: the process is there for one suspect, and takes it.
    """

    def __init__(self, worker: WorkerContext, kinds: Sequence[Kind[Any]], *, is_alone: bool = False) -> None:
        self._worker = worker
        self._is_alone = is_alone
        self._suspects = asyncio.Semaphore(SUSPECTS_AT_ONCE)
        self._suspected: set[tuple[str, str]] = set()
        self._slots: dict[str, asyncio.Semaphore] = {
            kind.name: asyncio.Semaphore(kind.at_once) for kind in kinds if kind.at_once is not None
        }

    async def run(self, kind: Kind[R], row_id: str) -> None:
        """Claim the row, do its work, and settle how that ended."""
        with structlog.contextvars.bound_contextvars(**{f"{kind.name}_id": row_id}):
            async with self._slot_of(kind) as slot:
                claimed = await self._claim(kind, kind.key(row_id), slot)
                if isinstance(claimed, Held):
                    await self._carry_out(kind, claimed)
            if isinstance(claimed, Held):
                await self._let_next(kind, claimed)
            elif claimed is Unclaimed.IS_SUSPECT:
                await self._run_alone(kind, row_id)

    async def _run_alone(self, kind: Kind[Any], row_id: str) -> None:
        """In its turn. The sweep, which sees nobody at it, delivers it again meanwhile: it waits in one place only."""
        suspect = (kind.name, row_id)
        if suspect in self._suspected:
            return
        self._suspected.add(suspect)
        try:
            async with self._suspects:
                await run_alone(self._worker.settings, kind, row_id)
        finally:
            self._suspected.discard(suspect)

    async def _carry_out(self, kind: Kind[R], held: Held[R]) -> None:
        try:
            outcome = await self._attempt(kind, held)
            await self._settle(kind, held, outcome)
        except asyncio.CancelledError:
            # The worker is stopping: hand the row over at once instead of letting the lease run out.
            await asyncio.shield(self._hand_over(kind, held))
            raise

    async def _let_next(self, kind: Kind[R], ended: Held[R]) -> None:
        try:
            await enqueue_next(self._worker, kind, ended)
        except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
            log.warning(f"{kind.name}_next_not_enqueued", error=repr(error))  # the sweep will

    @asynccontextmanager
    async def _slot_of(self, kind: Kind[R]) -> AsyncIterator[Slot | None]:
        slot = self._slots.get(kind.name)
        if slot is None:
            yield None
            return
        async with slot:
            yield slot

    async def _claim(self, kind: Kind[R], row_id: UUID | int, slot: Slot | None) -> Held[R] | Unclaimed:
        claimed = await lease.claim(
            self._worker.pool,
            kind,
            row_id,
            running_per_user=per_user(self._worker, kind),
            slot=slot,
            suspect_after=None if self._is_alone else SUSPECT_AFTER,
        )
        if isinstance(claimed, Unclaimed):
            log.info(f"{kind.name}_{claimed.value}")
            return claimed
        kind.entered(kind.running)
        log.info(f"{kind.name}_{kind.running}", attempt=claimed.row.attempt)
        return claimed

    async def _attempt(self, kind: Kind[R], held: Held[R]) -> Outcome:
        """What became of the work. Whatever goes wrong is an outcome: nothing may leave a row without an end."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(kind.time_limit_seconds):
                return await while_held(self._worker.pool, kind, held, self._do(kind, held))
        except LeaseLostError:
            return Lost()
        except PermanentError as error:
            return Failed(str(error), error.code, error.also)
        except Exception as error:
            # Storage, database, time limit, a bug: any of them may pass.
            log.warning(f"{kind.name}_attempt_failed", attempt=held.row.attempt, exc_info=True)
            return Retry(repr(error))
        finally:
            WORK_SECONDS.labels(kind.name).observe(time.perf_counter() - began)

    async def _do(self, kind: Kind[R], held: Held[R]) -> Outcome:
        return await kind.run(self._worker, held)

    async def _settle(self, kind: Kind[R], held: Held[R], outcome: Outcome) -> None:
        try:
            match outcome:
                case Done():
                    pass
                case Lost():
                    raise LeaseLostError
                case Failed():
                    await self._fail(kind, held, outcome)
                case Retry(error, delay_seconds) if held.row.faults < kind.max_retries:
                    await self._try_again(kind, held, error, delay_seconds)
                case Retry():
                    await self._fail(kind, held, Failed(kind.gave_up, "gave_up"))
        except LeaseLostError:
            log.warning(f"{kind.name}_lease_lost", attempt=held.row.attempt)
        except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
            # The lease runs out, and the sweep does what could not be done here.
            log.error(f"{kind.name}_not_settled", attempt=held.row.attempt, error=repr(error))

    async def _fail(self, kind: Kind[R], held: Held[R], failed: Failed) -> None:
        await lease.fail(self._worker.pool, kind, held, failed)
        kind.entered(kind.failed)
        log.error(f"{kind.name}_failed", error=failed.message)

    async def _try_again(self, kind: Kind[R], held: Held[R], error: str, delay_seconds: float | None) -> None:
        delay = retry_delay(held.row.faults) if delay_seconds is None else delay_seconds
        await lease.release(self._worker.pool, kind, held, fault=True, delay_seconds=delay)
        kind.entered(kind.waiting)
        log.warning(f"{kind.name}_retry", error=error, delay_seconds=delay)
        await self._worker.queues.enqueue(kind.job, held.row.id, held.row.attempt, delay_seconds=delay)

    async def _hand_over(self, kind: Kind[R], held: Held[R]) -> None:
        try:
            await lease.release(self._worker.pool, kind, held, fault=False, delay_seconds=0)
        except LeaseLostError:
            return  # it was settled, or it is somebody else's
        except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
            log.error(f"{kind.name}_not_settled", attempt=held.row.attempt, error=repr(error))
            return
        kind.entered(kind.waiting)
        log.info(f"{kind.name}_handed_over", attempt=held.row.attempt)
        await self._worker.queues.enqueue(kind.job, held.row.id, held.row.attempt)
