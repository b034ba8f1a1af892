"""Engines called where the test can look at what they leave, and files looked at one by one."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from pmd_service.media.look import Candidate, Looked, Refused, look_files
from pmd_service.media.messages import Made, Work

Engine = Callable[[Work, Callable[[float, str], None]], Made]
Make = Callable[..., Path]
Look = Callable[..., Awaitable[Looked | Refused]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Runs an engine's ``run`` on a file; the path of the result."""

    def run(engine: Engine, source: Path, **params: Any) -> Path:
        folder = tmp_path / f"made{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        told: list[float] = []
        made = engine(
            Work(source=str(source), folder=str(folder), params=params), lambda value, step: told.append(value)
        )
        assert told == sorted(told)
        assert all(0 <= value < 100 for value in told)
        assert [path.name for path in folder.iterdir()] == [made.name]
        return folder / made.name

    return run


@pytest.fixture
def previews(tmp_path: Path) -> Path:
    folder = tmp_path / "previews"
    folder.mkdir()
    return folder


@pytest.fixture
def look(previews: Path) -> Look:
    async def one(path: Path, name: str | None = None) -> Looked | Refused:
        async with aclosing(look_files([Candidate(path, name or path.name)], previews)) as found:
            return await anext(found)

    return one
