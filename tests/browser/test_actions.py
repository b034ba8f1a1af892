"""Changing many posts: in chunks, resumed, taken back."""

from typing import Any

from playwright.async_api import Route, expect

from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard, fail


async def _hidden(site: Site) -> int:
    count: int = await site.pool.fetchval("SELECT count(*) FROM posts WHERE hidden_by_user")
    return count


async def _deleted(site: Site) -> int:
    count: int = await site.pool.fetchval("SELECT count(*) FROM posts WHERE deleted_by_user")
    return count


async def test_300_posts_are_hidden_in_three_requests_and_shown_by_undo(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 310)
    await site.pool.execute("UPDATE posts SET hidden_by_user = true WHERE id = ANY($1)", posts[-10:])
    await tab.open(artist, of=site.sqid(artist), posts=310)
    await tab.click_row(1)
    await tab.scroll_to(300)
    await tab.click_row(300, modifiers=["Shift"])
    await tab.has_selected(300)
    await tab.act("Hide")
    await tab.hears("290 posts hidden. 10 were already hidden.")
    assert await _hidden(site) == 300
    asked = tab.bodies("/api/pmd/action")
    assert [len(body["post_ids"]) for body in asked] == [128, 128, 44]
    await tab.has_selected(300)

    await tab.undo()
    await tab.hears("290 posts visible again.")
    still = await site.pool.fetch("SELECT id FROM posts WHERE hidden_by_user ORDER BY id")
    assert [row["id"] for row in still] == posts[-10:]  # those were hidden before, and nobody asked to show them
    await tab.scroll_to(1)
    await expect(tab.row_at(1)).to_contain_text("hidden by you")
    await expect(tab.row_at(11)).not_to_contain_text("hidden by you")


