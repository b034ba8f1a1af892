"""The kinds of work, each queue's arq job, the upkeep steps, and a worker's resources."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from typing import Any, cast

from arq.typing import WorkerCoroutine
from arq.worker import Function, func

from .base.critical import create_critical_task, stop_tasks
from .base.database import Pool, create_pool
from .base.migrations import require_migrated
from .base.pooler import require_sessions
from .base.public_ids import PublicIds
from .base.schema import Schema
from .base.settings import Settings, SettingsError
from .base.spans import collected
from .base.telemetry import log
from .desk.due import HAS_DUE, add_due, forget_published
from .desk.publish import COMPOSERS as OF_DRAFTS
from .desk.publish import PUBLISHING
from .downloads.expiry import clean_up
from .downloads.kind import BDR
from .downloads.mail import COMPOSERS as OF_DOWNLOADS
from .erasure.wishes import IS_DUE as IS_ERASURE_DUE
from .erasure.wishes import erase_due
from .events.changes import delete_old_changes
from .http.once import delete_old_answers
from .identity.keys.queries import delete_old
from .identity.sessions.queries import delete_expired
from .imports.lifecycle import forget_old_imports
from .imports.run import IMPORTS
from .library.purge import empty_trash
from .library.scrub import LIMIT_SECONDS as SCRUB_LIMIT_SECONDS
from .library.scrub import register_files, scrub
from .media.modules import missing_modules
from .media.probe import PROBE_ENGINE
from .media.sandbox_policy import log_sandbox, require_sandbox
from .media.spare import Spare
from .outbox.mailer import Mailer
from .outbox.sender import delete_old_mails, mail_kind, sweep_outbox
from .outbox.webhook import HOOK
from .packs.changes import forget_removed_packs
from .packs.digests import IS_DIGEST_DUE, LIMIT_SECONDS, compute_digests
from .packs.export import EXPORTS
from .posts.bulk.lifecycle import forget_old_changes
from .posts.bulk.run import BULK_CHANGES
from .posts.mail import COMPOSERS as OF_POSTS
from .sharing.visits import add_up_visits
from .sharing.watermark import forget_old_pictures
from .site.deleted_rows import delete_orphaned_rows
from .site.feeds import opened_feeds
from .tasks.lifecycle import forget_old_tasks
from .tasks.run import TASKS
from .uploads.probe import PROBE
from .uploads.sweep import schedule_orphans, sweep_uploads
from .vault import RemoteArtworks, opened_vault, user_agent
from .vault.leftovers import sweep_leftovers
from .webhooks.deliver import COMPOSERS as OF_WEBHOOKS
from .webhooks.deliver import DELIVERIES
from .webhooks.feed import HAS_WEBHOOKS, delete_old_deliveries, feed_webhooks
from .work.adding import forget_failed
from .work.arq_worker import QueueWorker, UrlSettings
from .work.attempts import delete_old_attempts
from .work.breaker import Probe
from .work.breaker_board import delete_stale_breakers
from .work.context import WorkerContext
from .work.kind import Kind
from .work.metrics_port import metrics_served
from .work.orders import IS_ORDERED, Rounds
from .work.queue import HEALTH_SECONDS, Queue, Queues
from .work.registry import register_kinds
from .work.runner import Runner
from .work.sweep import sweep_work
from .work.tickets import TICKET, deserialize, serialize
from .work.upkeep import Step, Upkeep

KINDS: Sequence[Kind[Any]] = (
    BDR,
    PROBE,
    TASKS,
    EXPORTS,
    HOOK,
    BULK_CHANGES,
    DELIVERIES,
    IMPORTS,
    PUBLISHING,
    mail_kind({**OF_DOWNLOADS, **OF_POSTS, **OF_WEBHOOKS, **OF_DRAFTS}),
)
SWEEP_SECONDS = 15
DRAIN_SECONDS = 5  # then running work is cancelled, and has five more to hand over
MAX_CONNECTIONS = 20
# Queues that one process serves together; processes that send messages also run the upkeep.
MEDIA = (Queue.PROBES, Queue.TASKS, Queue.PACKS, Queue.IMPORTS, Queue.PUBLISHING)
UPKEEP = (Queue.MAILS, Queue.WEBHOOKS, Queue.POSTS, Queue.DELIVERIES)
MEDIA_INSTALL = "pip install 'pmd-service[media]', or [all]"
# New tickets are announced; this is for missed announcements and delayed tickets.
POLL_SECONDS = 1.0
# Work ends at its kind's time limit, as a fault; arq's own limit on a job is a safety net above that.
GRACE_SECONDS = 120


def worker_settings(settings: Settings, own: Queue, *others: Queue) -> dict[str, Any]:
    """The settings for arq: a worker of one queue, which serves others in the same process."""

    async def start(context: dict[Any, Any]) -> None:
        served = servable(own, *others)
        is_decoding = bool({*MEDIA} & {own, *served})
        if is_decoding:
            require_sandbox(settings)
        resources = context["resources"] = AsyncExitStack()
        worker = await resources.enter_async_context(opened_worker(settings))
        if is_decoding:
            await log_sandbox()
        context["worker"], context["runner"] = worker, Runner(worker, KINDS, probes=probes_of(worker))
        resources.push_async_callback(context["runner"].aclose)
        await register_kinds(worker.pool, KINDS, running_per_user=settings.running_per_user)
        upkeep = Upkeep(worker, STEPS) if {*UPKEEP} <= {own, *others} else None
        if upkeep:
            resources.push_async_callback(upkeep.stop)
        if context["is_burst"]:
            kinds = [kind for kind in KINDS if kind.queue in (own, *served)]
            context["work_off"] = partial(work_off, context["runner"], upkeep, kinds)
        else:
            others_served = [QueueWorker(queue_settings(settings, queue), context) for queue in served]
            resources.push_async_callback(stop_all, others_served)
            if upkeep:
                upkeep.start()
            await resources.enter_async_context(metrics_served(settings))
        log.info("worker_started", queues=[queue.name.lower() for queue in (own, *served)])

    async def stop(context: dict[Any, Any]) -> None:
        if "resources" in context:  # unless the start failed
            await context["resources"].aclose()
        if "worker" in context:
            log.info("worker_stopped")

    return queue_settings(settings, own) | {
        "on_startup": start,
        "on_shutdown": stop,
        "health_check_key": process_key(own, *others),
    }


def process_key(*queues: Queue) -> str:
    """The health key of this host's worker of these queues: ``arq --check`` checks it and no other host's."""
    return f"pmd:worker:{socket.gethostname()}:{'+'.join(queue.name.lower() for queue in queues)}"


async def work_off(runner: Runner, upkeep: Upkeep | None, kinds: Sequence[Kind[Any]]) -> None:
    """Do everything that is due, messages that follow from it included: ``arq --burst``."""
    if upkeep:
        await upkeep.run_due()
    await sweep_work(runner.worker, kinds)
    while any(await asyncio.gather(*(runner.run_due(kind) for kind in kinds for _ in range(kind.concurrency)))):
        pass


async def stop_all(workers: Sequence[QueueWorker]) -> None:
    """Concurrently: the process must end in time, and each may wait for a child process."""
    await asyncio.gather(*(worker.stop() for worker in workers))


def servable(own: Queue, *others: Queue) -> Sequence[Queue]:
    """Those of the other queues that this installation can serve. Work of the rest waits for a worker that can.

    Raises:
        SettingsError: it cannot serve its own queue.
    """
    missing = missing_modules()
    if missing and own in MEDIA:
        raise SettingsError(f"this worker needs the extra “media” ({', '.join(missing)}): {MEDIA_INSTALL}")
    skipped = [queue for queue in others if queue in MEDIA] if missing else []
    if skipped:
        names = [queue.name.lower() for queue in skipped]
        log.error("media_missing", modules=missing, queues=names, message=f"Their work waits: {MEDIA_INSTALL}")
    return [queue for queue in others if queue not in skipped]


def probes_of(worker: WorkerContext) -> Mapping[str, Probe]:
    """The checks of the dependencies that kinds of work need; each does what the work does with it."""
    probes: dict[str, Probe] = {"store": partial(worker.vault.describe, 0)}
    if mailer := Mailer.of(worker.settings):
        probes["mail"] = mailer.probe
    return probes


def queue_settings(settings: Settings, queue: Queue) -> dict[str, Any]:
    """The settings for arq of one queue: its job is the ticket, its slots the kind's or the operator's."""
    kind = next(kind for kind in KINDS if kind.queue is queue)
    return {
        "functions": [ticket_of(kind)],
        "redis_settings": UrlSettings(url=settings.redis_url),
        "queue_name": queue.value,
        "max_jobs": slots_of(settings, kind),
        "poll_delay": POLL_SECONDS,
        "health_check_interval": HEALTH_SECONDS,
        "job_completion_wait": DRAIN_SECONDS,
        "job_serializer": serialize,
        "job_deserializer": deserialize,
    }


def slots_of(settings: Settings, kind: Kind[Any]) -> int:
    """The rows of a kind that this process runs concurrently. Messages take no room worth a setting."""
    return settings.worker_concurrency if settings.worker_concurrency and kind.queue not in UPKEEP else kind.concurrency


def ticket_of(kind: Kind[Any]) -> Function:
    """The arq job of a kind. Which row it runs, and whether to retry, is decided by the rows in Postgres."""

    async def run(context: dict[str, Any]) -> None:
        await context["runner"].run_ticket(kind)

    timeout = kind.time_limit_seconds + GRACE_SECONDS
    return func(cast(WorkerCoroutine, run), name=TICKET, timeout=timeout, keep_result=0, max_tries=2)


def soon(
    name: str,
    run: Callable[[WorkerContext], Awaitable[object]],
    *,
    every_seconds: float = 2 * SWEEP_SECONDS,
    only_if: str | None = None,
) -> Step:
    return Step(name=name, run=run, every_seconds=every_seconds, only_if=only_if)


def daily(name: str, run: Callable[[WorkerContext], Awaitable[object]]) -> Step:
    return Step(name=name, run=run, every_seconds=86_400.0, limit_seconds=3600.0)


# What guarantees that every row ends, and what removes expired data.
STEPS: Sequence[Step] = (
    soon("sweep_work", partial(sweep_work, kinds=KINDS), every_seconds=SWEEP_SECONDS),
    # Workers carry orders out between rows; this is for queues whose workers are busy, or wait for a dependency.
    soon(
        "operators_orders",
        Rounds(KINDS),
        every_seconds=1.0,
        only_if=IS_ORDERED,
    ),
    soon("sweep_outbox", sweep_outbox),
    soon("webhook_deliveries", feed_webhooks, every_seconds=1.0, only_if=HAS_WEBHOOKS),
    Step(name="erased_accounts", run=erase_due, every_seconds=60.0, only_if=IS_ERASURE_DUE, limit_seconds=3600.0),
    soon("due_drafts", add_due, every_seconds=1.0, only_if=HAS_DUE),
    soon("sweep_uploads", sweep_uploads),
    soon("sweep_leftovers", lambda worker: sweep_leftovers(worker.pool, worker.vault)),
    Step(
        name="edition_digests",
        run=compute_digests,
        every_seconds=5.0,
        only_if=IS_DIGEST_DUE,
        limit_seconds=LIMIT_SECONDS,
    ),
    Step(name="register_files", run=register_files, every_seconds=60.0),
    Step(name="scrub", run=scrub, every_seconds=60.0, limit_seconds=SCRUB_LIMIT_SECONDS, is_shared=True),
    daily("received_files", schedule_orphans),
    daily("sent_messages", lambda worker: delete_old_mails(worker.pool)),
    daily("expired_downloads", lambda worker: clean_up(worker.pool, worker.vault)),
    daily("old_trash", lambda worker: empty_trash(worker.pool, ttl_days=worker.settings.trash_ttl_days)),
    daily("removed_packs", forget_removed_packs),
    daily("old_tasks", forget_old_tasks),
    daily("old_bulk_changes", forget_old_changes),
    daily("old_answers", lambda worker: delete_old_answers(worker.pool)),
    daily("old_imports", forget_old_imports),
    daily("old_watermarked", lambda worker: forget_old_pictures(worker.pool)),
    daily("visits", lambda worker: add_up_visits(worker.pool)),
    daily("published_drafts", forget_published),
    daily("old_keys", lambda worker: delete_old(worker.pool)),
    daily("old_browsers", lambda worker: delete_expired(worker.pool)),
    daily("old_attempts", lambda worker: delete_old_attempts(worker.pool)),
    daily("old_failures", lambda worker: forget_failed(worker.pool)),
    daily("old_breakers", lambda worker: delete_stale_breakers(worker.pool)),
    daily("old_changes", lambda worker: delete_old_changes(worker.pool)),
    daily("old_deliveries", lambda worker: delete_old_deliveries(worker.pool)),
    daily("gone_users", lambda worker: delete_orphaned_rows(worker.pool)),  # fails while the site is detached
)


@asynccontextmanager
async def opened_worker(settings: Settings) -> AsyncIterator[WorkerContext]:
    """The resources of a worker process, on a migrated database."""
    await require_sessions(settings.database_url)
    async with (
        collected("pmd-worker"),
        await create_pool(settings.database_url, application="pmd-worker", max_size=MAX_CONNECTIONS) as pool,
        opened_vault(settings) as vault,
        RemoteArtworks(user_agent=user_agent(settings.site_name, settings.base_url)) as remote,
        aclosing(Queues.connect(settings.redis_url)) as queues,
        aclosing(Spare(PROBE_ENGINE.module)) as spare,
        opened_feeds(settings) as feeds,
    ):
        await require_migrated(pool)
        async with watched_schema(pool) as schema:
            yield WorkerContext(
                pool=pool,
                queues=queues,
                vault=vault,
                remote=remote,
                ids=PublicIds(settings.sqids_alphabet),
                settings=settings,
                spare=spare,
                feeds=feeds,
                schema=schema,
            )


@asynccontextmanager
async def watched_schema(pool: Pool) -> AsyncIterator[Schema]:
    """The schema's state, checked periodically while the worker runs."""
    schema = Schema()
    await schema.accept(pool)
    watching = create_critical_task(schema.watch(pool), name="schema")
    try:
        yield schema
    finally:
        await stop_tasks(watching)
