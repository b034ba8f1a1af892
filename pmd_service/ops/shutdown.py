"""A shutdown that balancers can see coming: unready at once, accepting for a while, and only then closed."""

import asyncio
import signal
from collections.abc import AsyncIterator

from aiohttp import web

from ..base.settings import SETTINGS
from ..base.telemetry import log


class Shutdown:
    """Whether this server has been signalled to stop."""

    has_begun = False


SHUTDOWN = web.AppKey("shutdown", Shutdown)


async def shutdown_delay_context(app: web.Application) -> AsyncIterator[None]:
    """After SIGTERM, serve on for ``SHUTDOWN_DELAY_SECONDS``: balancers send clients here until they have noticed.

    For ``web.run_app``, whose own handler closes the listener at once. A second SIGTERM ends the delay.
    """
    loop, delay = asyncio.get_running_loop(), app[SETTINGS].shutdown_delay_seconds

    def terminate() -> None:
        if app[SHUTDOWN].has_begun:
            stop()
        app[SHUTDOWN].has_begun = True
        log.info("shutdown_begun", delay_seconds=delay)
        loop.call_later(delay, stop)

    def stop() -> None:
        raise web.GracefulExit

    if delay:
        loop.add_signal_handler(signal.SIGTERM, terminate)
    yield
