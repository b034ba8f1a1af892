"""Texts where they stand: a cell cursor, a pasted column, titles by a pattern; and what is searched by names."""

from playwright.async_api import expect

from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard

_PASTE = """(target, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    target.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


async def _titles(site: Site) -> list[str]:
    return [row["title"] for row in await site.pool.fetch("SELECT title FROM posts ORDER BY id DESC")]


async def test_tab_goes_from_cell_to_cell_and_keeps_what_was_typed(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 3)
    await tab.open(artist, of=site.sqid(artist), posts=3)
    press, write = tab.page.keyboard.press, tab.page.keyboard.type
    await tab.grid.focus()
    await press("j")
    await press("e")
    await expect(tab.page.get_by_label("Title of Artwork 3")).to_be_focused()
    await write("Sea")
    await press("Tab")
    await expect(tab.page.get_by_label("Description of")).to_be_focused()
    await write("Very calm")
    await press("Tab")
    await expect(tab.page.get_by_label("Title of Artwork 2")).to_be_focused()
    await write("Sky")
    await press("Enter")
    await expect(tab.row_at(2)).to_contain_text("Sky")
    await expect(tab.row_at(1)).to_contain_text("Very calm")
    await tab.hears("1 post edited.")
    await expect(tab.page.locator("[aria-busy=true]")).to_have_count(0)
    assert await _titles(site) == ["Sea", "Sky", "Artwork 1"]
    assert await site.pool.fetchval("SELECT description FROM posts WHERE title = 'Sea'") == "Very calm"


async def test_titles_are_pasted_or_set_by_a_pattern_after_a_preview(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 5)
    await tab.open(artist, of=site.sqid(artist), posts=5)
    await tab.grid.focus()
    await tab.page.keyboard.press("j")
    await tab.page.keyboard.press("j")
    await tab.grid.evaluate(_PASTE, "One\nTwo\tand more\nThree\n")
    await expect(tab.dialog).to_contain_text("Change the title of 3 posts?")
    await expect(tab.dialog).to_contain_text("Two")
    await tab.answers("Change 3 titles")
    await tab.hears("3 posts edited.")
    assert await _titles(site) == ["Artwork 5", "One", "Two", "Three", "Artwork 1"]
    await tab.undo()
    await tab.hears("3 posts edited.")
    await expect(tab.row_at(2)).to_contain_text("Artwork 4")
    await expect(tab.page.locator("[aria-busy=true]")).to_have_count(0)
    assert await _titles(site) == [f"Artwork {number}" for number in (5, 4, 3, 2, 1)]
    # An event of what was undone may come later than the answer to its undoing, and its own after that.
    await tab.page.reload()
    await tab.sees_posts(5)
    await tab.selects_all()
    await tab.act("Edit")
    await tab.dialog.get_by_label("Title pattern").fill("Sea {nn}, {title}")
    await expect(tab.dialog).to_contain_text("5 titles: Sea 01, Artwork 5 … Sea 05, Artwork 1")
    await tab.answers("Apply to 5 posts")
    await tab.hears("5 posts edited.")
    assert await _titles(site) == [f"Sea 0{number}, Artwork {6 - number}" for number in (1, 2, 3, 4, 5)]


async def test_the_grid_sorts_and_edits_titles_too(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 12)
    await tab.sign_in(artist)
    await tab.visit(site.sqid(artist), "?view=grid")
    await tab.sees_posts(12)
    tiles = tab.grid.get_by_role("gridcell")
    await tab.page.get_by_role("button", name="Order: Newest").click()
    await tab.page.get_by_role("button", name="Title", exact=True).click()
    await expect(tiles.first.get_by_text("Artwork 1", exact=True)).to_be_visible()
    await tab.page.keyboard.press("Escape")
    await tab.grid.focus()
    await tab.page.keyboard.press("j")
    await tab.page.keyboard.press("F2")
    await expect(tab.page.get_by_label("Title of")).to_be_focused()
    await tab.page.keyboard.type("A first one")
    await tab.page.keyboard.press("Enter")
    await tab.hears("1 post edited.")
    await expect(tiles.first).to_contain_text("A first one")


async def test_search_fields_become_tokens_and_a_hashtag_filters_by_a_click(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 40)
    await site.pool.execute("UPDATE posts SET hidden_by_user = true WHERE id = ANY($1)", posts[:4])
    await tab.open(artist, of=site.sqid(artist), posts=40)
    field = tab.page.get_by_label("Filter by text")
    await field.focus()
    await tab.page.keyboard.type("tag:sea -lighthouse ")
    await expect(field).to_have_value("-lighthouse ")
    await tab.sees_posts(8)
    await tab.page.get_by_role("button", name="Remove the filter tag: sea").click()
    await tab.sees_posts(36)
    await field.fill("hidden")
    await tab.sees_posts(4)
    await field.fill('"hidden"')
    await expect(tab.page.get_by_text('No posts match “"hidden"”')).to_be_visible()
    await tab.page.get_by_role("button", name="Clear the search").click()
    await tab.sees_posts(40)
    await tab.row_at(1).locator(".tag").first.click()
    await tab.sees_posts(10)
    await tab.has_selected(0)
    await field.fill("lighthuose")
    await expect(tab.page.get_by_role("button", name="lighthouse", exact=True)).to_be_visible()
