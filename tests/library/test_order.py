"""The order of a library, its folders, and what people judge by."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from pmd_service.assets.asset import NewAsset
from pmd_service.assets.asset import add_asset as add_asset_row
from pmd_service.http.wire import write_cursor

from ..site import BORN, Api, Site
from .conftest import AddAsset

ASSETS = "/api/pmd/assets"
EDIT = f"{ASSETS}/edit"

ARCADE = (
    "arcade/run 10.png",
    "arcade/Run 2.png",
    "arcade/run 1.png",
    "arcade/sprites/äpfel.png",
    "arcade/sprites/apfel.png",
    "arcade/sprites/boss/1.png",
    "arcade 2/a.png",
    "Arcade/other.png",
)


async def names(api: Api, user: int, query: str) -> list[str]:
    """Every page of two files each, as one list."""
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await api.get(f"{ASSETS}?limit=2&{query}{cursor}", user=user)).json
        seen += [item["original_path"] or item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            return seen
        cursor = f"&cursor={page['next_cursor']}"


async def add_folder(add_asset: AddAsset, user: int) -> None:
    for number, path in enumerate(ARCADE):
        name = path.rpartition("/")[2]
        await add_asset(user, name=name, original_path=path, created_at=BORN + timedelta(minutes=number))
    await add_asset(user, name="alone.png", original_path="alone.png", created_at=BORN)


async def test_path_order_is_natural_with_folders_first(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    await add_folder(add_asset, artist)
    whole = [
        "alone.png",
        "Arcade/other.png",  # case is none
        "arcade/run 1.png",
        "arcade/Run 2.png",
        "arcade/run 10.png",
        "arcade/sprites/apfel.png",
        "arcade/sprites/äpfel.png",
        "arcade/sprites/boss/1.png",
        "arcade 2/a.png",
    ]
    assert await names(api, artist, "sort=path") == whole
    assert await names(api, artist, "sort=path&order=desc") == whole[::-1]


NUMBERED = ["take", "take 10", "0", "take 007", "take 000", "É 9²", "１２", "1" * 20, "0" + "7" * 17]


async def test_natural_order_compares_trailing_numbers(site: Site, subtests: pytest.Subtests) -> None:
    for name in NUMBERED:
        with subtests.test(name=name):
            key = await site.pool.fetchval("SELECT natural_key($1)", name)
            assert await site.pool.fetchval("SELECT natural_key($1 || '!')", name) == f"{key}!"


async def test_every_order_is_complete_across_pages(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    for number in range(7):
        await add_asset(
            artist,
            name=f"file {number % 4 * 5}.png",
            type=("image", "audio")[number % 2],
            rating=number % 3,
            size_bytes=100 + number % 3,
            created_at=BORN + timedelta(minutes=number // 2),
        )
    ids = {item["id"]: item for item in (await api.get(ASSETS, user=artist)).json["items"]}
    orders: dict[str, Any] = {
        "date": lambda item: (item["created_at"], item["id"]),
        "path": lambda item: (int(item["name"][5:-4]), item["id"]),
        "name": lambda item: (int(item["name"][5:-4]), item["id"]),
        "size": lambda item: (item["size_bytes"], item["id"]),
        "kind": lambda item: (item["type"], int(item["name"][5:-4]), item["id"]),
        "rating": lambda item: (item["rating"], item["created_at"], item["id"]),
    }
    for sort, key in orders.items():
        for order in ("asc", "desc"):
            with subtests.test(sort=sort, order=order):
                expected = sorted(ids.values(), key=key, reverse=order == "desc")
                seen: list[int] = []
                cursor = ""
                while True:
                    query = f"?limit=2&sort={sort}&order={order}{cursor}"
                    page = (await api.get(ASSETS + query, user=artist)).json
                    seen += [item["id"] for item in page["items"]]
                    if page["next_cursor"] is None:
                        break
                    cursor = f"&cursor={page['next_cursor']}"
                assert seen == [item["id"] for item in expected]


async def test_folder_filter_includes_subfolders_and_no_siblings(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    await add_folder(add_asset, artist)
    for folder, found in (
        ("arcade", ARCADE[:6]),
        ("arcade/sprites", ARCADE[3:6]),
        ("arcade/sprites/boss", ARCADE[5:6]),
        ("Arcade", ARCADE[7:]),
        ("arcade/spr", ()),
        ("arc%", ()),
        ("", ("alone.png",)),
    ):
        for sort in ("path", "name", "date"):
            with subtests.test(folder=folder, sort=sort):
                query = {"sort": sort, "folder": folder}
                answer = await api.get(f"{ASSETS}?{'&'.join(f'{k}={v}' for k, v in query.items())}", user=artist)
                assert {item["original_path"] for item in answer.json["items"]} == set(found)
                counts = await api.get(f"{ASSETS}/counts?folder={folder}", user=artist)
                assert counts.json["total_count"] == len(found)


async def test_folders_are_listed_with_filtered_file_counts(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    await add_folder(add_asset, artist)
    await add_asset(artist, original_path="arcade/old.png", deleted_at=BORN)
    await add_asset(artist, original_path="arcade/sprites/good.png", approved=True)
    await add_asset(stranger, original_path="theirs/x.png")

    async def folders(query: str = "") -> dict[str, int]:
        page = (await api.get(f"{ASSETS}/folders{query}", user=artist)).json
        return {item["folder"]: item["count"] for item in page["items"]}

    everything = await folders()
    assert everything == {
        "": 1,
        "Arcade": 1,
        "arcade": 3,
        "arcade/sprites": 3,
        "arcade/sprites/boss": 1,
        "arcade 2": 1,
    }
    assert list(everything)[-3:] == ["arcade/sprites", "arcade/sprites/boss", "arcade 2"]
    assert await folders("?state=approved") == {"arcade/sprites": 1}
    assert await folders("?state=trash") == {"arcade": 1}
    first = (await api.get(f"{ASSETS}/folders?limit=2", user=artist)).json
    second = (await api.get(f"{ASSETS}/folders?limit=9&cursor={first['next_cursor']}", user=artist)).json
    assert len(first["items"]) + len(second["items"]) == len(everything)
    assert second["next_cursor"] is None


async def add_result(site: Site, user_id: int, parent_asset_id: int, name: str) -> int:
    """A file as tasks add it."""
    new = NewAsset(
        path=f"/vault/assets/{name}", etag=None, type="image", hash=sha256(name.encode()).hexdigest(), crc32=None,
        name=name, original_path=None, mime_type="image/png", file_format="png", size_bytes=1,
        parent_asset_id=parent_asset_id,
    )  # fmt: skip
    async with site.pool.acquire() as connection:
        return (await add_asset_row(connection, user_id=user_id, new=new)).asset_id


async def test_results_are_listed_behind_their_source_file(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    made = {}
    for name in ("a.png", "b.png"):
        made[name] = await add_asset(artist, name=name, original_path=f"set/{name}")
    large = await add_result(site, artist, made["a.png"], "a ×4.png")
    await add_result(site, artist, large, "a ×4 still.png")
    assert await names(api, artist, "sort=path") == ["set/a.png", "a ×4.png", "a ×4 still.png", "set/b.png"]
    body = {"asset_ids": [made["a.png"]], "set": {"name": "c.png"}}
    assert (await api.post(EDIT, body, user=artist)).status == 200
    assert await names(api, artist, "sort=path") == ["set/b.png", "set/a.png", "a ×4.png", "a ×4 still.png"]
    await site.pool.execute("DELETE FROM asset WHERE id = $1", made["a.png"])
    page = (await api.get(f"{ASSETS}?folder=set", user=artist)).json
    assert {item["name"] for item in page["items"]} == {"b.png", "a ×4.png", "a ×4 still.png"}


async def test_stars_and_colours_are_set_counted_and_found(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    made = [await add_asset(artist) for _ in range(4)]
    for stars, chosen in ((3, made[:2]), (5, made[2:3])):
        assert (await api.post(EDIT, {"asset_ids": chosen, "set": {"rating": stars}}, user=artist)).status == 200
    assert (await api.post(EDIT, {"asset_ids": made[:1], "set": {"label": 8}}, user=artist)).status == 200

    async def found(query: str) -> list[int]:
        items = (await api.get(f"{ASSETS}?{query}", user=artist)).json["items"]
        return [made.index(item["id"]) for item in items]

    assert sorted(await found("rating=3")) == [0, 1, 2]
    assert await found("rating=4") == [2]
    assert await found("rating=0") == [3]
    assert await found("label=8") == [0]
    assert sorted(await found("label=0")) == [1, 2, 3]
    assert (await found("sort=rating"))[0] == 2
    facets = (await api.get(f"{ASSETS}/counts?rating=5", user=artist)).json["facets"]
    assert {each["value"]: each["count"] for each in facets["rating"]} == {"3": 2, "5": 1, "0": 1}
    assert {each["value"]: each["count"] for each in facets["label"]} == {None: 1}
    assert (
        await api.post(EDIT, {"asset_ids": made[:1], "set": {"label": None, "rating": 0}}, user=artist)
    ).status == 200
    assert await found("label=8") == []
    for wrong in ({"rating": 6}, {"rating": None}, {"label": 5}, {"label": 10}):
        answer = await api.post(EDIT, {"asset_ids": made, "set": wrong}, user=artist)
        assert (answer.status, answer.json["errors"][0]["path"]) == (422, f"$.set.{next(iter(wrong))}")


async def test_search_keeps_the_requested_order(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    await add_folder(add_asset, artist)
    assert await names(api, artist, "q=run&sort=path") == ["arcade/run 1.png", "arcade/Run 2.png", "arcade/run 10.png"]


async def test_cursor_of_another_order_is_refused(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    await add_folder(add_asset, artist)
    cursor = (await api.get(f"{ASSETS}?limit=2&sort=path", user=artist)).json["next_cursor"]
    for query in ("sort=name", "sort=path&order=desc", "sort=rating", "sort=date"):
        assert (await api.get(f"{ASSETS}?{query}&cursor={cursor}", user=artist)).status == 422
    for path, place in (("?sort=path&", ("path", "asc", ["\0"], 1)), ("/folders?", "\0")):
        cursor = api.sealed(f"{ASSETS}{path}".partition("?")[0], artist, write_cursor(place))
        answer = await api.get(f"{ASSETS}{path}cursor={cursor}", user=artist)
        assert answer.status == 422, "no text of ours has a NUL"
    for query in ("sort=hash", "order=up", "rating=6", "label=x"):
        assert (await api.get(f"{ASSETS}?{query}", user=artist)).status == 422


async def test_window_is_any_part_of_the_list_in_any_order(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    await add_folder(add_asset, artist)
    for order in ("sort=path", "sort=name&order=desc", "sort=rating", "sort=date", "sort=path&q=png"):
        whole = await names(api, artist, order)
        for offset in (0, 3, 8, 20):
            page = (await api.get(f"{ASSETS}?{order}&limit=4&offset={offset}", user=artist)).json
            seen = [item["original_path"] or item["name"] for item in page["items"]]
            assert seen == whole[offset : offset + 4], (order, offset)
            assert (page["next_cursor"] is None) == (offset + 4 >= 9)


async def test_state_filter_works_in_every_order(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    for number in range(12):
        await add_asset(artist, name=f"run {number}.png", approved=number % 2 == 0)
    even = [f"run {number}.png" for number in range(0, 12, 2)]
    assert await names(api, artist, "state=approved&sort=name") == even
    assert await names(api, artist, "state=approved&sort=path&order=desc") == even[::-1]
    assert await names(api, artist, "state=trash&sort=name") == []
    page = (await api.get(f"{ASSETS}?state=approved&sort=name&limit=2&offset=3", user=artist)).json
    assert [item["name"] for item in page["items"]] == even[3:5]


async def test_window_applies_the_filters(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    await add_folder(add_asset, artist)
    page = (await api.get(f"{ASSETS}?folder=arcade/sprites&sort=path&limit=2&offset=1", user=artist)).json
    assert [item["name"] for item in page["items"]] == ["äpfel.png", "1.png"]
    assert page["next_cursor"] is None
