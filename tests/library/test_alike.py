"""Similar files: of one file, and the groups of a library."""

from typing import Any

from ..site import BORN, Api, Site
from .conftest import AddAsset, add_fingerprint, add_report

ASSETS = "/api/pmd/assets"
DUSK, DAWN, FLAT = "ffff0000ffff0000", "0f0f0f0f0f0f0f0f", "0000000000000000"


async def test_similar_files_are_listed_nearest_first(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    own = await add_asset(artist)
    await add_fingerprint(site, own, dhash="ffff0000ffff0000")
    found = {}
    for name, dhash in {
        "same": "ffff0000ffff0000",
        "six": "ffff0000ffff003f",
        "ten": "ffff0000ffff03ff",
        "one": "7fff0000ffff0000",
        "no hash": "none",
    }.items():
        found[name] = await add_asset(artist, name=name)
        await add_fingerprint(site, found[name], dhash=dhash)
    trashed = await add_asset(artist, deleted_at=BORN)
    await add_fingerprint(site, trashed, dhash="ffff0000ffff0000")
    foreign = await add_asset(stranger)
    await add_fingerprint(site, foreign, dhash="ffff0000ffff0000")
    # Probed again: the last hash counts, and the file is listed once.
    await add_fingerprint(site, found["same"], dhash="ffff0000ffff0000")

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
        asset = await add_asset(artist, name=name, **given)
        await add_report(site, asset, bit_depth=bits)
        await add_fingerprint(site, asset, dhash=DUSK)

    await add("few bytes", size_bytes=999)
    await add("many bytes")
    await add("deep", bits=16)
    await add("large", width=65)
    await add("with stars", rating=1, width=32, height=32)
    assert await groups_of(api, artist) == [["with stars", "large", "deep", "many bytes", "few bytes"]]


async def test_duplicate_groups_are_listed_once_across_pages(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    original = None
    files: list[tuple[str, str, dict[str, Any]]] = [
        ("dusk", DUSK, {}),
        ("dawn", DAWN, {}),
        ("dusk six bits off", "ffff0000ffff003f", {}),
        ("dusk ten bits off", "ffff0000ffff03ff", {}),
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
        await add_fingerprint(site, asset, dhash=dhash)
    await add_fingerprint(site, await add_asset(artist, name="made of dusk", parent_asset_id=original), dhash=DUSK)
    await add_fingerprint(site, await add_asset(stranger), dhash=DUSK)

    whole = await groups_of(api, artist)
    assert [sorted(group) for group in whole] == [
        ["dawn", "dawn again"],
        # The newest of what hangs together leads; what is near the others only comes up when these are decided about.
        ["dusk six bits off", "dusk ten bits off"],
    ]
    assert await groups_of(api, artist, limit=1) == whole

    last = await site.pool.fetchval("UPDATE asset SET rejected_at = now() WHERE name LIKE '%ten bits%' RETURNING id")
    assert last is not None
    assert sorted((await groups_of(api, artist))[1]) == ["dusk", "dusk six bits off"]


async def act(api: Api, user: int, action: str, ids: list[int]) -> int:
    return (await api.post(f"{ASSETS}/action", {"action": action, "asset_ids": ids}, user=user)).status


async def test_equal_pixels_are_found_whatever_the_hash_and_size(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    for name, dhash, side, pixels in (
        ("small", FLAT, 16, b"1" * 16),
        ("four times as large", DAWN, 64, b"1" * 16),
        ("other", DAWN, 16, b"2" * 16),
    ):
        asset = await add_asset(artist, name=name, width=side, height=side)
        await add_fingerprint(site, asset, dhash=dhash, pixels=pixels, grey=side)
    (group,) = (await api.get(f"{ASSETS}/alike", user=artist)).json["groups"]
    assert [item["name"] for item in group["items"]] == ["four times as large", "small"]
    assert group["equal_pixels"] is True


async def test_files_kept_both_are_no_group_until_compared_again(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    ids = []
    for name in ("one", "two", "three"):
        ids.append(await add_asset(artist, name=name))
        await add_fingerprint(site, ids[-1], dhash=DUSK)
    assert await act(api, stranger, "keep_both", ids) == 400
    assert await act(api, artist, "keep_both", ids[:2]) == 200
    assert await act(api, artist, "keep_both", ids[:2]) == 200
    # The third still resembles both; these two do not come up without it.
    assert [sorted(group) for group in await groups_of(api, artist)] == [["one", "three", "two"]]
    assert await act(api, artist, "keep_both", ids) == 200
    assert await groups_of(api, artist) == []
    assert await act(api, artist, "compare_again", ids) == 200
    assert len(await groups_of(api, artist)) == 1
    assert await act(api, artist, "keep_both", list(range(1, 40))) in (400, 422)
    assert (await api.get(f"{ASSETS}/kept-both", user=artist)).json["items"] == []
    await site.pool.execute("DELETE FROM asset WHERE id = $1", ids[0])


async def test_kept_pairs_are_listed_page_by_page(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    ids = [await add_asset(artist, name=name) for name in ("one", "two", "three", "four")]
    others = [await add_asset(stranger, name=name) for name in ("a", "b")]
    assert await act(api, artist, "keep_both", ids[:3]) == 200
    assert await act(api, artist, "keep_both", ids[2:]) == 200
    assert await act(api, stranger, "keep_both", others) == 200

    async def pairs(query: str) -> tuple[list[list[str]], str | None]:
        page = (await api.get(f"{ASSETS}/kept-both?{query}", user=artist)).json
        return [[item["name"] for item in pair["items"]] for pair in page["items"]], page["next_cursor"]

    first, cursor = await pairs("limit=2")
    assert first == [["four", "three"], ["three", "two"]]
    assert await pairs(f"limit=2&cursor={cursor}") == ([["three", "one"], ["two", "one"]], None)
    assert (await api.get(f"{ASSETS}/kept-both?cursor=bm8", user=artist)).status == 422
    for two in (ids[:2], ids[2:]):
        assert await act(api, artist, "compare_again", two) == 200
    assert await act(api, artist, "trash", ids[:1]) == 200
    assert await pairs("") == ([["three", "two"]], None)


async def test_decisions_end_though_a_file_is_in_the_trash(site: Site, api: Api, add_asset: AddAsset) -> None:
    """Otherwise an undo in one tab would fail for all of them where another tab has put one there."""
    artist = await site.add_user()
    a, b, c = [await add_asset(artist, name=name) for name in "abc"]
    for decision in ("stack", "keep_both", "unfold"):
        assert await act(api, artist, decision, [a, b, c]) == 200
    assert await act(api, artist, "trash", [a]) == 200
    assert await act(api, artist, "keep_both", [b, a]) == 400
    for end in ("unstack", "compare_again", "fold"):
        assert await act(api, artist, end, [a, b, c]) == 200
    left = "SELECT (SELECT count(*) FROM asset WHERE stack_id IS NOT NULL OR is_single) + count(*) FROM asset_kept_both"
    assert await site.pool.fetchval(left) == 0


async def test_numbered_names_that_count_are_a_sequence(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()

    async def add(*names: str, folder: str = "hero", **columns: Any) -> list[int]:
        path = {"original_path": f"{folder}/x"}
        ids = [await add_asset(artist, name=name, **(path | columns)) for name in names]
        for each in ids:
            await add_fingerprint(
                site, each, dhash=DUSK, pixels=folder.encode().ljust(16), grey=8 * ord(folder[0]) % 256
            )
        return ids

    walk = await add("walk_08.png", "walk_09.png", "walk_10.png", "walk_12.png", "walk_13.png")
    await add("walk_11.png", width=32)
    await add("a(1).png", "a(2).png", "a(3).png", folder="copies")
    await add("IMG_1.jpg", "IMG_2.jpg", "IMG_3.jpg", folder="photos", file_format="jpeg")
    await add("b1.png", "b2.png", folder="two")
    await add("c1.png", "c02.png", "c2.png", "c3.png", folder="uneven")
    await add("2.png", "3.png", "1.png", folder="z")

    async def sequences(query: str = "") -> list[list[str]]:
        found = []
        while True:
            page = (await api.get(f"{ASSETS}/sequences?{query}", user=artist)).json
            found += [[item["name"] for item in each["items"]] for each in page["items"]]
            if page["next_cursor"] is None:
                return found
            query = f"limit=1&cursor={page['next_cursor']}"

    whole = [
        ["walk_08.png", "walk_09.png", "walk_10.png"],
        ["c1.png", "c02.png", "c2.png", "c3.png"],
        ["1.png", "2.png", "3.png"],
    ]
    assert await sequences() == await sequences("limit=1") == whole
    assert (await api.get(f"{ASSETS}/sequences?cursor=x", user=artist)).status == 422
    # Equal frames of a sequence are no group; two numbered copies, and three with brackets, are one each.
    names = sorted(sorted(group) for group in await groups_of(api, artist))
    assert ["a(1).png", "a(2).png", "a(3).png"] in names
    assert ["b1.png", "b2.png"] in names
    assert not any("walk_08.png" in group and "walk_09.png" in group for group in names)
    assert not any("1.png" in group for group in names)

    assert await act(api, artist, "unfold", walk) == 200
    assert await sequences() == whole[1:]
    assert await act(api, artist, "fold", walk) == 200
    assert await sequences() == whole
