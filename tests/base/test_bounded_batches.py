"""A batch's limit holds whatever Postgres plans: a subquery that locks rows runs once, as an array."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "pmd_service").rglob("*.py"), *(ROOT / "migrations").glob("*.sql")])
_BEGIN = re.compile(r"\bIN \(\s*SELECT\b")


def locking(text: str) -> Iterator[str]:
    """The subqueries after IN that lock rows, without what is in brackets within them."""
    for found in _BEGIN.finditer(text):
        depth, own = 1, ""
        for sign in text[found.start() + len("IN (") :]:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth == 0:
                break
            own += sign if depth == 1 else ""
        if "LIMIT" in own and re.search(r"FOR (NO KEY )?UPDATE", own):
            yield own


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("DELETE FROM t WHERE id IN (SELECT id FROM t WHERE f(x) LIMIT $1 FOR UPDATE SKIP LOCKED)", 1),
        ("DELETE FROM t WHERE id = ANY (ARRAY(SELECT id FROM t LIMIT $1 FOR UPDATE SKIP LOCKED))", 0),
        ("SELECT FROM t WHERE id IN (SELECT id FROM t LIMIT 9) FOR UPDATE", 0),
    ],
)
def test_subqueries_that_lock_are_found(text: str, count: int) -> None:
    assert len([*locking(text)]) == count


def test_no_join_runs_a_locking_subquery_again() -> None:
    """A nested loop would run it for each row, and lock others each time: past the limit."""
    assert {path.name: [*locking(path.read_text())] for path in FILES if [*locking(path.read_text())]} == {}
