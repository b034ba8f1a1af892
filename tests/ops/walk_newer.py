"""The newest other Python of this machine, installed by ``make`` from what is committed: ``.ci/run`` runs this once.

What the lock has for it reads and writes files as it does here, and the demo's circle ends as it should. (The public
project's workflow runs all tests on each supported Python.)
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from .documented import OPERATIONS
from .pythons import SUPPORTED, python_of

ROOT = OPERATIONS.parents[1]
TESTS = ("tests/media", "tests/demo")

pytestmark = pytest.mark.timeout(3600)


@pytest.fixture
def room() -> Iterator[Path]:
    """Not pytest's: where root runs the tests, Postgres runs as another user, who has to reach its programs."""
    with TemporaryDirectory(prefix="pmd-newer-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_media_and_demo_pass_on_the_newest_python(room: Path) -> None:
    newest = next(filter(None, map(python_of, reversed(SUPPORTED[1:]))), None)
    if newest is None:
        pytest.skip(f"There is no Python {', '.join(SUPPORTED[1:])} here.")
    at = room / "checkout"
    subprocess.run(["git", "checkout-index", "--all", f"--prefix={at}/"], cwd=ROOT, check=True)
    shutil.copytree(ROOT / "web" / "dist", at / "web" / "dist")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "MAKE"))}
    subprocess.run(["make", ".venv/ready", f"PYTHON={newest}"], cwd=at, env=env, check=True)
    tests = [".venv/bin/pytest", "-n", "4", "--maxschedchunk=1", *TESTS]
    assert subprocess.run(tests, cwd=at, env=env, check=False).returncode == 0
