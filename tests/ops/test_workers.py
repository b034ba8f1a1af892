"""What a worker that is short of something does: say so, and go on with the rest."""

import socket
import subprocess

import msgspec
import pytest
from structlog.testing import capture_logs

from pmd_service import jobs
from pmd_service.base import pooler
from pmd_service.base.settings import Settings, SettingsError, environment
from pmd_service.jobs import MEDIA, UPKEEP, opened_worker, servable, serve_metrics
from pmd_service.work.queue import Queue

from .test_entry_points import ARQ, ROOT


def test_without_the_media_extra_files_wait_and_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert servable(Queue.DOWNLOADS, *MEDIA, *UPKEEP) == [*MEDIA, *UPKEEP]
    monkeypatch.setattr(jobs, "missing_modules", lambda: ["av"])
    with capture_logs() as logs:
        assert servable(Queue.DOWNLOADS, *MEDIA, *UPKEEP) == [*UPKEEP]
    assert [(line["event"], line["modules"]) for line in logs] == [("media_missing", ["av"])]
    with pytest.raises(SettingsError, match="needs the extra “media”"):
        servable(Queue.LOOKING, *UPKEEP)


def test_two_workers_of_a_host_share_their_settings_the_metrics_port_among_them(settings: Settings) -> None:
    with socket.socket() as taken, capture_logs() as logs:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        serve_metrics(msgspec.structs.replace(settings, worker_metrics_port=taken.getsockname()[1]))
    assert [line["event"] for line in logs] == ["metrics_not_served"]


async def test_a_pooler_that_mixes_up_sessions_is_told_by_the_worker_too(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def shared(_dsn: str) -> None:
        raise pooler.PoolerError(pooler.NEEDED)

    monkeypatch.setattr(jobs, "require_sessions", shared)
    with pytest.raises(pooler.PoolerError):
        async with opened_worker(settings):
            pass


@pytest.mark.parametrize("worker", ["WorkerSettings", "MediaSettings", "UpkeepSettings", "AllSettings"])
def test_what_keeps_a_worker_from_starting_is_told_in_one_line(worker: str, settings: Settings) -> None:
    environ = environment(settings) | {"DATABASE_URL": "postgresql://u:hidden@127.0.0.1:1/none"}
    command = [ARQ, f"worker.{worker}"]
    result = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    last = result.stderr.strip().splitlines()[-1]
    assert result.returncode != 0
    assert last.startswith("cannot start: ")
    assert "Traceback" not in result.stderr
    assert "hidden" not in result.stderr
