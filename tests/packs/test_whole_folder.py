"""A game artist's folder goes in as it is, and comes out of a pack complete."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping

import pytest

from ..conftest import WorkOff
from ..media.aseprite_files import hero, noise
from ..media.drawing_files import glb, placed_photo, svg
from ..media.heic_files import heic, place_exif
from ..media.work_files import CC0_NOTE, TILE_MAP, aiff, psd, saved
from ..site import Api, Site
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced
from .conftest import Artist
from .test_packs import PACKS

PICTURE = noise(1, (24, 16)).convert("RGB")
ARCADE: Mapping[str, bytes] = {
    "arcade/License.txt": CC0_NOTE,
    "arcade/readme.md": b"# Arcade\n",
    "arcade/sprites/hero.aseprite": hero(1),
    "arcade/sprites/hero.png": picture(1),
    "arcade/sprites/boss.ase": hero(2),
    "arcade/sprites/broken.aseprite": hero(3)[:-9],
    "arcade/sources/title.psd": psd(PICTURE),
    "arcade/sources/deep.psd": psd(PICTURE, bits=32),
    "arcade/sources/scene.blend": b"BLENDER-v300" + bytes(90),
    "arcade/photos/wall.avif": saved(PICTURE, "AVIF"),
    "arcade/photos/phone.heic": heic(PICTURE.resize((96, 64)), exif=place_exif(Artist="A. B.")),
    "arcade/photos/broken.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40),
    "arcade/icons/boat.svg": svg(),
    "arcade/icons/signed.svg": svg(
        "<metadata><dc:creator xmlns:dc='x'>A. B.</dc:creator></metadata><rect width='9' height='9'/>"
    ),
    "arcade/models/boat.glb": glb(placed_photo()),
    "arcade/maps/level 1.tmx": TILE_MAP,
    "arcade/maps/tiles.json": b'{"tilewidth": 16}',
    "arcade/sounds/jump.aiff": aiff(),
    "arcade/sounds/song.mid": b"MThd\0\0\0\6\0\1\0\1\0\x60",
    "arcade/fonts/arcade.ttf": b"\0\1\0\0" + bytes(60),
}
SHOWN = {".aseprite", ".ase", ".png", ".psd", ".avif", ".aiff", ".heic"}
# Companions that have a picture all the same.
DRAWN = {".svg", ".glb"}
KEPT_ONLY = {"broken.aseprite", "deep.psd", "broken.heic"}
# What a pack without places cannot have.
REFUSED = (
    "arcade/sources/title.psd",
    "arcade/photos/broken.heic",
    "arcade/icons/signed.svg",
    "arcade/models/boat.glb",
)


@pytest.fixture
async def library(site: Site, api: Api, artist: Artist, work_off: WorkOff) -> dict[str, dict[str, object]]:
    """The folder after its upload, by path."""
    sender = Sender(api, artist.user)
    files = [announced(path, data) for path, data in {**ARCADE, "arcade/tools/build.sh": b"make\n"}.items()]
    upload = (
        await sender.announce(*files, name="arcade", defaults={"license_id": 1, "provenance": "user_provided"})
    ).json
    for line in upload["files"]:
        if line["url"]:
            assert (await sender.patch(line["url"], ARCADE[line["path"]])).status == 204
    await work_off()
    settled = await sender.upload(upload["id"])
    assert (settled["successful_files"], settled["failed_files"]) == (len(ARCADE), 1)
    assert [line["error_code"] for line in await sender.lines(upload["id"], status="failed")] == ["program"]
    items = (await api.get("/api/pmd/assets?sort=path", user=artist.user)).json["items"]
    return {item["original_path"]: item for item in items}


async def test_uploaded_folder_is_in_the_library_with_previews(library: dict[str, dict[str, object]]) -> None:
    assert set(library) == set(ARCADE)
    for path, item in library.items():
        name = path.rpartition("/")[2]
        is_shown = path[path.rfind(".") :] in SHOWN and name not in KEPT_ONLY
        assert item["has_preview"] == (is_shown or path[path.rfind(".") :] in DRAWN), path
        assert (item["type"] == "other") == (not is_shown), path
        assert item["folder"] == path.rpartition("/")[0]


async def test_uploaded_folder_is_exported_complete_and_unchanged(
    api: Api, artist: Artist, work_off: WorkOff, library: dict[str, dict[str, object]]
) -> None:
    ids = [item["id"] for item in library.values()]
    approved = await api.post("/api/pmd/assets/action", {"action": "approve", "asset_ids": ids}, user=artist.user)
    assert approved.status == 200
    body = {
        "name": "Arcade",
        "license_type": "royalty_free",
        "marks": "keep",
        "assets": [{"asset_id": each} for each in ids],
    }
    made = await api.post(PACKS, body, user=artist.user)
    assert made.status == 201, made
    address = f"{PACKS}/{made.json['id']}"
    assert (await api.post(f"{address}/export", {}, user=artist.user)).status == 202
    await work_off()
    details = (await api.get(address, user=artist.user)).json["pack"]
    assert details["export"]["status"] == "completed", details
    archive = zipfile.ZipFile(io.BytesIO((await api.get(details["download_url"], user=artist.user)).body))
    manifest = json.loads(archive.read("arcade_v1/manifest.json"))
    packed = {hashlib.sha256(archive.read(f"arcade_v1/{each['rel_path']}")).hexdigest() for each in manifest["assets"]}
    assert packed == {hashlib.sha256(data).hexdigest() for data in ARCADE.values()}
    assert "companions" in archive.read("arcade_v1/README.md").decode()


async def test_companion_file_cannot_be_published(
    api: Api, artist: Artist, library: dict[str, dict[str, object]]
) -> None:
    ids = [library[path]["id"] for path in ("arcade/maps/level 1.tmx", "arcade/sprites/hero.aseprite")]
    answer = (await api.post("/api/pmd/assets/publish", {"asset_ids": ids}, user=artist.user)).json
    assert [(item["outcome"], item["code"]) for item in answer["items"]] == [
        ("refused", "not_an_image"),
        ("refused", "format"),
    ]
    assert "stored and packed" in answer["items"][0]["message"]
    task = await api.post("/api/pmd/jobs", {"kind": "upscale", "asset_ids": ids[:1], "params": {}}, user=artist.user)
    assert (task.status, "does not fit" in task.json["detail"]) == (422, True)


async def test_stripped_pack_leaves_companion_files_unchanged(
    api: Api, artist: Artist, work_off: WorkOff, library: dict[str, dict[str, object]]
) -> None:
    async def made(*paths: str) -> str:
        ids = [library[path]["id"] for path in paths]
        await api.post("/api/pmd/assets/action", {"action": "approve", "asset_ids": ids}, user=artist.user)
        body = {"name": f"P{len(paths)}", "license_type": "royalty_free", "marks": "strip"}
        pack = await api.post(PACKS, body | {"assets": [{"asset_id": each} for each in ids]}, user=artist.user)
        return f"{PACKS}/{pack.json['id']}"

    names = ("maps/level 1.tmx", "sprites/hero.aseprite", "icons/boat.svg", "photos/wall.avif", "photos/phone.heic")
    kept = await made(*(f"arcade/{name}" for name in names))
    assert (await api.post(f"{kept}/export", {}, user=artist.user)).status == 202
    await work_off()
    details = (await api.get(kept, user=artist.user)).json["pack"]
    assert details["export"]["status"] == "completed", details
    archive = zipfile.ZipFile(io.BytesIO((await api.get(details["download_url"], user=artist.user)).body))
    (phone,) = (archive.read(name) for name in archive.namelist() if name.endswith("phone.heic"))
    assert (phone[4:12], b"A. B." in phone) == (b"ftypheic", False)
    # Reported before the build, with what can be done about it.
    refused = await made(*REFUSED, "arcade/maps/level 1.tmx", "arcade/icons/boat.svg")
    conflicts = (await api.post(f"{refused}/check", {}, user=artist.user)).json["conflicts"]
    assert [(each["code"], each["file"]) for each in conflicts] == [
        ("cannot_strip", path.rpartition("/")[2]) for path in REFUSED
    ]
    assert conflicts[0]["message"] == (
        "Metadata cannot be removed from PSD files: pack the files as they are, or convert this one."
    )
    assert conflicts[-1]["message"] == (
        "It names a place or its author, and GLB files are packed as they are: save it without them."
    )
    assert (await api.post(f"{refused}/export", {}, user=artist.user)).status == 409
    assert (await api.call("PATCH", refused, json={"marks": "keep"}, user=artist.user)).status == 200
    assert (await api.post(f"{refused}/check", {}, user=artist.user)).json["conflicts"] == []
