"""A sheet's JSON, read by what people load it with."""

from pathlib import Path

from PIL import Image

from pmd_service.media.engines import packing

from ..media.files import sprite
from ..media.workbench import run
from .conftest import Run


async def test_pixijs_finds_every_sprite_where_it_was_put(node: Run, tmp_path: Path) -> None:
    originals = {}
    for number, (size, at) in enumerate([((16, 16), (0, 0)), ((40, 24), (9, 3)), ((32, 64), (1, 30))]):
        image = Image.new("RGBA", size)
        image.paste(sprite(16, shift=number), at)
        image.save(tmp_path / f"sprite {number}.png")
        originals[f"sprite {number}.png"] = image
    sheets = []
    for trim in (True, False):
        (folder := tmp_path / f"trimmed {trim}").mkdir()
        made = run(packing, folder, *(tmp_path / name for name in originals), data="texturepacker_hash", trim=trim)
        data = next(piece.name for piece in made.files if piece.name.endswith(".json"))
        sheets.append((folder / made.name, folder / data))
    code, found = await node("sprites.mjs", *(str(data) for _picture, data in sheets))
    assert code == 0
    for (picture, _data), read in zip(sheets, found, strict=True):
        assert len(read) == len(originals)
        with Image.open(picture) as sheet:
            for texture in read:
                original = originals[texture["name"]]
                x, y, width, height = texture["frame"]
                left, top, *_ = texture["trim"] or (0, 0)
                shown = Image.new("RGBA", tuple(texture["size"]))
                shown.paste(sheet.convert("RGBA").crop((x, y, x + width, y + height)), (left, top))
                assert (shown.size, shown.tobytes()) == (original.size, original.tobytes()), texture["name"]
                assert texture["rotate"] == 0
