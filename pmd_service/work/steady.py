"""arq's worker, which goes on whatever Redis answers.

arq retries lost connections, but ends when Redis answers with an error: out of memory, or keys of another type.
"""

import asyncio
from typing import Any

import redis
from arq import worker as arq_worker
from arq.worker import Worker

from ..ops.telemetry import log, quiet_libraries

PAUSE_SECONDS = 1.0


class SteadyWorker(Worker):
    """Reports what Redis refuses, waits, and goes on; the rows of Postgres are the truth meanwhile."""

    async def main(self) -> None:
        quiet_libraries()  # arq's command line has set up its own logging by now
        await super().main()

    async def _poll_iteration(self) -> None:
        try:
            await super()._poll_iteration()
        except Exception as error:
            log.error("queue_refused", queue=self.queue_name, error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        try:
            await super().start_jobs(job_ids)
        except redis.RedisError:
            # The job that was about to start has taken a place, and nobody else gives it back.
            self._release_sem_dec_counter_on_complete()
            raise


class Companion:
    """Another queue's worker in the process of a worker, with its resources and slots of its own."""

    def __init__(self, settings: dict[str, Any], context: dict[Any, Any]) -> None:
        shared = {name: context[name] for name in ("worker", "runner")}
        self._worker = SteadyWorker(**settings, ctx=shared, handle_signals=False)
        self._running = asyncio.create_task(self._worker.async_run(), name=f"worker of {self._worker.queue_name}")

    async def stop(self) -> None:
        """Cancel what runs, which hands its rows over, and wait for that."""
        await self._worker.close()
        await asyncio.gather(self._running, return_exceptions=True)


def stand_in_for_arqs() -> None:
    """Let ``arq worker.WorkerSettings`` make workers of this class: its command line takes whatever stands there."""
    arq_worker.Worker = SteadyWorker  # type: ignore[misc]
