"""Several tabs of one browser: one stream, one truth, one account."""

import re

from playwright.async_api import expect

from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard
from .test_downloads import add_bdr


async def _second(tab: Dashboard, user: int, of: str) -> Dashboard:
    other = await tab.beside()
    await other.open(user, of=of, posts=20)
    return other


def _has_stream(tab: Dashboard) -> bool:
    """Once or more: on a slow machine a stream may have been given up and opened again."""
    return any("/api/pmd/sse" in request.url for request in tab.requests)


async def test_all_tabs_share_one_stream_that_moves_when_its_tab_closes(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 20)
    await tab.open(artist, of=site.sqid(artist), posts=20)
    await expect(tab.page.get_by_text("Live")).to_be_visible()
    others = [await _second(tab, artist, site.sqid(artist)) for _ in range(3)]
    for other in others:
        await expect(other.page.get_by_text("Live")).to_be_visible()
    assert [_has_stream(each) for each in (tab, *others)] == [True, False, False, False]
    await add_bdr(site, artist, posts)
    for other in others:
        await expect(other.downloads).to_have_count(1)
    await tab.page.close()
    await add_bdr(site, artist, posts)
    for other in others:
        await expect(other.downloads).to_have_count(2)
    assert sorted(_has_stream(each) for each in others) == [False, False, True]


async def test_what_one_tab_changes_the_others_show(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 20)
    await tab.open(artist, of=site.sqid(artist), posts=20)
    other = await _second(tab, artist, site.sqid(artist))
    await tab.click_row(1)
    await tab.act("Hide")
    await tab.hears("1 post hidden")
    await expect(other.row_at(1)).to_contain_text("hidden by you")
    await tab.act("Delete")
    await tab.answers("Delete 1 post")
    await other.sees_posts(19)
    await tab.undo()
    await other.sees_posts(20)


async def test_a_page_does_nothing_under_the_name_of_another_account(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab.faults.provoke(412)
    artist = await site.add_user("pixelsmith")
    moderator = await site.add_user("nightwatch", roles=["moderator"])
    await add_gallery(artist, 20)
    await tab.open(moderator, of=site.sqid(artist), posts=20)
    await tab.selects_all()
    await tab.act("Hide")
    await tab.dialog.get_by_label("Reason").fill("Not what it says it is.")
    hide = tab.dialog.get_by_role("button", name="Hide 20 posts")
    await expect(hide).to_be_enabled()
    await tab.sign_in(artist)  # in another tab
    await hide.dispatch_event("click")  # also where the page has noticed by itself meanwhile, and lies over the button
    await expect(tab.dialog.last).to_contain_text("Another account is signed in")
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE hidden_by_user OR hidden_by_mod") == 0


async def test_pages_of_the_application_open_in_place_and_by_their_address(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 20)
    await tab.open(artist, of=site.sqid(artist), posts=20)
    await tab.page.get_by_label("Filter by text").fill("Artwork 1")
    await tab.sees_posts(11)
    pages = tab.page.get_by_role("navigation", name="Pages of this application")
    for name in ("Library", "Uploads", "Packs", "Tasks"):
        await pages.get_by_role("link", name=name).click()
        await expect(tab.page).to_have_title(re.compile(f"^{name} "))
        await expect(tab.page.get_by_role("main")).not_to_have_attribute("aria-busy", "true")
        await expect(tab.page).to_have_url(re.compile(f"/u/{site.sqid(artist)}/{name.lower()}$"))
    await pages.get_by_role("link", name="Posts").click()
    await tab.sees_posts(11)  # as it was left
    assert len([request for request in tab.requests if request.is_navigation_request()]) == 1
    await tab.page.goto(f"/u/{site.sqid(artist)}/tasks")
    await expect(tab.page.get_by_role("heading", name="Tasks", exact=True)).to_be_visible()
