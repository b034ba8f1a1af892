"""Covers of packs, what has changed since an edition, and where files lie in a pack."""

import io
from typing import Any

import pytest
from PIL import Image

from pmd_service.assets.asset import NewAsset
from pmd_service.packs.cover import HEIGHT, WIDTH, Cover, drawn_scale

from ..conftest import WorkOff
from ..site import Api
from .conftest import Artist
from .exports import export, with_preview
from .test_packs import PACKS, make


async def pictured(artist: Artist, name: str, colour: str, **columns: Any) -> int:
    of_it = {"preview_path": f"/vault/previews/{name}/256.png", "width": 32, "height": 16}
    return await with_preview(artist, name, colour, **of_it | columns)


async def shown(api: Api, artist: Artist, pack: int) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get(f"{PACKS}/{pack}", user=artist.user)).json
    return found


async def drawn(artist: Artist) -> Image.Image:
    data = await artist.site.pool.fetchval("SELECT cover FROM pack_edition ORDER BY edition DESC LIMIT 1")
    return Image.open(io.BytesIO(data)).convert("RGB")


async def test_a_cover_is_the_first_pictures_until_one_is_chosen(api: Api, artist: Artist) -> None:
    files = [await pictured(artist, f"{colour}.png", colour) for colour in ("red", "green", "blue", "grey", "white")]
    sound = await artist.add("a.ogg", b"OggS", type="audio", file_format="ogg")
    pack = await make(api, artist, [sound, *files])
    assert [each["id"] for each in (await shown(api, artist, pack))["pictures"]] == files[:4]

    cover = {"asset_id": files[4], "zoom": 9, "x": 0.25, "y": 1, "mat": "dark"}
    changed = await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"cover": cover})
    assert (changed.status, changed.json["cover"]) == (200, cover)
    assert [each["id"] for each in changed.json["pictures"]] == [files[4]]
    await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"name": "Fire"})
    assert (await shown(api, artist, pack))["cover"] == cover, "other changes leave it"

    body = {"assets": [{"asset_id": asset} for asset in files[:2]]}
    await api.call("PUT", f"{PACKS}/{pack}/assets", user=artist.user, json=body)
    assert [each["id"] for each in (await shown(api, artist, pack))["pictures"]] == files[:2], "it was left out"
    await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"cover": None})
    assert (await shown(api, artist, pack))["cover"] is None


async def test_a_packs_task_shows_its_cover_or_its_first_picture(api: Api, artist: Artist, work_off: WorkOff) -> None:
    red, green = await pictured(artist, "red.png", "red"), await pictured(artist, "green.png", "lime")
    pack = await make(api, artist, [await artist.add("a.ogg", b"OggS", type="audio", file_format="ogg"), red, green])
    await export(api, artist, pack, work_off)

    async def picture() -> Any:
        (job,) = (await api.get("/api/pmd/jobs", user=artist.user)).json["items"]
        return job["pack_picture"] and job["pack_picture"]["id"]

    assert await picture() == red
    await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"cover": {"asset_id": green}})
    assert await picture() == green
    await artist.site.pool.execute("UPDATE asset SET deleted_at = now()")
    assert await picture() is None


async def test_a_cover_that_is_no_picture_of_the_pack_is_refused(api: Api, artist: Artist) -> None:
    inside, outside = await pictured(artist, "red.png", "red"), await pictured(artist, "blue.png", "blue")
    sound = await artist.add("a.ogg", b"OggS", type="audio", file_format="ogg")
    pack = await make(api, artist, [inside, sound])
    for cover in (
        {"asset_id": outside},
        {"asset_id": sound},
        {"asset_id": inside, "zoom": 65},
        {"asset_id": inside, "x": 2},
    ):
        answer = await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"cover": cover, "name": "Fire"})
        assert answer.status in (400, 422), cover
    assert (await shown(api, artist, pack))["name"] == "Dragons"


