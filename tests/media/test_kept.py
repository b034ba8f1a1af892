"""The contract of faithfulness: what a file is besides its pixels survives a task, or the result's papers tell.

Each task is walked with each property: what a checker finds in the result is lost exactly where a finding says so.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest
from av.stream import Disposition
from PIL import ExifTags, Image, ImageSequence, PngImagePlugin

from pmd_service.media.engines import denoise_audio, enhance, marks, upscale

from .conftest import Make, Report
from .files import animation, encode_sound, image_bytes, sprite
from .icc import ADOBE_RGB, grey_profile, ink_profile, matrix_profile
from .quality import music, noise_for

Task = tuple[Any, dict[str, Any]]
IMAGE_TASKS: dict[str, Task] = {
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


SOUND_TASKS: dict[str, Task] = {
    "denoise": (denoise_audio.run, {}),
    "normalize": (enhance.run, {"operations": [{"op": "normalize"}]}),
    "trim_silence": (enhance.run, {"operations": [{"op": "trim_silence"}]}),
    **{
        f"to {name}": (enhance.run, {"operations": [{"op": "convert", "format": name}]})
        for name in ("wav", "flac", "ogg", "m4a", "mp3")
    },
}
TAGS = {"title": "Song", "artist": "A. B.", "album": "C", "copyright": "© 2026", "genre": "Chip", "track": "3"}
COVER = image_bytes(sprite(64), "PNG")


def tagged(
    path: Path, *, rate: int = 44_100, layout: str = "stereo", deep: bool = False, tracks: int = 1, cover: bool = False
) -> Path:
    """A noisy sound with all its tags."""
    clean = music(2, rate=rate)
    rows = np.stack([clean + noise_for(clean, snr_db=10)] * av.AudioLayout(layout).nb_channels) * 0.5
    with av.open(str(path), "w") as container:
        container.metadata.update(TAGS | {"location": "+52.5+013.4/"})
        streams = []
        for _ in range(tracks):
            stream = container.add_stream("flac" if path.suffix == ".flac" else "aac", rate=rate)
            assert isinstance(stream, av.AudioStream)
            stream.layout = layout
            if deep:
                stream.format = "s32"
            streams.append(stream)
        if cover:
            picture = container.add_stream("png", rate=1)
            assert isinstance(picture, av.VideoStream)
            picture.width, picture.height, picture.pix_fmt = 64, 64, "rgba"
            picture.disposition = Disposition.attached_pic
            container.start_encoding()
            packet: av.Packet[Any] = av.Packet(COVER)
            packet.stream, packet.pts, packet.dts, packet.is_keyframe = picture, 0, 0, True
            container.mux(packet)
        for stream in streams:
            container.mux(encode_sound(stream, rows, rate))
    return path


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
def test_what_a_sound_is_survives_or_is_told(tmp_path: Path, report: Report, task: str, name: str) -> None:
    (made, is_there, told), (engine, params) = SOUND_PROPERTIES[name], SOUND_TASKS[task]
    result, said = report(engine, tagged(tmp_path / "song.flac", **made), **params)
    with av.open(str(result)) as sound:
        assert is_there(sound) != (told in said), (sound.metadata, said)


@pytest.mark.parametrize("task", ["denoise", "to flac"])
def test_a_second_track_of_a_sound_is_told(tmp_path: Path, report: Report, task: str) -> None:
    engine, params = SOUND_TASKS[task]
    _, said = report(engine, tagged(tmp_path / "song.m4a", tracks=2), **params)
    assert "tracks_left" in said


@pytest.mark.parametrize("task", [*SOUND_TASKS])
def test_the_same_task_on_a_sound_twice_gives_the_same_bytes(tmp_path: Path, make: Make, task: str) -> None:
    engine, params = SOUND_TASKS[task]
    source = tagged(tmp_path / "song.flac", cover=True)
    first, second = (make(engine, source, **params).read_bytes() for _ in range(2))
    assert first == second
