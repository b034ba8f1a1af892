"""The events of the log, in the code: what follows ``log.info(`` and its like."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "pmd_service"
LEVELS = {"debug", "info", "warning", "error", "exception"}


def log_events() -> Iterator[tuple[str, str]]:
    """Each event and the module that logs it; a kind of work's name, or a status, is ``{kind}``."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _is_log(node.func):
                for text in _texts(node.args[0]):
                    yield text, str(path.relative_to(PACKAGE))


def _is_log(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute)
        and called.attr in LEVELS
        and isinstance(called.value, ast.Name)
        and called.value.id == "log"
    )


def _texts(event: ast.expr) -> Iterator[str]:
    match event:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in parts)
        case ast.IfExp(body=body, orelse=other):
            yield from _texts(body)
            yield from _texts(other)
        case _:
            raise AssertionError(ast.unparse(event))
