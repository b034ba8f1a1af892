"""A double click on what its first click closes: the second click is not for the list below."""

from playwright.async_api import expect

from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard


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
