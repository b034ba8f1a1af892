"""arq's worker, made to survive errors from Redis and to start jobs without polling delay.

arq retries lost connections, but exits when Redis answers with an error: out of memory, or a key of another type. And
it polls: a job waits for half the period on average, and each poll costs, idle or not.

arq documents no hook for either, so this class overrides methods of its worker, as they are in arq 0.28.0 (worker.py):

- ``main``: settings that the command line does not have, a connection by URL, and the end of the listener
- ``_poll_iteration``: tickets instead of arq's polling; it also replaces ``start_jobs``
- ``heart_beat``: the queue's health key beside arq's
- ``handle_sig_wait_for_completion``: stops the runner, too
- ``_sleep_until_tasks_complete``: waits for the other queues of the process
- ``close``: waits for cancelled jobs
- ``_release_sem_dec_counter_on_complete``: wakes the loop when a job has ended

``test_arq_source.py`` fails when one of them, or what they rely on, is another one in the installed arq.
"""

import asyncio
import dataclasses
import math
import signal
import time
from contextlib import suppress
from typing import Any

from arq import worker as arq_worker
from arq.connections import ArqRedis, RedisSettings
from arq.utils import timestamp_ms
from arq.worker import Worker
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import AuthenticationError, AuthorizationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ..base.critical import create_critical_task, stop_tasks
from ..base.forced_exit import end_in_time
from ..base.redis_client import is_of_sentinels, redis_client, require_one_primary
from ..base.telemetry import adopt_logging_of_arq, log
from . import tickets
from .queue import HEALTH_SECONDS, RENEW_SECONDS, Queue

PAUSE_SECONDS = 1.0
# A Redis that is frozen, or whose host is lost, closes no connection; the Sentinels may have another one by now. Not by
# redis-py's socket_timeout, which waits by wait_for: before Python 3.12 that may lose a cancellation.
ANSWER_SECONDS = 5.0


