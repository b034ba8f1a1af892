"""What the files of a pack name is where they name it, or a check names it before the pack is built; games load it."""

import asyncio
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pmd_service.assets.reports import NewReport, add_reports
from pmd_service.packs.references import Packed

from ..conftest import WorkOff
from ..media.companion_files import COMPANIONS, FRAME, TMX, TRES, TSCN, TSX
from ..media.files import image_bytes, sprite
from ..site import Api
from ..uploads.sender import Sender, announced, send_all
from .conftest import Artist
from .exports import export
from .files import pack_edition, pack_file
from .test_packs import PACKS, make

ASSETS = "/api/pmd/assets"
PICTURE = image_bytes(sprite(32), "PNG")
ATLAS = {"textures": [{"image": "boats.png", "format": "RGBA8888", "size": {"w": 16, "h": 16}, "scale": 1,
                       "frames": [FRAME | {"filename": "boat"}]}]}  # fmt: skip
GAME = {
    "game/maps/island.tmx": TMX.encode(),
    "game/tiles/sea.tsx": TSX.encode(),
    "game/tiles/sea.png": PICTURE,
    "game/maps/sky.png": image_bytes(sprite(16), "PNG"),
    "game/sounds/sea.ogg": b"OggS",
    "game/boat.tscn": TSCN.encode(),
    "game/boat.tres": TRES.encode(),
    "game/atlas/boats.json": json.dumps(ATLAS).encode(),
    "game/atlas/boats.png": image_bytes(sprite(16, shift=3), "PNG"),
}


async def add_game(artist: Artist, files: dict[str, bytes]) -> dict[str, int]:
    """The files in the artist's library with what a probe finds in them, by their paths below the game's folder."""
    ids = {}
    for path, data in files.items():
        name = path.rpartition("/")[2]
        ending = name.rpartition(".")[2]
        kind = {"png": "image", "ogg": "audio"}.get(ending, "other")
        asset_id = await artist.add(name, data, original_path=path, file_format=ending, type=kind)
        ids[path.removeprefix("game/")] = asset_id
        named = {name: found for name, (_, found) in COMPANIONS.items()} | {"boats.json": ["boats.png"]}
        await add_found(artist, asset_id, name, named[name] if kind == "other" else [])
    return ids


async def add_found(artist: Artist, asset_id: int, name: str, references: list[str]) -> None:
    async with artist.site.pool.acquire() as connection:
        report = NewReport(
            hash="a" * 64, user_id=artist.user, asset_id=asset_id, outcome="added",
            file_name=name, facts={"references": references},
        )  # fmt: skip
        await add_reports(connection, [report])


async def checked(api: Api, artist: Artist, pack: int) -> dict[str, Any]:
    """What a check says of each file's references."""
    check = (await api.post(f"{PACKS}/{pack}/check", {}, user=artist.user)).json
    return {each["file"]: each for each in check["references"]}


async def test_references_that_resolve_are_counted(api: Api, artist: Artist) -> None:
    ids = await add_game(artist, GAME)
    pack = await make(api, artist, [*ids.values()])
    found = await checked(api, artist, pack)
    assert [found[name]["message"] for name in found] == [
        "3 references of island.tmx resolve.",
        "1 reference of sea.tsx resolves.",
        "2 references of boat.tscn resolve.",
        "1 reference of boat.tres resolves.",
        "1 reference of boats.json resolves.",
    ]
    assert not any(each["missing"] for each in found.values())
    await add_found(artist, ids["boat.tres"], "boat.tres", ["elsewhere.png"])
    assert [each["path"] for each in (await checked(api, artist, pack))["boat.tres"]["missing"]] == ["elsewhere.png"]


async def test_what_is_not_in_the_pack_is_listed_with_its_path(api: Api, artist: Artist) -> None:
    ids = await add_game(artist, GAME)
    left = {name: asset_id for name, asset_id in ids.items() if name not in ("maps/sky.png", "boat.tres")}
    await artist.site.pool.execute("DELETE FROM asset WHERE id = $1", ids["boat.tres"])
    found = await checked(api, artist, await make(api, artist, [*left.values()]))
    assert found["maps/island.tmx"]["message"] == "1 of 3 references of island.tmx is missing."
    assert found["maps/island.tmx"]["missing"] == [
        {"path": "sky.png", "message": "It is in your library, and not in the pack.", "asset_id": ids["maps/sky.png"]}
    ]
    assert found["boat.tscn"]["missing"] == [
        {"path": "res://boat.tres", "message": "There is no such file.", "asset_id": None}
    ]


