"""The listening connection: how it comes back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from pmd_service.base import hosts
from pmd_service.events import listener as listener_module
from pmd_service.events.listener import Listener

from ..hang import HANG_SECONDS

Opened = Callable[[Callable[[], Awaitable[None]]], Awaitable[Listener]]


@pytest.fixture
async def opened(database_url: str) -> AsyncIterator[Opened]:
    """Starts a listener that calls this after each gap."""
    listeners: list[Listener] = []

    async def start(on_gap: Callable[[], Awaitable[None]]) -> Listener:
        listeners.append(Listener(database_url, on_change=lambda _payload: None, on_gap=on_gap))
        await listeners[-1].start()
        return listeners[-1]

    yield start
    for each in listeners:
        await each.stop()


LISTENING = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pmd-listener'
"""


async def test_a_listener_that_cannot_catch_up_backs_off_without_leaks(
    site_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals, caught_up = [OSError("not now")] * 5, asyncio.Event()

    async def refuse() -> None:
        if refusals:
            raise refusals.pop()
        caught_up.set()

    monkeypatch.setattr(listener_module, "RECONNECT_SECONDS", (0.001, 0.005))
    listener = await opened(refuse)
    connection = await asyncpg.connect(site_url)
    with capture_logs() as logs:
        await connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({LISTENING}) AS listening")
        await caught_up.wait()
    pauses = [entry["retry_seconds"] for entry in logs if entry["event"] == "listener_disconnected"]
    assert pauses == [0.001, 0.002, 0.004, 0.005, 0.005]
    assert listener.is_listening
    # Postgres notices in its own time that a connection was closed.
    async with asyncio.timeout(HANG_SECONDS):
        while len(await connection.fetch(LISTENING)) > 1:
            await asyncio.sleep(0.01)
    await connection.close()


async def test_a_listener_that_has_not_caught_up_is_not_ready(
    site_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse() -> None:
        raise OSError("not now")

    # At once the first time, and not again while this test lasts.
    pauses = iter([0.0, 1.0])
    monkeypatch.setattr(listener_module, "RECONNECT_SECONDS", (3600.0, 3600.0))
    monkeypatch.setattr("random.uniform", lambda _least, _most: next(pauses))
    listener = await opened(refuse)
    connection = await asyncpg.connect(site_url)
    with capture_logs() as logs:
        await connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({LISTENING}) AS listening")
        async with asyncio.timeout(HANG_SECONDS):
            while not any(entry["event"] == "listener_disconnected" for entry in logs):
                await asyncio.sleep(0)
    assert not listener.is_listening
    await connection.close()


async def test_a_connection_silent_at_its_first_statement_is_given_up(
    site_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught_up, silent = asyncio.Event(), list[int]()
    original = hosts.connect

    async def catch_up() -> None:
        caught_up.set()

    async def connect(dsn: str, **options: Any) -> asyncpg.Connection:
        connection = await original(dsn, **options)
        if not silent:
            silent.append(connection.get_server_pid())
            os.kill(silent[0], signal.SIGSTOP)
        return connection

    monkeypatch.setattr(listener_module, "RECONNECT_SECONDS", (0.001, 0.005))
    monkeypatch.setattr(listener_module, "PROBE_TIMEOUT_SECONDS", 0.2)
    await opened(catch_up)
    monkeypatch.setattr(listener_module, "connect", connect)
    connection = await asyncpg.connect(site_url)
    await connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({LISTENING}) AS listening")
    try:
        async with asyncio.timeout(HANG_SECONDS):
            await caught_up.wait()
    finally:
        os.kill(silent[0], signal.SIGCONT)
    async with asyncio.timeout(HANG_SECONDS):
        while len(await connection.fetch(LISTENING)) > 1:
            await asyncio.sleep(0.01)
    await connection.close()


class _HalfOpen:
    """A connection whose other end has gone without a word: what is asked is never answered."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    def add_termination_listener(self, _listener: object) -> None:
        pass

    def is_closed(self) -> bool:
        return False

    async def fetchval(self, _sql: str, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as asyncpg has it
        self.asked.set()
        async with asyncio.timeout(timeout):
            await asyncio.Event().wait()


async def test_a_connection_that_answers_no_probe_is_given_up(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr(listener_module, "PROBE_SECONDS", 0.01)
    monkeypatch.setattr(listener_module, "PROBE_TIMEOUT_SECONDS", 0.01)
    listener = Listener(database_url, on_change=lambda _payload: None, on_gap=_nothing)
    half_open = _HalfOpen()
    async with asyncio.timeout(HANG_SECONDS):
        await listener._watch(half_open)  # type: ignore[arg-type]
    assert half_open.asked.is_set()


async def _nothing() -> None:
    pass
