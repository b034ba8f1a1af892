"""Companions whose picture is shown: project files, drawings, models and fonts; and hostile ones, which are kept."""

import zlib
from base64 import b64encode
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from PIL import Image, ImageFont

from pmd_service.media.companions import PAGES
from pmd_service.media.engines import gltf
from pmd_service.media.engines.font import _own_signs
from pmd_service.media.formats import FORMATS
from pmd_service.media.messages import Faulted, Refused
from pmd_service.media.probe import Candidate, probe_files
from pmd_service.media.probe_result import ProbeResult

from ..forked import ROOT
from .aseprite_files import noise
from .conftest import Probe
from .drawing_files import PICTURE, Layer, clip, font, glb, kra, placed_photo, procreate, svg, xcf, zipped
from .files import image_bytes, png_of, sprite

TEAL = image_bytes(Image.new("RGB", (32, 32), "teal"), "JPEG")
DRAWN = {
    "a.kra": kra(),
    "a.ora": zipped("image/openraster", mergedimage_png=PICTURE),
    "a.procreate": procreate(),
    "a.clip": clip(),
    "a.xcf": xcf((64, 64), Layer(sprite(64))),
    "a.glb": glb(PICTURE),
    "a.vrm": glb(TEAL, PICTURE, extensions={"VRM": {"meta": {"texture": 1}}}),
    "b.vrm": glb(TEAL, PICTURE, extensions={"VRMC_vrm": {"meta": {"thumbnailImage": 1}}}),
    "coloured.glb": glb(TEAL, PICTURE, materials=[{"pbrMetallicRoughness": {"baseColorTexture": {"index": 1}}}]),
    "graphics card.glb": glb(b"\xabKTX 20\xbb", PICTURE),
}


async def drawn(probe: Probe, path: Path, data: bytes) -> ProbeResult:
    path.write_bytes(data)
    found = await probe(path)
    assert isinstance(found, ProbeResult), found
    assert (found.type, found.mime_type) == ("other", "application/octet-stream")
    return found


def pixels(previews: Path, size: int = 256) -> np.ndarray:
    with Image.open(previews / "0" / f"{size}.webp") as image:
        return np.asarray(image.convert("RGBA")).astype(int)


@pytest.mark.parametrize("name", DRAWN)
async def test_a_companion_is_shown_by_the_picture_inside(
    probe: Probe, previews: Path, tmp_path: Path, name: str
) -> None:
    found = await drawn(probe, tmp_path / name, DRAWN[name])
    assert (found.file_format, found.findings) == (name.rpartition(".")[2].replace("vrm", "glb"), [])
    assert np.array_equal(pixels(previews), np.asarray(sprite(64).resize((256, 256), Image.Resampling.NEAREST)))


