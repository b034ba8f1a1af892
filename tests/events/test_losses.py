"""Live status through losses: of the listening connection, and of Postgres."""

import asyncio
import os
import signal

import asyncpg
import pytest
from aiohttp.test_utils import TestServer

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack
from pmd_service.events import listener
from pmd_service.events.hub import HUB
from pmd_service.events.listener import LISTENER

from ..conftest import Serve
from ..hang import HANG_SECONDS
from ..restarts import restart_postgres
from ..site import Api, Site
from .sse import opened
from .test_stream import request_download


async def test_no_change_is_missed_when_the_listening_connection_is_lost(
    site: Site, api: Api, server: TestServer
) -> None:
    artist = await site.add_user()
    kept = await request_download(site, api, artist)
    gone = await request_download(site, api, artist)
    async with opened(api, artist) as stream:
        await stream.until("connected")
        # In one transaction, so that the changes come while nobody listens.
        async with site.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "UPDATE batch_download_requests SET status = 'failed', error_message = 'Gap.', completed_at = now() "
                "WHERE id = $1",
                kept,
            )
            await connection.execute("DELETE FROM batch_download_requests WHERE id = $1", gone)
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'pmd-listener'"
            )
            async with asyncio.timeout(HANG_SECONDS):
                while server.app[LISTENER].is_listening:
                    await asyncio.sleep(0)
        # Earlier events may come twice: those of the requests themselves can be late.
        reported: dict[str, str | None] = {}
        while reported != {kept: "failed", gone: None}:
            event = await stream.next()
            reported[event.data["id"]] = event.data.get("status")


async def test_streams_live_through_a_restart_of_postgres(
    site: Site, api: Api, stack: Stack, server: TestServer, database_url: str
) -> None:
    artist = await site.add_user()
    bdr_id = await request_download(site, api, artist)
    async with opened(api, artist) as stream:
        await stream.until("connected")
        await asyncio.to_thread(restart_postgres, stack)
        connection = await asyncpg.connect(database_url)
        await connection.execute(
            "UPDATE batch_download_requests SET status = 'failed', error_message = 'Later.', completed_at = now()"
        )
        await connection.close()
        event = await stream.until_status("failed")
        assert event.data["id"] == bdr_id


async def test_a_half_open_connection_is_detected_and_replaced(
    site: Site, serve: Serve, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "PROBE_SECONDS", 0.1)
    monkeypatch.setattr(listener, "PROBE_TIMEOUT_SECONDS", 0.2)
    server = await serve(settings)
    artist = await site.add_user()
    async with Api(server.make_url("/"), settings) as api, opened(api, artist) as stream:
        await stream.until("connected")
        backend = await site.pool.fetchval(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pmd-listener'"
        )
        # A frozen server end is what a cut cable looks like: nothing comes, and nothing says so.
        os.kill(backend, signal.SIGSTOP)
        try:
            bdr_id = await request_download(site, api, artist)
            assert (await stream.next()).data["id"] == bdr_id
        finally:
            os.kill(backend, signal.SIGCONT)


async def test_a_listener_whose_catching_up_fails_logs_it_and_retries(
    site: Site, api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    listening, resync = server.app[LISTENER], server.app[HUB].resync
    tried: list[bool] = []

    async def fail_once() -> None:
        tried.append(listening.is_listening)
        if len(tried) == 1:
            raise OSError("not now")
        await resync()

    monkeypatch.setattr(listening, "_on_gap", fail_once)
    async with opened(api, artist) as stream:
        await stream.until("connected")
        await site.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'pmd-listener'"
        )
        async with asyncio.timeout(HANG_SECONDS):
            while len(tried) < 2 or not listening.is_listening:
                await asyncio.sleep(0.01)
        bdr_id = await request_download(site, api, artist)
        assert (await stream.next()).data["id"] == bdr_id
    listeners = await site.pool.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    assert listeners == 1