class ArqWorker(Worker):
    """Logs errors from Redis, pauses, and continues; the rows in Postgres are the truth meanwhile.

    It polls as soon as a ticket is announced on the queue's channel or a job ends. ``poll_delay`` is the fallback for
    missed announcements and for delayed tickets. In burst mode it reads the rows instead of tickets, which may be
    missing: ``ctx["work_off"]`` runs all that is due in the process's queues, and the worker ends.
    """

    _listening: asyncio.Task[None] | None = None
    _renewed = -math.inf  # by the monotonic clock

    async def main(self) -> None:
        adopt_logging_of_arq()
        self._wakeup = asyncio.Event()
        if self.poll_delay_s:  # it is called again after each change that “--watch” sees
            # arq's own pause between polls cannot be interrupted; ``_wait_for_wakeup`` can.
            self._fallback_seconds, self.poll_delay_s = self.poll_delay_s, 0.0
        if self.burst:
            self.max_burst_jobs = 0  # end after the first poll
        self.ctx["is_burst"] = self.burst
        if self._pool is None:
            self._pool = await self._connected()
        try:
            await super().main()
        finally:
            if self._listening is not None:
                await stop_tasks(self._listening)
                self._listening = None

    async def _connected(self) -> ArqRedis:
        """A worker waits for a Redis that is away, and logs that it does; in burst mode it is to end.

        A patient client repeats a refused connection, but not one that is lost before its first answer.
        """
        while True:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await (await create_pool(self.redis_settings)).aclose()
                    return await create_pool(
                        self.redis_settings,
                        is_patient=True,
                        job_serializer=self.job_serializer,
                        job_deserializer=self.job_deserializer,
                        default_queue_name=self.queue_name,
                        expires_extra_ms=self.expires_extra_ms,
                    )
            except (AuthenticationError, AuthorizationError):
                raise  # waiting does not help
            except (RedisConnectionError, RedisTimeoutError, OSError) as error:
                if self.burst:
                    raise
                log.warning("redis_away", error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)

    async def _poll_iteration(self) -> None:
        """Tickets are taken by Redis's clock.

        arq reads by its own clock, leaves running jobs in the queue, and locks each by a key in four round trips. Here
        the queue contains only tickets that no worker has taken.
        """
        if self.burst:
            await self.ctx["work_off"]()
            return
        if self._listening is None:
            self._listening = create_critical_task(self._listen(), name=f"listener of {self.queue_name}")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._start_tickets()
                await self.heart_beat()
        except Exception as error:
            log.error("queue_refused", queue=self.queue_name, error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)
        await self._wait_for_wakeup()

    async def _start_tickets(self) -> None:
        """Run as many tickets as there are free slots. A stopping worker leaves them to others."""
        for job_id in [job_id for job_id, task in self.tasks.items() if task.done()]:
            self.tasks.pop(job_id).result()  # Redis's errors
        free = self.max_jobs - self.job_counter
        if not self.allow_pick_jobs or self.ctx["runner"].is_idle or free <= 0:
            return
        for ticket in await tickets.take(self.pool, self.queue_name, free):
            await self.sem.acquire()
            self.job_counter += 1
            running = self.loop.create_task(self.run_job(ticket.decode(), timestamp_ms()))
            running.add_done_callback(lambda _: self._release_sem_dec_counter_on_complete())
            self.tasks[ticket.decode()] = running

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
                    while True:
                        # The first message confirms the subscription; it wakes us for tickets put before that.
                        if await pubsub.get_message(timeout=ANSWER_SECONDS) is not None:
                            self._wakeup.set()
            except Exception as error:
                log.warning("queue_not_heard", queue=self.queue_name, error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)

    async def heart_beat(self) -> None:
        """Renew the health keys, except while nothing may be claimed (stopping, or on a newer schema).

        They are renewed long before they expire, so that a FLUSHALL hides a worker for a moment only. arq's key is the
        process's own, for ``arq --check``; the queue's shows whether any worker serves it.
        """
        if self.ctx["runner"].is_idle or time.monotonic() - self._renewed < RENEW_SECONDS:
            return
        self._renewed, self._last_health_check = time.monotonic(), 0
        await super().heart_beat()
        await self.pool.set(Queue(self.queue_name).health_key, b"", ex=HEALTH_SECONDS + 1)

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
        if self._pool is not None:
            await self.pool.delete(Queue(self.queue_name).health_key)
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


@dataclasses.dataclass
class UrlSettings(RedisSettings):
    """The URL instead of its parts: of Sentinels arq passes on neither a CA nor time limits."""

    url: str = ""


async def create_pool(settings: RedisSettings | None, *, is_patient: bool = False, **of_arq: Any) -> ArqRedis:
    """As arq's (connections.py), by a URL. ``is_patient`` waits for a Redis that restarts instead of ending the worker.

    Raises:
        ClusterError: it is a cluster.
        redis.RedisError, OSError: it does not answer.
    """
    assert isinstance(settings, UrlSettings)
    waiting = {
        "retry_on_timeout": True,
        # OSError: what a refused connection raises while connecting.
        "retry_on_error": [RedisConnectionError, RedisTimeoutError, OSError],
        # An address that Sentinels have named is tried twice, and then they are asked again.
        "retry": Retry(ExponentialBackoff(cap=2, base=0.05), retries=1 if is_of_sentinels(settings.url) else -1),
    }
    client = redis_client(
        settings.url, ArqRedis, socket_connect_timeout=settings.conn_timeout, **(waiting if is_patient else {})
    )
    for name, value in of_arq.items():
        setattr(client, name, value)
    try:
        await require_one_primary(client)
    except BaseException:
        await client.aclose()
        raise
    return client


def replace_arq_worker() -> None:
    """Let arq's command line create workers of this class, and connect by our URL for ``--check``."""
    arq_worker.Worker = ArqWorker  # type: ignore[misc]
    arq_worker.create_pool = create_pool  # type: ignore[assignment, attr-defined]