async def test_an_edition_has_the_cover_that_was_chosen(api: Api, artist: Artist, work_off: WorkOff) -> None:
    red, green = await pictured(artist, "red.png", "red"), await pictured(artist, "green.png", "lime")
    pack = await make(api, artist, [red, green])
    await export(api, artist, pack, work_off)
    row = await drawn(artist)
    assert row.size == (WIDTH, HEIGHT)
    middle = HEIGHT // 2
    assert [row.getpixel((x, middle)) for x in (WIDTH // 4, 3 * WIDTH // 4, WIDTH // 2)] == [
        (255, 0, 0),
        (0, 255, 0),
        (97, 97, 103),
    ]

    await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"cover": {"asset_id": green}})
    await export(api, artist, pack, work_off)
    assert (await drawn(artist)).getcolors() == [(WIDTH * HEIGHT, (0, 255, 0))], "a landscape fills it"
    assert await artist.site.pool.fetchval("SELECT cover_fills FROM pack_edition WHERE edition = 2")

    small = {"asset_id": red, "zoom": 2, "x": 0, "y": 1, "mat": "light"}
    await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"cover": small})
    await export(api, artist, pack, work_off)
    placed = await drawn(artist)
    assert placed.getpixel((0, HEIGHT - 1)) == placed.getpixel((127, HEIGHT - 64)) == (255, 0, 0)
    assert placed.getpixel((128, HEIGHT - 1)) == placed.getpixel((0, HEIGHT - 65)) == (237, 237, 240)

    huge = {"asset_id": red, "zoom": 64, "x": 1, "y": 0.5}
    await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"cover": huge})
    await export(api, artist, pack, work_off)
    assert (await drawn(artist)).getcolors() == [(WIDTH * HEIGHT, (255, 0, 0))]


async def test_a_pack_counts_what_has_changed_since_its_edition(api: Api, artist: Artist, work_off: WorkOff) -> None:
    first, second, third = [await pictured(artist, f"{colour}.png", colour) for colour in ("red", "green", "blue")]
    pack = await make(api, artist, [first, second])
    before = await export(api, artist, pack, work_off)
    assert (before["is_changed"], before["added_count"], before["removed_count"]) == (False, 0, 0)
    body = {"assets": [{"asset_id": second}, {"asset_id": third}]}
    after = (await api.call("PUT", f"{PACKS}/{pack}/assets", user=artist.user, json=body)).json
    assert (after["is_changed"], after["added_count"], after["removed_count"]) == (True, 1, 1)
    assert [(each["asset_id"], each["is_new"]) for each in after["assets"]] == [(second, False), (third, True)]
    rebuilt = await export(api, artist, pack, work_off)
    assert (rebuilt["is_changed"], rebuilt["added_count"]) == (False, 0)


async def test_a_pack_says_who_sees_it(api: Api, artist: Artist) -> None:
    pack = await make(api, artist, [await artist.add()])
    links = f"{PACKS}/{pack}/links"
    assert (await shown(api, artist, pack))["seen_by"] == "owner"
    link = (await api.post(links, {}, user=artist.user)).json
    assert (await shown(api, artist, pack))["seen_by"] == "link"
    public = (await api.post(links, {"is_public": True}, user=artist.user)).json
    assert (await shown(api, artist, pack))["seen_by"] == "everyone"
    await artist.site.pool.execute("UPDATE share_link SET download_count = 3")
    assert (await shown(api, artist, pack))["visitor_download_count"] == 6
    for each in (link, public):
        await api.call("DELETE", f"{links}/{each['id']}", user=artist.user)
    assert (await shown(api, artist, pack))["seen_by"] == "owner"


@pytest.mark.parametrize(
    ("size", "cover", "scale"),
    [
        ((24, 24), Cover(asset_id=1), 25),
        ((64, 36), Cover(asset_id=1), 20),
        ((100, 60), Cover(asset_id=1), 13),
        ((64, 40), Cover(asset_id=1, zoom=9), 18),
        ((2000, 1000), Cover(asset_id=1), 0.72),
        ((1000, 1000), None, 0.6192),
    ],
)
def test_pixel_art_is_enlarged_by_whole_multiples(size: tuple[int, int], cover: Cover | None, scale: float) -> None:
    file = NewAsset(
        path="/vault/x", etag=None, type="image", hash="0" * 64, crc32=None, name="x.png", original_path=None,
        mime_type="image/png", file_format="png", size_bytes=1, width=size[0], height=size[1],
    )  # fmt: skip
    assert drawn_scale(file, cover, WIDTH, HEIGHT) == pytest.approx(scale)
