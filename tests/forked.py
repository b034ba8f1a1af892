"""Programs of ours as processes of their own, forked where all is imported: imports are most of what they cost."""

import ctypes
import gc
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from pmd_service.base.migrations import MigrationError

from . import built_page, once
from .hang import HANG_SECONDS

ROOT = Path(__file__).parent.parent
# Neither a test's process nor its threads are what is forked, but a process that has done nothing but import.
_SERVER = get_context("forkserver")
_SERVER.set_forkserver_preload([f"{__package__}.preloaded"])
_libc = ctypes.CDLL(None, use_errno=True)


def start(
    program: str,
    *arguments: str,
    environ: Mapping[str, str],
    log: Path,
    errors: Path | None = None,
    network: Path | None = None,
) -> BaseProcess:
    """``python -m program arguments``; its output goes into the log, its errors too unless they have a file.

    Args:
        network: the namespace it is in, if not in ours.
    """
    for path in (log, errors or log):
        path.touch()
    process = _SERVER.Process(target=_run, args=([program, *arguments], dict(environ), log, errors or log, network))
    process.start()
    return process


def _run(argv: list[str], environ: dict[str, str], log: Path, errors: Path, network: Path | None) -> None:
    if network is not None:
        with network.open() as namespace:
            enter(namespace)
    once.remember_types()
    built_page.install()
    gc.freeze()  # the collector leaves what is shared with the server alone
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(ROOT)
    for stream, path in ((sys.stdout, log), (sys.stderr, errors)):
        with path.open("ab") as output:
            os.dup2(output.fileno(), stream.fileno())
    sys.argv = argv
    sys.path.insert(0, str(ROOT))
    runpy.run_module(argv[0], run_name="__main__")


def enter(namespace: IO[str]) -> None:
    """Make this thread, and those that it starts, create their sockets in a namespace: setns(2)."""
    if _libc.setns(namespace.fileno(), 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def ended(program: str, *arguments: str, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """The same, to its end."""
    with TemporaryDirectory(prefix="pmd-output-") as folder:
        log, errors = Path(folder) / "log", Path(folder) / "errors"
        process = start(program, *arguments, environ=env, log=log, errors=errors)
        process.join(HANG_SECONDS)
        assert process.exitcode is not None, "it goes on"
        return subprocess.CompletedProcess(arguments, process.exitcode, log.read_text(), errors.read_text())


def migrate(database_url: str, direction: str = "up") -> None:
    """``pmd-admin migrate``.

    Raises:
        MigrationError: with its output.
    """
    result = pmd("migrate", direction, env=os.environ | {"DATABASE_URL": database_url})
    if result.returncode != 0:
        raise MigrationError(result.stderr)


def pmd(*arguments: str, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """The ``pmd-admin`` command."""
    return ended("pmd_service", *arguments, env=env)


def pmd_client(*arguments: str, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """The ``pmd`` command."""
    return ended("pmd_cli", *arguments, env=env)
