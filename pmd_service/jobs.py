"""The job table and the worker's resources, on one screen."""

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, ClassVar, cast

from arq.connections import RedisSettings
from arq.cron import CronJob, cron
from arq.typing import WorkerCoroutine
from arq.worker import Function, func
from prometheus_client import start_http_server
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from .database import create_pool
from .downloads.build import process_bdr_job
from .downloads.expiry import cleanup_expired_bdrs
from .downloads.mail import send_bdr_email
from .downloads.sweep import sweep
from .ops.migrations import require_migrated
from .ops.settings import Settings
from .ops.telemetry import log, quiet_libraries
from .outbox import Mailer
from .site.public_ids import PublicIds
from .vault import RemoteArtworks, opened_vault, user_agent
from .work.context import WorkerContext
from .work.queue import PROCESS_BDR, QUEUE_NAME, SEND_BDR_EMAIL, Doorbell, deserialize_job, serialize_job

# Builds, messages and sweeps share these; a build waits for disks and other servers more than it computes.
MAX_JOBS = 10
POLL_SECONDS = 0.02
HEALTH_SECONDS = 10
BUILD_TIMEOUT_SECONDS = 3600
EMAIL_TIMEOUT_SECONDS = 180
SWEEP_SECONDS = 15
DRAIN_SECONDS = 10


def worker_settings(settings: Settings) -> type:
    """The class that ``arq worker.WorkerSettings`` reads."""

    async def start(context: dict[Any, Any]) -> None:
        quiet_libraries()
        resources = context["resources"] = AsyncExitStack()
        pool = await create_pool(settings.database_url, application="pmd-worker", max_size=MAX_JOBS * 2 + 2)
        await require_migrated(pool)
        context["worker"] = WorkerContext(
            pool=pool,
            doorbell=Doorbell.connect(settings.redis_url),
            vault=await resources.enter_async_context(opened_vault(settings)),
            remote=RemoteArtworks(user_agent=user_agent(settings.site_name, settings.base_url)),
            ids=PublicIds(settings.sqids_alphabet),
            settings=settings,
            mailer=Mailer.of(settings),
        )
        if settings.worker_metrics_port is not None:
            start_http_server(settings.worker_metrics_port, settings.host)
        log.info("worker_started")

    async def stop(context: dict[Any, Any]) -> None:
        if (worker := context.get("worker")) is not None:
            await worker.remote.close()
            await worker.doorbell.close()
            await worker.pool.close()
            await context["resources"].aclose()
            log.info("worker_stopped")

    class WorkerSettings:
        functions: ClassVar[list[Function]] = [
            job(process_bdr_job, PROCESS_BDR, timeout=BUILD_TIMEOUT_SECONDS),
            job(send_bdr_email, SEND_BDR_EMAIL, timeout=EMAIL_TIMEOUT_SECONDS),
        ]
        cron_jobs: ClassVar[list[CronJob]] = [
            cron(cast(WorkerCoroutine, sweep), second=set(range(0, 60, SWEEP_SECONDS)), keep_result=0),
            cron(cast(WorkerCoroutine, cleanup_expired_bdrs), hour=4, minute=11, keep_result=0, timeout=3600),
        ]
        redis_settings = connection_settings(settings.redis_url)
        queue_name = QUEUE_NAME
        on_startup = start
        on_shutdown = stop
        max_jobs = MAX_JOBS
        # Each poll is one small command; this is the wait between a ring and the start, and half of it on average.
        poll_delay = POLL_SECONDS
        health_check_interval = HEALTH_SECONDS
        job_completion_wait = DRAIN_SECONDS
        job_serializer = serialize_job
        job_deserializer = deserialize_job

    return WorkerSettings


def job(coroutine: Callable[..., Coroutine[Any, Any, None]], name: str, *, timeout: int) -> Function:
    """A job that arq only delivers: trying again is ours, by the rows' own state."""
    return func(cast(WorkerCoroutine, coroutine), name=name, timeout=timeout, keep_result=0, max_tries=2)


def connection_settings(redis_url: str) -> RedisSettings:
    """arq's connection, which waits for a Redis that restarts instead of ending the worker."""
    connection = RedisSettings.from_dsn(redis_url)
    connection.conn_retries = 60
    connection.retry_on_timeout = True
    # OSError: a refused connection is told as one while it is being made.
    connection.retry_on_error = [RedisConnectionError, RedisTimeoutError, OSError]
    connection.retry = Retry(ExponentialBackoff(cap=2, base=0.05), retries=-1)
    return connection
