"""Programs of ours as processes of their own, forked where all is imported: imports are most of what a worker costs."""

import os
import runpy
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

_SERVER = get_context("forkserver")
_SERVER.set_forkserver_preload(["arq.cli", "pmd_service.app", "pmd_service.jobs"])


def start(program: str, *arguments: str, folder: Path, environ: Mapping[str, str], log: Path) -> BaseProcess:
    """``python -m program arguments`` there; what it says goes into the log."""
    # Neither this process nor its threads are what is forked, but one that has done nothing but import.
    process = _SERVER.Process(target=_run, args=([program, *arguments], folder, dict(environ), log))
    process.start()
    return process


def _run(argv: list[str], folder: Path, environ: dict[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    with log.open("wb") as output:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(output.fileno(), stream.fileno())
    sys.argv = argv
    sys.path.insert(0, str(folder))
    runpy.run_module(argv[0], run_name="__main__")
