"""Putting what was looked at where a library keeps it: its previews in the vault, its facts in its papers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..assets.asset import VAULT_PREFIX, Asset, Preview, key_of, preview_key
from ..database import Connection
from ..vault import Vault
from ..vault.leftovers import leave, take_back
from .looked import Looked


def preview_keys(looked: Looked, *, user_sqid: str, content_hash: str) -> list[str]:
    """Where :func:`store_previews` puts them."""
    return [preview_key(user_sqid, content_hash, made.name) for made in looked.previews]


async def store_previews(
    vault: Vault, looked: Looked, folder: Path, *, user_sqid: str, content_hash: str
) -> list[Preview]:
    """The previews, smallest first; the same content has the same ones, so putting them twice is harmless.

    Raises:
        VaultFaultError: it may go another time.
    """
    previews = []
    for made in looked.previews:
        key = preview_key(user_sqid, content_hash, made.name)
        stored = await vault.put(key, folder / made.name, lasting=False)
        previews.append(
            Preview(
                path=VAULT_PREFIX + key,
                etag=stored.etag,
                size=made.size,
                width=made.width,
                height=made.height,
                size_bytes=stored.size,
                mime_type=made.mime_type,
            )
        )
    return sorted(previews, key=lambda preview: (preview.size is None, preview.size or 0))


_LOCK = "SELECT 1 FROM asset WHERE id = $1 AND user_id = $2 FOR NO KEY UPDATE"


async def replace_previews(
    connection: Connection, vault: Vault, asset: Asset, looked: Looked, folder: Path, *, user_sqid: str
) -> None:
    """Put the previews of another look in the place of the asset's own; in a transaction, under its library's lock.

    Where the look that got it in drew them under other names, the sweep has those.

    Raises:
        VaultFaultError: it may go another time.
    """
    # Purged meanwhile, or about to be: what is put now, nobody would find again.
    if await connection.fetchval(_LOCK, asset.id, asset.user_id) is None:
        return
    keys = preview_keys(looked, user_sqid=user_sqid, content_hash=asset.hash)
    await take_back(connection, keys)
    previews = await store_previews(vault, looked, folder, user_sqid=user_sqid, content_hash=asset.hash)
    await connection.execute(
        "UPDATE asset SET previews = $3, preview_path = $4 WHERE id = $1 AND user_id = $2",
        asset.id,
        asset.user_id,
        previews,
        previews[0].path if previews else None,
    )
    await leave(connection, sorted({key_of(preview.path) for preview in asset.previews} - set(keys)))


def facts_of(looked: Looked) -> Mapping[str, Any]:
    """What the papers keep of a look: everything measured; findings and previews have places of their own."""
    facts: dict[str, Any] = msgspec.to_builtins(looked)
    return {name: value for name, value in facts.items() if name not in ("findings", "previews")}
