"""The ways to start the service that its users are promised, as processes."""

import asyncio
import json
import re
import resource
import signal
import socket
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator
from contextlib import ExitStack, aclosing, suppress
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import psutil
import pytest
from yarl import URL

from pmd_service.base.settings import Settings, environment
from pmd_service.demo.stack import free_port
from pmd_service.work.queue import Queue, Queues

from ..events.sse import opened
from ..hang import HANG_SECONDS
from ..site import Api, Site

ROOT = Path(__file__).parents[2]
ARQ, PMD = (str(Path(sys.executable).with_name(name)) for name in ("arq", "pmd-admin"))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    port = free_port()
    return msgspec.structs.replace(settings, port=port, base_url=f"http://127.0.0.1:{port}")


@pytest.fixture
async def started(settings: Settings) -> AsyncIterator[list[subprocess.Popen[bytes]]]:
    """Processes that are ended with the test."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def start(command: list[str], settings: Settings, started: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment(settings), stderr=subprocess.DEVNULL)
    started.append(process)
    return process


async def until_ready(settings: Settings, connect: aiohttp.SocketFactoryType | None = None) -> None:
    connector = aiohttp.TCPConnector(socket_factory=connect)
    async with asyncio.timeout(HANG_SECONDS), aiohttp.ClientSession(connector=connector) as session:
        while True:
            try:
                async with session.get(f"{settings.base_url}/readyz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)


WAYS_TO_SERVE = {
    "server.py": "server.py",
    "aiohttp.web": "-m aiohttp.web -H 127.0.0.1 -P {port} server:create_app",
    "gunicorn": "-m gunicorn server:create_app() -k aiohttp.GunicornWebWorker -b 127.0.0.1:{port} --no-control-socket",
}
every_way_to_serve = pytest.mark.parametrize("way", WAYS_TO_SERVE)


def serve(way: str, settings: Settings, started: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    arguments = WAYS_TO_SERVE[way].format(port=settings.port).split()
    return start([sys.executable, *arguments], settings, started)


@every_way_to_serve
async def test_every_server_command_refuses_encoded_bodies_and_stops_fast(
    site: Site, settings: Settings, started: list[subprocess.Popen[bytes]], way: str, subtests: pytest.Subtests
) -> None:
    process = serve(way, settings, started)
    await until_ready(settings)
    with subtests.test("no body is unpacked"):
        await unpacks_no_body(settings, psutil.Process(process.pid))
    with subtests.test("it stops at once"):
        await stops_at_once(settings, process, await site.add_user())


async def unpacks_no_body(settings: Settings, process: psutil.Process) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    before = cpu_seconds(process)
    async with aiohttp.ClientSession(settings.base_url) as session:
        for path in ("/healthz", "/api/pmd/action", "/api/nothing", "/api/license") * 3:
            async with session.post(path, data=bomb(), headers=headers) as response:
                assert response.status == 415
    # To unwrap twelve times 256 MiB takes some seconds of the processor; to refuse them, none.
    assert cpu_seconds(process) - before < 1


def bomb() -> bytes:
    """256 MiB of spaces in gzip, packed once: after a full flush each MiB looks as the one before."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS + 16)
    first, again = (packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 255 + packer.flush()


async def stops_at_once(settings: Settings, process: subprocess.Popen[bytes], artist: int) -> None:
    async with Api(URL(settings.base_url), settings) as api, opened(api, artist) as stream:
        await stream.until("connected")
        process.send_signal(signal.SIGTERM)
        with pytest.raises((EOFError, aiohttp.ClientError)):
            await stream.next()
    assert await asyncio.to_thread(process.wait, HANG_SECONDS) in (0, -signal.SIGTERM)


async def test_stopping_server_is_unready_and_serves_for_the_stop_delay(
    site: Site, settings: Settings, started: list[subprocess.Popen[bytes]]
) -> None:
    patient = msgspec.structs.replace(settings, shutdown_delay_seconds=600)
    process = serve("server.py", patient, started)
    await until_ready(patient)
    artist = await site.add_user()
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(HANG_SECONDS):
        # A connection each: the listener is what a balancer still sends new clients to.
        while (ready := await once(patient, "/readyz"))["status"] != "not ready":
            await asyncio.sleep(0.05)
    assert ready["notes"][0] == "This server is shutting down."
    assert (await once(patient, "/healthz"))["status"] == "ok"
    async with Api(URL(patient.base_url), patient) as api:
        assert (await api.get("/api/pmd/posts", user=artist)).status == 200
    process.send_signal(signal.SIGTERM)  # once more: now
    assert await asyncio.to_thread(process.wait, HANG_SECONDS) in (0, -signal.SIGTERM)


async def test_stopping_server_closes_its_listener_and_finishes_answers(
    site: Site, settings: Settings, started: list[subprocess.Popen[bytes]]
) -> None:
    delayed = msgspec.structs.replace(settings, shutdown_delay_seconds=1)
    process = serve("server.py", delayed, started)
    await until_ready(delayed)
    artist, artwork = await site.add_user(), b"\x89PNG\r\n\x1a\n" + bytes(64 * 2**20)  # more than sockets hold
    post = await site.add_post(artist, data=artwork)
    async with Api(URL(delayed.base_url), delayed) as api:
        url = f"/api/pmd/posts/{post}/art"
        async with api.session.get(url, headers=api.sign(artist)) as response:
            assert response.status == 200, await response.text()
            received = len(await response.content.readany())
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(HANG_SECONDS):
                while await accepts(delayed):
                    await asyncio.sleep(0.01)
            assert received + len(await response.content.read()) == len(artwork)
    assert await asyncio.to_thread(process.wait, HANG_SECONDS) in (0, -signal.SIGTERM)


async def accepts(settings: Settings) -> bool:
    try:
        _, writer = await asyncio.open_connection(settings.host, settings.port)
    except OSError:
        return False
    writer.close()
    return True


async def once(settings: Settings, path: str) -> dict[str, Any]:
    async with aiohttp.ClientSession(settings.base_url) as session, session.get(path) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def test_stop_delay_ends_and_ctrl_c_is_not_delayed(
    settings: Settings, started: list[subprocess.Popen[bytes]]
) -> None:
    for delay, number in ((1, signal.SIGTERM), (600, signal.SIGINT)):
        delayed = msgspec.structs.replace(settings, shutdown_delay_seconds=delay)
        process = serve("server.py", delayed, started)
        await until_ready(delayed)
        process.send_signal(number)
        assert await asyncio.to_thread(process.wait, HANG_SECONDS) in (0, -number)


def cpu_seconds(process: psutil.Process) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in [process, *process.children(recursive=True)])