# Made when they are tested: some take seconds, and every process of a run imports this.
WITHOUT: dict[str, tuple[Callable[[], bytes], str]] = {
    "none.kra": (lambda: zipped("application/x-krita", maindoc_xml=b"<DOC/>"), "It holds no picture of itself."),
    "cut.kra": (lambda: kra()[:-40], "It cannot be decoded here"),
    "bomb.kra": (lambda: kra(bytes(65 << 20)), "Its picture is larger than 64 MiB."),
    "large.procreate": (lambda: procreate(png_of(20_000, 20_000)), "more than 64 megapixels."),
    "gif.procreate": (lambda: procreate(image_bytes(sprite(16), "GIF")), "It cannot be decoded here"),
    "none.clip": (lambda: clip("DELETE FROM CanvasPreview"), "It holds no picture of itself."),
    "text.clip": (lambda: clip("UPDATE CanvasPreview SET ImageData = 'x'"), "It holds no picture of itself."),
    "endless.clip": (
        lambda: clip(
            "DROP TABLE CanvasPreview; CREATE VIEW CanvasPreview AS WITH RECURSIVE n AS "
            "(SELECT 1 AS x UNION ALL SELECT x + 1 FROM n) SELECT CASE WHEN x < 0 THEN x END AS ImageData FROM n"
        ),
        "It cannot be decoded here",
    ),
    "cut.clip": (lambda: clip()[:3000], "It cannot be decoded here"),
    "head.clip": (lambda: b"CSFCHUNK" + bytes(16), "It holds no picture of itself."),
    "layers.xcf": (lambda: xcf((8, 8), *[Layer(sprite(1))] * 4097), "more than 4096 layers."),
    "many.xcf": (
        lambda: xcf((8, 8), *[Layer(Image.new("RGBA", (6000, 6000)))] * 4),
        "megapixels over all its layers.",
    ),
    "huge.xcf": (lambda: xcf((60_000, 60_000), Layer(sprite(8))), "more than 64 megapixels."),
    "cut.xcf": (lambda: xcf((64, 64), Layer(noise(1, (64, 64))))[:9000], "It cannot be decoded here"),
    "bare.glb": (glb, "It holds no picture of itself."),
    "types.glb": (
        lambda: glb(images=[7, {"bufferView": "x"}, {"bufferView": -1}, {"bufferView": 99}], textures=[{"source": []}]),
        "It holds no picture of itself.",
    ),
    "far.glb": (
        lambda: glb(bufferViews=[{"byteOffset": 2**30, "byteLength": 99}], images=[{"bufferView": 0}]),
        "no picture",
    ),
    "cut.glb": (lambda: glb(PICTURE)[:30], "It cannot be decoded here"),
    "deep.glb": (
        lambda: b"glTF\2\0\0\0\0\0\0\0" + (100_000).to_bytes(4, "little") + b"JSON" + b"[" * 100_000,
        "It cannot be",
    ),
    "noise.ttf": (lambda: b"\0\1\0\0" + np.random.default_rng(1).bytes(4000), "It cannot be decoded here"),
    "cut.woff2": (lambda: b"wOF2" + bytes(40), "It cannot be decoded here"),
}


@pytest.mark.parametrize("name", WITHOUT)
async def test_a_companion_without_a_picture_is_kept_with_a_sentence(probe: Probe, tmp_path: Path, name: str) -> None:
    make, words = WITHOUT[name]
    found = await drawn(probe, tmp_path / name, make())
    assert (found.file_format, found.previews) == (name.rpartition(".")[2], [])
    (finding,) = (each for each in found.findings if each.code == "not_shown")
    assert words in finding.message
    assert "damaged" not in finding.message


def test_a_models_picture_in_another_file_is_not_read_from_this_one(tmp_path: Path) -> None:
    (tmp_path / "a.glb").write_bytes(glb(PICTURE, bufferViews=[{"buffer": 1, "byteLength": len(PICTURE)}]))
    assert gltf.draw(tmp_path / "a.glb", tmp_path).picture is None


async def test_a_font_is_a_sheet_of_its_glyphs(probe: Probe, previews: Path, tmp_path: Path) -> None:
    found = await drawn(probe, tmp_path / "Aileron.ttf", font())
    assert (found.file_format, found.findings, [each.size for each in found.previews]) == ("ttf", [], [256, 512])
    ink = pixels(previews, 512)[..., 0] < 128
    head, *rows = ink[:180], *np.split(ink[186:488], [50, 100, 150, 200, 250])
    assert all(row.sum() > 100 for row in rows)
    assert head.sum() > max(row.sum() for row in rows)


def test_a_fonts_sheet_has_no_place_for_glyphs_without_ink() -> None:
    """As fonts of icons have them, beside those that they lack."""
    inks = {"A": 255, "B": 0, "C": 128}

    def getmask(sign: str) -> object:
        return Image.new("L", (3, 3), inks.get(sign, 64)).im

    shown = _own_signs(cast("ImageFont.FreeTypeFont", SimpleNamespace(getmask=getmask)))
    assert [*shown] == ["A", "C"]


async def test_a_font_under_another_name_is_a_companion_as_before(probe: Probe, tmp_path: Path) -> None:
    found = await drawn(probe, tmp_path / "data.bin", font())
    assert (found.file_format, found.previews, found.findings) == ("bin", [], [])


