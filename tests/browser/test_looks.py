"""The page on small, flat, zoomed, colour-forced and printed screens."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from ..site import Site
from .conftest import AddGallery, OpenTab
from .dashboard import Dashboard
from .test_downloads import add_bdr

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


async def test_what_opens_below_a_button_is_all_on_the_screen(
    site: Site, open_tab: OpenTab, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 10)
    for width in (320, 375, 768, 1440):
        async with open_tab(viewport={"width": width, "height": 800}, reduced_motion="no-preference") as tab:
            await tab.open(artist, of=site.sqid(artist), posts=10)
            for name in ("Filters", "Order"):
                await tab.page.get_by_role("button", name=name).click()
                # Waited for: a panel that gets another size is placed anew one frame later.
                await tab.page.wait_for_function(
                    """width => {
                        const panel = document.querySelector(".popover-panel").getBoundingClientRect();
                        return panel.width > 0 && panel.left >= 0 && panel.right <= width;
                    }""",
                    arg=width,
                )
                await tab.page.keyboard.press("Escape")


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
    await tab.hears("128 posts can be seen again")


async def test_paper_holds_all_posts_and_no_controls(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user("pixelsmith")
    await add_gallery(artist, 150)
    await tab.open(artist, of=site.sqid(artist), posts=150)
    await tab.page.emulate_media(media="print")
    await tab.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    await expect(tab.page.get_by_role("heading", name="150 posts of @pixelsmith")).to_be_visible()
    await expect(tab.page.locator(".printed tbody tr")).to_have_count(150)
    await expect(tab.page.get_by_role("navigation").first).to_be_hidden()
    await tab.page.evaluate("dispatchEvent(new Event('afterprint'))")
    await expect(tab.page.locator(".printed")).to_have_count(0)


async def test_titles_in_other_directions_are_whole_at_their_beginning_and_turn_nothing(
    site: Site, tab: Dashboard
) -> None:
    artist = await site.add_user()
    await site.add_post(artist, title="שלום " * 30)
    await site.add_post(artist, title="evil\u202etxt.exe")
    await tab.open(artist, of=site.sqid(artist), posts=2)
    turned = tab.row_at(1).locator(".cell-title .cut")
    await expect(turned).to_have_text("eviltxt.exe")
    hebrew = tab.row_at(2).locator(".cell-title .cut")
    await expect(hebrew).to_have_css("direction", "rtl")
    await expect(hebrew).to_have_attribute("title", ("שלום " * 30))


@pytest.mark.parametrize(("width", "letters"), [(1920, 24), (2560, 48)])
async def test_wide_screens_show_titles_whole(site: Site, open_tab: OpenTab, width: int, letters: int) -> None:
    artist = await site.add_user()
    title = ("A lighthouse by the sea " * 3)[:letters]
    await site.add_post(artist, title=title)
    async with open_tab(viewport={"width": width, "height": 1000}) as tab:
        await tab.open(artist, of=site.sqid(artist), posts=1)
        shown = tab.row_at(1).locator(".cell-title .cut")
        await expect(shown).to_have_attribute("title", title)
        assert await shown.evaluate("cell => document.fonts.ready.then(() => cell.scrollWidth <= cell.clientWidth)")


async def test_the_first_error_is_told_before_it_is_asked_again(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await tab.sign_in(artist)
    answers = itertools.chain([503], itertools.repeat(None))

    async def refuse_once(route: Any) -> None:
        if status := next(answers):
            await route.fulfill(status=status, content_type="application/problem+json", body="{}")

    await tab.page.route("**/api/pmd/posts?*", refuse_once)
    await tab.visit(site.sqid(artist))
    await expect(tab.page.get_by_role("button", name="Try now")).to_be_visible()
    await expect(tab.page.get_by_role("alert")).to_contain_text("The server answered with an error that is not yours.")


async def test_the_link_of_an_old_download_finds_it_beyond_the_newest_and_the_head_stays(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 3)
    old = await add_bdr(site, artist, posts, created_at=datetime.now(UTC) - timedelta(hours=30))
    for _ in range(24):
        await add_bdr(site, artist, posts)
    await tab.sign_in(artist)
    await tab.visit(site.sqid(artist), f"?bdr={old}")
    await expect(tab.page.locator(f"#bdr-{old}")).to_be_focused()
    await expect(tab.page.locator(f"#bdr-{old}")).to_be_in_viewport()
    await expect(tab.page.get_by_role("link", name="Posts")).to_be_in_viewport(ratio=1)
    assert await tab.page.evaluate("scrollY") == 0
