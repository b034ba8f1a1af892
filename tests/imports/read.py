"""Reading an archive as the child does, without a child."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pmd_service.imports import reading
from pmd_service.media.messages import Work


def read(archive: bytes, folder: Path) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
    """The heading, and the items with the names of their files.

    Raises:
        RefusalError: it is refused.
    """
    source = folder / "archive.zip"
    source.write_bytes(archive)
    reading.run(Work(source=str(source), folder=str(folder)), lambda *_: None)
    heading, *lines = (folder / reading.RESULT).read_bytes().splitlines()
    return json.loads(heading), [_named(json.loads(line)) for line in lines]


def _named(item: dict[str, Any]) -> dict[str, Any]:
    entry = item.pop("entry", None)
    return item | {"file": entry[0]} if entry else item


def lost(items: list[dict[str, Any]]) -> dict[str, int]:
    """How much is lost, by reason."""
    counts: dict[str, int] = {}
    for item in items:
        if item["type"] == "lost":
            counts[item["reason"]] = counts.get(item["reason"], 0) + item.get("count", 1)
    return counts
