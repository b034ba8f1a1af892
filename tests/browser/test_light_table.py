"""The light table: files are judged, looked at closely and compared, by keys and by hands."""

import asyncio
import io
import re
from typing import Any

from PIL import Image
from playwright.async_api import Route, expect

from ..site import Site
from .conftest import OpenTab
from .dashboard import Dashboard
from .library import become, open_page, states, tick
from .shelf import add_pictures


async def test_a_picture_that_is_taller_than_its_tile_is_seen_whole(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 2)
    await site.pool.execute("UPDATE asset SET width = 132, height = 188")
    tall = io.BytesIO()
    Image.new("RGB", (132, 188)).save(tall, "PNG")
    await tab.page.route("**/preview?*", lambda route: route.fulfill(body=tall.getvalue(), content_type="image/png"))
    await open_page(tab, site, artist, "library")
    await tab.page.get_by_role("listbox").focus()
    await tab.page.keyboard.press("Home")
    await tab.sees_pictures(2)
    for art in await tab.page.locator(".asset-art").all():
        outer, inner = await art.bounding_box(), await art.locator("img").bounding_box()
        assert outer
        assert inner
        assert inner["height"] <= outer["height"]
        assert inner["y"] >= outer["y"]
        assert abs(inner["width"] / inner["height"] - 132 / 188) < 0.01


async def test_a_comparison_is_the_same_after_a_reload(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 4)
    await open_page(tab, site, artist, "library")
    await tick(tab, "sprite 0", "sprite 2")
    await tab.page.keyboard.press("c")
    panes = tab.page.locator(".pane")
    await expect(panes).to_have_count(2)
    # And what "]" leads to: in the first pane the next file of the list that is not in the other one.
    for compared, following in (
        (("sprite 0.png", "sprite 2.png"), "2%2C3"),
        (("sprite 1.png", "sprite 2.png"), "4%2C3"),
    ):
        for pane, name in enumerate(compared):
            await expect(panes.nth(pane)).to_contain_text(name)
        await tab.page.reload()
        for pane, name in enumerate(compared):
            await expect(panes.nth(pane)).to_contain_text(name)
        await tab.page.keyboard.press("]")
        await expect(tab.page).to_have_url(re.compile(f"compare={following}"))
    await tab.page.keyboard.press("Escape")
    await expect(panes).to_have_count(0)
    assert "compare" not in tab.page.url


async def test_stars_and_labels_are_given_by_keys_and_taken_back(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 3)
    await open_page(tab, site, artist, "library")
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite"))).to_have_count(3)
    judged = "SELECT rating, label FROM asset WHERE name = 'sprite 0.png'"
    await tab.page.keyboard.press("j")
    for keys, reported, wanted in (
        ("4", "4 stars", (4, None)),
        ("8", "label 8", (4, 8)),
        ("8", "no label", (4, None)),
        ("zz", "Undone.", (4, None)),
        ("z", "Undone.", (0, None)),
    ):
        for key in keys:
            async with tab.page.expect_response("**/assets/edit*"):
                await tab.page.keyboard.press(key)
            await tab.hears(reported)
        row = await site.pool.fetchrow(judged)
        assert row is not None
        assert tuple(row) == wanted, keys
    await tab.page.get_by_label("Note").fill("Redraw it")
    async with tab.page.expect_response("**/assets/edit*"):
        await tab.page.get_by_role("listbox").focus()
    await tab.hears("1 file: note saved.")
    assert await site.pool.fetchval("SELECT note FROM asset WHERE name = 'sprite 0.png'") == "Redraw it"
    async with tab.page.expect_response("**/assets/edit*"):
        await tab.page.keyboard.press("z")
    await expect(tab.page.get_by_label("Note")).to_have_value("")


async def test_an_undo_that_could_not_be_sent_is_the_next_one_again(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 1)
    await open_page(tab, site, artist, "library")
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite"))).to_have_count(1)
    press = tab.page.keyboard.press
    await press("j")
    for stars in "45":
        await press(stars)
        await tab.hears(f"{stars} stars")
    tab.faults.provoke("ERR_INTERNET_DISCONNECTED")
    await tab.page.context.set_offline(True)
    await press("z")
    await tab.hears("Some changes could not be undone.")
    await tab.page.context.set_offline(False)
    async with tab.page.expect_response("**/assets/edit*"):
        await press("z")
    assert await site.pool.fetchval("SELECT rating FROM asset") == 4


