"""Aseprite's files: drawn as Aseprite draws them, and damaged ones end in a sentence within bounds."""

import random
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

from pmd_service.media.engines.aseprite_reader import read_sprite
from pmd_service.media.engines.aseprite_sprite import AsepriteError, Slice, Tag
from pmd_service.media.probe_result import ProbeResult

from .aseprite_files import cel, chunk, flat, hero, layer, linked, noise, palette, slices, sprite, tags, text
from .conftest import Make, Probe

SIZE = (7, 5)
DAMAGED = 2_000


def close(drawn: np.ndarray, expected: Image.Image, most: int = 1) -> bool:
    """Equal up to rounding; the colours of what is clear are nobody's."""
    seen = np.asarray(expected.convert("RGBA")).astype(int)
    differences = np.abs(drawn.astype(int) - seen)
    differences[(seen[..., 3] == 0) & (drawn[..., 3] == 0)] = 0
    return bool(differences.max() <= most)


def test_layers_lie_on_each_other_with_their_opacity_and_place() -> None:
    below, above = noise(1, SIZE), noise(2, (4, 4))
    data = sprite(
        SIZE,
        [
            layer("below"),
            layer("above", opacity=128),
            layer("hidden", shown=False),
            cel(1, above.tobytes(), (4, 4), x=5, y=-2, opacity=200),
            cel(0, below.tobytes(), SIZE, raw=True),
            cel(2, flat((255, 0, 0, 255), SIZE), SIZE),
        ],
    )
    alpha = above.getchannel("A").point(lambda value: value * 128 * 200 / (255 * 255))
    above.putalpha(alpha)
    expected, over = below.copy(), Image.new("RGBA", SIZE)
    over.paste(above, (5, -2))
    expected.alpha_composite(over)
    assert close(read_sprite(data).draw(0), expected, most=2)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (1, ImageChops.multiply),
        (2, ImageChops.screen),
        (3, ImageChops.overlay),
        (4, ImageChops.darker),
        (5, ImageChops.lighter),
        (8, ImageChops.hard_light),
        (10, ImageChops.difference),
        (16, ImageChops.add),
        (17, ImageChops.subtract),
    ],
)
def test_a_blend_mode_is_what_others_make_of_it(mode: int, expected: object) -> None:
    below, above = (noise(seed, SIZE).convert("RGB") for seed in (3, 4))
    both = [cel(at, each.convert("RGBA").tobytes(), SIZE) for at, each in enumerate((below, above))]
    data = sprite(SIZE, [layer("below"), layer("above", blend=mode), *both])
    assert callable(expected)
    assert close(read_sprite(data).draw(0), expected(below, above), most=2)


@pytest.mark.parametrize("mode", range(19))
def test_every_blend_mode_keeps_the_layer_below_a_transparent_pixel(mode: int) -> None:
    below = noise(5, SIZE)
    nothing = flat((9, 200, 30, 0), SIZE)
    data = sprite(SIZE, [layer("a"), layer("b", blend=mode), cel(0, below.tobytes(), SIZE), cel(1, nothing, SIZE)])
    assert close(read_sprite(data).draw(0), below)
    alone = sprite(SIZE, [layer("a"), layer("b", blend=mode), cel(1, below.tobytes(), SIZE)])
    assert close(read_sprite(alone).draw(0), below)


def test_colours_come_from_the_palette_and_one_of_them_is_clear() -> None:
    colours = [(0, 0, 0, 255), (255, 0, 0, 255), (0, 255, 0, 128)]
    pixels = bytes([0, 1, 2, 1])
    frame = [palette(colours), layer("a"), cel(0, pixels, (2, 2))]
    drawn = read_sprite(sprite((2, 2), frame, depth=8, clear=1)).draw(0)
    assert drawn.reshape(4, 4).tolist() == [[0, 0, 0, 255], [0] * 4, [0, 255, 0, 128], [0] * 4]
    frame[1] = layer("a", back=True)
    assert read_sprite(sprite((2, 2), frame, depth=8, clear=1)).draw(0)[0, 1].tolist() == [255, 0, 0, 255]


def test_old_palettes_grey_and_layers_without_opacity_are_read() -> None:
    plain = sprite((1, 1), [layer("a", opacity=0), cel(0, flat((9, 8, 7, 255), (1, 1)), (1, 1))], flags=0)
    assert read_sprite(plain).draw(0).tolist() == [[[9, 8, 7, 255]]]
    old = chunk(0x0011, bytes([1, 0, 1, 1, 63, 0, 21]))
    packets = chunk(0x0004, bytes([2, 0, 0, 0, 1, 1]) + bytes(3) + bytes([10, 20, 30]))
    assert packets[6:8] == bytes([2, 0])
    drawn = read_sprite(sprite((1, 1), [old, layer("a", back=True), cel(0, b"\1", (1, 1))], depth=8)).draw(0)
    assert drawn.tolist() == [[[255, 0, 85, 255]]]
    grey = sprite((1, 2), [layer("a"), cel(0, bytes([200, 255, 90, 51]), (1, 2))], depth=16)
    assert read_sprite(grey).draw(0).tolist() == [[[200, 200, 200, 255]], [[90, 90, 90, 51]]]


