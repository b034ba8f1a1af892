"""Putting what was looked at where a library keeps it: its previews in the vault, its facts in its papers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..assets.asset import VAULT_PREFIX, Asset, NewAsset, Preview, key_of, preview_key
from ..base.database import Connection
from ..vault import Vault
from ..vault.leftovers import schedule_removal
from .probe_result import ProbeResult


def preview_keys(probed: ProbeResult, *, user_sqid: str, content_hash: str) -> list[str]:
    """Where :func:`store_previews` puts them."""
    return [preview_key(user_sqid, content_hash, made.name) for made in probed.previews]


async def store_previews(
    vault: Vault, probed: ProbeResult, folder: Path, *, user_sqid: str, content_hash: str
) -> list[Preview]:
    """The previews, smallest first; the same content has the same ones, so putting them twice is harmless.

    Raises:
        VaultFaultError: it may go another time.
    """
    previews = []
    for made in probed.previews:
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


_NAME = """
UPDATE asset SET previews = $3, preview_path = $4, generation = coalesce($5, generation)
 WHERE id = $1 AND user_id = $2
"""


async def replace_probe(connection: Connection, asset: Asset, probed: ProbeResult, previews: Sequence[Preview]) -> bool:
    """Put what another look has drawn and read in the place of the asset's own; in a transaction, under its library's
    lock.

    The sweep has those that the look that got it in drew under other names; and all of them, where the asset was purged
    meanwhile.

    Returns:
        Whether the asset is still there.
    """
    first = previews[0].path if previews else None
    given = (asset.id, asset.user_id, previews, first, probed.generation)
    is_there = await connection.execute(_NAME, *given) != "UPDATE 0"
    named, before = ({key_of(preview.path) for preview in each} for each in (previews, asset.previews))
    await schedule_removal(connection, sorted(before - named if is_there else before | named))
    return is_there


# What is measured and stands in the asset's row, too, by the same names.
_MEASURES = {*ProbeResult.__struct_fields__} & {*NewAsset.__struct_fields__} - {"previews"}


def measures_of(probed: ProbeResult) -> Mapping[str, Any]:
    """What a new asset's row keeps of a look."""
    return {name: getattr(probed, name) for name in _MEASURES}


def facts_of(probed: ProbeResult) -> Mapping[str, Any]:
    """What the papers keep of a look: everything measured; what else was found has places of its own."""
    facts: dict[str, Any] = msgspec.to_builtins(probed)
    return {name: value for name, value in facts.items() if name not in ("findings", "previews", "generation")}
