"""Pillow plugins: Aseprite files by our own reader, and JPEG XL if its package is installed."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from PIL import Image

_ASEPRITE = "ASEPRITE"
_JXL_WHEEL = "pillow_jxl"
_ASEPRITE_MAGIC = b"\xe0\xa5"


def why_unreadable(reader: str) -> str | None:
    """Why files of this format cannot be shown, for the owner; None if they can.

    HEIC's decoder (libde265) requires threads, which the sandbox forbids.
    """
    if reader == "HEIF":
        return "HEIC cannot be decoded here: upload it as JPEG as well."
    if reader == "JXL" and find_spec(_JXL_WHEEL) is None:
        return "The decoder of JPEG XL is not installed here: upload it as PNG as well."
    return None


def plug_in(reader: str) -> None:
    """Let Pillow open files of this format, in a single thread, as the sandbox requires.

    Raises:
        ImportError: the reader cannot be loaded. Pillow itself would call the file unidentified.
    """
    if reader == "AVIF":
        import_module("PIL.AvifImagePlugin").DEFAULT_MAX_THREADS = 1  # type: ignore[attr-defined]
    elif reader == "JXL":
        # It registers itself; 0 means no additional threads.
        jxl: Any = import_module(_JXL_WHEEL)
        jxl.JpegXLImagePlugin.DECODE_THREADS = 0
    elif reader == _ASEPRITE and _ASEPRITE not in Image.OPEN:
        # numpy takes longer to import than all else that images need.
        from .aseprite import AsepriteImage  # noqa: PLC0415

        # Pillow tries all registered plugins when no format is given.
        Image.register_open(_ASEPRITE, AsepriteImage, lambda head: head[4:6] == _ASEPRITE_MAGIC)
    if reader not in Image.OPEN:
        Image.init()
        if reader not in Image.OPEN:
            raise ImportError(f"Pillow’s reader of {reader} cannot be loaded")
