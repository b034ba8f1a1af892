"""The page and the service mean the same by each name."""

from .types import CHECKED_IN, generate_types


def test_the_pages_types_are_those_of_the_api() -> None:
    assert CHECKED_IN.read_text() == generate_types(), "the API has changed: run “make types”"
