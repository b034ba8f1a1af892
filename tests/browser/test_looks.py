"""The page on small, flat, zoomed, colour-forced and printed screens."""

from typing import Any

import pytest
from playwright.async_api import expect

from ..site import Site
from .conftest import AddGallery, OpenTab
from .dashboard import Dashboard

FLAT: dict[str, dict[str, Any]] = {
    "a phone on its side": {"viewport": {"width": 740, "height": 360}, "has_touch": True},
    "a desk at 200 %": {"viewport": {"width": 720, "height": 450}, "device_scale_factor": 2},
}


@pytest.mark.parametrize("look", FLAT)
async def test_flat_screens_show_posts_above_all(
    site: Site, open_tab: OpenTab, add_gallery: AddGallery, look: str
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 30)
    async with open_tab(**FLAT[look]) as tab:
        await tab.open(artist, of=site.sqid(artist), posts=30)
        await tab.click_row(1)
        await tab.has_selected(1)
        for number in range(1, 5):
            await expect(tab.row_at(number).locator(".cell-title")).to_be_in_viewport(ratio=1)
        await tab.act("Hide")
        await tab.hears("1 post hidden")
        assert await tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_what_is_selected_is_seen_in_colours_of_the_visitors_own(
    site: Site, open_tab: OpenTab, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 10)
    async with open_tab(forced_colors="active") as tab:
        await tab.open(artist, of=site.sqid(artist), posts=10)
        await tab.click_row(2)
        await tab.has_selected(1)
        colour = "row => getComputedStyle(row).backgroundColor"
        assert await tab.row_at(2).evaluate(colour) != await tab.row_at(3).evaluate(colour)


async def test_the_focus_of_a_search_is_seen_in_forced_colours(
    site: Site, open_tab: OpenTab, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 10)
    frame = """input => {
        const { borderColor, borderWidth, outlineStyle } = getComputedStyle(input.closest(".search-box"));
        return [borderColor, borderWidth, outlineStyle];
    }"""
    async with open_tab(forced_colors="active") as tab:
        await tab.open(artist, of=site.sqid(artist), posts=10)
        search = tab.page.get_by_label("Filter by text")
        before = await search.evaluate(frame)
        await search.focus()
        assert await search.evaluate(frame) != before


async def test_popovers_stay_on_the_screen_and_print_has_posts_not_controls(
    site: Site, open_tab: OpenTab, add_gallery: AddGallery
) -> None:
    artist = await site.add_user("pixelsmith")
    await add_gallery(artist, 150)
    async with open_tab(reduced_motion="no-preference") as tab:
        await tab.open(artist, of=site.sqid(artist), posts=150)
        for width in (320, 375, 768, 1440):
            await tab.page.set_viewport_size({"width": width, "height": 800})
            for name in ("Filters", "Order"):
                await tab.page.get_by_role("button", name=name).click()
                # Waited for: a panel that gets another size is placed again one frame later.
                await tab.page.wait_for_function(
                    """width => {
                        const panel = document.querySelector(":popover-open").getBoundingClientRect();
                        return panel.width > 0 && panel.left >= 0 && panel.right <= width;
                    }""",
                    arg=width,
                )
                await tab.page.keyboard.press("Escape")
                await expect(tab.page.locator(":popover-open")).to_have_count(0)
        await tab.page.emulate_media(media="print")
        await tab.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        await expect(tab.page.get_by_role("heading", name="150 posts of @pixelsmith")).to_be_visible()
        await expect(tab.page.locator(".printed tbody tr")).to_have_count(150)
        await expect(tab.page.get_by_role("navigation").first).to_be_hidden()
        await tab.page.evaluate("dispatchEvent(new Event('afterprint'))")
        await expect(tab.page.locator(".printed")).to_have_count(0)


