"""arq's worker, made to survive errors from Redis and to start jobs without polling delay.

arq retries lost connections, but exits when Redis answers with an error: out of memory, or a key of another type. And
it polls: a job waits for half the period on average, and each poll costs, idle or not.
"""

import asyncio
import signal
import time
from contextlib import suppress
from typing import Any

from arq import worker as arq_worker
from arq.utils import timestamp_ms
from arq.worker import Worker

from ..base.critical import create_critical_task
from ..base.forced_exit import end_in_time
from ..base.telemetry import log, quiet_libraries
from .queue import RENEW_SECONDS, Queue

PAUSE_SECONDS = 1.0


class ArqWorker(Worker):
    """Logs errors from Redis, pauses, and continues; the rows in Postgres are the truth meanwhile.

    It polls as soon as a ticket is announced on the queue's channel or a job ends. ``poll_delay`` is the fallback for
    missed announcements and for delayed tickets.
    """

    _listening: asyncio.Task[None] | None = None

    async def main(self) -> None:
        quiet_libraries()  # arq's command line has set up its own logging by now
        self._wakeup = asyncio.Event()
        # arq's own pause between polls cannot be interrupted; ``_wait_for_wakeup`` can.
        self._fallback_seconds, self.poll_delay_s = self.poll_delay_s, 0.0
        try:
            await super().main()
        finally:
            if self._listening is not None:
                self._listening.cancel()
                await asyncio.gather(self._listening, return_exceptions=True)

    async def _poll_iteration(self) -> None:
        if self._listening is None and not self.burst:
            self._listening = create_critical_task(self._listen(), name=f"listener of {self.queue_name}")
        try:
            await super()._poll_iteration()
        except Exception as error:
            log.error("queue_refused", queue=self.queue_name, error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)
        if not self.burst:
            await self._wait_for_wakeup()

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """Run as many tickets as there are free slots; the worker that removes a ticket from the queue runs it.

        arq leaves running jobs in the queue and locks them by a key, in four round trips. Here the queue holds only
        tickets that no worker has taken. A stopping worker leaves them to others.
        """
        for job_id in job_ids:
            if self.job_counter >= self.max_jobs or self.ctx["runner"].is_idle:
                return
            if await self.pool.zrem(self.queue_name, job_id):
                await self.sem.acquire()
                self.job_counter += 1
                running = self.loop.create_task(self.run_job(job_id.decode(), timestamp_ms()))
                running.add_done_callback(lambda _: self._release_sem_dec_counter_on_complete())
                self.tasks[job_id.decode()] = running

    async def _wait_for_wakeup(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._fallback_seconds):
                await self._wakeup.wait()
        self._wakeup.clear()

    async def _listen(self) -> None:
        channel = Queue(self.queue_name).channel
        while True:
            try:
                async with self.pool.pubsub() as pubsub:
                    await pubsub.subscribe(channel)
                    # The first message confirms the subscription; it wakes us for tickets put before that.
                    async for _message in pubsub.listen():
                        self._wakeup.set()
            except Exception as error:
                log.warning("queue_not_heard", queue=self.queue_name, error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)

    async def heart_beat(self) -> None:
        """Renew the health key, except while nothing may be claimed (stopping, or on a newer schema).

        It is renewed long before it expires, so that a FLUSHALL hides a worker for a moment only.
        """
        if not self.ctx["runner"].is_idle:
            if time.time() - self._last_health_check >= RENEW_SECONDS:
                self._last_health_check = 0
            await super().heart_beat()

    def handle_sig_wait_for_completion(self, signum: signal.Signals) -> None:
        end_in_time()
        if "runner" in self.ctx:  # it may still be starting
            self.ctx["runner"].stop()
        super().handle_sig_wait_for_completion(signum)

    async def _sleep_until_tasks_complete(self) -> None:
        """The drain also waits for the process's other queues, whose workers share the runner."""
        while self.tasks or ("runner" in self.ctx and self.ctx["runner"].is_busy):  # noqa: ASYNC110 - as arq does
            await asyncio.sleep(0.1)

    async def close(self) -> None:
        if not self._handle_signals:
            self.handle_sig(signal.SIGUSR1)
        # A job cancelled while arq fetches it or records its end raises CancelledError, which would cancel us as well.
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        self.tasks.clear()
        await super().close()

    def _release_sem_dec_counter_on_complete(self) -> None:
        super()._release_sem_dec_counter_on_complete()
        self._wakeup.set()


class QueueWorker:
    """A further queue's worker in the same process: shares its resources, and has slots of its own."""

    def __init__(self, settings: dict[str, Any], context: dict[Any, Any]) -> None:
        shared = {name: context[name] for name in ("worker", "runner")}
        self._worker = ArqWorker(**settings, ctx=shared, handle_signals=False)
        self._running = create_critical_task(self._worker.async_run(), name=f"worker of {self._worker.queue_name}")

    async def stop(self) -> None:
        """Cancel the running jobs, which hand their rows over, and wait for them."""
        self._running.cancel()
        await self._worker.close()
        await asyncio.gather(self._running, return_exceptions=True)


def replace_arq_worker() -> None:
    """Let arq's command line create workers of this class."""
    arq_worker.Worker = ArqWorker  # type: ignore[misc]
