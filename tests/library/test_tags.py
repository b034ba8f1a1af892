"""Hashtags of the library: counts, colours, renaming, merging, removing."""

import asyncio

import pytest

from pmd_service.library import tags
from pmd_service.search.language import tag_key
from pmd_service.site.texts import edited_hashtags

from ..locks import wait_for_waiting, waits_for_a_lock
from ..site import BORN, Api, Site
from .conftest import AddAsset

TAGS = "/api/pmd/tags"


async def listed(api: Api, artist: int, query: str = "") -> dict[str, tuple[str | None, int]]:
    items = (await api.get(f"{TAGS}{query}", user=artist)).json["items"]
    return {each["name"]: (each["color"], each["file_count"]) for each in items}


async def tags_of(site: Site, asset_id: int) -> list[str]:
    found: list[str] = await site.pool.fetchval("SELECT hashtags FROM asset WHERE id = $1", asset_id)
    return found


async def test_tags_are_counted_as_the_list_finds_them(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    await add_asset(artist, hashtags=["sea", "boat"])
    await add_asset(artist, hashtags=["sea"])
    await add_asset(artist, hashtags=["sea", "lost"], deleted_at=BORN)
    await add_asset(other, hashtags=["sea", "theirs"])
    assert await listed(api, artist) == {"boat": (None, 1), "sea": (None, 2)}
    assert await listed(api, artist, "?q=%23SE") == {"sea": (None, 2)}
    for name, (_, count) in (await listed(api, artist)).items():
        found = await api.get("/api/pmd/assets/counts", user=artist, params={"hashtag": name})
        assert found.json["total_count"] == count
    page = (await api.get(f"{TAGS}?limit=1", user=artist)).json
    rest = (await api.get(f"{TAGS}?limit=1&cursor={page['next_cursor']}", user=artist)).json
    assert [each["name"] for each in page["items"] + rest["items"]] == ["boat", "sea"]
    assert rest["next_cursor"] is None


async def test_a_colour_is_kept_and_taken_away(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, hashtags=["sea"])
    colored = await api.call("PATCH", f"{TAGS}/SEA", user=artist, json={"color": "teal"})
    assert colored.json == {"name": "sea", "color": "teal", "file_count": 1}
    await site.pool.execute("DELETE FROM asset WHERE id = $1", asset)
    assert await listed(api, artist) == {"sea": ("teal", 0)}
    assert (await api.call("PATCH", f"{TAGS}/sea", user=artist, json={"color": "mud"})).status == 422
    assert (await api.call("PATCH", f"{TAGS}/sea", user=artist, json={"color": None})).json["color"] is None
    assert await listed(api, artist) == {}
    assert (await api.call("PATCH", f"{TAGS}/sea", user=artist, json={"color": "red"})).status == 404


async def test_renaming_and_merging_reach_the_trash_and_smart_folders(
    site: Site, api: Api, add_asset: AddAsset
) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    both = await add_asset(artist, hashtags=["a", "sea", "b", "ocean", "c"])
    trashed = await add_asset(artist, hashtags=["sea"], deleted_at=BORN)
    theirs = await add_asset(other, hashtags=["sea"])
    await api.call("PATCH", f"{TAGS}/sea", user=artist, json={"color": "teal"})
    kept = {"name": "Sea", "filter": {"hashtag": "Sea"}}
    folder = (await api.post("/api/pmd/smart-folders", kept, user=artist)).json
    body = {"tags": ["#Sea", "ocean", "water"], "new_tag": "Water"}
    renamed = await api.post(f"{TAGS}/rename", body, user=artist)
    assert (renamed.json["affected_count"], renamed.json["remaining_count"]) == (2, 0)
    assert await tags_of(site, both) == ["a", "water", "b", "c"]
    assert await tags_of(site, trashed) == ["water"]
    assert await tags_of(site, theirs) == ["sea"]
    assert (await listed(api, artist))["water"] == ("teal", 1)
    again = (await api.get(f"/api/pmd/smart-folders/{folder['id']}", user=artist)).json
    assert (again["filter"], again["file_count"]) == ({"hashtag": "water"}, 1)
    of_folder = "SELECT array_agg(event ORDER BY id) FROM changes WHERE kind = 'smart_folder' AND subjects = ARRAY[$1]"
    assert await site.pool.fetchval(of_folder, str(folder["id"])) == ["made", "changed"]
    assert (await api.post(f"{TAGS}/rename", body, user=artist)).json["affected_count"] == 0
    found = await api.get("/api/pmd/assets", user=artist, params={"q": "tag:water"})
    assert [each["id"] for each in found.json["items"]] == [both]
    events = await site.pool.fetch("SELECT subjects FROM changes WHERE kind = 'asset' AND event = 'changed'")
    assert [row["subjects"] for row in events] == [[str(both), str(trashed)]]


async def test_full_width_letters_make_no_other_tag(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    # As they were stored before they were compared.
    first, second = await add_asset(artist, hashtags=["ａｂｃ"]), await add_asset(artist)
    merged = await api.post(f"{TAGS}/rename", {"tags": ["ＡＢＣ"], "new_tag": "ＡＢＣ"}, user=artist)
    assert (merged.json["affected_count"], await tags_of(site, first)) == (1, ["abc"])
    edit = {"asset_ids": [first, second], "set": {}, "add_hashtags": ["ＡＢＣ", "ｶﾞﾝ", "Straße"]}
    assert (await api.post("/api/pmd/assets/edit", edit, user=artist)).status == 200
    assert await tags_of(site, first) == await tags_of(site, second) == ["abc", "ガン", "straße"]
    assert await listed(api, artist, "?q=ＡＢ") == {"abc": (None, 2)}
    colored = await api.call("PATCH", f"{TAGS}/ＡＢＣ", user=artist, json={"color": "teal"})
    assert colored.json == {"name": "abc", "color": "teal", "file_count": 2}
    for params in ({"hashtag": "ＡＢＣ"}, {"q": "tag:ＡＢＣ"}, {"q": "#ＡＢ"}, {"q": "tag:ｶﾞﾝ"}):
        found = await api.get("/api/pmd/assets/counts", user=artist, params=params)
        assert found.json["total_count"] == 2, params
    left = await api.get("/api/pmd/assets/counts", user=artist, params={"q": "-tag:ＡＢＣ"})
    assert left.json["total_count"] == 0
    edit = {"asset_ids": [first], "set": {}, "remove_hashtags": ["ＡＢＣ"]}
    assert (await api.post("/api/pmd/assets/edit", edit, user=artist)).status == 200
    assert await tags_of(site, first) == ["ガン", "straße"]


@pytest.mark.parametrize(
    ("tag", "key"),
    [
        ("STRAẞE", "strasse"), ("straße", "strasse"), ("ΣΟΦΟΣ", "σοφοσ"), ("σοφος", "σοφοσ"), ("ＡＢＣ", "abc"),
        ("ｶﾞﾝ", "ガン"), ("İ", "i\u0307"), ("ı", "ı"), ("ﬀ", "ff"),
    ],
)  # fmt: skip
def test_spellings_of_a_tag_are_one_by_full_case_folding(tag: str, key: str) -> None:
    """The page folds them alike (web/src/platform/text.test.ts)."""
    assert tag_key(tag) == key
    assert edited_hashtags([key], add=[tag], remove=[]) == [key]
    assert edited_hashtags([key], add=[], remove=[tag]) == []


async def test_tag_that_a_file_has_in_other_letters_is_named(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    first, second = await add_asset(artist, hashtags=["strasse"]), await add_asset(artist)
    edit = {"asset_ids": [first, second], "set": {}, "add_hashtags": ["Straße", "STRASSE"]}
    done = await api.post("/api/pmd/assets/edit", edit, user=artist)
    assert done.json["message"] == "2 files are changed. “straße” is there as “strasse”."
    assert (await tags_of(site, first), await tags_of(site, second)) == (["strasse"], ["straße"])
    again = await api.post("/api/pmd/assets/edit", edit | {"asset_ids": [second]}, user=artist)
    assert again.json["message"] == "1 file is changed."
    taken = edit | {"add_hashtags": [], "remove_hashtags": ["STRASSE"]}
    assert (await api.post("/api/pmd/assets/edit", taken, user=artist)).status == 200
    assert await tags_of(site, first) == await tags_of(site, second) == []


async def test_full_width_tags_of_a_sites_posts_are_found(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_post(artist, hashtags=["ＡＢＣ"])
    for typed in ("tag:ＡＢＣ", "#ＡＢ"):
        found = await api.get("/api/pmd/posts", user=artist, params={"q": typed})
        assert len(found.json["items"]) == 1, typed


SEARCHES = {
    'sunset tag:sea OR -tag:"Sea"': "sunset tag:water OR -tag:water",
    "#sea hero": "#water hero",
    "tag:ＳＥＡ": "tag:water",
    "tag:seaside sea #se": "tag:seaside sea #se",
    "tag:sea " + 192 * "x": "tag:sea " + 192 * "x",
}


async def test_searches_of_smart_folders_follow_a_renamed_tag(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    await add_asset(artist, hashtags=["sea"])
    before = {}
    for number, typed in enumerate(SEARCHES):
        kept = {"name": f"Folder {number}", "filter": {"q": typed, "type": "image"}}
        folder = (await api.post("/api/pmd/smart-folders", kept, user=artist)).json
        before[folder["id"]] = typed
    await api.post(f"{TAGS}/rename", {"tags": ["sea"], "new_tag": "Water"}, user=artist)
    for folder in (await api.get("/api/pmd/smart-folders", user=artist)).json["items"]:
        typed = before[folder["id"]]
        assert folder["filter"] == {"q": SEARCHES[typed], "type": "image"}
        assert folder["version"] == (1 if SEARCHES[typed] == typed else 2)


async def test_removing_takes_tags_off_and_keeps_files(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, hashtags=["sea", "boat"])
    await api.call("PATCH", f"{TAGS}/sea", user=artist, json={"color": "teal"})
    removed = await api.post(f"{TAGS}/rename", {"tags": ["sea"], "new_tag": None}, user=artist)
    assert removed.json["message"] == "1 file is changed."
    assert (await tags_of(site, asset), await listed(api, artist)) == (["boat"], {"boat": (None, 1)})


async def test_many_files_are_renamed_call_by_call(
    site: Site, api: Api, add_asset: AddAsset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "MAX_RENAMED", 2)
    artist = await site.add_user()
    for _ in range(5):
        await add_asset(artist, hashtags=["sea"])
    await api.call("PATCH", f"{TAGS}/sea", user=artist, json={"color": "teal"})
    left = []
    for _ in range(3):
        answer = (await api.post(f"{TAGS}/rename", {"tags": ["sea"], "new_tag": "ocean"}, user=artist)).json
        left.append((answer["affected_count"], answer["remaining_count"], (await listed(api, artist)).get("ocean")))
    assert left == [(2, 3, (None, 2)), (2, 1, (None, 4)), (1, 0, ("teal", 5))]


async def test_what_is_no_hashtag_is_refused(site: Site, api: Api) -> None:
    artist = await site.add_user()
    wrong: list[tuple[list[str], str | None]] = [(["a b"], "c"), (["a"], "x,y"), (["a"], "b' | 'c"), ([], None)]
    for old, new in wrong:
        body = {"tags": old, "new_tag": new}
        assert (await api.post(f"{TAGS}/rename", body, user=artist)).status == 422


async def test_of_two_colours_at_once_none_is_overlooked(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    await add_asset(artist, hashtags=["sea"])
    path = f"{TAGS}/sea"
    seen = await api.call("PATCH", path, user=artist, json={"color": "teal"})
    match = {"If-Match": seen.headers["ETag"]}
    async with site.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM tag_color FOR UPDATE")
        both = [
            asyncio.create_task(api.call("PATCH", path, user=artist, json={"color": color}, headers=match))
            for color in ("red", "blue")
        ]
        await wait_for_waiting(site.pool, 2)
    assert sorted([(await each).status for each in both]) == [200, 412]


async def test_two_renames_at_once_leave_one_of_the_names(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, hashtags=["sea"])
    async with site.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM asset WHERE id = $1 FOR UPDATE", asset)
        both = [
            asyncio.create_task(api.post(f"{TAGS}/rename", {"tags": ["sea"], "new_tag": name}, user=artist))
            for name in ("ocean", "water")
        ]
        assert await waits_for_a_lock(site.pool, both[0])
    assert sorted([(await each).json["affected_count"] for each in both]) == [0, 1]
    (name,) = await tags_of(site, asset)
    assert name in ("ocean", "water")