async def test_a_note_is_undone_though_an_older_list_arrived_meanwhile(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 2)
    await open_page(tab, site, artist, "library")
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite"))).to_have_count(2)
    await tab.page.keyboard.press("j")
    await tab.page.keyboard.press("4")
    await tab.hears("4 stars")
    list_may_come, note_may_go = asyncio.Event(), asyncio.Event()

    async def hold_answer(route: Route) -> None:
        response = await route.fetch()
        await list_may_come.wait()
        await route.fulfill(response=response)

    async def hold_request(route: Route) -> None:
        await note_may_go.wait()
        await route.continue_()

    await site.pool.execute("UPDATE asset SET rating = 3 WHERE name = 'sprite 1.png'")
    await tab.page.route(re.compile(r"/api/pmd/assets\?"), hold_answer)
    await tab.page.keyboard.press("z")
    await tab.hears("Undone.")
    await tab.page.route("**/assets/edit*", hold_request)
    note = tab.page.get_by_label("Note")
    await note.fill("Redraw it")
    async with tab.page.expect_request("**/assets/edit*"):
        await tab.page.get_by_role("listbox").focus()
    list_may_come.set()
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite 1")).locator(".stars")).to_be_visible()
    await expect(note).to_have_value("Redraw it")
    note_may_go.set()
    await tab.hears("1 file: note saved.")
    async with tab.page.expect_response("**/assets/edit*"):
        await tab.page.keyboard.press("z")
    await expect(note).to_have_value("")
    assert await site.pool.fetchval("SELECT note FROM asset WHERE name = 'sprite 0.png'") is None


async def test_a_picture_is_viewed_1_to_1_and_others_pan_in_step(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 3)
    await open_page(tab, site, artist, "library")
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite"))).to_have_count(3)
    press = tab.page.keyboard.press
    await press("j")
    await press("Enter")
    stage = tab.page.locator(".stage")
    await expect(stage.locator("img")).to_be_visible()
    await press("=")
    await expect(stage).to_have_attribute("data-zoom", "1.0000")
    await press("+")
    await expect(stage).to_have_attribute("data-zoom", "2.0000")
    await press("Enter")
    await expect(stage).to_have_attribute("data-zoomed", "false")
    await press("Escape")
    await expect(stage).to_have_count(0)
    for key in ("Home", "x", "j", "x", "c"):
        await press(key)
    await expect(stage.locator("img")).to_have_count(2)
    await press("=")
    for pane in range(2):
        await expect(stage.nth(pane)).to_have_attribute("data-zoom", "1.0000")
    await press("Enter")  # the one with the cursor is kept
    await tab.hears("sprite 0.png kept, 1 file set aside")
    assert (await states(site))["sprite 0.png"] == "approved"
    assert (await states(site))["sprite 1.png"] == "set_aside"
    await press("z")
    await tab.hears("Undone")
    assert set((await states(site)).values()) == {"new"}


async def test_a_search_keeps_every_letter_and_the_viewer_the_selection(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 3)
    await open_page(tab, site, artist, "library")
    await tick(tab, "sprite 0", "sprite 2")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator(".stage")).to_be_visible()
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.locator(".selection-count")).to_contain_text("2 selected")

    search = tab.page.get_by_label("Search the library")
    await search.press_sequentially("nothing has this long a name")
    await expect(search).to_have_value("nothing has this long a name")
    clear = tab.page.get_by_role("button", name="Clear filters")
    box = await clear.bounding_box()
    assert box is not None
    assert box["height"] < 50, "not stretched"


async def test_hands_do_what_keys_do(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 4)
    async with open_tab(viewport={"width": 390, "height": 844}, has_touch=True) as tab:
        await tab.page.clock.install()
        await open_page(tab, site, artist, "library")
        await tab.page.get_by_role("option", name=re.compile("^sprite 3")).click(button="right")
        async with tab.page.expect_response("**/assets/action*"):
            await tab.page.get_by_role("menuitem", name="Set aside").click()
        async with tab.at_once():  # a finger that rests begins a range
            await tab.page.get_by_role("option", name=re.compile("^sprite 0")).locator(".asset-art").tap()
        stage = tab.page.locator(".stage")
        await expect(stage.locator("img")).to_be_visible()
        box = await stage.bounding_box()
        assert box is not None
        cdp = await tab.context.new_cdp_session(tab.page)
        middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}

        async def draw(*steps: list[tuple[float, float]]) -> None:
            """Fingers at these places from the middle, one step after the other, and off."""
            for number, fingers in enumerate([*steps, []]):
                kind = "touchEnd" if not fingers else "touchMove" if number else "touchStart"
                points = [{"x": middle["x"] + x, "y": middle["y"] + y, "id": n} for n, (x, y) in enumerate(fingers)]
                await cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        at = tab.page.locator(".viewer-at")
        await draw([(0, 0)], [(60, 0)])  # not a quarter of the width: it lets go
        await expect(at).to_have_text("1 of 4")
        await draw([(-60, 0)], [(0, 0)], [(80, 0)])
        await expect(at).to_have_text("2 of 4")
        await draw([(60, 0)], [(0, 0)], [(-80, 0)])
        await expect(at).to_have_text("3 of 4")

        fit = float(await stage.get_attribute("data-zoom") or 0)
        await draw([(-20, 0), (20, 0)], [(-40, 0), (40, 0)])
        await expect(stage).to_have_attribute("data-zoom", f"{2 * fit:.4f}")
        await draw([(-60, 0)], [(0, 0)], [(80, 0)])  # what is enlarged is moved, and not judged
        await expect(at).to_have_text("3 of 4")
    after = ["approved", "set_aside", "new", "set_aside"]
    await become(site, {f"sprite {number}.png": state for number, state in enumerate(after)})


