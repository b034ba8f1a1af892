"""The full texts of licences: Creative Commons' from the SPDX list, and our own (``licences/``)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ..site.license_texts import LicenseText, spdx_texts
from .licensing import OWN_TEXTS

_FOLDER = Path(__file__).with_name("licences")


def license_text(identifier: str) -> LicenseText:
    """The licence with this SPDX identifier, or one of our own by its LicenseRef."""
    return _own_texts().get(identifier) or spdx_texts()[identifier]


@cache
def _own_texts() -> Mapping[str, LicenseText]:
    """By LicenseRef; each begins with its name, and ends with the common part."""
    common = (_FOLDER / "common.txt").read_text("utf-8")
    own = {name: (_FOLDER / f"{kind}.txt").read_text("utf-8") for kind, name in OWN_TEXTS.items() if kind != "custom"}
    return {name: LicenseText(name=text.partition("\n")[0], text=f"{text}\n{common}") for name, text in own.items()}
