"""What a finger meets: names that no pointer can ask for, drawers that close beside themselves, and no word of keys."""

import re

from playwright.async_api import expect

from ..site import Api, Site
from .conftest import OpenTab
from .library import open_page
from .shelf import add_pictures

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
LONG = "a dragon that sleeps on its gold in the third cave behind the waterfall, frame 12.png"


async def test_on_a_phone_the_viewer_shows_the_files_whole_name(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    first, _ = await add_pictures(site, artist, 2)
    await site.pool.execute("UPDATE asset SET name = $1 WHERE id = $2", LONG, first)
    async with open_tab(**PHONE) as tab:
        await open_page(tab, site, artist, f"library?asset={first}")
        name = tab.page.locator(".viewer-name").get_by_text(LONG)
        for width in (390, 320):
            await tab.page.set_viewport_size({"width": width, "height": 844})
            await expect(name).to_be_in_viewport(ratio=1)
            assert await name.evaluate("each => each.scrollWidth <= each.clientWidth")
            tools = [
                await each.bounding_box() for each in await tab.page.locator(".viewer > .bar > .icon-button").all()
            ]
            assert len({tool["y"] for tool in tools if tool}) == 1, "the tools are one line"


async def test_on_a_phone_the_first_day_begins_with_its_pictures(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    async with open_tab(**PHONE, is_mobile=True) as tab:
        await open_page(tab, site, artist, "posts")
        async with tab.page.expect_file_chooser() as chosen:
            await tab.page.get_by_role("button", name="From this phone").tap()
        assert (await chosen.value).is_multiple()
        assert await (await chosen.value).element.get_attribute("accept") == "image/*,video/*,audio/*"
        await tab.page.get_by_text("What each page will be for").tap()
        await expect(tab.page.get_by_text("Every file, private. Look, compare, sort.")).to_be_visible()
        await tab.page.get_by_role("button", name="All commands").tap()
        await tab.page.get_by_role("option", name=re.compile("^Downloads")).tap()
        await expect(tab.page.get_by_role("region", name="Downloads")).to_be_visible()


async def test_on_a_phone_a_tap_beside_a_drawer_only_closes_it(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 12)
    async with open_tab(**PHONE) as tab:
        await open_page(tab, site, artist, "library")
        await expect(tab.page.locator(".asset").first).to_be_visible()
        filters = tab.page.get_by_role("complementary", name="Filters")
        await tab.page.get_by_role("button", name="Folders and filters").tap()
        await expect(filters).to_be_visible()
        await tab.page.touchscreen.tap(370, 300)
        await expect(filters).to_be_hidden()
        await expect(tab.page).to_have_url(re.compile("/library$"))
        await expect(tab.page.locator(".viewer")).to_have_count(0)
        details = tab.page.get_by_role("complementary", name="Details")
        await tab.page.keyboard.press("i")
        await expect(details).to_be_visible()
        await tab.page.touchscreen.tap(20, 300)
        await expect(details).to_have_count(0)
        await expect(tab.page.locator(".viewer, .selection-bar")).to_have_count(0)


async def test_on_a_phone_back_closes_a_drawer_and_stays_on_the_page(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 12)
    async with open_tab(**PHONE) as tab:
        await open_page(tab, site, artist, "uploads")
        await tab.page.get_by_role("link", name="Library").tap()
        filters = tab.page.get_by_role("complementary", name="Filters")
        drawer = tab.page.get_by_role("button", name="Folders and filters")
        await drawer.tap()
        await expect(filters).to_be_visible()
        await tab.page.go_back()
        await expect(filters).to_be_hidden()
        await expect(tab.page).to_have_url(re.compile("/library$"))
        await drawer.tap()
        await filters.get_by_role("button", name="Images").tap()  # a filter closes it, and is a step in its place
        await expect(filters).to_be_hidden()
        await expect(tab.page).to_have_url(re.compile(r"/library\?type=image$"))
        await tab.page.go_back()
        await expect(tab.page).to_have_url(re.compile("/library$"))

        await tab.page.get_by_role("link", name="Posts").tap()
        await expect(tab.page.get_by_role("heading", name="Bring your art here")).to_be_visible()
        tray = tab.page.get_by_role("region", name="Downloads")
        await tab.page.keyboard.press("w")
        await expect(tray).to_be_visible()
        await tab.page.go_back()
        await expect(tray).to_be_hidden()
        await expect(tab.page).to_have_url(re.compile("/posts$"))
        await tab.page.keyboard.press("w")
        await tray.get_by_role("button", name="Close downloads").tap()
        await expect(tray).to_be_hidden()
        for page in ("library", "uploads"):
            await tab.page.go_back()
            await expect(tab.page).to_have_url(re.compile(f"/{page}$"))


async def test_a_pack_shows_key_hints_only_with_a_keyboard(site: Site, api: Api, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    files = [{"asset_id": each} for each in await add_pictures(site, artist, 2)]
    pack = await api.post(
        "/api/pmd/packs", {"name": "Dragons", "license_type": "royalty_free", "assets": files}, user=artist
    )
    for options in (PHONE, {}):
        async with open_tab(**options) as tab:
            await open_page(tab, site, artist, f"packs?pack={pack.json['id']}")
            await expect(tab.page.get_by_role("listbox", name="Files of the pack")).to_be_visible()
            assert (await tab.page.locator("kbd:visible").count() == 0) == bool(options)


async def test_a_title_without_room_is_left_out_and_not_cut(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 1)
    seen = """title => {
        const words = document.createRange();
        words.selectNodeContents(title.firstChild);
        const [text, room] = [words.getBoundingClientRect(), title.getBoundingClientRect()];
        return text.top >= room.bottom ? "left out" : text.right <= room.right ? "whole" : "cut";
    }"""
    async with open_tab(**PHONE) as tab:
        for width, expected in ((320, "left out"), (390, "whole")):
            await tab.page.set_viewport_size({"width": width, "height": 640})
            await open_page(tab, site, artist, "library")
            title = tab.page.get_by_role("heading", level=2, name="Library")
            assert await title.evaluate(seen) == expected, width


async def test_with_a_mouse_the_lightbox_shows_the_whole_title(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    title = f"{LONG} and {LONG} once more, {'without end ' * 4}"[:200].strip()
    post = await site.add_post(artist, title=title)
    async with open_tab() as tab:
        tab.faults.provoke(404)  # an artwork that is no picture
        await tab.sign_in(artist)
        await tab.visit(site.sqid(artist), f"?post={post}")
        heading = tab.dialog.get_by_role("heading", level=2)
        await expect(heading).to_have_text(re.compile(re.escape(title[:40])))
        for width in (1440, 800):
            await tab.page.set_viewport_size({"width": width, "height": 900})
            assert await heading.evaluate(
                "each => each.scrollWidth <= each.clientWidth && each.scrollHeight <= each.clientHeight"
            )
