"""The pictures that stand for a pack: on its cover, and beside the task that builds it."""

from typing import Annotated

import msgspec
from msgspec import Meta

from .types import AssetType

# Pictures of a cover that nobody has chosen.
FIRST = 4


class CoverPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that the cover shows."""

    id: Annotated[int, Meta(examples=[7])]
    type: Annotated[AssetType, Meta(examples=["image"])]
    file_format: Annotated[str, Meta(examples=["png"])]
    has_preview: bool
    width: int | None
    height: int | None


IS_PICTURE = "type IN ('image', 'video') AND preview_path IS NOT NULL AND asset.deleted_at IS NULL"
_DRAWN = """jsonb_build_object('id', asset.id, 'type', type, 'file_format', file_format, 'has_preview', true,
                              'width', width, 'height', height)"""
# Of a row of `pack`: the chosen picture while the pack has it, else its first ones.
PICTURES = f"""
       coalesce(
           (SELECT jsonb_build_array({_DRAWN})
              FROM pack_asset JOIN asset ON asset.id = asset_id
             WHERE pack_id = pack.id AND asset_id = (pack.cover->>'asset_id')::bigint AND {IS_PICTURE}),
           (SELECT jsonb_agg({_DRAWN} ORDER BY order_index, asset.id)
              FROM (SELECT asset.*, order_index
                      FROM pack_asset JOIN asset ON asset.id = asset_id
                     WHERE pack_id = pack.id AND {IS_PICTURE}
                     ORDER BY order_index, asset_id LIMIT {FIRST}) AS asset),
           '[]')"""
