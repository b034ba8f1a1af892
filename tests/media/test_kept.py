"""The contract of faithfulness: what a file is besides its pixels survives a task, or the result's papers tell.

Each task is walked with each property: what a checker finds in the result is lost exactly where a finding says so.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import ExifTags, Image, ImageSequence, PngImagePlugin

from pmd_service.media.engines import enhance, marks, upscale

from .conftest import Report
from .files import animation, sprite
from .icc import ADOBE_RGB, grey_profile, ink_profile, matrix_profile

IMAGE_TASKS: dict[str, tuple[Any, dict[str, Any]]] = {
    "nearest": (upscale.run, {"factor": 2}),
    "epx": (upscale.run, {"factor": 2, "style": "epx"}),
    **{
        op: (enhance.run, {"operations": [{"op": op, **more}]})
        for op, more in {
            "autocontrast": {},
            "sharpen": {},
            "quantize": {"colours": 8},
            "crop_transparent": {},
            "resize_nearest": {"width": 32, "height": 32},
        }.items()
    },
    **{
        f"to {name}": (enhance.run, {"operations": [{"op": "convert", "format": name}]})
        for name in ("png", "gif", "webp", "bmp", "jpg")
    },
}


class Kept(msgspec.Struct, frozen=True):
    """``made`` writes a file that has the property, ``is_there`` looks for it; ``told`` is the finding of its loss."""

    made: Callable[[Path], Path]
    is_there: Callable[[Image.Image], bool]
    told: str


WIDE = matrix_profile(*ADOBE_RGB)
PIXELS = np.asarray(sprite(16).convert("RGB"))


def saved(name: str, image: Image.Image, **options: Any) -> Callable[[Path], Path]:
    def save(folder: Path) -> Path:
        image.save(folder / name, **options)
        return folder / name

    return save


def rights() -> dict[str, Any]:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist], exif[ExifTags.Base.Copyright] = b"A. Painter", "© 2026 A. Painter".encode()
    return {"exif": exif}


def texts() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Author", "A. Painter")
    info.add_itxt("Copyright", "© 2026 A. Painter")
    return info


def names_its_author(image: Image.Image) -> bool:
    exif = image.getexif()
    said = [exif.get(ExifTags.Base.Artist), exif.get(ExifTags.Base.Copyright), *image.info.values()]
    return {"A. Painter", "© 2026 A. Painter"} <= {marks.exif_text(value) for value in said if isinstance(value, str)}


def durations(image: Image.Image) -> list[int]:
    found = []
    for frame in ImageSequence.Iterator(image):
        frame.load()
        found.append(int(frame.info.get("duration", 0)))
    return found


def has_half_alpha(image: Image.Image) -> bool:
    return 128 in {value for _, value in image.convert("RGBA").getchannel("A").getcolors() or ()}


def half_clear() -> Image.Image:
    image = sprite(16)
    image.putpixel((8, 8), (20, 12, 28, 128))
    return image


DEEP = Image.fromarray((np.arange(256) * 257).astype(np.uint16).reshape(16, 16))
BARE = Image.fromarray(np.asarray(sprite(16).getchannel("A"))).convert("1")
IMAGE_PROPERTIES = {
    "profile": Kept(
        saved("wide.png", sprite(16).convert("RGB"), icc_profile=WIDE),
        lambda image: image.info.get("icc_profile") == WIDE,
        "profile_converted",
    ),
    "profile of greys": Kept(
        saved(
            "grey.png", Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)), icc_profile=grey_profile(461)
        ),
        lambda image: image.info.get("icc_profile") == grey_profile(461) and image.mode in ("L", "LA"),
        "profile_converted",
    ),
    "inks": Kept(
        saved("inks.tif", Image.new("CMYK", (16, 16), (51, 102, 0, 51)), icc_profile=ink_profile()),
        lambda image: image.mode == "CMYK",
        "profile_converted",
    ),
    "palette": Kept(
        saved("few.png", sprite(16).convert("RGB").quantize(16)),
        lambda image: image.mode == "P",
        "not_indexed",
    ),
    "alpha": Kept(saved("clear.png", half_clear()), has_half_alpha, "no"),
    "depth": Kept(saved("deep.png", DEEP), lambda image: image.mode.startswith("I"), "fewer_bits"),
    "one bit": Kept(saved("bare.png", BARE), lambda image: len(image.convert("RGB").getcolors() or ()) == 2, "lossy"),
    "author in a PNG": Kept(saved("by.png", sprite(16), pnginfo=texts()), names_its_author, "words_left"),
    "author in EXIF": Kept(saved("by.jpg", sprite(16).convert("RGB"), **rights()), names_its_author, "words_left"),
    "pages": Kept(
        saved("pages.tif", sprite(16).convert("RGB"), save_all=True, append_images=[Image.new("RGB", (16, 16))]),
        lambda image: getattr(image, "n_frames", 1) == 2,
        "pages_left",
    ),
    "frame times": Kept(
        lambda folder: animation(folder / "moving.png", durations=(50, 120, 200)),
        lambda image: durations(image) == [50, 120, 200],
        "no",
    ),
}


@pytest.mark.parametrize("task", [*IMAGE_TASKS])
@pytest.mark.parametrize("name", [*IMAGE_PROPERTIES])
def test_what_a_picture_is_survives_or_is_told(tmp_path: Path, report: Report, task: str, name: str) -> None:
    kept, (engine, params) = IMAGE_PROPERTIES[name], IMAGE_TASKS[task]
    result, said = report(engine, kept.made(tmp_path), **params)
    with Image.open(result) as image:
        assert kept.is_there(image) != (kept.told in said), (image.mode, image.info, said)
