"""What works say of themselves: alt text, content warnings, the use of AI, and whether AI may be trained with them."""

import re

from playwright.async_api import expect

from ..site import Site
from .axe import violations
from .conftest import AddGallery
from .dashboard import Dashboard
from .library import more, open_page, select_all
from .shelf import add_pictures
from .test_settings_page import open_settings


async def test_a_file_has_its_alt_text_and_warnings_in_the_inspector(site: Site, axe_tab: Dashboard) -> None:
    tab, artist = axe_tab, await site.add_user()
    await add_pictures(site, artist, 2)
    await open_page(tab, site, artist, "library")
    await tab.sees_pictures(2)
    await tab.page.get_by_role("option", name=re.compile("^sprite 0")).click()
    details = tab.page.get_by_role("complementary", name="Details")
    if not await details.is_visible():
        await tab.page.keyboard.press("i")
    alt = details.get_by_label("Alt text")
    await alt.fill("  A red sprite.\nIt waves.  ")
    async with tab.page.expect_response("**/assets/edit*"):
        await alt.blur()
    # Pressed faster than the service answers.
    await details.get_by_role("button", name="Flashing").click()
    await details.get_by_role("button", name="Blood").click()
    await details.get_by_role("button", name="Flashing").click()
    own = details.get_by_label("A word of your own")
    await own.fill("Gore")
    async with tab.page.expect_response(lambda response: "Gore" in (response.request.post_data or "")):
        await own.press("Enter")
    await expect(details.get_by_role("button", name="Blood")).to_have_attribute("aria-pressed", "true")
    await details.get_by_label("Not for training AI").select_option("Yes")
    await tab.hears("1 file: AI training saved.")
    query = "SELECT alt_text, content_warnings, ai_opt_out FROM asset WHERE name = 'sprite 0.png'"
    row = await site.pool.fetchrow(query)
    assert row is not None
    assert tuple(row) == ("A red sprite.\nIt waves.", ["Blood", "Gore"], True)
    assert await violations(tab.page) == []


async def test_warnings_of_several_files_are_set_at_once_and_undone(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 3)
    await site.pool.execute("UPDATE asset SET content_warnings = '{Spiders}', ai_opt_out = false WHERE name ~ '1'")
    await open_page(tab, site, artist, "library")
    await select_all(tab)
    await more(tab, "Edit")
    await expect(tab.dialog).to_contain_text("They differ now")
    await expect(tab.dialog.get_by_label("Not for training AI")).to_have_value("")
    await tab.dialog.get_by_role("button", name="Nudity").click()
    await tab.dialog.get_by_label("Not for training AI").select_option("Yes")
    await tab.dialog.get_by_label("Alt text").fill("A sprite.")
    await tab.dialog.get_by_role("button", name="Apply to 3 files").click()
    await tab.hears("3 files changed.")
    query = "SELECT alt_text, content_warnings, ai_opt_out FROM asset ORDER BY name"
    assert [tuple(row) for row in await site.pool.fetch(query)] == [("A sprite.", ["Nudity"], True)] * 3
    await tab.page.get_by_role("button", name="Undo").click()
    await tab.hears("Undone.")
    before = [(None, [], None), (None, ["Spiders"], False), (None, [], None)]
    assert [tuple(row) for row in await site.pool.fetch(query)] == before
    await tab.page.get_by_label("Search the library").fill("warning:spi")
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite"))).to_have_count(1)