async def test_notices_move_nothing_and_lie_over_no_button(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 200)
    await tab.open(artist, of=site.sqid(artist), posts=200)
    await tab.selects_first(128)
    await tab.has_selected(128)
    before = await tab.grid.bounding_box()
    await tab.act("Hide")
    await tab.hears("128 posts hidden")
    await expect(tab.page.get_by_role("progressbar")).to_have_count(0)
    assert await tab.grid.bounding_box() == before
    covered = await tab.page.evaluate(
        """() => {
            const notice = document.querySelector(".toast").getBoundingClientRect();
            return [...document.querySelectorAll("button, a, select, input")].filter((each) => {
                const box = each.getBoundingClientRect();
                return box.height > 0 && !each.closest(".toasts, .grid, .downloads")
                    && box.bottom > notice.top + 1 && box.top < notice.bottom
                    && box.right > notice.left && box.left < notice.right;
            }).map((each) => each.outerHTML);
        }"""
    )
    assert covered == []
    await tab.undo()
    await tab.hears("128 posts visible again")


async def test_titles_are_whole_on_wide_screens_and_mixed_directions_hold(site: Site, tab: Dashboard) -> None:
    tab.faults.provoke(404)  # an artwork that is no picture
    artist = await site.add_user()
    titles = {width: ("A lighthouse by the sea " * 3)[:letters] for width, letters in ((1920, 24), (2560, 48))}
    for title in titles.values():
        await site.add_post(artist, title=title)
    await site.add_post(artist, title="שלום " * 30)
    await site.add_post(artist, title="evil\u202etxt.exe")
    await tab.open(artist, of=site.sqid(artist), posts=4)
    turned = tab.row_at(1).locator(".cell-title .cut")
    await expect(turned).to_have_text("eviltxt.exe")
    hebrew = tab.row_at(2).locator(".cell-title .cut")
    await expect(hebrew).to_have_css("direction", "rtl")
    await expect(hebrew).to_have_attribute("title", ("שלום " * 30))
    for width, title in titles.items():
        await tab.page.set_viewport_size({"width": width, "height": 1000})
        shown = tab.row(title).locator(".cell-title .cut")
        await expect(shown).to_have_attribute("title", title)
        await tab.page.wait_for_function(
            "cell => cell.scrollWidth <= cell.clientWidth", arg=await shown.element_handle()
        )


async def test_on_a_phone_search_has_its_own_line_and_no_field_zooms(
    site: Site, open_tab: OpenTab, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 1_200)
    await site.add_post(artist, title="The lighthouse keeper’s daughter looks out over the northern sea at dusk")
    async with open_tab(viewport={"width": 375, "height": 740}, has_touch=True) as tab:
        tab.faults.provoke(404)  # an artwork that is no picture
        await tab.open(artist, of=site.sqid(artist), posts=1_201)
        search, field = tab.page.locator(".search-box"), tab.page.get_by_label("Filter by text")
        sizes = "fields => fields.map((each) => getComputedStyle(each).fontSize)"
        for width in (375, 390):
            await tab.page.set_viewport_size({"width": width, "height": 740})
            count = await tab.page.locator(".bar-title .count").bounding_box()
            folded = await search.bounding_box()
            await field.click()
            opened = await search.bounding_box()
            assert count and folded and opened
            assert count["x"] + count["width"] + 8 <= folded["x"]
            assert (folded["width"], opened["width"], opened["y"] > folded["y"]) == (44, width - 26, True)
            await field.press("Escape")

            await tab.row_at(1).locator(".cell-thumbnail").tap()
            title = tab.dialog.get_by_role("heading", level=2)
            assert await title.evaluate("title => title.scrollWidth <= title.clientWidth")
            await expect(tab.dialog.locator(".lightbox-count")).to_have_text("1 / 1,201")
            await expect(tab.dialog.locator(".facts")).to_contain_text("PNG")
            await tab.escapes()

            for name in ("Filters", "All commands"):
                await tab.page.get_by_role("button", name=name).tap()
                fields = tab.page.locator(":is(:popover-open, dialog) :is(input, select)")
                await expect(fields.first).to_be_visible()
                assert set(await fields.evaluate_all(sizes)) == {"16px"}
                await tab.page.keyboard.press("Escape")
                await expect(fields).to_have_count(0)
