"""The pages of docs/ that can be compared with the service are compared with it."""

import re
from pathlib import Path

import msgspec

from pmd_service.base.settings import Settings

from ..dashboard.types import api_document
from .reference import PAGE, write_reference

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_all_calls_is_what_the_service_says_today() -> None:
    assert write_reference(api_document()) == PAGE.read_text(), "run “make types”"


def test_the_configuration_page_lists_exactly_the_settings() -> None:
    rows = re.findall(r"^\| (`[^|]*) \|", (DOCS / "configuration.md").read_text(), re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(told) == sorted(field.encode_name for field in msgspec.structs.fields(Settings))


def test_the_architecture_page_names_every_room() -> None:
    page = (DOCS / "architecture.md").read_text()
    package = DOCS.parent / "pmd_service"
    rooms = {path.name for path in package.iterdir() if path.is_dir() and (path / "__init__.py").is_file()}
    assert {room for room in rooms if f"\n  {room}/ " not in page} == set()
    told = set(re.findall(r"^  (\w+)/ ", page, re.MULTILINE))
    assert told == rooms
