"""Running the workbench's engines on several files."""

from pathlib import Path
from typing import Any

from pmd_service.media.messages import Output, Work


def run(engine: Any, folder: Path, *sources: Path, **params: Any) -> Output:
    first, *more = map(str, sources)
    names = [path.name for path in sources]
    made: Output = engine.run(
        Work(source=first, more=more, names=names, folder=str(folder), params=params), lambda value, step: None
    )
    assert sorted(path.name for path in folder.iterdir()) == sorted(piece.name for piece in made.files)
    return made
