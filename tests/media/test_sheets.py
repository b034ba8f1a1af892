"""Sheets cut and made (DEPTH section 8)."""

import json
import random
from pathlib import Path
from typing import Any

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
    for max_side, pages in ((4096, 1), (256, 5)):
        sheet = skyline.pack(sizes, max_side=max_side, power_of_two=power_of_two)
        assert len(sheet.pages) == pages
        taken = [np.zeros((height, width), np.int32) for width, height in sheet.pages]
        for (page, x, y), (width, height) in zip(sheet.places, sizes, strict=True):
            assert max(sheet.pages[page]) <= max_side
            assert x + width <= sheet.pages[page][0]
            assert y + height <= sheet.pages[page][1]
            taken[page][y : y + height, x : x + width] += 1
        assert max(page.max() for page in taken) == 1
        if power_of_two:
            assert all(side & (side - 1) == 0 for size in sheet.pages for side in size)
        else:
            assert min(page.mean() for page in taken[:-1] or taken) > 0.85


def test_padding_stands_between_sprites_and_not_around_them() -> None:
    sheet = skyline.pack([(30, 30)] * 4, max_side=64, padding=4)
    assert sheet.pages == [(64, 64)]
    assert sorted((left, top) for _, left, top in sheet.places) == [(0, 0), (0, 34), (34, 0), (34, 34)]


def on_page(folder: Path, frame: dict[str, Any], image: str) -> Image.Image:
    at = frame["frame"]
    with Image.open(folder / image) as page:
        return page.convert("RGBA").crop((at["x"], at["y"], at["x"] + at["w"], at["y"] + at["h"]))


@pytest.mark.parametrize("data", ["texturepacker_hash", "texturepacker_array", "phaser", "godot", "css"])
def test_frames_of_several_pages_are_found_on_theirs(tmp_path: Path, folder: Path, data: str) -> None:
    sources = []
    for number in range(9):
        sources.append(tmp_path / f"tile {number}.png")
        Image.new("RGBA", (30, 30), (20 * number + 10, 0, 0, 255)).save(sources[-1])
    made = run(packing, folder, *sources, data=data, max_side=64)
    labels = [piece.label for piece in made.files if piece.name.endswith(".png")]
    assert labels == ["sheet", "sheet page 2", "sheet page 3"]
    files = {result_name("tile 0.png", piece.label, piece.name[-4:]): piece.name for piece in made.files}
    texts = [(folder / piece.name).read_text() for piece in made.files if not piece.name.endswith(".png")]
    if data in ("godot", "css"):
        assert all(sum(f'"{name}"' in text for text in texts) == 1 for name in files if name.endswith(".png"))
        return
    read = [json.loads(text) for text in texts]
    pages = read[0]["textures"] if data == "phaser" else [{**each["meta"], "frames": each["frames"]} for each in read]
    found: dict[str, Image.Image] = {}
    for page in pages:
        frames = page["frames"]
        named = frames if isinstance(frames, dict) else {frame["filename"]: frame for frame in frames}
        found |= {name: on_page(folder, frame, files[page["image"]]) for name, frame in named.items()}
    assert {name: image.getpixel((15, 15)) for name, image in found.items()} == {
        f"tile {number}.png": (20 * number + 10, 0, 0, 255) for number in range(9)
    }
    if data != "phaser":
        first = {"tile 0 sheet page 2.json", "tile 0 sheet page 3.json"}
        assert {*read[0]["meta"]["related_multi_packs"]} == first


def test_aseprites_data_of_several_pages_is_refused(tmp_path: Path, folder: Path) -> None:
    for number in range(9):
        Image.new("RGBA", (30, 30), (20 * number + 10, 0, 0, 255)).save(tmp_path / f"{number}.png")
    sources = [tmp_path / f"{number}.png" for number in range(9)]
    with pytest.raises(RefusalError, match="3 pages") as refused:
        run(packing, folder, *sources, data="aseprite", max_side=64)
    assert refused.value.code == "too_many_pages"


