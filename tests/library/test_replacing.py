"""The file of a post is replaced; the post stays what it is, and each file that it has shown is kept with it."""

import asyncio
import hashlib
from typing import Any

import msgspec
import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.downloads.manifest import load_artworks
from pmd_service.site import versions as versions_module
from pmd_service.site.deleted_rows import delete_orphaned_rows
from pmd_service.vault.leftovers import sweep_leftovers
from pmd_service.work.context import WorkerContext

from ..conftest import Serve
from ..hang import HANG_SECONDS
from ..locks import waits_for_a_lock
from ..site import Answer, Api, Site
from .conftest import AddAsset
from .test_publishing import SECRET, add_details, picture, publish

pytestmark = pytest.mark.own_tables  # a site's posts show what the site says

OLD, NEW, NEWEST = picture(size=16), picture(size=17), picture(size=18)


def versions(post: int) -> str:
    return f"/api/pmd/posts/{post}/versions"


def file_of(post: int) -> str:
    return f"/api/pmd/posts/{post}/file"


class Published(msgspec.Struct, frozen=True):
    """An artist's post, and a file that may replace its file."""

    artist: int
    post: int
    asset: int  # that the post was published from
    other: int


@pytest.fixture
async def published(site: Site, api: Api, add_asset: AddAsset) -> Published:
    artist = await site.add_user()
    asset = await add_asset(artist, OLD, width=16, height=16, frame_count=1)
    other = await add_asset(artist, NEW, width=17, height=17, frame_count=1)
    (item,) = await publish(api, artist, asset)
    return Published(artist, item["post_id"], asset, other)


async def replace(api: Api, published: Published, asset: int | None = None, **options: Any) -> Answer:
    body = {"asset_id": asset or published.other} | options.pop("body", {})
    return await api.post(file_of(published.post), body, user=published.artist, **options)


async def art(api: Api, published: Published, **params: Any) -> bytes:
    answer = await api.get(f"/api/pmd/posts/{published.post}/art", user=published.artist, params=params)
    assert answer.status == 200
    return answer.body


@pytest.mark.stores
async def test_replaced_file_leaves_the_post_and_its_reactions_as_they_were(
    site: Site, api: Api, published: Published
) -> None:
    post, artist = published.post, published.artist
    await site.add_comment(post)
    await site.add_reactions(post, "+", 3)
    await site.pool.execute("UPDATE posts SET file_bytes = 9999 WHERE id = $1", post)  # so that both differ
    before, shown = (await api.get(f"/api/pmd/posts/{post}", user=artist)).json, await art(api, published)
    answer = await replace(api, published)
    assert answer.status == 200
    new, old = answer.json["items"]
    after, shows = (await api.get(f"/api/pmd/posts/{post}", user=artist)).json, await art(api, published)
    changed = {name for name in before if before[name] != after[name]}
    assert {"art_url", "width"} <= changed <= {"art_url", "width", "height", "file_bytes", "files"}
    assert (after["width"], after["reaction_count"], after["comment_count"]) == (17, 3, 1)
    assert (before["file_bytes"], after["file_bytes"]) == (old["size_bytes"], new["size_bytes"]) == (9999, len(shows))
    assert SECRET.encode() not in shows != shown
    assert (new["number"], new["is_current"], new["sha256"]) == (2, True, hashlib.sha256(shows).hexdigest())
    assert (old["number"], old["is_current"], old["sha256"]) == (1, False, hashlib.sha256(shown).hexdigest())
    assert (old["created_at"], old["size_bytes"], old["width"]) == (before["created_at"], 9999, 16)
    assert await art(api, published, version=1) == shown == (await api.get(old["thumbnail"], user=artist)).body
    assert (await api.get(versions(post), user=artist)).json == answer.json
    # The library says which file the post shows now; the other one may be published again.
    shown_by = "SELECT array_agg(id) FROM asset WHERE post_id = $1"
    assert await site.pool.fetchval(shown_by, post) == [published.other]


async def test_post_that_was_never_replaced_has_one_version(site: Site, api: Api, published: Published) -> None:
    (only,) = (await api.get(versions(published.post), user=published.artist)).json["items"]
    assert (only["number"], only["is_current"], only["width"]) == (1, True, 16)
    assert await art(api, published, version=1) == await art(api, published)
    without = await site.add_post(published.artist, None, art_url=None)
    assert (await api.get(versions(without), user=published.artist)).json["items"] == []
    assert (await replace(api, msgspec.structs.replace(published, post=without))).json["items"][0]["number"] == 1


