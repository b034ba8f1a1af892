"""Packs with pictures, and their exports."""

import io
from typing import Any

from PIL import Image

from ..conftest import WorkOff
from ..site import Api
from .conftest import Artist
from .test_packs import PACKS, make


def picture(colour: str, size: int = 32) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (size, size // 2), colour).save(out, "PNG")
    return out.getvalue()


async def with_preview(artist: Artist, name: str, colour: str, **columns: Any) -> int:
    """A picture with the previews that a probe would have drawn."""
    data = picture(colour)
    previews = []
    for size in (256, 512):
        stored = await artist.site.stored.put(f"previews/{name}/{size}.png", picture(colour, size))
        previews.append(
            {"path": f"/vault/previews/{name}/{size}.png", "etag": None, "size": size, "mime_type": "image/png",
             "size_bytes": stored.size, "width": size, "height": size // 2}
        )  # fmt: skip
    return await artist.add(name, data, previews=previews, **columns)


async def export(api: Api, artist: Artist, pack: int, work_off: WorkOff) -> dict[str, Any]:
    """Export a pack, run the work, and read the pack."""
    accepted = await api.post(f"{PACKS}/{pack}/export", {}, user=artist.user)
    assert accepted.status == 202, accepted
    await work_off()
    details: dict[str, Any] = (await api.get(f"{PACKS}/{pack}", user=artist.user)).json
    return details


async def mixed_pack(api: Api, artist: Artist) -> int:
    """Images, a sound and a video; names equal but for case, hostile names, and work of others."""
    assets = [
        await with_preview(artist, "Dragon.png", "red"),
        await with_preview(artist, "dragon.PNG", "green", license_id=2, attribution="Somebody"),
        await with_preview(artist, "DRAGON.png", "blue", frame_count=12),
        await artist.add("../../etc/passwd\n.ogg", b"OggS" * 1000, type="audio", file_format="ogg", duration_sec=1.5),
        await artist.add("con.webm", b"\x1aE\xdf\xa3" * 1000, type="video", file_format="webm"),
        await artist.add("像素 é.png", license_id=1, attribution="Nobody in particular"),
    ]
    return await make(api, artist, assets, license_type="attribution", description="Dragons.")
