"""Files of the library that become posts, and bulk edits of their metadata."""

import io
import re
from typing import Any

from PIL import Image
from playwright.async_api import expect

from pmd_service.assets.reports import NewReport, add_reports

from ..conftest import WorkOff
from ..site import Site
from .dashboard import Dashboard
from .library import more, open_page, select_all, selecting, tick
from .shelf import add_pictures
from .test_downloads import add_bdr


async def _posts(site: Site) -> int:
    count: int = await site.pool.fetchval("SELECT count(*) FROM posts")
    return count


def _encoded(form: str, width: int, height: int) -> bytes:
    data = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(data, form)
    return data.getvalue()


async def test_metadata_is_listed_before_publishing_and_stripped_or_kept(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    assets = await add_pictures(site, artist, 3)
    async with site.pool.acquire() as connection:
        record: dict[str, Any] = {"file_name": "a", "hash": "0" * 64, "facts": {"gps": True}}
        await add_reports(connection, [NewReport(user_id=artist, asset_id=assets[1], outcome="added", **record)])
    await open_page(tab, site, artist, "library")
    await select_all(tab)
    await more(tab, "Publish")
    words = "1 of these 3 files discloses where it was made."
    await tab.dialog.get_by_text(words).click()
    items = tab.dialog.get_by_role("list", name=words).get_by_role("listitem")
    await expect(items).to_have_text(["sprite 1.png"])
    await expect(tab.dialog.get_by_role("radio", name="Remove it")).to_be_checked()
    await tab.dialog.get_by_role("radio", name="Keep it").check()
    async with tab.page.expect_request("**/assets/publish*") as asked:
        await tab.answers("Publish 3 files")
    body = (await asked.value).post_data_json
    assert body is not None
    assert body["marks"] == "keep"
    await tab.hears("3 files were published.")


async def test_40_files_are_published_as_posts_after_problems_are_listed(
    site: Site, tab: Dashboard, work_off: WorkOff
) -> None:
    tab.faults.provoke(404)  # a sound without a waveform
    artist = await site.add_user()
    await site.add_asset(artist, b"RIFF", name="song.wav", type="audio", file_format="wav", mime_type="audio/wav")
    for number in range(2):
        scan = _encoded("TIFF", 64 + number, 32)
        await site.add_asset(artist, scan, name=f"scan {number}.tiff", file_format="tiff", mime_type="image/tiff")
    large = _encoded("PNG", 600, 300)
    await site.add_asset(artist, large, name="large.png", width=600, height=300, frame_count=1)
    await add_pictures(site, artist, 40)
    await open_page(tab, site, artist, "library")
    await select_all(tab)
    await more(tab, "Publish")
    await expect(tab.dialog).to_contain_text("40 files meet Makapix Club’s rules")
    left_out = tab.dialog.get_by_role("list", name="Files that do not meet the rules").get_by_role("listitem")
    await expect(left_out).to_have_count(4)
    await expect(left_out.filter(has_text="song.wav")).to_contain_text("Only images can be posts.")
    await expect(left_out.filter(has_text="scan 0.tiff")).to_contain_text("This is TIFF.")
    await expect(left_out.filter(has_text="large.png")).to_contain_text("up to 256 × 256 pixels")
    await expect(tab.dialog.get_by_role("button", name="Export 2 files: convert to PNG")).to_be_visible()
    assert await _posts(site) == 0

    await tab.answers("Publish 40 files")
    await tab.hears("40 files were published.")
    assert await _posts(site) == 40
    await expect(tab.page.get_by_role("option", name=re.compile("^sprite 0"))).to_be_visible()
    await tab.toasts.get_by_role("button", name="Posts").click()
    await tab.sees_posts(40)
    thumbnail = tab.page.get_by_role("grid").get_by_role("row").nth(2).locator("img").first
    await expect(thumbnail).to_have_js_property("naturalWidth", 16)
    await tab.page.go_back()
    await select_all(tab)
    await more(tab, "Publish")
    await expect(tab.dialog).to_contain_text("40 are already posts")

    await tab.dialog.get_by_role("button", name="Export 1 file: scale down to 256 × 128").click()
    await expect(tab.dialog.get_by_role("radio", name=re.compile("^Export"))).to_be_checked()
    await expect(tab.dialog.get_by_label("Longest side")).to_have_value("256")
    await expect(tab.dialog.get_by_role("figure")).to_contain_text(re.compile("about .* instead of"))
    await tab.answers("Start 1 task")
    await tab.hears("Export: 1 task started.")
    await work_off()
    row = await site.pool.fetchrow("SELECT width, height FROM asset WHERE parent_asset_id IS NOT NULL")
    assert row is not None
    assert (row["width"], row["height"]) == (256, 128)


async def test_a_bulk_edit_of_files_is_undone_to_each_files_own_values(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    ids = await add_pictures(site, artist, 150)
    await site.pool.execute("UPDATE asset SET hashtags = '{sea}', license_id = 1 WHERE id = ANY($1)", ids[:50])
    query = "SELECT name, theme, license_id, hashtags FROM asset ORDER BY id"
    before = await site.pool.fetch(query)
    await open_page(tab, site, artist, "library")
    await select_all(tab)
    await selecting(tab, "Edit").click()
    await expect(tab.dialog.get_by_label("Theme")).to_have_value("")  # they differ
    await tab.dialog.get_by_label("Licence").select_option("CC-BY-4.0")
    await tab.dialog.get_by_label("Add hashtags").fill("#sea, cloud")
    await tab.answers("Apply to 150 files")
    await tab.hears("150 files changed.")
    changed = await site.pool.fetch(query)
    assert {tuple(row["hashtags"]) for row in changed} == {("sea", "cloud")}
    assert len({row["license_id"] for row in changed}) == 1
    assert [row["theme"] for row in changed] == [row["theme"] for row in before]

    await tab.undo()
    await tab.hears("Undone.")
    assert await site.pool.fetch(query) == before


async def test_a_file_is_renamed_and_a_later_change_replaces_its_undo(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await add_pictures(site, artist, 2)
    await open_page(tab, site, artist, "library")
    await tick(tab, "sprite 1")
    await selecting(tab, "Edit").click()
    await tab.dialog.get_by_label("Name").fill("lighthouse.png")
    await tab.answers("Apply to 1 file")
    await expect(tab.page.get_by_role("option", name=re.compile("^lighthouse.png"))).to_be_visible()
    await selecting(tab, "Approve").click()
    await tab.hears("1 file approved.")
    await expect(tab.toasts.get_by_role("button", name="Undo")).to_have_count(1)
    await tab.undo()
    await tab.hears("Undone.")
    rows = await site.pool.fetch("SELECT name, state FROM asset ORDER BY id")
    assert [tuple(row) for row in rows] == [("sprite 0.png", "new"), ("lighthouse.png", "new")]
    await expect(tab.toasts.get_by_role("button", name="Undo")).to_have_count(0)


async def test_posts_become_a_pack_of_their_files_and_the_others_are_named(site: Site, tab: Dashboard) -> None:
    tab.faults.provoke(404)  # an artwork that is no picture
    artist = await site.add_user()
    ids = await add_pictures(site, artist, 3)
    posts = [await site.add_post(artist, title=f"Sprite {number}") for number in range(3)]
    for asset, post in zip(ids, posts, strict=True):
        await site.pool.execute("UPDATE asset SET post_id = $2, approved = true WHERE id = $1", asset, post)
    drawn = await site.add_post(artist, title="Drawn elsewhere")
    await add_bdr(site, artist, [posts[2], drawn, posts[0]], name="Sprites")
    await tab.open(artist, of=site.sqid(artist), posts=4)
    await tab.grid.focus()
    await tab.page.keyboard.press("Control+a")
    await tab.page.keyboard.press("m")
    await tab.page.get_by_role("menuitem", name="Pack 4 posts").click()
    await expect(tab.dialog).to_contain_text("New pack of 3 files")
    await expect(tab.dialog).to_contain_text("1 post is left out")
    await tab.page.keyboard.press("Escape")
    await tab.has_closed()
    await tab.page.keyboard.press("w")
    await tab.page.get_by_role("button", name="Make a pack of Sprites").click()
    await expect(tab.dialog).to_contain_text("New pack of 2 files")
    left_out = tab.dialog.get_by_role("list", name="Posts that are left out").get_by_role("listitem")
    await expect(left_out).to_have_text(["Drawn elsewhere It was not made from a file in your library."])
    await tab.dialog.get_by_role("textbox", name="Name").fill("From a download")
    await tab.answers("Create pack")
    files = tab.page.get_by_role("listbox", name="Files of the pack").get_by_role("option")
    await expect(files).to_have_count(2)
    await expect(files.nth(0)).to_contain_text("sprite 2.png")
    await expect(files.nth(1)).to_contain_text("sprite 0.png")
