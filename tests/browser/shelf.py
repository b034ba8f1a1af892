"""Files that are in a library already: bytes in the vault and rows, as an upload leaves them."""

import hashlib
import io
from collections.abc import Sequence
from typing import Any

from PIL import Image

from pmd_service.assets.asset import NewAsset, Preview, add_asset, asset_key
from pmd_service.assets.fingerprint import PLANES_LENGTH

from ..site import Site


async def add_pictures(site: Site, owner: int, count: int, *, is_sequence: bool = False, **columns: Any) -> list[int]:
    """Sprites of 16 × 16 pixels; ids are given, “sprite 0.png” first, which is the oldest. Each has a tile, unless they
    are a sequence.
    """
    ids = []
    for number in range(count):
        data = _sprite(number)
        content = hashlib.sha256(data).hexdigest()
        key = asset_key(site.sqid(owner), content, "png")
        stored = await site.stored.put(key, data)
        preview = await _preview(site, f"previews/{site.sqid(owner)}/{content}/256.webp", data)
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
            preview_path=preview.path,
            previews=[preview],
            width=16,
            height=16,
            frame_count=1,
            **fields,
        )
        async with site.pool.acquire() as connection:
            ids.append((await add_asset(connection, user_id=owner, new=new)).asset_id)
    await site.pool.execute("UPDATE asset SET is_single = $2 WHERE id = ANY ($1)", ids, not is_sequence)
    return ids


async def _preview(site: Site, key: str, drawn: bytes) -> Preview:
    """As the look at an upload draws it; so small a picture is its own preview of any size."""
    data = io.BytesIO()
    Image.open(io.BytesIO(drawn)).save(data, "WEBP", lossless=True)
    stored = await site.stored.put(key, data.getvalue())
    return Preview(
        path=f"/vault/{key}",
        etag=stored.etag,
        size=256,
        width=16,
        height=16,
        size_bytes=stored.size,
        mime_type="image/webp",
    )


async def make_alike(site: Site, files: Sequence[int], *, sizes: Sequence[int]) -> None:
    """Groups of files as if their pixels were equal, of these sizes, in order; the rest resemble nothing."""
    groups = [group for group, size in enumerate(sizes) for _ in range(size)]
    await site.pool.execute(
        """INSERT INTO reports (user_id, asset_id, outcome, file_name, hash, facts)
           SELECT user_id, id, 'added', name, hash,
                  jsonb_build_object('version', 1, 'dhash', CASE group_of WHEN 0 THEN 'ffff0000ffff0000'
                                                                          ELSE '0f0f0f0f0f0f0f0f' END)
             FROM asset JOIN unnest($1::int[], $2::int[]) AS alike (asset_id, group_of) ON id = asset_id""",
        files[: len(groups)],
        groups,
    )
    await site.pool.execute(
        """INSERT INTO asset_fingerprint (asset_id, user_id, pixels, planes)
           SELECT * FROM unnest($1::bigint[], array_fill($2::int, ARRAY[cardinality($1)]), $3::bytea[], $4::bytea[])""",
        files[: len(groups)],
        await site.pool.fetchval("SELECT user_id FROM asset WHERE id = $1", files[0]),
        [bytes([group]) * 16 for group in groups],
        [bytes([80 * group]) * PLANES_LENGTH for group in groups],
    )


def _sprite(number: int) -> bytes:
    image = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    for spot in range(64):
        place = (spot * (number + 3) + spot // 3) % 256
        image.putpixel((place % 16, place // 16), (number * 41 % 256, spot * 3, 200, 255))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


async def add_report(site: Site, user: int) -> int:
    """An archive that has been read, with one post “Dusk” in it; gives the id of the import."""
    made = await site.pool.fetchval(
        """INSERT INTO imports (user_id, requested_by, asset_id, name, stage, status, item_count)
           VALUES ($1, $1, 1, 'a.zip', 'report', 'completed', 1) RETURNING id""",
        user,
    )
    item = """{"type": "post", "title": "Dusk"}"""
    insert = "INSERT INTO import_item (import_id, number, outcome, item) VALUES ($1, 1, 'make', $2::text::jsonb)"
    await site.pool.execute(insert, made, item)
    return int(made)
