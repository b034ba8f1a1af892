"""The page and the service mean the same by each name."""

from .types import generate_types


def test_page_types_and_schemas_are_current() -> None:
    for path, text in generate_types().items():
        assert path.read_text() == text, f"{path.name} is not what the API says: run “make types”"