async def test_an_interrupted_job_resumes_when_the_network_is_back(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab.faults.provoke("ERR_CONNECTION_RESET")
    artist = await site.add_user()
    await add_gallery(artist, 300)
    await tab.open(artist, of=site.sqid(artist), posts=300)
    seen, is_broken = 0, True

    async def fail_after_the_first(route: Route) -> None:
        nonlocal seen
        seen += 1
        await (route.abort("connectionreset") if is_broken and seen > 1 else route.continue_())

    await tab.page.route("**/api/pmd/action*", fail_after_the_first)
    await tab.selects_each()
    await tab.act("Hide")
    await expect(tab.page.get_by_role("alert")).to_contain_text("The service could not be reached.")
    await expect(tab.page.get_by_role("progressbar", name="Hiding 300 posts")).to_have_attribute("aria-valuenow", "128")
    assert await _hidden(site) == 128
    await expect(tab.page.get_by_role("alert")).to_contain_text("Resuming")
    await expect(tab.row_at(1)).to_contain_text("hidden by you")
    await tab.shows("Visible")
    await tab.sees_posts(172)  # what was not confirmed is not shown as done
    is_broken = False
    await tab.page.evaluate("dispatchEvent(new Event('online'))")
    await tab.hears("300 posts hidden")
    assert await _hidden(site) == 300
    await tab.undo()
    await tab.hears("300 posts visible again")
    assert await _hidden(site) == 0


async def test_a_stopped_job_reports_its_count_and_undoes_as_many(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab.faults.provoke("ERR_CONNECTION_RESET")
    artist = await site.add_user()
    await add_gallery(artist, 200)
    await tab.page.clock.install()
    await tab.open(artist, of=site.sqid(artist), posts=200)

    async def fail_the_short_one(route: Route) -> None:
        body: Any = route.request.post_data_json
        await (route.abort("connectionreset") if len(body["post_ids"]) < 128 else route.continue_())

    await tab.page.route("**/api/pmd/action*", fail_the_short_one)
    await tab.selects_each()
    async with tab.at_once():  # or it would be tried again
        await tab.act("Delete")
        await tab.answers("Delete 200 posts")
        await tab.page.get_by_role("button", name="Resume now").click()
        await tab.page.get_by_role("button", name="Stop here").click()
    await tab.hears("128 posts deleted")
    await tab.has_selected(72)  # the number shown is the number that is left
    await tab.undo()
    await tab.hears("128 posts restored")
    assert await _deleted(site) == 0


async def test_posts_that_went_away_meanwhile_do_not_hold_the_others_back(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab.faults.provoke(400, "ERR_CONNECTION_RESET")
    artist = await site.add_user()
    posts = await add_gallery(artist, 200)
    # This tab hears of it only when it acts.
    await tab.page.route("**/api/pmd/sse*", fail)
    await tab.open(artist, of=site.sqid(artist), posts=200)
    await site.pool.execute("UPDATE posts SET deleted_by_user = true WHERE id = ANY($1)", posts[:3])
    await tab.selects_each()
    await tab.act("Hide")
    await expect(tab.page.get_by_role("alert")).to_be_visible()
    await tab.page.get_by_role("button", name="Resume").click()
    await tab.hears("3 posts no longer exist")
    await tab.hears("197 posts hidden")
    await tab.has_selected(197)
    assert await _hidden(site) == 197


async def test_deleting_confirms_with_the_count_and_can_be_undone(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 150)
    await tab.open(artist, of=site.sqid(artist), posts=150)
    await tab.selects_first(128)
    await tab.act("Delete")
    await expect(tab.dialog).to_contain_text("Delete 128 posts?")
    await tab.answers("Cancel")
    await tab.has_closed()
    assert await _deleted(site) == 0
    await tab.act("Delete")
    await tab.answers("Delete 128 posts")
    await tab.hears("128 posts deleted")
    await tab.sees_posts(22)
    await tab.has_selected(0)
    assert await _deleted(site) == 128
    await tab.undo()
    await tab.hears("128 posts restored")
    await tab.sees_posts(150)
    await tab.scroll_to(1)
    await expect(tab.row_at(1)).to_contain_text("Artwork 150")
    await tab.has_selected(128)  # as it was when they went
    assert await _deleted(site) == 0


async def test_a_rows_own_menu_is_about_that_post_and_no_other(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 5)
    await tab.open(artist, of=site.sqid(artist), posts=5)
    await tab.click_row(2)
    await tab.row_at(5).hover()
    await tab.row_at(5).get_by_role("button", name="More for Artwork 1").click()
    await tab.page.get_by_role("menuitem", name="Delete").click()
    await tab.answers("Delete 1 post")
    await tab.hears("1 post deleted")
    gone = await site.pool.fetch("SELECT id FROM posts WHERE deleted_by_user")
    assert [row["id"] for row in gone] == [posts[0]]


async def test_a_licence_is_set_and_every_post_gets_its_own_back_by_undo(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 10)
    await site.pool.execute("UPDATE posts SET license_id = 1 WHERE id = ANY($1)", posts[:4])
    await tab.open(artist, of=site.sqid(artist), posts=10)
    await tab.selects_all()
    await tab.act("Licence")
    for choice in await tab.dialog.get_by_role("radio").all():
        await expect(choice).to_have_css("box-shadow", "none")  # nobody has chosen any
    await tab.dialog.get_by_label("Attribution-ShareAlike").first.check()
    await tab.answers("Apply to 10 posts")
    await tab.hears("10 posts have the licence CC-BY-SA-4.0.")
    await expect(tab.row_at(1)).to_contain_text("BY-SA")
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE license_id = 3") == 10
    await tab.page.keyboard.press("Control+z")
    await expect(tab.row_at(1)).not_to_contain_text("BY-SA")
    await expect(tab.row_at(10)).to_contain_text("CC0")
    rows = await site.pool.fetch("SELECT license_id FROM posts ORDER BY id")
    assert [row["license_id"] for row in rows] == [1] * 4 + [None] * 6
