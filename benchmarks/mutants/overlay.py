"""A copy of the tree in which a fault may stand, and a Postgres for its tests: the checkout itself is never touched."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from pmd_service.demo.stack import Stack

from .mutant import Mutant

ROOT = Path(__file__).parents[2]
_LEFT_OUT = shutil.ignore_patterns(".*", "var", "node_modules", "__pycache__")

# A fault may make a test wait for ever. Each takes less, on a machine with many other things to do as well.
TEST_SECONDS = 180
# How long a test waits for what must happen: most take milliseconds, and many faults are noticed by this alone.
HANG_SECONDS = 30

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

# What tests have left behind, roles too: one that finds its role there already would look as if it noticed a fault.
_RESET = r"""
SELECT format('DROP DATABASE %I WITH (FORCE)', datname)
  FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1', 'template') \gexec
SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname <> 'postgres' AND rolname NOT LIKE 'pg\_%' \gexec
SELECT"""


class Overlay:
    """One tree of its own for one mutant at a time, with a Postgres that outlives it: starting one takes longest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = folder / "tree"
        self._stack = Stack(folder / "stack", durable=False)
        self._running = ExitStack()
        shutil.copytree(ROOT, self._root, ignore=_LEFT_OUT)

    def __enter__(self) -> Self:
        """Raises: DemoError: Postgres does not start."""
        self._stack.folder.mkdir()
        self._stack.start_postgres()
        self._running.callback(self._stack.stop_postgres)
        self._output = self._running.enter_context((self._folder / "output").open("a"))
        self._warm = self._running.enter_context(self._start_warm())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def _start_warm(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "benchmarks.mutants.warm"],
            cwd=self._root,
            env=os.environ
            | {
                "PYTHONPATH": str(self._root),
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "PMD_TESTS_STACK": str(self._stack.folder),
                "PMD_TESTS_HANG_SECONDS": str(HANG_SECONDS),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
            text=True,
        )

    @contextmanager
    def mutated(self, mutant: Mutant) -> Iterator[None]:
        path = self._root / mutant.file
        text = path.read_text()
        self._write(path, mutant.apply_to(text))
        try:
            self._forget_template(mutant)
            yield
        finally:
            self._write(path, text)
            self._forget_template(mutant)

    def _forget_template(self, mutant: Mutant) -> None:
        """A database is migrated once: a fault in a migration shows in a new one only."""
        if mutant.file.startswith("migrations/"):
            self._stack.sql("DROP DATABASE IF EXISTS template WITH (FORCE)")

    def failure(self, tests: Sequence[str]) -> str | None:
        """The output of pytest for the first of these tests that fails in this tree; None where all of them pass.

        Raises:
            RuntimeError: they could not be run.
        """
        self._stack.sql(_RESET)
        self._output.truncate(0)
        assert self._warm.stdin is not None and self._warm.stdout is not None
        self._warm.stdin.write(json.dumps(["-x", "-q", *_PLUGINS, f"--timeout={TEST_SECONDS}", *tests]) + "\n")
        self._warm.stdin.flush()
        code = int(self._warm.stdout.readline())
        output = (self._folder / "output").read_text()[-2000:]
        if code not in (0, 1):
            raise RuntimeError(f"pytest ended with {code}:\n{output}")
        return output if code else None

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.write_text(text)
        # Python trusts a compiled file by time and size, which two texts within a second may share.
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
