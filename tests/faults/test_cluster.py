"""A whole cluster: nginx, two servers, three workers, two Postgres, two Valkey with three Sentinels, a store.

Clients go on while each host is killed once; nothing that was accepted is lost. What an operator does then is what
docs/operations/clusters.md says. It needs root, for network namespaces.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from itertools import count
from pathlib import Path

import aiohttp
import msgspec
import pytest
from yarl import URL

from pmd_service.base.database import create_pool
from pmd_service.base.settings import Settings
from pmd_service.demo.object_store import ObjectStore
from pmd_service.demo.stack import Stack
from pmd_service.ops.vault_check import Check
from pmd_service.vault import Vault, VaultFaultError, opened_vault

from ..hang import HANG_SECONDS
from ..nodes import Node, node_of, nodes_folder
from ..ops.proxies import NGINX, needs_nginx
from ..site import Answer, Api, Site
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced
from .cluster import Cluster, Postgres, Valkeys, forwarded, nginx_at, sockets_of, until_there
from .hosts import PORT, Hosts

pytestmark = [pytest.mark.own_tables, needs_nginx, pytest.mark.timeout(1200)]
# What a proxy answers for a server that has just been killed, a server without its Postgres, and one that still waits
# for a broken-off request's end.
PASSING = {423, 502, 503, 504}


@pytest.fixture
def nodes(migrated_data: Path, stack: Stack) -> Iterator[tuple[Node, Node]]:
    """The data of a primary, and a place for its standby's."""
    with nodes_folder(stack) as folder:
        first = node_of(migrated_data, folder / "p", stack)
        first.configure(unix_socket_directories="", fsync="off", port="5432", max_connections="200")
        with (first.data / "pg_hba.conf").open("a") as rules:
            rules.writelines(f"host {each} all 10.213.0.0/24 trust\n" for each in ("all", "replication"))
        yield first, Node(folder / "q", first.user)


@pytest.fixture
def site_url(nodes: tuple[Node, Node]) -> str:
    return f"postgresql://postgres@/pmd?host={','.join(str(sockets_of(node)) for node in nodes)}"


class Stores:
    """What servers and workers share, and what an operator does when the host of a primary is lost."""

    def __init__(self, cluster: Cluster, nodes: tuple[Node, Node]) -> None:
        self.cluster = cluster
        self._first, self._second = (Postgres(cluster, *each) for each in zip("pq", nodes, strict=True))
        self._valkeys = Valkeys(cluster)

    async def start_postgres(self, url: str) -> str:
        """The address of both."""
        self._first.start()
        await until_there(url)
        await self._second.follow(self._first)
        return f"postgresql://postgres@{self.cluster.at('p')},{self.cluster.at('q')}/pmd"

    async def start_store(self, folder: Path) -> int:
        """The port of the object store."""
        command = [sys.executable, "-m", "tests.faults.store_at", self.cluster.place("s"), str(folder)]
        self.cluster.run("s", command)
        async with asyncio.timeout(HANG_SECONDS):
            while not (folder / "ports.json").exists():
                await asyncio.sleep(0.1)
        return int(json.loads((folder / "ports.json").read_text())[6])

    @property
    def redis_url(self) -> str:
        return self._valkeys.url

    async def lose_postgres(self) -> None:
        """Its standby is promoted, and then has the lost one as a standby of its own."""
        self.cluster.lose("p")
        await self._second.be_promoted()
        await self._first.follow(self._second)

    async def lose_valkey(self) -> None:
        """The Sentinels promote its replica; it comes back as the primary that it was, and they make it a replica."""
        self.cluster.lose("v")
        await self._valkeys.until_role("w", "master")
        self.cluster.bring_back("v")
        await self._valkeys.until_role("v", "slave")


class Here(msgspec.Struct, frozen=True):
    """The cluster, and the settings by which its stores are reached from here."""

    stores: Stores
    settings: Settings