def test_frames_links_z_indexes_and_groups() -> None:
    red, blue = flat((255, 0, 0, 255), SIZE), flat((0, 0, 255, 255), SIZE)
    # Of two at one place, the one that was moved up is above.
    first = [layer("a"), layer("b"), cel(0, red, SIZE, z=1), cel(1, blue, SIZE)]
    grouped = [layer("group", kind=1, shown=False), layer("inside", level=1), layer("after")]
    data = read_sprite(sprite(SIZE, first, [linked(1, 0)]))
    assert [data.draw(frame)[0, 0].tolist()[:3] for frame in (0, 1)] == [[255, 0, 0], [0, 0, 255]]
    hidden = read_sprite(sprite(SIZE, [*grouped, cel(1, red, SIZE), cel(2, flat((1, 2, 3, 255), SIZE), SIZE)]))
    assert hidden.draw(0)[0, 0].tolist() == [1, 2, 3, 255]


def test_aseprite_tags_slices_and_durations_are_read() -> None:
    frames = [[layer("a"), tags(("walk", 0, 1, 2), ("stand", 1, 1, 0)), slices("head", (0, -1, 2, 3, 4))], []]
    read = read_sprite(sprite(SIZE, *frames, ms=70))
    assert read.durations_ms == [70, 70]
    assert read.tags == [Tag("walk", 0, 1, "pingpong", 0), Tag("stand", 1, 1, "forward", 0)]
    assert read.slices == [Slice("head", 0, (-1, 2, 3, 4))]


def test_damaged_files_end_in_a_sentence_within_bounds() -> None:
    colours = [(n, 255 - n, 7, 255) for n in range(64)]
    indexed = sprite((9, 9), [palette(colours), layer("a"), cel(0, bytes(range(81)), (9, 9))], depth=8)
    chance, drawn = random.Random(7), 0
    tracemalloc.start()
    for number in range(DAMAGED):
        data = bytearray((hero(), indexed)[number % 2])
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.choice((0, 1, 127, 128, 254, 255, chance.randrange(256)))
        if number % 5 == 0:
            del data[chance.randrange(len(data)) :]
        try:
            read = read_sprite(bytes(data))
            # What is damaged may be large by its own word; what the caps allow of it takes a child's seconds.
            if read.width * read.height <= 1_000_000 and len(read.durations_ms) <= 8:
                for frame in range(len(read.durations_ms)):
                    read.draw(frame)
                    drawn += 1
        except AsepriteError as error:
            assert str(error).endswith(".")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert drawn > DAMAGED // 10
    assert most < 256 * 1024**2


def test_a_picture_that_unpacks_to_far_more_is_refused() -> None:
    bomb = sprite((8, 8), [layer("a"), cel(0, bytes(100_000_000), (8, 8))])
    with pytest.raises(AsepriteError):
        read_sprite(bomb).draw(0)
    for absurd in (sprite((65_535, 65_535), [layer("a")]), sprite((8_000, 8_000), *[[]] * 9), b"", b"\0" * 200):
        with pytest.raises(AsepriteError):
            read_sprite(absurd)


async def test_an_aseprite_file_is_probed_like_any_animation(probe: Probe, tmp_path: Path) -> None:
    path = tmp_path / "hero.aseprite"
    path.write_bytes(hero())
    found = await probe(path)
    assert isinstance(found, ProbeResult)
    assert (found.type, found.file_format, found.width, found.frame_count) == ("image", "aseprite", 16, 2)
    assert found.animated
    assert found.duration_sec == pytest.approx(0.16)
    assert [preview.size for preview in found.previews] == [256]
    assert found.findings == []


@pytest.mark.parametrize(("shown", "codes"), [(True, ["layers_left_out"]), (False, [])])
async def test_tilemap_layers_that_are_not_drawn_are_a_finding(
    probe: Probe, tmp_path: Path, shown: bool, codes: list[str]
) -> None:
    path = tmp_path / "level.aseprite"
    tilemap = chunk(0x2004, struct.pack("<HHHHHHB3x", shown, 2, 0, 0, 0, 0, 255) + text("map") + bytes(4))
    path.write_bytes(sprite(SIZE, [layer("a"), tilemap, cel(0, flat((255, 0, 0, 255), SIZE), SIZE)]))
    found = await probe(path)
    assert isinstance(found, ProbeResult)
    assert [finding.code for finding in found.findings] == codes


async def test_what_is_damaged_in_it_leaves_it_a_companion(probe: Probe, tmp_path: Path) -> None:
    path = tmp_path / "hero.ase"
    path.write_bytes(hero()[:-20])
    found = await probe(path)
    assert isinstance(found, ProbeResult)
    assert (found.type, found.file_format, found.previews) == ("other", "aseprite", [])
    assert [finding.code for finding in found.findings] == ["not_shown"]
    assert "damaged" in found.findings[0].message


def test_an_aseprite_file_is_converted_to_common_formats(make: Make, tmp_path: Path) -> None:
    from pmd_service.media.engines import upscale  # noqa: PLC0415 - needs numpy

    path = tmp_path / "hero.aseprite"
    path.write_bytes(hero())
    made = make(upscale.run, path, factor=2, method="pixel")
    with Image.open(made) as image:
        assert (image.size, image.format) == ((32, 32), "WEBP")
