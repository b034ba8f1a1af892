"""Process-wide limits: what a system refuses is no reason not to start."""

import resource

import pytest

from pmd_service.ops import process


@pytest.mark.parametrize("refusal", [ValueError("current limit exceeds maximum limit"), PermissionError(1, "refused")])
def test_process_starts_where_no_more_descriptors_are_allowed(
    monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    """macOS reports “unlimited” and then refuses it."""
    asked: list[tuple[int, int]] = []

    def refuse(_kind: int, limits: tuple[int, int]) -> None:
        asked.append(limits)
        raise refusal

    monkeypatch.setattr(resource, "setrlimit", refuse)
    process._raise_descriptor_limit()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert asked == [(hard, hard)]
