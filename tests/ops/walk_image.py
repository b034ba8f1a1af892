"""The image's first stage by the Dockerfile's own commands, without Docker: ``.ci/run`` runs this once.

They run on the image's Python, or on this one where the machine has none of that version, below a folder that is called
``src`` as there.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .documented import OPERATIONS, run_documented
from .pythons import python_of
from .walk_installed import OUTSIDE

ROOT = OPERATIONS.parents[1]

pytestmark = pytest.mark.timeout(1800)


def first_stage() -> tuple[str, str]:
    """The version of its Python, and what it runs."""
    _, first, _ = (ROOT / "Dockerfile").read_text().replace("\\\n", "").split("\nFROM ", 2)
    image = re.match(r"python:([0-9.]+)-", first)
    assert image is not None
    return image[1], "\n".join(line.removeprefix("RUN ") for line in first.splitlines() if line.startswith("RUN "))


@pytest.fixture
def at(tmp_path: Path) -> dict[str, Path]:
    """The stage's folders, and in the first of them what is committed."""
    places = {f"/{name}": tmp_path / name for name in ("src", "app", "wheels")}
    command = ["git", "checkout-index", "--all", f"--prefix={places['/src']}/"]
    subprocess.run(command, cwd=ROOT, check=True)
    return places


def test_image_is_built_and_has_the_page(at: dict[str, Path], tmp_path: Path) -> None:
    version, commands = first_stage()
    python = python_of(version) or sys.executable
    subprocess.run([python, "-m", "venv", str(tmp_path / "python")], check=True)
    path = f"{tmp_path / 'python' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    run_documented(f"cd /src\n{commands}", at=at, env=OUTSIDE | {"PATH": path})
    settings = [
        "DATABASE_URL=postgresql://127.0.0.1:1/none",
        "REDIS_URL=redis://127.0.0.1:1",
        "BASE_URL=http://[::1]:1",
    ]
    doctor = ["env", "-i", *settings, f"VAULT_PATH={tmp_path}", f"JWT_SECRET_KEY={'s' * 32}"]
    doctor += [str(at["/app"] / "bin" / "pmd-admin"), "doctor"]
    checked = subprocess.run(doctor, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "The page is built." in checked.stdout, checked.stderr
