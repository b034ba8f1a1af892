"""A double click on what its first click closes or opens: the second click is not for what is there then."""

from playwright.async_api import expect

from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard
from .library import open_page
from .shelf import add_pictures


async def test_a_double_click_on_undo_opens_nothing_below_it(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 40)
    await tab.open(artist, of=site.sqid(artist), posts=40)
    await tab.selects_first(2)
    await tab.act("Hide")
    await tab.page.get_by_role("button", name="Undo").dblclick()
    await tab.hears("2 posts visible again.")
    await tab.has_selected(2)
    await expect(tab.dialog).to_have_count(0)


async def test_a_double_click_on_a_picture_focuses_the_viewers_title(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 2)
    await open_page(tab, site, artist, "library")
    await tab.page.locator(".asset .asset-art").first.dblclick()
    await expect(tab.page.locator(".viewer")).to_be_visible()
    await expect(tab.page.get_by_role("heading", name="Review")).to_be_focused()


async def test_a_double_click_on_hide_leaves_the_focus_in_the_list(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 40)
    await tab.open(artist, of=site.sqid(artist), posts=40)
    await tab.selects_first(2)
    await tab.selection.get_by_role("button", name="Hide").dblclick()
    await tab.hears("2 posts hidden.")
    await tab.has_selected(2)
    await expect(tab.grid).to_be_focused()
    assert len(tab.bodies("/action")) == 1
