"""The kinds of work, the jobs of each queue and the worker's resources, on one screen."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from typing import Any, TypeAlias, cast

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
from .downloads.build import BDR
from .downloads.expiry import cleanup_expired_bdrs
from .downloads.mail import COMPOSERS as DOWNLOAD_MAILS
from .downloads.takeouts.mail import COMPOSERS as TAKEOUT_MAILS
from .library.upkeep import empty_old_trash
from .ops.migrations import require_migrated
from .ops.settings import Settings
from .ops.telemetry import log
from .outbox import Mailer
from .outbox.sender import forget_sent, mail_kind, sweep_outbox
from .outbox.webhook import HOOK
from .packs.export import EXPORTS
from .packs.upkeep import forget_removed_packs
from .site.gone import forget_gone
from .site.public_ids import PublicIds
from .tasks.run import TASKS
from .tasks.upkeep import forget_old_tasks
from .uploads.look import LOOK
from .uploads.sweep import sweep_uploads
from .vault import RemoteArtworks, opened_vault, user_agent
from .vault.leftovers import sweep_leftovers
from .work.context import WorkerContext
from .work.kind import Kind
from .work.queue import Queue, Queues, deserialize_job, serialize_job
from .work.repeat import Repeat
from .work.runner import Runner
from .work.steady import Companion
from .work.sweep import sweep_work

Sweep: TypeAlias = Callable[[WorkerContext], Coroutine[Any, Any, object]]
JobCoroutine: TypeAlias = Callable[..., Coroutine[Any, Any, None]]

KINDS: Sequence[Kind[Any]] = (BDR, LOOK, TASKS, EXPORTS, HOOK, mail_kind({**DOWNLOAD_MAILS, **TAKEOUT_MAILS}))
# What the sweep does beside taking over and enqueuing.
SWEEPS: Sequence[Sweep] = (
    sweep_outbox,
    sweep_uploads,
    lambda worker: sweep_leftovers(worker.pool, worker.vault),
)

SWEEP_SECONDS = 15
HEALTH_SECONDS = 10
DRAIN_SECONDS = 10
MAX_CONNECTIONS = 20
# How many jobs a process takes from each queue. Many downloads wait for other people's servers; how many of them
# compute at once, and how many of one user's run, is said elsewhere.
SLOTS = {Queue.DOWNLOADS: 24, Queue.MEDIA: 8, Queue.UPKEEP: 16}
# A worker hears at once what is enqueued; this is how long it takes where it does not, and for jobs whose time comes.
POLL_SECONDS = 0.5
UPKEEP_TIMEOUT_SECONDS = 3600
# arq's own limit on a job is for what has lost all sense of time: work ends at its kind's limit, as a fault.
GRACE_SECONDS = 120


def worker_settings(settings: Settings, own: Queue, *beside: Queue) -> dict[str, Any]:
    """What ``arq worker.WorkerSettings`` reads: a worker of one queue, with others beside it in the same process."""

    async def start(context: dict[Any, Any]) -> None:
        resources = context["resources"] = AsyncExitStack()
        worker = await resources.enter_async_context(opened_worker(settings))
        context["worker"], context["runner"] = worker, Runner(worker, KINDS)
        for queue in filter(has_jobs, beside):
            resources.push_async_callback(Companion(queue_settings(settings, queue), context).stop)
        if Queue.UPKEEP in (own, *beside):
            resources.push_async_callback(Repeat("sweep", partial(sweep, worker), seconds=SWEEP_SECONDS).stop)
        if settings.worker_metrics_port is not None:
            start_http_server(settings.worker_metrics_port, settings.host)
        log.info("worker_started", queues=[queue.name.lower() for queue in (own, *beside)])

    async def stop(context: dict[Any, Any]) -> None:
        await context["resources"].aclose()
        if "worker" in context:
            log.info("worker_stopped")

    return queue_settings(settings, own) | {"on_startup": start, "on_shutdown": stop}


def has_jobs(queue: Queue) -> bool:
    return queue in CRON_JOBS or any(kind.job.queue is queue for kind in KINDS)


def queue_settings(settings: Settings, queue: Queue) -> dict[str, Any]:
    """A queue's jobs and slots."""
    return {
        "functions": [job_of(kind) for kind in KINDS if kind.job.queue is queue],
        "cron_jobs": CRON_JOBS.get(queue, []),
        "redis_settings": connection_settings(settings.redis_url),
        "queue_name": queue.value,
        "max_jobs": SLOTS[queue],
        "poll_delay": POLL_SECONDS,
        "health_check_interval": HEALTH_SECONDS,
        "job_completion_wait": DRAIN_SECONDS,
        "job_serializer": serialize_job,
        "job_deserializer": deserialize_job,
    }