async def test_restored_version_is_a_new_one_with_the_same_file(site: Site, api: Api, published: Published) -> None:
    shown = await art(api, published)
    await replace(api, published)
    restore = f"{versions(published.post)}/1/restore"
    answer = await api.post(restore, {}, user=published.artist)
    assert [each["number"] for each in answer.json["items"]] == [3, 2, 1]
    assert await art(api, published) == shown
    assert await site.pool.fetchval("SELECT post_id FROM asset WHERE id = $1", published.asset) == published.post
    # The current one: nothing changes.
    again = await api.post(f"{versions(published.post)}/3/restore", {}, user=published.artist)
    assert again.json == answer.json
    assert (await api.post(f"{versions(published.post)}/9/restore", {}, user=published.artist)).status == 404


async def test_a_post_says_that_a_model_made_its_new_file(
    site: Site, api: Api, published: Published, add_asset: AddAsset
) -> None:
    """Otherwise a drawing that is replaced afterwards would be the way around what publishing says."""

    async def disclosed() -> Any:
        return (await api.get(f"/api/pmd/posts/{published.post}", user=published.artist)).json["ai_disclosure"]

    made = [
        await add_asset(published.artist, picture(size=size), width=size, height=size, frame_count=1,
                        provenance="ai_generated")
        for size in (20, 21)
    ]  # fmt: skip
    await replace(api, published)
    assert await disclosed() is None
    await replace(api, published, made[0])
    assert await disclosed() == "generated"
    edit = {"post_ids": [published.post], "set": {"ai_disclosure": "assisted"}}
    assert (await api.post("/api/pmd/edit", edit, user=published.artist)).status == 200
    await replace(api, published, made[1])
    assert await disclosed() == "assisted"


async def test_versions_disclose_what_each_was_published_with(
    site: Site, api: Api, add_asset: AddAsset, worker: WorkerContext
) -> None:
    artist = await site.add_user()
    asset, other = [await add_asset(artist, each, width=16, height=16) for each in (OLD, NEW)]
    await add_details(site, artist, asset, {"gps": True})
    (item,) = await publish(api, artist, asset, marks="keep")
    published = Published(artist, item["post_id"], asset, other)

    async def record() -> tuple[int, list[str]]:
        (found,), _ = await load_artworks(site.pool, worker.ids, owner_id=artist, post_ids=[published.post])
        return found.record.version, [*found.record.tells]

    assert await record() == (1, ["place"])
    await replace(api, published)
    assert await record() == (2, [])
    await api.post(f"{versions(published.post)}/1/restore", {}, user=artist)
    assert await record() == (3, ["place"])


async def test_same_file_again_and_same_key_again_make_no_version(site: Site, api: Api, published: Published) -> None:
    headers = api.sign(published.artist) | {"Idempotency-Key": "6f1c2a44"}
    body = {"asset_id": published.other}
    first, again = [await api.call("POST", file_of(published.post), headers=headers, json=body) for _ in range(2)]
    assert first.body == again.body == (await replace(api, published)).body
    await sweep_leftovers(site.pool, site.stored)
    assert len(await site.keys("art/")) == 2


async def test_replacing_overlooks_no_version_with_if_match(api: Api, published: Published) -> None:
    seen = (await api.get(versions(published.post), user=published.artist)).headers["ETag"]
    headers = api.sign(published.artist) | {"If-Match": seen}
    body = {"asset_id": published.other}
    assert (await api.call("POST", file_of(published.post), headers=headers, json=body)).status == 200
    assert (await api.call("POST", file_of(published.post), headers=headers, json=body)).status == 412
    stale = await api.call("POST", f"{versions(published.post)}/1/restore", headers=headers, json={})
    assert stale.status == 412


async def test_two_replacements_at_once_are_two_versions(api: Api, published: Published, add_asset: AddAsset) -> None:
    third = await add_asset(published.artist, NEWEST, width=18, height=18)
    answers = await asyncio.gather(replace(api, published), replace(api, published, third))
    assert sorted(len(answer.json["items"]) for answer in answers) == [2, 3]
    items = (await api.get(versions(published.post), user=published.artist)).json["items"]
    assert [each["number"] for each in items] == [3, 2, 1]
    assert len({each["sha256"] for each in items}) == 3


