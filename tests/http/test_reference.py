"""The pages of docs/ that can be compared with the service are compared with it."""

import re
from pathlib import Path

import msgspec

from pmd_service.base.settings import Settings

from ..dashboard.types import api_document
from .reference import write_reference

DOCS = Path(__file__).parents[2] / "docs"


def test_the_generated_page_has_every_call() -> None:
    document = api_document()
    page = write_reference(document)
    calls = [f"`{method.upper()} {path}`" for path, methods in document["paths"].items() for method in methods]
    assert [call for call in calls if call not in page] == []


def test_the_configuration_page_lists_exactly_the_settings() -> None:
    rows = re.findall(r"^\| (`[^|]*) \|", (DOCS / "configuration.md").read_text(), re.MULTILINE)
    reported = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(reported) == sorted(field.encode_name for field in msgspec.structs.fields(Settings))


def test_the_architecture_page_names_every_room() -> None:
    page = (DOCS / "architecture.md").read_text()
    package = DOCS.parent / "pmd_service"
    rooms = {path.name for path in package.iterdir() if path.is_dir() and (path / "__init__.py").is_file()}
    assert {room for room in rooms if f"\n  {room}/ " not in page} == set()
    reported = set(re.findall(r"^  (\w+)/ ", page, re.MULTILINE))
    assert reported == rooms
