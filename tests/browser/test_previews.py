"""Telephones' photos, project files, drawings, models and fonts: pictures on the page, not grey tiles."""

import re

from PIL import Image
from playwright.async_api import expect

from ..conftest import WorkOff
from ..media.drawing_files import PICTURE, Layer, clip, font, glb, kra, procreate, svg, xcf
from ..media.files import sprite
from ..media.heic_files import heic, place_exif
from ..site import Api, Site
from ..uploads.sender import Sender, announced
from .dashboard import Dashboard
from .library import open_page

PHOTO = Image.radial_gradient("L").resize((320, 240)).convert("RGB")
SHOWN = {
    "photo.heic": heic(PHOTO, exif=place_exif()),
    "wide.heic": heic(PHOTO, tiles=2),
    "boat.kra": kra(),
    "boat.procreate": procreate(),
    "boat.clip": clip(),
    "boat.xcf": xcf((64, 64), Layer(sprite(64))),
    "boat.glb": glb(PICTURE),
    "boat.svg": svg(),
    "Aileron.ttf": font(),
}
KEPT = {"empty.clip": clip("DELETE FROM CanvasPreview")}


async def test_what_artists_own_has_pictures_on_the_page(
    site: Site, api: Api, tab: Dashboard, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    sender, files = Sender(api, artist), SHOWN | KEPT
    upload = (await sender.announce(*(announced(name, data) for name, data in files.items()))).json
    for line in upload["files"]:
        assert (await sender.patch(line["url"], files[line["path"]])).status == 204
    await work_off()
    await open_page(tab, site, artist, "library")
    await tab.sees_pictures(len(SHOWN))
    tiles = tab.page.get_by_role("listbox").get_by_role("option")
    await expect(tiles).to_have_count(len(files))
    await expect(tiles.locator("img")).to_have_count(len(SHOWN))
    await tab.page.get_by_role("option", name="boat.svg").dblclick(position={"x": 60, "y": 60})
    await expect(tab.page.locator(".companion img")).to_be_visible()
    await expect(tab.page.locator(".companion")).to_contain_text("this is its preview")
    await tab.page.keyboard.press("Escape")
    await tab.page.get_by_role("option", name=re.compile("^empty")).dblclick(position={"x": 60, "y": 60})
    await expect(tab.page.locator(".companion")).to_contain_text("stored and packed, not shown")
    await tab.page.keyboard.press("Escape")
    await tab.page.get_by_role("option", name="photo.heic").dblclick(position={"x": 60, "y": 60})
    await expect(tab.page.locator(".stage-picture")).to_be_visible()