@pytest.mark.parametrize(("packing", "version"), [(0, 0), (1, 3), (1, 11), (2, 11)])
async def test_an_xcf_is_drawn_by_its_visible_layers(
    probe: Probe, previews: Path, tmp_path: Path, packing: int, version: int
) -> None:
    red, blue, green = (Image.new("RGBA", (100, 80), colour) for colour in ("red", "blue", "lime"))
    left = Image.new("L", (100, 80))
    left.paste(255, (0, 0, 50, 80))
    layers = (
        Layer(red, is_visible=False),
        Layer(blue, place=(50, 40), opacity=51),
        Layer(green, mask=left),
        Layer(red, mode=99),
    )
    data = xcf((100, 80), *layers, packing=packing, version=version)
    found = await drawn(probe, tmp_path / "a.xcf", data)
    assert [each.code for each in found.findings] == ["other_modes"]
    seen = pixels(previews)
    assert seen.shape == (160, 200, 4)
    expected = {(20, 20): (0, 255, 0), (180, 20): (255, 0, 0), (180, 140): (204, 0, 51), (20, 140): (0, 255, 0)}
    assert {place: tuple(seen[place[1], place[0], :3]) for place in expected} == expected


async def test_an_xcf_groups_masks_and_visibility_hold_for_its_layers(
    probe: Probe, previews: Path, tmp_path: Path
) -> None:
    red, blue = (Image.new("RGBA", (100, 100), colour) for colour in ("red", "blue"))
    upper = Image.new("L", (100, 100))
    upper.paste(255, (0, 0, 100, 50))
    data = xcf(
        (100, 100),
        Layer(blue, is_visible=False, is_group=True),
        Layer(blue, path=(0, 0)),
        Layer(red, is_group=True, mask=upper, opacity=128),
        Layer(red, path=(1, 0), opacity=128),
    )
    await drawn(probe, tmp_path / "a.xcf", data)
    seen = pixels(previews)
    assert tuple(seen[20, 100]) == (255, 0, 0, 64)
    assert not seen[110:].any()


async def test_an_svg_is_drawn_at_its_proportions(probe: Probe, previews: Path, tmp_path: Path) -> None:
    for name, data in (
        ("a.svg", svg()),
        ("unknown", svg(before="<!-- made by hand --><!DOCTYPE svg PUBLIC 'x' 'y' [<!ENTITY a 'b'>]>")),
        ("packed.svgz", zlib.compress(svg(), wbits=31)),
        ("wide.svg", svg().decode().replace("UTF-8", "UTF-16").encode("utf-16")),
    ):
        found = await drawn(probe, tmp_path / name, data)
        assert (found.file_format, found.findings) == ("svg", []), name
        assert {(each.width, each.height) for each in found.previews} == {(512, 256), (256, 128)}
        assert (pixels(previews)[64, 128] == (0x20, 0x80, 0x50, 255)).all()


async def test_an_svg_says_what_it_carries(probe: Probe, tmp_path: Path) -> None:
    body = (
        "<metadata><dc:creator><cc:Agent><dc:title>A. B.</dc:title></cc:Agent></dc:creator></metadata>"
        '<text x="9" y="50">Hello</text><script>alert(1)</script>'
    )
    data = svg(body, root='sodipodi:docbase="/home/ab/art" xmlns:sodipodi="x" xmlns:dc="y" xmlns:cc="z"')
    found = await drawn(probe, tmp_path / "a.svg", data)
    assert [each.code for each in found.findings] == ["holds_scripts", "other_typeface", "names_path"]
    assert (found.rights.author, found.previews != []) == ("A. B.", True)
    # So it is where it cannot be drawn: its namespaces are not declared.
    undrawn = await drawn(probe, tmp_path / "b.svg", svg("<metadata><dc:creator>A. B.</dc:creator></metadata>"))
    assert (undrawn.rights.author, undrawn.previews, undrawn.findings[0].code) == ("A. B.", [], "not_shown")


@pytest.mark.parametrize("address", ["{path}", "file://{path}", "source.png", "http://127.0.0.1:9/a.png"])
async def test_an_svg_draws_no_file_but_itself(probe: Probe, previews: Path, tmp_path: Path, address: str) -> None:
    Image.new("RGB", (64, 64), "red").save(tmp_path / "source.png")
    href = address.format(path=tmp_path / "source.png")
    body = f'<rect width="20" height="20" fill="blue"/><image width="200" height="100" xlink:href="{href}"/>'
    found = await drawn(probe, tmp_path / "a.svg", svg(body))
    assert found.previews != []
    seen = pixels(previews)
    assert (seen[4, 4] == (0, 0, 255, 255)).all()
    assert not (seen[..., 0] > 0).any()


