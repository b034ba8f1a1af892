"""Small pictures to look at."""

import io

from PIL import Image


def picture(number: int) -> bytes:
    """An 8 × 8 PNG whose colour tells which it is."""
    return _encoded([_tile(number)], "PNG")


def animation() -> bytes:
    """A GIF of two frames: red, then blue."""
    return _encoded([Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")], "GIF")


def _tile(number: int) -> Image.Image:
    tile = Image.new("RGB", (8, 8), (number * 53 % 256, number * 97 % 256, 160))
    tile.putpixel((number % 8, number // 8 % 8), (255, 255, 255))
    return tile


def _encoded(frames: list[Image.Image], kind: str) -> bytes:
    file = io.BytesIO()
    frames[0].save(file, kind, **({"save_all": True, "append_images": frames[1:], "loop": 0} if kind == "GIF" else {}))
    return file.getvalue()
