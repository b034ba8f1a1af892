"""Pictures of 16 bits a colour keep all of them, read here by libav, which had no part in writing them."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import ExifTags, Image

from pmd_service.media.content import content_of
from pmd_service.media.engines import deep, enhance, export, slicing, strip, upscale
from pmd_service.media.engines.deep import Page, Planes, planes_of, save_tiff, split

from .conftest import Make, Report
from .files import deep_png
from .workbench import run

VALUES = np.random.default_rng(5).integers(0, 1 << 16, (12, 10, 4), dtype=np.uint16)
VALUES[..., 3] |= 1  # nowhere clear
KINDS = {
    "png": (2, 3, 4),
    "tif": (3, 4),
}


def source(folder: Path, kind: str, channels: int, *, margin: int = 0) -> tuple[Path, np.ndarray]:
    """A picture, and what it is in RGBA; with a transparent margin of so many pixels."""
    values = np.pad(VALUES, ((margin, margin), (margin, margin), (0, 0)))
    if channels == 3:
        values[..., 3] = 0xFFFF
    if channels == 2:
        values[..., :3] = values[..., :1]
    path = folder / f"deep.{kind}"
    if kind == "png":
        kept = {2: (0, 3), 3: (0, 1, 2), 4: (0, 1, 2, 3)}[channels]
        path.write_bytes(deep_png(values[..., kept]))
    else:
        save_tiff(path, [Page(planes=planes(values), is_grey=False)])
    return path, values


def planes(values: np.ndarray) -> Planes:
    return split(np.moveaxis(values, -1, 0), (values.shape[1], values.shape[0]))


def seen(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        assert isinstance(frame, av.VideoFrame)
        assert frame.format.components[0].bits == 16
        return frame.reformat(format="rgba64le").to_ndarray()


CASES = [(kind, channels) for kind, counts in KINDS.items() for channels in counts]


@pytest.mark.parametrize(("kind", "channels"), CASES)
@pytest.mark.parametrize(
    ("engine", "params", "wanted"),
    [
        (strip.run, {}, lambda values: values),
        (export.run, {"longest_side": 6, "scaling": "nearest"}, lambda values: values[1::2, 1::2]),
        (upscale.run, {"factor": 2, "method": "pixel"}, lambda values: values.repeat(2, 0).repeat(2, 1)),
    ],
    ids=["strip", "resize", "pixels"],
)
def test_every_value_is_where_it_was(
    tmp_path: Path, make: Make, kind: str, channels: int, engine: Any, params: dict[str, Any], wanted: Any
) -> None:
    path, values = source(tmp_path, kind, channels)
    assert (seen(make(engine, path, **params)) == wanted(values)).all()


@pytest.mark.parametrize(("kind", "channels"), [case for case in CASES if case[1] in (2, 4)])
def test_crop_keeps_every_value_within_the_margin(tmp_path: Path, make: Make, kind: str, channels: int) -> None:
    path, values = source(tmp_path, kind, channels, margin=2)
    cropped = make(enhance.run, path, operations=[{"op": "crop_transparent"}])
    assert (seen(cropped) == values[2:-2, 2:-2]).all()


def test_slices_keep_every_value(tmp_path: Path) -> None:
    path, values = source(tmp_path, "png", 4)
    (folder := tmp_path / "made").mkdir()
    made = run(slicing, folder, path, by="grid", width=5, height=6)
    found = [seen(folder / piece.name) for piece in made.files]
    wanted = [values[y : y + 6, x : x + 5] for y in (0, 6) for x in (0, 5)]
    assert all((one == other).all() for one, other in zip(found, wanted, strict=True))


def test_rounded_corners_keep_neighbouring_values_apart(tmp_path: Path, make: Make) -> None:
    values = np.full((3, 3, 3), 30_000, np.uint16)
    values[:2, 0] = values[0, :2] = 30_001  # one of 65,536 apart
    (tmp_path / "corner.png").write_bytes(deep_png(values))
    larger = seen(make(upscale.run, tmp_path / "corner.png", factor=2, method="pixel", style="epx"))
    assert larger[2, 2, 0] == 30_001
    assert larger[3, 3, 0] == 30_000


def ramp(*, alpha: np.ndarray | None = None) -> np.ndarray:
    grey = np.linspace(20_000, 40_000, 64).astype(np.uint16)[None].repeat(16, axis=0)
    return np.stack([grey, grey, grey, *([alpha] if alpha is not None else [])], axis=-1)


def test_contrast_and_smooth_enlarging_find_more_than_256_levels(tmp_path: Path, make: Make) -> None:
    (tmp_path / "ramp.png").write_bytes(deep_png(ramp()))
    larger = make(upscale.run, tmp_path / "ramp.png", factor=8, method="smooth")
    assert len(np.unique(seen(larger)[..., 0])) > 400
    stretched = seen(make(enhance.run, larger, operations=[{"op": "autocontrast"}]))
    assert len(np.unique(stretched[..., 0])) > 400
    assert stretched[..., 0].min() < 0x0100
    assert stretched[..., 0].max() >= 0xFC00


def test_what_is_clear_gives_its_neighbours_no_colour(tmp_path: Path, make: Make) -> None:
    values = ramp(alpha=np.full((16, 64), 0xFFFF, np.uint16))
    values[:, 32:] = (0xFFFF, 0, 0, 0)
    (tmp_path / "edge.png").write_bytes(deep_png(values))
    larger = seen(make(upscale.run, tmp_path / "edge.png", factor=2, method="smooth"))
    partly = larger[larger[..., 3] > 0x1000]
    assert (np.abs(partly[:, 0].astype(int) - partly[:, 1]) < 256).all()


def test_what_a_format_cannot_hold_is_rounded_with_a_finding(tmp_path: Path, report: Report) -> None:
    path, values = source(tmp_path, "png", 3)
    result, findings = report(export.run, path, format="bmp")
    assert findings["fewer_bits"] == "A colour has 8 bits now instead of 16."
    assert (np.abs(np.asarray(Image.open(result)) * 257.0 - values[..., :3]) <= 128.5).all()


def test_a_stripped_tiff_has_every_page_and_value(tmp_path: Path, make: Make) -> None:
    pages = [planes(values) for values in (VALUES, VALUES[::-1])]
    words = [(ExifTags.Base.Artist, b"A. Painter")]
    save_tiff(tmp_path / "two.tif", [Page(planes=each, is_grey=False, words=words) for each in pages])
    result = make(strip.run, tmp_path / "two.tif")
    assert b"Painter" not in result.read_bytes()
    for number, page in enumerate(pages):
        found = planes_of(result, content_of(result), number)
        assert found is not None
        assert all((np.asarray(one) == np.asarray(other)).all() for one, other in zip(found, page, strict=True))


def test_lost_bit_depth_of_a_large_image_is_a_finding(
    tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = source(tmp_path, "tif", 3)
    monkeypatch.setattr(deep, "_MAX_PIXELS", 100)
    for engine, params in ((strip.run, {}), (upscale.run, {"factor": 2, "method": "pixel"})):
        _, findings = report(engine, path, **params)
        assert "fewer_bits" in findings
