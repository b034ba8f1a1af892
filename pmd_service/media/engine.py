"""Running an engine on a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from .child import checked_answer, run_one
from .kind import Engine
from .messages import Found, Output, Progress, Refused, Work

# msgspec decodes a union, which is no type to type checkers.
_MADE = cast("type[Output | Found]", Output | Found)


async def make(
    engine: Engine,
    source: Path,
    folder: Path,
    *,
    params: Mapping[str, Any] | None = None,
    more: Sequence[Path] = (),
    names: Sequence[str] = (),
    progress: Progress | None = None,
) -> Output | Found | Refused:
    """Run an engine on a file; the results are in ``folder``, among empty files, and the caller removes it.

    Cancelling this kills the child.

    Args:
        more: further inputs of an engine that combines several; ``names`` are the owner's names of all inputs.

    Raises:
        ChildFaultError: the child failed for no fault of the file; may pass.
    """
    work = Work(
        source=str(source),
        folder=str(folder),
        output_names=list(engine.output_names),
        more=[str(path) for path in more],
        names=list(names),
        params=dict(params or {}),
    )
    answer = await run_one(engine.module, work, folder=folder, limits=engine.limits, progress=progress)
    return checked_answer(answer, _MADE, folder, lambda made: _file_names(made, inputs=1 + len(more)))


def _file_names(output: Output | Found, *, inputs: int) -> list[str]:
    """Raises: ValueError: a file claims to be derived from an input that does not exist."""
    if isinstance(output, Found):
        return []
    if any(file.source >= inputs for file in output.files):
        raise ValueError("a result of no input")
    return [file.name for file in output.files]
