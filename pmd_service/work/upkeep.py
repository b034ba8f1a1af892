"""Upkeep: periodic steps, each run by one process at a time.

One statement claims all due steps under a lease, which is renewed while they run, until their time limits: another
process runs them if this one is killed, frozen or cut off. Shared steps run in every process, and their own statements
divide what there is to do. One that is due later than any process can have set it is due as well: the database's clock
has been set back. A process that thaws finishes its step concurrently with that one: the steps' own statements are
guarded.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from ..base.critical import create_critical_task
from ..base.database import DATABASE_DOWN, Pool
from ..base.telemetry import UPKEEP_RUNS, log
from .context import WorkerContext

# Polling for due steps is one statement.
POLL_SECONDS = 5.0
# How soon another process runs the steps of one that was killed: many polls, each of which renews.
LEASE_SECONDS = 60.0
# How long to wait for a cancelled step at shutdown.
STOP_SECONDS = 5.0

_ENTER = "INSERT INTO upkeep_steps (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"

_CLAIM = """
UPDATE upkeep_steps
   SET token = gen_random_uuid(), due_at = now() + make_interval(secs => $2)
 WHERE name IN (SELECT name
                  FROM upkeep_steps JOIN unnest($1::text[], $3::float8[]) AS own (name, longest) USING (name)
                 WHERE (due_at <= now() OR due_at > now() + make_interval(secs => longest)) AND {conditions}
                   FOR UPDATE OF upkeep_steps SKIP LOCKED)
RETURNING name, token
"""

_RENEW = "UPDATE upkeep_steps SET due_at = now() + make_interval(secs => $2) WHERE token = ANY ($1::uuid[])"

_NOTE = "UPDATE upkeep_steps SET ended_at = now(), error = $2 WHERE name = $1"

_SETTLE = """
UPDATE upkeep_steps
   SET due_at = now() + make_interval(secs => $3), ended_at = now(), error = $4, token = NULL
 WHERE name = $1 AND token = $2
"""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A periodic step; each run is bounded, whatever has accumulated."""

    name: str
    only_if: str | None = None  # SQL: whether there is anything to do, for frequent steps that rarely have
    run: Callable[[WorkerContext], Awaitable[object]]
    every_seconds: float
    limit_seconds: float = 60.0
    is_shared: bool = False  # every process runs it


class Upkeep:
    """Runs due steps in this process: from ``start`` until ``stop``, or once."""

    def __init__(self, worker: WorkerContext, steps: Sequence[Step]) -> None:
        self._worker = worker
        self._steps = {step.name: step for step in steps}
        self._claim = _CLAIM.format(
            conditions=" AND ".join(
                ["true", *(f"(name <> '{step.name}' OR {step.only_if})" for step in steps if step.only_if)]
            )
        )
        # By task: the step's token, and until when its lease is renewed; a shared step has none.
        self._running: dict[asyncio.Task[None], tuple[UUID | None, float]] = {}
        # By the name of a shared step, when it is due in this process, by the monotonic clock.
        self._due: dict[str, float] = {}
        self._polling: asyncio.Task[None] | None = None
        for step in steps:
            for outcome in ("done", "failed", "too_long"):
                UPKEEP_RUNS.labels(step.name, outcome)

    def start(self) -> None:
        self._polling = create_critical_task(self._poll(), name="upkeep")

    async def run_due(self) -> None:
        """Run the steps that are due now, to their end."""
        await self._enter()
        await self._begin_due()
        while self._running:
            await asyncio.wait(self._running, timeout=POLL_SECONDS)
            await self._renew()

    @property
    def is_running(self) -> bool:
        """Whether this process is running a step."""
        return bool(self._running)

    async def stop(self) -> None:
        """Cancel the running steps; another process runs them again once their leases have expired."""
        tasks = {*self._running, *([self._polling] if self._polling else [])}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)

    async def _poll(self) -> None:
        is_entered = False
        while True:
            try:
                if not is_entered:
                    await self._enter()
                    is_entered = True
                await self._renew()
                if not self._worker.schema.is_newer:
                    await self._begin_due()
            except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
                log.warning("upkeep_not_claimed", error=repr(error))
            await asyncio.sleep(POLL_SECONDS * random.uniform(0.8, 1))  # noqa: S311 - spread, not a secret

    async def _enter(self) -> None:
        await self._worker.pool.execute(_ENTER, list(self._steps))

    async def _renew(self) -> None:
        now = time.monotonic()
        if tokens := [token for token, until in self._running.values() if token is not None and now < until]:
            await self._worker.pool.execute(_RENEW, tokens, LEASE_SECONDS)

    async def _begin_due(self) -> None:
        # A step that outlasts its limit must not run twice in this process.
        busy = {task.get_name() for task in self._running}
        for step in self._steps.values():
            if step.is_shared and step.name not in busy and self._due.get(step.name, 0.0) <= time.monotonic():
                self._due[step.name] = time.monotonic() + step.every_seconds
                self._begin(step, None)
        free = [step for step in self._steps.values() if not (step.is_shared or step.name in busy)]
        for row in await self._worker.pool.fetch(
            self._claim,
            [step.name for step in free],
            LEASE_SECONDS,
            # Twice: another release may have another schedule.
            [2 * max(step.every_seconds, step.limit_seconds, LEASE_SECONDS) for step in free],
        ):
            self._begin(self._steps[row["name"]], row["token"])

    def _begin(self, step: Step, token: UUID | None) -> None:
        task = asyncio.create_task(self._run(step, token), name=step.name)
        self._running[task] = (token, time.monotonic() + step.limit_seconds)
        task.add_done_callback(lambda ended: self._running.pop(ended, None))

    async def _run(self, step: Step, token: UUID | None) -> None:
        error = await run_step(self._worker, step)
        try:
            await settle(self._worker.pool, step, token, error)
        except (asyncpg.PostgresError, *DATABASE_DOWN) as fault:
            log.warning("upkeep_not_settled", step=step.name, error=repr(fault))  # due again when its lease has expired


async def run_step(worker: WorkerContext, step: Step) -> str | None:
    """Run a step, within its time limit; returns its error."""
    began, outcome, error = time.perf_counter(), "done", None
    try:
        async with asyncio.timeout(step.limit_seconds):
            await step.run(worker)
    except Exception as fault:
        is_late = isinstance(fault, TimeoutError) and time.perf_counter() - began >= step.limit_seconds
        outcome, error = ("too_long" if is_late else "failed"), repr(fault)
        log.error("upkeep_failed", step=step.name, outcome=outcome, exc_info=not is_late)
    UPKEEP_RUNS.labels(step.name, outcome).inc()
    return error


async def settle(pool: Pool, step: Step, token: UUID | None, error: str | None) -> Any:
    """Schedule the next run, unless another process has claimed the step meanwhile; of a shared one, note the end."""
    if token is None:
        return await pool.execute(_NOTE, step.name, error)
    return await pool.execute(_SETTLE, step.name, token, step.every_seconds, error)
