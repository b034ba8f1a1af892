"""Putting what was looked at where a library keeps it: its previews in the vault, its facts in its papers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..assets.asset import VAULT_PREFIX, Preview, preview_key
from ..vault import Vault
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


def facts_of(looked: Looked) -> Mapping[str, Any]:
    """What the papers keep of a look: everything measured; findings and previews have places of their own."""
    facts: dict[str, Any] = msgspec.to_builtins(looked)
    return {name: value for name, value in facts.items() if name not in ("findings", "previews")}
