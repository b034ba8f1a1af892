"""A watermark is set in the settings, and seen on the newest picture."""

from playwright.async_api import expect

from ..packs.exports import picture
from ..site import Site
from .axe import violations
from .dashboard import Dashboard
from .test_settings_page import open_settings


async def add_picture(site: Site, artist: int) -> int:
    stored = await site.stored.put("previews/a/512.png", picture("teal", 512))
    preview = {"path": "/vault/previews/a/512.png", "etag": None, "size": 512, "mime_type": "image/png",
               "size_bytes": stored.size, "width": 512, "height": 256}  # fmt: skip
    return await site.add_asset(artist, picture("teal"), name="island.png", previews=[preview])


async def test_watermark_is_set_seen_and_removed(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user("pixelfan")
    asset = await add_picture(site, artist)
    await open_settings(tab, site, artist, "?section=watermark")
    page = tab.page
    await page.get_by_role("radio", name="A text").check()
    await page.get_by_label("Text", exact=True).fill("森")
    await page.get_by_role("radio", name="Top left").check()
    await page.get_by_label("Opacity, in per cent").fill("90")
    tab.faults.provoke(422)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert")).to_contain_text("cannot be drawn with 森")
    await page.get_by_label("Text", exact=True).fill("© pixelfan")
    await page.get_by_role("button", name="Save").click()
    await tab.hears("The watermark is saved.")
    shown = page.get_by_role("img", name="Your newest picture with the watermark")
    await expect(shown).to_have_js_property("naturalWidth", 512)
    first = await shown.get_attribute("src")
    assert await violations(page) == []
    row = await site.pool.fetchrow("SELECT text, place, opacity FROM watermark WHERE user_id = $1", artist)
    assert row is not None
    assert tuple(row) == ("© pixelfan", "top_left", 90)

    await page.get_by_role("radio", name="A picture of the library").check()
    await page.get_by_role("radio", name="island.png").check(force=True)
    await page.get_by_role("button", name="Save").click()
    await expect(shown).not_to_have_attribute("src", first or "")
    assert await site.pool.fetchval("SELECT asset_id FROM watermark WHERE user_id = $1", artist) == asset
    await page.get_by_role("radio", name="None").check()
    await page.get_by_role("button", name="Save").click()
    await tab.hears("No watermark is drawn.")
    await expect(shown).to_have_count(0)
