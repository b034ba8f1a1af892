"""Engines called where the test can look at what they leave."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pmd_service.media.made import Made
from pmd_service.media.messages import Work

Engine = Callable[[Work, Callable[[float, str], None]], Made]
Make = Callable[..., Path]


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
