"""Every text that people read outside the page is in the catalogue, and every language has all of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment

from pmd_service.packs.license_kinds import LICENSES

from .catalogue import ROOT, extracted, files, updated
from .pseudo import shown_in

SERVICE = ROOT / "pmd_service"
TEMPLATES = sorted(
    path
    for folder in ("downloads/everything", "outbox", "sharing")
    for path in (SERVICE / folder / "templates").iterdir()
    if path.suffix in (".html", ".txt", ".jinja") and ".css" not in path.name
)
# As they are in every language.
SAME_EVERYWHERE = {"SHA", "UTC", "pmd", "json"}
# What is stored and shown in mails: where it is made, and the calls that make it.
ROOMS_OF_REASONS = ("archive", "desk", "downloads", "vault")
REASONS = {"ArtworkTooLargeError", "ArtworkUnavailableError", "MissingRecord", "PermanentError"}


def parts_of(source: str) -> tuple[str, list[str]]:
    """A template's text outside of ``{% trans %}``, and its literals outside of ``_()``."""
    kept, is_translated = "", False
    literals: list[str] = []
    block: list[str] = []
    for _, kind, value in Environment(extensions=["jinja2.ext.i18n"]).lex(source):
        if kind == "data":
            kept += "" if is_translated else value
        elif kind in ("block_begin", "variable_begin"):
            block = []
        elif kind == "name":
            block.append(value)
            if block in (["trans"], ["endtrans"]):
                is_translated = block == ["trans"]
        elif kind == "string" and block[-1:] != ["_"]:
            literals.append(value[1:-1])
        elif kind == "operator" and value == ")":
            block.append(value)
    return kept, literals


def texts_past_the_catalogue(name: str, source: str) -> list[str]:
    kept, literals = parts_of(source)
    texts = [kept] if name.endswith(".txt") else list(shown_in(kept))
    words = [word for text in texts for word in re.findall(r"[^\W\d_]{2,}", text) if word not in SAME_EVERYWHERE]
    return words + [each for each in literals if re.search(r"[A-Z]|\w\s\w", each)]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_have_no_texts_outside_the_catalogue(template: Path) -> None:
    assert texts_past_the_catalogue(template.name, template.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ('<img alt="A tree">', ["tree"]),
        ('<p>{{ title or "Untitled" }}</p>', ["Untitled"]),
        ('<p>{{ "no title" }}{{ ", " }}</p>', ["no title"]),
        ('{{ _("Hello") }}{% trans %}you{% endtrans %}<b>there</b>', ["there"]),
    ],
)
def test_text_outside_the_catalogue_is_found(source: str, found: list[str]) -> None:
    assert texts_past_the_catalogue("page.html", source) == found


def test_scripts_of_public_pages_take_texts_from_their_page() -> None:
    texts = [
        text
        for path in (SERVICE / "sharing" / "templates").glob("*.js")
        for text in re.findall(r'"([^"\n]*)"', path.read_text())
        if re.match(r"[A-Z][a-z]+\b(?! *:|-[A-Z])|\w+ \w", text)
    ]
    assert texts == []


@pytest.mark.parametrize("file", files(), ids=lambda path: path.stem)
def test_catalogue_is_complete_and_as_it_would_be_written(file: Path) -> None:
    """After a change of a text, ``make types`` writes the catalogues; then translate what is new."""
    assert file.read_bytes() == updated(file, extracted())
    with file.open("rb") as lines:
        catalogue = read_po(lines, locale=file.stem.replace("-", "_"), abort_invalid=True)
    for message in catalogue:
        if not message.id:
            continue
        ids, texts = ([each] if isinstance(each, str) else [*(each or ())] for each in (message.id, message.string))
        assert len(texts) == (1 if len(ids) == 1 else catalogue.num_plurals), message.id
        # Where a language has as many forms as English, each has the places of its own.
        for source, text in zip(ids if len(ids) == len(texts) else ids[-1:] * len(texts), texts, strict=True):
            assert text, f"not translated: {message.id}"
            assert places_in(text) == places_in(source), message.id


def places_in(text: str) -> set[str]:
    return {*re.findall(r"%\(\w+\)s|\{\w+\}", text)}


def reasons_in(path: Path) -> Iterator[str]:
    """Sentences that are stored for a mail, and marked for no catalogue."""
    for call in ast.walk(ast.parse(path.read_text())):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in REASONS:
            for each in (*call.args, *(keyword.value for keyword in call.keywords)):
                if isinstance(each, ast.JoinedStr) or (isinstance(each, ast.Constant) and " " in str(each.value)):
                    yield ast.unparse(each)


def test_reasons_that_mails_show_are_in_the_catalogue() -> None:
    found = {
        f"{path.relative_to(SERVICE)}: {reason}"
        for room in ROOMS_OF_REASONS
        for path in (SERVICE / room).glob("**/*.py")
        for reason in reasons_in(path)
    }
    assert found == set()
    messages = {message.id for message in extracted()}
    lines = {line for each in LICENSES for line in (each.use, each.changes) if line}
    assert lines <= messages, "lines of the public page"
