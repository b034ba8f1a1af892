"""Files built by Node.js: in the wheel, or in the checkout after ``make page``."""

from pathlib import Path

_FOLDERS = (Path(__file__).parents[1] / "web", Path(__file__).parents[2] / "web" / "dist")


def find_built(name: str) -> Path | None:
    """The folder of the build that has this file; None before any build."""
    return next((folder for folder in _FOLDERS if (folder / name).is_file()), None)
