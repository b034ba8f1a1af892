"""Storing probe results: previews in the vault, facts in the file's report."""

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
    """The vault keys that :func:`store_previews` writes."""
    return [preview_key(user_sqid, content_hash, drawn.name) for drawn in probed.previews]


async def store_previews(
    vault: Vault, probed: ProbeResult, folder: Path, *, user_sqid: str, content_hash: str
) -> list[Preview]:
    """Write the previews to the vault, and return them smallest first. Repeatable: the same content has the same keys.

    Raises:
        VaultFaultError: may pass.
    """
    previews = []
    for drawn in probed.previews:
        key = preview_key(user_sqid, content_hash, drawn.name)
        stored = await vault.put(key, folder / drawn.name, lasting=False)
        previews.append(
            Preview(
                path=VAULT_PREFIX + key,
                etag=stored.etag,
                size=drawn.size,
                width=drawn.width,
                height=drawn.height,
                size_bytes=stored.size,
                mime_type=drawn.mime_type,
            )
        )
    return sorted(previews, key=lambda preview: (preview.size is None, preview.size or 0))


_NAME = """
UPDATE asset SET previews = $3, preview_path = $4, generation = coalesce($5, generation)
 WHERE id = $1 AND user_id = $2
"""


async def replace_probe(connection: Connection, asset: Asset, probed: ProbeResult, previews: Sequence[Preview]) -> bool:
    """Replace an asset's previews and generation parameters by those of a new probe; in a transaction, under the
    library's lock.

    Previews that are no longer referenced are left to the sweep; all of them, if the asset has been purged meanwhile.

    Returns:
        Whether the asset still exists.
    """
    first = previews[0].path if previews else None
    given = (asset.id, asset.user_id, previews, first, probed.generation)
    is_there = await connection.execute(_NAME, *given) != "UPDATE 0"
    named, before = ({key_of(preview.path) for preview in each} for each in (previews, asset.previews))
    await schedule_removal(connection, sorted(before - named if is_there else before | named))
    return is_there


# Measures that the asset's row has as columns of the same names.
_MEASURES = {*ProbeResult.__struct_fields__} & {*NewAsset.__struct_fields__} - {"previews"}


def measures_of(probed: ProbeResult) -> Mapping[str, Any]:
    """The columns of a new asset's row."""
    # For searches: four bits a channel.
    colors = list(dict.fromkeys(colour[::2] for colour in probed.palette))
    return {name: getattr(probed, name) for name in _MEASURES} | {"colors": colors}


_SEPARATE = ("findings", "previews", "generation", "fingerprint")


def facts_of(probed: ProbeResult) -> Mapping[str, Any]:
    """The facts of a report: all but what is stored separately."""
    facts: dict[str, Any] = msgspec.to_builtins(probed)
    return {name: value for name, value in facts.items() if name not in _SEPARATE}
