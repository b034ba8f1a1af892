"""arq's own command line on our settings: ``--burst``, ``--check``, ``-v``, ``--custom-log-dict`` and ``--watch``."""

import asyncio
import json
import subprocess
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from pmd_service.base.settings import Settings, environment
from pmd_service.demo.stack import Stack
from pmd_service.jobs import STEPS, UPKEEP, process_key
from pmd_service.work.queue import Queue, Queues

from .. import forked
from ..hang import HANG_SECONDS
from ..ops.test_entry_points import ARQ, ROOT
from ..site import Api, Site


def arq(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return forked.ended("arq", *arguments, env=environment(settings))


async def test_arq_burst_runs_all_due_work_without_tickets_and_exits(
    site: Site, api: Api, settings: Settings, stack: Stack
) -> None:
    settings = msgspec.structs.replace(settings, smtp_url=stack.mail.url, mail_from="pmd@makapix.club")
    artist = await site.add_user("bursting", email="bursting@example.org")
    posts = await site.add_posts(artist, 5)
    for post in posts:
        accepted = await api.post("/api/pmd/bdr", {"post_ids": [post], "send_email": True}, user=artist)
        assert accepted.status == 202
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        await queues.redis.flushall()
    result = await asyncio.to_thread(arq, settings, "--burst", "worker.WorkerSettings")
    assert result.returncode == 0, result.stderr
    statuses = await site.pool.fetch("SELECT status FROM batch_download_requests")
    assert [row["status"] for row in statuses] == 5 * ["ready"]
    assert await site.pool.fetchval("SELECT array_agg(DISTINCT status) FROM outbox") == ["sent"]
    assert sum(message["To"] == "bursting@example.org" for message in stack.mail.messages()) == 5
    undone = await site.pool.fetch("SELECT name FROM upkeep_steps WHERE ended_at IS NULL")
    assert {row["name"] for row in undone} == {step.name for step in STEPS if step.only_if}, "nothing else is undone"


@pytest.mark.parametrize(("option", "away"), [("--check", "refused"), ("--check", "silent"), ("--burst", "refused")])
async def test_arq_check_or_burst_without_redis_prints_a_line_and_exits(
    site: Site, settings: Settings, option: str, away: str
) -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if away == "refused":
        server.close()
    there = msgspec.structs.replace(settings, redis_url=f"redis://127.0.0.1:{port}/0")
    # Not forked: how an error is shown is the interpreter's part.
    check = [ARQ, option, "worker.WorkerSettings"]
    result = await asyncio.to_thread(
        subprocess.run, check, cwd=ROOT, env=environment(there), capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert result.stderr.splitlines()[-1].startswith(("cannot start: Redis (REDIS_URL)", "Redis has not answered"))
    server.close()


async def test_arq_check_reports_its_own_hosts_worker_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        await queues.redis.set(process_key(Queue.DOWNLOADS, *UPKEEP), b"its health")
        await queues.redis.set(Queue.PROBES.health_key, b"another host's")
    well, missing = [
        await asyncio.to_thread(arq, settings, "--check", f"worker.{name}")
        for name in ("WorkerSettings", "MediaSettings")
    ]
    assert (well.returncode, missing.returncode) == (0, 1)
    assert [result.stderr.count("Health check") for result in (well, missing)] == [1, 1]
    here = process_key(Queue.DOWNLOADS)
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    assert process_key(Queue.DOWNLOADS) != here


async def test_arq_verbose_and_custom_log_dict_work_as_documented(
    site: Site, settings: Settings, subtests: pytest.Subtests
) -> None:
    def starting_lines(*arguments: str) -> list[str]:
        done = arq(settings, "--burst", *arguments, "worker.UpkeepSettings")
        return [line for line in done.stderr.splitlines() if "Starting worker" in line]

    with subtests.test("plain"):
        assert not await asyncio.to_thread(starting_lines)
    with subtests.test("-v"):
        (line,) = await asyncio.to_thread(starting_lines, "-v")
        assert json.loads(line)["logger"] == "arq.worker"
    with subtests.test("--custom-log-dict"):
        (line,) = await asyncio.to_thread(starting_lines, "--custom-log-dict", "tests.work.custom_logs.LOGS")
        assert line.startswith("OWN arq.worker Starting worker")


async def test_arq_watch_restarts_the_worker_when_a_file_changes(
    site: Site, api: Api, settings: Settings, tmp_path: Path
) -> None:
    watched, log = tmp_path / "watched", tmp_path / "log"
    watched.mkdir()
    process = forked.start(
        "arq", "--watch", str(watched), "worker.WorkerSettings", environ=environment(settings), log=log
    )
    try:
        await until(lambda: log.read_text().count('"worker_started"') == 1)
        # Watching may begin a moment later than the worker.
        deadline = time.monotonic() + HANG_SECONDS
        while log.read_text().count('"worker_started"') < 2:
            assert time.monotonic() < deadline
            (watched / "changed.py").write_text(str(time.monotonic()))
            await asyncio.sleep(2)
        artist = await site.add_user()
        await api.post("/api/pmd/bdr", {"post_ids": [await site.add_post(artist)]}, user=artist)
        async with asyncio.timeout(HANG_SECONDS):
            while await site.pool.fetchval("SELECT status FROM batch_download_requests") != "ready":
                await asyncio.sleep(0.05)
    finally:
        process.terminate()
        process.join(HANG_SECONDS)
    assert process.exitcode is not None


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while not condition():
            await asyncio.sleep(0.05)
