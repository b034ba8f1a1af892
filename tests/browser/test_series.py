"""Series in the order of their artist."""

from playwright.async_api import expect

from ..site import Api, Site
from .axe import violations
from .conftest import AddGallery
from .dashboard import Dashboard

SERIES = "/api/pmd/series"


async def test_a_series_is_made_ordered_renamed_and_deleted(
    site: Site, api: Api, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    first, second, third = await add_gallery(artist, 3)
    await tab.open(artist, of=site.sqid(artist), posts=3)
    await tab.selects_each()

    async def opens() -> None:
        await tab.page.keyboard.press("Control+k")
        await tab.page.get_by_role("combobox", name="Search or run a command").fill("Series…")
        await tab.page.get_by_role("option", name="Series…").click()

    await opens()
    dialog = tab.page.get_by_role("dialog", name="Series")
    await dialog.get_by_label("New series").fill("Lamps")
    await dialog.get_by_role("button", name="Make").click()
    await dialog.get_by_role("button", name="Add 3 selected posts").click()
    posts = dialog.get_by_role("list", name="Posts in order").get_by_role("listitem")
    await expect(posts).to_have_count(3)
    before = await posts.locator("bdi").all_text_contents()
    await posts.nth(0).get_by_role("button", name="down").focus()
    for _ in range(3):  # the last one has no effect
        await tab.page.keyboard.press("Enter")
    await expect(posts.nth(2).get_by_role("button", name="down")).to_be_focused()
    await posts.nth(1).drag_to(posts.nth(0))
    assert await posts.locator("bdi").all_text_contents() == [before[2], before[1], before[0]]
    await posts.nth(1).get_by_role("button", name="cover").click()
    assert await violations(tab.page) == []
    await dialog.get_by_role("button", name="Save").click()
    await tab.hears("“Lamps” is saved.")
    series = (await api.get(SERIES, user=artist)).json["items"][0]
    order = (await api.get(f"{SERIES}/{series['id']}/posts", user=artist)).json["post_ids"]
    assert (series["cover_post_id"], order) == (second, [first, second, third])

    await opens()
    await dialog.get_by_label("Name").fill("Lights")
    await dialog.get_by_role("button", name="Save").click()
    await tab.hears("“Lights” is saved.")
    await opens()
    href = await dialog.get_by_role("link", name="Its public page").get_attribute("href")
    assert href is not None and href.endswith(f"/u/{site.sqid(artist)}/series/{series['id']}")
    await dialog.get_by_role("button", name="Delete the series").click()
    await expect(dialog.get_by_role("alertdialog").get_by_role("button", name="Cancel")).to_be_focused()
    tab.faults.provoke(404)  # its posts may be read in the moment in which it goes
    await dialog.get_by_role("alertdialog").get_by_role("button", name="Delete the series").click()
    await tab.hears("“Lights” is deleted. Its posts stay.")
    assert (await api.get(SERIES, user=artist)).json["items"] == []
    await tab.sees_posts(3)
