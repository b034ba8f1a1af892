"""Small pictures, each with bytes of its own."""

import io

from PIL import Image


def picture(number: int = 0, kind: str = "PNG", *, side: int = 8) -> bytes:
    """A picture that no other number has."""
    image = Image.new("RGB", (side, side), (number % 256, number // 256, 7))
    data = io.BytesIO()
    image.save(data, kind)
    return data.getvalue()
