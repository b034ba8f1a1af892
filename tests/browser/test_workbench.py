"""The workbench from end to end: what Aseprite has drawn, until somebody's engine has it."""

import re
import zipfile
from pathlib import Path

from playwright.async_api import expect

from ..conftest import WorkOff
from ..media import aseprite_files as ase
from ..site import Site
from .conftest import OpenTab
from .dashboard import Dashboard
from .library import open_page, select_all, selecting, tick
from .test_sharing import link_of
from .test_uploads_page import Uploads


async def cut(tab: Dashboard, work_off: WorkOff, by: str, made: str) -> None:
    """The sheet, by what Aseprite has named."""
    await selecting(tab, "Task").click()
    await tab.dialog.get_by_role("radio", name=re.compile("^Cut a sheet")).check()
    await tab.dialog.get_by_role("combobox", name=re.compile("^By")).select_option("grid")
    await tab.dialog.get_by_label("Width").fill("8")
    await tab.dialog.get_by_label("Height").fill("8")
    await expect(tab.dialog.locator("figcaption")).to_have_text("hero.aseprite: 4 cells of 8 × 8.")
    await tab.dialog.get_by_role("combobox", name=re.compile("^By")).select_option(by)
    await start(tab, work_off, "Start 1 task")
    await expect(tab.page.get_by_role("option", name=re.compile(f"^{made}"))).to_be_visible()


async def start(tab: Dashboard, work_off: WorkOff, button: str) -> None:
    async with tab.page.expect_response(lambda answer: answer.request.method == "POST"):
        await tab.answers(button)
    await work_off()


async def test_a_sheet_drawn_in_aseprite_goes_to_a_stranger_s_godot(
    site: Site, tab: Dashboard, open_tab: OpenTab, work_off: WorkOff, tmp_path: Path
) -> None:
    artist = await site.add_user("pixelfan")
    folder = tmp_path / "heroes"
    folder.mkdir()
    (folder / "hero.aseprite").write_bytes(ase.hero())
    uploads = Uploads(tab)
    await uploads.open(site, artist)
    await uploads.choose(folder)
    await uploads.start()
    await uploads.settle(1, work_off)

    await open_page(tab, site, artist, "library?folder=heroes&sort=name")
    await tick(tab, "hero.aseprite")
    await cut(tab, work_off, "tags", "hero walk")
    await cut(tab, work_off, "slices", "hero head")
    await tick(tab, "hero.aseprite", "hero walk", "hero head")
    await selecting(tab, "Task").click()
    await tab.dialog.get_by_role("radio", name=re.compile("^Make a sheet")).check()
    await tab.dialog.get_by_role("combobox", name=re.compile("^Data")).select_option("godot")
    await start(tab, work_off, "Start 2 tasks")
    await expect(tab.page.get_by_role("option", name=re.compile(r"^hero .* sheet\.tres"))).to_be_visible()

    await select_all(tab)
    await selecting(tab, "Approve").click()
    await tab.hears("approved.")
    await selecting(tab, "Pack").click()
    await tab.dialog.get_by_role("textbox", name="Name").fill("Heroes")
    await tab.answers("Create pack")
    async with tab.page.expect_response("**/packs/*/export*"):
        await tab.page.get_by_role("button", name="Build edition 1").click()
    await work_off()
    await tab.page.get_by_role("button", name="Share", exact=True).click()
    await tab.answers("Create link")
    address = await link_of(tab)

    async with open_tab(permissions=["clipboard-write"]) as stranger:
        await stranger.page.goto(address)
        await expect(stranger.page.get_by_role("img", name="hero walk.webp")).to_be_visible()
        await stranger.page.get_by_role("radio", name="Dark").check()
        await stranger.page.get_by_role("button", name="Copy the credit").click()
        await expect(stranger.page.get_by_role("button", name="Copied")).to_be_visible()
        async with stranger.page.expect_download() as taken:
            await stranger.page.get_by_role("link", name=re.compile("^Download")).click()
        await (await taken.value).save_as(tmp_path / "heroes.zip")
    with zipfile.ZipFile(tmp_path / "heroes.zip") as opened:
        names = opened.namelist()
        (resource,) = [name for name in names if name.endswith(".tres")]
        text = opened.read(resource).decode()
    (image,) = re.findall(r'path="([^"]+)" id="1"', text)
    assert resource.replace(Path(resource).name, image) in names, "the sheet lies beside what names it"
    assert re.findall(r'"name": &"([^"]+)"', text) == ["hero walk", "hero head"]
