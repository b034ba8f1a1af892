"""docs/operations/logging.md lists every event in the log, and no other."""

import re

from .documented import OPERATIONS
from .log_events import log_events


def documented() -> set[str]:
    """The names in the first column of the page's tables."""
    firsts = re.findall(r"^\| (`[^|]*) \|", (OPERATIONS / "logging.md").read_text(), re.MULTILINE)
    return {re.sub(r"\{\w+\}", "{…}", name) for first in firsts for name in re.findall(r"`([^`]+)`", first)}


def test_log_events_and_their_documentation_match() -> None:
    logged = {event for event, _ in log_events()}
    assert documented() - logged == set(), "no code logs these"
    assert {each for each in log_events() if each[0] not in documented()} == set(), "these are not in the page"
