"""Changing what posts say: in their place, and many at once; changes that are stopped or outlive a reload."""

import asyncio
import json
import re

from playwright.async_api import Route, expect

from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard, hears_of_nothing


async def _hidden(site: Site) -> int:
    count: int = await site.pool.fetchval("SELECT count(*) FROM posts WHERE hidden_by_user")
    return count


async def test_a_title_is_changed_where_it_stands_and_changed_back(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 5)
    await tab.open(artist, of=site.sqid(artist), posts=5)
    await tab.row_at(1).locator(".cell-title .cut").dblclick()
    field = tab.page.get_by_label("Title of Artwork 5")
    await field.fill("Night harbour")
    await field.press("Enter")
    await tab.hears("1 post edited")
    await expect(tab.row_at(1)).to_contain_text("Night harbour")
    assert await site.pool.fetchval("SELECT title FROM posts WHERE id = $1", posts[-1]) == "Night harbour"
    await expect(tab.grid).to_be_focused()
    await tab.page.keyboard.press("Control+z")
    await expect(tab.row_at(1)).to_contain_text("Artwork 5")
    await tab.grid.focus()
    await tab.page.keyboard.press("F2")
    await expect(field).to_be_focused()
    await tab.page.keyboard.type("nothing")
    await tab.page.keyboard.press("Escape")
    await expect(tab.row_at(1)).to_contain_text("Artwork 5")


async def test_what_is_pressed_while_a_title_is_edited_keeps_the_focus(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 5)
    await tab.open(artist, of=site.sqid(artist), posts=5)
    await tab.row_at(1).locator(".cell-title .cut").dblclick()
    await tab.page.get_by_label("Title of Artwork 5").fill("Night harbour")
    search = tab.page.get_by_label("Filter by text")
    await search.click()
    await tab.hears("1 post edited")
    await expect(search).to_be_focused()
    # What is no field gives the focus back to the list.
    await tab.row_at(2).locator(".cell-title .cut").dblclick()
    await expect(tab.page.get_by_label("Title of Artwork 4")).to_be_focused()
    await tab.page.locator(".foot-words").click()
    await expect(tab.grid).to_be_focused()


async def test_hashtags_of_many_posts_are_added_removed_and_undone(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 200)
    await tab.open(artist, of=site.sqid(artist), posts=200)
    before = await site.pool.fetch("SELECT id, hashtags FROM posts ORDER BY id")
    await tab.selects_each()
    await tab.act("Edit")
    await expect(tab.dialog.get_by_label("Title pattern")).to_be_focused()
    await expect(tab.dialog.get_by_label("Title", exact=True)).to_have_count(0)
    await expect(tab.dialog.locator(".tag-choices label").first).to_have_text(re.compile(r"^#\w+ \d+$"))
    await tab.dialog.get_by_label("Add hashtags").fill("#sea, dawn")
    await tab.dialog.get_by_text("#cloud").click()
    await tab.answers("Apply to 200 posts")
    await tab.hears("200 posts edited")
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE hashtags @> '{sea,dawn}'") == 200
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE 'cloud' = ANY(hashtags)") == 0
    await tab.undo()
    await tab.hears("200 posts edited")
    await expect(tab.page.get_by_role("progressbar")).to_have_count(0)
    after = await site.pool.fetch("SELECT id, hashtags FROM posts ORDER BY id")
    assert [set(row["hashtags"]) for row in after] == [set(row["hashtags"]) for row in before]
    await tab.grid.focus()
    await tab.page.keyboard.press("Escape")
    await tab.has_selected(0)
    await tab.scroll_to(100)
    await tab.click_row(100)
    await tab.act("Delete")
    await tab.answers("Delete 1 post")
    await tab.hears("1 post deleted")
    await expect(tab.grid).to_be_focused()
    await expect(tab.row_at(100)).to_have_class("row active")
    await expect(tab.row_at(100)).to_contain_text("Artwork 100")
    await tab.page.keyboard.press("ArrowDown")
    await expect(tab.row_at(101)).to_have_class("row active")
    await expect(tab.row_at(101)).to_be_in_viewport()


async def test_a_bulk_change_is_stopped_resumed_undone_across_a_reload(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 300)
    await tab.open(artist, of=site.sqid(artist), posts=300)
    go_on = asyncio.Event()
    asked = asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await go_on.wait()
        await route.continue_()

    await tab.page.route("**/api/pmd/action*", hold)
    await tab.selects_each()
    await tab.act("Hide")
    await asked.wait()
    await tab.page.get_by_role("button", name="Stop", exact=True).click()
    go_on.set()
    await tab.hears("128 posts hidden")
    assert await _hidden(site) == 128
    await tab.undo()
    await tab.hears("128 posts visible again")
    assert await _hidden(site) == 0
    await tab.page.unroute_all(behavior="ignoreErrors")

    seen, lost = 0, asyncio.Event()

    async def lose_the_second(route: Route) -> None:
        nonlocal seen
        seen += 1
        # The service does it, and the answer never arrives: the page is left before.
        if seen == 2:
            await route.fetch()
            lost.set()
        else:
            await route.continue_()

    tab.page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    await tab.page.route("**/api/pmd/action*", lose_the_second)
    await tab.selects_each()
    await tab.act("Hide")
    await expect(tab.page.get_by_role("progressbar", name="Hiding 300 posts")).to_have_attribute("aria-valuenow", "128")
    await lost.wait()
    await tab.page.reload()
    await expect(tab.page.get_by_role("alert")).to_contain_text("The page was closed before this finished.")
    await tab.page.get_by_role("button", name="Undo").click()
    await tab.hears("posts visible again")  # as many as had been begun
    assert await _hidden(site) == 0