async def test_metrics_of_several_processes_on_one_port_are_summed(
    settings: Settings, started: list[subprocess.Popen[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = tmp_path / "metrics"
    metrics.mkdir()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(metrics))
    monkeypatch.setitem(
        WAYS_TO_SERVE, "two", f"{WAYS_TO_SERVE['gunicorn']} --workers 2 -c docs/operations/gunicorn.conf.py"
    )
    serve("two", settings, started)
    await until_ready(settings)
    requests = 40
    for _ in range(requests):  # a connection each, so that both processes answer
        async with aiohttp.ClientSession(settings.base_url) as session, session.get("/healthz"):
            pass
    seen = set()
    for _ in range(10):
        async with aiohttp.ClientSession(settings.base_url) as session, session.get("/metrics") as response:
            (count,) = re.findall(r'duration_seconds_count\{[^}]*route="/healthz"[^}]*\} (\S+)', await response.text())
            seen.add(float(count))
    assert seen == {requests}


async def test_server_processes_share_the_memory_of_what_is_loaded(
    settings: Settings, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    several = f"{WAYS_TO_SERVE['gunicorn']} --workers 4 -c docs/operations/gunicorn.conf.py"
    monkeypatch.setitem(WAYS_TO_SERVE, "several", several)
    first = psutil.Process(serve("several", settings, started).pid)
    await until_ready(settings)
    async with asyncio.timeout(HANG_SECONDS):
        while len(first.children()) < 4:
            await asyncio.sleep(0.05)
    memory = [each.memory_full_info() for each in (first, *first.children())]
    # Were each to load it for itself, all five together would take about four times as much as one.
    assert sum(each.pss for each in memory) < 2 * max(each.rss for each in memory)


async def test_server_raises_its_descriptor_limit(settings: Settings, started: list[subprocess.Popen[bytes]]) -> None:
    few = ["sh", "-c", 'ulimit -Sn 256 && exec "$0" server.py', sys.executable]
    process = start(few, settings, started)
    await until_ready(settings)
    soft, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    assert soft == hard


async def test_arq_check_shows_whether_a_worker_runs(
    site: Site, settings: Settings, started: list[subprocess.Popen[bytes]]
) -> None:
    def check() -> int:
        command = [ARQ, "--check", "worker.WorkerSettings"]
        return subprocess.run(command, cwd=ROOT, env=environment(settings), capture_output=True, check=False).returncode

    assert await asyncio.to_thread(check) == 1
    worker = start([ARQ, "worker.WorkerSettings"], settings, started)
    async with asyncio.timeout(HANG_SECONDS), aclosing(Queues.connect(settings.redis_url)) as queues:
        while not await queues.redis.exists(Queue.DOWNLOADS.health_key):
            await asyncio.sleep(0.05)
    assert await asyncio.to_thread(check) == 0
    worker.send_signal(signal.SIGTERM)
    await asyncio.to_thread(worker.wait, HANG_SECONDS)


async def test_each_worker_has_its_own_metrics_port(
    site: Site, settings: Settings, started: list[subprocess.Popen[bytes]]
) -> None:
    first = neighbouring_ports(2)
    with_metrics = msgspec.structs.replace(settings, worker_metrics_port=first)
    processes, ports = [], (first, first + 1)
    for name, port in zip(("downloads", "upkeep"), ports, strict=True):
        processes.append(start([PMD, "worker", name], with_metrics, started))
        metrics = (await until_answered(port, "/metrics")).decode()
        assert "bdr_processing_duration_seconds" in metrics
        assert json.loads(await until_answered(port, "/healthz")) == {"status": "ok"}
    starts = {
        re.search(rb"^process_start_time_seconds .*", await until_answered(port, "/metrics"), re.M) for port in ports
    }
    assert len({found[0] for found in starts if found}) == 2
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        await asyncio.to_thread(process.wait, HANG_SECONDS)


def neighbouring_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        with ExitStack() as taken, suppress(OSError):
            first = free_port()
            for port in range(first, first + count):
                taken.enter_context(socket.create_server(("127.0.0.1", port)))
            return first


async def until_answered(port: int, path: str) -> bytes:
    async with asyncio.timeout(HANG_SECONDS), aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{port}{path}") as response:
                    return await response.read()
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "command", [[sys.executable, "server.py"], [ARQ, "worker.WorkerSettings"]], ids=["server", "arq"]
)
def test_missing_setting_ends_the_start_with_one_line(settings: Settings, command: list[str]) -> None:
    environ = environment(settings)
    del environ["BASE_URL"]
    result = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert result.stderr.count("\n") == 1, result.stderr
    assert "BASE_URL" in result.stderr
