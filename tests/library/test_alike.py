"""Similar files: of one file, and the groups of a library."""

from typing import Any

from ..site import BORN, Api, Site
from .conftest import AddAsset, add_report

ASSETS = "/api/pmd/assets"
DUSK, DAWN, FLAT = "ffff0000ffff0000", "0f0f0f0f0f0f0f0f", "0000000000000000"


async def test_similar_files_are_listed_nearest_first(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    own = await add_asset(artist)
    await add_report(site, own, dhash="ffff0000ffff0000")
    found = {}
    for name, dhash in {
        "same": "ffff0000ffff0000",
        "six": "ffff0000ffff003f",
        "seven": "ffff0000ffff007f",
        "one": "7fff0000ffff0000",
        "no hash": "none",
    }.items():
        found[name] = await add_asset(artist, name=name)
        await add_report(site, found[name], dhash=dhash)
    trashed = await add_asset(artist, deleted_at=BORN)
    await add_report(site, trashed, dhash="ffff0000ffff0000")
    foreign = await add_asset(stranger)
    await add_report(site, foreign, dhash="ffff0000ffff0000")
    # Probed again: the last hash counts, and the file is listed once.
    await add_report(site, found["same"], dhash="ffff0000ffff0000")

    duplicates = (await api.get(f"{ASSETS}/{own}", user=artist)).json["near_duplicates"]
    assert [(near["name"], near["distance"]) for near in duplicates] == [("same", 0), ("one", 1), ("six", 6)]
    unlooked = await add_asset(artist)
    assert (await api.get(f"{ASSETS}/{unlooked}", user=artist)).json["near_duplicates"] == []


async def groups_of(api: Api, user: int, limit: int = 256) -> list[list[str]]:
    """The names of all groups, however many calls it takes."""
    found: list[list[str]] = []
    query = f"limit={limit}"
    while True:
        page = (await api.get(f"{ASSETS}/alike?{query}", user=user)).json
        found += [[item["name"] for item in group["items"]] for group in page["groups"]]
        if page["next_cursor"] is None:
            return found
        query = f"limit={limit}&cursor={page['next_cursor']}"


async def test_duplicate_group_lists_the_best_first(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()

    async def add(name: str, bits: int = 8, **columns: Any) -> None:
        given = {"width": 64, "height": 64, "size_bytes": 1000} | columns
        await add_report(site, await add_asset(artist, name=name, **given), dhash=DUSK, bit_depth=bits)

    await add("few bytes", size_bytes=999)
    await add("many bytes")
    await add("deep", bits=16)
    await add("large", width=65)
    await add("with stars", rating=1, width=8)
    assert await groups_of(api, artist) == [["with stars", "large", "deep", "many bytes", "few bytes"]]


async def test_duplicate_groups_are_listed_once_across_pages(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    original = None
    files: list[tuple[str, str, dict[str, Any]]] = [
        ("dusk", DUSK, {}),
        ("dawn", DAWN, {}),
        ("dusk six bits off", "ffff0000ffff003f", {}),
        ("dusk seven bits off", "ffff0000ffff007f", {}),
        ("flat", FLAT, {}),
        ("flat, too", FLAT, {}),
        ("in the trash", DAWN, {"deleted_at": BORN}),
        ("set aside", DAWN, {"rejected_at": BORN}),
        ("dawn again", DAWN, {"approved": True}),
        ("alone", "123456789abcdef0", {}),
    ]
    for name, dhash, columns in files:
        asset = await add_asset(artist, name=name, **columns)
        original = original or asset
        await add_report(site, asset, dhash=dhash)
    await add_report(site, await add_asset(artist, name="made of dusk", parent_asset_id=original), dhash=DUSK)
    await add_report(site, await add_asset(stranger), dhash=DUSK)

    whole = await groups_of(api, artist)
    assert [sorted(group) for group in whole] == [
        ["dawn", "dawn again"],
        # The newest of what hangs together leads; what is near the others only comes up when these are decided about.
        ["dusk seven bits off", "dusk six bits off"],
    ]
    assert await groups_of(api, artist, limit=1) == whole

    last = await site.pool.fetchval("UPDATE asset SET rejected_at = now() WHERE name LIKE '%seven%' RETURNING id")
    assert last is not None
    assert sorted((await groups_of(api, artist))[1]) == ["dusk", "dusk six bits off"]
