"""The vaults under test: what the protocol promises holds for each of them."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pmd_service.demo.object_store import ObjectStore
from pmd_service.ops.store_url import StoreUrl
from pmd_service.vault import LocalVault, Vault
from pmd_service.vault.s3 import S3Vault

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
