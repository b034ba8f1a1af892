"""A pack's link as its owner makes it and as a stranger sees it, each in a browser of their own."""

import hashlib
import io
import re
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from pmd_service.packs.digests import compute_digests
from pmd_service.work.context import WorkerContext

from ..conftest import WorkOff
from ..packs.conftest import Artist
from ..packs.exports import with_preview
from ..packs.test_packs import make
from ..sharing.test_series_page import add_series
from ..site import Api, Site
from .axe import LOOKS, violations
from .conftest import OpenTab
from .dashboard import Dashboard


@pytest.fixture
async def artist(site: Site) -> Artist:
    return Artist(site, await site.add_user("pixelfan"))


async def _pack(artist: Artist, api: Api) -> int:
    assets = [await with_preview(artist, f"{colour}.png", colour) for colour in ("red", "green")]
    sound: dict[str, Any] = {"type": "audio", "file_format": "ogg", "mime_type": "audio/ogg"}
    assets.append(await artist.add("roar.ogg", b"OggS" * 100, **sound))
    return await make(api, artist, assets, license_type="attribution", description="Dragons & more.")


async def link_of(tab: Dashboard) -> str:
    """Where the newest link of the open dialog leads on this machine."""
    address = await tab.dialog.get_by_role("list", name="Links").get_by_role("link").first.get_attribute("href")
    assert address is not None
    return address.removeprefix("https://makapix.club")


async def _seen(stranger: Page, name: str) -> bool:
    """Whether the picture has come and is drawn."""
    picture = stranger.get_by_role("img", name=name)
    await picture.scroll_into_view_if_needed()
    return bool(await picture.evaluate("async (image) => { await image.decode(); return image.naturalWidth > 0 }"))


async def test_a_pack_version_is_built_shared_opened_and_withdrawn(
    site: Site,
    api: Api,
    artist: Artist,
    tab: Dashboard,
    open_tab: OpenTab,
    work_off: WorkOff,
    worker: WorkerContext,
) -> None:
    pack = await _pack(artist, api)
    await tab.sign_in(artist.user)
    await tab.page.goto(f"/u/{site.sqid(artist.user)}/packs?pack={pack}")
    await tab.page.get_by_label("Version", exact=True).fill("1.2.0")
    await tab.page.get_by_label("What is new", exact=True).fill("Winter <trees>.")
    async with tab.page.expect_response("**/packs/*/export*"):
        await tab.page.get_by_role("button", name="Build edition 1").click()
    await work_off()
    digest = tab.page.locator(".edition-digest")
    await expect(digest).to_have_text("SHA-256 is being computed…")
    await tab.page.get_by_role("button", name="Share", exact=True).click()
    await tab.answers("Create link")
    links = tab.dialog.get_by_role("list", name="Links").get_by_role("listitem")
    await expect(links).to_have_count(1)
    await expect(links).to_contain_text("Anyone with the link · 0 views, 0 downloads")
    assert await violations(tab.page) == []
    address = await link_of(tab)
    await tab.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')) }")
    await links.get_by_role("button", name="Copy").click()
    await tab.hears(f"Could not copy to the clipboard: https://makapix.club{address}")

    async with open_tab() as stranger:
        stranger.faults.provoke(404)  # the revoked link
        await stranger.page.goto(address)
        await expect(stranger.page.get_by_role("heading", level=1)).to_have_text("Dragons")
        await expect(stranger.page.get_by_text("Credit pixelfan.")).to_be_visible()
        await expect(stranger.page.get_by_text("Winter <trees>.")).to_be_visible()
        assert await _seen(stranger.page, "red.png")
        await expect(stranger.page.locator("dl")).to_contain_text("SHA-256Being computed.")
        await compute_digests(worker)
        async with stranger.page.expect_download() as taken:
            await stranger.page.get_by_role("link", name=re.compile("^Download")).click()
        assert (await taken.value).suggested_filename == "dragons-1.2.0.zip"
        sha256 = hashlib.sha256((await (await taken.value).path()).read_bytes()).hexdigest()
        await expect(digest.get_by_title(sha256)).to_have_text(f"{sha256[:16]}…")
        await stranger.page.reload()
        await expect(stranger.page.locator("dl")).to_contain_text(f"SHA-256{sha256}")
        assert await stranger.context.cookies() == []

        await links.get_by_role("button", name="Revoke").click()
        await expect(links).to_have_count(0)
        await stranger.page.reload()
        await expect(stranger.page.get_by_role("heading", level=1)).to_have_text("There is nothing behind this link")


async def test_a_tall_picture_of_a_pack_is_seen_whole_by_visitors(
    api: Api, artist: Artist, open_tab: OpenTab, work_off: WorkOff
) -> None:
    pack = await _pack(artist, api)
    await api.post(f"/api/pmd/packs/{pack}/export", {}, user=artist.user)
    await work_off()
    link = (await api.post(f"/api/pmd/packs/{pack}/links", {}, user=artist.user)).json["url"]
    tall = io.BytesIO()
    Image.new("RGB", (20, 300)).save(tall, "PNG")
    async with open_tab() as stranger:
        await stranger.page.route("**/art/*", lambda each: each.fulfill(body=tall.getvalue(), content_type="image/png"))
        await stranger.page.goto(link.removeprefix("https://makapix.club"))
        assert await _seen(stranger.page, "red.png")
        tile = stranger.page.locator(".gallery li").first
        outer, inner = await tile.bounding_box(), await tile.locator("img").bounding_box()
        assert outer
        assert inner
        assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]


