"""A library to test with."""

from collections.abc import Awaitable, Callable
from typing import Any

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


async def add_report(site: Site, asset_id: int, **facts: Any) -> None:
    await site.pool.execute(
        """INSERT INTO reports (user_id, asset_id, outcome, file_name, hash, facts, findings)
           SELECT user_id, id, 'added', name, hash, $2, '[{"code": "gps", "message": "It has a place."}]'
             FROM asset WHERE id = $1""",
        asset_id,
        {"version": 1} | facts,
    )