@pytest.mark.parametrize("power_of_two", [False, True])
def test_a_frame_that_is_larger_than_a_page_is_refused(tmp_path: Path, folder: Path, power_of_two: bool) -> None:
    Image.new("RGBA", (90, 20), "red").save(tmp_path / "wide.png")
    Image.new("RGBA", (20, 70), "blue").save(tmp_path / "high.png")
    for extrude in (0, 5):
        limits = {"max_side": 99 if power_of_two or extrude == 0 else 98, "power_of_two": power_of_two}
        if extrude or power_of_two:
            with pytest.raises(RefusalError, match=rf"has {90 + 2 * extrude} × {20 + 2 * extrude} ") as refused:
                run(packing, folder, tmp_path / "high.png", tmp_path / "wide.png", extrude=extrude, **limits)
            assert refused.value.code == "sprite_too_large"
        else:
            assert run(packing, folder, tmp_path / "wide.png", extrude=extrude, **limits).files


def test_equal_frames_have_one_place_unless_asked_for_each(tmp_path: Path, folder: Path) -> None:
    for name, shift in (("a", 0), ("b", 1), ("again", 0)):
        sprite(16, shift=shift).save(tmp_path / f"{name}.png")
    # The same bytes in another shape.
    for name, size in (("tall", (2, 8)), ("wide", (8, 2))):
        Image.new("RGBA", size, "red").save(tmp_path / f"{name}.png")
    sources = [tmp_path / f"{name}.png" for name in ("a", "b", "again", "tall", "wide")]
    places = {}
    for merge in (True, False):
        made = run(packing, folder, *sources, merge=merge)
        frames = json.loads((folder / made.files[1].name).read_text())["frames"]
        assert [*frames] == [path.name for path in sources]
        places[merge] = [(frame["frame"]["x"], frame["frame"]["y"]) for frame in frames.values()]
    assert places[True][0] == places[True][2]
    assert [len({*places[merge]}) for merge in (True, False)] == [4, 5]


def test_an_extruded_sprite_has_its_edges_around_it(tmp_path: Path, folder: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (8, 8, 4), np.uint8) | np.uint8(1)
    Image.fromarray(noise).save(tmp_path / "tile.png")
    made = run(packing, folder, tmp_path / "tile.png", extrude=2)
    at = json.loads((folder / made.files[1].name).read_text())["frames"]["tile.png"]["frame"]
    assert (at["x"], at["y"], at["w"], at["h"]) == (2, 2, 8, 8)
    with Image.open(folder / made.name) as sheet:
        assert np.array_equal(np.asarray(sheet.convert("RGBA")), np.pad(noise, ((2, 2), (2, 2), (0, 0)), mode="edge"))


def test_names_of_stills_and_frames_never_meet(tmp_path: Path, folder: Path) -> None:
    sprite(24).save(tmp_path / "walk 1.png")
    made = run(packing, folder, tmp_path / "walk 1.png", animation(tmp_path / "walk.gif"))
    frames = json.loads((folder / made.files[1].name).read_text())["frames"]
    assert [*frames] == ["walk 1.png", "walk 0.png", "walk 1 2.png", "walk 2.png"]


@pytest.fixture
def button(tmp_path: Path) -> Path:
    """Two frames with a clear margin; a nine-patch in it, and from the second frame on its pivot is elsewhere."""
    size, drawn = (20, 10), (16, 6)
    frames = [[ase.cel(0, ase.flat((60 * number, 0, 0, 255), drawn), drawn, x=2, y=2)] for number in (1, 2)]
    named = [
        ase.layer("body"),
        ase.slices("patch", (0, 2, 2, 16, 6), centre=(3, 2, 10, 2)),
        ase.slices("grip", (0, 4, 4, 4, 4), (1, 8, 4, 4, 4), pivot=(1, 1)),
    ]
    path = tmp_path / "button.aseprite"
    path.write_bytes(ase.sprite(size, [*named, *frames[0]], *frames[1:]))
    return path