async def test_a_protected_link_asks_visitors_for_a_password(
    site: Site, api: Api, artist: Artist, tab: Dashboard, open_tab: OpenTab, work_off: WorkOff
) -> None:
    pack = await _pack(artist, api)
    await api.post(f"/api/pmd/packs/{pack}/export", {}, user=artist.user)
    await work_off()
    await tab.sign_in(artist.user)
    await tab.page.goto(f"/u/{site.sqid(artist.user)}/packs?pack={pack}")
    await tab.page.get_by_role("button", name="Share", exact=True).click()
    await tab.dialog.get_by_label("Password").fill("open sesame")
    await tab.dialog.get_by_label("Expires").select_option("After a week")
    await tab.answers("Create link")
    await expect(tab.dialog.get_by_role("list", name="Links")).to_contain_text("Anyone with the link, password · until")
    await tab.dialog.get_by_role("radio", name=re.compile("^Public")).check()
    await expect(tab.dialog.get_by_label("Password")).to_have_count(0)

    async with open_tab() as stranger:
        address = await link_of(tab)
        stranger.faults.provoke(401)
        await stranger.page.goto(address)
        await stranger.page.get_by_label("Password").fill("open simsim")
        await stranger.page.get_by_role("button", name="Open").click()
        await expect(stranger.page.get_by_text("Wrong password.")).to_be_visible()
        await stranger.page.get_by_label("Password").fill("open sesame")
        await stranger.page.get_by_role("button", name="Open").click()
        assert await _seen(stranger.page, "green.png")
        await expect(stranger.page).to_have_url(address)
        await stranger.page.reload()
        assert await _seen(stranger.page, "green.png")
        assert [cookie["name"] for cookie in await stranger.context.cookies()] == ["pmd_link"]
    await tab.page.keyboard.press("Escape")
    await tab.page.get_by_role("button", name="Share", exact=True).click()
    await expect(tab.dialog.get_by_role("list", name="Links")).to_contain_text("1 wrong password since")


async def test_a_visitor_of_a_series_reports_one_of_its_posts(
    site: Site, api: Api, artist: Artist, open_tab: OpenTab
) -> None:
    series, posts = await add_series(site, api, artist.user)
    path = f"/u/{site.sqid(artist.user)}/series/{series}"
    async with open_tab(java_script_enabled=False) as visitor:
        await visitor.page.goto(path)
        place = await visitor.page.locator(".series > li").last.bounding_box()
    async with open_tab() as visitor:
        visitor.faults.provoke(401)  # before the visitor signs in
        await visitor.page.goto(path)
        post = visitor.page.locator(f"#post-{posts[2]}")
        await expect(post.get_by_text("Report this post")).to_be_visible()
        assert await visitor.page.locator(".series > li").last.bounding_box() == place, "the script has moved it"
        await post.get_by_text("Report this post").click()
        await post.get_by_label("What is wrong with it?").fill("It flashes.")
        await post.get_by_role("button", name="Send to the moderators").click()
        await expect(post.get_by_role("status")).to_contain_text("Only members of Makapix Club can report.")
        assert await site.pool.fetchval("SELECT count(*) FROM post_report") == 0
        await visitor.sign_in(await site.add_user("reader"))
        await post.get_by_role("button", name="Send to the moderators").click()
        await expect(post.get_by_role("status")).to_have_text("Thank you. The moderators will look at it.")
        await expect(post.get_by_role("button")).to_have_count(0)
    rows = await site.pool.fetch("SELECT post_id, reason FROM post_report")
    assert [tuple(row) for row in rows] == [(posts[2], "It flashes.")]


# Of what stands in the page, from its left edge.
_MARGIN = "Math.min(...[...document.querySelectorAll('main > *')].map((each) => each.getBoundingClientRect().left))"


async def test_axe_finds_no_fault_with_what_strangers_see(
    site: Site, api: Api, artist: Artist, open_tab: OpenTab, work_off: WorkOff
) -> None:
    pack = await _pack(artist, api)
    await api.post(f"/api/pmd/packs/{pack}/export", {}, user=artist.user)
    await work_off()
    links = [
        await api.post(f"/api/pmd/packs/{pack}/links", body, user=artist.user)
        for body in ({}, {"password": "open sesame"})
    ]
    pages = [link.json["url"].removeprefix("https://makapix.club") for link in links]
    series, _ = await add_series(site, api, artist.user)
    pages.append(f"/u/{site.sqid(artist.user)}/series/{series}")
    for look, options in LOOKS.items():
        async with open_tab(bypass_csp=True, **options) as stranger:
            stranger.faults.provoke(401, 404)
            for address in (*pages, "/p/nothing-AAAAAAAAAAAAAAAAAAAAAA"):
                await stranger.page.goto(address)
                assert await violations(stranger.page) == [], (look, address)
                assert await stranger.page.evaluate(_MARGIN) >= 16, (look, address)
