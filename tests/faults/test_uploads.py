"""Servers and workers killed in the middle of an upload, and a disk that is full: time is lost, and nothing else."""

import asyncio
import hashlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from yarl import URL

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.demo.processes import Child
from pmd_service.demo.stack import free_port
from pmd_service.uploads.probe import PROBE
from pmd_service.uploads.sweep import schedule_orphans
from pmd_service.vault import local_vault
from pmd_service.vault.leftovers import sweep_leftovers
from pmd_service.work.context import WorkerContext
from pmd_service.work.queue import Queue, Queues
from pmd_service.work.sweep import take_over

from ..conftest import Serve, WorkOff
from ..hang import HANG_SECONDS
from ..site import Api
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced
from .conftest import Crew
from .doomed_prober import STEPS

CONTENTS = {f"{number}.png": picture(number) for number in range(3)}


async def send_three(sender: Sender) -> Any:
    upload = (await sender.announce(*[announced(path, data) for path, data in CONTENTS.items()])).json
    for line in upload["files"]:
        assert (await sender.patch(line["url"], CONTENTS[line["path"]])).status == 204
    return upload


async def take_over_from_the_dead(pool: Pool, settings: Settings) -> None:
    """What half a minute of silence and the sweep would do."""
    await pool.execute("UPDATE work SET lease_until = now() WHERE state = 'running'")
    await take_over(pool, PROBE)
    await pool.execute(
        """UPDATE work SET due_at = now() - interval '1 minute'
            WHERE state = 'waiting'"""
    )
    queues = Queues.connect(settings.redis_url)
    await queues.put(Queue.PROBES, 4)
    await queues.aclose()


async def sweep_received(worker: WorkerContext) -> None:
    """What a day would do."""
    await schedule_orphans(worker)
    await sweep_leftovers(worker.pool, worker.vault)


async def assert_adds_up(sender: Sender, pool: Pool, settings: Settings, worker: WorkerContext, upload_id: str) -> None:
    """Every file is in once, with its bytes, and nothing else lies in the vault."""
    settled = await sender.upload(upload_id)
    assert (settled["status"], settled["successful_files"], settled["failed_files"]) == ("completed", 3, 0)
    rows = await pool.fetch("SELECT path, hash, size_bytes FROM asset")
    assert {row["hash"] for row in rows} == {hashlib.sha256(data).hexdigest() for data in CONTENTS.values()}
    for row in rows:
        assert hashlib.sha256((settings.vault_path / row["path"][7:]).read_bytes()).hexdigest() == row["hash"]
    assert await pool.fetchval("SELECT size_bytes FROM library_usage") == sum(map(len, CONTENTS.values()))
    await sweep_received(worker)
    assert not list((settings.vault_path / "incoming").iterdir())
    assert len(list(settings.vault_path.glob("assets/*/*"))) == 3


@pytest.mark.parametrize("step", STEPS)
async def test_probing_worker_killed_at_any_step_costs_time_only(
    step: str,
    api: Api,
    artist: int,
    pool: Pool,
    settings: Settings,
    crew: Crew,
    worker: WorkerContext,
    work_off: WorkOff,
) -> None:
    sender = Sender(api, artist)
    upload = await send_three(sender)
    assert await crew.doom(step, "kill", who="doomed_prober").ended() == -9
    await take_over_from_the_dead(pool, settings)
    await work_off()
    await assert_adds_up(sender, pool, settings, worker, upload["id"])


@pytest.mark.parametrize("step", ["previews stored", "bytes moved", "line settled"])
async def test_stopped_upload_of_a_killed_worker_leaves_nothing(
    step: str, api: Api, artist: int, pool: Pool, settings: Settings, crew: Crew, worker: WorkerContext
) -> None:
    sender = Sender(api, artist)
    upload = await send_three(sender)
    assert await crew.doom(step, "kill", who="doomed_prober").ended() == -9
    await take_over_from_the_dead(pool, settings)
    assert (await api.post(f"/api/pmd/uploads/{upload['id']}/stop", {}, user=artist)).status == 200
    vault = local_vault(settings.vault_path)
    await schedule_orphans(worker)
    # What a month would do.
    await pool.execute("UPDATE vault_leftovers SET due_at = now()")
    await sweep_leftovers(pool, vault)
    await vault.tidy()
    assert await pool.fetchval("SELECT count(*) FROM asset") == 0
    left = [path for path in settings.vault_path.rglob("*") if path.is_file() and ".pmd-scratch" not in path.parts]
    assert left == []


