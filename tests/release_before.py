"""The release before, as its commit has it: unpacked, and installed where its walled children may read it."""

import shutil
import subprocess
import sysconfig
import tarfile
import venv
from pathlib import Path

from .forked import ROOT

PARTS = ("pmd_service", "migrations", "gallery", "server.py", "worker.py")


def release_before() -> str:
    """The last version that has a tag; the last commit where none has, so that two installations share a database."""
    command = ["git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return found.stdout.strip() or "HEAD"


def install(folder: Path) -> Path | None:
    """A Python that has the release before, from this folder, and what it needs; None where no clone has its commit."""
    packed = subprocess.run(
        ["git", "archive", release_before(), *PARTS],
        cwd=ROOT,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if packed.returncode:
        return None
    (folder / "release.tar").write_bytes(packed.stdout)
    with tarfile.open(folder / "release.tar") as archive:
        archive.extractall(folder, filter="data")
    venv.create(folder / "venv", with_pip=False)
    (installed,) = (folder / "venv").glob("lib/*/site-packages")
    # Its own package first. What it needs is found in this environment, whose own .pth files are not read there.
    (installed / "release.pth").write_text(f"{folder}\n{sysconfig.get_path('purelib')}\n")
    return folder / "venv" / "bin" / "python"


def copy_of_this(folder: Path) -> Path:
    """This tree's package in a folder of its own, to which a test adds what a later release might have."""
    for name in PARTS:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
    return folder
