"""Where the built page lies."""

from pathlib import Path

from ..base.built import find_built


def find_built_page() -> Path | None:
    """The folder that Vite has written, with ``index.html`` and ``assets/``; None where the page was never built."""
    return find_built("index.html")
