"""A worker's own port: ``/metrics`` for Prometheus, and ``/healthz`` for what restarts a process that hangs.

It is served by the event loop that runs the work: when that hangs, nothing answers.

In a thread: rendering the metrics.
"""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ..base.settings import Settings
from ..base.telemetry import log

# The workers of a host share their settings: each takes the first free port from WORKER_METRICS_PORT on.
PORTS = 10


async def get_metrics(_request: web.Request) -> web.Response:
    return web.Response(body=await asyncio.to_thread(generate_latest), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def get_healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


# What the port answers, by path.
PATHS = {"/metrics": get_metrics, "/healthz": get_healthz}


@asynccontextmanager
async def metrics_served(settings: Settings) -> AsyncIterator[None]:
    """While the block runs, if there is a WORKER_METRICS_PORT. A worker without a free port works all the same."""
    if settings.worker_metrics_port is None:
        yield
        return
    app = web.Application()
    app.add_routes([web.get(path, handler) for path, handler in PATHS.items()])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await _listen(runner, settings.host, settings.worker_metrics_port)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, first: int) -> None:
    for port in range(first, min(first + PORTS, 2**16)):
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                log.warning("metrics_not_served", port=port, error=str(error))
                return
        else:
            log.info("metrics_served", port=port)
            return
    log.warning("metrics_not_served", port=first, error=f"this port and the next {PORTS - 1} are in use")
