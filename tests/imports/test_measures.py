"""What a picture's first bytes say of its size."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from pmd_service.imports.measures import HEAD_BYTES, pixels_in

SIZE = (300, 170)


@pytest.mark.parametrize(
    ("form", "mode", "options"),
    [
        ("PNG", "RGB", {}),
        ("GIF", "P", {}),
        ("BMP", "RGB", {}),
        ("WEBP", "RGB", {}),
        ("WEBP", "RGB", {"lossless": True}),
        ("WEBP", "RGBA", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}),
    ],
    ids=["png", "gif", "bmp", "webp", "webp lossless", "webp extended"],
)
def test_size_is_read_from_a_pictures_first_bytes(form: str, mode: str, options: dict[str, Any]) -> None:
    made = BytesIO()
    Image.new(mode, SIZE).save(made, form, **options)
    assert pixels_in(made.getvalue()[:HEAD_BYTES]) == SIZE


@pytest.mark.parametrize("head", [b"", b"BM", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8L", b"%PDF-1.7"])
def test_what_is_cut_off_or_no_picture_has_no_size(head: bytes) -> None:
    assert pixels_in(head) is None
