"""A Firefox or a WebKit at the real service, each with a profile of its own."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pmd_service.demo.stack import free_port

from ..hang import HANG_SECONDS
from .window import BiDi, WebDriver, Window

PICTURES = Path(__file__).parents[2] / "var" / "browsers"

# No proxy of the machine's, and nothing fetched that nobody asked for.
_PREFERENCES = """
user_pref("network.proxy.type", 0);
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
"""


def _found(*names: str) -> str:
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip(f"There is no {names[0]} here: its walk is left out.")
    return path


@pytest.fixture(params=["firefox", "webkit"])
async def window(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Window]:
    PICTURES.mkdir(parents=True, exist_ok=True)
    opened = _firefox if request.param == "firefox" else _webkit
    async with opened(tmp_path) as driver:
        yield Window(driver, PICTURES, request.param)


@asynccontextmanager
async def _firefox(folder: Path) -> AsyncIterator[BiDi]:
    profile, port = folder / "profile", free_port()
    profile.mkdir()
    (profile / "user.js").write_text(_PREFERENCES)
    command = [_found("firefox-esr", "firefox"), "--headless", "--no-remote", "--profile", str(profile)]
    command += ["--remote-debugging-port", str(port)]
    async with _running(command, port), BiDi.connected(port) as driver:
        yield driver


@asynccontextmanager
async def _webkit(folder: Path) -> AsyncIterator[WebDriver]:
    port = free_port()
    screen = [_found("xvfb-run"), "--auto-servernum", "--server-args=-screen 0 1600x1000x24"]
    command = [*screen, _found("WebKitWebDriver"), f"--port={port}"]
    home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    # As root there is no sandbox to be had.
    environ = os.environ | home | ({"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"} if os.geteuid() == 0 else {})
    async with _running(command, port, environ), WebDriver.connected(port) as driver:
        yield driver


@asynccontextmanager
async def _running(command: Sequence[str], port: int, environ: dict[str, str] | None = None) -> AsyncIterator[None]:
    """The command and all that it starts, until its port listens; all of them go at the end."""
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, stdout=quiet, stderr=quiet, env=environ, start_new_session=True
    )
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while not await _listens(port):
                assert process.returncode is None, f"{command[0]} ended with {process.returncode}."
                await asyncio.sleep(0.1)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
