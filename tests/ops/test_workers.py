"""A worker that lacks something logs it and does the rest."""

import asyncio
import json
import socket
import subprocess
import sys
import threading
import urllib.request

import msgspec
import pytest
from structlog.testing import capture_logs

from pmd_service import jobs
from pmd_service.base import pooler
from pmd_service.base.settings import Settings, SettingsError, environment
from pmd_service.demo.stack import free_port
from pmd_service.jobs import MEDIA, UPKEEP, opened_worker, queue_settings, servable
from pmd_service.ops import cli
from pmd_service.work import metrics_port
from pmd_service.work.queue import Queue

from ..hang import HANG_SECONDS
from .test_entry_points import ARQ, ROOT


def test_without_the_media_extra_files_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    assert servable(Queue.DOWNLOADS, *MEDIA, *UPKEEP) == [*MEDIA, *UPKEEP]
    monkeypatch.setattr(jobs, "missing_modules", lambda: ["av"])
    with capture_logs() as logs:
        assert servable(Queue.DOWNLOADS, *MEDIA, *UPKEEP) == [*UPKEEP]
    assert [(line["event"], line["modules"]) for line in logs] == [("media_missing", ["av"])]
    with pytest.raises(SettingsError, match="needs the extra “media”"):
        servable(Queue.PROBES, *UPKEEP)


def test_worker_concurrency_is_of_the_queues_and_not_of_messages(settings: Settings) -> None:
    fewer = msgspec.structs.replace(settings, worker_concurrency=5)
    slots = {queue: queue_settings(fewer, queue)["max_jobs"] for queue in Queue}
    usual = {queue: queue_settings(settings, queue)["max_jobs"] for queue in Queue}
    assert slots == usual | dict.fromkeys((Queue.DOWNLOADS, *MEDIA), 5)


def test_each_part_of_the_workers_is_of_its_own_queue(settings: Settings) -> None:
    code = """
import json, worker
print(json.dumps({name: each["health_check_key"] for name, each in vars(worker).items() if isinstance(each, dict)
                  and "health_check_key" in each}))"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment(settings), capture_output=True, text=True, check=True)
    keys = json.loads(done.stdout)
    upkeep = [queue.name.lower() for queue in UPKEEP]
    for queue in MEDIA:
        part = queue.name.lower()
        assert keys[cli.WORKERS[part]].endswith(f":{'+'.join([part, *upkeep])}")
    assert {*cli.WORKERS.values()} == keys.keys()
    assert len({*keys.values()}) == len(keys), "“arq --check” tells them apart"


async def test_worker_without_a_free_port_runs_without_metrics(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_port, "PORTS", 1)
    with socket.create_server(("127.0.0.1", 0)) as taken, capture_logs() as logs:
        with_port = msgspec.structs.replace(settings, worker_metrics_port=taken.getsockname()[1])
        async with metrics_port.metrics_served(with_port):
            pass
    assert [line["event"] for line in logs] == ["metrics_not_served"]


async def test_worker_healthz_fails_when_the_event_loop_hangs(settings: Settings) -> None:
    port, answered = free_port(), threading.Event()

    def read_health() -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=HANG_SECONDS) as response:
            answered.set()
            return bool(response.status == 200)

    async with metrics_port.metrics_served(msgspec.structs.replace(settings, worker_metrics_port=port)):
        reading = asyncio.create_task(asyncio.to_thread(read_health))
        await asyncio.sleep(0)
        assert not answered.wait(0.5), "the event loop is blocked, and something answered for it"
        assert await reading


async def test_worker_start_reports_an_unsuitable_pooler(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def shared(_dsn: str) -> None:
        raise pooler.PoolerError(pooler.NEEDED)

    monkeypatch.setattr(jobs, "require_sessions", shared)
    with pytest.raises(pooler.PoolerError):
        async with opened_worker(settings):
            pass


@pytest.mark.parametrize("worker", ["WorkerSettings", "MediaSettings", "UpkeepSettings", "AllSettings"])
def test_worker_start_failure_is_one_line(worker: str, settings: Settings) -> None:
    environ = environment(settings) | {"DATABASE_URL": "postgresql://u:hidden@127.0.0.1:1/none"}
    command = [ARQ, f"worker.{worker}"]
    result = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    last = result.stderr.strip().splitlines()[-1]
    assert result.returncode != 0
    assert last.startswith("cannot start: ")
    assert "Traceback" not in result.stderr
    assert "hidden" not in result.stderr