HOSTILE_SVG: dict[str, Callable[[], bytes]] = {
    "entities": lambda: svg(
        "&z;",
        "<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'>"
        + "".join(f"<!ENTITY {one} '{f'&{two};' * 20}'>" for one, two in zip("bcdefghiz", "abcdefghi", strict=True))
        + "]>",
    ),
    "outside": lambda: svg("<text y='50'>&a;</text>", "<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"),
    "uses": lambda: svg(
        "".join(f'<g id="a{number}">' + f'<use xlink:href="#a{number - 1}"/>' * 20 + "</g>" for number in range(1, 12))
        + '<rect id="a0" width="9" height="9"/>'
    ),
    "deep": lambda: svg("<g>" * 200_000),
    "measures": lambda: svg().replace(b'width="200"', b'width="1e30"', 1),
    "cut": lambda: svg()[:-30],
    "blank": lambda: svg(""),
    "packed bomb": lambda: zlib.compress(bytes(500_000_000), wbits=31),
    "image bomb": lambda: svg(f'<image width="9" height="9" xlink:href="data:image/svg+xml,{"%3Csvg" * 100_000}"/>'),
    "blur": lambda: svg(
        '<filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter><rect width="9" filter="url(#f)"/>'
    ),
}


@pytest.mark.parametrize("name", HOSTILE_SVG)
async def test_a_hostile_svg_is_kept_or_drawn_within_the_limits(probe: Probe, tmp_path: Path, name: str) -> None:
    found = await drawn(probe, tmp_path / f"a.{'svgz' if 'packed' in name else 'svg'}", HOSTILE_SVG[name]())
    assert found.file_format.startswith("svg")
    assert found.previews or found.findings[0].code == "not_shown"
    assert "root:" not in str(found)


async def test_pages_that_hold_a_drawing_are_pages(probe: Probe, tmp_path: Path) -> None:
    drawing = svg().split(b"\n", 1)[1]
    for data in (b"<!DOCTYPE html><svg>", b"<p>" + drawing, b"<title>x</title>" + drawing, b"<a/>" + drawing):
        (tmp_path / "a.svg").write_bytes(data)
        found = await probe(tmp_path / "a.svg")
        assert isinstance(found, Refused), data
        assert found.code == "active_content"
    assert not {"svg", "svgz"} & PAGES


async def test_a_drawing_that_is_called_a_picture_is_refused(probe: Probe, tmp_path: Path) -> None:
    for data in (svg(), kra(), glb(PICTURE)):
        (tmp_path / "a.png").write_bytes(data)
        found = await probe(tmp_path / "a.png")
        assert isinstance(found, Refused), found
        assert found.code == "not_media"


async def test_a_companion_with_a_photo_of_a_place_names_it(probe: Probe, tmp_path: Path) -> None:
    photo = b64encode(placed_photo()).decode()
    drawing = svg(f'<image width="99" height="99" xlink:href="data:image/jpeg;base64,{photo}"/>')
    for name, data in (("a.glb", glb(PICTURE, placed_photo())), ("a.svg", drawing)):
        found = await drawn(probe, tmp_path / name, data)
        assert (found.gps, found.previews != []) == (True, True)


async def test_no_mutated_companion_is_taken_for_a_mistake_of_ours(previews: Path, tmp_path: Path) -> None:
    random, candidates = np.random.default_rng(9), []
    wholes = {**DRAWN, "a.svg": svg(), "a.ttf": font()}
    for number, (name, whole) in enumerate([*wholes.items()] * 12):
        content = np.frombuffer(whole, np.uint8).copy()
        at = random.integers(0, len(content), random.integers(1, 20))
        content[at] = random.integers(0, 256, len(at))
        path = tmp_path / f"{number} {name}"
        path.write_bytes(content.tobytes()[: len(content) if number % 3 else random.integers(1, len(content))])
        candidates.append(Candidate(path, path.name))
    async with aclosing(probe_files(candidates, previews)) as found:
        assert [answer async for answer in found if isinstance(answer, Faulted)] == []


def test_the_document_has_every_format_that_is_shown() -> None:
    text = (ROOT / "docs" / "library.md").read_text()
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    assert {*FORMATS} <= {word for cell in cells for word in cell.split("`")[1::2]}
