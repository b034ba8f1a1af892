"""Companions with a picture: project files, drawings, models and fonts. Only their previews are made."""

from importlib import import_module
from pathlib import Path

import msgspec
from PIL import Image

from ..formats import Format
from ..messages import Finding
from ..probe_result import PREVIEW_SIZES, Preview
from . import images, previews
from .colours import Colours

UNDECODABLE = "It cannot be decoded here: it is incomplete, or of a variant that is not supported."


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A companion's picture or why there is none, and what is known of the file besides.

    ``author`` and ``gps`` (whether it names a place) are what its packs must not contain by accident.
    """

    picture: Image.Image | None = None
    missing: str = ""
    author: str | None = None
    gps: bool = False
    findings: list[Finding] = []


def draw(path: Path, content: Format, folder: Path) -> tuple[Drawing, list[Preview]]:
    """The picture, and its previews in ``folder``.

    Raises:
        RefusalError: there is none, and nothing is known of the file; the message is for its owner.
    """
    assert content.drawer is not None
    drawing: Drawing = import_module(content.drawer).draw(path, folder)
    return drawing, [] if drawing.picture is None else draw_previews(drawing.picture, folder)


def draw_previews(picture: Image.Image, folder: Path) -> list[Preview]:
    is_large = max(picture.size) > max(PREVIEW_SIZES)
    screened = previews.screened(images.still_of(picture), Colours(picture))
    return previews.draw_still(screened, folder, is_large=is_large)
