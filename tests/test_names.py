"""A test is named after its promise, in words that a search finds and in a line that fits a report."""

import ast

from .forked import ROOT

MAX_CHARS = 65


def test_names_have_at_most_65_characters() -> None:
    long = [
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in ROOT.glob("tests/**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.name.startswith("test_") and len(node.name) > MAX_CHARS
    ]
    assert long == []
