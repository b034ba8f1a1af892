"""What is as asked for already is left as it is, with a sentence that says so."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pmd_service.media.engines import enhance, export, levels, palette
from pmd_service.media.messages import NothingToDo

from .conftest import Make
from .files import moving_picture, save_sound, save_video, sprite, tone
from .quality import music

TEAL_AND_RED = "008080 ff0000"


def flat(folder: Path) -> Path:
    """Two colours of a palette, without a margin, from black to white nowhere to stretch."""
    image = Image.new("RGB", (16, 16), "teal")
    image.paste("red", (0, 0, 8, 16))
    image.save(folder / "flat.png")
    return folder / "flat.png"


def from_black_to_white(folder: Path) -> Path:
    ramp = np.tile(np.linspace(0, 255, 256).astype(np.uint8), (32, 1))
    ramp[:, :8], ramp[:, -8:] = 0, 255
    Image.fromarray(ramp).convert("RGB").save(folder / "ramp.png")
    return folder / "ramp.png"


def loud(folder: Path) -> Path:
    return save_sound(folder / "loud.wav", tone(2.0))


def plain(folder: Path) -> Path:
    Image.new("RGB", (16, 16), "teal").save(folder / "plain.png")
    return folder / "plain.png"


def photo(folder: Path) -> Path:
    Image.new("RGB", (48, 16), "teal").save(folder / "photo.jpg")
    return folder / "photo.jpg"


def film(folder: Path) -> Path:
    return save_video(folder / "film.mp4", moving_picture(6))


CASES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "contrast": (from_black_to_white, enhance.run, {"operations": [{"op": "autocontrast"}]}),
    "sharpen": (plain, enhance.run, {"operations": [{"op": "sharpen"}]}),
    "margin": (flat, enhance.run, {"operations": [{"op": "crop_transparent"}]}),
    "silence": (loud, enhance.run, {"operations": [{"op": "trim_silence"}, {"op": "trim", "end": 9.0}]}),
    "colour": (film, enhance.run, {"operations": [{"op": "colour", "vibrance": 0}]}),
    "reduce": (flat, palette.run, {"colours": TEAL_AND_RED}),
    "same picture": (plain, export.run, {}),
    "same format": (plain, export.run, {"format": "png", "scaling": "nearest", "dither": False}),
    "same size": (plain, export.run, {"longest_side": 16, "scaling": "nearest"}),
    "same size and format": (photo, export.run, {"longest_side": 64, "format": "jpg"}),
    "same sound": (loud, export.run, {"format": "wav"}),
    "swap": (flat, palette.run, {"method": "swap", "replaces": "123456", "colours": "654321"}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_as_asked_for_is_left_with_a_sentence(tmp_path: Path, make: Make, case: str) -> None:
    source, engine, params = CASES[case]
    with pytest.raises(NothingToDo, match="there is nothing to change"):
        make(engine, source(tmp_path), **params)


def test_what_else_is_asked_for_is_done_without_a_resize(tmp_path: Path, make: Make) -> None:
    with Image.open(make(export.run, photo(tmp_path), longest_side=24)) as smaller:
        assert smaller.size == (24, 8)
    with Image.open(make(export.run, photo(tmp_path), longest_side=64, format="png")) as other:
        assert (other.format, other.size) == ("PNG", (48, 16))


def test_a_sound_that_was_levelled_is_not_levelled_again(tmp_path: Path, make: Make) -> None:
    played = music(12)
    source = save_sound(tmp_path / "music.wav", played / np.abs(played).max() * 0.3)
    (tmp_path / "again").mkdir()
    for engine, params in ((enhance.run, {"operations": [{"op": "normalize"}]}), (levels.run, {"target_lufs": -20.0})):
        result = make(engine, source, **params)
        kept = result.rename(tmp_path / "again" / result.name)
        with pytest.raises(NothingToDo, match="there is nothing to change"):
            make(engine, kept, **params)


def test_one_operation_that_changes_something_is_enough(tmp_path: Path, make: Make) -> None:
    sprite(16).save(tmp_path / "sprite.png")
    operations = [{"op": "crop_transparent"}, {"op": "sharpen"}]
    assert make(enhance.run, flat(tmp_path), operations=operations).stat().st_size
    trims = [{"op": "trim", "end": 9.0}, {"op": "fade", "fade_in": 0.5}]
    assert make(enhance.run, loud(tmp_path), operations=trims).stat().st_size
