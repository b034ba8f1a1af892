"""Where a child finds its code: the parent's ``sys.path``, and the folders that its sandbox leaves readable.

Packages may be installed anywhere: for the system, for a user, in a virtual environment, or below ``PYTHONPATH``.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from .modules import MEDIA_MODULES, MODEL_MODULES, OPTIONAL_MODULES

_OURS = Path(__file__).parents[1]


def python_path() -> str:
    """The parent's ``sys.path`` as a ``PYTHONPATH``; its own may depend on its folder, its user and its environment."""
    return os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)


def code_folders(*, engine: str) -> list[Path]:
    """Where modules and libraries are loaded from: engines import what a file needs after it has been opened.

    Of an entry of ``sys.path`` that holds nothing but our own package, such as a checkout, only the package is
    readable: data may be beside it.
    """
    installed = {Path(sys.prefix), Path(sys.base_prefix) / "lib", Path("/usr/lib"), Path("/lib"), Path("/lib64")}
    own = {_OURS.name, engine.partition(".")[0]}
    places = [*_loaded(own), *_loadable(own)]
    return [path for path in {*installed, _OURS, *map(_entry_of, places)} if path.exists()]


def _loaded(own: Iterable[str]) -> Iterator[Path]:
    for name, module in [*sys.modules.items()]:
        file = getattr(module, "__file__", None)
        if file and name != "__main__" and name.partition(".")[0] not in own:
            yield Path(file).absolute()


def _loadable(own: Iterable[str]) -> Iterator[Path]:
    """What engines import later."""
    for name in {*MEDIA_MODULES, *MODEL_MODULES, *OPTIONAL_MODULES}.difference(own):
        spec = find_spec(name)
        if spec is not None and spec.origin and spec.has_location:
            yield Path(spec.origin).absolute()


def _entry_of(file: Path) -> Path:
    """The entry of ``sys.path`` that this module was found by, or its own folder: an import hook has found it."""
    entries = [Path(entry) for entry in sys.path if entry and file.is_relative_to(entry)]
    return max(entries, key=lambda entry: len(entry.parts), default=file.parent)