@pytest.mark.parametrize(
    "meanwhile", ["UPDATE posts SET deleted_by_user = true", "UPDATE asset SET deleted_at = now()"]
)
async def test_what_was_deleted_while_its_copy_was_made_is_not_shown(
    site: Site, api: Api, pool: Pool, published: Published, meanwhile: str
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM posts FOR UPDATE")
        await connection.execute(meanwhile)
        replacing = asyncio.create_task(replace(api, published))
        assert await waits_for_a_lock(pool, replacing)
    async with asyncio.timeout(HANG_SECONDS):
        assert (await replacing).status in (400, 404)
    await sweep_leftovers(pool, site.stored)
    assert len(await site.keys("art/")) == 1
    assert await pool.fetchval("SELECT count(*) FROM post_version") == 0


async def test_file_that_is_published_at_the_same_time_is_one_post(
    site: Site, api: Api, pool: Pool, published: Published
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM asset WHERE id = $1 FOR UPDATE", published.other)
        replacing = asyncio.create_task(replace(api, published))
        assert await waits_for_a_lock(pool, replacing)
        await connection.execute(
            """WITH post AS (INSERT INTO posts (owner_id, title) VALUES ($1, 'Another') RETURNING id)
               UPDATE asset SET post_id = post.id FROM post WHERE asset.id = $2""",
            published.artist,
            published.other,
        )
    assert (await replacing).status == 409


async def test_files_that_posts_cannot_show_replace_nothing(
    site: Site, api: Api, published: Published, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    stranger = await site.add_user("stranger")
    elsewhere = await add_asset(published.artist, NEWEST, width=18, height=18)
    await publish(api, published.artist, elsewhere)
    for what, asset, status in (
        ("unknown", 2**31 - 1, 400),
        ("another user's", await add_asset(stranger, picture()), 400),
        ("a sound", await add_asset(published.artist, b"OggS", type="audio", file_format="ogg"), 422),
        ("too wide", await add_asset(published.artist, picture(size=19), width=257, height=1), 422),
        ("no picture", await add_asset(published.artist, b"no picture at all"), 422),
        ("another post's", elsewhere, 409),
    ):
        with subtests.test(what):
            answer = await replace(api, published, asset)
            assert answer.status == status, answer
            assert len((await api.get(versions(published.post), user=published.artist)).json["items"]) == 1
    foreign = await api.post(file_of(published.post), {"asset_id": published.other}, user=stranger)
    assert foreign.status == 404


async def test_a_post_has_no_more_versions_than_it_may(
    api: Api, published: Published, add_asset: AddAsset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions_module, "MAX_VERSIONS", 2)
    assert (await replace(api, published)).status == 200
    third = await add_asset(published.artist, NEWEST, width=18, height=18)
    assert (await replace(api, published, third)).status == 409


async def test_files_cannot_be_replaced_where_the_site_writes_posts(
    site: Site, settings: Settings, serve: Serve, published: Published, api: Api
) -> None:
    await replace(api, published)
    off = await serve(msgspec.structs.replace(settings, publish="off"))
    async with Api(off.make_url("/"), settings) as closed:
        refused = await replace(closed, published)
        restored = await closed.post(f"{versions(published.post)}/1/restore", {}, user=published.artist)
    for answer in (refused, restored):
        assert (answer.status, answer.json["detail"][-32:]) == (409, "replace them on the site itself.")


async def test_replacing_is_a_change_of_the_post(
    site: Site, serve: Serve, settings: Settings, published: Published
) -> None:
    await site.pool.execute("DELETE FROM changes")
    hooked = msgspec.structs.replace(settings, site_webhook_url="http://127.0.0.1:9/", site_webhook_secret="x" * 16)
    async with Api((await serve(hooked)).make_url("/"), hooked) as hooking:
        await replace(hooking, published)
        await replace(hooking, published)
    payloads = [row["payload"] for row in await site.pool.fetch("SELECT payload FROM outbox")]
    assert payloads == [{"action": "edit", "post_ids": [published.post]}]
    changes = await site.pool.fetch("SELECT event, subjects FROM changes WHERE kind = 'post'")
    assert [tuple(row) for row in changes] == [("changed", [str(published.post)])]


@pytest.mark.stores
async def test_old_files_are_kept_with_the_post_and_removed_with_it(site: Site, api: Api, published: Published) -> None:
    await replace(api, published)
    await api.post(f"{versions(published.post)}/1/restore", {}, user=published.artist)
    await sweep_leftovers(site.pool, site.stored)
    assert len(await site.keys("art/")) == 2
    other = await site.add_post(published.artist)
    await site.pool.execute("DELETE FROM posts WHERE id = $1", published.post)
    await delete_orphaned_rows(site.pool)
    await sweep_leftovers(site.pool, site.stored)
    # What no version names is not ours to remove.
    assert await site.keys("art/") == [f"art/{other}.png"]
    assert await site.pool.fetchval("SELECT count(*) FROM post_version") == 0


async def test_file_that_a_version_shows_itself_is_not_purged(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    shown, other = [await add_asset(artist, each, width=16, height=16) for each in (OLD, NEW)]
    path = await site.pool.fetchval("SELECT path FROM asset WHERE id = $1", shown)
    post = await site.add_post(artist, None, art_url=path)
    await site.pool.execute("UPDATE asset SET post_id = $2, deleted_at = now() WHERE id = $1", shown, post)
    await replace(api, Published(artist, post, shown, other))
    purged = await api.post("/api/pmd/assets/action", {"action": "purge", "asset_ids": [shown]}, user=artist)
    assert purged.status == 409