async def test_a_post_says_what_it_shows_and_how_it_was_made(
    site: Site, axe_tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab, artist = axe_tab, await site.add_user()
    posts = await add_gallery(artist, 5)
    await tab.open(artist, of=site.sqid(artist), posts=5)
    await tab.page.goto(f"{tab.page.url.split('?')[0]}?post={posts[-1]}")
    await tab.dialog.get_by_role("button", name="Edit").click()
    edit = tab.page.get_by_role("dialog", name="Edit 1 post")
    await edit.get_by_label("Alt text").fill("A harbour at night. ")
    await edit.get_by_role("button", name="Flashing").click()
    await edit.get_by_label("Use of AI").select_option("Assisted")
    await edit.get_by_label("Not for training AI").select_option("Yes")
    assert await violations(tab.page) == []
    await edit.get_by_role("button", name="Apply to 1 post").click()
    await tab.hears("1 post edited")
    query = "SELECT alt_text, content_warnings, ai_disclosure, ai_opt_out FROM post_details WHERE post_id = $1"
    row = await site.pool.fetchrow(query, posts[-1])
    assert row is not None
    assert tuple(row) == ("A harbour at night.", ["Flashing"], "assisted", True)
    await expect(tab.page.get_by_role("img", name="A harbour at night.")).to_be_visible()
    await expect(tab.page.get_by_role("definition").filter(has_text="Flashing")).to_be_visible()
    assert await violations(tab.page) == []


async def test_details_of_many_posts_are_set_found_and_undone(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 5)
    await tab.api.post("/api/pmd/edit", {"post_ids": posts[:1], "set": {"content_warnings": ["Blood"]}}, user=artist)
    await tab.open(artist, of=site.sqid(artist), posts=5)
    await tab.selects_each()
    await tab.act("Edit")
    await expect(tab.dialog.get_by_label("Alt text")).to_have_count(0)
    await tab.dialog.get_by_role("button", name="Spiders").click()
    await tab.dialog.get_by_label("Use of AI").select_option("Generated")
    await tab.answers("Apply to 5 posts")
    await tab.hears("5 posts edited")
    query = "SELECT content_warnings, ai_disclosure FROM post_details ORDER BY post_id"
    assert [tuple(row) for row in await site.pool.fetch(query)] == [(["Spiders"], "generated")] * 5
    await tab.undo()
    await tab.hears("5 posts edited")
    await expect(tab.page.get_by_role("progressbar")).to_have_count(0)
    assert [tuple(row) for row in await site.pool.fetch(query)] == [(["Blood"], None), *[([], None)] * 4]
    search = tab.page.get_by_label("Filter by text")
    await search.fill("warning:bloo")
    await tab.sees_posts(1)
    await search.fill("alt:none -warning:blood")
    await tab.sees_posts(4)


async def test_the_default_for_ai_is_set_and_overlooks_no_other_change(site: Site, axe_tab: Dashboard) -> None:
    tab, artist = axe_tab, await site.add_user()
    await open_settings(tab, site, artist, "?section=ai")
    default = tab.page.get_by_role("checkbox", name="My works are not for training AI")
    await default.click()
    await tab.hears("Your works are not for training AI.")
    await expect(default).to_be_checked()
    assert await violations(tab.page) == []
    rule = await site.pool.fetchrow("SELECT is_on, ai_opt_out FROM publishing_rule WHERE user_id = $1", artist)
    assert rule is not None
    assert tuple(rule) == (False, True)
    # Meanwhile another tab has paused the queue.
    await site.pool.execute("UPDATE publishing_rule SET is_paused = true")
    await default.click()
    await tab.hears("Your works say nothing about training AI.")
    assert await site.pool.fetchval("SELECT is_paused AND NOT ai_opt_out FROM publishing_rule")


async def test_pictures_with_warnings_are_covered_until_pressed(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 3)
    warned = {"post_ids": posts[:2], "set": {"content_warnings": ["Spiders"]}}
    await tab.api.post("/api/pmd/edit", warned, user=artist)
    await tab.open(artist, of=site.sqid(artist), posts=3)
    covers = tab.page.locator("[data-cover]")
    await expect(covers).to_have_count(2)
    await expect(covers.first).to_have_text("Spiders")
    await tab.sees_pictures(1)
    asked = [request.url for request in tab.requests if "/art" in request.url]
    assert not any(f"/posts/{post}/art" in url for post in posts[:2] for url in asked), "nothing of it is loaded"
    await covers.first.click()
    await expect(covers).to_have_count(1)
    await tab.sees_pictures(2)
    await tab.page.get_by_role("button", name="Filters").click()
    await tab.page.get_by_label("Always show pictures with warnings").check()
    await expect(covers).to_have_count(0)
    await tab.page.get_by_label("Without warnings").check()
    await tab.sees_posts(1)
    await tab.page.reload()
    await tab.sees_posts(1)
    await tab.page.get_by_label("Filter by text").fill("")
    await tab.sees_posts(3)
    await expect(covers).to_have_count(0)
