"""Where archives are written."""

from pathlib import Path

import pytest

from pmd_service.vault import Vault, local_vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return local_vault(tmp_path)
