"""A pack in the folders that it was exported with, loaded by a game's own loader."""

import io
import json
import zipfile
from pathlib import Path

from playwright.async_api import Browser, Route

from .. import npm
from ..conftest import WorkOff
from ..media.companion_files import FRAME
from ..media.files import image_bytes, sprite
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
      this.load.multiatlas("boats", "/pack/sheets/boats.json", "/pack/sheets");
      this.load.atlas("hero", "/pack/ui/hero.png", "/pack/ui/hero.json");
    },
    create() {
      const names = (key) => this.textures.get(key).getFrameNames().sort();
      window.loaded = { failed: this.failed, boats: names("boats"), hero: names("hero") };
    },
  },
});
</script>"""


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
    phaser = npm.installed(Path(loaders.__file__).parent) / "phaser" / "dist" / "phaser.min.js"

    async def answer(route: Route) -> None:
        path = route.request.url.partition("://game/")[2]
        if path in ("", "phaser.js"):
            await route.fulfill(
                body=PAGE if path == "" else phaser.read_text(),
                content_type="text/html" if path == "" else "text/javascript",
            )
        elif (data := packed.get(path.removeprefix("pack/"))) is not None:
            await route.fulfill(body=data)
        else:
            await route.fulfill(status=404)

    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.route("**/*", answer)
        await page.goto("http://game/")
        loaded = await (await page.wait_for_function("window.loaded")).json_value()
    finally:
        await context.close()
    assert loaded == {"failed": [], "boats": ["boat 0", "boat 1"], "hero": ["stand"]}