async def test_a_title_that_others_have_changed_unheard_is_not_overwritten(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 5)
    await hears_of_nothing(tab)
    await tab.open(artist, of=site.sqid(artist), posts=5)
    await tab.row_at(1).locator(".cell-title .cut").dblclick()
    title = "SELECT title FROM posts WHERE id = $1"
    edit = {"post_ids": [posts[-1]], "set": {"title": "Theirs"}}
    assert (await tab.api.post("/api/pmd/edit", edit, user=artist)).status == 200
    await tab.page.keyboard.type("Mine")
    await tab.page.keyboard.press("Enter")
    await tab.hears("This was changed elsewhere meanwhile, to “Theirs”. Yours: “Mine”.")
    await expect(tab.row_at(1)).to_contain_text("Theirs")
    assert await site.pool.fetchval(title, posts[-1]) == "Theirs"
    await tab.toasts.get_by_role("button", name="Keep mine").click()
    await tab.hears("1 post edited")
    assert await site.pool.fetchval(title, posts[-1]) == "Mine"
    # Another field of the same post is nobody's conflict.
    edit = {"post_ids": [posts[-1]], "set": {"description": "Theirs"}}
    assert (await tab.api.post("/api/pmd/edit", edit, user=artist)).status == 200
    await tab.row_at(1).locator(".cell-title .cut").dblclick()
    await tab.page.keyboard.type("Mine again")
    await tab.page.keyboard.press("Enter")
    await expect(tab.row_at(1)).to_contain_text("Mine again")
    await tab.hears("1 post edited")
    row = await site.pool.fetchrow("SELECT title, description FROM posts WHERE id = $1", posts[-1])
    assert row is not None
    assert tuple(row) == ("Mine again", "Theirs")


async def test_a_title_in_the_grid_is_not_written_over_that_of_others(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 5)
    await hears_of_nothing(tab)
    await tab.sign_in(artist)
    await tab.visit(site.sqid(artist), "?view=grid")
    await tab.sees_posts(5)
    await tab.page.locator(".tile-caption").first.click()
    await tab.page.keyboard.press("e")
    await expect(tab.page.get_by_label("Title of Artwork 5")).to_be_focused()
    edit = {"post_ids": [posts[-1]], "set": {"title": "Theirs"}}
    assert (await tab.api.post("/api/pmd/edit", edit, user=artist)).status == 200
    await tab.page.keyboard.type("Mine")
    await tab.page.keyboard.press("Enter")
    await tab.hears("This was changed elsewhere meanwhile, to “Theirs”. Yours: “Mine”.")
    assert await site.pool.fetchval("SELECT title FROM posts WHERE id = $1", posts[-1]) == "Theirs"
    await expect(tab.grid).to_be_focused()


async def test_rows_stay_where_they_are_while_the_page_reconnects(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 5)
    await hears_of_nothing(tab)
    await tab.open(artist, of=site.sqid(artist), posts=5)
    await expect(tab.page.get_by_text("The service has been unreachable since")).to_be_visible()
    before = await tab.row_at(1).bounding_box()
    tried = asyncio.Event()

    async def hold(route: Route) -> None:
        tried.set()

    await tab.page.route("**/api/pmd/sse*", hold)
    await tab.page.evaluate("dispatchEvent(new Event('online'))")
    await tried.wait()
    assert await tab.row_at(1).bounding_box() == before


async def test_a_change_that_was_refused_is_taken_up_over_the_open_post(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 5)
    tab.faults.provoke(409)
    await tab.open(artist, of=site.sqid(artist), posts=5)
    await tab.page.goto(f"{tab.page.url.split('?')[0]}?post={posts[-1]}")
    problem = {"type": "about:blank", "title": "Conflict", "status": 409, "detail": "Not just now."}
    headers = {"Content-Type": "application/problem+json"}

    async def refuse(route: Route) -> None:
        await route.fulfill(status=409, headers=headers, body=json.dumps(problem))

    await tab.page.route("**/api/pmd/edit*", refuse)
    await tab.dialog.get_by_role("button", name="Edit").click()
    form = tab.page.get_by_role("dialog", name="Edit 1 post")
    await form.get_by_label("Title", exact=True).fill("Night harbour")
    await form.get_by_role("button", name="Apply to 1 post").click()
    large = tab.page.get_by_role("dialog", name="Artwork 5")
    await expect(large.get_by_role("alert")).to_contain_text("Not just now.")
    await tab.page.unroute_all(behavior="wait")
    await large.get_by_role("button", name="Resume").click()
    await tab.hears("1 post edited")
    await expect(tab.page.get_by_role("dialog", name="Night harbour")).to_be_visible()
    assert await site.pool.fetchval("SELECT title FROM posts WHERE id = $1", posts[-1]) == "Night harbour"
    # The buttons that had the focus are gone: keys are the picture's.
    await tab.page.keyboard.press("ArrowRight")
    await expect(tab.page.get_by_role("dialog", name="Artwork 4")).to_be_visible()
