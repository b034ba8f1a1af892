"""How a file was made is kept: from its own marks and its tasks to the manifest, or out of all of it."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PIL import PngImagePlugin

from ..conftest import WorkOff
from ..media.files import image_bytes, sprite
from ..media.signed import signed
from ..media.test_recipes import RECIPE, WEB_UI
from ..site import Api
from ..uploads.sender import Sender, announced, send_all
from .conftest import Artist
from .exports import export
from .manifest_schema import SCHEMA
from .test_packs import PACKS, make

ASSETS = "/api/pmd/assets"
MARKS = ["generation settings (Stable Diffusion web UI)"]


@pytest.fixture
async def made(api: Api, artist: Artist, work_off: WorkOff, tmp_path: Path) -> list[int]:
    """An AI image as it was sent, enlarged, and that with fewer colours."""
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", WEB_UI)
    sprite(16).save(tmp_path / "dragon.png", pnginfo=info)
    data, sender = (tmp_path / "dragon.png").read_bytes(), Sender(api, artist.user)
    upload = (await sender.announce(announced("dragon.png", data))).json
    await send_all(sender, upload, {"dragon.png": data})
    await work_off()
    (item,) = (await api.get(ASSETS, user=artist.user)).json["items"]
    assert item["provenance"] == "ai_generated"
    ids = [item["id"]]
    for kind, params in (
        ("upscale", {"factor": 2}),
        ("export", {"colours": 4}),
    ):
        body = {"kind": kind, "asset_ids": ids[-1:], "params": params}
        (job,) = (await api.post("/api/pmd/jobs", body, user=artist.user)).json["items"]
        await work_off()
        ids.append((await api.get(f"/api/pmd/jobs/{job['id']}", user=artist.user)).json["result_asset_id"])
    await api.post(f"{ASSETS}/action", {"action": "approve", "asset_ids": ids}, user=artist.user)
    return ids


async def taken(api: Api, artist: Artist, pack: int, work_off: WorkOff) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest of the pack's next edition, and all that is in its archive."""
    details = await export(api, artist, pack, work_off)
    assert details["export"]["status"] == "completed", details["export"]
    answer = await api.get(details["download_url"], user=artist.user)
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        files = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files["manifest.json"])
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(manifest)
    return manifest, files


async def test_provenance_marks_are_shown_searchable_and_inherited(api: Api, artist: Artist, made: list[int]) -> None:
    for text in ("of glass", "pixelxl", "1234"):
        found = (await api.get(f"{ASSETS}?q={text}&sort=name&order=asc", user=artist.user)).json["items"]
        assert {item["id"] for item in found} == set(made), text
    assert (await api.get(f"{ASSETS}?q=blurry", user=artist.user)).json["items"] == []
    for asset_id in made:
        record = (await api.get(f"{ASSETS}/{asset_id}", user=artist.user)).json
        assert record["generation"] == {"marks": MARKS, **RECIPE}
    sent, _, last = [(await api.get(f"{ASSETS}/{each}", user=artist.user)).json["steps"] for each in made]
    assert sent == []
    assert [(step["task"], step["asset_id"], step["engine"]) for step in last] == [
        ("upscale", made[0], "upscale"),
        ("export", made[1], "export"),
    ]
    assert last[0]["params"]["factor"] == 2
    assert last[0]["version"]


async def test_marks_that_a_task_loses_are_findings(api: Api, artist: Artist, made: list[int]) -> None:
    for asset_id, is_lost in zip(made, (False, True, False), strict=True):
        reports = (await api.get(f"{ASSETS}/{asset_id}", user=artist.user)).json["reports"]
        messages = {each["code"]: each["message"] for report in reports for each in report["findings"]}
        assert ("ai_marks_left" in messages) == is_lost
        if is_lost:
            assert f"({MARKS[0]})" in messages["ai_marks_left"]


async def test_content_credentials_that_a_task_loses_are_findings(api: Api, artist: Artist, work_off: WorkOff) -> None:
    data, sender = signed(image_bytes(sprite(16), "PNG"), "image/png"), Sender(api, artist.user)
    upload = (await sender.announce(announced("dragon.png", data))).json
    await send_all(sender, upload, {"dragon.png": data})
    await work_off()
    (item,) = (await api.get(ASSETS, user=artist.user)).json["items"]
    body = {"kind": "upscale", "asset_ids": [item["id"]], "params": {"factor": 2}}
    (job,) = (await api.post("/api/pmd/jobs", body, user=artist.user)).json["items"]
    await work_off()
    result = (await api.get(f"/api/pmd/jobs/{job['id']}", user=artist.user)).json["result_asset_id"]
    (report,) = (await api.get(f"{ASSETS}/{result}", user=artist.user)).json["reports"]
    codes = {each["code"] for each in report["findings"]}
    assert {"ai_marks_left", "content_credentials_left"} <= codes


async def test_probing_again_reads_provenance(api: Api, artist: Artist, made: list[int], work_off: WorkOff) -> None:
    await artist.site.pool.execute("UPDATE asset SET generation = NULL")
    body = {"kind": "metadata_extract", "asset_ids": made[:1]}
    assert (await api.post("/api/pmd/jobs", body, user=artist.user)).status == 202
    await work_off()
    record = (await api.get(f"{ASSETS}/{made[0]}", user=artist.user)).json
    assert (record["generation"]["prompt"], record["steps"]) == (RECIPE["prompt"], [])


async def test_pack_marks_decide_whether_provenance_is_listed(
    api: Api, artist: Artist, made: list[int], work_off: WorkOff
) -> None:
    pack = await make(api, artist, made)
    check = (await api.post(f"{PACKS}/{pack}/check", {}, user=artist.user)).json
    (disclosure,) = check["disclosures"]
    assert (disclosure["code"], disclosure["asset_ids"]) == ("tells_prompt", made)
    assert disclosure["message"] == "3 of these 3 files disclose the prompts that they were made with."
    manifest, files = await taken(api, artist, pack, work_off)
    assert [asset["generation"] for asset in manifest["assets"]] == [{"marks": MARKS, **RECIPE}] * 3
    assert [len(asset["steps"]) for asset in manifest["assets"]] == [0, 1, 2]
    for document in ("README.md", "CREDITS.md"):
        text = files[document].decode()
        assert "3 of 3 files were made with AI: dragon.png" in text
        assert "3 of 3 files have metadata of AI image generators: dragon.png" in text

    await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"marks": "strip"})
    manifest, files = await taken(api, artist, pack, work_off)
    assert [asset["generation"] for asset in manifest["assets"]] == [None] * 3
    assert [len(asset["steps"]) for asset in manifest["assets"]] == [0, 1, 2]
    assert not any(b"of glass" in data for data in files.values())
    assert b"metadata of AI" not in files["README.md"]
    assert b"3 of 3 files were made with AI" in files["README.md"]


async def test_disclosures_without_manifest_name_the_files_own_prompt_only(
    api: Api, artist: Artist, made: list[int]
) -> None:
    (disclosure,) = (await api.post(f"{ASSETS}/disclosures", {"asset_ids": made}, user=artist.user)).json["items"]
    assert (disclosure["code"], disclosure["asset_ids"]) == ("tells_prompt", made[:1])
