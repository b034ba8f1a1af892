"""Where the built page lies: carried by the wheel, or in the checkout after ``make``."""

from pathlib import Path

PACKAGED = Path(__file__).parents[1] / "web"
CHECKOUT = Path(__file__).parents[2] / "web" / "dist"


def find_built_page() -> Path | None:
    """The folder that Vite has written, with ``index.html`` and ``assets/``; None where the page was never built."""
    return next((folder for folder in (PACKAGED, CHECKOUT) if (folder / "index.html").is_file()), None)
