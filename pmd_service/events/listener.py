"""The one LISTEN connection of a process."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg
from aiohttp import web

from ..base.critical import create_critical_task, stop_tasks
from ..base.database import DATABASE_DOWN
from ..base.hosts import connect
from ..base.telemetry import log

CHANNEL = "pmd_changed"
CONNECT_SECONDS = 5.0
PROBE_SECONDS = 15.0
PROBE_TIMEOUT_SECONDS = 5.0
RECONNECT_SECONDS = (0.1, 5.0)


class Listener:
    """Listens forever: reconnects, and detects connections that are dead without having been closed.

    Args:
        on_change: called with each notification's payload.
        on_gap: called after each reconnect: notifications may have been missed, and state must be read again.
    """

    def __init__(self, dsn: str, *, on_change: Callable[[str], None], on_gap: Callable[[], Awaitable[None]]) -> None:
        self._dsn = dsn
        self._on_change = on_change
        self._on_gap = on_gap
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    @property
    def is_listening(self) -> bool:
        return self._listening.is_set()

    async def start(self) -> None:
        """Return once the first LISTEN is in force.

        Raises:
            OSError, asyncpg.PostgresError: the first connection failed.
        """
        connection = await self._connect()
        self._task = create_critical_task(self._listen_forever(connection), name="listener")

    async def stop(self) -> None:
        await stop_tasks(self._task)

    async def _listen_forever(self, connection: asyncpg.Connection) -> None:
        while True:
            try:
                await self._watch(connection)
            except Exception:
                log.exception("listener_failed")
            finally:
                self._listening.clear()
                connection.terminate()
            connection = await self._reconnect()

    async def _reconnect(self) -> asyncpg.Connection:
        pause, longest = RECONNECT_SECONDS
        while True:
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - jitter, not a secret
            try:
                connection = await self._connect()
                try:
                    await self._on_gap()
                except BaseException:
                    self._listening.clear()
                    connection.terminate()  # or it would go on listening alongside the next one
                    raise
            except Exception as error:
                log.warning("listener_disconnected", error=repr(error), retry_seconds=pause)
                pause = min(pause * 2, longest)
            else:
                log.info("listener_reconnected")
                return connection

    async def _connect(self) -> asyncpg.Connection:
        connection = await connect(
            self._dsn,
            timeout=CONNECT_SECONDS,
            command_timeout=PROBE_TIMEOUT_SECONDS,
            server_settings={"application_name": "pmd-listener"},
        )
        try:
            await connection.add_listener(CHANNEL, lambda _connection, _pid, _channel, text: self._on_change(text))
        except BaseException:
            connection.terminate()
            raise
        self._listening.set()
        return connection

    async def _watch(self, connection: asyncpg.Connection) -> None:
        """Return when the connection has ended; a half-open one is detected by a probe without an answer."""
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _connection: ended.set())
        while not connection.is_closed():
            with suppress(TimeoutError):
                async with asyncio.timeout(PROBE_SECONDS):
                    await ended.wait()
                return
            try:
                await connection.fetchval("SELECT 1", timeout=PROBE_TIMEOUT_SECONDS)
            except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
                log.warning("listener_probe_failed", error=repr(error))
                return


LISTENER = web.AppKey("listener", Listener)
