"""What a kind of task is: one record, from which all lists of kinds follow, here, in the API and on the page."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Generic, TypeVar

import msgspec

from ..assets.types import AssetType
from . import caps
from .formats import RESULT_FORMATS, TARGETS
from .messages import Limits
from .modules import MEDIA_MODULES

P = TypeVar("P", bound=msgspec.Struct)

ENGINES = f"{__package__}.engines"
# A result in any format, and the audio between two operations.
OUTPUT_NAMES = (
    *(f"result.{form}" for form in dict.fromkeys((*RESULT_FORMATS, *TARGETS["image"]))),
    *(f"step{number}.wav" for number in range(8)),
)
NEW_FILES = "Each result is a new file next to its original, which stays unchanged."


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """A module with ``run(work, progress)`` for the child, its limits, and all files that it may write."""

    module: str
    limits: Limits
    output_names: Sequence[str] = OUTPUT_NAMES


def engine(
    module: str, *, cpu_seconds: int, output_bytes: int = caps.AUDIO_BYTES, output_names: Sequence[str] = OUTPUT_NAMES
) -> Engine:
    """An engine of a task, with the memory of one."""
    limits = Limits(
        memory_bytes=3 * caps.GIB,
        cpu_seconds=cpu_seconds,
        # Several children share the cores, and waiting for the disk takes no processor time.
        wall_seconds=cpu_seconds * 4.0,
        output_bytes=output_bytes,
    )
    return Engine(module=module, limits=limits, output_names=output_names)


class TaskKind(msgspec.Struct, Generic[P], frozen=True, kw_only=True):
    """One kind of task.

    Args:
        position: its place in lists of kinds, ascending.
        params: its parameters, whose JSON schema clients draw forms from.
        examples: by the types of files that it takes, parameters; the tests try all of them with every format.
        engine: what the child runs, and its output names; None if nothing is decoded, as when a pack is built.
        suffix: added to a result's name.
        result: what becomes of the files, for their owner.
        megapixel: seconds on one core for each megapixel, over all frames, with default parameters.
        second: the same for each second of sound.
        together: one task takes all files of its request.
        names_files: whether its results name each other, as a sheet's data its pages.
        preview: what the child runs to show the first results before a task is started (`pieces.py`).
        extras: modules that a choice of a parameter needs, by the parameter's name and the choice.
        without: the parameters that are refused for a type of files.
        choices: of a parameter, those that a type of files has, where it has not all, by the parameter's name and it.
    """

    name: str
    position: int
    title: str
    description: str
    params: type[P]
    examples: Mapping[AssetType, Sequence[P]]
    engine: Engine | None
    suffix: str = ""
    result: str = NEW_FILES
    megapixel: float = 0
    second: float = 0
    together: bool = False
    names_files: bool = False
    preview: Engine | None = None
    extras: Mapping[tuple[str, str], Sequence[str]] = {}
    without: Mapping[AssetType, Sequence[str]] = {}
    choices: Mapping[tuple[str, AssetType], Sequence[str]] = {}

    @property
    def types(self) -> Sequence[AssetType]:
        """The files that it takes."""
        return [*self.examples]

    @property
    def modules(self) -> Sequence[str]:
        """The modules that all of its tasks need."""
        return MEDIA_MODULES if self.engine else ()

    def __post_init__(self) -> None:
        """Raises: ValueError: a part is wrong, which types cannot express."""
        if self.engine and find_spec(self.engine.module) is None:
            raise ValueError(f"the kind of task “{self.name}” has no engine: there is no module {self.engine.module}")
        fields = msgspec.json.schema(self.params)["$defs"][self.params.__name__]["properties"] if self.extras else {}
        for name, choice in self.extras:
            if choice not in fields[name]["enum"]:
                raise ValueError(f"the kind of task “{self.name}” has no choice “{choice}” of {name}")
        if unknown := {name for names in self.without.values() for name in names} - {*self.params.__struct_fields__}:
            raise ValueError(f"the kind of task “{self.name}” has no parameter {', '.join(sorted(unknown))}")
        if self.engine and not all(self.examples.values()):
            raise ValueError(f"the kind of task “{self.name}” has no example for one of its types of files")
