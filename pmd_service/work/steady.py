"""arq's worker, which goes on whatever Redis answers, and looks into its queue as soon as there is something in it.

arq retries lost connections, but ends when Redis answers with an error: out of memory, or keys of another type. And it
looks every so often: a job waits for half of that on average, and each look costs, idle or not.
"""

import asyncio
from contextlib import suppress
from typing import Any

import redis
from arq import worker as arq_worker
from arq.constants import in_progress_key_prefix
from arq.worker import Worker

from ..ops.telemetry import log, quiet_libraries
from .queue import Queue

PAUSE_SECONDS = 1.0


class SteadyWorker(Worker):
    """Reports what Redis refuses, waits, and goes on; the rows of Postgres are the truth meanwhile.

    Who enqueues calls on the queue's channel, and an ended job leaves a place: either makes it look at once.
    ``poll_delay`` is for calls that were not heard, and for jobs whose time comes later.
    """

    _listening: asyncio.Task[None] | None = None

    async def main(self) -> None:
        quiet_libraries()  # arq's command line has set up its own logging by now
        self._called = asyncio.Event()
        # arq's own pause between two looks cannot be cut short; ours can.
        self._patience, self.poll_delay_s = self.poll_delay_s, 0.0
        try:
            await super().main()
        finally:
            if self._listening is not None:
                self._listening.cancel()
                await asyncio.gather(self._listening, return_exceptions=True)

    async def _poll_iteration(self) -> None:
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen_for_ever(), name=f"calls of {self.queue_name}")
        try:
            await super()._poll_iteration()
        except Exception as error:
            log.error("queue_refused", queue=self.queue_name, error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)
        if not self.burst:
            await self._until_called()

    async def _until_called(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await self._called.wait()
        self._called.clear()

    async def _listen_for_ever(self) -> None:
        channel = Queue(self.queue_name).channel
        while True:
            try:
                async with self.pool.pubsub() as calls:
                    await calls.subscribe(channel)
                    # The first thing heard is that we are listening: what came before is looked for then.
                    async for _call in calls.listen():
                        self._called.set()
            except Exception as error:
                log.warning("queue_not_heard", queue=self.queue_name, error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Start what nobody is at. A queue lists what runs as well, and to find that out arq asks four times a job."""
        running = {job_id.encode() for job_id, task in self.tasks.items() if not task.done()}
        waiting = [job_id for job_id in job_ids if job_id not in running]
        if not waiting:
            return
        marks = await self.pool.mget([in_progress_key_prefix.encode() + job_id for job_id in waiting])
        try:
            await super().start_jobs([job_id for job_id, mark in zip(waiting, marks, strict=True) if mark is None])
        except redis.RedisError:
            # The job that was about to start has taken a place, and nobody else gives it back.
            self._release_sem_dec_counter_on_complete()
            raise

    def _release_sem_dec_counter_on_complete(self) -> None:
        super()._release_sem_dec_counter_on_complete()
        self._called.set()


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
