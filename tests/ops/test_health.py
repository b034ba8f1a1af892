"""Health checks, metrics and request ids."""

import asyncio
import socket
from contextlib import aclosing

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from pmd_service.assets.disk import DISK_RESERVE_BYTES
from pmd_service.base.database import POOL
from pmd_service.base.settings import Settings
from pmd_service.ops import health
from pmd_service.vault.local import LocalStore
from pmd_service.work import missing_workers
from pmd_service.work.queue import QUEUES, Queue, Queues

from ..conftest import Serve
from ..hang import HANG_SECONDS
from ..site import Api, Site


@pytest.fixture(autouse=True)
def uncached(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stores are checked at every call, and not once a second: these tests change them in between."""
    monkeypatch.setattr(health, "READY_SECONDS", 0.0)


async def test_readyz_checks_each_dependency_by_connecting(api: Api, server: TestServer) -> None:
    assert server.app is not None
    assert server.app[health.PROBES].get_size() == 0
    ready = await api.call("GET", "/readyz")
    assert ready.status == 200, ready
    assert ready.json == {
        "status": "ready",
        "checks": {"postgres": "ok", "site": "ok", "redis": "ok", "vault": "ok", "listener": "ok"},
        "notes": ["No worker is running: start “pmd-admin worker”."],
    }
    assert (await api.call("GET", "/healthz")).json == {"status": "ok"}


async def test_readyz_notes_queues_without_worker_and_stays_ready(api: Api, settings: Settings) -> None:
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        for queue in {*Queue} - {Queue.PROBES}:
            await queues.redis.set(queue.health_key, b"alive")
        ready = await api.call("GET", "/readyz")
        assert (ready.status, ready.json["status"]) == (200, "ready")
        assert [note.partition(":")[0] for note in ready.json["notes"]] == ["No worker processes uploads"]
        await queues.redis.set(Queue.PROBES.health_key, b"alive")
        assert (await api.call("GET", "/readyz")).json["notes"] == []


async def test_queues_without_worker_are_logged(
    serve: Serve, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missing_workers, "GRACE_SECONDS", 0.0)
    with capture_logs() as logs:
        await serve(settings)
        async with asyncio.timeout(HANG_SECONDS):
            while not (messages := [line["message"] for line in logs if line["event"] == "worker_missing"]):
                await asyncio.sleep(0.01)
    assert messages == ["No worker is running: start “pmd-admin worker”."]


async def test_no_worker_is_called_missing_while_redis_is_away() -> None:
    application = web.Application()
    async with aclosing(Queues.connect("redis://127.0.0.1:1")) as queues:
        application[QUEUES] = queues
        assert await missing_workers.missing_workers(application) == []
        assert await missing_workers.has_upload_worker(application)


async def test_readyz_without_the_vault_is_ready_with_a_note(site: Site, api: Api) -> None:
    site.vault.rmdir()
    ready = await api.call("GET", "/readyz")
    assert (ready.status, ready.json["status"], ready.json["checks"]["vault"]) == (200, "ready", "failing")
    assert ready.json["notes"][-1] == "The vault does not answer: files are 503, and work on them waits."
    assert (await api.get("/api/pmd/posts", user=await site.add_user())).status == 200


async def test_readyz_on_a_full_disk_is_ready_with_a_note(
    site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = DISK_RESERVE_BYTES  # of which no upload takes any
    monkeypatch.setattr(LocalStore, "free_bytes", lambda _: asyncio.sleep(0, free))
    assert (await api.call("GET", "/readyz")).json["checks"]["vault"] == "ok"
    free -= 1
    ready = await api.call("GET", "/readyz")
    assert (ready.status, ready.json["status"], ready.json["checks"]["vault"]) == (200, "ready", "failing")
    assert (
        ready.json["notes"][-1] == "The vault's disk is full: files can be read, and none be added until there is room."
    )
    assert "disk" not in ready.json["checks"]


async def test_what_stays_away_is_logged_once_a_minute(
    serve: Serve, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 0
    monkeypatch.setattr(LocalStore, "free_bytes", lambda _: asyncio.sleep(0, free))
    server = await serve(settings)
    async with Api(server.make_url("/"), settings) as api:
        with capture_logs() as logs:
            for free_now, minutes, logged in ((0, 0, 1), (0, 0, 1), (0, 1, 2), (DISK_RESERVE_BYTES, 0, 2), (0, 0, 3)):
                free = free_now
                monkeypatch.setattr(health, "LOG_SECONDS", 0.0 if minutes else 1e9)
                assert (await api.call("GET", "/readyz")).status == 200
                logged_checks = [line["check"] for line in logs if line["event"] == "not_ready"]
                assert logged_checks == ["disk"] * logged


async def test_readyz_fails_and_healthz_passes_without_postgres(
    api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: object) -> None:
        raise ConnectionError

    assert server.app is not None
    monkeypatch.setattr(type(server.app[health.PROBES]), "fetchval", refuses)
    ready = await api.call("GET", "/readyz")
    assert (ready.status, ready.json["status"], ready.json["checks"]["postgres"]) == (503, "not ready", "failing")
    assert (await api.call("GET", "/healthz")).status == 200


@pytest.mark.parametrize("is_silent", [False, True], ids=["refuses", "is silent"])
async def test_readyz_without_redis_is_ready_with_a_note(
    site: Site, serve: Serve, settings: Settings, is_silent: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts connections, and never answers
        port = silent.getsockname()[1] if is_silent else 1
        server = await serve(msgspec.structs.replace(settings, redis_url=f"redis://127.0.0.1:{port}/0"))
        artist = await site.add_user()
        async with Api(server.make_url("/"), settings) as api:
            ready = await api.call("GET", "/readyz")
            assert (ready.status, ready.json["status"], ready.json["checks"]["redis"]) == (200, "ready", "failing")
            assert ready.json["notes"] == ["Redis does not answer: new work starts with the workers' next sweep."]
            assert (await api.get("/api/pmd/posts", user=artist)).status == 200
            posts = [await site.add_post(artist)]
            assert (await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)).status == 202
            assert "pmd_redis_up 0.0" in (await api.call("GET", "/metrics")).body.decode()


async def test_metrics_are_labelled_by_route_and_not_by_url(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await api.get("/api/pmd/bdr/6a1f3a0e-0000-4000-8000-000000000000", user=artist)
    text = (await api.call("GET", "/metrics")).body.decode()
    assert 'pmd_http_request_duration_seconds_count{method="GET",route="/api/pmd/bdr/{bdr_id}",status="404"}' in text
    assert "6a1f3a0e" not in text
    for name in ("bdr_status_total", "bdr_processing_duration_seconds", "bdr_file_size_bytes", "bdr_artworks_count"):
        assert name in text


async def test_response_has_a_request_id_or_the_callers(api: Api) -> None:
    assert len((await api.call("GET", "/healthz")).headers["X-Request-ID"]) == 32
    given = await api.call("GET", "/nothing", headers={"X-Request-ID": "from-the-proxy"})
    assert given.headers["X-Request-ID"] == "from-the-proxy"
    assert (given.status, given.headers["Content-Type"]) == (404, "application/problem+json")
    too_long = await api.call("GET", "/healthz", headers={"X-Request-ID": "x" * 65})
    assert len(too_long.headers["X-Request-ID"]) == 32


async def test_response_headers_disclose_no_versions(api: Api) -> None:
    for path in ("/healthz", "/nothing", "/api/pmd/posts"):
        assert (await api.call("GET", path)).headers["Server"] == "pmd"


async def test_unreadable_metrics_are_omitted_instead_of_repeated(
    api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def readings() -> set[str]:
        text = (await api.call("GET", "/metrics")).body.decode()
        return {
            name
            for name in ("pmd_bdr_unfinished ", "pmd_bdr_oldest_unfinished_seconds ", "pmd_queue_depth{")
            if name in text
        }

    assert len(await readings()) == 3
    await server.app[POOL].execute("ALTER TABLE batch_download_requests RENAME TO hidden")
    assert await readings() == {"pmd_queue_depth{"}
    await server.app[POOL].execute("ALTER TABLE hidden RENAME TO batch_download_requests")
    assert len(await readings()) == 3


async def test_metrics_have_backlog_and_lateness_per_kind(site: Site, api: Api) -> None:
    artist = await site.add_user()
    for _ in range(3):
        await api.post("/api/pmd/bdr", {"post_ids": [await site.add_post(artist)]}, user=artist)
    text = (await api.call("GET", "/metrics")).body.decode()
    assert 'pmd_work_backlog{kind="bdr"} 3.0' in text
    assert 'pmd_work_due{kind="bdr"} 2.0' in text, "a further worker would start as many as one user may run"
    assert 'pmd_work_running{kind="bdr"} 0.0' in text
    assert 'pmd_work_backlog{kind="task"} 0.0' in text
    assert 'pmd_work_late_seconds{kind="bdr"}' in text
