"""The workbench: sheets cut and made, palettes, loops and levels (DEPTH section 8)."""

import json
import math
import random
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from pmd_service.media.engines import atlas, levels, loop, loudness, packing, palette, skyline, slicing
from pmd_service.media.engines.looping import find_loop
from pmd_service.media.engines.sounds import read_chunks, shape_of
from pmd_service.media.messages import Made, RefusalError, Work, name_after
from pmd_service.media.palettes import gimp_palette, read_colours

from . import aseprite_files as ase
from .files import animation, save_sound, sprite, tone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


def run(engine: Any, folder: Path, *sources: Path, **params: Any) -> Made:
    first, *more = map(str, sources)
    names = [path.name for path in sources]
    made: Made = engine.run(
        Work(source=first, more=more, names=names, folder=str(folder), params=params), lambda value, step: None
    )
    assert sorted(path.name for path in folder.iterdir()) == sorted(piece.name for piece in made.pieces)
    return made


def test_a_sheet_is_cut_into_the_very_sprites_that_were_put_on_it(tmp_path: Path, folder: Path) -> None:
    sheet = Image.new("RGBA", (100, 60))
    put = [(sprite(16), (2, 3)), (sprite(24, shift=2), (40, 30)), (sprite(8, shift=1), (80, 4))]
    for image, place in put:
        sheet.paste(image, place)
    sheet.save(tmp_path / "sheet.png")
    made = run(slicing, folder, tmp_path / "sheet.png", by="alpha")
    assert [piece.label for piece in made.pieces] == ["1", "2", "3"]
    cut = [Image.open(folder / piece.name).convert("RGBA") for piece in made.pieces]
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
    cut = [Image.open(folder / piece.name).convert("RGBA").tobytes() for piece in made.pieces]
    assert cut == [sprite(16, shift=number).tobytes() for number in range(3)]


def test_what_moves_is_cut_by_its_frames(tmp_path: Path, folder: Path) -> None:
    made = run(slicing, folder, animation(tmp_path / "walk.gif"), by="frames")
    cut = [Image.open(folder / piece.name).convert("RGBA").tobytes() for piece in made.pieces]
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
    assert [piece.label for piece in made.pieces] == ["walk/a", "end"]
    assert name_after("hero.aseprite", "walk/a", ".gif") == "hero walk_a.gif"
    with Image.open(folder / made.pieces[0].name) as walk:
        reds = [frame.convert("RGB").getpixel((0, 0)) for frame in ImageSequence.Iterator(walk)]
        assert walk.info["loop"] == 0
    assert reds == [(10, 0, 0), (20, 0, 0), (30, 0, 0), (20, 0, 0)]


def test_a_slice_becomes_a_file_of_its_name(hero: Path, folder: Path) -> None:
    (piece,) = run(slicing, folder, hero, by="slices").pieces
    assert piece.label == "head"
    with Image.open(folder / piece.name) as head:
        assert head.size == (3, 4)


def test_tags_come_with_the_frames_onto_a_sheet(hero: Path, folder: Path) -> None:
    _, beside = run(packing, folder, hero, data="aseprite").pieces
    told = json.loads((folder / beside.name).read_text())
    assert told["meta"]["frameTags"] == [{"name": "hero walk/a", "from": 0, "to": 2, "direction": "pingpong"}]
    assert [frame["duration"] for frame in told["frames"].values()] == [80, 80, 80]


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
    picture, beside = made.pieces
    return Image.open(folder / picture.name).convert("RGBA"), (folder / beside.name).read_text()


@pytest.mark.parametrize("sheet", ["texturepacker_hash", "texturepacker_array", "aseprite"], indirect=True, ids=str)
def test_what_stands_beside_a_sheet_finds_every_frame_on_it(sheet: tuple[Image.Image, str]) -> None:
    image, text = sheet
    told = json.loads(text)
    assert told["meta"]["image"] == "hero sheet.png"
    assert told["meta"]["size"] == {"w": image.width, "h": image.height}
    frames = told["frames"]
    named = frames if isinstance(frames, dict) else {frame["filename"]: frame for frame in frames}
    assert list(named) == ["hero.png", "walk 0.png", "walk 1.png", "walk 2.png"]
    originals = [sprite(24), *(sprite(16, shift=number) for number in range(3))]
    for frame, original in zip(named.values(), originals, strict=True):
        at, cut = frame["frame"], frame["spriteSourceSize"]
        whole = Image.new("RGBA", (frame["sourceSize"]["w"], frame["sourceSize"]["h"]))
        box = (at["x"], at["y"], at["x"] + at["w"], at["y"] + at["h"])
        whole.paste(image.crop(box), (cut["x"], cut["y"]))
        assert whole.tobytes() == original.tobytes()
    if "frameTags" in told["meta"]:
        assert [frame["duration"] for frame in named.values()] == [100, 50, 100, 200]
        assert told["meta"]["frameTags"][1] == {"name": "walk", "from": 1, "to": 3, "direction": "forward"}


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


