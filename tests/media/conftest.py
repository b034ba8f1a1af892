"""Engines called where the test can look at what they leave, and files looked at one by one."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from pmd_service.media.messages import Faulted, Output, Refused, Work
from pmd_service.media.probe import Candidate, probe_files
from pmd_service.media.probe_result import ProbeResult

Engine = Callable[[Work, Callable[[float, str], None]], Output]
Make = Callable[..., Path]
Report = Callable[..., tuple[Path, dict[str, str]]]
Probe = Callable[..., Awaitable[ProbeResult | Refused]]


@pytest.fixture
def make(report: Report) -> Make:
    """Runs an engine's ``run`` on a file; the path of the result."""
    return lambda engine, source, **params: report(engine, source, **params)[0]


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """Runs an engine's ``run`` on a file; the path of the result, and its findings by their codes."""

    def run(engine: Engine, source: Path, **params: Any) -> tuple[Path, dict[str, str]]:
        folder = tmp_path / f"made{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        reported: list[float] = []
        made = engine(
            Work(source=str(source), names=[source.name], folder=str(folder), params=params),
            lambda value, step: reported.append(value),
        )
        assert reported == sorted(reported)
        assert all(0 <= value < 100 for value in reported)
        assert {path.name for path in folder.iterdir()} == {piece.name for piece in made.files}
        return folder / made.name, {finding.code: finding.message for finding in [*made.findings, *made.own]}

    return run


@pytest.fixture
def previews(tmp_path: Path) -> Path:
    folder = tmp_path / "previews"
    folder.mkdir()
    return folder


@pytest.fixture
def probe(previews: Path) -> Probe:
    async def one(path: Path, name: str | None = None) -> ProbeResult | Refused:
        async with aclosing(probe_files([Candidate(path, name or path.name)], previews)) as found:
            answer = await anext(found)
            assert not isinstance(answer, Faulted), answer
            return answer

    return one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder
