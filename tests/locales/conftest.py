"""The pseudo-language, and German, in a test's own service."""

from collections.abc import Iterator

import pytest

from . import pseudo


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The pseudo-language's tag."""
    pseudo.install(monkeypatch)
    pseudo.forget()
    yield pseudo.PSEUDO
    pseudo.forget()
