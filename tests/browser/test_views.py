"""Ways to see the posts: the address, saved views, the grid and its lightbox, the trash, the list as a file."""

import csv
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Route, expect

from ..site import Site
from .conftest import AddGallery, OpenTab
from .dashboard import Dashboard


async def test_a_link_shows_what_its_sender_saw(site: Site, open_tab: OpenTab, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 200)
    async with open_tab() as tab:
        await tab.open(artist, of=site.sqid(artist), posts=200)
        await tab.page.get_by_label("Filter by text").fill("lighthouse")
        await tab.filters_by("Hashtag", "sea")
        await tab.grid.get_by_role("columnheader", name="Title").get_by_role("button").click()
        await tab.sees_posts(10)
        await expect(tab.page).to_have_url(re.compile(r"\?q=lighthouse&tag=sea&sort=title$"))
        address = tab.page.url
    async with open_tab() as tab:
        await tab.sign_in(artist)
        await tab.page.goto(address)
        await tab.sees_posts(10)
        await expect(tab.row_at(1)).to_contain_text("Artwork 20")
        await tab.page.get_by_role("button", name="Remove the filter tag: sea").click()
        await tab.sees_posts(20)


async def test_a_page_in_the_address_is_where_the_list_begins(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 700)
    await tab.sign_in(artist)
    await tab.visit(site.sqid(artist), "?page=5")
    await expect(tab.row_at(4 * 128 + 1)).to_be_in_viewport()


async def test_dragging_selects_a_range_and_a_saved_view_opens_again(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 100)
    await tab.open(artist, of=site.sqid(artist), posts=100)
    first = await tab.row_at(2).locator(".cell-select").bounding_box()
    last = await tab.row_at(7).locator(".cell-select").bounding_box()
    assert first is not None and last is not None
    await tab.page.mouse.move(first["x"] + 18, first["y"] + 20)
    await tab.page.mouse.down()
    await tab.page.mouse.move(last["x"] + 18, last["y"] + 20, steps=12)
    await tab.has_selected(6)
    await tab.page.mouse.up()
    await tab.has_selected(6)  # the click that ends the drag is none
    await tab.filters_by("Format", "gif")
    await tab.sees_posts(20)
    await tab.page.get_by_role("button", name="Filters").click()
    await tab.page.get_by_label("Name for the current view").fill("Moving")
    await tab.page.get_by_role("button", name="Save", exact=True).click()
    await expect(tab.page.get_by_role("button", name="Moving", exact=True)).to_be_visible()
    (view,) = await site.pool.fetch("SELECT user_id, name, query FROM saved_view")
    assert (view["user_id"], view["name"], "format=gif" in view["query"]) == (artist, "Moving", True)
    # The button is off now, and the browser takes the focus from it: Escape closes the panel, and nothing else.
    await expect(tab.page.locator("body")).to_be_focused()
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.get_by_label("Name for the current view")).to_have_count(0)
    await tab.has_selected(6)
    await tab.page.keyboard.press("Escape")
    await tab.has_selected(0)
    await tab.sees_posts(20)
    await tab.page.keyboard.press("Escape")
    await tab.sees_posts(100)
    await tab.page.reload()
    await tab.page.get_by_role("button", name="Filters").click()
    await tab.page.get_by_role("button", name="Moving", exact=True).click()
    await tab.sees_posts(20)


async def test_views_that_the_browser_had_kept_are_handed_over(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 20)
    await site.pool.execute("INSERT INTO saved_view (user_id, name, query) VALUES ($1, 'All', 'sort=title')", artist)
    await tab.open(artist, of=site.sqid(artist), posts=20)
    kept = [{"name": "All", "query": ""}, {"name": "Moving", "query": "format=gif"}]
    key = f"pmd.views.{site.sqid(artist)}"
    await tab.page.evaluate("([key, kept]) => localStorage.setItem(key, JSON.stringify(kept))", [key, kept])
    await tab.page.get_by_role("button", name="Filters").click()
    views = tab.page.get_by_role("list", name="Saved views").get_by_role("listitem")
    await expect(views).to_have_text(["All", "Moving"])
    rows = await site.pool.fetch("SELECT name, query FROM saved_view WHERE user_id = $1 ORDER BY name", artist)
    assert [tuple(row) for row in rows] == [("All", "sort=title"), ("Moving", "format=gif")]
    assert await tab.page.evaluate("key => localStorage.getItem(key)", key) is None
    await tab.page.get_by_role("button", name="Delete the view Moving").click()
    await expect(views).to_have_text(["All"])


