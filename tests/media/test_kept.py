"""The contract of faithfulness: what a file is besides its pixels survives a task, or is a finding of the result.

Each task is walked with each property: what a checker finds in the result is lost exactly where a finding says so.
"""

import base64
import struct
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest
import soundfile
from PIL import ExifTags, Image, ImageSequence, PngImagePlugin

from pmd_service.assets.types import AssetType
from pmd_service.media.engines import provenance
from pmd_service.media.engines.images import bit_depth
from pmd_service.media.engines.tags import _picture_block, cover_of
from pmd_service.media.messages import NothingToDo
from pmd_service.media.probe import PROBE_ENGINE
from pmd_service.media.registry import KINDS

from .conftest import Make, Report
from .files import animation, deep_png, sprite
from .icc import ADOBE_RGB, grey_profile, ink_profile, matrix_profile
from .kept import COVER, COVER_SIZE, TAGS, tagged

Task = tuple[Any, dict[str, Any]]


def tasks(kind_of_file: AssetType) -> dict[str, Task]:
    """Each task that takes such a file and makes another, with each of its examples."""
    found = {}
    for name, kind in KINDS.items():
        for params in kind.examples.get(kind_of_file, ()) if kind.engine is not PROBE_ENGINE else ():
            assert kind.engine is not None
            given = msgspec.to_builtins(params)
            found[f"{name} {msgspec.json.encode(params).decode()}"] = (import_module(kind.engine.module).run, given)
    # It is asked to leave out what it leaves out, and a palette is no picture.
    return {name: task for name, task in found.items() if '"metadata":false' not in name and "extract" not in name}


IMAGE_TASKS = tasks("image")


class Kept(msgspec.Struct, frozen=True):
    """``made`` writes a file that has the property, ``is_there`` looks for it; ``reported``: the findings if not."""

    made: Callable[[Path], Path]
    is_there: Callable[[Image.Image], bool]
    reported: str


WIDE = matrix_profile(*ADOBE_RGB)
PIXELS = np.asarray(sprite(16).convert("RGB"))


def saved(name: str, image: Image.Image, **options: Any) -> Callable[[Path], Path]:
    def save(folder: Path) -> Path:
        image.save(folder / name, **options)
        return folder / name

    return save


def written(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def deep_tiff(folder: Path) -> Path:
    """By libav, whose TIFFs are not ours."""
    with av.open(str(folder / "deep.tif"), "w", format="image2", container_options={"update": "1"}) as container:
        stream = container.add_stream("tiff", rate=1, options={"compression_algo": "deflate"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "rgba64le"
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(COLOURS), format="rgba64le")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return folder / "deep.tif"


def has_16_bits(image: Image.Image) -> bool:
    return bit_depth(image, Path(str(getattr(image, "filename", "")))) == 16


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
    findings = [exif.get(ExifTags.Base.Artist), exif.get(ExifTags.Base.Copyright), *image.info.values()]
    return {"A. Painter", "© 2026 A. Painter"} <= {
        provenance.exif_text(value) for value in findings if isinstance(value, str)
    }


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
    image.putpixel((9, 9), (20, 12, 28, 128))
    return image


COLOURS = np.random.default_rng(3).integers(0, 1 << 16, (16, 16, 4), dtype=np.uint16)
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
    "alpha": Kept(saved("clear.png", half_clear()), has_half_alpha, "alpha_left"),
    "depth of greys": Kept(saved("deep.png", DEEP), has_16_bits, "fewer_bits"),
    "depth": Kept(written("deep.png", deep_png(COLOURS)), has_16_bits, "fewer_bits"),
    "depth of a TIFF": Kept(deep_tiff, has_16_bits, "fewer_bits"),
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
        "times_left first_frame",
    ),
}


# A sheet's times are in the file beside it; and what AVIF leaves of two colours may be two colours.
PICTURES = [
    (task, name)
    for task in IMAGE_TASKS
    for name in IMAGE_PROPERTIES
    if not (task.startswith("pack_sprites") and name == "frame times") and not ("avif" in task and name == "one bit")
]


