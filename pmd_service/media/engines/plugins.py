"""What Pillow reads beyond its own formats: Aseprite's files by our reader, and JPEG XL where its wheel is."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from PIL import Image

_ASEPRITE = "ASEPRITE"
_JXL_WHEEL = "pillow_jxl"
_ASEPRITE_MAGIC = b"\xe0\xa5"


def why_unreadable(reader: str) -> str | None:
    """Why files of this format cannot be shown here, in a sentence; None where they can.

    HEIC's decoder (libde265) insists on threads of its own, and the child's walls have no door for any.
    """
    if reader == "HEIF":
        return "No reader of HEIC works behind the walls that files are looked at: save it as JPEG as well."
    if reader == "JXL" and find_spec(_JXL_WHEEL) is None:
        return "Whoever runs this service has not installed the reader of JPEG XL: save it as PNG as well."
    return None


def plug_in(reader: str) -> None:
    """Let Pillow open files of this format, in one thread: behind the child's walls there is no second."""
    if reader == "AVIF":
        import_module("PIL.AvifImagePlugin").DEFAULT_MAX_THREADS = 1  # type: ignore[attr-defined]
    elif reader == "JXL":
        # It registers itself; 0 is none beside the caller's own.
        jxl: Any = import_module(_JXL_WHEEL)
        jxl.JpegXLImagePlugin.DECODE_THREADS = 0
    elif reader == _ASEPRITE and _ASEPRITE not in Image.OPEN:
        # It needs numpy, which takes longer to import than all else that images need.
        from .aseprite import AsepriteImage  # noqa: PLC0415

        # Asked for by name only, yet Pillow tries all that are registered on what is opened without a name.
        Image.register_open(_ASEPRITE, AsepriteImage, lambda head: head[4:6] == _ASEPRITE_MAGIC)
