"""Where a child finds its code: the parent's ``sys.path``, and the folders that its sandbox leaves readable.

Packages may be installed anywhere: for the system, for a user, in a virtual environment, or below ``PYTHONPATH``.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from .modules import MEDIA_MODULES, MODEL_MODULES, OPTIONAL_MODULES, SPEECH_MODULES

_OURS = Path(__file__).parents[1]


def python_path() -> str:
    """The parent's ``sys.path`` as a ``PYTHONPATH``; its own may depend on its folder, its user and its environment."""
    return os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)


def code_folders(*, engine: str) -> list[Path]:
    """Where modules and libraries are loaded from: engines import what a file needs after it has been opened.

    Of an entry of ``sys.path`` that holds nothing but our own package, such as a checkout, only the package is
    readable: data may be beside it.
    """
    usual = {sys.prefix, f"{sys.base_prefix}/lib", "/usr/lib", "/lib", "/lib64", str(_OURS)}
    under = tuple(f"{folder}/" for folder in usual)
    entries = {str(Path(entry).absolute()) for entry in sys.path}
    entries = {entry for entry in entries if not f"{entry}/".startswith(under)}
    own = {_OURS.name, engine.partition(".")[0]}
    files = [*_loaded(own), *(_loadable() if entries else ())]
    elsewhere = {_entry_of(file, entries) for file in files if not file.startswith(under)}
    return [path for path in map(Path, usual | elsewhere) if path.exists()]


def _loaded(own: Iterable[str]) -> Iterator[str]:
    for name, module in [*sys.modules.items()]:
        file = getattr(module, "__file__", None)
        if file and name != "__main__" and name.partition(".")[0] not in own:
            yield file


def _loadable() -> Iterator[str]:
    """What engines import later."""
    for name in {*MEDIA_MODULES, *MODEL_MODULES, *SPEECH_MODULES, *OPTIONAL_MODULES}.difference(sys.modules):
        spec = find_spec(name)
        if spec is not None and spec.origin and spec.has_location:
            yield spec.origin


def _entry_of(file: str, entries: Iterable[str]) -> str:
    """The entry of ``sys.path`` that this module was found by, or its own folder: an import hook has found it."""
    return max((entry for entry in entries if file.startswith(f"{entry}/")), key=len, default=str(Path(file).parent))
