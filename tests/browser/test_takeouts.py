"""Everything at once, in one file; and what a name is good for."""

import re
import zipfile
from pathlib import Path

from playwright.async_api import expect

from ..conftest import WorkOff
from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard


async def test_everything_is_taken_home_in_one_file_of_ones_own_name(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff, tmp_path: Path
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 300)
    await tab.open(artist, of=site.sqid(artist), posts=300)
    await tab.opens_downloads()
    await tab.page.get_by_role("button", name="Download everything").click()
    await expect(tab.dialog).to_contain_text("packs, drafts, series, comments, reactions, reports and settings in one")
    await expect(tab.dialog).to_contain_text(re.compile(r"300 posts · [\d.]+ kB"))
    await tab.dialog.get_by_label("Name").fill("All my seas")
    await tab.answers("Pack everything")
    await tab.hears("Everything is being packed.")
    await expect(tab.downloads).to_have_count(1)
    await expect(tab.downloads).to_contain_text("Waiting")
    button = tab.page.get_by_role("button", name="Download everything")
    await expect(button).to_be_disabled()
    await work_off()
    await expect(tab.downloads).to_contain_text("All my seas")
    await expect(tab.downloads).to_contain_text("300 files")
    async with tab.page.expect_download() as coming:
        await tab.downloads.get_by_role("link", name=re.compile("Download")).click()
    download = await coming.value
    assert download.suggested_filename == "All my seas.zip"
    await download.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert sum(name.startswith("posts/20") and name.endswith(".json") for name in archive.namelist()) == 300
    await expect(tab.page.get_by_text("8 of 8 left")).to_be_visible()
    await expect(button).to_be_disabled()
    await expect(tab.page.get_by_text(re.compile(r"Available again in \d+ (d|h|min|s)\b"))).to_be_visible()


async def test_everything_can_be_stopped_on_its_way(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 200)
    await tab.open(artist, of=site.sqid(artist), posts=200)
    await tab.opens_downloads()
    await tab.page.get_by_role("button", name="Download everything").click()
    await tab.answers("Pack everything")
    await tab.downloads.get_by_role("button", name=re.compile("Cancel")).click()
    await expect(tab.downloads).to_contain_text("Cancelled by you")
    await expect(tab.page.get_by_role("button", name="Download everything")).to_be_enabled()


async def test_a_download_has_its_name_and_selects_its_posts_again(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 10)
    await tab.open(artist, of=site.sqid(artist), posts=10)
    await tab.click_row(2)
    await tab.click_row(5, modifiers=["Shift"])
    await tab.act("Download")
    await tab.dialog.get_by_label("Name (optional)").fill("Four seas")
    await tab.answers("Request download")
    asked = tab.downloads.filter(has_text="Four seas")
    await expect(asked).to_contain_text("4 artworks")
    await expect(asked).to_be_visible()  # the answer opens the tray, and its event may come before it
    await site.pool.execute("UPDATE posts SET deleted_by_user = true WHERE id = $1", posts[-2])
    await tab.page.reload()
    await tab.sees_posts(9)
    await tab.selects_all()
    # A reload keeps the tray open.
    await tab.page.get_by_role("button", name="Select the posts of Four seas").click()
    await tab.hears("1 post of that download no longer exists.")
    await tab.has_selected(3)
    await tab.act("Hide")
    await tab.hears("3 posts hidden")
    hidden = await site.pool.fetch("SELECT id FROM posts WHERE hidden_by_user ORDER BY id")
    assert [row["id"] for row in hidden] == posts[5:8]
