"""Runs attempts: claims a row, runs its handler, settles the outcome, and claims the next row."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, get_args
from uuid import UUID

import asyncpg
import structlog

from ..base.database import DATABASE_DOWN
from ..base.spans import span
from ..base.telemetry import WORK_FAILURES, WORK_SECONDS, log
from ..base.trace import steps_kept
from . import lease
from .attempts import ERROR, record_attempt
from .blame import after_error, retry_of
from .breaker import Breakers, Probe
from .breaker_board import record_breaker
from .claimed import Claimed, LeaseLostError, R, Slot
from .context import WorkerContext
from .heartbeat import with_heartbeat
from .kind import GAVE_UP, Done, Failed, Kind, Lost, NextStep, Outcome, PermanentError, Retry
from .lease import SUSPECT_AFTER
from .orders import carry_out
from .retry import retry_delay
from .row import Work
from .suspects import MAX_SUSPECTS, run_isolated

# For this long a ticket runs one row after another; then it is replaced by a new one.
TICKET_SECONDS = 5.0
WAKE_BATCH = 100

# SQL: lines up users whose rows have become due by time alone, at most $1 of them; how many.
WOKEN = """
(SELECT count(work_line_up(kind, user_id))
   FROM (SELECT kind, user_id FROM work_accounts WHERE wakes_at <= clock_timestamp()
          ORDER BY wakes_at LIMIT $1 FOR UPDATE SKIP LOCKED) AS due)"""

_WAKE = f"""
SELECT {WOKEN} AS woken,
       EXISTS (SELECT FROM operator_log WHERE settled_at IS NULL AND kind = $2) AS ordered
