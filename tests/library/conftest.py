"""A library to test with."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pmd_service.assets.fingerprint import PLANES_LENGTH
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


async def add_fingerprint(
    site: Site, asset_id: int, *, dhash: str, pixels: bytes | None = None, grey: int = 128
) -> None:
    """Of a picture of one colour, so that its hash and its size decide alone."""
    await add_report(site, asset_id, dhash=dhash)
    await site.pool.execute(
        """INSERT INTO asset_fingerprint (asset_id, user_id, pixels, planes)
           SELECT id, user_id, $2, $3 FROM asset WHERE id = $1 ON CONFLICT DO NOTHING""",
        asset_id,
        pixels,
        bytes([grey]) * PLANES_LENGTH,
    )
