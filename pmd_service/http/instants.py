"""Moments in queries, which msgspec leaves as texts."""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

from .errors import unprocessable

Instant = Annotated[str, Meta(max_length=40, examples=["2026-11-24T00:00:00+01:00"])]


def read_instant(name: str, text: str) -> datetime:
    """The moment, in UTC, that a parameter of this name has.

    Raises:
        ProblemError: 422, it is no time with a time zone (ISO 8601).
    """
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise unprocessable(f"“{name}” is no time with a time zone, such as 2026-11-24T00:00:00+01:00.", path=f"?{name}")
