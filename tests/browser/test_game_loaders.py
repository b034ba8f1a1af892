"""Sheets as we make them, and in the folders that a pack was exported with, loaded by a game's own loader."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from playwright.async_api import Browser, Route

from pmd_service.media.engines import packing
from pmd_service.media.messages import result_name

from .. import npm
from ..conftest import WorkOff
from ..media import aseprite_files as ase
from ..media.companion_files import FRAME
from ..media.files import image_bytes, sprite
from ..media.workbench import run
from ..packs import loaders
from ..packs.conftest import Artist
from ..packs.exports import export
from ..packs.test_packs import make
from ..site import Api, Site

SHEET = {"size": {"w": 32, "h": 32}, "scale": 1}
TEXTURES = [
    {"image": f"boats-{number}.png", **SHEET, "frames": [FRAME | {"filename": f"boat {number}"}]} for number in (0, 1)
]
GAME = {
    "game/sheets/boats.json": json.dumps({"textures": TEXTURES}).encode(),
    "game/sheets/boats-0.png": image_bytes(sprite(32), "PNG"),
    "game/sheets/boats-1.png": image_bytes(sprite(32, shift=3), "PNG"),
    "game/ui/hero.json": json.dumps({"frames": {"stand": FRAME}, "meta": {"image": "hero.png", **SHEET}}).encode(),
    "game/ui/hero.png": image_bytes(sprite(32, shift=5), "PNG"),
}
PAGE = """<script src="/phaser.js"></script><script>
new Phaser.Game({
  type: Phaser.HEADLESS, audio: { noAudio: true }, banner: false,
  scene: {
    preload() {
      this.failed = [];
      this.load.on("loaderror", (file) => this.failed.push(file.src));
      %s
    },
    create() {
      const names = (key) => this.textures.get(key).getFrameNames().sort();
      window.loaded = { failed: this.failed, %s };
    },
  },
});
</script>"""
PACKED = PAGE % (
    """this.load.multiatlas("boats", "/pack/sheets/boats.json", "/pack/sheets");
      this.load.atlas("hero", "/pack/ui/hero.png", "/pack/ui/hero.json");""",
    """boats: names("boats"), hero: names("hero")""",
)
MADE = PAGE % (
    """this.load.multiatlas("made", "/pack/made.json", "/pack");""",
    """names: names("made"), frames: names("made").map((name) => {
        const { sourceIndex, cutX, cutY, cutWidth, width, pivotX, pivotY, scale9, data } =
          this.textures.getFrame("made", name);
        const { x, y, w, h } = data.scale9Borders;
        return { page: sourceIndex, at: [cutX, cutY, cutWidth], width, pivot: [pivotX, pivotY],
                 borders: scale9 ? [x, y, w, h] : null };
      })""",
)


async def loaded(browser: Browser, page_text: str, files: Mapping[str, bytes]) -> Any:
    """What the page has loaded by Phaser from these files."""
    phaser = npm.installed(Path(loaders.__file__).parent) / "phaser" / "dist" / "phaser.min.js"

    async def answer(route: Route) -> None:
        path = route.request.url.partition("://game/")[2]
        if path in ("", "phaser.js"):
            await route.fulfill(
                body=page_text if path == "" else phaser.read_text(),
                content_type="text/html" if path == "" else "text/javascript",
            )
        elif (data := files.get(unquote(path.removeprefix("pack/")))) is not None:
            await route.fulfill(body=data)
        else:
            await route.fulfill(status=404)

    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.route("**/*", answer)
        await page.goto("http://game/")
        return await (await page.wait_for_function("window.loaded")).json_value()
    finally:
        await context.close()


async def test_phaser_loads_the_sheets_of_an_exported_pack(
    api: Api, site: Site, work_off: WorkOff, browser: Browser
) -> None:
    artist = Artist(site, await site.add_user("pixelfan"))
    ids = []
    for path, data in GAME.items():
        name, ending = path.rpartition("/")[2], path.rpartition(".")[2]
        kind = {"file_format": ending, "type": "image" if ending == "png" else "other", "original_path": path}
        ids.append(await artist.add(name, data, **kind))
    details = await export(api, artist, await make(api, artist, ids), work_off)
    archive = await api.get(details["download_url"], user=artist.user)
    with zipfile.ZipFile(io.BytesIO(archive.body)) as opened:
        packed = {name.partition("/assets/")[2]: opened.read(name) for name in opened.namelist() if "/assets/" in name}
    found = await loaded(browser, PACKED, packed)
    assert found == {"failed": [], "boats": ["boat 0", "boat 1"], "hero": ["stand"]}


async def test_phaser_finds_every_frame_on_our_pages(browser: Browser, tmp_path: Path) -> None:
    size, drawn = (40, 40), (30, 30)
    first = [ase.layer("body"), ase.slices("patch", (0, 5, 5, 30, 30), centre=(8, 6, 10, 12), pivot=(15, 35))]
    cels = [[ase.cel(0, ase.flat((50 * shift, 0, 0, 255), drawn), drawn, x=5, y=5)] for shift in (1, 2, 3)]
    (tmp_path / "button.aseprite").write_bytes(ase.sprite(size, [*first, *cels[0]], *cels[1:]))
    (folder := tmp_path / "made").mkdir()
    made = run(packing, folder, tmp_path / "button.aseprite", data="phaser", max_side=64, extrude=1)
    files = {
        "made.json" if piece.name.endswith(".json") else result_name("button.aseprite", piece.label, ".png"): (
            folder / piece.name
        ).read_bytes()
        for piece in made.files
    }
    found = await loaded(browser, MADE, files)
    assert (found["failed"], found["names"]) == ([], [f"button {number}.png" for number in range(3)])
    for number, frame in enumerate(found["frames"]):
        assert (frame["page"], frame["at"], frame["width"]) == (number, [1, 1, 40], 40)
        assert (frame["pivot"], frame["borders"]) == ([0.5, 1], [13, 11, 10, 12])
