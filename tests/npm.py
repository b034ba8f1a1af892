"""Packages from npm that tests and checks run: each lock file's are installed once, below ``var/npm``."""

import hashlib
import os
import runpy
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "web" / "page.py"


class NpmError(Exception):
    """There is no Node.js, or npm cannot install the packages."""


def installed(source: Path) -> Path:
    """The node_modules of a folder's lock file.

    Raises:
        NpmError: they cannot be installed here.
    """
    digest = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()
    kept = ROOT / "var" / "npm" / digest[:16]
    if not kept.is_dir():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=kept.parent) as folder:
            made = _install(source, Path(folder) / "made")
            # Another process of the tests may have been first.
            with suppress(OSError):
                made.rename(kept)
    return kept / "node_modules"


def node_environ() -> dict[str, str]:
    """The environment in which ``node`` is the one that runs npm: the machine's, or the wheel's.

    Raises:
        NpmError: there is neither.
    """
    return os.environ | {"PATH": os.pathsep.join((str(Path(_find_npm()[0]).parent), os.environ.get("PATH", "")))}


def _install(source: Path, folder: Path) -> Path:
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, folder)
    command = [*_find_npm(), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    if subprocess.run(command, cwd=folder, capture_output=True, check=False, env=node_environ()).returncode:
        raise NpmError("npm cannot install the packages here")
    return folder


def _find_npm() -> list[str]:
    page = runpy.run_path(str(PAGE))
    try:
        npm: list[str] = page["find_npm"]()
    except page["NodeMissingError"] as error:
        raise NpmError("there is no Node.js here") from error
    return npm
