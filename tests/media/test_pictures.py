"""Which format a result is written in."""

from pathlib import Path

import pytest
from PIL import Image

from pmd_service.media.engines import pictures


@pytest.mark.parametrize(
    ("most", "quality", "written", "findings"),
    [(63, None, "png", ["format_changed"]), (64, None, "webp", []), (63, 80, "webp", ["lossy"])],
)
def test_many_pixels_become_a_png_instead_of_a_lossless_webp(
    most: int, quality: int | None, written: str, findings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "_LOSSLESS_WEBP_PIXELS", most)
    Image.new("RGB", (8, 8), "teal").save(tmp_path / "tile.webp", lossless=True)
    picture = pictures.read_picture(tmp_path / "tile.webp")
    picture.quality = quality
    result = pictures.write_picture(picture, tmp_path)
    with Image.open(tmp_path / result.name) as image:
        assert image.format == written.upper()
    assert [finding.code for finding in result.findings] == findings
