"""The vaults under test: what the protocol promises holds for each of them; and clients of remote artworks."""

import http.client
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from docs import example_store
from pmd_service.demo.object_store import BUCKET, ObjectStore
from pmd_service.vault import RemoteArtworks, Vault, local_vault, store_vault
from pmd_service.vault.s3_client import CREDENTIALS

from ..origin import here_or_public

_numbers = itertools.count()


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The address of a store with AWS' own rules, as moto has them."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with closing(http.client.HTTPConnection(host, port)) as connection:
        connection.request("PUT", f"/{BUCKET}")
        assert connection.getresponse().status == HTTPStatus.OK
    for name in CREDENTIALS[:2]:
        os.environ.setdefault(name, "any")
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["files", "s3", "aws", "example"])
async def vault(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Vault]:
    if request.param == "files":
        root = tmp_path / "vault"
        root.mkdir()
        yield local_vault(root)
        return
    if request.param == "example":
        yield example_store.sqlite_vault(tmp_path / "vault.sqlite", tmp_path / "scratch")
        return
    prefix = f"protocol-{next(_numbers)}"
    if request.param == "aws":
        url = f"s3://{BUCKET}/{prefix}?endpoint={request.getfixturevalue('aws')}"
    else:
        store: ObjectStore = request.getfixturevalue("object_store")
        url = store.vault_url(prefix)
    async with store_vault(url, direct=True) as s3:
        yield s3


@pytest.fixture
async def remote() -> AsyncIterator[RemoteArtworks]:
    """A client that also reaches the origin."""
    async with RemoteArtworks(user_agent="Site/1", is_allowed=here_or_public) as client:
        yield client


@pytest.fixture
async def guarded() -> AsyncIterator[RemoteArtworks]:
    """The client as the service has it."""
    async with RemoteArtworks(user_agent="Site/1") as client:
        yield client


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"