def test_hostile_names_end_no_string_of_a_sheets_papers() -> None:
    name = 'a"]\n[x];}</style>\\.png'
    one = atlas.Sprite(
        name=name, group=name, x=0, y=0, width=1, height=1, left=0, top=0, source_width=1, source_height=1,
        duration_ms=None,
    )  # fmt: skip
    papers = atlas.Sheet(image=name, width=1, height=1, sprites=[one])
    assert json.loads(atlas.aseprite(papers))["meta"]["image"] == name
    assert "</style>" not in atlas.css(papers)
    assert r'path="a\"]\n[x];}</style>\\.png" id' in atlas.godot(papers)


@pytest.mark.parametrize(
    "text",
    [
        "GIMP Palette\nName: three\nColumns: 4\n#\n255 0 0\tred\n  0 128   0 green\n0 0 255\n",
        "JASC-PAL\n0100\n3\n255 0 0\n0 128 0\n0 0 255\n",
        "ff0000\n008000\n0000ff\n",
        "; paint.net\nFFff0000\nFF008000\nFF0000FF\n",
        "#ff0000, #008000 #0000ff",
        gimp_palette("again", [(255, 0, 0), (0, 128, 0), (0, 0, 255)]),
    ],
    ids=["gpl", "pal", "hex", "paint.net", "list", "our own"],
)
def test_lists_of_colours_are_read_alike(text: str) -> None:
    assert read_colours(text) == [(255, 0, 0), (0, 128, 0), (0, 0, 255)]


@pytest.mark.parametrize("text", ["", "red", "GIMP Palette\n999 0 0\n", "\n".join(f"{n:06x}" for n in range(257))])
def test_what_is_no_palette_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"no colour|1 to 256"):
        read_colours(text)


@pytest.mark.parametrize("dither", [0, 50, 100])
def test_of_a_palette_exactly_its_colours_come_out(tmp_path: Path, folder: Path, dither: int) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 4), np.uint8)
    Image.fromarray(noise, "RGBA").save(tmp_path / "noise.png")
    wanted = [(0, 0, 0), (255, 255, 255), (200, 30, 30), (30, 60, 200)]
    colours = " ".join(f"{r:02x}{g:02x}{b:02x}" for r, g, b in wanted)
    made = run(palette, folder, tmp_path / "noise.png", colours=colours, dither=dither)
    pixels = np.asarray(Image.open(folder / made.name).convert("RGBA"))
    assert {tuple(colour) for colour in pixels.reshape(-1, 4)[:, :3].tolist()} == set(wanted)
    assert (pixels[..., 3] == noise[..., 3]).all()


def test_a_swap_changes_these_colours_alone_in_every_frame(tmp_path: Path, folder: Path) -> None:
    first = {tuple(pixel) for pixel in np.asarray(sprite(16)).reshape(-1, 4).tolist() if pixel[3]}
    one, other, *rest = sorted(first)
    text = [f"{r:02x}{g:02x}{b:02x}" for r, g, b, _ in (one, other)]
    made = run(
        palette,
        folder,
        animation(tmp_path / "walk.png"),
        method="swap",
        replaces=" ".join(text),
        colours="010203 040506",
    )
    with Image.open(folder / made.name) as image:
        assert getattr(image, "n_frames", 1) == 3
        found = {tuple(pixel) for pixel in np.asarray(image.convert("RGBA")).reshape(-1, 4).tolist() if pixel[3]}
    assert found == {(1, 2, 3, 255), (4, 5, 6, 255), *rest}


def test_a_pictures_own_palette_is_read_back(tmp_path: Path, folder: Path) -> None:
    sprite(32).save(tmp_path / "hero.png")
    made = run(palette, folder, tmp_path / "hero.png", method="extract")
    colours = read_colours((folder / made.name).read_text())
    assert set(colours) == {tuple(p[:3]) for p in np.asarray(sprite(32)).reshape(-1, 4).tolist() if p[3]}


