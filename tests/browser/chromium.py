"""Where a Chromium is. ``make test`` runs this: it prints what pytest shall leave out, and says why."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_SECONDS = 300

_MISSING = """
*** There is no Chromium here, and none can be installed: the tests of the dashboard in tests/browser are left out.
*** Install one (Debian: apt-get install chromium-headless-shell), or name yours in $CHROMIUM, and run them again.
"""


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
    if find_chromium() or install_chromium():
        return
    print("--ignore=tests/browser")
    print(_MISSING, file=sys.stderr)


if __name__ == "__main__":
    main()
