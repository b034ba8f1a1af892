"""The table: loading, sorting, filtering, selecting."""

import re

import pytest
from playwright.async_api import Route, expect

from ..conftest import WorkOff
from ..posts.test_stills import animation as noise
from ..site import Site
from .conftest import AddGallery, OpenTab
from .dashboard import Dashboard
from .pictures import animation


async def refuse(route: Route) -> None:
    """A fault that does not pass: nothing is asked again by itself."""
    problem = '{"title":"Bad Request","status":400,"detail":"Something is odd."}'
    await route.fulfill(status=400, content_type="application/problem+json", body=problem)


async def test_1300_posts_load_by_page_and_only_visible_rows_are_drawn(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 1300)
    await tab.open(artist, of=site.sqid(artist), posts=1300)
    asked = [request.url for request in tab.requests if "/api/pmd/posts?" in request.url]
    # The first is waited for, and small.
    assert ["limit=64" in url for url in asked] == [True, False, False, False]
    assert all("limit=512" in url for url in asked[1:])
    assert await tab.grid.get_by_role("row").count() < 60
    await expect(tab.grid).to_have_attribute("aria-rowcount", "1301")
    await expect(tab.row_at(1)).to_contain_text("Artwork 1300")
    picture = tab.row_at(1).locator("img")
    await expect(picture).to_have_js_property("naturalWidth", 8)


async def test_a_list_loaded_before_its_height_is_known_has_each_row_once(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 100)
    await tab.sign_in(artist)
    await tab.visit(site.sqid(artist), "?view=grid")
    await tab.sees_posts(100)
    await tab.page.get_by_role("button", name="Table").click()
    await tab.grid.get_by_role("columnheader", name="Title").get_by_role("button").click()
    await expect(tab.row_at(1).get_by_text("Artwork 1", exact=True)).to_be_visible()
    rows = tab.grid.locator("[data-id]")
    numbers = await rows.evaluate_all("(rows) => rows.map((row) => row.ariaRowIndex)")
    assert len(numbers) == len(set(numbers)) > 10


