"""Upkeep: steps that go on again and again, each at one process of all at a time, whatever the others do.

One statement claims all steps that are due: their next time is put beyond their limits, so that another process takes
them where this one was killed, frozen or cut off. One that thaws does the rest of its step beside that other: each step
guards its own statements.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from ..base.database import DATABASE_DOWN, Pool
from ..base.telemetry import UPKEEP_RUNS, log
from .context import WorkerContext

# How often a process looks for steps that are due: one statement.
POLL_SECONDS = 5.0
# A step that does not end when it is cancelled holds no process back for longer.
STOP_SECONDS = 5.0

_ENTER = "INSERT INTO upkeep_steps (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"

_CLAIM = """
UPDATE upkeep_steps AS step
   SET token = gen_random_uuid(), began_at = now(), due_at = now() + make_interval(secs => own.limit_seconds)
  FROM unnest($1::text[], $2::float8[]) AS own (name, limit_seconds)
 WHERE step.name = own.name
   AND step.name IN (SELECT name FROM upkeep_steps WHERE name = ANY ($1) AND due_at <= now() AND {conditions}
                        FOR UPDATE SKIP LOCKED)
RETURNING step.name, step.token
"""

_SETTLE = """
UPDATE upkeep_steps
   SET due_at = now() + make_interval(secs => $3), ended_at = now(), error = $4, token = NULL
 WHERE name = $1 AND token = $2
"""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that has to be done again and again; a pass is bounded, whatever has piled up."""

    name: str
    only_if: str | None = None  # in SQL: whether there is anything to do, for what is looked for often and rarely there
    run: Callable[[WorkerContext], Awaitable[object]]
    every_seconds: float
    limit_seconds: float = 60.0


class Upkeep:
    """This process's part in the upkeep, from its creation until ``stop``."""

    def __init__(self, worker: WorkerContext, steps: Sequence[Step]) -> None:
        self._worker = worker
        self._steps = {step.name: step for step in steps}
        self._claim = _CLAIM.format(
            conditions=" AND ".join(
                ["true", *(f"(name <> '{step.name}' OR {step.only_if})" for step in steps if step.only_if)]
            )
        )
        self._at: set[asyncio.Task[None]] = set()
        self._looking = asyncio.create_task(self._look_for_ever(), name="upkeep")
        for step in steps:
            for outcome in ("done", "failed", "too_long"):
                UPKEEP_RUNS.labels(step.name, outcome)

    @property
    def is_at_work(self) -> bool:
        """Whether this process is at a step."""
        return bool(self._at)

    async def stop(self) -> None:
        """Cancel what runs. A step that was cut off is taken up by another process when its limit has passed."""
        tasks = {self._looking, *self._at}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=STOP_SECONDS)

    async def _look_for_ever(self) -> None:
        is_entered = False
        while True:
            try:
                if not is_entered:
                    await self._worker.pool.execute(_ENTER, list(self._steps))
                    is_entered = True
                if not self._worker.schema.is_newer:
                    await self._begin_due()
            except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
                log.warning("upkeep_not_claimed", error=repr(error))
            await asyncio.sleep(POLL_SECONDS * random.uniform(0.8, 1))  # noqa: S311 - spread, not a secret

    async def _begin_due(self) -> None:
        # In this process a step runs once, too: one that outlasts its limit is not begun again beside itself.
        busy = {task.get_name() for task in self._at}
        free = [step for step in self._steps.values() if step.name not in busy]
        for row in await self._worker.pool.fetch(
            self._claim, [step.name for step in free], [step.limit_seconds for step in free]
        ):
            task = asyncio.create_task(self._run(self._steps[row["name"]], row["token"]), name=row["name"])
            self._at.add(task)
            task.add_done_callback(self._at.discard)

    async def _run(self, step: Step, token: UUID) -> None:
        error = await attempt(self._worker, step)
        try:
            await settle(self._worker.pool, step, token, error)
        except (asyncpg.PostgresError, *DATABASE_DOWN) as fault:
            log.warning("upkeep_not_settled", step=step.name, error=repr(fault))  # due again when its limit has passed


async def attempt(worker: WorkerContext, step: Step) -> str | None:
    """One pass of a step, at most as long as its limit; what went wrong."""
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


async def settle(pool: Pool, step: Step, token: UUID, error: str | None) -> Any:
    """Say when the step is due again; nothing, if somebody else has taken it meanwhile."""
    return await pool.execute(_SETTLE, step.name, token, step.every_seconds, error)
