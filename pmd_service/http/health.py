"""/healthz, /readyz and /metrics, for whoever operates the service."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Literal

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ..database import POOL, Pool
from ..events.listener import LISTENER
from ..ops.telemetry import BDR_OLDEST_SECONDS, BDR_UNFINISHED, QUEUE_DEPTH, log
from ..site.rights import missing_rights
from ..vault import VAULT
from ..work.queue import QUEUES, Queue, Queues
from .wire import json_response

CHECK_SECONDS = 2.0


class Liveness(msgspec.Struct, frozen=True):
    """The answer of GET /healthz."""

    status: Literal["ok"] = "ok"


class Readiness(msgspec.Struct, frozen=True):
    """The answer of GET /readyz: each dependency by name."""

    status: Literal["ready", "not ready"]
    checks: dict[str, Literal["ok", "failing"]]


async def get_healthz(_request: web.Request) -> web.Response:
    """The process is alive; nothing else is looked at, so that a supervisor restarts only what is stuck."""
    return json_response(Liveness())


async def get_readyz(request: web.Request) -> web.Response:
    """Every dependency by name; 503 while one of them is missing."""
    app = request.app

    async def listener() -> None:
        if not app[LISTENER].is_listening:
            raise ConnectionError("not listening")

    async def postgres() -> None:
        await app[POOL].fetchval("SELECT 1")

    async def redis() -> None:
        await app[QUEUES].redis.ping()

    async def site() -> None:
        if missing := await missing_rights(app[POOL]):
            raise PermissionError("; ".join(missing[:3]))

    checks = {"postgres": postgres, "site": site, "redis": redis, "vault": app[VAULT].check, "listener": listener}
    results = await asyncio.gather(*(_is_well(name, check) for name, check in checks.items()))
    ready = all(results)
    return json_response(
        Readiness(
            status="ready" if ready else "not ready",
            checks={name: "ok" if well else "failing" for name, well in zip(checks, results, strict=True)},
        ),
        status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
    )


async def measure_requests(pool: Pool) -> None:
    row = await pool.fetchrow(
        """SELECT count(*) AS unfinished, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest
             FROM batch_download_requests
            WHERE status IN ('pending', 'processing') AND deleted_at IS NULL"""
    )
    assert row is not None
    BDR_UNFINISHED.set(row["unfinished"])
    BDR_OLDEST_SECONDS.set(row["oldest"])


async def measure_queues(queues: Queues) -> None:
    for queue in Queue:
        QUEUE_DEPTH.labels(queue.name.lower()).set(await queues.depth(queue))


async def _is_well(name: str, check: Callable[[], Awaitable[None]]) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:
        log.warning("not_ready", check=name, error=repr(error))
        return False
    return True


async def get_metrics(request: web.Request) -> web.Response:
    """This process's metrics, and those of the queue as it is now; the latter are left out while they cannot be had."""
    await asyncio.gather(
        _is_well("requests", lambda: measure_requests(request.app[POOL])),
        _is_well("queue", lambda: measure_queues(request.app[QUEUES])),
    )
    body = await asyncio.to_thread(generate_latest)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
