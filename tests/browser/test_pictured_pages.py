"""Packs, uploads and tasks as pictures: covers, folders, sheets, before and after."""

import json
import re
from pathlib import Path

from PIL import Image
from playwright.async_api import expect

from ..conftest import WorkOff
from ..site import Api, Site
from .axe import violations
from .conftest import OpenTab
from .dashboard import Dashboard
from .library import open_page, selecting, tick
from .mixed_folder import pictures_in
from .shelf import add_pictures
from .test_uploads_page import Uploads


async def add_pack(site: Site, api: Api, artist: int, name: str, files: list[int]) -> int:
    await site.pool.execute("UPDATE asset SET approved = true WHERE id = ANY ($1)", files)
    body = {"name": name, "license_type": "royalty_free", "assets": [{"asset_id": file} for file in files]}
    pack: int = (await api.post("/api/pmd/packs", body, user=artist)).json["id"]
    return pack


async def test_a_cover_is_chosen_by_keys_and_stands_on_the_shelf(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    files = await add_pictures(site, artist, 5)
    await add_pack(site, tab.api, artist, "Dragons", files)
    await add_pack(site, tab.api, artist, "Goblins", files[:2])
    await open_page(tab, site, artist, "packs")
    card = tab.page.get_by_role("listitem").filter(has_text="Dragons")
    await expect(card.locator(".cover img")).to_have_count(4)
    await tab.page.get_by_role("link", name="Goblins", exact=True).focus()
    await tab.page.keyboard.press("ArrowRight")
    await expect(tab.page.get_by_role("link", name="Dragons", exact=True)).to_be_focused()
    await tab.page.keyboard.press("i")
    await tab.dialog.get_by_role("radio", name="sprite 3.png").check()
    place = tab.dialog.get_by_role("group", name="sprite 3.png")
    art = place.locator("img")
    before = await art.get_attribute("style")
    await place.press("ArrowRight")
    await expect(art).not_to_have_attribute("style", before or "")
    await tab.dialog.get_by_role("radio", name="Dark").check()
    assert await violations(tab.page) == []
    await tab.answers("Use as cover")
    await expect(card.locator(".cover img")).to_have_count(1)
    saved = json.loads(json.dumps(await site.pool.fetchval("SELECT cover FROM pack WHERE name = 'Dragons'")))
    assert (saved["asset_id"], saved["mat"]) == (files[3], "dark")
    assert saved["x"] > 0.5
    await tab.page.get_by_role("button", name="List", exact=True).click()
    await tab.page.get_by_role("link", name="Dragons", exact=True).focus()
    await tab.page.keyboard.press("ArrowDown")  # one below another
    await expect(tab.page.get_by_role("link", name="Goblins", exact=True)).to_be_focused()
    await expect(card.locator(".cover img")).to_have_count(1)
    assert await violations(tab.page) == []
    await card.get_by_role("link", name="Dragons", exact=True).click()
    await expect(tab.page).to_have_url(re.compile("look=list"))
    offered = tab.page.get_by_role("group", name="Use as cover").get_by_role("button")
    await expect(offered.and_(tab.page.locator("[aria-pressed=true]"))).to_have_accessible_name("sprite 3.png")
    await offered.first.click()
    await expect(offered.first).to_have_attribute("aria-pressed", "true")
    assert (await site.pool.fetchval("SELECT cover FROM pack WHERE name = 'Dragons'"))["asset_id"] == files[0]


async def test_a_pack_is_built_shown_and_taken_off_by_its_menu(site: Site, tab: Dashboard, work_off: WorkOff) -> None:
    artist = await site.add_user()
    await add_pack(site, tab.api, artist, "Dragons", await add_pictures(site, artist, 2))
    await open_page(tab, site, artist, "packs")
    await tab.page.get_by_role("link", name="Dragons", exact=True).focus()
    state = tab.page.locator(".pack-state")
    async with tab.page.expect_response("**/packs/*/export*"):
        await tab.page.keyboard.press("Control+Enter")
    await expect(state).to_contain_text("Building edition 1")
    await work_off()
    await expect(state).to_contain_text("only you see it")
    await tab.page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text } }")
    await tab.page.keyboard.press("c")
    await tab.hears("Link copied.")
    await expect(state).to_contain_text("only with a link")
    link = await tab.page.evaluate("window.copied")
    await tab.page.keyboard.press("c")  # the same one, not another
    await expect(tab.page.locator(".toast").filter(has_text="Link copied.")).to_have_count(1)
    assert await tab.page.evaluate("window.copied") == link
    await tab.page.keyboard.press("m")
    await tab.page.get_by_role("menuitem", name="Take off the site").click()
    await tab.hears("1 link to “Dragons” no longer works.")
    await expect(state).to_contain_text("only you see it")