async def test_a_list_that_fails_says_so_and_goes_on_after_the_fault(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab.faults.provoke(400)
    artist = await site.add_user()
    await add_gallery(artist, 600)
    await tab.page.route("**/api/pmd/posts?*", refuse)
    await tab.open(artist, of=site.sqid(artist))
    await expect(tab.page.get_by_role("alert")).to_contain_text("Something is odd.")
    await tab.page.unroute("**/api/pmd/posts?*")
    await tab.page.route("**/api/pmd/posts?*cursor=*", refuse)
    await tab.page.get_by_role("button", name="Try again").click()
    await tab.click_row(1)
    await tab.has_selected(1)
    await expect(tab.page.get_by_role("alert")).to_contain_text("Only 64 posts have been loaded so far.")
    await tab.page.unroute("**/api/pmd/posts?*cursor=*")
    await tab.page.get_by_role("button", name="Try again").click()
    await tab.sees_posts(600)
    await tab.has_selected(1)


async def test_sorting_shows_its_arrow_and_is_remembered(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 30)
    await tab.open(artist, of=site.sqid(artist), posts=30)
    title = tab.grid.get_by_role("columnheader", name="Title")
    await title.get_by_role("button").click()
    await expect(title).to_have_attribute("aria-sort", "ascending")
    await expect(tab.row_at(2)).to_contain_text("Artwork 2")  # numbers in titles are numbers: not “Artwork 10”
    await title.get_by_role("button").click()
    await expect(title).to_have_attribute("aria-sort", "descending")
    await expect(tab.row_at(1)).to_contain_text("Artwork 30")
    for name in ("Date", "Picture", "Comments", "Views", "Licence", "Reactions"):
        header = tab.grid.get_by_role("columnheader", name=name)
        await header.get_by_role("button").click()
        await expect(header).to_have_attribute("aria-sort", re.compile("ending"))
    await expect(tab.page).to_have_url(re.compile("sort=.*reactions"))
    await tab.page.reload()
    await expect(tab.grid.get_by_role("columnheader", name="Reactions")).to_have_attribute("aria-sort", "descending")


async def test_filters_combine_and_count_what_they_leave_of_a_selection(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 200)
    await tab.open(artist, of=site.sqid(artist), posts=200)
    await tab.page.keyboard.press("/")
    await tab.page.keyboard.type("LIGHThouse")
    await tab.sees_posts(20)
    await tab.filters_by("Hashtag", "sea")
    await tab.sees_posts(10)
    await tab.filters_by("Format", "gif")
    await tab.shows("Hidden")
    await expect(tab.page.get_by_text("No posts match “LIGHThouse”")).to_be_visible()
    await tab.page.get_by_role("button", name="Clear the search").click()
    await tab.sees_posts(200)
    await tab.selects_all()
    await tab.has_selected(200)
    await tab.page.get_by_label("Filter by text").fill("lighthouse")
    await expect(tab.selection).to_contain_text("180 outside the filter")
    await tab.has_selected(200)
    await tab.act("Delete")
    await expect(tab.dialog).to_contain_text("Delete 200 posts?")
    await expect(tab.dialog).to_contain_text("180 of them are outside the current filter.")


async def test_all_none_or_a_range_is_selected_and_a_dropped_one_restored(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 300)
    await tab.open(artist, of=site.sqid(artist), posts=300)
    await tab.click_row(1)
    await tab.has_selected(1)
    await tab.selection.get_by_role("button", name="Select all 300").click()
    await tab.has_selected(300)
    await tab.grid.focus()
    await tab.page.keyboard.press("Escape")
    await tab.has_selected(0)
    await tab.toasts.get_by_role("button", name="Select again").click()
    await tab.has_selected(300)
    await tab.selection.get_by_role("button", name="Clear selection").click()
    await tab.has_selected(0)
    box = tab.page.get_by_role("checkbox", name="Select all posts that are shown")
    await box.click()
    await tab.has_selected(300)
    await tab.click_row(1)
    await expect(box).to_have_attribute("aria-checked", "mixed")
    await tab.selection.get_by_role("button", name="Clear selection").click()
    await tab.has_selected(0)
    await tab.grid.get_by_role("columnheader", name="Title").get_by_role("button").click()
    await expect(tab.row_at(1).get_by_text("Artwork 1", exact=True)).to_be_visible()
    await tab.click_row(11)
    await tab.scroll_to(260)
    await tab.click_row(260, modifiers=["Shift"])
    await tab.has_selected(250)
    await tab.click_row(262, modifiers=["Shift"])  # the range's end moves
    await tab.has_selected(252)
    await tab.act("Hide")
    await tab.hears("252 posts hidden")
    hidden = await site.pool.fetch("SELECT id FROM posts WHERE hidden_by_user ORDER BY id")
    assert [row["id"] for row in hidden] == posts[10:262]


async def test_everything_can_be_done_by_keyboard(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 300)
    await tab.open(artist, of=site.sqid(artist), posts=300)
    press = tab.page.keyboard.press
    await tab.grid.focus()
    await press("ArrowDown")
    await press("x")
    await press("Shift+ArrowDown")
    await press("Shift+j")
    await tab.has_selected(3)
    await press("End")
    await expect(tab.row_at(300)).to_be_visible()
    await expect(tab.grid).to_have_attribute("aria-activedescendant", str(await tab.row_at(300).get_attribute("id")))
    await press("Shift+Space")
    await tab.has_selected(300)
    await press("Escape")
    await tab.has_selected(0)
    await press("Control+a")
    await tab.has_selected(300)
    await press("Delete")
    await expect(tab.dialog).to_contain_text("Delete 300 posts?")
    await tab.escapes()
    await expect(tab.grid).to_be_focused()
    await press("?")
    await expect(tab.dialog).to_contain_text("Keyboard shortcuts")
    await tab.escapes()
    await press("Home")
    await press("Delete")  # still about the selection
    await tab.dialog.get_by_role("button", name="Delete 300 posts").press("Enter")
    changes = tab.page.get_by_role("region", name="Changes by filter").get_by_role("listitem")
    await expect(changes.first).to_contain_text("Waiting")
    await tab.hears_of(work_off, "300 posts deleted")
    await press("Escape")  # the tray
    await press("Control+z")
    await expect(changes.first).to_contain_text("Waiting")
    await tab.hears_of(work_off, "300 posts restored")
    await expect(tab.toasts.get_by_role("button", name="Undo")).to_have_count(0)  # undone it is
    await tab.sees_posts(300)


async def test_columns_keep_their_widths_and_the_selection_is_summed_up(site: Site, tab: Dashboard) -> None:
    tab.faults.provoke(404)  # an artwork that is no picture
    artist = await site.add_user()
    for number in (1, 2, 3):
        await site.add_post(artist, file_bytes=1000 * number, view_count=10 * number, hidden_by_user=number == 1)
    await tab.open(artist, of=site.sqid(artist), posts=3)
    await tab.page.get_by_role("button", name="Columns").click()
    await tab.page.get_by_role("checkbox", name="Views").uncheck()
    wider = tab.page.get_by_role("button", name="Make Title wider")
    await wider.click()
    await wider.click()
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.locator(":popover-open")).to_have_count(0)
    header = tab.grid.get_by_role("columnheader", name="Title")
    edge = await header.locator(".resize").bounding_box()
    assert edge is not None
    await tab.page.mouse.move(edge["x"] + 3, edge["y"] + 5)
    await tab.page.mouse.down()
    await tab.page.mouse.move(edge["x"] + 63, edge["y"] + 5, steps=4)
    await tab.page.mouse.up()
    await tab.page.reload()
    await tab.sees_posts(3)
    await expect(tab.grid.get_by_role("columnheader", name="Views")).to_have_count(0)
    # 260 + 2 × 20 + 60 pixels, as exactly as a mouse draws
    await expect(header).to_have_css("width", re.compile(r"^(35[89]|36[0-2])(\.\d+)?px$"))
    await tab.selects_all()
    await tab.page.get_by_role("button", name="Totals of the selection: 6.0 kB").click()
    for label, total in {"Views": "60", "Hidden": "1"}.items():
        fact = tab.page.locator(".facts div").filter(has=tab.page.get_by_text(label, exact=True))
        await expect(fact.locator("dd")).to_have_text(total)