def song(rate: int = 22_050) -> tuple[np.ndarray, int]:
    """A part that comes twice behind an opening, and how long it is in samples."""
    rng = np.random.default_rng(5)

    def notes(seconds: float) -> np.ndarray:
        parts = [
            tone(0.25, rate=rate, hz=220 * 2 ** (rng.integers(0, 24) / 12), level=rng.uniform(0.1, 0.5))
            for _ in range(int(seconds * 4))
        ]
        return np.concatenate(parts)

    part = notes(4)
    return np.concatenate([notes(1.5), part, part, part[: rate // 2]]), len(part)


def test_a_repeat_is_found_to_the_sample() -> None:
    sound, length = song()
    noisy = sound + np.random.default_rng(2).normal(0, 0.0005, len(sound)).astype(np.float32)
    found = find_loop(noisy, 22_050)
    assert found is not None
    assert found.end - found.start == length
    assert found.likeness > 0.999


@pytest.mark.parametrize("file_format", ["wav", "flac", "ogg"])
def test_a_loop_stands_where_engines_read_it_and_its_seam_is_silent(
    tmp_path: Path, folder: Path, file_format: str
) -> None:
    sound, length = song()
    source = save_sound(tmp_path / "song.wav", sound, rate=22_050)
    made = run(loop, folder, source, format=file_format)
    start, end, rate = loop_of(folder / made.name)
    assert math.isclose(end - start, length * rate / 22_050, abs_tol=1)
    shape = shape_of(folder / made.name)
    played = np.concatenate([chunk[0] for chunk in read_chunks(folder / made.name, shape)])
    around = rate // 50
    jump = played[end : end + around] - played[start : start + around]
    power = (played[start : start + around] ** 2).mean()
    # What comes behind the end is what comes behind the start: going back is not heard.
    assert (jump**2).mean() < power * 10 ** (-20 / 10)


def loop_of(path: Path) -> tuple[int, int, int]:
    """Start, end and rate as an engine would read them."""
    if path.suffix == ".wav":
        data = path.read_bytes()
        assert int.from_bytes(data[4:8], "little") == len(data) - 8
        at = data.index(b"smpl") + 8
        fields = np.frombuffer(data[at : at + 60], "<u4")
        assert (fields[7], fields[10]) == (1, 0)
        with wave.open(str(path)) as sound:
            return int(fields[11]), int(fields[12]) + 1, sound.getframerate()
    import av  # noqa: PLC0415

    with av.open(str(path)) as container:
        tags = {**container.metadata, **container.streams.audio[0].metadata}
        start = int(tags["LOOPSTART"])
        return start, start + int(tags["LOOPLENGTH"]), container.streams.audio[0].rate


def test_music_that_never_repeats_is_told_the_best_that_there_is(tmp_path: Path, folder: Path) -> None:
    noise = np.random.default_rng(9).normal(0, 0.1, 22_050 * 6).astype(np.float32)
    source = save_sound(tmp_path / "noise.wav", noise, rate=22_050)
    with pytest.raises(RefusalError, match="No loop was found that nobody would hear") as refused:
        run(loop, folder, source)
    assert refused.value.code == "no_loop"
    made = run(loop, folder, source, start=1.0, end=2.5)
    assert loop_of(folder / made.name)[:2] == (22_050, 55_125)


def test_sounds_of_a_group_keep_their_distance(tmp_path: Path, folder: Path) -> None:
    loud = save_sound(tmp_path / "loud.wav", tone(2, level=0.1))
    soft = save_sound(tmp_path / "soft.wav", tone(2, level=0.01))
    made = run(levels, folder, loud, soft, target_lufs=-20.0)
    first, second = (measured(folder / piece.name) for piece in made.pieces)
    assert [piece.source for piece in made.pieces] == [0, 1]
    assert first - second == pytest.approx(20, abs=0.3)
    power = 10 * math.log10((10 ** (first / 10) + 10 ** (second / 10)) / 2)
    assert power == pytest.approx(-20, abs=0.3)


def test_sounds_each_for_itself_come_to_the_target_unless_a_peak_is_in_the_way(tmp_path: Path, folder: Path) -> None:
    soft = save_sound(tmp_path / "soft.wav", tone(2, level=0.01))
    spiked = tone(2, level=0.01)
    spiked[1000] = 0.9
    spike = save_sound(tmp_path / "spike.wav", spiked)
    made = run(levels, folder, soft, spike, target_lufs=-20.0, as_group=False)
    assert measured(folder / made.pieces[0].name) == pytest.approx(-20, abs=0.3)
    assert measured(folder / made.pieces[1].name) < -25
    assert [finding.message for finding in made.findings] == [
        "1 of 2 stay below the target: their peaks are in the way."
    ]


def measured(path: Path) -> float:
    shape = shape_of(path)
    return loudness.measure(read_chunks(path, shape), shape).lufs
