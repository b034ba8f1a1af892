"""arq's worker, which goes on whatever Redis answers, and looks into its queue as soon as there is something in it.

arq retries lost connections, but ends when Redis answers with an error: out of memory, or keys of another type. And it
looks every so often: a job waits for half of that on average, and each look costs, idle or not.
"""

import asyncio
import signal
from contextlib import suppress
from typing import Any

from arq import worker as arq_worker
from arq.utils import timestamp_ms
from arq.worker import Worker

from ..base.forced_exit import end_in_time
from ..base.telemetry import log, quiet_libraries
from .queue import Queue

PAUSE_SECONDS = 1.0


class ArqWorker(Worker):
    """Reports what Redis refuses, waits, and goes on; the rows of Postgres are the truth meanwhile.

    Who puts a ticket calls on the queue's channel, and an ended job leaves a place: either makes it look at once.
    ``poll_delay`` is for calls that were not heard, and for tickets whose time comes later.
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
        if self._listening is None and not self.burst:
            self._listening = asyncio.create_task(self._listen_for_ever(), name=f"calls of {self.queue_name}")
        try:
            await super()._poll_iteration()
        except Exception as error:
            log.error("queue_refused", queue=self.queue_name, error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)
        if not self.burst:
            await self._until_called()

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Run as many tickets as there are places: whoever takes one out of the queue has it.

        arq leaves it there and locks it by a key, with four questions. What is in the queue is what nobody has begun.
        """
        for job_id in job_ids:
            if self.job_counter >= self.max_jobs:
                return
            if await self.pool.zrem(self.queue_name, job_id):
                await self.sem.acquire()
                self.job_counter += 1
                running = self.loop.create_task(self.run_job(job_id.decode(), timestamp_ms()))
                running.add_done_callback(lambda _: self._release_sem_dec_counter_on_complete())
                self.tasks[job_id.decode()] = running

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

    async def heart_beat(self) -> None:
        """Say that we live, and begin what is due by the clock; not on a schema that we do not know."""
        if not self.ctx["runner"].is_idle:
            await super().heart_beat()

    def handle_sig_wait_for_completion(self, signum: signal.Signals) -> None:
        end_in_time()
        if "runner" in self.ctx:  # it may be starting still
            self.ctx["runner"].stop()
        super().handle_sig_wait_for_completion(signum)

    async def close(self) -> None:
        if not self._handle_signals:
            self.handle_sig(signal.SIGUSR1)
        # A job that was just being fetched, or noted as done, ends as cancelled: arq would take that for our own end.
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        self.tasks.clear()
        await super().close()

    def _release_sem_dec_counter_on_complete(self) -> None:
        super()._release_sem_dec_counter_on_complete()
        self._called.set()


class QueueWorker:
    """Another queue's worker in the process of a worker, with its resources and places of its own."""

    def __init__(self, settings: dict[str, Any], context: dict[Any, Any]) -> None:
        shared = {name: context[name] for name in ("worker", "runner")}
        self._worker = ArqWorker(**settings, ctx=shared, handle_signals=False)
        self._running = asyncio.create_task(self._worker.async_run(), name=f"worker of {self._worker.queue_name}")

    async def stop(self) -> None:
        """Cancel what runs, which hands its rows over, and wait for that."""
        await self._worker.close()
        await asyncio.gather(self._running, return_exceptions=True)


def replace_arq_worker() -> None:
    """Let ``arq worker.WorkerSettings`` make workers of this class: its command line takes whatever stands there."""
    arq_worker.Worker = ArqWorker  # type: ignore[misc]
