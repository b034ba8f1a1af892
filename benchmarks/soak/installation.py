"""The installation that is soaked: the stack, a server and workers of each queue, and what can be done to them."""

import asyncio
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import aiohttp
import msgspec
import psutil
from aiosmtpd.smtp import SMTP, Envelope, Session

from pmd_service.base.settings import Settings
from pmd_service.demo.mail_catcher import MailCatcher
from pmd_service.demo.processes import Child, stop_together
from pmd_service.demo.service import START_SECONDS, is_ready, settings_on
from pmd_service.demo.stack import Stack, free_port
from pmd_service.media.probe import PROBE_ENGINE
from tests import release_before
from tests.s3 import Proxy, proxied

# How many of each, and what arq is given.
CREW = {
    "downloads": (2, "worker.WorkerSettings"),
    "media": (2, "worker.MediaSettings"),
    "upkeep": (1, "worker.UpkeepSettings"),
}
# Room for what a full soak stores, and small enough to be filled in a moment.
DISK_BYTES = 1 << 30
MAX_POSTS = 24  # in a download
SUPERVISOR_SECONDS = 1.0
# What a process takes that begins for a row that has just ended otherwise.
CHILDREN_SECONDS = 30.0


class SlowMailCatcher(MailCatcher):
    """A mail server that accepts messages slowly on demand."""

    seconds = 0.0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its API
        await asyncio.sleep(self.seconds)
        return await super().handle_DATA(server, session, envelope)


class Member(Child):
    """A process of the installation, of whom every life is remembered."""

    def __init__(self, name: str, folder: Path, settings: Settings, before: Path | None, *program: str) -> None:
        super().__init__(name, folder, settings, program=program)
        self._python_of_today = self.python
        self.python = before or self.python
        self.pids: list[int] = []
        self.is_down = False

    def start(self) -> None:
        super().start()
        self.pids.append(self.pid)

    def signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pids[-1], number)

    @property
    def is_older(self) -> bool:
        """Whether the release before runs in it."""
        return self.python != self._python_of_today

    def upgrade(self) -> None:
        """Stop it in order, and start this release in its place."""
        self.signal(signal.SIGCONT)
        self.stop()
        self.python = self._python_of_today
        self.start()


