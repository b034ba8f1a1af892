"""Dry runs of tasks: what they would make, before they are started."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from pmd_service.base.settings import Settings, SettingsError
from pmd_service.tasks import preview as task_previews

from ..conftest import WorkOff
from ..media.files import animation, sprite
from ..site import Answer, Site
from .conftest import Library


async def preview(library: Library, asset: int, kind: str = "slice", **params: object) -> Answer:
    body = {"kind": kind, "asset_id": asset, "params": params}
    return await library.api.post("/api/pmd/jobs/preview", body, user=library.user)


@pytest.fixture
async def sheet(library: Library, tmp_path: Path) -> int:
    """Twenty sprites of 8 × 8 pixels; the last cell is empty."""
    image = Image.new("RGBA", (40, 32))
    for number in range(19):
        image.paste(
            (number * 12, 80, 200, 255),
            (number % 5 * 8 + 1, number // 5 * 8 + 1, number % 5 * 8 + 7, number // 5 * 8 + 7),
        )
    image.save(tmp_path / "sheet.png")
    return await library.add(tmp_path / "sheet.png", width=40, height=32, frame_count=1)


async def test_a_preview_counts_all_pieces_and_shows_the_first(library: Library, sheet: int) -> None:
    found = (await preview(library, sheet, by="grid", width=8, height=8)).json
    assert (found["count"], len(found["pieces"]), found["reason"]) == (19, 12, None)
    first = Image.open(io.BytesIO(base64.b64decode(found["pieces"][0]["png"])))
    assert (first.size, found["pieces"][0]["width"]) == ((8, 8), 8)
    assert first.convert("RGBA").getpixel((4, 4)) == (0, 80, 200, 255)
    assert await library.site.pool.fetchval("SELECT count(*) FROM job") == 0
    assert await library.site.pool.fetchval("SELECT count(*) FROM asset") == 1


async def test_a_preview_counts_more_pieces_than_a_task_may_make(library: Library, tmp_path: Path) -> None:
    Image.new("RGBA", (64, 64), "red").save(tmp_path / "many.png")
    many = await library.add(tmp_path / "many.png", width=64, height=64, frame_count=1)
    found = (await preview(library, many, by="grid", width=2, height=2)).json
    assert (found["count"], found["max_count"]) == (1024, 512)


async def test_a_preview_says_why_nothing_would_be_made(library: Library, sheet: int, tmp_path: Path) -> None:
    large = (await preview(library, sheet, by="grid", width=64, height=64)).json
    assert (large["count"], large["pieces"]) == (0, [])
    assert "No cell fits" in large["reason"]
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    broken = await library.add(tmp_path / "broken.png")
    assert (await preview(library, broken, by="alpha")).json["reason"]


async def test_a_preview_that_cannot_be_drawn_now_is_asked_for_again(
    library: Library, sheet: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the server's host lacks what the sandbox needs: that is no fault of the request."""

    def lacking(_settings: Settings) -> None:
        raise SettingsError("There is no Landlock here.")

    monkeypatch.setattr(task_previews, "require_sandbox", lacking)
    refused = await preview(library, sheet, by="grid", width=8, height=8)
    assert (refused.status, "no Landlock" in refused.json["detail"]) == (503, False)


async def test_a_preview_of_an_export_has_the_size_that_the_task_gives(
    library: Library, work_off: WorkOff, tmp_path: Path
) -> None:
    Image.effect_noise((400, 300), 60).convert("RGB").save(tmp_path / "noise.png")
    asset = await library.add(tmp_path / "noise.png", width=400, height=300, frame_count=1)
    found = (await preview(library, asset, "export", format="webp", quality=40)).json
    assert (found["count"], found["reason"], found["pieces"][0]["width"]) == (1, None, 400)
    (job,) = await library.begin("export", asset, format="webp", quality=40)
    await work_off()
    result = (await library.job(job))["result_asset_id"]
    size = await library.site.pool.fetchval("SELECT size_bytes FROM asset WHERE id = $1", result)
    assert found["size_bytes"] == size


async def test_a_preview_of_a_large_picture_estimates_its_size(library: Library, tmp_path: Path) -> None:
    Image.effect_noise((2600, 2000), 20).convert("RGB").save(tmp_path / "large.png")
    asset = await library.add(tmp_path / "large.png", width=2600, height=2000, frame_count=1)
    found = (await preview(library, asset, "export", format="jpg", quality=80)).json
    whole = io.BytesIO()
    Image.open(tmp_path / "large.png").save(whole, "JPEG", quality=80)
    assert found["size_bytes"] == pytest.approx(len(whole.getvalue()), rel=0.1)
    assert (found["pieces"][0]["width"], found["pieces"][0]["height"]) == pytest.approx((2600, 2000), abs=3)


async def test_the_size_of_a_film_is_only_known_afterwards(library: Library, tmp_path: Path) -> None:
    asset = await library.add(animation(tmp_path / "moving.gif"), width=16, height=16, frame_count=3)
    found = (await preview(library, asset, "export", format="mp4")).json
    assert (found["count"], found["size_bytes"]) == (0, None)
    assert "known afterwards" in found["reason"]


async def test_a_preview_of_others_files_or_other_kinds_is_refused(
    library: Library, sheet: int, site: Site, tmp_path: Path
) -> None:
    stranger = Library(library.api, site, await site.add_user())
    sprite(16).save(tmp_path / "sprite.png")
    assert (await preview(stranger, sheet, by="alpha")).status == 400
    assert (await preview(library, sheet, "upscale", factor=2)).status == 422
    assert (await preview(library, sheet, by="magic")).status == 422
    await site.pool.execute("UPDATE asset SET deleted_at = now()")
    assert (await preview(library, sheet, by="alpha")).status == 400