async def test_folders_align_in_mixed_directions_and_escape_closes_them(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 2)
    for number, folder in enumerate(("maps", "תמונות")):
        path = "UPDATE asset SET original_path = $1 || '/' || name WHERE name = $2"
        await site.pool.execute(path, folder, f"sprite {number}.png")
    async with open_tab(viewport={"width": 390, "height": 844}) as tab:
        await open_page(tab, site, artist, "library")
        await tick(tab, "sprite 0")
        await tab.page.get_by_role("button", name="Folders and filters").click()
        folders = tab.page.get_by_role("treeitem")
        await expect(folders).to_have_count(2)
        places = await folders.evaluate_all(
            """all => all.map((each) => {
                const name = document.createRange();
                name.selectNodeContents(each.querySelector("bdi"));
                const { left, right } = name.getBoundingClientRect();
                const count = each.querySelector(".count").getBoundingClientRect();
                return [Math.round(left), right < count.left, Math.round(count.right)];
            })"""
        )
        assert places[0] == places[1]
        assert places[0][1]
        drawer = tab.page.get_by_role("complementary", name="Filters")
        ticked = tab.page.get_by_role("listbox").get_by_role("option", selected=True)
        await tab.page.keyboard.press("Escape")
        await expect(drawer).to_be_hidden()
        await expect(ticked).to_have_count(1)
        await tab.page.keyboard.press("Escape")
        await expect(ticked).to_have_count(0)


async def test_files_without_a_picture_show_an_icon_and_request_none(site: Site, tab: Dashboard) -> None:
    tab.faults.provoke(404)  # a preview that the service has lost
    artist = await site.add_user()
    (sprite,) = await add_pictures(site, artist, 1)
    of_it: dict[str, Any] = {"parent_asset_id": sprite, "approved": True}
    drawn = of_it | {"preview_path": "/vault/previews/x/y/128.webp"}
    level = await site.add_asset(artist, type="other", name="level.json", file_format="json", **of_it)
    tone = await site.add_asset(artist, type="audio", name="level.wav", file_format="wav", **drawn)
    large = await site.add_asset(artist, name="level.png", **drawn)
    packed = [{"asset_id": asset} for asset in (level, large)]
    body = {"name": "Dragons", "license_type": "royalty_free", "assets": packed}
    pack = (await tab.api.post("/api/pmd/packs", body, user=artist)).json
    for asset, of_pack, step in ((level, None, None), (large, None, "2 files were made."), (None, pack["id"], None)):
        await site.pool.execute(
            """INSERT INTO job (kind, asset_id, pack_id, user_id, requested_by, status, step, progress, completed_at)
               VALUES (CASE WHEN $2::int IS NULL THEN 'slice' ELSE 'export_pack' END, $1, $2, $3, $3, 'completed', $4,
                       100, now())""",
            asset,
            of_pack,
            artist,
            step,
        )

    async def shown(page: str) -> None:
        """As soon as the picture that can be had is asked for, so would be the others."""
        async with tab.page.expect_request(f"**/assets/{large}/preview?*"):
            await open_page(tab, site, artist, page)

    await shown(f"library?asset={sprite}")
    signs = tab.page.get_by_role("complementary", name="Details").locator(".versions li")
    await expect(signs).to_have_text([".jsonlevel.json", "level.wav", "level.png"])
    await shown("tasks")
    tasks = tab.page.get_by_role("list", name="Tasks")
    await expect(tasks.get_by_role("heading", name="Build pack Dragons")).to_be_visible()
    await expect(tasks.get_by_text("2 files were made.")).to_be_visible()
    await shown(f"packs?pack={pack['id']}")
    await expect(tab.page.get_by_role("listbox", name="Files of the pack").get_by_text(".json").first).to_be_visible()
    await tab.page.keyboard.press("Control+k")
    async with tab.page.expect_request(f"**/assets/{large}/preview?*"):
        await tab.page.get_by_role("combobox", name="Search or run a command").fill("level")
    asked = {request.url for request in tab.requests if "/preview?" in request.url}
    assert not [url for url in asked if re.search(rf"/assets/({level}|{tone})/", url)], asked