async def in_chunks(data: bytes) -> AsyncIterator[bytes]:
    for first in range(0, len(data), 100_000):
        yield data[first : first + 100_000]


@pytest.fixture
def served(settings: Settings, tmp_path: Path) -> Iterator[tuple[Child, Settings]]:
    """A server of its own process, to be killed."""
    settings = msgspec.structs.replace(settings, port=free_port())
    child = Child("serve", tmp_path, settings)
    yield child, settings
    child.stop()


async def until_up(api: Api) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            try:
                if (await api.call("GET", "/healthz")).status == 200:
                    return
            except OSError:
                await asyncio.sleep(0.05)


async def test_upload_resumes_at_the_disks_offset_after_a_server_kill(
    served: tuple[Child, Settings], artist: int, pool: Pool, work_off: WorkOff
) -> None:
    child, settings = served
    data = picture(1) + b"\0" * 3_000_000
    child.start()
    async with Api(URL(f"http://127.0.0.1:{settings.port}"), settings) as api:
        await until_up(api)
        sender = Sender(api, artist)
        upload = (await sender.announce(announced("a.png", data))).json
        (line,) = upload["files"]

        async def half() -> AsyncIterator[bytes]:
            yield data[:1_500_000]
            await asyncio.Event().wait()

        sending = asyncio.create_task(sender.patch(line["url"], half()))
        incoming = settings.vault_path / "incoming" / line["id"]
        async with asyncio.timeout(HANG_SECONDS):
            while not (incoming.exists() and incoming.stat().st_size >= 1_000_000):
                await asyncio.sleep(0.01)
        child.kill()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        # What a quarter of a minute would do: the dead do not let go by themselves.
        await pool.execute("UPDATE batch_report_files SET lease_until = now()")
        child.start()
        await until_up(api)
        offset = int((await sender.head(line["url"])).headers["Upload-Offset"])
        assert 1_000_000 <= offset <= 1_500_000
        assert incoming.read_bytes() == data[:offset]
        assert (await sender.patch(line["url"], in_chunks(data[offset:]), offset)).status == 204
        await work_off()
        assert (await sender.upload(upload["id"]))["status"] == "completed"
        assert await pool.fetchval("SELECT hash FROM asset") == hashlib.sha256(data).hexdigest()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 100 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m", "none", folder], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


async def test_full_disk_is_507_with_the_true_offset_and_resumes(
    small_disk: Path, settings: Settings, serve: Serve, artist: int, work_off: WorkOff
) -> None:
    settings = msgspec.structs.replace(settings, vault_path=small_disk)
    data = picture(1) + b"\0" * 8_000_000
    server = await serve(settings)
    async with Api(server.make_url("/"), settings) as api:
        sender = Sender(api, artist)
        assert (await sender.announce({"path": "large.mp4", "size_bytes": 60 * 1024**2})).status == 507
        upload = (await sender.announce(announced("a.png", data))).json
        url = upload["files"][0]["url"]
        ballast = small_disk / "ballast"
        with ballast.open("wb") as file:
            file.truncate(0)
            file.write(b"\0" * (96 * 1024**2))
        half = data[:1_000_000]
        assert (await sender.patch(url, half)).status == 204

        refused = await sender.patch(url, in_chunks(data[len(half) :]), len(half))
        assert (refused.status, refused.headers["Retry-After"]) == (507, "600")
        offset = int((await sender.head(url)).headers["Upload-Offset"])
        assert len(half) <= offset < len(data)
        assert (small_disk / "incoming" / upload["files"][0]["id"]).read_bytes() == data[:offset]
        ballast.unlink()

        assert (await sender.patch(url, in_chunks(data[offset:]), offset)).status == 204
        assert (small_disk / "incoming" / upload["files"][0]["id"]).read_bytes() == data
