"""Files become posts by the site's rules, once, and without personal metadata."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from redis.asyncio import Redis

from pmd_service.assets.reports import NewReport, add_reports
from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.downloads.manifest import load_artworks
from pmd_service.library.new_posts import NewPost, insert_post
from pmd_service.media import sandbox, stripping
from pmd_service.site.details import PostDetails
from pmd_service.vault import Stored
from pmd_service.vault.leftovers import sweep_leftovers
from pmd_service.work.context import WorkerContext

from ..conftest import Serve
from ..locks import wait_for_waiting, waits_for_a_lock
from ..site import BORN, Api, Site
from . import mistaken_strip
from .conftest import AddAsset

pytestmark = pytest.mark.own_tables  # a site's posts are not made from here

PUBLISH = "/api/pmd/assets/publish"
DISCLOSURES = "/api/pmd/assets/disclosures"
SECRET = "52.5 N 13.4 E, by an artist"


def picture(form: str = "PNG", size: int = 16) -> bytes:
    """A picture with the place where it was made."""
    out = io.BytesIO()
    metadata = PngInfo()
    metadata.add_text("Location", SECRET)
    exif = Image.Exif()
    exif[0x010E] = SECRET
    image = Image.new("RGB", (size, size), "teal")
    image.putpixel((0, 0), (size % 256, 1, 2))
    image.save(out, form, pnginfo=metadata, exif=exif)
    return out.getvalue()


async def add_details(site: Site, user: int, asset: int, facts: dict[str, Any]) -> None:
    """As the probe of an upload would have written them."""
    async with site.pool.acquire() as connection:
        report: dict[str, Any] = {"file_name": "a", "hash": "0" * 64, "facts": facts}
        await add_reports(connection, [NewReport(user_id=user, asset_id=asset, outcome="added", **report)])


async def publish(api: Api, user: int, *asset_ids: int, **body: Any) -> list[dict[str, Any]]:
    answer = await api.post(PUBLISH, {"asset_ids": list(asset_ids)} | body, user=user)
    assert answer.status == 200, answer
    items: list[dict[str, Any]] = answer.json["items"]
    assert answer.json["published_count"] == sum(item["outcome"] == "published" for item in items)
    return items


async def test_no_post_is_of_the_future(site: Site, add_asset: AddAsset) -> None:
    artist, now = await site.add_user(), datetime.now(UTC)
    for given, is_kept in ((None, False), (now - timedelta(days=1), True), (now + timedelta(days=1), False)):
        new = NewPost(
            title="Lamp", description=None, hashtags=[], license_id=None, is_hidden=False, marks="strip",
            details=PostDetails(), created_at=given,
        )  # fmt: skip
        asset = await add_asset(artist, str(given).encode(), name="lamp.png")
        async with site.pool.acquire() as connection, connection.transaction():
            post = await insert_post(connection, asset, Stored(key="art/x", size=1, etag="x"), new, user_id=artist)
        created = await site.pool.fetchval("SELECT created_at FROM posts WHERE id = $1", post)
        assert created == given if is_kept else now - timedelta(minutes=1) < created <= datetime.now(UTC)


@pytest.mark.stores
async def test_published_copy_is_equal_without_metadata(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    data = picture()
    assert SECRET.encode() in data
    asset = await add_asset(artist, data, name="light.tower.png", width=16, height=16, frame_count=1, license_id=2,
                            hashtags=["sea"])  # fmt: skip
    await add_details(site, artist, asset, {"gps": True})
    answer = (await api.post(PUBLISH, {"asset_ids": [asset]}, user=artist)).json
    (item,) = answer["items"]
    message = "This file discloses where it was made."
    assert answer["left_out"] == [{"code": "tells_place", "message": message, "asset_ids": [asset]}]
    post = await site.pool.fetchrow("SELECT * FROM posts WHERE id = $1", item["post_id"])
    assert post is not None
    assert (post["owner_id"], post["kind"], post["title"]) == (artist, "artwork", "light.tower")
    assert (post["width"], post["height"], post["file_format"], post["license_id"]) == (16, 16, "png", 2)
    assert (post["hashtags"], post["hidden_by_user"]) == (["sea"], False)
    art = (await api.get(f"/api/pmd/posts/{item['post_id']}/art", user=artist)).body
    assert len(art) == post["file_bytes"]
    assert b"52.5 N" not in art
    shown, sent = (Image.open(io.BytesIO(each)).convert("RGB").tobytes() for each in (art, data))
    assert shown == sent
    details = (await api.get(f"/api/pmd/assets/{asset}", user=artist)).json
    assert details["post"]["id"] == item["post_id"]
    assert (await api.get(f"/api/pmd/assets/{asset}/file", user=artist)).body == data


@pytest.mark.stores
async def test_marks_keep_publishes_the_file_unchanged_and_records_it(
    site: Site, api: Api, add_asset: AddAsset, worker: WorkerContext
) -> None:
    artist = await site.add_user()
    data = [picture(size=size) for size in (16, 17, 18)]
    assets = [await add_asset(artist, each, name=f"{n}.png") for n, each in enumerate(data)]
    author = {"rights": {"author": "Erika Mustermann"}}
    await add_details(site, artist, assets[0], {"gps": True} | author)
    await add_details(site, artist, assets[1], author)
    kept = (await api.post(PUBLISH, {"asset_ids": assets[:2], "marks": "keep"}, user=artist)).json
    found = {each["code"]: each["asset_ids"] for each in kept["kept"]}
    assert (found, kept["left_out"]) == ({"tells_place": assets[:1], "tells_author": assets[:2]}, [])
    await add_details(site, artist, assets[2], {"gps": True})
    (stripped,) = await publish(api, artist, assets[2])
    posts = [item["post_id"] for item in (*kept["items"], stripped)]
    for post, each in zip(posts[:2], data, strict=False):
        assert (await api.get(f"/api/pmd/posts/{post}/art", user=artist)).body == each
    artworks, _ = await load_artworks(site.pool, worker.ids, owner_id=artist, post_ids=posts)
    assert [sorted(artwork.record.tells) for artwork in artworks] == [["author", "place"], ["author"], []]


async def test_disclosures_can_be_read_before_publishing(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    assets = [await add_asset(artist, picture(size=size)) for size in (16, 17)]
    await add_details(site, artist, assets[1], {"gps": True})
    answer = await api.post(DISCLOSURES, {"asset_ids": assets}, user=artist)
    message = "1 of these 2 files discloses where it was made."
    assert answer.json == {"items": [{"code": "tells_place", "message": message, "asset_ids": assets[1:]}]}
    assert (await api.post(DISCLOSURES, {"asset_ids": assets}, user=stranger)).status == 400
    many = {"asset_ids": list(range(1, 10_002))}
    assert (await api.post(DISCLOSURES, many, user=artist)).status == 422


async def test_publishing_queues_a_webhook(site: Site, serve: Serve, add_asset: AddAsset, settings: Settings) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, picture())
    hooked = msgspec.structs.replace(settings, site_webhook_url="http://127.0.0.1:9/", site_webhook_secret="x" * 16)
    async with Api((await serve(hooked)).make_url("/"), hooked) as api:
        (item,) = await publish(api, artist, asset)
        assert (await publish(api, artist, asset))[0]["outcome"] == "already"
    messages = await site.pool.fetch("SELECT user_id, payload FROM outbox")
    assert [tuple(row) for row in messages] == [(artist, {"action": "publish", "post_ids": [item["post_id"]]})]


async def test_publishing_clears_the_sites_feeds(
    site: Site, serve: Serve, add_asset: AddAsset, settings: Settings
) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, picture())
    cleared = msgspec.structs.replace(settings, site_redis_url=settings.redis_url, site_redis_clear="feed:recent:*")
    async with Redis.from_url(settings.redis_url) as redis, Api((await serve(cleared)).make_url("/"), cleared) as api:
        await redis.set("feed:recent:1", b"[]")
        await publish(api, artist, asset)
        assert not await redis.exists("feed:recent:1")


async def test_file_is_published_once(site: Site, api: Api, add_asset: AddAsset, settings: Settings) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, picture())
    bodies = await asyncio.gather(*(publish(api, artist, asset) for _ in range(4)))
    assert sorted(item["outcome"] for (item,) in bodies) == ["already"] * 3 + ["published"]
    assert len({item["post_id"] for (item,) in bodies}) == 1
    await sweep_leftovers(site.pool, site.stored)
    assert len(await site.keys("art/")) == 1
    # A post that is deleted does not hold its file back.
    await site.pool.execute("UPDATE posts SET deleted_by_user = true")
    assert [item["outcome"] for item in await publish(api, artist, asset)] == ["published"]


async def test_each_post_gets_its_own_title_texts_tags_and_licence(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    own, plain = [
        await add_asset(artist, picture(size=size), name=f"{size}.png", hashtags=["made"], license_id=1)
        for size in (16, 17)
    ]
    values = {"title": " A\nlight ", "description": "Two\nlines", "hashtags": ["#Sea", "sky"], "license_id": None}
    items = await publish(api, artist, own, plain, posts=[{"asset_id": own} | values])
    posts = [(await api.get(f"/api/pmd/posts/{item['post_id']}", user=artist)).json for item in items]
    texts = [(post["title"], post["description"], post["hashtags"], post["license_identifier"]) for post in posts]
    assert texts == [("A light", "Two\nlines", ["sea", "sky"], None), ("17", None, ["made"], "CC0-1.0")]


async def test_values_of_posts_that_do_not_fit_publish_nothing(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, picture())
    for posts, path in (
        ([{"asset_id": asset + 1}], "$.posts[0].asset_id"),
        ([{"asset_id": asset}] * 2, "$.posts[1].asset_id"),
        ([{"asset_id": asset, "title": "\u200b"}], "$.posts[0].title"),
        ([{"asset_id": asset, "hashtags": ["a b"]}], "$.posts[0].hashtags[0]"),
        ([{"asset_id": asset, "license_id": 999}], "$.posts[0].license_id"),
    ):
        with subtests.test(path=path):
            answer = await api.post(PUBLISH, {"asset_ids": [asset], "posts": posts}, user=artist)
            assert (answer.status, answer.json["errors"][0]["path"]) == (422, path)
    assert await site.pool.fetchval("SELECT count(*) FROM posts") == 0


_TRASH = "UPDATE asset SET deleted_at = now()"


@pytest.mark.parametrize(("meanwhile", "code"), [([_TRASH], "in_trash"), ([_TRASH, "DELETE FROM asset"], "purged")])
async def test_file_deleted_while_publishing_becomes_no_post(
    site: Site, api: Api, pool: Pool, add_asset: AddAsset, meanwhile: list[str], code: str
) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, picture())
    async with pool.acquire() as connection, connection.transaction():
        for statement in meanwhile:
            await connection.execute(statement)
        publishing = asyncio.create_task(publish(api, artist, asset))
        assert await waits_for_a_lock(pool, publishing)
    (item,) = await publishing
    assert (item["outcome"], item["code"], item["post_id"]) == ("refused", code, None)
    assert await pool.fetchval("SELECT count(*) FROM posts") == 0


async def test_concurrent_publishing_creates_one_post_per_file(
    site: Site, api: Api, pool: Pool, add_asset: AddAsset
) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, picture())
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM asset FOR UPDATE")
        both = [asyncio.create_task(publish(api, artist, asset)) for _ in range(2)]
        await wait_for_waiting(pool, 2)
    items = [item for items in await asyncio.gather(*both) for item in items]
    assert sorted(item["outcome"] for item in items) == ["already", "published"]
    assert len({item["post_id"] for item in items}) == 1
    assert await pool.fetchval("SELECT count(*) FROM posts") == 1


async def test_unpublishable_files_are_refused_by_name_and_others_published(
    site: Site, api: Api, add_asset: AddAsset, settings: Settings
) -> None:
    artist = await site.add_user()
    fine = await add_asset(artist, picture(size=17))
    wrong = {
        "not_an_image": await add_asset(artist, b"OggS", type="audio", file_format="ogg"),
        "format": await add_asset(artist, b"\xff\xd8\xff", file_format="jpg"),
        "canvas": await add_asset(artist, picture(size=18), width=257, height=1),
        "too_large": await add_asset(artist, large_picture(), file_format="bmp"),
        "gone": await add_asset(artist, picture(size=19)),
        "not_media": await add_asset(artist, b"no picture at all"),
    }
    path = await site.pool.fetchval("SELECT substring(path FROM 8) FROM asset WHERE id = $1", wrong["gone"])
    await site.stored.remove(path)
    tall = await add_asset(artist, picture(size=21), width=1, height=257)
    items = await publish(api, artist, *wrong.values(), tall, fine, hidden=True)
    assert [item["code"] for item in items] == [*wrong, "canvas", None]
    assert all(item["message"].endswith(".") for item in items[:-1])
    assert items[-1]["outcome"] == "published"
    (post,) = await site.pool.fetch("SELECT id, hidden_by_user FROM posts")
    assert tuple(post) == (items[-1]["post_id"], True)
    (lost,) = await publish(api, artist, wrong["gone"], marks="keep")
    assert (lost["outcome"], lost["code"]) == ("refused", "gone")


async def test_unexpected_error_at_one_file_does_not_stop_the_others(
    site: Site, api: Api, add_asset: AddAsset, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    sizes = (17, mistaken_strip.WIDTH, mistaken_strip.FULL_DISK_WIDTH, 19)
    assets = [await add_asset(artist, picture(size=size)) for size in sizes]
    engine = msgspec.structs.replace(stripping.STRIP_ENGINE, module=mistaken_strip.__name__)
    monkeypatch.setattr(stripping, "STRIP_ENGINE", engine)
    items = await publish(api, artist, *assets)
    assert [(item["outcome"], item["code"]) for item in items] == [
        ("published", None),
        ("refused", "server_error"),
        ("refused", "disk_full"),
        ("published", None),
    ]


async def test_publishing_decodes_nothing_without_the_sandbox(
    site: Site, api: Api, add_asset: AddAsset, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, picture())
    monkeypatch.setattr(sandbox, "landlock_version", lambda: 0)
    assert (await api.post(PUBLISH, {"asset_ids": [asset]}, user=artist)).status == 503
    assert await site.pool.fetchval("SELECT count(*) FROM posts") == 0


def large_picture() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((256, 256), 100).convert("RGB").resize((2000, 2000)).save(out, "BMP")
    return out.getvalue()


async def test_one_foreign_file_refuses_the_whole_publishing(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    good = await add_asset(artist, picture(size=20))
    for kind, wrong in {
        "unknown": 2**31 - 1,
        "somebody else's": await add_asset(stranger, picture()),
        "in the trash": await add_asset(artist, picture(), deleted_at=BORN),
    }.items():
        with subtests.test(kind):
            answer = await api.post(PUBLISH, {"asset_ids": [good, wrong]}, user=artist)
            assert (answer.status, answer.json["errors"][0]["path"]) == (400, "$.asset_ids[1]")
            assert await site.pool.fetchval("SELECT count(*) FROM posts") == 0


async def test_publishing_is_refused_where_the_site_creates_posts(
    site: Site, settings: Settings, serve: Serve, add_asset: AddAsset
) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, picture())
    off = await serve(msgspec.structs.replace(settings, publish="off"))
    default = await serve(settings)
    await site.pool.execute("COMMENT ON TABLE users IS NULL")  # as a site's own has it
    for server in (off, default):
        async with Api(server.make_url("/"), settings) as api:
            answer = await api.post(PUBLISH, {"asset_ids": [asset]}, user=artist)
            assert (answer.status, answer.json["detail"][:26]) == (409, "Files cannot be published ")
    insisting = await serve(msgspec.structs.replace(settings, publish="insert"))
    async with Api(insisting.make_url("/"), settings) as api:
        assert [item["outcome"] for item in await publish(api, artist, asset)] == ["published"]
