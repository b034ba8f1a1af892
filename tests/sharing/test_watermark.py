"""What others see has the artist's watermark; what the artist downloads has not."""

import asyncio
import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pmd_service.media import sandbox, watermark
from pmd_service.sharing import drawing
from pmd_service.sharing.watermark import forget_old_pictures

from ..packs.exports import export, picture
from ..site import Answer, Api, Site
from .conftest import Shelf

WATERMARK = "/api/pmd/watermark"
TEXT = {"text": "© pixelfan", "place": "middle", "opacity": 100, "size": 90}
RED, GREEN = (255, 0, 0), (0, 128, 0)


async def put(shelf: Shelf, **body: Any) -> Answer:
    return await shelf.api.call("PUT", WATERMARK, headers=shelf.api.sign(shelf.artist.user), json=body)


def colours(data: bytes) -> set[tuple[int, ...]]:
    with Image.open(io.BytesIO(data)) as image:
        return {tuple(map(int, pixel)) for pixel in np.asarray(image.convert("RGB")).reshape(-1, 3)}


def still(colour: str, form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(out, form)
    return out.getvalue()


async def art(shelf: Shelf, link: Any, asset: int) -> bytes:
    answer = await shelf.visit(link, f"/art/{asset}")
    assert answer.status == 200, answer
    return answer.body


@pytest.mark.stores
async def test_shared_pictures_have_the_watermark_and_downloads_have_not(shelf: Shelf) -> None:
    link, asset = await shelf.link(), shelf.assets[0]
    cover = (await shelf.visit(link, "/cover.png")).body
    assert colours(await art(shelf, link, asset)) == {RED}
    assert (await put(shelf, **TEXT)).status == 200
    shown = colours(await art(shelf, link, asset))
    assert RED in shown
    assert len(shown) > 2
    assert any(min(colour) > 200 for colour in shown)
    marked = await shelf.visit(link, "/cover.png")
    assert (marked.headers["Content-Type"], marked.body[:4]) == ("image/png", b"\x89PNG")
    assert colours(marked.body) != colours(cover)
    # What is one's own, or was built, is what it was.
    user, api = shelf.artist.user, shelf.api
    assert (await api.get(f"/api/pmd/assets/{asset}/file", user=user)).body == picture("red")
    assert colours((await api.get(f"/api/pmd/assets/{asset}/preview", user=user)).body) == {RED}
    details = await export(api, shelf.artist, shelf.pack, shelf._work_off)
    for url in (details["download_url"], f"/api/pmd/packs/{shelf.pack}/download?edition=1"):
        with zipfile.ZipFile(io.BytesIO((await api.get(url, user=user)).body)) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith("assets/Dragon.png"))
            assert archive.read(name) == picture("red")
    shared = zipfile.ZipFile(io.BytesIO((await shelf.visit(link, "/download")).body))
    middle, background = (97, 97, 103), (96, 96, 104)  # of covers, of contact sheets
    assert colours(shared.read("dragons_v2/previews/grid.png")) == colours(cover) - {middle} | {background}


