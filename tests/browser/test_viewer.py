"""The viewer beside the list that it was opened from, and beside other tabs."""

import re

from playwright.async_api import expect

from ..site import Site
from .dashboard import Dashboard
from .library import become, open_page
from .shelf import add_pictures


async def test_what_was_judged_in_the_viewer_is_undone_after_it_closed(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 3)
    await site.pool.execute("UPDATE asset SET approved = true WHERE name = 'sprite 1.png'")
    await open_page(tab, site, artist, "library")
    first, second, third = (f"sprite {number}.png" for number in range(3))
    await tab.page.get_by_role("option", name=re.compile("^sprite 0")).click()
    await expect(tab.page.locator(".stage-picture")).to_be_visible()
    await tab.page.keyboard.press("4")
    await tab.hears("1 file: 4 stars.")
    await tab.page.keyboard.press("ArrowRight")
    await expect(tab.page.locator(".viewer-at")).to_have_text("2 of 3")
    for key in ("Delete", "s"):
        await tab.page.keyboard.press(key)
    await become(site, {first: "new", second: "trash", third: "set_aside"})
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.locator(".library-total")).to_have_text("2 files")
    await tab.page.keyboard.press("z")
    await become(site, {first: "new", second: "trash", third: "new"})
    await tab.page.keyboard.press("z")
    await become(site, {first: "new", second: "approved", third: "new"})
    await expect(tab.page.locator(".library-total")).to_have_text("3 files")
    async with tab.page.expect_response("**/assets/edit*"):
        await tab.page.keyboard.press("z")
    assert await site.pool.fetchval("SELECT max(rating) FROM asset") == 0


async def test_the_viewer_follows_what_is_set_elsewhere(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    file, _ = await add_pictures(site, artist, 2)
    await open_page(tab, site, artist, "library")
    await tab.page.get_by_role("option", name=re.compile("^sprite 0")).click()
    verdict, note = tab.page.locator(".verdict"), tab.page.get_by_role("textbox", name="Private note")
    await expect(verdict).to_be_visible()
    edit = {"asset_ids": [file], "set": {"rating": 5, "label": 7, "note": "theirs"}}
    assert (await tab.api.post("/api/pmd/assets/edit", edit, user=artist)).status == 200
    await expect(note).to_have_value("theirs")
    await expect(verdict.get_by_role("button", name="5 of 5 stars")).to_have_attribute("aria-pressed", "true")
    # The list behind it is as new: what is set here now is no conflict.
    await tab.page.keyboard.press("2")
    await tab.hears("1 file: 2 stars.")
    await expect(verdict.get_by_role("button", name="2 of 5 stars")).to_have_attribute("aria-pressed", "true")
    assert tuple(await site.pool.fetchrow("SELECT rating, label FROM asset WHERE id = $1", file) or ()) == (2, 7)