@pytest.mark.parametrize("data", ["texturepacker_hash", "aseprite", "godot"])
def test_pivots_and_nine_slices_come_along_or_are_a_finding(button: Path, folder: Path, data: str) -> None:
    made = run(packing, folder, button, data=data)
    assert ("points_left" in {finding.code for finding in made.findings}) == (data == "godot")
    if data == "godot":
        return
    read = json.loads((folder / made.files[1].name).read_text())
    first, second = read["frames"].values()
    assert (first["anchor"], second["anchor"]) == ({"x": 0.25, "y": 0.5}, {"x": 0.45, "y": 0.5})
    for frame in (first, second):
        assert frame["scale9Borders"] == {"x": 5, "y": 4, "w": 10, "h": 2}
        assert frame["borders"] == {"left": 5, "top": 4, "right": 5, "bottom": 4}
        # Its borders count from the edges of the whole frame.
        assert not frame["trimmed"]
    if data == "aseprite":
        patch, grip = read["meta"]["slices"]
        assert (patch["name"], grip["name"]) == ("button patch", "button grip")
        assert [key["frame"] for key in grip["keys"]] == [0, 1]
        bounds = {"x": 2, "y": 2, "w": 16, "h": 6}
        assert patch["keys"] == [{"frame": 0, "bounds": bounds, "center": {"x": 3, "y": 2, "w": 10, "h": 2}}]
        assert grip["keys"][0]["pivot"] == {"x": 1, "y": 1}


HOSTILE_CENTRES = [(-9, 0, 4, 4), (0, 0, 0, 4), (0, 0, 2**31, 4), (7, 7, 4, 4)]


@pytest.mark.parametrize("centre", HOSTILE_CENTRES)
def test_a_nine_slice_outside_its_frame_is_left_out(
    tmp_path: Path, folder: Path, centre: tuple[int, int, int, int]
) -> None:
    cel = ase.cel(0, ase.flat((60, 0, 0, 255), (8, 8)), (8, 8))
    part = ase.slices("patch", (0, 0, 0, 8, 8), centre=centre)
    (tmp_path / "bad.aseprite").write_bytes(ase.sprite((8, 8), [ase.layer("body"), part, cel]))
    made = run(packing, folder, tmp_path / "bad.aseprite")
    assert "borders" not in (folder / made.files[1].name).read_text()


def test_a_sheet_of_few_colours_has_a_palette(tmp_path: Path, folder: Path) -> None:
    sprite(16).save(tmp_path / "few.png")
    bled = np.zeros((8, 8, 4), np.uint8)
    # Colours beneath what is clear, as against dark seams; a palette would lose them.
    bled[..., 0], bled[:4, :, 3] = np.arange(8) * 30, 255
    Image.fromarray(bled).save(tmp_path / "bled.png")
    for name, mode in (("few", "P"), ("bled", "RGBA")):
        made = run(packing, folder, tmp_path / f"{name}.png", trim=False)
        with Image.open(folder / made.name) as sheet, Image.open(tmp_path / f"{name}.png") as source:
            assert sheet.mode == mode
            assert sheet.convert("RGBA").tobytes() == source.convert("RGBA").tobytes()


@pytest.mark.parametrize(
    ("size", "visible", "reported"),
    [
        ((35, 32), 35, "3 columns on the right"),
        ((32, 37), 32, "5 rows at the bottom"),
        ((35, 37), 35, "3 columns on the right and 5 rows at the bottom"),
        ((35, 32), 32, None),
        ((32, 32), 32, None),
    ],
)
def test_a_grid_reports_visible_columns_that_make_no_whole_cell(
    tmp_path: Path, folder: Path, size: tuple[int, int], visible: int, reported: str | None
) -> None:
    sheet = Image.new("RGBA", size)
    sheet.paste(Image.new("RGBA", (visible, size[1]), "red"))
    sheet.save(tmp_path / "sheet.png")
    made = run(slicing, folder, tmp_path / "sheet.png", by="grid")
    found = {finding.code: finding.message for finding in made.findings}
    assert found.get("partial_cells") == (
        None if reported is None else f"Not in any file: {reported}. The grid has whole cells only."
    )


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
    left, top, right, bottom = sprite(24).getchannel("A").getbbox() or (0, 0, 0, 0)
    assert f"margin = Rect2({left}, {top}, {24 - right + left}, {24 - bottom + top})" in text
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
    page = atlas.Page(image=name, data=name, width=1, height=1)
    record = atlas.Sheet(pages=[page], sprites=[one])
    assert json.loads(*atlas.aseprite(record))["meta"]["image"] == name
    assert "</style>" not in "".join(atlas.css(record))
    assert r'path="a\"]\n[x];}</style>\\.png" id' in "".join(atlas.godot(record))
