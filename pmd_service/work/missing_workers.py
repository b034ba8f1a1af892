"""Queues without a worker: their work waits and nothing fails, so it has to be reported."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import redis
from aiohttp import web

from ..base.critical import stop_tasks
from ..base.telemetry import log
from .queue import QUEUES, Queue, Queues

# By then, workers started together with the server have written their health keys.
GRACE_SECONDS = 60.0

_MEDIA_WORKER = "“pmd-admin worker” or “arq worker.MediaSettings”, with the extra “media”"
_STARTED_BY = {
    Queue.DOWNLOADS: ("builds downloads", "“pmd-admin worker” or “arq worker.WorkerSettings”"),
    Queue.PROBES: ("processes uploads", _MEDIA_WORKER),
    Queue.TASKS: ("runs tasks", _MEDIA_WORKER),
    Queue.PACKS: ("builds packs", _MEDIA_WORKER),
    Queue.MAILS: ("sends messages", "any worker"),
    Queue.WEBHOOKS: ("sends webhooks", "any worker"),
    Queue.POSTS: ("changes posts by a filter", "any worker"),
    Queue.DELIVERIES: ("sends users' webhooks", "any worker"),
    Queue.IMPORTS: ("imports archives", _MEDIA_WORKER),
    Queue.PUBLISHING: ("publishes drafts", _MEDIA_WORKER),
}


def describe(unattended: Sequence[Queue]) -> list[str]:
    """What is not being done, and what to start: a message for each kind of worker."""
    if set(unattended) == {*Queue}:
        return ["No worker is running: start “pmd-admin worker”."]
    undone: dict[str, list[str]] = {}
    for queue in unattended:
        work, start = _STARTED_BY[queue]
        undone.setdefault(start, []).append(work)
    return [f"No worker {', '.join(works)}: start {start}." for start, works in undone.items()]


async def find_missing(queues: Queues) -> list[str]:
    """Messages for a one-off check, which waits rather than report a worker that is only just starting."""
    return describe(await queues.confirmed_without_worker())


async def missing_workers(app: web.Application) -> list[str]:
    """The current messages; none if Redis does not answer."""
    try:
        return describe(await app[QUEUES].without_worker())
    except (redis.RedisError, OSError, TimeoutError):
        return []


async def has_upload_worker(app: web.Application) -> bool:
    """Whether a worker processes uploads; True if Redis does not answer."""
    try:
        return await app[QUEUES].has_worker(Queue.PROBES)
    except (redis.RedisError, OSError, TimeoutError):
        return True


async def missing_workers_context(app: web.Application) -> AsyncIterator[None]:
    """Log once, some time after the start, which workers are missing."""

    async def report() -> None:
        await asyncio.sleep(GRACE_SECONDS)
        for message in await missing_workers(app):
            log.error("worker_missing", message=message)

    reporting = asyncio.create_task(report(), name="missing workers")
    yield
    await stop_tasks(reporting)