async def test_moving_renaming_and_flattening_break_no_reference_silently(api: Api, artist: Artist) -> None:
    ids = await add_game(artist, GAME)
    pack = await make(api, artist, [*ids.values()])
    assets: list[dict[str, Any]] = [{"asset_id": each} for each in ids.values()]
    assets[2]["path"] = "pictures/sea.png"
    body = {"assets": assets}
    assert (await api.call("PUT", f"{PACKS}/{pack}/assets", user=artist.user, json=body)).status == 200
    moved = await checked(api, artist, pack)
    assert moved["tiles/sea.tsx"]["missing"] == [
        {"path": "sea.png", "message": "It is packed as “pictures/sea.png”.", "asset_id": ids["tiles/sea.png"]}
    ]
    assets[2]["path"] = None
    await api.call("PUT", f"{PACKS}/{pack}/assets", user=artist.user, json=body)
    await artist.site.pool.execute("UPDATE asset SET name = 'Ocean.png' WHERE id = $1", ids["tiles/sea.png"])
    renamed = await checked(api, artist, pack)
    (missing,) = renamed["tiles/sea.tsx"]["missing"]
    assert missing["message"] == "It is packed as “tiles/Ocean.png”."
    await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"layout": "flat"})
    flat = await checked(api, artist, pack)
    assert flat["island.tmx"]["message"] == "2 of 3 references of island.tmx are missing."


def test_where_a_reference_leads() -> None:
    paths = ("maps/island.tmx", "tiles/Sea.png", "game/project/boat.tscn", "game/tiles/sea.png")
    files = [pack_file(n, name="x", file_format="txt", type="other", pack_path=each) for n, each in enumerate(paths)]
    entries = pack_edition(files).entries
    packed = Packed(entries)
    for of, name, target in (
        ("maps/island.tmx", "../tiles/Sea.png", "tiles/Sea.png"),
        ("maps/island.tmx", "./../maps/../tiles/Sea.png", "tiles/Sea.png"),
        ("maps/island.tmx", "/tiles/Sea.png", "tiles/Sea.png"),
        ("maps/island.tmx", "../../tiles/Sea.png", None),
        ("maps/island.tmx", "tiles/Sea.png", None),
        ("maps/island.tmx", "../tiles/sea.png", None),
        ("game/project/boat.tscn", "res://tiles/sea.png", "game/tiles/sea.png"),
        ("game/project/boat.tscn", "res://../tiles/Sea.png", None),
        ("maps/island.tmx", "res://game/tiles/sea.png", "game/tiles/sea.png"),
        ("maps/island.tmx", "..", None),
    ):
        assert packed.resolve(of, name) == target, name
    (missing,) = packed.explained(entries[0], ["../tiles/sea.png"], {})
    assert missing.message == "The pack has it as “tiles/Sea.png”: the letters' case differs."


async def test_other_users_files_resolve_no_reference(api: Api, artist: Artist) -> None:
    ids = await add_game(artist, {name: data for name, data in GAME.items() if name.endswith("tsx")})
    other = Artist(artist.site, await artist.site.add_user("other"))
    await add_game(other, {name: data for name, data in GAME.items() if name.endswith("png")})
    found = await checked(api, artist, await make(api, artist, [*ids.values()]))
    assert found["sea.tsx"]["missing"] == [{"path": "sea.png", "message": "There is no such file.", "asset_id": None}]


@pytest.mark.stores
@pytest.mark.filterwarnings("ignore:.* is deprecated, use:DeprecationWarning")
async def test_loaders_of_games_read_the_exported_folders(
    api: Api, artist: Artist, work_off: WorkOff, tmp_path: Path
) -> None:
    ids = await add_game(artist, GAME)
    details = await export(api, artist, await make(api, artist, [*ids.values()]), work_off)
    archive = await api.get(details["download_url"], user=artist.user)
    with zipfile.ZipFile(io.BytesIO(archive.body)) as opened:
        opened.extractall(tmp_path)
    root = tmp_path / "dragons_v1" / "assets"
    assert {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} == {*ids}
    await asyncio.to_thread(load, root)


def load(root: Path) -> None:
    """By Tiled's own loader for Python, and a parser of Godot's format."""
    from godot_parser import load as load_scene  # noqa: PLC0415
    from pytmx import TiledMap  # noqa: PLC0415

    loaded = []

    def loader(filename: str, colorkey: object, **_: object) -> object:
        assert Path(filename).is_file(), filename
        loaded.append(Path(filename).resolve().relative_to(root.resolve()).as_posix())
        return lambda rect=None, flags=None: (filename, rect)

    tiled = TiledMap(str(root / "maps" / "island.tmx"), image_loader=loader)
    assert (tiled.width, [*tiled.layernames]) == (2, ["ground", "sky"])
    assert {*loaded} == {"tiles/sea.png", "maps/sky.png"}
    scene = load_scene(str(root / "boat.tscn"))
    for resource in (*scene.get_ext_resources(), *load_scene(str(root / "boat.tres")).get_ext_resources()):
        assert (root / resource.path.removeprefix("res://")).is_file()


async def test_uploaded_maps_have_their_references_checked(api: Api, artist: Artist, work_off: WorkOff) -> None:
    sent = {"game/island.tmx": TMX.encode(), "game/sky.png": PICTURE}
    sender = Sender(api, artist.user)
    upload = (await sender.announce(*(announced(name, data) for name, data in sent.items()))).json
    await send_all(sender, upload, sent)
    await work_off()
    ids = [each["id"] for each in (await api.get(f"{ASSETS}?sort=name&order=asc", user=artist.user)).json["items"]]
    await api.post(f"{ASSETS}/action", {"action": "approve", "asset_ids": ids}, user=artist.user)
    found = await checked(api, artist, await make(api, artist, ids))
    assert found["island.tmx"]["message"] == "2 of 3 references of island.tmx are missing."
