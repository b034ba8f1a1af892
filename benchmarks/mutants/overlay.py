"""A copy of the tree in which a fault may stand: the checkout itself is never touched."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .mutant import Mutant

ROOT = Path(__file__).parents[2]
_LEFT_OUT = shutil.ignore_patterns(".*", "var", "node_modules", "__pycache__")

# A fault may make a test wait for ever. Each takes less, on a machine with many other things to do as well.
TEST_SECONDS = 180

# The others take longer to import than most of these tests take to run.
_PLUGINS = (
    "-p",
    "pytest_asyncio.plugin",
    "-p",
    "pytest_aiohttp.plugin",
    "-p",
    "pytest_timeout",
    "-p",
    "no:cacheprovider",
)


class Overlay:
    """One tree of its own for one mutant at a time."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "tree"
        shutil.copytree(ROOT, self._root, ignore=_LEFT_OUT)

    @contextmanager
    def mutated(self, mutant: Mutant) -> Iterator[None]:
        path = self._root / mutant.file
        text = path.read_text()
        self._write(path, mutant.apply_to(text))
        try:
            yield
        finally:
            self._write(path, text)

    def failure(self, tests: Sequence[str]) -> str | None:
        """What pytest says of the first of these tests that fails in this tree; None where all of them pass.

        Raises:
            RuntimeError: they could not be run.
        """
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", *_PLUGINS, f"--timeout={TEST_SECONDS}", *tests],
            cwd=self._root,
            env=os.environ | {"PYTHONPATH": str(self._root), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout[-2000:]}")
        return done.stdout[-2000:] if done.returncode else None

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.write_text(text)
        # Python trusts a compiled file by time and size, which two texts within a second may share.
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
