"""Which build of the page the tests' servers serve: the one that is delivered, or React's development build."""

import importlib
import os
import runpy
from pathlib import Path

from .npm import PAGE

# An environment variable, because forked servers must know as well.
_FOLDER = "PMD_TESTS_PAGE"


def choose_development(*, builds: bool) -> None:
    """Serve React's development build from now on; ``builds`` where it is not certain that it is current."""
    page = runpy.run_path(str(PAGE))
    if builds:
        page["build_development"]()
    os.environ[_FOLDER] = str(page["DEVELOPMENT"])
    install()


def install() -> None:
    if folder := os.environ.get(_FOLDER):
        vars(importlib.import_module("pmd_service.base.built"))["_FOLDERS"] = (Path(folder),)


def is_development() -> bool:
    """Whether React's development build is served, which runs every effect twice."""
    return _FOLDER in os.environ