async def test_licence_date_and_size_filter_too(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 20)
    await site.pool.execute("UPDATE posts SET license_id = 1 WHERE id = ANY($1)", posts[:6])
    await site.pool.execute("UPDATE posts SET created_at = '2026-03-05T12:00Z' WHERE id = ANY($1)", posts[:3])
    await tab.open(artist, of=site.sqid(artist), posts=20)
    await tab.filters_by("Licence", "none")
    await tab.sees_posts(14)
    await tab.filters_by("Licence", "CC0-1.0")
    await tab.sees_posts(6)
    await tab.page.get_by_role("button", name=re.compile("^Filters")).click()
    await tab.page.get_by_label("Posted from").fill("2026-03-05")
    await tab.page.get_by_label("Posted until").fill("2026-03-06")
    await tab.sees_posts(3)
    await tab.page.get_by_label("Size up to, kB").fill("1.001")
    await tab.sees_posts(1)


async def test_the_grid_selects_by_tick_and_range_and_opens_pictures_large(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 300)
    await tab.open(artist, of=site.sqid(artist), posts=300)
    await tab.page.get_by_role("button", name="Grid").click()
    tiles = tab.grid.get_by_role("gridcell")
    await expect(tiles.first).to_contain_text("Artwork 300")
    assert await tiles.count() < 150
    await tiles.nth(1).locator(".tile-tick").click()
    await tiles.nth(6).click(modifiers=["Shift"])
    await tab.has_selected(6)
    await tab.page.get_by_label("Thumbnail size").fill("240")
    await expect(tiles.first).to_have_css("width", "240px")
    # Each of its eight pixels is a whole number of the screen's.
    await expect(tiles.first.locator("img")).to_have_css("width", "240px")

    await tiles.first.locator(".picture").click()
    await expect(tab.dialog).to_contain_text("Artwork 300")
    await tab.page.keyboard.press("ArrowRight")
    await expect(tab.dialog).to_contain_text("Artwork 299")
    await expect(tab.dialog).to_contain_text("2 / 300")
    await tab.page.keyboard.press("ArrowRight")
    await expect(tab.dialog).to_contain_text("3 / 300")
    await tab.page.keyboard.press("Escape")
    await tab.has_closed()
    await tab.grid.focus()
    await tab.page.keyboard.press("ArrowLeft")
    await tab.page.keyboard.press("Enter")
    await expect(tab.dialog).to_contain_text("Artwork 299")


async def test_a_picture_leads_to_its_post_where_a_site_shows_it(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 1)
    await tab.open(artist, of=site.sqid(artist), posts=1)
    await tab.row_at(1).locator(".cell-thumbnail").click()
    await expect(tab.dialog.get_by_role("button", name="Edit")).to_be_visible()
    await expect(tab.dialog.get_by_role("link")).to_have_count(0)
    await site.pool.execute("COMMENT ON TABLE users IS NULL")  # as a site's own is
    await tab.page.reload()  # it is open still
    link = tab.dialog.get_by_role("link", name="Open at Makapix Club")
    await expect(link).to_have_attribute("href", re.compile(r"^https://makapix.club/p/\w+$"))


