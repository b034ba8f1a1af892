"""One file in detail: reports, lineage, post, packs and near-duplicates (LIBRARY section 3)."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ..assets.generation import Generation
from ..assets.lineage import Step, find_steps
from ..assets.reports import Report, list_reports
from ..assets.types import AssetType
from ..base.database import Connection, Pool, find_all, find_one
from ..http.etags import IfMatch
from ..site.posts import LIVE_ARTWORK
from .alike import find_near
from .queries import ITEM_COLUMNS, AssetItem

MAX_RELATIVES = 100


class NamedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file in another file's details."""

    id: Annotated[int, Meta(examples=[9])]
    name: Annotated[str, Meta(examples=["lighthouse ×4.png"])]
    type: Annotated[AssetType, Meta(examples=["image"])]
    file_format: Annotated[str, Meta(examples=["png"])]
    has_preview: Annotated[bool, Meta(examples=[True])]


class Relative(NamedFile, frozen=True, kw_only=True):
    """A file from which this one was made, or one made from it."""


class NearDuplicate(NamedFile, frozen=True, kw_only=True):
    """The same picture saved again: ``distance`` of the 64 bits of its difference hash differ."""

    distance: Annotated[int, Meta(examples=[2])]


class PostOfAsset(msgspec.Struct, frozen=True, kw_only=True):
    """The post that a file was published as."""

    id: Annotated[int, Meta(examples=[102])]
    title: Annotated[str | None, Meta(examples=["Lighthouse at dusk"])]


class PackOfAsset(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that contains a file."""

    id: Annotated[int, Meta(examples=[3])]
    name: Annotated[str, Meta(examples=["Seaside"])]
    edition: Annotated[int, Meta(examples=[2])]


class AssetDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A file and everything that is known about it."""

    asset: AssetItem
    reports: Sequence[Report]
    generation: Generation | None
    steps: Annotated[Sequence[Step], Meta(description="The tasks that led to it from its original, oldest first.")]
    parent: Relative | None
    children: Sequence[Relative]
    post: PostOfAsset | None
    packs: Sequence[PackOfAsset]
    near_duplicates: Sequence[NearDuplicate]

    @property
    def revision(self) -> AssetItem:
        """What ``If-Match`` compares: the file, and not what has been made of it."""
        return self.asset


_FIND = f"""
SELECT {ITEM_COLUMNS}, generation
  FROM asset LEFT JOIN licenses ON licenses.id = license_id
 WHERE asset.id = $1 AND user_id = $2
"""

_RELATIVE = "SELECT id, name, type, file_format, preview_path IS NOT NULL AS has_preview FROM asset"

_PARENT = f"{_RELATIVE} WHERE id = $1 AND user_id = $2"

_CHILDREN = f"""
{_RELATIVE}
 WHERE parent_asset_id = $1 AND user_id = $2 AND deleted_at IS NULL
 ORDER BY created_at, id LIMIT $3
"""

_NAMED = f"{_RELATIVE} WHERE id = ANY ($1) AND user_id = $2"

_PACKS = """
SELECT pack.id, pack.name, pack.edition
  FROM pack_asset JOIN pack ON pack.id = pack_id
 WHERE asset_id = $1 AND pack.user_id = $2 AND pack.deleted_at IS NULL
 ORDER BY pack.id LIMIT $3
"""

_POST = f"""
SELECT id, title FROM posts WHERE id = $1 AND owner_id = $2 AND {LIVE_ARTWORK}
"""


async def find_details(connection: Connection | Pool, *, user_id: int, asset_id: int) -> AssetDetails | None:
    """One of the user's files in detail, in the trash or not."""
    row = await connection.fetchrow(_FIND, asset_id, user_id)
    if row is None:
        return None
    *columns, generation = row
    asset = AssetItem(*columns)
    of_this = (asset_id, user_id, MAX_RELATIVES)
    return AssetDetails(
        asset=asset,
        reports=await list_reports(connection, user_id=user_id, asset_id=asset_id),
        generation=msgspec.convert(generation, Generation | None),
        steps=(await find_steps(connection, user_id=user_id, asset_ids=[asset_id])).get(asset_id, ()),
        parent=await find_one(connection, Relative, _PARENT, asset.parent_asset_id, user_id),
        children=await find_all(connection, Relative, _CHILDREN, *of_this),
        post=await find_one(connection, PostOfAsset, _POST, asset.post_id, user_id),
        packs=await find_all(connection, PackOfAsset, _PACKS, *of_this),
        near_duplicates=await _find_near(connection, user_id, asset_id),
    )


async def require_seen(connection: Connection, match: IfMatch, named: Sequence[int], *, user_id: int) -> None:
    """Compare the only one of these files, which is locked.

    Raises:
        ProblemError: as ``IfMatch.require_one``.
    """

    async def read(asset_id: int) -> AssetItem | None:
        row = await connection.fetchrow(_FIND, asset_id, user_id)
        return None if row is None else AssetItem(*row[:-1])

    await match.require_one(named, read)


async def _find_near(connection: Connection | Pool, user_id: int, asset_id: int) -> list[NearDuplicate]:
    near = await find_near(connection, user_id=user_id, asset_id=asset_id)
    files = {each.id: each for each in await find_all(connection, NamedFile, _NAMED, [*near], user_id)} if near else {}
    return [
        NearDuplicate(**msgspec.structs.asdict(files[other]), distance=distance)
        for other, distance in near.items()
        if other in files
    ]
