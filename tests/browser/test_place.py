"""One's place in a long list: kept through filters, orders, the way back, reloads and other pages."""

import asyncio
import re

from playwright.async_api import Route, expect

from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard


async def test_reloads_keep_the_scroll_position_and_filters_reset_it(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 1000)
    await tab.open(artist, of=site.sqid(artist), posts=1000)
    await tab.scroll_to(650)
    await expect(tab.row_at(650)).to_be_in_viewport()
    await tab.page.reload()
    await tab.sees_posts(1000)
    await expect(tab.row_at(650)).to_be_in_viewport()
    await tab.page.get_by_role("link", name="Library").click()
    await expect(tab.grid).to_have_count(0)
    await tab.page.get_by_role("link", name="Posts").click()
    await expect(tab.row_at(650)).to_be_in_viewport()
    await tab.scroll_to(700)
    await tab.click_row(700)
    await tab.page.get_by_label("Filter by text").fill("lighthouse")
    await tab.sees_posts(100)
    await expect(tab.row_at(1)).to_be_in_viewport()
    await tab.page.get_by_label("Filter by text").fill("")
    await tab.sees_posts(1000)
    await expect(tab.row_at(700)).to_be_in_viewport()
    await tab.grid.get_by_role("columnheader", name="Title").get_by_role("button").click()
    await expect(tab.row_at(1)).to_be_in_viewport()


async def test_back_undoes_filters_and_restores_the_scroll_position(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 400)
    await tab.open(artist, of=site.sqid(artist), posts=400)
    await tab.scroll_to(300)
    await expect(tab.row_at(300)).to_be_in_viewport()
    await tab.page.get_by_label("Filter by text").focus()
    await tab.page.keyboard.type("lighthouse")
    await tab.sees_posts(40)
    await expect(tab.page).to_have_url(re.compile(r"\?q=lighthouse$"))
    await tab.filters_by("Hashtag", "sea")
    await tab.sees_posts(20)
    await tab.page.get_by_role("button", name="Grid").click()
    await expect(tab.page).to_have_url(re.compile("view=grid"))
    await tab.page.go_back()
    await tab.page.go_back()
    await tab.sees_posts(40)
    await tab.page.go_back()
    await tab.sees_posts(400)
    await expect(tab.row_at(300)).to_be_in_viewport()
    await tab.page.go_forward()
    await tab.sees_posts(40)


async def test_delete_asks_about_the_visible_post_at_the_cursor(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 100)
    await tab.api.post("/api/pmd/action", {"action": "delete", "post_ids": posts[9:20]}, user=artist)
    await tab.open(artist, of=site.sqid(artist), posts=89)
    press = tab.page.keyboard.press
    await tab.grid.focus()
    await press("j")
    await press("Delete")
    await expect(tab.dialog).to_contain_text("Delete 1 post?")
    await tab.escapes()
    await tab.scroll_to(80)
    await expect(tab.row_at(80)).to_be_in_viewport()
    await press("#")
    await tab.hears("Nothing is selected, and the current post is scrolled out of view.")
    await tab.has_closed()
    await tab.page.get_by_label("Filter by text").fill("lighthouse")
    await tab.sees_posts(8)
    await tab.shows("Deleted")
    await tab.sees_posts(2)
    await tab.shows("All")
    await tab.sees_posts(8)


async def test_the_months_lead_through_the_years(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 300)
    await site.pool.execute("UPDATE posts SET created_at = created_at - (300 - id % 300) * interval '3 days'")
    await tab.open(artist, of=site.sqid(artist), posts=300)
    months = tab.page.get_by_role("slider", name="Month")
    await expect(months).to_have_attribute("aria-valuetext", re.compile("posts?$"))
    newest = await months.get_attribute("aria-valuetext") or ""
    await months.focus()
    await tab.page.keyboard.press("End")
    await expect(tab.row_at(300)).to_be_in_viewport()
    await expect(months).not_to_have_attribute("aria-valuetext", newest)
    box = await months.bounding_box()
    assert box is not None
    await tab.page.mouse.move(box["x"] + 20, box["y"] + box["height"] - 20)
    await tab.page.mouse.down()
    await tab.page.mouse.move(box["x"] + 20, box["y"] + 5, steps=8)
    await tab.page.mouse.up()
    await expect(tab.row_at(1)).to_be_in_viewport()
    await expect(months).to_have_attribute("aria-valuetext", newest)


async def test_a_first_list_that_fails_says_so_at_once_and_is_retried(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab.faults.provoke(502)
    artist = await site.add_user()
    await add_gallery(artist, 3)
    is_first, reported = True, asyncio.Event()

    async def fail_first(route: Route) -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            await route.fulfill(status=502, content_type="text/html", body="<h1>Bad Gateway</h1>")  # a proxy's page
        else:
            await reported.wait()
            await route.continue_()

    await tab.page.route("**/api/pmd/posts?*", fail_first)
    await tab.open(artist, of=site.sqid(artist))
    alert = tab.page.get_by_role("alert")
    await expect(alert).to_contain_text("The server had an internal error. Please try again.")
    await expect(alert).to_contain_text(re.compile(r"Retrying (in \d+ s|now)"))
    reported.set()
    await tab.sees_posts(3)
    await expect(alert).to_have_count(0)


async def test_tab_reaches_the_list_in_few_stops_and_an_arrow_from_search(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 30)
    await tab.open(artist, of=site.sqid(artist), posts=30)
    for _ in range(8):
        if not await tab.grid.evaluate("grid => grid === document.activeElement"):
            await tab.page.keyboard.press("Tab")
    await expect(tab.grid).to_be_focused()
    await tab.page.keyboard.press("/")
    await expect(tab.page.get_by_label("Filter by text")).to_be_focused()
    await tab.page.keyboard.press("ArrowDown")
    await expect(tab.grid).to_be_focused()