async def test_a_long_press_begins_a_range_and_a_swipe_does_not(
    site: Site, open_tab: OpenTab, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 100)
    async with open_tab(viewport={"width": 375, "height": 740}, has_touch=True) as tab:
        await tab.page.clock.install()
        await tab.open(artist, of=site.sqid(artist), posts=100)
        box = await tab.row_at(2).bounding_box()
        assert box is not None
        cdp = await tab.context.new_cdp_session(tab.page)

        async def touch(kind: str, y: float) -> None:
            points = [] if kind == "touchEnd" else [{"x": 200, "y": y}]
            await cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        async with tab.at_once():
            await touch("touchStart", box["y"] + 20)
            await touch("touchMove", box["y"] + 90)
            await tab.page.clock.run_for(1000)
            await touch("touchEnd", 0)
            await tab.has_selected(0)
        await touch("touchStart", box["y"] + 20)
        await tab.has_selected(1)  # after a while, the finger still rests
        await touch("touchMove", box["y"] + 20 + 65)
        await touch("touchMove", box["y"] + 20 + 130)
        await tab.has_selected(3)
        await touch("touchEnd", 0)
        await tab.has_selected(3)
        await tab.page.keyboard.press("e")
        await expect(tab.dialog.get_by_role("button", name="Close")).to_be_focused()  # no keyboard over the dialog


async def test_deleted_posts_wait_and_come_back(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 10)
    await tab.open(artist, of=site.sqid(artist), posts=10)
    await tab.selects_all()
    await tab.act("Delete")
    await tab.answers("Delete 10 posts")
    await tab.hears("10 posts deleted")
    await tab.shows("Deleted")
    await tab.sees_posts(10)
    await expect(tab.page).to_have_url(re.compile(r"\?state=deleted$"))
    await tab.shows("All")
    await tab.page.reload()  # the first steps do not take the place of the way back
    await tab.shows("Deleted")
    await tab.click_row(1)
    await tab.click_row(3, modifiers=["Shift"])
    await tab.act("Restore")
    await tab.hears("3 posts restored")
    await tab.sees_posts(7)
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE deleted_by_user") == 7
    await tab.shows("Hidden")
    await expect(tab.page).to_have_url(re.compile(r"\?status=hidden$"))
    await tab.shows("All")
    await tab.sees_posts(3)


async def test_a_deleted_post_shows_how_long_it_can_be_restored(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    (post,) = await add_gallery(artist, 1)
    await tab.api.post("/api/pmd/action", {"action": "delete", "post_ids": [post]}, user=artist)
    gone = datetime.now(UTC) + timedelta(days=6, hours=12)

    async def kept_for_a_week(route: Route) -> None:
        response = await route.fetch()
        body = await response.json()
        body["items"] = [each | {"gone_at": gone.isoformat()} for each in body["items"]]
        await route.fulfill(response=response, json=body)

    await tab.sign_in(artist)
    await tab.visit(site.sqid(artist), "?state=deleted")
    await expect(tab.row_at(1).locator(".mark")).to_contain_text("deleted on")
    await tab.page.route("**/api/pmd/posts?*", kept_for_a_week)
    await tab.page.reload()
    await expect(tab.row_at(1).locator(".mark")).to_have_text("6 days left")
    await tab.page.get_by_role("button", name="Grid").click()
    await expect(tab.grid.get_by_role("gridcell")).to_contain_text("6 days left")
    await tab.page.unroute_all(behavior="ignoreErrors")


async def test_the_list_is_saved_as_a_table_for_other_programs(
    site: Site, tab: Dashboard, add_gallery: AddGallery, tmp_path: Path
) -> None:
    artist = await site.add_user("pixelsmith")
    posts = await add_gallery(artist, 30)
    await site.pool.execute("UPDATE posts SET title = '=1+1, \"quoted\"' WHERE id = $1", posts[-1])
    await tab.open(artist, of=site.sqid(artist), posts=30)
    await tab.click_row(1)
    await tab.click_row(4, modifiers=["Shift"])
    async with tab.page.expect_download() as started:
        await tab.page.get_by_role("button", name="Columns").click()
        await tab.page.get_by_role("button", name="Export CSV").click()
    file = await started.value
    assert file.suggested_filename == "posts-pixelsmith.csv"
    await file.save_as(tmp_path / "list.csv")
    rows = list(csv.DictReader((tmp_path / "list.csv").read_text("utf-8-sig").splitlines()))
    assert [row["Address"] for row in rows] == [site.sqid(post) for post in reversed(posts[-4:])]
    assert rows[0]["Title"] == '\'=1+1, "quoted"'  # text, and no formula
