"""Several hosts that share Postgres, Valkey and an object store, and no folder: each in a namespace of its own."""

import asyncio
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import AddrInfoType
from yarl import URL

from pmd_service.base.settings import Settings, environment
from pmd_service.demo.object_store import ObjectStore
from pmd_service.demo.stack import Stack

from ..forked import ROOT
from ..hang import HANG_SECONDS
from ..ops.test_entry_points import until_ready
from ..s3 import proxied
from ..site import Api, Site
from ..uploads.sender import Sender, announced
from .conftest import Ward

PORT = 8080
_NET = "10.213.0"
_libc = ctypes.CDLL(None, use_errno=True)


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _free_number() -> int:
    """One whose namespace does not exist: another run, or one that was killed, may have one here."""
    return random.choice([number for number in range(250) if not Path(f"/run/netns/pmd{number}").exists()])


class Hosts:
    """Network namespaces on one bridge, which is in a namespace of its own.

    A browser aborts its requests (ERR_NETWORK_CHANGED) when a link appears in the namespace where it runs, so nothing
    is added to ours: ``create_socket`` makes what has to reach the bridge from here.
    """

    def __init__(self) -> None:
        self._name = f"pmd{_free_number()}"
        self.here = f"{_NET}.1"
        self._names: list[str] = []

    def start(self) -> None:
        run("ip", "netns", "add", self._name)
        self._ip("link", "add", "bridge", "type", "bridge")
        self._ip("address", "add", f"{self.here}/24", "dev", "bridge")
        for device in ("lo", "bridge"):
            self._ip("link", "set", device, "up")

    def _ip(self, *command: str) -> None:
        run("ip", "-n", self._name, *command)

    def add(self, letter: str) -> str:
        """A new host; its address."""
        name, address = f"{self._name}{letter}", f"{_NET}.{10 + len(self._names)}"
        run("ip", "netns", "add", name)
        self._names.append(name)
        self._ip("link", "add", f"to-{letter}", "type", "veth", "peer", "name", "eth0", "netns", name)
        self._ip("link", "set", f"to-{letter}", "master", "bridge", "up")
        run("ip", "-n", name, "address", "add", f"{address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            run("ip", "-n", name, "link", "set", device, "up")
        return address

    def inside(self, letter: str, command: list[str]) -> list[str]:
        return ["ip", "netns", "exec", f"{self._name}{letter}", *command]

    def create_socket(self, info: AddrInfoType) -> socket.socket:
        """A socket that belongs to the namespace of the bridge; usable as a connector's ``socket_factory``."""
        with Path("/proc/thread-self/ns/net").open() as own, Path(f"/run/netns/{self._name}").open() as bridge:
            _join(bridge.fileno())
            try:
                return socket.socket(*info[:3])
            finally:
                _join(own.fileno())

    def listen(self) -> socket.socket:
        """A socket that listens on the bridge."""
        listener = self.create_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (self.here, 0)))
        listener.bind((self.here, 0))
        return listener

    def stop(self) -> None:
        for name in (*self._names, self._name):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def _join(namespace: int) -> None:
    """Make this thread create its sockets in a namespace: setns(2)."""
    if _libc.setns(namespace, 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


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


class Host:
    """A server and workers in a namespace, with a disk of their own."""

    def __init__(self, hosts: Hosts, letter: str, settings: Settings, folder: Path) -> None:
        self._hosts, self._letter = hosts, letter
        self._disk = folder / letter
        self._disk.mkdir()
        address = hosts.add(letter)
        self.settings = msgspec.structs.replace(
            settings, host=address, port=PORT, vault_path=self._disk / "no-vault", base_url=f"http://{address}:{PORT}"
        )
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        environ = environment(self.settings) | {"TMPDIR": str(self._disk)}
        with (self._disk / "log").open("ab") as log:
            process = subprocess.Popen(
                self._hosts.inside(self._letter, [sys.executable, *command]),
                cwd=ROOT,
                env=environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    async def serve(self) -> None:
        self.start("server.py")
        await until_ready(self.settings, self._hosts.create_socket)

    def work(self) -> None:
        self.start("-m", "pmd_service", "worker")

    def kill(self) -> None:
        """The whole host, in the middle of whatever it does."""
        for process in self._processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @property
    def api(self) -> Api:
        return Api(URL(self.settings.base_url), self.settings, self._hosts.create_socket)


@pytest.fixture
def vault_kind() -> str:
    return "s3"


@pytest.fixture
async def shared(settings: Settings, stack: Stack, object_store: ObjectStore, hosts: Hosts) -> AsyncIterator[Settings]:
    """The settings of all hosts: the stores as they are reached over the bridge."""
    assert settings.vault_url is not None
    assert stack.valkey is not None
    async with (
        proxied(object_store.port, hosts.listen()) as store,
        proxied(stack.valkey.port, hosts.listen()) as valkey,
    ):
        yield msgspec.structs.replace(
            settings,
            vault_url=object_store.vault_url(URL(settings.vault_url).path.strip("/"), endpoint=store.endpoint),
            vault_direct="on",
            redis_url=f"redis://{valkey.address}:{valkey.port}/0",
        )


async def test_request_build_and_download_at_three_hosts(
    site: Site, shared: Settings, hosts: Hosts, tmp_path: Path, ward: Ward
) -> None:
    first, second, third = [Host(hosts, letter, shared, tmp_path) for letter in "abc"]
    artist = await site.add_user()
    posts = await site.add_posts(artist, 5)
    try:
        await asyncio.gather(first.serve(), third.serve())
        async with AsyncExitStack() as open_apis:
            at_first, at_third = [await open_apis.enter_async_context(host.api) for host in (first, third)]
            location = (await at_first.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)).headers["Location"]
            second.work()
            await ward.all_ended()
            fetched = await at_third.get(f"{location}/download", user=artist)
            assert fetched.status == 200
            assert fetched.body.startswith(b"PK")

            data = os.urandom(1_500_000)
            url = await _announced(Sender(at_first, artist), data)
            assert (await Sender(at_first, artist).patch(url, data[:700_000])).status == 204
            first.kill()
            elsewhere = Sender(at_third, artist)
            head = await elsewhere.head(url)
            assert head.headers["Upload-Offset"] == "700000", "what was acknowledged is in the store"
            assert (await elsewhere.patch(url, data[700_000:], 700_000)).status == 204
        await ward.check_invariants()
    finally:
        for host in (first, second, third):
            host.kill()


async def _announced(sender: Sender, data: bytes) -> str:
    address: str = (await sender.announce(announced("red.png", data))).json["files"][0]["url"]
    return address


async def test_host_killed_during_a_build_loses_nothing(
    site: Site, shared: Settings, hosts: Hosts, tmp_path: Path, ward: Ward
) -> None:
    doomed, other = [Host(hosts, letter, shared, tmp_path) for letter in "ab"]
    artist = await site.add_user()
    posts = [await site.add_post(artist, data=b"x" * 9_000_000) for _ in range(2)]
    try:
        await other.serve()
        async with other.api as api:
            location = (await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)).headers["Location"]
            worker = doomed.start("-m", "tests.faults.doomed_worker", "artwork written", "kill")
            await asyncio.to_thread(worker.wait, HANG_SECONDS)
            doomed.kill()
            await ward.end_leases()
            other.work()
            await ward.sweep_until_ended()
            item: dict[str, Any] = (await api.get(location, user=artist)).json
            assert (item["status"], item["missing_count"]) == ("ready", 0)
            assert (await api.get(f"{location}/download", user=artist)).status == 200
        await ward.check_invariants()
    finally:
        for host in (doomed, other):
            host.kill()
