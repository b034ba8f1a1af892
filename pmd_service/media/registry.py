"""All kinds of tasks, by name: the modules of :mod:`.kinds`. A record with a part that is missing stops the start."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from . import kinds
from .kind import TaskKind


def _find_kinds() -> Mapping[str, TaskKind[Any]]:
    """The records, in the order of their positions.

    Raises:
        ValueError: one is wrong.
    """
    modules = [import_module(f"{kinds.__name__}.{found.name}") for found in iter_modules(kinds.__path__)]
    records: list[TaskKind[Any]] = sorted((module.KIND for module in modules), key=lambda kind: kind.position)
    found = {record.name: record for record in records}
    if len(found) < len(records):
        raise ValueError("two kinds of tasks have one name")
    return found


KINDS = _find_kinds()
# The names: the API refuses others, and its document lists them.
if TYPE_CHECKING:
    KindName: TypeAlias = str
else:
    KindName = Literal[tuple(KINDS)]
