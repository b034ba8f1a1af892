"""Real workers as processes of their own, to be killed, frozen and stopped."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import msgspec
import psutil
import pytest
from yarl import URL

from pmd_service.base.settings import Settings, environment
from pmd_service.demo.object_store import ObjectStore
from pmd_service.downloads.expiry import clean_up
from pmd_service.downloads.kind import BDR
from pmd_service.jobs import KINDS
from pmd_service.vault.leftovers import sweep_leftovers
from pmd_service.work.kind import Kind
from pmd_service.work.queue import Queues
from pmd_service.work.sweep import take_over

from .. import forked
from ..hang import HANG_SECONDS
from ..s3 import Proxy, proxied
from ..site import Site
from .hosts import Hosts


class Worker:
    """A worker's process, and what the kernel can do to it."""

    def __init__(self, process: BaseProcess, log: Path) -> None:
        self.process = process
        self.log = log

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    async def ended(self) -> int:
        """Wait for the end; the exit code, negative for a signal."""
        await asyncio.to_thread(self.process.join, HANG_SECONDS)
        assert self.process.exitcode is not None, "it goes on"
        if self.process.exitcode > 0:
            sys.stderr.write(self.log.read_text())  # it ended of its own accord: the failure shows why
        return self.process.exitcode

    async def frozen(self) -> None:
        async with asyncio.timeout(HANG_SECONDS):
            while psutil.Process(self.pid).status() != psutil.STATUS_STOPPED:
                await asyncio.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def until_logged(self, text: str) -> None:
        """Wait until its log has this text."""
        async with asyncio.timeout(HANG_SECONDS):
            while text not in self.log.read_text():
                await asyncio.sleep(0.01)


class Crew:
    """Starts workers, doomed ones and others."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self.workers: list[Worker] = []

    def hire(self, works_by: str = "WorkerSettings", **overrides: Any) -> Worker:
        """A worker as an operator starts it: ``arq worker.WorkerSettings``."""
        return self.start("arq", f"worker.{works_by}", **overrides)

    def doom(self, step: str, fault: str, *, who: str = "doomed_worker") -> Worker:
        return self.start(f"tests.faults.{who}", step, fault)

    def start(self, program: str, *arguments: str, **overrides: Any) -> Worker:
        log = self._folder / f"worker-{len(self.workers)}.log"
        environ = environment(msgspec.structs.replace(self._settings, **overrides))
        self.workers.append(Worker(forked.start(program, *arguments, environ=environ, log=log), log))
        return self.workers[-1]

    def dismiss(self) -> None:
        for worker in self.workers:
            if worker.process.is_alive():
                worker.send(signal.SIGCONT)
                worker.process.kill()
            worker.process.join()


@pytest.fixture
def crew(settings: Settings, tmp_path: Path) -> Iterator[Crew]:
    hired = Crew(settings, tmp_path)
    yield hired
    hired.dismiss()
    for worker in hired.workers:
        sys.stderr.write(worker.log.read_text())  # shown where the test fails


class Ward:
    """Sweeps the requests as the upkeep does, without waiting for its period, and checks the invariants."""

    def __init__(self, site: Site, queues: Queues) -> None:
        self.site = site
        self.pool = site.pool
        self.vault = site.stored
        self.queues = queues

    async def end_leases(self) -> None:
        """What half a minute of silence would do.

        A worker that was frozen in the middle of a transaction keeps its row locked until Postgres ends that.
        """
        ended = "UPDATE work SET lease_until = now() - interval '1 s' WHERE state = 'running'"
        await self.pool.execute(ended, timeout=HANG_SECONDS)

    async def sweep(self) -> None:
        await take_over(self.pool, BDR)
        await self.pool.execute("UPDATE work SET due_at = now() - interval '1 minute' WHERE state = 'waiting'")
        for kind in KINDS:
            await self.queues.put(kind.queue, 4)
        await sweep_leftovers(self.pool, self.vault)

    async def recover_jobs(self, kind: Kind[Any]) -> None:
        """What half a minute of silence and the sweep would do for tasks and exports."""
        await self.pool.execute("UPDATE work SET lease_until = now() - interval '1 s' WHERE state = 'running'")
        await take_over(self.pool, kind)
        await self.pool.execute("UPDATE work SET due_at = now() - interval '1 minute' WHERE state = 'waiting'")
        await self.queues.put(kind.queue, 4)

    async def sweep_until_ended(self) -> None:
        """Sweep again and again, as time would, without ending valid leases."""
        async with asyncio.timeout(HANG_SECONDS):
            while await self._unfinished():
                await self.sweep()
                await asyncio.sleep(0.2)

    async def _unfinished(self) -> int:
        unfinished: int = await self.pool.fetchval(
            "SELECT count(*) FROM batch_download_requests WHERE status IN ('pending', 'processing')"
        )
        return unfinished

    async def all_ended(self) -> None:
        async with asyncio.timeout(HANG_SECONDS):
            while await self._unfinished():
                await asyncio.sleep(0.02)

    async def check_invariants(self) -> None:
        """No request is stuck, every ready archive passes its CRCs, and nothing else lies in the vault."""
        rows = await self.pool.fetch("SELECT id, status, file_path, file_size_bytes FROM batch_download_requests")
        assert {row["status"] for row in rows} <= {"ready", "failed", "expired"}, rows
        ready = [row for row in rows if row["status"] == "ready"]
        for row in ready:
            archive = await self.site.archive(row["file_path"])
            assert len(archive) == row["file_size_bytes"]
            with ZipFile(BytesIO(archive)) as opened:
                assert opened.testzip() is None
        # What two hours of silence would do; a worker's upkeep may be removing one just now.
        await self.pool.execute("UPDATE vault_leftovers SET due_at = now(), removing_until = NULL")
        await clean_up(self.pool, self.vault)
        assert set(await self.site.keys()) == {row["file_path"] for row in ready}


@pytest.fixture
async def ward(site: Site, settings: Settings) -> AsyncIterator[Ward]:
    queues = Queues.connect(settings.redis_url)
    yield Ward(site, queues)
    await queues.aclose()


@pytest.fixture
async def proxy(object_store: ObjectStore) -> AsyncIterator[Proxy]:
    async with proxied(object_store.port) as standing:
        yield standing


@pytest.fixture
def through_proxy(settings: Settings, object_store: ObjectStore, proxy: Proxy) -> Settings:
    """The settings of a service that meets its store only through the proxy."""
    assert settings.vault_url is not None
    prefix = URL(settings.vault_url).path.strip("/")
    url = object_store.vault_url(prefix, endpoint=proxy.endpoint)
    return msgspec.structs.replace(settings, vault_url=url)


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("network namespaces need root and iproute2")
    hosts = Hosts()
    try:
        hosts.start()
        hosts.add("z")
    except subprocess.CalledProcessError as error:
        hosts.stop()
        pytest.skip(f"this machine refuses network namespaces: {error.stderr.decode().strip()}")
    yield hosts
    hosts.stop()
