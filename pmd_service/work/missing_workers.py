"""Queues that no worker answers: nothing fails then, it waits; so it has to be said."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

import redis
from aiohttp import web

from ..base.telemetry import log
from .queue import HEALTH_SECONDS, QUEUES, Queue, Queues

# By then the workers that are started together with a server say that they live.
PATIENCE_SECONDS = 60.0
# By then a worker that is well has said again that it lives: it looks once a second whether it is time.
HEARTBEAT_GAP_SECONDS = HEALTH_SECONDS + 2.0

_MEDIA_WORKER = "“pmd worker” or “arq worker.MediaSettings”, with the extra “media”"
_STARTED_BY = {
    Queue.DOWNLOADS: ("builds downloads", "“pmd worker” or “arq worker.WorkerSettings”"),
    Queue.LOOKING: ("looks at uploads", _MEDIA_WORKER),
    Queue.TASKS: ("does tasks", _MEDIA_WORKER),
    Queue.PACKS: ("builds packs", _MEDIA_WORKER),
    Queue.MAILS: ("sends messages", "any worker"),
    Queue.WEBHOOKS: ("tells the site of changes", "any worker"),
}


def tell(unattended: Sequence[Queue]) -> list[str]:
    """What does not get done, and what to start for it: a sentence for each kind of worker."""
    if set(unattended) == {*Queue}:
        return ["No worker is running: start “pmd worker”."]
    undone: dict[str, list[str]] = {}
    for queue in unattended:
        work, start = _STARTED_BY[queue]
        undone.setdefault(start, []).append(work)
    return [f"No worker {', '.join(works)}: start {start}." for start, works in undone.items()]


async def find_missing(queues: Queues) -> list[str]:
    """The sentences for who asks once, and had rather wait than hear what is true for some seconds only.

    Whoever listens and has not said that it lives has just begun, or has said so to a Redis that was emptied since.
    """
    until = time.monotonic() + HEARTBEAT_GAP_SECONDS
    while unattended := await queues.without_worker():
        if time.monotonic() > until or not await queues.have_listener(unattended):
            break
        await asyncio.sleep(0.5)
    return tell(unattended)


async def missing_workers(app: web.Application) -> list[str]:
    """The sentences of now; none where Redis, which knows, does not answer."""
    try:
        return tell(await app[QUEUES].without_worker())
    except (redis.RedisError, OSError, TimeoutError):
        return []


async def has_upload_worker(app: web.Application) -> bool:
    """Whether a worker is there for what people send; where nobody knows, there is nothing to warn of."""
    try:
        return await app[QUEUES].has_worker(Queue.LOOKING)
    except (redis.RedisError, OSError, TimeoutError):
        return True


async def missing_workers_context(app: web.Application) -> AsyncIterator[None]:
    """Say some time after the start what nobody does."""

    async def look() -> None:
        await asyncio.sleep(PATIENCE_SECONDS)
        for sentence in await missing_workers(app):
            log.error("worker_missing", message=sentence)

    looking = asyncio.create_task(look(), name="missing workers")
    yield
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
