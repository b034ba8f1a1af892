"""An artist who sends, and what of theirs is there already."""

import hashlib

import pytest

from pmd_service.assets.asset import Added, NewAsset, add_asset, asset_key
from pmd_service.base.database import Pool

from ..site import Api
from .sender import Sender


@pytest.fixture
async def sender(api: Api, artist: int) -> Sender:
    return Sender(api, artist)


async def add_known(pool: Pool, user_id: int, data: bytes, *, trashed: bool = False) -> Added:
    """An asset that the user's library has already."""
    content = hashlib.sha256(data).hexdigest()
    async with pool.acquire() as connection:
        added = await add_asset(
            connection,
            user_id=user_id,
            new=NewAsset(
                path=f"/vault/{asset_key(str(user_id), content, 'png')}",
                etag="e",
                type="image",
                hash=content,
                crc32=None,
                name="known.png",
                original_path=None,
                mime_type="image/png",
                file_format="png",
                size_bytes=len(data),
            ),
        )
        if trashed:
            await connection.execute("UPDATE asset SET deleted_at = now() WHERE id = $1", added.asset_id)
    return added
