"""arq's worker, which goes on whatever Redis answers, and looks into its queue as soon as there is something in it.

arq retries lost connections, but ends when Redis answers with an error: out of memory, or keys of another type. And it
looks every so often: a job waits for half of that on average, and each look costs, idle or not.
"""

import asyncio
import signal
from contextlib import suppress
from typing import Any

from arq import worker as arq_worker
from arq.constants import in_progress_key_prefix
from arq.utils import timestamp_ms
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
        """Start what nobody is at, as many as there are places, in one round trip where arq takes five for each.

        The queue lists what runs as well: here is known what runs here, and a mark says what runs elsewhere.
        """
        running = {job_id for job_id, task in self.tasks.items() if not task.done()}
        waiting = [job_id for job_id in map(bytes.decode, job_ids) if job_id not in running]
        asked = waiting[: self.max_jobs - self.job_counter]
        if not asked:
            return
        async with self.pool.pipeline(transaction=True) as pipe:
            for job_id in asked:
                pipe.set(in_progress_key_prefix + job_id, b"1", px=int(1000 * self.in_progress_timeout_s), nx=True)
                pipe.zscore(self.queue_name, job_id)
            answers = await pipe.execute()
        marked = [each for each in zip(asked, answers[::2], answers[1::2], strict=True) if each[1]]
        now = timestamp_ms()
        for job_id, _is_ours, score in marked:
            if score is not None and score <= now:
                await self._start(job_id, int(score))
        # Those that have ended or were put off since we looked.
        mistaken = [job_id for job_id, _is_ours, score in marked if score is None or score > now]
        if mistaken:
            await self.pool.delete(*(in_progress_key_prefix + job_id for job_id in mistaken))

    async def _start(self, job_id: str, score: int) -> None:
        await self.sem.acquire()
        self.job_counter += 1
        self.tasks[job_id] = self.loop.create_task(self.run_job(job_id, score))
        self.tasks[job_id].add_done_callback(lambda _task: self._release_sem_dec_counter_on_complete())

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
        self._worker.handle_sig(signal.SIGUSR1)
        # A job that was being fetched from Redis just then ends as cancelled; arq would take that for our own end.
        await asyncio.gather(*self._worker.tasks.values(), return_exceptions=True)
        self._worker.tasks.clear()
        await self._worker.close()
        await asyncio.gather(self._running, return_exceptions=True)


def stand_in_for_arqs() -> None:
    """Let ``arq worker.WorkerSettings`` make workers of this class: its command line takes whatever stands there."""
    arq_worker.Worker = SteadyWorker  # type: ignore[misc]
