"""Where a Chromium is. ``make browsers`` runs this: it installs one where there is none, or says how to."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_SECONDS = 300

_MISSING = """There is no Chromium here, and none could be installed, so the pages cannot be tested.
Install one (Debian: apt-get install chromium-headless-shell), or name yours in $CHROMIUM."""


def find_chromium(*before: str) -> str | None:
    """``$CHROMIUM``, one of these names or the usual ones on the PATH, or what Playwright has installed for itself."""
    on_path = [os.environ.get("CHROMIUM"), *map(shutil.which, before + NAMES)]
    found = next((path for path in on_path if path), None)
    return found or _playwrights_own()


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def install_chromium() -> str | None:
    """Let Playwright fetch one into the user's own cache; no rights are needed, but the network is."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    except (subprocess.SubprocessError, OSError):
        return None
    return _playwrights_own()


def main() -> None:
    if not (find_chromium() or install_chromium()):
        sys.exit(_MISSING)


if __name__ == "__main__":
    main()
