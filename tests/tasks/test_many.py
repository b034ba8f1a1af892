"""Tasks that take several files together, and those that make several."""

import json
from pathlib import Path

import pytest
from PIL import Image

from pmd_service.base.database import Pool

from ..conftest import WorkOff
from ..media.files import save_sound, sprite, tone
from .conftest import Library


@pytest.mark.stores
async def test_a_sheet_becomes_as_many_files_as_it_has_sprites(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    sheet = Image.new("RGBA", (80, 20))
    for number in range(3):
        sheet.paste(sprite(16, shift=number), (2 + 20 * number, 2))
    # The same sprite once more: its bytes are one file.
    sheet.paste(sprite(16), (62, 2))
    sheet.save(tmp_path / "heroes.png")
    asset = await library.add(tmp_path / "heroes.png", hashtags=["hero"])
    (job_id,) = await library.begin("slice", asset, by="grid", width=20, height=20)
    await work_off()
    job = await library.job(job_id)
    assert (job["status"], job["step"], job["progress"]) == ("completed", "3 files were made.", 100.0), job
    rows = await pool.fetch(
        "SELECT id, name, hashtags, preview_path FROM asset WHERE parent_asset_id = $1 ORDER BY id", asset
    )
    assert [row["name"] for row in rows] == ["heroes 1.png", "heroes 2.png", "heroes 3.png"]
    assert job["result_asset_ids"] == [row["id"] for row in rows]
    assert job["result_asset_id"] == rows[0]["id"]
    assert all(row["hashtags"] == ["hero"] and row["preview_path"] for row in rows)
    assert await pool.fetchval("SELECT count(*) FROM vault_leftovers") == 0


async def test_a_sheet_has_the_file_that_engines_read_beside_it(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    sprite(16).save(tmp_path / "hero.png")
    sprite(24).save(tmp_path / "foe.png")
    assets = [await library.add(tmp_path / f"{name}.png") for name in ("hero", "foe")]
    (job_id,) = await library.begin("pack_sprites", *assets, data="godot")
    await work_off()
    job = await library.job(job_id)
    assert (job["status"], job["step"]) == ("completed", "2 files were made."), job
    rows = await pool.fetch("SELECT name, type FROM asset WHERE id = ANY($1) ORDER BY id", job["result_asset_ids"])
    assert [tuple(row) for row in rows] == [("hero sheet.png", "image"), ("hero sheet.tres", "other")]


async def test_files_are_taken_together_in_the_order_they_were_chosen(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    assets = [
        await library.add(save_sound(tmp_path / f"{name}.wav", tone(1, level=level)), "audio")
        for name, level in (("loud", 0.1), ("soft", 0.01))
    ]
    headers = {"Idempotency-Key": "level"}
    answer = await library.ask("loudness", *reversed(assets), headers=headers)
    (item,) = answer.json["items"]
    assert item["asset_ids"] == list(reversed(assets))
    again = await library.ask("loudness", *reversed(assets), headers=headers)
    assert [each["id"] for each in again.json["items"]] == [item["id"]]
    await work_off()
    job = await library.job(item["id"])
    assert job["status"] == "completed", job
    parents = await pool.fetch(
        "SELECT parent_asset_id FROM asset WHERE id = ANY($1) ORDER BY id", job["result_asset_ids"]
    )
    assert [row["parent_asset_id"] for row in parents] == list(reversed(assets))


async def test_one_of_several_that_is_gone_fails_them_all_with_a_sentence(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    assets = [
        await library.add(save_sound(tmp_path / f"{name}.wav", tone(1, hz=hz)), "audio")
        for name, hz in (("a", 440), ("b", 660))
    ]
    (job_id,) = await library.begin("loudness", *assets)
    await pool.execute("UPDATE asset SET deleted_at = now() WHERE id = $1", assets[1])
    await work_off()
    job = await library.job(job_id)
    assert (job["status"], job["error_code"]) == ("failed", "gone")


async def test_a_library_without_room_for_all_results_gets_none(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = Image.new("RGBA", (40, 20))
    for number in range(2):
        sheet.paste(sprite(16, shift=number), (2 + 20 * number, 2))
    sheet.save(tmp_path / "heroes.png")
    asset = await library.add(tmp_path / "heroes.png")
    monkeypatch.setattr(
        "pmd_service.assets.allowance.Allowance.left_files", property(lambda allowance: 1), raising=True
    )
    (job_id,) = await library.begin("slice", asset)
    await work_off()
    job = await library.job(job_id)
    assert (job["status"], job["error_code"]) == ("failed", "allowance")
    assert await pool.fetchval("SELECT count(*) FROM asset") == 1


@pytest.mark.parametrize("data", ["texturepacker_hash", "godot", "css"])
async def test_a_sheets_data_names_the_page_as_the_library_calls_it(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path, data: str
) -> None:
    name = 'big "red" hero'  # it is escaped in each format
    sprite(16).save(tmp_path / f"{name}.png")
    asset = await library.add(tmp_path / f"{name}.png")

    async def page_of(**params: object) -> tuple[str, str]:
        (job_id,) = await library.begin("pack_sprites", asset, **params)
        await work_off()
        job = await library.job(job_id)
        assert job["status"] == "completed", job
        rows = await pool.fetch("SELECT name, path FROM asset WHERE id = ANY($1)", job["result_asset_ids"])
        (page,) = (row["name"] for row in rows if row["name"].endswith(".png"))
        (key,) = (row["path"].removeprefix("/vault/") for row in rows if not row["name"].endswith(".png"))
        async with library.site.stored.local(key) as path:
            return page, path.read_text()

    assert (await page_of(data="phaser"))[0] == f"{name} sheet.png"
    # The same page with other data is the file that is there; another one has another name.
    for params, number in (({}, ""), ({"padding": 9, "extrude": 3}, " 2")):
        page, text = await page_of(data=data, **params)
        assert page == f"{name} sheet{number}.png"
        written = {"texturepacker_hash": json.dumps(page), "godot": f'path="{page}"'.replace('"red"', '\\"red\\"')}
        assert written.get(data, page.replace('"', "\\22 ")) in text


async def test_pages_that_were_made_at_once_are_each_named_by_their_data(
    library: Library, pool: Pool, work_off: WorkOff, tmp_path: Path
) -> None:
    sprite(200).save(tmp_path / "hero.png")
    sprite(201, shift=3).save(tmp_path / "foe.png")
    assets = [await library.add(tmp_path / f"{name}.png") for name in ("hero", "foe")]
    begun = [
        await library.begin("pack_sprites", *assets, data="texturepacker_array", max_side=256, padding=padding)
        for padding in (1, 2, 3, 1)
    ]
    await work_off()
    for (job_id,) in begun:
        job = await library.job(job_id)
        assert job["status"] == "completed", job
        rows = await pool.fetch("SELECT name, path FROM asset WHERE id = ANY($1)", job["result_asset_ids"])
        pages = {row["name"] for row in rows if row["name"].endswith(".png")}
        data = {row["name"]: row["path"].removeprefix("/vault/") for row in rows if row["name"].endswith(".json")}
        named, others = set(), set()
        for key in data.values():
            async with library.site.stored.local(key) as path:
                meta = json.loads(path.read_text())["meta"]
            named.add(meta["image"])
            others.update(meta["related_multi_packs"])
        assert (named, others) == (pages, set(data))
