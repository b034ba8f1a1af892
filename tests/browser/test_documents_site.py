"""The documents as a site: all of it comes from where it is, so that it works within a network of one's own."""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Literal

import pytest
from PIL import Image
from playwright.async_api import Browser, expect

ROOT = Path(__file__).parents[2]
_FETCHED = re.compile(r'<(?:script|img|iframe|link rel="(?:stylesheet|icon|preconnect)")[^>]+?(?:src|href)="https?:')


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents") / "site"
    # Not strict: the reference of calls is written by “make docs” alone.
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def address(built: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(built))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_documents_fetch_nothing_from_other_servers(built: Path) -> None:
    pages = list(built.rglob("*.html"))
    assert len(pages) > 30
    assert not {page.name: found for page in pages if (found := _FETCHED.findall(page.read_text()))}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_diagram_is_painted_without_a_network(
    browser: Browser, address: str, scheme: Literal["light", "dark"]
) -> None:
    asked: list[str] = []
    context = await browser.new_context(color_scheme=scheme, viewport={"width": 1440, "height": 1000})
    try:
        page = await context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{address}/schema/")
        diagram = page.locator("div.mermaid")
        await expect(diagram).to_be_visible()
        picture = Image.open(io.BytesIO(await diagram.screenshot())).convert("L")
    finally:
        await context.close()
    assert picture.height > 100
    paper = picture.tobytes()[0]
    assert (paper > 127) == (scheme == "light")
    # Lines and names are drawn in what is read on this paper.
    assert sum(count for level, count in enumerate(picture.histogram()) if abs(level - paper) > 60) > 1000
    assert [url for url in asked if not url.startswith(address)] == []
