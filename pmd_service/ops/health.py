"""/healthz, /readyz and /metrics, for operators.

In a thread: rendering the metrics.
"""

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Annotated, Literal

import asyncpg
import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis import RedisError

from ..assets.disk import DISK_RESERVE_BYTES
from ..base.database import POOL, Pool, create_request_pool
from ..base.settings import Settings
from ..base.telemetry import log
from ..events.listener import LISTENER
from ..http.ready_made import Refreshed
from ..http.route import Answer, Routes
from ..http.wire import json_response
from ..site.rights import missing_rights
from ..vault import VAULT, Vault
from ..work.missing_workers import missing_workers
from ..work.queue import QUEUES, Queue, Queues
from ..work.registry import measure_load
from .shutdown import SHUTDOWN

CHECK_SECONDS = 2.0
REDIS_AWAY = "Redis does not answer: new work starts with the workers' next sweep."
VAULT_AWAY = "The vault does not answer: files are 503, and work on them waits."
DISK_FULL = "The vault's disk is full: files can be read, and none be added until there is room."


class Liveness(msgspec.Struct, frozen=True):
    """The response of GET /healthz."""

    status: Literal["ok"] = "ok"


class Readiness(msgspec.Struct, frozen=True):
    """The response of GET /readyz: each dependency by name."""

    status: Annotated[Literal["ready", "not ready"], msgspec.Meta(examples=["ready"])]
    checks: Annotated[
        dict[str, Literal["ok", "failing"]],
        msgspec.Meta(
            description="Without `redis` or `vault` a server is still ready: all servers share them.",
            examples=[{"postgres": "ok", "redis": "ok", "vault": "ok"}],
        ),
    ]
    # Problems that operators should know of although this server can serve, and why it is about to end.
    notes: Annotated[Sequence[str], msgspec.Meta(examples=[["No worker runs tasks: start “pmd-admin worker”."]])] = ()


ROUTES = Routes("Service", about="Health, metrics and this documentation.")


@ROUTES("GET /healthz", "The process is alive.", anonymous=True, any_query=True)
async def get_healthz(_request: web.Request) -> Liveness:
    """Liveness."""
    # Checks nothing but that the event loop answers, so that a supervisor restarts only a process that hangs.
    return Liveness()


@ROUTES(
    "GET /readyz",
    Answer("What this server needs is available: Postgres.", kind=Readiness),
    Answer(
        "Postgres cannot be used, as ``checks`` shows, or it is shutting down.",
        HTTPStatus.SERVICE_UNAVAILABLE,
        kind=Readiness,
        example=Readiness("not ready", {"postgres": "failing", "redis": "ok", "vault": "ok"}),
    ),
    anonymous=True,
    any_query=True,
)
async def get_readyz(request: web.Request) -> web.Response:
    """Readiness."""
    readiness = await request.app[READINESS].get()
    if request.app[SHUTDOWN].has_begun:
        notes = ["This server is shutting down.", *readiness.notes]
        readiness = msgspec.structs.replace(readiness, status="not ready", notes=notes)
    is_ready = readiness.status == "ready"
    return json_response(readiness, status=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)


# The dependencies are checked this often, whatever the rate of requests, over connections of their own: requests that
# queue for the pool must not make a server unready, or a balancer would pass the load on to the next one.
READY_SECONDS = 1.0
# What stays away for hours is logged this often.
LOG_SECONDS = 60.0
READINESS = web.AppKey("readiness", Refreshed[Readiness])
PROBES = web.AppKey("probes", asyncpg.Pool)


async def probes_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    # min_size=0: no connection unless readiness is requested.
    pool = await create_request_pool(settings.database_url, application="pmd-probes", min_size=0, max_size=2)
    async with pool:
        app[PROBES] = pool
        yield


def kept_readiness(app: web.Application) -> Refreshed[Readiness]:
    async def listener() -> None:
        if not app[LISTENER].is_listening:
            raise ConnectionError("not listening")

    async def postgres() -> None:
        await app[PROBES].fetchval("SELECT 1")

    async def site() -> None:
        if missing := await missing_rights(app[PROBES]):
            raise PermissionError("; ".join(missing[:3]))

    async def vault() -> None:
        await app[VAULT].check()

    async def disk() -> None:
        free = await app[VAULT].free_bytes()
        if free is not None and free < DISK_RESERVE_BYTES:
            raise OSError(errno.ENOSPC, f"{free:,} bytes are free")

    async def redis() -> None:
        await app[QUEUES].redis.ping()

    # All of Postgres. What else is away is so for every server: taking them all out would end what still works.
    needed = {"postgres": postgres, "site": site, "listener": listener}
    checks = needed | {"vault": vault, "disk": disk, "redis": redis}
    logged_at: dict[str, float] = {}

    async def check_all() -> Readiness:
        results = await asyncio.gather(*(_is_well(name, check, logged_at) for name, check in checks.items()))
        well = dict(zip(checks, results, strict=True))
        notes = [] if well["vault"] else [VAULT_AWAY]
        if not well.pop("disk") and well["vault"]:
            well["vault"], notes = False, [DISK_FULL]
        missing = await missing_workers(app) if well["redis"] else [REDIS_AWAY]
        return Readiness(
            status="ready" if all(well[name] for name in needed) else "not ready",
            checks={name: "ok" if is_well else "failing" for name, is_well in well.items()},
            notes=[*missing, *notes],
        )

    return Refreshed(check_all, seconds=READY_SECONDS)


