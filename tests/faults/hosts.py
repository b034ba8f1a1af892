"""Hosts on one machine: each is a network namespace, with processes and a disk of its own."""

import os
import random
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec
from aiohttp import AddrInfoType
from yarl import URL

from pmd_service.base.settings import Settings, environment

from .. import forked
from ..ops.test_entry_points import until_ready
from ..site import Api

PORT = 8080
_NET = "10.213.0"


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _free_number() -> int:
    """One whose namespace does not exist: another run, or one that was killed, may have one here."""
    return random.choice([number for number in range(250) if not _namespace(f"pmd{number}").exists()])


def _namespace(name: str) -> Path:
    return Path("/run/netns", name)


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

    def network(self, letter: str) -> Path:
        return _namespace(f"{self._name}{letter}")

    def inside(self, letter: str, command: list[str]) -> list[str]:
        return ["ip", "netns", "exec", f"{self._name}{letter}", *command]

    def kill(self, letter: str) -> None:
        """Everything that runs there, also what has made itself independent of who started it."""
        while pids := run("ip", "netns", "pids", f"{self._name}{letter}").split():
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)

    def create_socket(self, info: AddrInfoType) -> socket.socket:
        """A socket that belongs to the namespace of the bridge; usable as a connector's ``socket_factory``."""
        with Path("/proc/thread-self/ns/net").open() as own, _namespace(self._name).open() as bridge:
            forked.enter(bridge)
            try:
                return socket.socket(*info[:3])
            finally:
                forked.enter(own)

    def listen(self) -> socket.socket:
        """A socket that listens on the bridge."""
        listener = self.create_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (self.here, 0)))
        listener.bind((self.here, 0))
        return listener

    def stop(self) -> None:
        for name in (*self._names, self._name):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


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
        self._environ = environment(self.settings) | {"TMPDIR": str(self._disk)}
        self._forked: list[BaseProcess] = []
        self._others: list[subprocess.Popen[bytes]] = []

    def start(self, program: str, *arguments: str) -> BaseProcess:
        """A program of ours."""
        network, log = self._hosts.network(self._letter), self._disk / "log"
        self._forked.append(forked.start(program, *arguments, environ=self._environ, log=log, network=network))
        return self._forked[-1]

    def run(self, *command: str) -> None:
        if command[:2] == (sys.executable, "-m"):
            self.start(*command[2:])
            return
        with (self._disk / "log").open("ab") as log:
            process = subprocess.Popen(
                self._hosts.inside(self._letter, [*command]),
                cwd=forked.ROOT,
                env=self._environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._others.append(process)

    async def serve(self) -> None:
        self.start("server")
        await until_ready(self.settings, self._hosts.create_socket)

    def work(self) -> None:
        self.start("pmd_service", "worker")

    @property
    def is_running(self) -> bool:
        ends = [*(each.exitcode for each in self._forked), *(each.poll() for each in self._others)]
        return bool(ends) and not any(end is not None for end in ends)

    def kill(self) -> None:
        """The whole host, in the middle of whatever it does."""
        for ours in self._forked:  # by its own id: it may not be in there yet
            ours.kill()
        self._hosts.kill(self._letter)
        for process in self._others:
            with suppress(ProcessLookupError):  # children in a network of their own
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for ours in self._forked:
            ours.join()
        self._forked.clear()
        self._others.clear()

    @property
    def api(self) -> Api:
        return Api(URL(self.settings.base_url), self.settings, self._hosts.create_socket)
