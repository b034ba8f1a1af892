"""“Back” and “forward”: what covers a page is a step, and closes as it was opened; the page below is as it was left."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from ..site import Api, Site
from .conftest import AddGallery, OpenTab
from .dashboard import Dashboard
from .library import open_page, tick
from .shelf import add_pictures, make_alike

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


async def back(tab: Dashboard, to: str) -> None:
    """One step, to the address that ends so, and nothing is open there."""
    await tab.page.go_back()
    await expect(tab.page).to_have_url(re.compile(rf"{to}$"))
    await expect(tab.page.locator("dialog, .viewer, .builder, .upload-alone")).to_have_count(0)


async def top_of(scroller: Locator) -> float:
    return float(await scroller.evaluate("element => element.scrollTop"))


async def scrolled(scroller: Locator, to: int) -> None:
    await scroller.evaluate("(element, to) => { element.scrollTop = to }", to)
    await expect(scroller).to_have_js_property("scrollTop", to)


async def from_uploads(tab: Dashboard, site: Site, artist: int, page: str) -> None:
    """Open a page with another behind it, so that it shows where one step too many leads."""
    await open_page(tab, site, artist, "uploads")
    await tab.page.get_by_role("link", name=page, exact=True).click()


async def test_back_closes_the_lightbox_and_forward_opens_the_last_post(
    site: Site, open_tab: OpenTab, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 400)
    async with open_tab(**PHONE) as tab:
        await from_uploads(tab, site, artist, "Posts")
        await tab.sees_posts(400)
        await tab.page.get_by_label("Filter by text").fill("lighthouse")
        await tab.sees_posts(40)
        await tab.scroll_to(25)
        await expect(tab.row_at(25)).to_be_in_viewport()
        thumbnail = tab.row_at(25).locator(".cell-thumbnail")
        await thumbnail.tap()
        await expect(tab.dialog).to_contain_text("25 / 40")
        place = await top_of(tab.grid)
        await back(tab, r"/posts\?q=lighthouse")
        assert await top_of(tab.grid) == place
        await thumbnail.tap()
        for _ in range(3):
            await tab.dialog.get_by_role("button", name="Next").click()
        await expect(tab.dialog).to_contain_text("Artwork 130")
        await expect(tab.page).to_have_url(re.compile(rf"\?q=lighthouse&post={posts[129]}$"))
        await back(tab, r"/posts\?q=lighthouse")
        await expect(tab.row_at(28)).to_be_in_viewport()
        await tab.page.go_forward()
        await expect(tab.dialog).to_contain_text("28 / 40")
        await tab.dialog.get_by_role("button", name="Close").click()
        await back(tab, "/posts")  # the filter
        await back(tab, "/uploads")


async def test_a_closed_lightbox_leaves_no_history_and_its_url_opens_it(
    site: Site, tab: Dashboard, open_tab: OpenTab, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 40)
    await from_uploads(tab, site, artist, "Posts")
    await tab.sees_posts(40)
    await tab.selects_first(3)
    for way in ("Escape", "Enter"):
        await tab.grid.focus()
        await tab.page.keyboard.press("Enter")
        await expect(tab.dialog).to_contain_text("3 / 40")
        await tab.page.keyboard.press(way)
        await tab.has_closed()
        await expect(tab.page).to_have_url(re.compile("/posts$"))
    await tab.has_selected(3)
    await tab.page.keyboard.press("Enter")
    await expect(tab.page).to_have_url(re.compile(rf"\?post={posts[-3]}$"))
    address = tab.page.url
    await tab.escapes()
    await back(tab, "/uploads")

    async with open_tab() as other:
        await other.sign_in(artist)
        await other.page.goto(address)
        await expect(other.dialog).to_contain_text("3 / 40")
        await other.escapes()
        await expect(other.page).to_have_url(re.compile("/posts$"))
        await other.page.goto(re.sub(r"\d+$", "999999", address))
        await other.sees_posts(40)
        await expect(other.page).to_have_url(re.compile("/posts$"))


async def test_a_tag_of_the_lightbox_replaces_its_history_entry(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 400)
    await from_uploads(tab, site, artist, "Posts")
    await tab.sees_posts(400)
    search = tab.page.get_by_label("Filter by text")
    await search.fill("artwork")
    await tab.scroll_to(300)
    await expect(tab.row_at(300)).to_be_in_viewport()
    await search.fill("")
    await tab.row_at(1).locator(".cell-thumbnail").click()
    await expect(tab.dialog).to_be_visible()
    await back(tab, "/posts")
    await search.fill("artwork")
    await expect(tab.row_at(1)).to_be_in_viewport()
    await search.fill("")
    await tab.row_at(1).locator(".cell-thumbnail").click()
    await tab.dialog.get_by_role("button", name="#sea").click()
    await tab.sees_posts(100)
    await expect(tab.page).to_have_url(re.compile(r"\?tag=sea$"))
    await back(tab, "/posts")
    await back(tab, "/uploads")


async def test_back_closes_the_viewer_and_restores_the_library(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    ids = await add_pictures(site, artist, 60)
    async with open_tab(**PHONE) as tab:
        await from_uploads(tab, site, artist, "Library")
        await tick(tab, "sprite 1.png", "sprite 4.png")
        files = tab.page.get_by_role("listbox", name="Your files")
        await scrolled(files, 400)
        await tab.page.get_by_role("button", name="Review").click()
        at = tab.page.locator(".viewer-at")
        await expect(at).to_have_text("1 of 2")
        await tab.page.keyboard.press("j")
        await expect(at).to_have_text("2 of 2")
        await expect(tab.page).to_have_url(re.compile(rf"\?asset={ids[4]}$"))  # when it has come to rest
        await tab.page.keyboard.press("j")
        await expect(tab.page.get_by_text("All done.")).to_be_visible()
        await back(tab, "/library")
        await expect(tab.page.locator(".selection-count")).to_contain_text("2 selected")
        assert await top_of(files) == 400
        await tab.page.go_forward()
        await expect(at).to_have_text("2 of 2")
        await tab.page.keyboard.press("Escape")
        await expect(at).to_have_count(0)
        await back(tab, "/uploads")


async def test_forward_opens_the_file_at_its_present_place_in_the_list(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 250)
    await open_page(tab, site, artist, "library")
    await expect(tab.page.locator(".asset").first).to_be_visible()
    await tab.page.keyboard.press("End")
    await expect(tab.page.locator(".asset").last).to_have_attribute("data-active", "true")
    await tab.page.keyboard.press("Enter")
    at = tab.page.locator(".viewer-at")
    await expect(at).to_have_text("250 of 250")
    for _ in range(2):
        await tab.page.keyboard.press("ArrowLeft")
    await expect(at).to_have_text("248 of 250")
    name = tab.page.locator(".viewer-name bdi")
    gone = await name.inner_text()
    await tab.page.keyboard.press("Delete")
    await expect(at).to_have_text("249 of 250")
    for _ in range(2):
        await tab.page.keyboard.press("ArrowLeft")
    await expect(at).to_have_text("247 of 250")
    left = await site.pool.fetchval("SELECT id FROM asset WHERE name = $1", await name.inner_text())
    await expect(tab.page).to_have_url(re.compile(rf"\?asset={left}$"))
    await back(tab, "/library")
    await expect(tab.page.locator(".library-total")).to_have_text("249 files")
    await tab.page.go_forward()
    await expect(at).to_have_text("247 of 249")
    await tab.page.keyboard.press("ArrowRight")
    await expect(at).to_have_text("248 of 249")
    await expect(name).not_to_have_text(gone)


async def test_each_filter_order_and_layout_is_one_history_entry(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 12)
    await from_uploads(tab, site, artist, "Library")
    files = tab.page.get_by_role("option", name=re.compile("^sprite"))
    await expect(files).to_have_count(12)
    await tab.page.get_by_label("Search the library").press_sequentially("sprite")
    await tab.page.get_by_label("Order").select_option("size")
    kinds = tab.page.get_by_role("complementary", name="Filters")
    await kinds.get_by_role("button", name="Sound").click()
    await kinds.get_by_role("button", name="Images").click()
    await expect(files).to_have_count(12)
    await tab.page.get_by_role("button", name="List").click()
    await expect(tab.page).to_have_url(re.compile(r"look=list$"))
    for left in ("q=sprite&sort=size&type=image", "q=sprite&sort=size&type=audio", "q=sprite&sort=size", "q=sprite"):
        await back(tab, re.escape(f"/library?{left}"))
    await back(tab, "/library")
    await expect(files).to_have_count(12)
    await back(tab, "/uploads")


async def test_a_number_typed_into_a_filter_is_one_step(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 40)
    await from_uploads(tab, site, artist, "Posts")
    await tab.sees_posts(40)
    await tab.page.get_by_role("button", name="Filters").click()
    await tab.page.get_by_label("Size from, kB").press_sequentially("1.031")
    await tab.page.get_by_label("Size up to, kB").press_sequentially("1.035")
    await tab.sees_posts(5)
    await expect(tab.page).to_have_url(re.compile(r"\?min-kb=1.031&max-kb=1.035$"))
    await back(tab, r"\?min-kb=1.031")
    await back(tab, "/posts")
    await back(tab, "/uploads")


async def with_alike(site: Site) -> int:
    """An artist with three files that look the same."""
    artist = await site.add_user()
    await make_alike(site, await add_pictures(site, artist, 3), sizes=[3])
    return artist


async def test_another_file_replaces_the_viewers_history_entry(site: Site, tab: Dashboard) -> None:
    artist = await with_alike(site)
    await open_page(tab, site, artist, "library")
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite"))).to_have_count(3)
    await tab.page.keyboard.press("j")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator(".viewer-at")).to_have_text("1 of 3")
    details = tab.page.get_by_role("complementary", name="Details")
    await details.get_by_role("button", name="sprite 2.png").focus()
    await tab.page.keyboard.press("m")  # beside what has the focus, and not beside the cursor of the list below
    menu = await tab.page.get_by_role("menu").bounding_box()
    assert menu is not None
    assert menu["x"] > 1000
    await tab.page.keyboard.press("Escape")
    for name in ("sprite 2.png", "sprite 1.png"):
        await details.get_by_role("button", name=name).click()
        await expect(tab.page.locator(".viewer-name")).to_contain_text(name)
    await back(tab, "/library")


async def test_back_leads_from_a_comparison_to_duplicates_to_the_library(site: Site, tab: Dashboard) -> None:
    artist = await with_alike(site)
    await from_uploads(tab, site, artist, "Library")
    groups = tab.page.get_by_role("navigation", name="Groups").get_by_role("listitem")

    async def compare() -> None:
        await tab.page.get_by_role("button", name="Similar files").click()
        await expect(groups).to_have_count(1)
        await tab.page.get_by_role("button", name="Compare", exact=True).click()
        await expect(tab.page.locator(".pane")).to_have_count(3)

    await compare()
    await tab.page.reload()
    await expect(tab.page.locator(".pane")).to_have_count(3)
    await back(tab, r"/library\?look=alike")
    await expect(groups).to_have_count(1)
    await back(tab, "/library")
    await expect(groups).to_have_count(0)
    await compare()
    for _ in range(2):  # the second before the browser has gone back for the first
        await tab.page.keyboard.press("Escape")
    await expect(tab.page).to_have_url(re.compile("/library$"))

    files = tab.page.get_by_role("listbox")  # the cursor follows the file that was looked at last, once
    await tab.page.keyboard.press("End")
    cursor = await files.get_attribute("aria-activedescendant") or ""
    await tab.page.get_by_role("button", name="Similar files").click()
    await expect(groups).to_have_count(1)
    await tab.page.keyboard.press("Escape")
    await expect(groups).to_have_count(0)
    await expect(files).to_have_attribute("aria-activedescendant", cursor)
    await back(tab, "/uploads")


async def add_packs(site: Site, api: Api, artist: int, count: int) -> None:
    for number in range(count):
        await api.post("/api/pmd/packs", {"name": f"Card {number}", "license_type": "royalty_free"}, user=artist)


async def add_uploads(site: Site, api: Api, artist: int, count: int) -> None:
    await site.pool.execute(
        """INSERT INTO batch_reports (user_id, requested_by, total_files, successful_files, name, status, created_at,
                                      completed_at)
           SELECT $1, $1, 1, 1, 'Card ' || number, 'completed', now() - number * interval '1 minute', now()
             FROM generate_series(0, $2 - 1) AS number""",
        artist,
        count,
    )


@pytest.mark.parametrize(("page", "add"), [("packs", add_packs), ("uploads", add_uploads)])
async def test_back_leads_from_one_card_to_all_of_them_where_they_were(
    site: Site, api: Api, open_tab: OpenTab, page: str, add: Any
) -> None:
    artist = await site.add_user()
    await add(site, api, artist, 20)
    async with open_tab(**PHONE) as tab:
        await open_page(tab, site, artist, "tasks")
        await tab.page.get_by_role("link", name=re.compile(page, re.I)).click()
        card = tab.page.get_by_role("link", name="Card 15", exact=True)
        await expect(tab.page.locator("[aria-busy=true]:visible")).to_have_count(0)
        await card.scroll_into_view_if_needed()
        assert await top_of(tab.page.locator(".page-content:visible")) > 0
        place = await card.bounding_box()
        one = tab.page.get_by_role("toolbar", name="Card 15")
        for _ in range(2):
            await card.tap()
            await expect(one).to_be_visible()
            await back(tab, f"/{page}")
            await expect(one).to_have_count(0)
            assert await card.bounding_box() == place
        await tab.page.go_forward()
        await expect(one).to_be_visible()
        address = tab.page.url
        await one.get_by_role("link", name=page.capitalize()).tap()
        await expect(one).to_have_count(0)
        assert await card.bounding_box() == place
        await back(tab, "/tasks")

        await tab.page.goto(address)
        await one.get_by_role("link", name=page.capitalize()).tap()
        await expect(tab.page).to_have_url(re.compile(f"/{page}$"))
        await back(tab, "/tasks")


async def test_after_a_reload_a_file_opens_at_its_place_in_the_list_again(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 250)
    await open_page(tab, site, artist, "library")
    await expect(tab.page.locator(".asset").first).to_be_visible()
    await tab.page.keyboard.press("End")
    await expect(tab.page.locator(".asset").last).to_have_attribute("data-active", "true")
    await tab.page.keyboard.press("Enter")
    at = tab.page.locator(".viewer-at")
    await expect(at).to_have_text("250 of 250")
    await tab.page.keyboard.press("ArrowLeft")
    await expect(at).to_have_text("249 of 250")
    name = await tab.page.locator(".viewer-name bdi").inner_text()
    shown = await site.pool.fetchval("SELECT id FROM asset WHERE name = $1", name)
    await expect(tab.page).to_have_url(re.compile(rf"\?asset={shown}$"))  # when it has come to rest
    address = tab.page.url
    await back(tab, "/library")
    await tab.page.reload()
    await tab.page.go_forward()
    await expect(at).to_have_text("249 of 250")
    await tab.page.reload()
    await expect(at).to_have_text("249 of 250")
    await expect(tab.page.locator(".viewer-name")).to_contain_text(name)
    await tab.page.keyboard.press("ArrowLeft")
    await expect(at).to_have_text("248 of 250")
    await tab.page.goto(address)  # that of another file than the last: a link
    await expect(at).to_have_text("1 of 1")


async def test_after_a_reload_stacked_versions_are_not_counted(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    original, version, *_ = await add_pictures(site, artist, 4)
    await site.pool.execute("UPDATE asset SET parent_asset_id = $1 WHERE id = $2", original, version)
    await open_page(tab, site, artist, "library")
    await expect(tab.page.locator(".asset")).to_have_count(3)
    await tab.page.keyboard.press("End")
    await tab.page.keyboard.press("Enter")
    at = tab.page.locator(".viewer-at")
    await expect(at).to_have_text("3 of 3")
    await tab.page.reload()
    await expect(at).to_have_text("3 of 3")
