"""Sheets cut and made (DEPTH section 8)."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from pmd_service.media.engines import atlas, packing, skyline, slicing
from pmd_service.media.messages import RefusalError, result_name

from . import aseprite_files as ase
from .files import animation, sprite
from .workbench import run


def test_a_sheet_is_cut_into_the_very_sprites_that_were_put_on_it(tmp_path: Path, folder: Path) -> None:
    sheet = Image.new("RGBA", (100, 60))
    put = [(sprite(16), (2, 3)), (sprite(24, shift=2), (40, 30)), (sprite(8, shift=1), (80, 4))]
    for image, place in put:
        sheet.paste(image, place)
    sheet.save(tmp_path / "sheet.png")
    made = run(slicing, folder, tmp_path / "sheet.png", by="alpha")
    assert [piece.label for piece in made.files] == ["1", "2", "3"]
    cut = [Image.open(folder / piece.name).convert("RGBA") for piece in made.files]
    by_place = [put[0][0], put[2][0], put[1][0]]
    for one, image in zip(cut, by_place, strict=True):
        box = image.getchannel("A").getbbox()
        assert one.tobytes() == image.crop(box).tobytes()


def test_parts_are_found_as_a_flood_would_find_them() -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        solid = rng.random((30, 40)) < 0.3
        assert slicing.components(solid) == flooded(solid)


def flooded(solid: np.ndarray) -> list[tuple[int, int, int, int]]:
    left = {(int(y), int(x)) for y, x in np.argwhere(solid)}
    boxes = []
    while left:
        todo, part = [left.pop()], []
        while todo:
            y, x = todo.pop()
            part.append((y, x))
            near = {(y + down, x + across) for down in (-1, 0, 1) for across in (-1, 0, 1)} & left
            left -= near
            todo += near
        rows, columns = [y for y, _ in part], [x for _, x in part]
        boxes.append((min(columns), min(rows), max(columns) + 1, max(rows) + 1))
    return sorted(boxes, key=lambda box: (box[1], box[0], box[3], box[2]))


def test_a_gap_joins_what_is_near(tmp_path: Path) -> None:
    solid = np.zeros((4, 12), np.bool_)
    solid[1, [1, 4, 10]] = True
    assert len(slicing.components(solid, 1)) == 3
    assert len(slicing.components(solid, 3)) == 2


def test_a_grid_has_whole_cells_and_leaves_out_empty_ones(tmp_path: Path, folder: Path) -> None:
    sheet = Image.new("RGBA", (1 + 3 * 17, 1 + 2 * 17))
    for number, place in enumerate([(1, 1), (18, 1), (35, 18)]):
        sheet.paste(sprite(16, shift=number), place)
    sheet.save(tmp_path / "sheet.png")
    made = run(slicing, folder, tmp_path / "sheet.png", by="grid", width=16, height=16, margin=1, spacing=1)
    cut = [Image.open(folder / piece.name).convert("RGBA").tobytes() for piece in made.files]
    assert cut == [sprite(16, shift=number).tobytes() for number in range(3)]


def test_what_moves_is_cut_by_its_frames(tmp_path: Path, folder: Path) -> None:
    made = run(slicing, folder, animation(tmp_path / "walk.gif"), by="frames")
    cut = [Image.open(folder / piece.name).convert("RGBA").tobytes() for piece in made.files]
    assert cut == [sprite(16, shift=number).tobytes() for number in range(3)]


@pytest.fixture
def hero(tmp_path: Path) -> Path:
    """Three frames, a body below a head; the first two are tagged, to be played there and back."""
    size = (8, 8)
    frames = [[ase.cel(0, ase.flat((10 * number, 0, 0, 255), size), size)] for number in range(1, 4)]
    named = [ase.layer("body"), ase.tags(("walk/a", 0, 2, 2), ("end", 2, 2, 0)), ase.slices("head", (0, 1, 2, 3, 4))]
    path = tmp_path / "hero.aseprite"
    path.write_bytes(ase.sprite(size, [*named, *frames[0]], *frames[1:], ms=80))
    return path


def test_a_tag_becomes_an_animation_in_the_order_in_which_it_plays(hero: Path, folder: Path) -> None:
    made = run(slicing, folder, hero, by="tags")
    assert [piece.label for piece in made.files] == ["walk/a", "end"]
    assert result_name("hero.aseprite", "walk/a", ".gif") == "hero walk_a.gif"
    with Image.open(folder / made.files[0].name) as walk:
        reds = [frame.convert("RGB").getpixel((0, 0)) for frame in ImageSequence.Iterator(walk)]
        assert walk.info["loop"] == 0
    assert reds == [(10, 0, 0), (20, 0, 0), (30, 0, 0), (20, 0, 0)]


def test_a_slice_becomes_a_file_of_its_name(hero: Path, folder: Path) -> None:
    (piece,) = run(slicing, folder, hero, by="slices").files
    assert piece.label == "head"
    with Image.open(folder / piece.name) as head:
        assert head.size == (3, 4)


def test_tags_come_with_the_frames_onto_a_sheet(hero: Path, folder: Path) -> None:
    _, beside = run(packing, folder, hero, data="aseprite").files
    reported = json.loads((folder / beside.name).read_text())
    assert reported["meta"]["frameTags"] == [{"name": "hero walk/a", "from": 0, "to": 2, "direction": "pingpong"}]
    assert [frame["duration"] for frame in reported["frames"].values()] == [80, 80, 80]


@pytest.mark.parametrize(
    ("size", "code"), [((4, 4), "nothing_there"), ((200, 200), "too_many_pieces")], ids=["empty", "too many"]
)
def test_a_sheet_that_cannot_be_cut_says_why(tmp_path: Path, folder: Path, size: tuple[int, int], code: str) -> None:
    sheet = Image.new("RGBA", size)
    for x in range(0, size[0] - 4, 2):
        for y in range(0, size[1] - 4, 2):
            sheet.putpixel((x, y), (255, 0, 0, 255))
    sheet.save(tmp_path / "sheet.png")
    with pytest.raises(RefusalError) as refused:
        run(slicing, folder, tmp_path / "sheet.png", by="alpha")
    assert refused.value.code == code


@pytest.mark.parametrize(("side", "why"), [(32, "No cell fits: this picture is 16 × 16 pixels"), (8, "transparent")])
def test_a_grid_that_cuts_nothing_says_if_cells_or_sheet_are_why(
    tmp_path: Path, folder: Path, side: int, why: str
) -> None:
    Image.new("RGBA", (16, 16), (255, 0, 0, 255 if side > 16 else 0)).save(tmp_path / "sheet.png")
    with pytest.raises(RefusalError, match=why) as refused:
        run(slicing, folder, tmp_path / "sheet.png", by="grid", width=side, height=side)
    assert refused.value.code == "nothing_there"


@pytest.mark.parametrize("power_of_two", [False, True])
def test_nothing_on_a_sheet_lies_over_another(power_of_two: bool) -> None:
    rng = random.Random(3)
    sizes = [(rng.randint(1, 60), rng.randint(1, 60)) for _ in range(300)]
    sheet = skyline.pack(sizes, power_of_two=power_of_two)
    taken = np.zeros((sheet.height, sheet.width), np.int32)
    for (x, y), (width, height) in zip(sheet.places, sizes, strict=True):
        assert x + width <= sheet.width
        assert y + height <= sheet.height
        taken[y : y + height, x : x + width] += 1
    assert taken.max() == 1
    if power_of_two:
        assert sheet.width & (sheet.width - 1) == sheet.height & (sheet.height - 1) == 0
    else:
        assert taken.mean() > 0.9


@pytest.fixture
def sheet(tmp_path: Path, folder: Path, request: pytest.FixtureRequest) -> tuple[Image.Image, str]:
    """A sheet of a still and an animation, and what was written beside it."""
    sprite(24).save(tmp_path / "hero.png")
    made = run(packing, folder, tmp_path / "hero.png", animation(tmp_path / "walk.gif"), data=request.param)
    picture, beside = made.files
    return Image.open(folder / picture.name).convert("RGBA"), (folder / beside.name).read_text()


@pytest.mark.parametrize("sheet", ["texturepacker_hash", "texturepacker_array", "aseprite"], indirect=True, ids=str)
def test_what_stands_beside_a_sheet_finds_every_frame_on_it(sheet: tuple[Image.Image, str]) -> None:
    image, text = sheet
    reported = json.loads(text)
    assert reported["meta"]["image"] == "hero sheet.png"
    assert reported["meta"]["size"] == {"w": image.width, "h": image.height}
    frames = reported["frames"]
    named = frames if isinstance(frames, dict) else {frame["filename"]: frame for frame in frames}
    assert list(named) == ["hero.png", "walk 0.png", "walk 1.png", "walk 2.png"]
    originals = [sprite(24), *(sprite(16, shift=number) for number in range(3))]
    for frame, original in zip(named.values(), originals, strict=True):
        at, cut = frame["frame"], frame["spriteSourceSize"]
        whole = Image.new("RGBA", (frame["sourceSize"]["w"], frame["sourceSize"]["h"]))
        box = (at["x"], at["y"], at["x"] + at["w"], at["y"] + at["h"])
        whole.paste(image.crop(box), (cut["x"], cut["y"]))
        assert whole.tobytes() == original.tobytes()
    if "frameTags" in reported["meta"]:
        assert [frame["duration"] for frame in named.values()] == [100, 50, 100, 200]
        assert reported["meta"]["frameTags"][1] == {"name": "walk", "from": 1, "to": 3, "direction": "forward"}


@pytest.mark.parametrize("sheet", ["godot"], indirect=True)
def test_godot_gets_an_animation_for_each_picture(sheet: tuple[Image.Image, str]) -> None:
    _, text = sheet
    assert text.startswith('[gd_resource type="SpriteFrames" load_steps=6 format=3]')
    assert 'path="hero sheet.png"' in text
    assert text.count('type="AtlasTexture"') == 4
    assert '"name": &"walk", "speed": 20' in text
    assert '"duration": 4, "texture": SubResource("4")' in text


@pytest.mark.parametrize("sheet", ["css"], indirect=True)
def test_css_gets_a_class_for_each_sprite(sheet: tuple[Image.Image, str]) -> None:
    assert all(f".sprite-{name} {{" in sheet[1] for name in ("hero", "walk-0", "walk-1", "walk-2"))


def test_hostile_names_are_escaped_in_a_sheets_data() -> None:
    name = 'a"]\n[x];}</style>\\.png'
    one = atlas.Sprite(
        name=name, group=name, x=0, y=0, width=1, height=1, left=0, top=0, source_width=1, source_height=1,
        duration_ms=None,
    )  # fmt: skip
    record = atlas.Sheet(image=name, width=1, height=1, sprites=[one])
    assert json.loads(atlas.aseprite(record))["meta"]["image"] == name
    assert "</style>" not in atlas.css(record)
    assert r'path="a\"]\n[x];}</style>\\.png" id' in atlas.godot(record)
