"""Files that are in a library already: bytes in the vault and rows, as an upload leaves them."""

import hashlib
import io

from PIL import Image

from pmd_service.assets.asset import NewAsset, add_asset, asset_key

from ..site import Site


async def add_pictures(site: Site, owner: int, count: int, **columns: object) -> list[int]:
    """Sprites of 16 × 16 pixels; ids are given, “sprite 0.png” first, which is the oldest."""
    ids = []
    for number in range(count):
        data = _sprite(number)
        content = hashlib.sha256(data).hexdigest()
        key = asset_key(site.sqid(owner), content, "png")
        stored = await site.stored.put(key, data)
        fields = {"provenance": "user_provided", "theme": "dragons" if number % 2 else None} | columns
        new = NewAsset(
            path=f"/vault/{key}",
            etag=stored.etag,
            type="image",
            hash=content,
            crc32=None,
            name=f"sprite {number}.png",
            original_path=None,
            mime_type="image/png",
            file_format="png",
            size_bytes=len(data),
            width=16,
            height=16,
            frame_count=1,
            **fields,  # type: ignore[arg-type]
        )
        async with site.pool.acquire() as connection:
            ids.append((await add_asset(connection, user_id=owner, new=new)).asset_id)
    return ids


def _sprite(number: int) -> bytes:
    image = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    for spot in range(64):
        place = (spot * (number + 3) + spot // 3) % 256
        image.putpixel((place % 16, place // 16), (number * 41 % 256, spot * 3, 200, 255))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()