async def test_pictures_are_drawn_once_for_each_version(
    shelf: Shelf, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, asset = await shelf.link(), shelf.assets[0]
    draws: list[int] = []

    def counted(mark: Any, paths: Any, folder: Any) -> Any:
        draws.append(len(paths))
        return watermark.draw(mark, paths, folder)

    monkeypatch.setattr(drawing, "draw", counted)
    await put(shelf, **TEXT)
    first = await asyncio.gather(*(art(shelf, link, asset) for _ in range(4)))
    # Both pictures of the page at once.
    assert (draws, len({*first})) == ([2], 1)
    await art(shelf, link, shelf.assets[1])
    assert draws == [2]
    await put(shelf, **TEXT | {"place": "top"})
    assert await art(shelf, link, asset) != first[0]
    # One that was drawn before the change and is kept after it.
    name = await site.pool.fetchval("SELECT max(source) FROM watermarked")
    late = drawing.Drawn(picture=first[0], mime_type="image/webp")
    await drawing._keep(site.pool, shelf.artist.user, drawing.Watermark(version=1), name, late)
    assert await site.pool.fetchval("SELECT array_agg(DISTINCT version) FROM watermarked") == [2]
    # Without a watermark the preview itself is shown.
    await put(shelf)
    assert colours(await art(shelf, link, asset)) == {RED}
    assert await site.pool.fetchval("SELECT count(*) FROM watermarked") == 0


async def test_picture_stays_a_watermark_though_its_file_is_gone(shelf: Shelf, site: Site) -> None:
    link, (asset, mark, _) = await shelf.link(), shelf.assets
    answer = await put(shelf, asset_id=mark, place="middle", opacity=100, size=20)
    assert (answer.status, answer.json["asset_id"]) == (200, mark)
    await site.lose(await site.pool.fetchval("SELECT path FROM asset WHERE id = $1", mark))
    assert colours(await art(shelf, link, asset)) == {RED, GREEN}


async def test_watermark_is_changed_by_those_who_have_seen_it(shelf: Shelf) -> None:
    user, api = shelf.artist.user, shelf.api
    none = await api.get(WATERMARK, user=user)
    assert none.json == {
        "text": None,
        "asset_id": None,
        "place": "bottom_right",
        "opacity": 60,
        "size": 40,
        "version": 0,
    }
    headers = api.sign(user) | {"If-Match": none.headers["ETag"]}
    made = await api.call("PUT", WATERMARK, headers=headers, json=TEXT)
    assert (made.status, made.json) == (200, TEXT | {"asset_id": None, "version": 1})
    assert (await api.call("PUT", WATERMARK, headers=headers, json=TEXT)).status == 412
    assert (await api.get(WATERMARK, user=user)).headers["ETag"] == made.headers["ETag"]


async def test_watermark_that_cannot_be_drawn_is_refused(shelf: Shelf, site: Site, subtests: pytest.Subtests) -> None:
    stranger = await site.add_user("stranger")
    text = await site.add_asset(shelf.artist.user, b"a map", type="other", file_format="txt")
    trashed = await site.add_asset(shelf.artist.user, picture("navy"), deleted_at=datetime.now(UTC))
    for body, status, path in (
        ({"text": "a", "asset_id": 1}, 422, "$.asset_id"),
        ({"text": "\u200b"}, 422, "$.text"),
        ({"text": "森"}, 422, "$.text"),
        ({"text": "a" * 61}, 422, "$.text"),
        ({"text": "a", "place": "left"}, 422, "$.place"),
        ({"text": "a", "opacity": 0}, 422, "$.opacity"),
        ({"asset_id": text}, 422, "$.asset_id"),
        ({"asset_id": shelf.assets[2]}, 422, "$.asset_id"),
        ({"asset_id": await site.add_asset(stranger, picture("red"))}, 400, "$.asset_id"),
        ({"asset_id": 2**31 - 1}, 400, "$.asset_id"),
        ({"asset_id": trashed}, 400, "$.asset_id"),
    ):
        with subtests.test(body=body):
            answer = await put(shelf, **body)
            assert (answer.status, answer.json["errors"][0]["path"]) == (status, path), answer
    assert (await shelf.api.get(WATERMARK, user=shelf.artist.user)).json["version"] == 0


async def test_picture_is_never_shown_without_its_watermark(
    shelf: Shelf, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, (asset, other, _) = await shelf.link(), shelf.assets
    await put(shelf, **TEXT)
    paths = await site.pool.fetch("SELECT id, previews -> 0 ->> 'path' AS path FROM asset WHERE previews <> '[]'")
    keys = {row["id"]: row["path"].removeprefix("/vault/") for row in paths}
    lost = await site.read(keys[asset])
    (site.vault / keys[asset]).unlink()
    assert (await shelf.visit(link, f"/art/{asset}")).status == 404, "its bytes are gone, and others are drawn with it"
    await site.stored.put(keys[asset], lost)
    await site.pool.execute("DELETE FROM watermarked")
    await site.stored.put(keys[other], b"no picture at all")
    assert (await shelf.visit(link, f"/art/{other}")).status == 404
    assert (await shelf.visit(link, f"/art/{asset}")).status == 200
    await site.pool.execute("DELETE FROM watermarked")
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 0)
    assert (await shelf.visit(link, f"/art/{asset}")).status == 503
    assert (await put(shelf, **TEXT)).status == 503


async def test_preview_shows_the_watermark_on_ones_own_picture(shelf: Shelf, site: Site, api: Api) -> None:
    user, preview = shelf.artist.user, f"{WATERMARK}/preview"
    assert (await api.get(preview, user=user)).status == 404
    await put(shelf, **TEXT)
    assert RED in colours((await api.get(preview, user=user, params={"asset_id": shelf.assets[0]})).body)
    assert GREEN in colours((await api.get(preview, user=user)).body)
    stranger = await site.add_user("stranger")
    assert (await api.get(preview, user=stranger, params={"asset_id": shelf.assets[0]})).status == 404


async def test_old_pictures_are_forgotten_and_drawn_again(shelf: Shelf, site: Site) -> None:
    link, asset = await shelf.link(), shelf.assets[0]
    await put(shelf, **TEXT)
    first = await art(shelf, link, asset)
    await site.pool.execute("UPDATE watermarked SET created_at = now() - interval '31 days'")
    assert await forget_old_pictures(site.pool) == 2
    assert await art(shelf, link, asset) == first


async def test_series_pages_show_the_watermark(shelf: Shelf, site: Site, api: Api) -> None:
    user = shelf.artist.user
    posts = [
        await site.add_post(user, still(name, form), title=name) for name, form in (("red", "PNG"), ("green", "GIF"))
    ]
    series = (await api.post("/api/pmd/series", {"name": "Forest"}, user=user)).json["id"]
    await api.call("PUT", f"/api/pmd/series/{series}/posts", user=user, json={"post_ids": posts})
    page = f"/u/{site.sqid(user)}/series/{series}/art/"
    assert colours((await api.call("GET", f"{page}{posts[0]}")).body) == {RED}
    await put(shelf, **TEXT)
    for post, colour, kind in ((posts[0], RED, "image/png"), (posts[1], GREEN, "image/webp")):
        marked = await api.call("GET", f"{page}{post}")
        assert (marked.status, marked.headers["Content-Type"], colour in colours(marked.body)) == (200, kind, True)
        assert len(colours(marked.body)) > 2
    assert await site.pool.fetchval("SELECT count(*) FROM watermarked") == 2
    await site.lose(await site.pool.fetchval("SELECT art_url FROM posts WHERE id = $1", posts[0]))
    lost = await site.add_post(user, None)
    await api.call("PUT", f"/api/pmd/series/{series}/posts", user=user, json={"post_ids": [lost, *posts]})
    for post in (lost, posts[0]):
        assert (await api.call("GET", f"{page}{post}")).status == 404, "nothing is shown without it"


async def test_newest_pictures_are_kept_and_others_drawn_again(
    shelf: Shelf, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of many pictures cannot fill the database."""
    monkeypatch.setattr(drawing, "MAX_KEPT", 1)
    link, (first, second, _) = await shelf.link(), shelf.assets
    await put(shelf, **TEXT)
    for asset in (first, second, first):
        assert len(colours(await art(shelf, link, asset))) > 2
        assert await site.pool.fetchval("SELECT count(*) FROM watermarked") == 1
