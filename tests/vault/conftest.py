"""The vaults under test: what the protocol promises holds for each of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pmd_service.vault import LocalVault, Vault


@pytest.fixture(params=["files"])
async def vault(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Vault]:
    root = tmp_path / "vault"
    root.mkdir()
    yield LocalVault(root)