"""

# The metric's labels: “waiting” and “error” (of our own code or the machine) have used up no retry, “stopped” was
# handed over at shutdown.
OUTCOMES = ("done", "retry", "waiting", ERROR, "failed", "lost", "stopped")


def _log_context(work: Work) -> Mapping[str, str]:
    """What every log line of an attempt has: the subject, and the HTTP request that caused the work."""
    return {f"{work.kind}_id": work.subject} | ({"request_id": work.request_id} if work.request_id else {})


def _error_of(outcome: Outcome) -> str | None:
    match outcome:
        case Failed(message=error) | Retry(error=error):
            return error
    return None


def _label_of(outcome: Outcome) -> str:
    if isinstance(outcome, Retry):
        return "retry" if outcome.is_fault else ERROR if outcome.cause else "waiting"
    return type(outcome).__name__.lower()


class Runner:
    """Runs all kinds of work of this process.

    Args:
        probes: checks of the dependencies that kinds need; one without a probe is assumed to be available.
    """

    def __init__(
        self, worker: WorkerContext, kinds: Sequence[Kind[Any]], *, probes: Mapping[str, Probe] | None = None
    ) -> None:
        self.worker = worker
        self._kinds = kinds
        self._breakers = Breakers(probes or {}, self._top_up_dependents, partial(record_breaker, worker.pool))
        self._is_stopping = False
        self._tickets = 0  # being run
        self._suspects = 0
        self._nothing_due: dict[str, float] = {}  # by kind: when a claim last found no row
        for kind in kinds:
            for outcome in OUTCOMES:
                WORK_SECONDS.labels(kind.name, outcome)
            for step in get_args(NextStep):
                WORK_FAILURES.labels(kind.name, step)
        self._computing: dict[str, asyncio.Semaphore] = {
            kind.name: asyncio.Semaphore(kind.max_computing) for kind in kinds if kind.max_computing is not None
        }

    @property
    def is_idle(self) -> bool:
        """Whether nothing may be claimed: the process is stopping, or the schema is newer than this code."""
        return self._is_stopping or self.worker.schema.is_newer

    @property
    def is_busy(self) -> bool:
        return self._tickets > 0

    def stop(self) -> None:
        """Claim no more rows; running attempts continue."""
        self._is_stopping = True

    async def aclose(self) -> None:
        await self._breakers.stop()

    async def _top_up_dependents(self, dependency: str) -> None:
        """Announce the work that waited for a dependency."""
        for kind in self._kinds:
            if dependency in kind.needs:
                await self.worker.queues.top_up(kind.queue, kind.concurrency)

    async def run_ticket(self, kind: Kind[Any]) -> None:
        """Run one row after another while any is due, for some seconds."""
        until = time.monotonic() + TICKET_SECONDS
        self._tickets += 1
        try:
            while await self.run_next(kind):
                if time.monotonic() > until:
                    return await self.worker.queues.put(kind.queue)
        except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
            log.warning(f"{kind.name}_not_claimed", error=repr(error))  # the sweep puts another ticket
        finally:
            self._tickets -= 1
            if self._is_stopping:  # there may be more that is due: another worker should not wait for the sweep
                await asyncio.shield(self.worker.queues.put(kind.queue))

    async def run_due(self, kind: Kind[Any]) -> bool:
        """Run one row after another until none is due; whether there was any."""
        self._tickets += 1
        was_any = False
        try:
            while await self.run_next(kind):
                was_any = True
        finally:
            self._tickets -= 1
        return was_any

    async def run_next(self, kind: Kind[R]) -> bool:
        """Claim the next row, run it, and settle its outcome; False if no row is due."""
        began = time.monotonic()
        with structlog.contextvars.bound_contextvars():
            async with self._slot_of(kind) as slot:
                if self._nothing_due.get(kind.name, 0) > began:
                    return False  # another ticket found nothing while this one waited for its slot
                claimed = await self._claim(kind, slot)
                if claimed is None:
                    return False
                structlog.contextvars.bind_contextvars(**_log_context(claimed.work))
                kind.on_state("running")
                log.info(f"{kind.name}_claimed", attempt=claimed.work.attempt)
                if claimed.work.expired < SUSPECT_AFTER:
                    await self._carry_out(kind, claimed)
                    return True
            await self._run_isolated(kind, claimed)
        return True

    async def run_adopted(self, kind: Kind[R], token: UUID) -> None:
        """Run an attempt that the parent process has claimed."""
        with structlog.contextvars.bound_contextvars():
            claimed = await lease.adopt(self.worker.pool, kind, token)
            if claimed is None:
                log.warning(f"{kind.name}_lease_lost")
                return
            structlog.contextvars.bind_contextvars(**_log_context(claimed.work))
            if self.is_idle:
                await self._hand_over(kind, claimed)
            else:
                await self._carry_out(kind, claimed)

    async def _claim(self, kind: Kind[R], slot: Slot | None) -> Claimed[R] | None:
        if self.is_idle or not self._breakers.begin(kind.needs):
            return None
        pool, suspects = self.worker.pool, self._suspects < MAX_SUSPECTS
        claimed, began = None, time.monotonic()
        try:
            claimed = await lease.claim(pool, kind, suspects=suspects, slot=slot)
            # Rows that became due by time alone, or that an operator restarts, are not in the queue yet.
            if claimed is None and await self._wake(kind):
                claimed = await lease.claim(pool, kind, suspects=suspects, slot=slot)
            if claimed is None and suspects:
                self._nothing_due[kind.name] = began
        finally:
            if claimed is None:
                await self._breakers.ended(kind.needs, succeeded=False)
        return claimed

    async def _wake(self, kind: Kind[Any]) -> bool:
        """Queue what has become due and carry out operators' orders; whether there was any."""
        row = await self.worker.pool.fetchrow(_WAKE, WAKE_BATCH, kind.name)
        assert row is not None
        carried_out = row["ordered"] and await carry_out(self.worker.pool, self.worker.queues, [kind])
        return bool(row["woken"] or carried_out)

    async def _run_isolated(self, kind: Kind[R], claimed: Claimed[R]) -> None:
        """The child has the lease from here on; if it dies, the lease expires."""
        self._suspects += 1
        try:
            await run_isolated(self.worker.settings, kind, claimed)
        finally:
            self._suspects -= 1
            await self._breakers.ended(kind.needs, succeeded=False)

    async def _carry_out(self, kind: Kind[R], claimed: Claimed[R]) -> None:
        outcome: Outcome | None = None
        work, began, ended = claimed.work, time.perf_counter(), "stopped"
        with steps_kept() as steps, span(f"{kind.name}: attempt", attempt=work.attempt, row=work.subject):
            try:
                outcome = await self._attribute_fault(kind, claimed, await self._attempt(kind, claimed))
                ended = _label_of(outcome)
                await self._settle(kind, claimed, outcome)
            except asyncio.CancelledError:
                # The worker is stopping: hand the row over now instead of letting the lease expire.
                await asyncio.shield(self._hand_over(kind, claimed))
                if not claimed.is_settled:
                    seconds = time.perf_counter() - began
                    stopped = record_attempt(self.worker.pool, work, steps.all, outcome=ended, seconds=seconds)
                    await asyncio.shield(stopped)
                raise
            finally:
                seconds = time.perf_counter() - began
                WORK_SECONDS.labels(kind.name, ended).observe(seconds)
                await self._breakers.ended(kind.needs, succeeded=isinstance(outcome, Done))
        if not isinstance(outcome, Done):
            error = _error_of(outcome)
            await record_attempt(self.worker.pool, work, steps.all, outcome=ended, error=error, seconds=seconds)

    async def _attribute_fault(self, kind: Kind[R], claimed: Claimed[R], outcome: Outcome) -> Outcome:
        """Whose fault a failed attempt was: an unavailable dependency's, or ours, spends no retry of the row."""
        if not isinstance(outcome, Retry):
            return outcome
        if dependency := await self._breakers.find_unavailable(kind.needs):
            return Retry(f"{dependency} is unavailable: {outcome.error}", delay_seconds=0, is_fault=False)
        if outcome.cause is not None:
            return await after_error(self.worker.pool, kind, claimed, outcome)
        return (
            Failed(kind.gave_up_message, GAVE_UP)
            if outcome.is_fault and claimed.work.faults >= kind.max_retries
            else outcome
        )

    @asynccontextmanager
    async def _slot_of(self, kind: Kind[R]) -> AsyncIterator[Slot | None]:
        computing = self._computing.get(kind.name)
        if computing is None:
            yield None
            return
        slot = Slot(computing)
        try:
            await slot.acquire()
            yield slot
        finally:
            slot.release()

    async def _attempt(self, kind: Kind[R], claimed: Claimed[R]) -> Outcome:
        """The handler's outcome. Every exception becomes one, so that no row is left without an end."""
        try:
            async with asyncio.timeout(kind.time_limit_seconds):
                return await with_heartbeat(self.worker.pool, kind, claimed, kind.run(self.worker, claimed))
        except LeaseLostError:
            return Lost()
        except PermanentError as error:
            return Failed(str(error), error.code)
        except Exception as error:
            outcome, attempt = retry_of(error), claimed.work.attempt
            if outcome.cause is not None:
                log.error(f"{kind.name}_attempt_failed", attempt=attempt, cause=outcome.cause, exc_info=True)
            else:
                log.warning(f"{kind.name}_attempt_failed", attempt=attempt, exc_info=True)
            return outcome

    async def _settle(self, kind: Kind[R], claimed: Claimed[R], outcome: Outcome) -> None:
        try:
            match outcome:
                case Done():
                    pass
                case Lost():
                    raise LeaseLostError
                case Failed():
                    await self._fail(kind, claimed, outcome)
                case Retry():
                    await self._try_again(kind, claimed, outcome)
        except LeaseLostError:
            log.warning(f"{kind.name}_lease_lost", attempt=claimed.work.attempt)
        except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
            # The lease will expire, and the sweep takes over.
            log.error(f"{kind.name}_not_settled", attempt=claimed.work.attempt, error=repr(error))

    async def _fail(self, kind: Kind[R], claimed: Claimed[R], failed: Failed) -> None:
        await lease.fail(self.worker.pool, kind, claimed, failed)
        WORK_FAILURES.labels(kind.name, kind.next_step(failed)).inc()
        kind.on_state("failed")
        log.error(f"{kind.name}_failed", error=failed.message)

    async def _try_again(self, kind: Kind[R], claimed: Claimed[R], retry: Retry) -> None:
        delay = retry_delay(claimed.work.faults) if retry.delay_seconds is None else retry.delay_seconds
        await lease.release(
            self.worker.pool, kind, claimed, fault=retry.is_fault, delay_seconds=delay, error=retry.error
        )
        kind.on_state("waiting")
        log.warning(f"{kind.name}_retry", error=retry.error, delay_seconds=delay, is_fault=retry.is_fault)
        await self.worker.queues.put(kind.queue, delay_seconds=delay)

    async def _hand_over(self, kind: Kind[R], claimed: Claimed[R]) -> None:
        try:
            await lease.release(self.worker.pool, kind, claimed, fault=False, delay_seconds=0)
        except LeaseLostError:
            return  # settled, or taken over
        except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
            log.error(f"{kind.name}_not_settled", attempt=claimed.work.attempt, error=repr(error))
            return
        kind.on_state("waiting")
        log.info(f"{kind.name}_handed_over", attempt=claimed.work.attempt)
        await self.worker.queues.put(kind.queue)
