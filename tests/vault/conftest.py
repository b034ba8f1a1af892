"""The vaults under test: what the protocol promises holds for each of them; and clients of remote artworks."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from docs import example_store
from pmd_service.demo.object_store import ObjectStore
from pmd_service.vault import RemoteArtworks, Vault, local_vault, store_vault

from ..origin import here_or_public

_numbers = itertools.count()


@pytest.fixture(params=["files", "s3", "example"])
async def vault(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Vault]:
    if request.param == "files":
        root = tmp_path / "vault"
        root.mkdir()
        yield local_vault(root)
        return
    if request.param == "example":
        yield example_store.sqlite_vault(tmp_path / "vault.sqlite", tmp_path / "scratch")
        return
    store: ObjectStore = request.getfixturevalue("object_store")
    async with store_vault(store.vault_url(f"protocol-{next(_numbers)}"), direct=True) as s3:
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
