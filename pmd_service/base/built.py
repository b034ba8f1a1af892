"""Where the files lie that Node.js has built: carried by the wheel, or in the checkout after ``make``."""

from pathlib import Path

_FOLDERS = (Path(__file__).parents[1] / "web", Path(__file__).parents[2] / "web" / "dist")


def find_built(name: str) -> Path | None:
    """The folder in which this file has been built; None where it never was."""
    return next((folder for folder in _FOLDERS if (folder / name).is_file()), None)
