"""Pictures inside other files: PNG, JPEG and WebP, within the limits of pictures that are files."""

import io

from PIL import ExifTags, Image

from .. import caps
from ..messages import RefusalError
from . import images

_READERS = ("PNG", "JPEG", "WEBP")
NO_PICTURE = "It holds no picture of itself."


def embedded_picture(data: bytes) -> Image.Image:
    """The picture; nothing is decoded yet.

    Raises:
        RefusalError: it is none, or exceeds the limits.
    """
    if len(data) > caps.BYTES["image"]:
        raise RefusalError("too_large", f"Its picture is larger than {caps.BYTES['image'] // caps.MIB} MiB.")
    with images.bounded_chunks(), images.bounded_pixels():
        image = Image.open(io.BytesIO(data), formats=_READERS)
    images.refuse_many_pixels(image)
    if image.format in ("JPEG", "MPO"):
        images.refuse_many_scans(data, image.width * image.height)
    return image


def has_place(image: Image.Image) -> bool:
    return bool(image.getexif().get_ifd(ExifTags.IFD.GPSInfo))
