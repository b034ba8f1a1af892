"""The picture of a post is replaced by one of the library, and an old one is shown again."""

from playwright.async_api import expect

from ..site import Api, Site
from .axe import violations
from .dashboard import Dashboard
from .pictures import picture


async def test_picture_is_replaced_and_an_old_version_restored(site: Site, api: Api, tab: Dashboard) -> None:
    artist = await site.add_user()
    old, new = [await site.add_asset(artist, picture(number), name=f"{name}.png", width=16, height=16, frame_count=1)
                for number, name in ((1, "old"), (2, "new"))]  # fmt: skip
    assert (await api.post("/api/pmd/assets/publish", {"asset_ids": [old]}, user=artist)).status == 200
    await tab.open(artist, of=site.sqid(artist), posts=1)
    before = await tab.row_at(1).locator("img").first.get_attribute("src")
    await tab.row_at(1).locator("img").first.click()
    await tab.page.get_by_role("button", name="Replace the picture…").click()
    dialog = tab.page.get_by_role("dialog", name="Replace the picture of “old”")
    await expect(dialog.get_by_role("list", name="Versions").get_by_role("listitem")).to_have_count(1)
    await expect(dialog.get_by_role("button", name="Replace the picture")).to_be_disabled()
    await dialog.get_by_label("Pictures of the library").first.fill("new")
    await expect(dialog.get_by_role("radio")).to_have_count(1)
    await dialog.get_by_role("radio", name="new.png").check(force=True)
    assert await violations(tab.page) == []
    await dialog.get_by_role("button", name="Replace the picture").click()
    await tab.hears("The picture is replaced.")
    # The page shows the new picture, although the browser has kept the old one.
    await expect(tab.page.get_by_role("dialog").locator("img").first).not_to_have_attribute("src", before or "")

    await tab.page.get_by_role("button", name="Replace the picture…").click()
    listed = dialog.get_by_role("list", name="Versions").get_by_role("listitem")
    await expect(listed).to_have_count(2)
    await expect(listed.first).to_contain_text("Version 2")
    await expect(listed.locator("img").nth(1)).to_have_js_property("naturalWidth", 8)
    await dialog.get_by_role("button", name="Restore version 1").click()
    await tab.hears("Version 1 is shown again.")
    numbers = await site.pool.fetch("SELECT number, asset_id FROM post_version ORDER BY number")
    assert [tuple(row) for row in numbers] == [(1, old), (2, new), (3, old)]