@pytest.mark.parametrize(("task", "name"), PICTURES)
def test_a_pictures_properties_survive_or_are_findings(tmp_path: Path, report: Report, task: str, name: str) -> None:
    kept, (engine, params) = IMAGE_PROPERTIES[name], IMAGE_TASKS[task]
    try:
        result, findings = report(engine, kept.made(tmp_path), **params)
    except NothingToDo:
        return  # the file is left as it is
    with Image.open(result) as image:
        assert kept.is_there(image) != bool(findings.keys() & {*kept.reported.split()}), (
            image.mode,
            image.info,
            findings,
        )


SOUND_TASKS = tasks("audio")


def all_tags(sound: av.container.InputContainer) -> dict[str, str]:
    return {**sound.metadata, **sound.streams.audio[0].metadata}


def has_cover(sound: av.container.InputContainer) -> bool:
    return any(bytes(next(sound.demux(stream))) == COVER for stream in sound.streams.video)


SOUND_PROPERTIES: dict[str, tuple[dict[str, Any], Callable[[av.container.InputContainer], bool], str]] = {
    "tags": ({}, lambda sound: TAGS.items() <= all_tags(sound).items(), "no"),
    "place": ({}, lambda sound: "location" in all_tags(sound), "notes_left"),
    "cover": ({"cover": True}, has_cover, "cover_left"),
    "depth": ({"deep": True}, lambda sound: "32" in sound.streams.audio[0].format.name, "lossy"),
    "rate": ({"rate": 96_000}, lambda sound: sound.streams.audio[0].rate == 96_000, "resampled"),
    "channels": ({"layout": "5.1"}, lambda sound: sound.streams.audio[0].channels == 6, "downmixed"),
}


@pytest.mark.parametrize("task", [*SOUND_TASKS])
@pytest.mark.parametrize("name", [*SOUND_PROPERTIES])
def test_a_sounds_properties_survive_or_are_findings(tmp_path: Path, report: Report, task: str, name: str) -> None:
    (made, is_there, reported), (engine, params) = SOUND_PROPERTIES[name], SOUND_TASKS[task]
    try:
        result, findings = report(engine, tagged(tmp_path / "song.flac", **made), **params)
    except NothingToDo:
        return  # the file is left as it is
    with av.open(str(result)) as sound:
        assert is_there(sound) != (reported in findings), (sound.metadata, findings)


def test_a_cover_in_ogg_has_its_measures(tmp_path: Path) -> None:
    """RFC 9639, 8.8; libav goes by the picture itself."""
    with av.open(str(tagged(tmp_path / "song.flac", cover=True))) as sound:
        cover = cover_of(sound)
        assert cover is not None
        block = base64.b64decode(_picture_block(cover, COVER))
    kind, length = struct.unpack_from(">II", block)
    assert (kind, block[8 : 8 + length]) == (3, b"image/png")
    assert struct.unpack_from(">6I", block, 8 + length) == (0, *COVER_SIZE, 24, 0, len(COVER))


def test_the_first_track_of_a_sound_is_taken_and_another_is_a_finding(tmp_path: Path, report: Report) -> None:
    engine, params = next(task for task in SOUND_TASKS.values() if task[1].get("format") == "flac")
    result, findings = report(engine, tagged(tmp_path / "song.m4a", tracks=2), **params)
    assert "tracks_left" in findings
    assert np.abs(soundfile.read(result)[0]).max() > 0.1, "the second is silent"


@pytest.mark.parametrize("task", [*SOUND_TASKS])
def test_the_same_task_on_a_sound_twice_gives_the_same_bytes(tmp_path: Path, make: Make, task: str) -> None:
    engine, params = SOUND_TASKS[task]
    source = tagged(tmp_path / "song.flac", cover=True)
    try:
        first, second = (make(engine, source, **params).read_bytes() for _ in range(2))
    except NothingToDo:
        return  # the file is left as it is
    assert first == second
