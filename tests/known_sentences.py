"""Every problem that a test provokes is in the catalogues: the suite fails for a sentence that no language can have."""

from collections.abc import Iterator

import pytest
from aiohttp import web

from pmd_service.http.errors import ProblemError
from pmd_service.locales.language import Language, language_of

_RESPONSE = ProblemError.response


def require_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    unknown: set[str] = set()

    def response(error: ProblemError, language: Language) -> web.Response:
        problem = error.problem
        sentences = [problem.detail, *(fault.message for fault in (problem.errors or ())[:10])]
        unknown.update(each for each in sentences if not language_of("de").knows(each))
        return _RESPONSE(error, language)

    monkeypatch.setattr(ProblemError, "response", response)
    yield
    assert unknown == set(), f"neither a literal where a sentence stands, nor translatable(…): {unknown}"
