"""The README's pictures and its film, taken of what ``pmd-admin run`` shows: ``make pictures``.

Each page is one picture: on the left as it is in light, on the right in dark. The film is a walk round the circle.
"""

import asyncio
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

from gallery.artworks import draw_artworks
from pmd_service.demo.stack import free_port
from tests.browser.chromium import find_chromium
from tests.browser.painted import await_pictures

IMAGES = Path("docs/images")
SCREEN, FILM = (1440, 900), (1120, 700)
READY_SECONDS, STEP_MILLISECONDS = 300, 60_000
# How long a picture of the film stands, in milliseconds; what moves in between is let settle.
SHOWN, SETTLES = 1400, 500
Scheme: TypeAlias = Literal["light", "dark"]
# By name: who looks at what, and what is there when all of it is.
PAGES = {
    "posts": ("pixelsmith", "posts", "main img"),
    "library": ("pixelsmith", "library", "main img"),
    "uploads": ("pixelsmith", "uploads", "text=Done, some left out"),
    "tasks": ("pixelsmith", "tasks", "main img"),
    "publish": ("pixelsmith", "publish", "main img"),
    "packs": ("pixelsmith", "packs", "text=First pack"),
    "takeout": ("pixelsmith", "settings?section=data", "text=Make one file"),
    "console": ("gridkeeper", "ops", "text=Who did what"),
}


async def take_all() -> None:
    with tempfile.TemporaryDirectory() as folder, _running(Path(folder)) as sign_in:
        async with _browser() as browser:
            for name, (who, page, shown) in PAGES.items():
                light, dark = [await _look(browser, scheme, f"{sign_in}/{who}", page, shown) for scheme in _SCHEMES]
                _halves(light, dark).quantize(256).save(IMAGES / f"{name}.png", optimize=True)
            await _film(browser, f"{sign_in}/pixelsmith", Path(folder))


_SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    """A stack of its own, within the block; where one signs in."""
    command = [sys.executable, "-m", "pmd_service", "run", "--port", str(free_port()), "--data", str(folder / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield next(found[1] for line in running.stdout if (found := re.search(r"(http://\S+)/pixelsmith", line)))
        finally:
            running.terminate()


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])


@asynccontextmanager
async def _tab(browser: Browser, scheme: Scheme, size: tuple[int, int], sign_in: str) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    context.set_default_timeout(STEP_MILLISECONDS)
    page = await context.new_page()
    await page.goto(sign_in)
    await page.wait_for_url(re.compile(r"/u/\w+/posts"))
    yield page
    await context.close()


async def _look(browser: Browser, scheme: Scheme, sign_in: str, path: str, shown: str) -> Image.Image:
    async with _tab(browser, scheme, SCREEN, sign_in) as page:
        await page.goto(page.url.replace("/posts", f"/{path}"))
        await page.locator(shown).first.wait_for()
        return await _picture(page)


async def _picture(page: Page) -> Image.Image:
    await page.wait_for_timeout(SETTLES)
    await await_pictures(page, 0)
    return Image.open(io.BytesIO(await page.screenshot())).convert("RGB")


def _halves(light: Image.Image, dark: Image.Image) -> Image.Image:
    width, height = light.size
    dark.paste(light.crop((0, 0, width // 2, height)))
    return dark


async def _film(browser: Browser, sign_in: str, folder: Path) -> None:
    """Files come in, are judged, published, hidden and back; and a pack of them."""
    files = await asyncio.to_thread(_draw, folder)
    async with _tab(browser, "dark", FILM, sign_in) as page:
        pictures = [await _picture(page) async for _ in _walk(page, files)]
    first, *others = [picture.quantize(128).convert("RGB") for picture in pictures]
    first.save(IMAGES / "circle.webp", save_all=True, append_images=others, duration=SHOWN, loop=0, quality=60)


def _draw(folder: Path) -> Sequence[Path]:
    draw_artworks(folder, 12)
    return sorted(folder.glob("art/**/*.png"))


async def _walk(page: Page, files: Sequence[Path]) -> AsyncIterator[None]:
    """Stands still for a picture at each yield."""

    async def click(name: str) -> None:
        await page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).first.click()

    await click("Uploads")
    await page.set_input_files("input[type=file]", files)
    await page.get_by_role("button", name=f"Upload {len(files)} files").wait_for()
    yield
    await click(f"Upload {len(files)} files")
    await page.get_by_role("button", name="Undo this upload").wait_for()
    yield
    await click("Library")
    await click("Review")
    for key in ("a", "a", "a", "Escape"):
        yield
        await page.keyboard.press(key)
    await page.keyboard.press("ArrowLeft")
    yield
    await page.get_by_role("button", name="Publish").first.click()  # the page of drafts has the name of a link
    await page.get_by_role("button", name="Publish 1 file").wait_for()
    yield
    await click("Publish 1 file")
    await page.get_by_text("Published as the post").wait_for()
    await click("Posts")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    yield
    await click("Hide")
    await page.get_by_text("1 post hidden").first.wait_for()
    yield
    await click("Undo")
    await page.get_by_text("visible again").first.wait_for()
    await click("Packs")
    await page.locator("main").get_by_text("First pack").first.click()
    await page.get_by_text("Edition 1").filter(visible=True).first.wait_for()
    yield


if __name__ == "__main__":
    asyncio.run(take_all())
