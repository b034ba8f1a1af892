"""Similar files: what differs is shown, and stacked, kept or trashed; sequences are one tile."""

import re

from playwright.async_api import Locator, expect

from ..site import Site
from .dashboard import Dashboard
from .library import open_page, states
from .shelf import add_pictures, make_alike


def groups_of(tab: Dashboard) -> Locator:
    return tab.page.get_by_role("navigation", name="Groups").get_by_role("listitem")


def tiles_of(tab: Dashboard) -> Locator:
    return tab.page.get_by_role("option", name=re.compile("^sprite"))


async def test_similar_files_are_stacked_and_one_key_unstacks_them(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await make_alike(site, await add_pictures(site, artist, 4), sizes=(3, 1))
    await site.pool.execute("UPDATE asset SET rating = 3 WHERE name = 'sprite 1.png'")
    await open_page(tab, site, artist, "library?look=alike")
    await expect(groups_of(tab)).to_have_count(1)
    await expect(tab.page.get_by_text("4 files compared")).to_be_visible()
    press = tab.page.keyboard.press
    await expect(tab.page.get_by_role("img", name="A: sprite 1.png")).to_be_visible()
    await expect(tab.page.locator(".foot-keys")).to_contain_text("keep all 3")
    await press("ArrowRight")
    await expect(tab.page.get_by_role("img", name="A: sprite 0.png")).to_be_visible()
    await press("Enter")
    await tab.hears("3 files in one stack, sprite 0.png on top.")
    await expect(groups_of(tab)).to_have_count(0)
    await press("Escape")
    await expect(tiles_of(tab)).to_have_count(2)
    await expect(tiles_of(tab).first).to_contain_text("sprite 0.png")
    await tab.page.locator(".asset-stack").click()
    await expect(tiles_of(tab)).to_have_count(4)
    await press("z")
    await tab.hears("Undone.")
    await tab.page.get_by_role("button", name="Similar files").click()
    await expect(groups_of(tab)).to_have_count(1)


async def test_a_stack_of_before_is_taken_apart_in_the_library(site: Site, tab: Dashboard) -> None:
    """Nothing is left to undo: the page was opened again."""
    artist = await site.add_user()
    top, below, other, _ = await add_pictures(site, artist, 4)
    stack = "UPDATE asset SET stack_id = $1, made_in = '', made_from = 'sprite 0.png' WHERE id = ANY ($2)"
    await site.pool.execute(stack, top, [below, other])
    await open_page(tab, site, artist, "library")
    await expect(tiles_of(tab)).to_have_count(2)
    await tiles_of(tab).first.click(modifiers=["Control"])
    await tab.page.keyboard.press("m")
    await tab.page.get_by_role("menuitem", name="Take the stack apart").click()
    await tab.hears("3 files in no stack.")
    await expect(tiles_of(tab)).to_have_count(4)
    await tab.page.keyboard.press("z")
    await tab.hears("Undone.")
    await expect(tiles_of(tab)).to_have_count(2)
    assert await site.pool.fetchval("SELECT count(*) FROM asset WHERE stack_id = $1", top) == 2


async def test_files_that_are_kept_both_are_not_offered_again(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await make_alike(site, await add_pictures(site, artist, 4), sizes=(2, 2))
    await open_page(tab, site, artist, "library?look=alike")
    await expect(groups_of(tab)).to_have_count(2)
    await tab.page.keyboard.press("n")
    await tab.hears("2 files kept, and not offered again.")
    await expect(groups_of(tab)).to_have_count(1)
    await tab.page.get_by_role("button", name="Kept both").click()
    pairs = tab.page.get_by_role("navigation", name="Kept both").get_by_role("listitem")
    await expect(pairs).to_have_count(1)
    await tab.page.get_by_role("button", name="Slide").click()
    await tab.sees_pictures(2)
    await tab.page.get_by_role("slider", name="Divider between A and B").press("Home")
    await tab.page.get_by_role("button", name="Offer again").click()
    await tab.hears("Both are offered as similar again.")
    await expect(tab.page.get_by_text("No files were kept both.")).to_be_visible()
    await tab.page.get_by_role("button", name="Saved again").click()
    await expect(groups_of(tab)).to_have_count(2)
    await tab.page.keyboard.press("n")
    await expect(groups_of(tab)).to_have_count(1)
    await tab.page.keyboard.press("#")
    await tab.hears("1 file moved to the trash.")
    await expect(tab.page.get_by_text("No file was saved twice.")).to_be_visible()
    assert sorted((await states(site)).values()) == ["new", "new", "new", "trash"]


async def test_a_file_that_a_pack_uses_is_not_offered_for_the_trash(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    first, second = await add_pictures(site, artist, 2)
    await make_alike(site, [first, second], sizes=[2])
    await site.pool.execute("UPDATE asset SET rating = 1 WHERE id = $1", second)
    await site.pool.execute(
        """WITH made AS (INSERT INTO pack (user_id, name, slug, license_type) VALUES ($1, 'Island', 'i', 'personal')
                         RETURNING id)
           INSERT INTO pack_asset (pack_id, asset_id) SELECT id, $2 FROM made""",
        artist,
        first,
    )
    await open_page(tab, site, artist, "library?look=alike")
    await expect(tab.page.get_by_text("B is used in Island, and stays.")).to_be_visible()
    await expect(tab.page.get_by_role("button", name="Move B to the trash")).to_have_count(0)
    await tab.page.keyboard.press("#")
    await tab.page.keyboard.press("ArrowRight")
    await tab.page.get_by_role("button", name="Move B to the trash").click()
    await tab.hears("1 file moved to the trash.")
    assert await states(site) == {"sprite 0.png": "new", "sprite 1.png": "trash"}


async def test_what_differs_is_counted_and_pink_and_blinks(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await make_alike(site, await add_pictures(site, artist, 2), sizes=[2])
    await open_page(tab, site, artist, "library?look=alike")
    await expect(tab.page.get_by_text(re.compile(r"2 files, \d+ of 256 pixels differ"))).to_be_visible()
    pink = await tab.page.get_by_role("img", name="What differs").evaluate(
        """(canvas) => {
             const { data } = canvas.getContext("2d").getImageData(0, 0, 16, 16);
             return data.filter((value, at) => at % 4 === 0 && value > 111).length;
           }"""
    )
    words = await tab.page.locator(".alike-title").inner_text()
    assert pink == int(re.search(r"(\d+) of 256", words)[1])  # type: ignore[index]
    await tab.page.keyboard.press("Space")
    await expect(tab.page.locator(".alike-pane")).to_have_count(1)
    for tag in ("A · on top", "B", "A · on top"):
        await expect(tab.page.locator(".alike-tag")).to_have_text(tag)
        await expect(tab.page.locator(".alike-pane img:visible")).to_have_count(1)
        await tab.page.keyboard.press("Space")
    await tab.page.get_by_role("button", name="Difference").click()
    await expect(tab.page.locator(".alike-pane")).to_have_count(3)


async def test_similar_files_are_enlarged_and_moved_as_one(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await make_alike(site, await add_pictures(site, artist, 4), sizes=(2, 2))
    await open_page(tab, site, artist, "library?look=alike")
    drawn = tab.page.locator(".alike-pane > :is(img, canvas)")
    await expect(drawn).to_have_count(3)
    zooms = tab.page.get_by_role("group", name="Size")
    await expect(zooms.get_by_role("button", name="Fit")).to_have_attribute("aria-pressed", "true")
    fitting = await drawn.first.get_attribute("style")
    await zooms.get_by_role("button", name="1:1").click()
    await expect(zooms.get_by_role("button", name="1:1")).to_have_attribute("aria-pressed", "true")
    widths = "all => all.map(each => each.getBoundingClientRect().width)"
    assert await drawn.evaluate_all(widths) == [16] * 3
    for _ in range(40):
        await tab.page.keyboard.press("+")
    await expect(zooms.get_by_role("button", name="×")).to_have_attribute("aria-pressed", "true")
    centred = await drawn.first.get_attribute("style")
    await tab.page.mouse.move(500, 300)
    await tab.page.mouse.down()
    await tab.page.mouse.move(460, 280, steps=4)
    await tab.page.mouse.up()
    await expect(drawn.first).not_to_have_attribute("style", centred or "")
    assert len(set(await drawn.evaluate_all("all => all.map(each => each.style.transform)"))) == 1
    await tab.page.keyboard.press("j")
    await expect(zooms.get_by_role("button", name="Fit")).to_have_attribute("aria-pressed", "true")
    await expect(drawn.first).to_have_attribute("style", fitting or "")


async def test_numbered_files_are_one_tile_until_they_are_unfolded(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 8, is_sequence=True)
    await tab.page.emulate_media(reduced_motion="no-preference")
    await open_page(tab, site, artist, "library")
    await tab.sees_pictures(1)
    tile = tab.page.get_by_role("option", name=re.compile("^sprite 0 … 7 ?, sequence of 8"))
    await expect(tab.page.locator(".asset")).to_have_count(1)
    shown = tile.locator("img")
    first = await shown.get_attribute("src")
    await tab.page.get_by_role("listbox").focus()
    await tab.page.keyboard.press("Home")
    await expect(shown).to_have_attribute("src", re.compile(f"^(?!{re.escape(first or '')}$).*/preview"))
    await tab.sees_pictures(1)
    await tab.page.locator(".asset-stack").click()
    await expect(tiles_of(tab)).to_have_count(8)
    await tab.page.locator(".asset-stack").click()
    await expect(tile).to_be_visible()
    await tab.page.get_by_role("listbox").focus()
    await tab.page.keyboard.press("Home")
    await tab.page.keyboard.press("Enter")
    await expect(tiles_of(tab)).to_have_count(8)

    await tab.page.get_by_role("button", name="Similar files").click()
    await expect(tab.page.get_by_text("8 numbered files that follow one another")).to_be_visible()
    await tab.page.get_by_role("button", name="Make a sheet").click()
    await expect(tab.dialog.get_by_role("radio", name=re.compile("^Make a sheet"))).to_be_checked()
    await tab.page.keyboard.press("Escape")
    await tab.page.get_by_role("button", name="These are single files, not a sequence").click()
    await tab.hears("8 files in no sequence.")
    await expect(tab.page.get_by_text("No file was saved twice.")).to_be_visible()
    await tab.page.keyboard.press("z")
    await tab.hears("Undone.")
    await expect(groups_of(tab)).to_have_count(1)
