"""``pmd-admin run --dev``: a change of the page or of the service's code is seen at once."""

import asyncio
import shutil
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import expect

from pmd_service.base.settings import Settings
from pmd_service.demo import development
from pmd_service.demo.development import restart_on_change, served_page
from pmd_service.demo.processes import Child, stop_together
from pmd_service.demo.stack import free_port
from pmd_service.demo.terminal import Terminal

from ..forked import ROOT
from ..hang import HANG_SECONDS
from ..npm import PAGE
from ..site import Site
from .dashboard import Dashboard

WEB = PAGE.parent
CLIENT = ROOT / "clients" / "typescript"


def copy_of_the_page(folder: Path) -> Path:
    """The page's code, to be changed; its packages are the checkout's."""
    left_out = shutil.ignore_patterns("node_modules", "dist*")
    web = Path(shutil.copytree(WEB, folder / "web", ignore=left_out))
    shutil.copytree(CLIENT, folder / CLIENT.relative_to(ROOT), ignore=left_out)
    shutil.copytree(WEB / "node_modules", web / "node_modules", symlinks=True, copy_function=_linked)
    return web


def _linked(source: str, target: str) -> None:
    try:
        Path(target).hardlink_to(source)
    except OSError:  # the temporary folder is on another file system
        shutil.copy2(source, target)


async def test_a_changed_component_is_shown_without_a_reload(
    site: Site, settings: Settings, tab: Dashboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = copy_of_the_page(tmp_path)
    monkeypatch.setattr(development, "PAGE", web / "page.py")
    artist = await site.add_user()
    await tab.sign_in(artist)
    service = msgspec.structs.replace(settings, base_url=str(tab.api.root).rstrip("/"))
    port = free_port()
    async with served_page(service, tmp_path, port):
        page = tab.page
        await page.goto(f"http://127.0.0.1:{port}/u/{site.sqid(artist)}/uploads")
        await expect(page.get_by_text("Choose a folder")).to_be_visible()
        await expect(page.locator("[data-connection=live]")).to_be_attached()  # the event stream comes through
        await page.evaluate("window.isSamePage = true")
        component = web / "src/features/uploads/ChooseButtons.tsx"
        component.write_text(component.read_text().replace("Choose a folder", "Pick a folder"))
        await expect(page.get_by_text("Pick a folder")).to_be_visible()
        assert await page.evaluate("window.isSamePage")
        await page.close()  # before the server


async def test_changed_python_restarts_the_processes(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pmd_service").mkdir()
    for name in ("server.py", "worker.py"):
        (tmp_path / name).touch()
    monkeypatch.setattr(development, "CHECKOUT", tmp_path)
    child = Child("serve", tmp_path, settings, program=("-c", "import time; time.sleep(600)"))
    child.start()
    first = child.pid
    task = asyncio.create_task(restart_on_change(Terminal(), [child]))
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while child.pid == first:
                (tmp_path / "pmd_service" / "changed.py").write_text("")  # again, until it is watched
                await asyncio.sleep(0.5)
        assert child.ended() is None
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        stop_together(child)
