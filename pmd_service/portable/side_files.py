"""The JSON side file beside each file, ``NAME.EXT.json``, with gallery-dl's keywords (its “metadata” postprocessor).

https://github.com/mikf/gallery-dl: dates are “YYYY-MM-DD HH:MM:SS” in UTC, and keys are sorted.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

CATEGORY: Literal["pmd"] = "pmd"


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Who has made it."""

    id: str
    name: str


class SideFile(msgspec.Struct, frozen=True, kw_only=True):
    """A side file's keywords, in the order of the alphabet."""

    alt_text: str | None
    author: Author
    category: Literal["pmd"]
    content_warnings: Sequence[str]
    date: str
    description: str | None
    extension: str
    filename: str
    height: int | None
    id: str
    license: str | None
    rating: int | None
    subcategory: Literal["post", "library"]
    tags: Sequence[str]
    title: str | None
    width: int | None


def side_date(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(" ", "seconds")[:19]


def render_side_file(side_file: SideFile) -> bytes:
    return msgspec.json.format(msgspec.json.encode(side_file), indent=4) + b"\n"
