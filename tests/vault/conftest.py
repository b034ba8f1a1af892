"""The vaults under test: what the protocol promises holds for each of them; and clients of remote artworks."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pmd_service.base.store_url import StoreUrl
from pmd_service.demo.object_store import ObjectStore
from pmd_service.vault import LocalVault, RemoteArtworks, Vault
from pmd_service.vault.s3 import S3Vault

from ..origin import Origin, here_or_public

_numbers = itertools.count()


@pytest.fixture(params=["files", "s3"])
async def vault(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Vault]:
    if request.param == "files":
        root = tmp_path / "vault"
        root.mkdir()
        yield LocalVault(root)
        return
    store: ObjectStore = request.getfixturevalue("object_store")
    s3 = S3Vault(StoreUrl.parse(store.vault_url(f"protocol-{next(_numbers)}")))
    await s3.open()
    yield s3
    await s3.close()


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with Origin() as running:
        yield running


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
