"""The pages of docs/ that can be compared with the service are compared with it."""

import json
import re
from pathlib import Path

import jsonschema
import msgspec
import pytest

from pmd_service.base.settings import Settings

from ..dashboard.types import api_document
from .reference import write_reference

DOCS = Path(__file__).parents[2] / "docs"
# A request and its answer of JSON, in two blocks that follow each other.
_EXCHANGE = re.compile(r"```http\n([A-Z]+) ([^\s?]+)[^`]*```\n+```http\n(\d+) [^`]*?\n\n(\{[^`]*\})\n```")


def test_the_generated_page_has_every_call() -> None:
    document = api_document()
    page = write_reference(document)
    calls = [f"`{method.upper()} {path}`" for path, methods in document["paths"].items() for method in methods]
    assert [call for call in calls if call not in page] == []


def test_answers_on_the_api_page_have_every_field(subtests: pytest.Subtests) -> None:
    document = api_document()
    exchanges = _EXCHANGE.findall((DOCS / "api.md").read_text())
    assert len(exchanges) > 10
    for method, path, status, answer in exchanges:
        (operation,) = (
            methods[method.lower()]
            for template, methods in document["paths"].items()
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
        )
        (content,) = operation["responses"][status]["content"].values()
        with subtests.test(f"{method} {path}", status=status):
            whole = json.loads(re.sub(r",\s*…", "", answer))
            jsonschema.validate(whole, {"components": document["components"], **content["schema"]})


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
