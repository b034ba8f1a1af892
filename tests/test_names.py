"""Names and words are the field's own, so that a search finds them."""

import ast
import re

import pytest

from .forked import ROOT

MAX_CHARS = 65
# Words that nobody searches for, and names that had two meanings.
FORBIDDEN = {
    "anew", "fate", "house", "impatient", "news", "papers", "patiently", "said", "sick", "tellings", "told", "whoever",
}  # fmt: skip
FORBIDDEN_NAMES = ("look_failed", "looked_again", "looked_at")
# The licence for news and teaching.
EXEMPT = {"license_kinds.py", "test_names.py"}


def test_names_have_at_most_65_characters() -> None:
    long = [
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in ROOT.glob("tests/**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.name.startswith("test_") and len(node.name) > MAX_CHARS
    ]
    assert long == []


@pytest.mark.parametrize("folder", ["pmd_service", "clients", "migrations", "tests"])
def test_code_sql_and_messages_use_plain_words(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {', '.join(words)}"
        for path in (ROOT / folder).glob("**/*")
        if path.suffix in {".py", ".sql", ".html"} and path.name not in EXEMPT
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if (words := _forbidden_in(line))
    ]
    assert found == []


def _forbidden_in(line: str) -> list[str]:
    # Identifiers count by their parts, in snake case or camel case.
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", line)}
    return sorted(words & FORBIDDEN) + [name for name in FORBIDDEN_NAMES if name in line]