async def test_files_move_between_folders_of_a_pack(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    files = await add_pictures(site, artist, 3)
    for file, folder in zip(files, ("heroes", "heroes", "tiles"), strict=True):
        await site.pool.execute(
            "UPDATE asset SET original_path = 'arcade/' || $2 || '/' || name WHERE id = $1", file, folder
        )
    pack = await add_pack(site, tab.api, artist, "Dragons", files)
    await open_page(tab, site, artist, f"packs?pack={pack}")
    tree = tab.page.get_by_role("tree", name="Folders of the pack").get_by_role("treeitem")
    await expect(tree).to_have_text(["heroes2", "tiles1"])
    tiles = tab.page.get_by_role("listbox", name="Files of the pack")
    await tiles.get_by_role("option", name="sprite 1.png").click()
    await tab.page.keyboard.press("m")
    await tab.page.get_by_role("menuitem", name="Move to folder…").click()
    await tab.dialog.get_by_label("Folder in the pack").fill("a/../b")
    await expect(tab.dialog.get_by_role("button", name="Move")).to_be_disabled()
    await tab.dialog.get_by_label("Folder in the pack").fill("tiles/deep")
    async with tab.page.expect_response("**/packs/*/assets*"):
        await tab.answers("Move")
    await expect(tree).to_have_text(["heroes1", "tiles2", "deep1"])
    rows = await site.pool.fetch("SELECT asset_id, path FROM pack_asset ORDER BY order_index")
    assert [tuple(row) for row in rows] == [(files[0], None), (files[1], "tiles/deep/sprite 1.png"), (files[2], None)]

    async with tab.page.expect_response("**/packs/*/assets*"):
        await tree.filter(has_text="tiles").locator(".tick-box").click()
    # What is left has all of its folder in common.
    await expect(tree).to_have_text(["Top folder1", "tiles0 of 2", "deep0 of 1"])
    assert await site.pool.fetchval("SELECT count(*) FROM pack_asset") == 1
    async with tab.page.expect_response("**/packs/*/assets*"):
        await tree.filter(has_text="tiles").locator(".tick-box").click()
    await expect(tree).to_have_text(["heroes1", "tiles2", "deep1"])
    rows = await site.pool.fetch("SELECT path FROM pack_asset WHERE asset_id = $1", files[1])
    assert [row["path"] for row in rows] == ["tiles/deep/sprite 1.png"], "it is back where it was"


async def test_a_visitor_chooses_a_theme_and_a_key_leaves_the_address(
    site: Site, api: Api, open_tab: OpenTab, work_off: WorkOff
) -> None:
    artist = await site.add_user("pixelfan")
    pack = await add_pack(site, api, artist, "Dragons", await add_pictures(site, artist, 3))
    await api.post(f"/api/pmd/packs/{pack}/export", {}, user=artist)
    await work_off()
    link = (await api.post(f"/api/pmd/packs/{pack}/links", {}, user=artist)).json["url"]
    address = link.removeprefix("https://makapix.club")
    async with open_tab(color_scheme="light", permissions=["clipboard-write"]) as stranger:
        await stranger.page.goto(f"{address}?key=left-over")
        await expect(stranger.page).to_have_url(re.compile(re.escape(address) + "$"))
        assert await stranger.page.get_by_role("link", name="pixelfan").get_attribute("href") == (
            f"https://makapix.club/u/{site.sqid(artist)}"
        )
        ground = "getComputedStyle(document.body).backgroundColor"
        light = await stranger.page.evaluate(ground)
        await stranger.page.get_by_role("button", name="Use the dark theme").click()
        dark = await stranger.page.evaluate(ground)
        assert dark != light
        await stranger.page.get_by_role("button", name="Copy link").click()
        await expect(stranger.page.get_by_role("button", name="Copied")).to_be_visible()
        await stranger.page.reload()
        assert await stranger.page.evaluate(ground) == dark
        await expect(stranger.page.get_by_role("button", name="Use the light theme")).to_be_visible()


async def test_an_upload_is_a_sheet_that_fills(site: Site, tab: Dashboard, tmp_path: Path, work_off: WorkOff) -> None:
    artist = await site.add_user()
    uploads = Uploads(tab)
    folder = pictures_in(tmp_path / "autumn", 4)
    (folder / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    (folder / "notes.txt").write_text("A note.")
    (folder / ".DS_Store").write_bytes(b"system")
    await uploads.open(site, artist)
    await uploads.choose(folder)
    await uploads.start()
    cells = uploads.report.get_by_role("option")
    await expect(cells).to_have_count(7)
    await uploads.settle(7, work_off)
    states = uploads.report.locator(".sheet-cell")
    for state, count in {"here": 5, "change": 1, "none": 1}.items():
        await expect(states.and_(uploads.report.locator(f"[data-state={state}]"))).to_have_count(count)
    await expect(uploads.report.locator("[data-fresh=true]")).to_have_count(5)
    await expect(uploads.report.get_by_role("option", name="notes.txt")).to_have_text(".txt")
    # The report is in sight: no toast says the same.
    await expect(tab.toasts).to_have_count(0)
    await uploads.report.get_by_role("listbox").focus()
    for key in ("Home", "j"):
        await tab.page.keyboard.press(key)
    await expect(uploads.report.locator("[aria-selected=true]")).to_have_count(1)
    await uploads.report.get_by_role("option", name="0.png").click()
    await expect(tab.page).to_have_url(re.compile(r"/library\?asset=\d+"))


async def test_a_result_is_shown_beside_its_original_and_kept(site: Site, tab: Dashboard, work_off: WorkOff) -> None:
    artist = await site.add_user()
    (file,) = await add_pictures(site, artist, 1)
    task = {"kind": "upscale", "asset_ids": [file], "params": {"factor": 4}}
    await tab.api.post("/api/pmd/jobs", task, user=artist)
    await work_off()
    await open_page(tab, site, artist, "tasks")
    row = tab.page.get_by_role("list", name="Tasks").get_by_role("listitem")
    await expect(row).to_contain_text("×4, 64 × 64 pixels")
    await expect(row.locator(".task-art img")).to_have_count(2)
    await expect(row).to_contain_text("To look at")
    await expect(row.locator(".primary")).to_have_count(0)
    await tab.page.keyboard.press("j")
    await expect(row).to_be_focused()
    await expect(row.locator(".primary")).to_contain_text("Keep")
    await tab.page.keyboard.press("Enter")
    await expect(row).to_contain_text("Kept")
    await tab.page.get_by_role("searchbox", name="Search tasks").fill("sprite enlarge")
    await tab.page.get_by_role("button", name=re.compile("^Kept ?1$")).click()
    await expect(row).to_have_count(1)
    await tab.page.get_by_role("button", name=re.compile("^Needs you ?0$")).click()
    await expect(tab.page.get_by_text("No task is like that.")).to_be_visible()
    await tab.page.get_by_role("button", name=re.compile("^All ?1$")).click()
    await tab.api.post("/api/pmd/jobs", task, user=artist)
    await expect(row.first).to_contain_text("Stop")
    await row.first.focus()
    await tab.page.keyboard.press("Enter")  # which stops nothing
    await expect(row.first).to_be_focused()
    assert await site.pool.fetchval("SELECT count(*) FROM job WHERE status = 'pending'") == 1
    assert await site.pool.fetchval("SELECT state FROM asset WHERE parent_asset_id = $1", file) == "approved"


async def test_only_a_task_that_may_succeed_is_offered_again(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    files = await add_pictures(site, artist, 4)
    ends = [("failed", "broken"), ("failed", "gave_up"), ("failed", "allowance"), ("cancelled", None)]
    for file, (status, code) in zip(files, ends, strict=True):
        task = {"kind": "upscale", "asset_ids": [file], "params": {"factor": 4}}
        await tab.api.post("/api/pmd/jobs", task, user=artist)
        await site.pool.execute("DELETE FROM work")
        end = (
            "UPDATE job SET status = $2, error_code = $3, error_message = $4, completed_at = now() WHERE asset_id = $1"
        )
        await site.pool.execute(end, file, status, code, code and "No.")
    await open_page(tab, site, artist, "tasks")
    rows = tab.page.get_by_role("list", name="Tasks").get_by_role("listitem")
    await expect(rows).to_have_count(4)
    again = tab.page.get_by_role("button", name=re.compile("^Try again"))
    await expect(again).to_have_count(3)
    await expect(rows.filter(has=again).filter(has_text="sprite 0")).to_have_count(0)  # its file was refused


async def test_a_sheet_shows_what_it_would_be_cut_into(site: Site, tab: Dashboard, tmp_path: Path) -> None:
    artist = await site.add_user()
    (file,) = await add_pictures(site, artist, 1)
    path = tmp_path / "sheet.png"
    Image.new("RGBA", (64, 64), "red").save(path)
    key = await site.pool.fetchval("SELECT substr(path, 8) FROM asset WHERE id = $1", file)
    await site.stored.put(key, path.read_bytes())
    await site.pool.execute("UPDATE asset SET width = 64, height = 64")
    await open_page(tab, site, artist, "library")
    await tick(tab, "sprite 0")
    await selecting(tab, "Task").click()
    await tab.dialog.get_by_role("radio", name=re.compile("^Cut a sheet")).check()
    await tab.dialog.get_by_role("combobox", name=re.compile("^By")).select_option("grid")
    await expect(tab.dialog.get_by_text("makes 16 files.")).to_be_visible()
    shown = tab.dialog.get_by_role("list", name="The first of them").get_by_role("listitem")
    await expect(shown).to_have_count(13)
    await expect(shown.last).to_have_text("4 more")
    await tab.dialog.get_by_label("Width").fill("2")
    await tab.dialog.get_by_label("Height").fill("2")
    await expect(tab.dialog.get_by_text("this would make 1,024 files")).to_be_visible()
    assert await site.pool.fetchval("SELECT count(*) FROM job") == 0