@pytest.fixture
async def here(
    hosts: Hosts, nodes: tuple[Node, Node], site_url: str, settings: Settings, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Here]:  # fmt: skip
    """The stores run, and the settings are those of all hosts."""
    kept = ObjectStore(tmp_path / "store")
    (tmp_path / "store").mkdir()
    for name, value in kept.environ.items():
        monkeypatch.setenv(name, value)
    cluster = Cluster(hosts, settings, tmp_path)
    supervising = asyncio.create_task(cluster.supervise())
    try:
        stores = Stores(cluster, nodes)
        port, url = await asyncio.gather(stores.start_store(tmp_path / "store"), stores.start_postgres(site_url))
        cluster.settings = msgspec.structs.replace(
            settings,
            database_url=url,
            redis_url=stores.redis_url,
            vault_url=kept.vault_url(endpoint=f"http://{cluster.at('s')}:{port}"),
            bdr_daily_limit=1000,
        )
        async with forwarded(hosts, cluster.at("s"), port) as forwarding:
            vault_url = kept.vault_url(endpoint=f"http://127.0.0.1:{forwarding}")
            yield Here(stores, msgspec.structs.replace(cluster.settings, database_url=site_url, vault_url=vault_url))
    finally:
        supervising.cancel()
        cluster.end()


async def until_stored(vault: Vault) -> None:
    """Until the object store answers, and has its bucket."""
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            with suppress(VaultFaultError):
                await vault.describe(0)
                return
            await asyncio.sleep(0.2)


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
            await asyncio.sleep(0.5)

    async def send(self) -> None:
        for number in count():
            data = picture(number)
            if answer := await self._accepted(self._sender.announce(announced(f"{number}.png", data))):
                await self._send_whole(answer.json["files"][0]["url"], data)
                self.uploads.append(answer.json["id"])
            await asyncio.sleep(0.5)

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


async def test_cluster_loses_nothing_while_each_host_is_killed(here: Here, hosts: Hosts, tmp_path: Path) -> None:
    stores, cluster = here.stores, here.stores.cluster
    async with AsyncExitStack() as opened:
        pool = await opened.enter_async_context(
            await create_pool(here.settings.database_url, application="tests", max_size=4)
        )
        vault = await opened.enter_async_context(opened_vault(here.settings))
        servers = [cluster.place(letter) for letter in "ab"]
        for letter in "ab":
            cluster.run(letter, [sys.executable, "-m", "server"])
        for letter in "cde":
            cluster.place(letter)
            cluster.run(letter, [sys.executable, "-m", "pmd_service", "worker"])
        (folder := tmp_path / "nginx").mkdir()
        proxy = cluster.place("n")
        cluster.run("n", [str(NGINX), "-p", str(folder), "-c", str(nginx_at(proxy, servers, folder))])
        await until_stored(vault)
        site = Site(pool, here.settings, vault)
        artist = await site.add_user()
        posts = await site.add_posts(artist, 3)
        api = await opened.enter_async_context(Api(URL(f"http://{proxy}:{PORT}"), here.settings, hosts.create_socket))
        client = Client(api, artist, posts)
        going = [asyncio.create_task(each) for each in (client.ask(), client.send())]

        async def kill(letter: str) -> None:
            cluster.kill(letter)
            await client.goes_on(going)

        try:
            await client.goes_on(going)
            # Workers first: what they had begun is taken over meanwhile.
            for letter in "cdew":
                await kill(letter)
            losing_valkey = asyncio.create_task(stores.lose_valkey())
            for letter in "abqsn":
                await kill(letter)
            await losing_valkey
            await stores.lose_postgres()
            await client.goes_on(going)
            await kill("t")
        finally:
            for each in going:
                each.cancel()
            await asyncio.gather(*going, return_exceptions=True)
        assert not [each for each in going if not each.cancelled()], "a call was answered wrongly"
        await all_done(site)
        assert cluster.restarted.keys() >= {*"cdewabqsnt"}
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
