"""A library to test with."""

import hashlib
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pmd_service.ops.settings import Settings
from pmd_service.vault import LocalVault, Vault

from ..site import Site

AddAsset = Callable[..., Awaitable[int]]
_numbers = itertools.count(1)


@pytest.fixture
def add_asset(site: Site) -> AddAsset:
    """Adds an asset with its bytes, as an upload would; columns as given."""

    async def add(user_id: int, data: bytes | None = None, **columns: Any) -> int:
        number = next(_numbers)
        data = data or f"\x89PNG pixels of {number}".encode()
        digest = hashlib.sha256(data).hexdigest()
        form = columns.get("file_format", "png")
        key = f"assets/{site.sqid(user_id)}/{digest}.{form}"
        site.write(key, data)
        given: dict[str, Any] = {
            "user_id": user_id,
            "path": f"/vault/{key}",
            "type": "image",
            "hash": digest,
            "name": f"picture{number}.{form}",
            "mime_type": "image/png",
            "file_format": form,
            "size_bytes": len(data),
            "width": 64,
            "height": 32,
            "provenance": "user_provided",
        }
        given |= columns
        names, marks = ", ".join(given), ", ".join(f"${n}" for n in range(1, len(given) + 1))
        asset_id: int = await site.pool.fetchval(
            f"INSERT INTO asset ({names}) VALUES ({marks}) RETURNING id", *given.values()
        )
        return asset_id

    return add


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return LocalVault(settings.vault_path)