def job_of(kind: Kind[Any]) -> Function:
    async def run(context: dict[str, Any], row_id: str) -> None:
        runner: Runner = context["runner"]
        await runner.run(kind, row_id)

    return job(run, kind.job.name, timeout=kind.time_limit_seconds + GRACE_SECONDS)


def job(coroutine: JobCoroutine, name: str, *, timeout: float) -> Function:
    """A job that arq only delivers: trying again is ours, by the rows' own state."""
    return func(cast(WorkerCoroutine, coroutine), name=name, timeout=timeout, keep_result=0, max_tries=2)


async def sweep(worker: WorkerContext) -> None:
    """What makes each row end, whatever was lost; one sweep's failure stops no other."""
    sweeps: list[Sweep] = [*(partial(sweep_work, kind=kind) for kind in KINDS), *SWEEPS]
    for sweeping in sweeps:
        try:
            await sweeping(worker)
        except Exception:
            log.exception("sweep_failed")


async def clean_up_daily(context: dict[str, Any]) -> None:
    """What is past its time."""
    worker: WorkerContext = context["worker"]
    await forget_sent(worker.pool)
    await cleanup_expired_bdrs(context)
    await forget_gone(worker.pool)  # last: it fails while the site is detached


def daily(coroutine: JobCoroutine, *, hour: int, minute: int) -> CronJob:
    return cron(
        cast(WorkerCoroutine, coroutine), hour=hour, minute=minute, keep_result=0, timeout=UPKEEP_TIMEOUT_SECONDS
    )


CRON_JOBS: Mapping[Queue, list[CronJob]] = {
    Queue.UPKEEP: [
        daily(clean_up_daily, hour=4, minute=11),
        daily(empty_old_trash, hour=4, minute=31),
        daily(forget_removed_packs, hour=4, minute=51),
        daily(forget_old_tasks, hour=5, minute=11),
    ],
}


@asynccontextmanager
async def opened_worker(settings: Settings) -> AsyncIterator[WorkerContext]:
    """The resources of a worker process, on a migrated database."""
    async with (
        await create_pool(settings.database_url, application="pmd-worker", max_size=MAX_CONNECTIONS) as pool,
        opened_vault(settings) as vault,
        RemoteArtworks(user_agent=user_agent(settings.site_name, settings.base_url)) as remote,
        aclosing(Queues.connect(settings.redis_url)) as queues,
    ):
        await require_migrated(pool)
        yield WorkerContext(
            pool=pool,
            queues=queues,
            vault=vault,
            remote=remote,
            ids=PublicIds(settings.sqids_alphabet),
            settings=settings,
            mailer=Mailer.of(settings),
        )


def connection_settings(redis_url: str) -> RedisSettings:
    """arq's connection, which waits for a Redis that restarts instead of ending the worker."""
    connection = RedisSettings.from_dsn(redis_url)
    connection.conn_retries = 60
    connection.retry_on_timeout = True
    # OSError: a refused connection is told as one while it is being made.
    connection.retry_on_error = [RedisConnectionError, RedisTimeoutError, OSError]
    connection.retry = Retry(ExponentialBackoff(cap=2, base=0.05), retries=-1)
    return connection
