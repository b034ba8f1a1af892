"""A library to test with."""

from collections.abc import Awaitable, Callable

import pytest

from pmd_service.vault import Vault

from ..site import Site

AddAsset = Callable[..., Awaitable[int]]


@pytest.fixture
def add_asset(site: Site) -> AddAsset:
    return site.add_asset


@pytest.fixture
def vault(stored: Vault) -> Vault:
    return stored