async def test_animated_artworks_move_only_while_they_are_pointed_at(
    site: Site, open_tab: OpenTab, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    site.write("art/moving.gif", animation())
    # Of what is larger the first frame may lie further back in the file than the service looks.
    for title, size in (("Moving", 8), ("Unusually large", 1000)):
        columns = {"frame_count": 2, "width": size, "height": size, "art_url": "/vault/art/moving.gif"}
        await site.add_post(artist, data=None, title=title, **columns)
    async with open_tab(reduced_motion="no-preference") as tab:
        await tab.open(artist, of=site.sqid(artist), posts=2)
        for title, still, width in (("Moving", "img", "naturalWidth"), ("Unusually large", "canvas", "width")):
            with subtests.test(title):
                thumbnail = tab.row(title).locator(".cell-thumbnail .animated")
                moving = thumbnail.locator("img[src$='/art']")
                await expect(thumbnail.locator(still)).to_have_js_property(width, 8)
                await expect(moving).to_have_count(0)
                await thumbnail.hover()
                await expect(moving).to_have_js_property("naturalWidth", 8)
                await expect(thumbnail.locator(still).first).to_be_hidden()
    async with open_tab() as tab:
        await tab.open(artist, of=site.sqid(artist), posts=2)
        thumbnail = tab.row("Moving").locator(".cell-thumbnail .animated")
        await expect(thumbnail.locator("img")).to_have_js_property("naturalWidth", 8)
        await thumbnail.hover()
        await expect(thumbnail.locator("img")).to_have_count(1)


async def test_an_animation_is_fetched_whole_only_when_hovered(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    data = noise("GIF", frames=40)
    site.write("art/large.gif", data)
    columns = {"frame_count": 40, "file_bytes": len(data), "width": 64, "height": 64}
    await site.add_post(artist, data=None, title="Large", art_url="/vault/art/large.gif", **columns)
    async with open_tab(reduced_motion="no-preference") as tab:
        await tab.open(artist, of=site.sqid(artist), posts=1)
        await expect(tab.row("Large").locator("img")).to_have_js_property("naturalWidth", 64)
        (still,) = [request for request in tab.requests if "/art" in request.url]
        response = await still.response()
        assert response is not None
        assert len(await response.body()) < len(data) / 20
        await tab.row("Large").locator(".animated").hover()
        await expect(tab.row("Large").locator("img").last).to_have_attribute("src", re.compile("/art$"))


async def test_an_artist_without_posts_sees_an_empty_state(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await tab.open(artist, of=site.sqid(artist), posts=0)
    await expect(tab.page.get_by_role("heading", name="Bring your art here")).to_be_visible()
    await tab.page.get_by_role("button", name="Don’t show again").click()
    await expect(tab.page.get_by_text("Nothing posted yet")).to_be_visible()
    await expect(tab.page.get_by_role("link", name="Upload pictures")).to_be_visible()
    await tab.opens_downloads()
    await expect(tab.page.get_by_text("No downloads yet")).to_be_visible()
    await expect(tab.page.get_by_role("button", name="Download everything")).to_be_visible()  # the library's files