async def measure_work(pool: Pool) -> Sequence[Metric]:
    late = GaugeMetricFamily("pmd_work_late_seconds", "How long the first row in line has been due", labels=["kind"])
    backlog = GaugeMetricFamily("pmd_work_backlog", "Rows that wait, 10,000 at most", labels=["kind"])
    due = GaugeMetricFamily("pmd_work_due", "Rows that a further worker would start, 10,000 at most", labels=["kind"])
    running = GaugeMetricFamily("pmd_work_running", "Rows that workers run, 10,000 at most", labels=["kind"])
    for kind, load in (await measure_load(pool)).items():
        late.add_metric([kind], load.late)
        due.add_metric([kind], load.due)
        running.add_metric([kind], load.running)
        backlog.add_metric([kind], load.waiting)
    scrub_late = await pool.fetchval(
        "SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8 FROM asset_verified WHERE due_at <= now()"
    )
    damaged = await pool.fetchval("SELECT count(*) FROM asset_verified WHERE fault IS NOT NULL")
    return [
        late,
        due,
        running,
        backlog,
        GaugeMetricFamily("pmd_scrub_late_seconds", "How long the first file to verify has been due", scrub_late),
        GaugeMetricFamily("pmd_vault_damaged_files", "Library files that the scrub found lost or changed", damaged),
    ]


async def measure_vault(vault: Vault) -> Sequence[Metric]:
    free = await vault.free_bytes()
    return [GaugeMetricFamily("pmd_vault_free_bytes", "Room on the vault's disk", free)] if free is not None else []


async def measure_requests(pool: Pool) -> Sequence[Metric]:
    row = await pool.fetchrow(
        """SELECT count(*) AS unfinished, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest
             FROM batch_download_requests
            WHERE status IN ('pending', 'processing') AND deleted_at IS NULL"""
    )
    assert row is not None
    age = "Age of the oldest request that is pending or processing"
    return [
        GaugeMetricFamily("pmd_bdr_unfinished", "Requests that are pending or processing", row["unfinished"]),
        GaugeMetricFamily("pmd_bdr_oldest_unfinished_seconds", age, row["oldest"]),
    ]


async def measure_redis(queues: Queues) -> Sequence[Metric]:
    try:
        is_up = bool(await queues.redis.ping())
    except (RedisError, OSError, TimeoutError):
        is_up = False
    return [GaugeMetricFamily("pmd_redis_up", "1 where Redis answers this server", is_up)]


async def measure_queues(queues: Queues) -> Sequence[Metric]:
    depth = GaugeMetricFamily("pmd_queue_depth", "Tickets waiting in Redis, 64 at most", labels=["queue"])
    for queue in Queue:
        depth.add_metric([queue.name.lower()], await queues.depth(queue))
    answered = GaugeMetricFamily("pmd_queue_answered", "1 where a worker of the queue is running", labels=["queue"])
    unattended = await queues.without_worker()
    for queue in Queue:
        answered.add_metric([queue.name.lower()], queue not in unattended)
    return [depth, answered]


async def _is_well(name: str, check: Callable[[], Awaitable[None]], logged_at: dict[str, float] | None = None) -> bool:
    """Whether it passes.

    Args:
        logged_at: by name, when a failing check that is repeated was logged: it is again after ``LOG_SECONDS``.
    """
    logged_at = {} if logged_at is None else logged_at
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:
        now = time.monotonic()
        if name not in logged_at or now - logged_at[name] >= LOG_SECONDS:
            logged_at[name] = now
            log.warning("not_ready", check=name, error=repr(error))
        return False
    logged_at.pop(name, None)
    return True


class Readings(Collector):
    """Gauges read at this scrape. One that cannot be read is absent, rather than stale."""

    def __init__(self) -> None:
        self._metrics: list[Metric] = []

    async def add(self, reading: Awaitable[Sequence[Metric]]) -> None:
        self._metrics += await reading

    def collect(self) -> Iterable[Metric]:
        return self._metrics


@ROUTES(
    "GET /metrics",
    Answer("The metrics of this process.", media="text/plain", example='bdr_status_total{status="ready"} 12.0\n'),
    anonymous=True,
    any_query=True,
)
async def get_metrics(request: web.Request) -> web.Response:
    """Metrics.

    For Prometheus.
    """
    readings = Readings()
    await asyncio.gather(
        _is_well("requests", lambda: readings.add(measure_requests(request.app[POOL]))),
        _is_well("work", lambda: readings.add(measure_work(request.app[POOL]))),
        _is_well("vault", lambda: readings.add(measure_vault(request.app[VAULT]))),
        _is_well("redis", lambda: readings.add(measure_redis(request.app[QUEUES]))),
        _is_well("queue", lambda: readings.add(measure_queues(request.app[QUEUES]))),
    )
    body = await asyncio.to_thread(_expose, readings)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _expose(readings: Readings) -> bytes:
    """With ``PROMETHEUS_MULTIPROC_DIR``, the sums over all processes that share a port."""
    gauges = CollectorRegistry(auto_describe=False)
    gauges.register(readings)
    of_processes = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        of_processes = CollectorRegistry()
        MultiProcessCollector(of_processes)  # type: ignore[no-untyped-call]
    return generate_latest(of_processes) + generate_latest(gauges)