class Installation:
    """Everything that a soak runs."""

    def __init__(self, stack: Stack, mail: SlowMailCatcher, settings: Settings, before: Path | None) -> None:
        self.stack = stack
        self.mail = mail
        self.settings = settings
        self.disk: Path | None = None
        self.proxy: Proxy | None = None
        # Where files of an object store lie while they are worked at; the folder's vault has a corner of its own.
        self.temporary = stack.folder / "tmp"
        self.restarts = 0
        self.server = Member("serve", stack.folder, settings, before, "-m", "pmd_service", "serve")
        self.workers = {
            queue: [
                Member(f"{queue}-{number}", stack.folder, settings, before, "-m", "arq", program)
                for number in range(count)
            ]
            for queue, (count, program) in CREW.items()
        }

    @property
    def members(self) -> list[Member]:
        return [self.server, *(worker for workers in self.workers.values() for worker in workers)]

    @property
    def older(self) -> list[Member]:
        """Those that are still to be upgraded: workers first, as in ``docs/operations/upgrade.md``."""
        return [member for member in (*self.members[1:], self.server) if member.is_older]

    async def upgrade(self) -> None:
        """The next step of the rolling upgrade."""
        member = self.older[0]
        member.is_down = True
        try:
            await asyncio.to_thread(member.upgrade)
        finally:
            member.is_down = False

    async def kill(self, member: Member, *, down_seconds: float) -> None:
        """End it as the kernel does when memory runs out; another takes its place after a while."""
        member.is_down = True
        try:
            await asyncio.to_thread(member.kill)
            await asyncio.sleep(down_seconds)
            await asyncio.to_thread(member.start)
        finally:
            member.is_down = False

    async def freeze(self, member: Member, *, seconds: float) -> None:
        """Freeze the process, unless it is killed meanwhile."""
        pid = member.pids[-1]
        member.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            if member.pids[-1] == pid:
                member.signal(signal.SIGCONT)

    async def supervise(self) -> None:
        """Start again what has ended by itself, as an operator's supervisor does."""
        while True:
            await asyncio.sleep(SUPERVISOR_SECONDS)
            for member in self.members:
                if not member.is_down and member.ended() is not None:
                    self.restarts += 1
                    print(f"{member.command} ended by itself: {member.last_words()[:300]}", flush=True)
                    await asyncio.to_thread(member.start)

    def stop(self) -> None:
        for member in self.members:
            if member.ended() is None:
                member.signal(signal.SIGCONT)
        stop_together(*self.members)

    async def children_left(self) -> list[str]:
        """Processes that outlived the worker that had started them, or that idle workers have forgotten."""
        until = time.monotonic() + CHILDREN_SECONDS
        while (found := await asyncio.to_thread(self._children)) and time.monotonic() < until:
            await asyncio.sleep(1)
        return found

    def _children(self) -> list[str]:
        pids = {str(pid) for member in self.members for pid in member.pids}
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                command = process.cmdline()
                is_media = "pmd_service.media.entry" in command and command[-1] in pids and not _is_spare(command)
                is_alone = "pmd_service.isolated" in command and self._is_ours(process)
                if (is_media or is_alone) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(f"process {process.pid}: {' '.join(command[-3:])}")
        return found

    def files_left(self) -> list[str]:
        """The files in the vault's temporary folder."""
        return [f"file {path}" for path in self.temporary.glob("pmd-*/**/*") if path.is_file()]

    def _is_ours(self, process: psutil.Process) -> bool:
        return process.environ().get("DATABASE_URL") == self.settings.database_url


@asynccontextmanager
async def opened_installation(folder: Path, *, vault: str, rolling: bool = True) -> AsyncIterator[Installation]:
    """Start everything, on a small disk where one can be mounted; stop it at the end.

    Args:
        rolling: whether the release before is what runs first.
    """
    with ExitStack() as closing:
        (folder / "vault").mkdir()
        disk = None if vault == "s3" else closing.enter_context(small_disk(folder / "vault"))
        stack = Stack(folder, store=vault == "s3")
        stack.mail = mail = SlowMailCatcher(folder / "mail", free_port())
        closing.enter_context(stack)
        stack.create_database()
        settings = msgspec.structs.replace(
            settings_on(stack, port=free_port(), daily_limit=1_000_000),
            bdr_max_posts=MAX_POSTS,
            pack_daily_limit=1_000_000,
            upload_max_files=512,  # more than that the release before refuses
        )
        (folder / "before").mkdir()
        before = release_before.install(folder / "before") if rolling else None
        if stack.store is None:
            installation = Installation(stack, mail, settings, before)
            installation.disk = disk
            async with _running(installation):
                yield installation
            return
        async with proxied(stack.store.port) as proxy:
            settings = msgspec.structs.replace(settings, vault_url=stack.store.vault_url(endpoint=proxy.endpoint))
            installation = Installation(stack, mail, settings, before)
            installation.proxy = proxy
            installation.temporary.mkdir()
            os.environ["TMPDIR"] = tempfile.tempdir = str(installation.temporary)
            async with _running(installation):
                yield installation


@asynccontextmanager
async def _running(installation: Installation) -> AsyncIterator[None]:
    try:
        for member in installation.members:
            member.start()
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession(installation.settings.base_url) as session:
            # Workers of the previous release listen to other queues; later ones find what waits.
            while not await is_ready(session):
                await asyncio.sleep(0.1)
        yield
    finally:
        await asyncio.to_thread(installation.stop)


def _is_spare(command: Sequence[str]) -> bool:
    """Whether it may be a child that a worker keeps ready."""
    return PROBE_ENGINE.module in command and psutil.pid_exists(int(command[-1]))


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A file system of its own at this folder; None where mounting is not permitted."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
