"""Smart folders: kept searches that count what they find."""

import asyncio

from ..locks import waits_for_a_lock
from ..site import BORN, Api, Site
from .conftest import AddAsset

FOLDERS = "/api/pmd/smart-folders"


async def test_a_smart_folder_finds_what_there_is_now(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    await add_asset(artist, theme="sea", approved=True, hashtags=["boat"])
    await add_asset(artist, theme="sea", name="storm.png")
    chosen = {"theme": "sea", "q": "storm OR tag:boat", "state": "approved"}
    made = await api.post(FOLDERS, {"name": " Sea,\n approved ", "filter": chosen, "sort": "size"}, user=artist)
    assert (made.status, made.json["name"], made.json["file_count"]) == (201, "Sea, approved", 1)
    assert (made.json["filter"], made.json["sort"], made.json["order"]) == (chosen, "size", None)
    await add_asset(artist, theme="sea", name="storm 2.png", approved=True)
    again = (await api.get(made.headers["Location"], user=artist)).json
    listed = await api.get("/api/pmd/assets", user=artist, params=again["filter"] | {"sort": again["sort"]})
    assert again["file_count"] == len(listed.json["items"]) == 2
    assert (await api.get(FOLDERS, user=artist)).json["items"] == [again]


async def test_names_are_once_a_user_and_changes_count(site: Site, api: Api) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    body = {"name": "New", "filter": {"state": "new"}}
    made = (await api.post(FOLDERS, body, user=artist)).json
    assert (await api.post(FOLDERS, body, user=artist)).status == 409
    assert (await api.post(FOLDERS, body, user=other)).status == 201
    second = (await api.post(FOLDERS, body | {"name": "Newer"}, user=artist)).json
    path = f"{FOLDERS}/{second['id']}"
    assert (await api.call("PATCH", path, user=artist, json={"name": "New"})).status == 409
    edited = await api.call("PATCH", path, user=artist, json={"filter": {}, "sort": "name", "order": "desc"})
    assert (edited.json["version"], edited.json["name"], edited.json["filter"]) == (2, "Newer", {})
    assert (await api.call("DELETE", path, user=artist)).status == 204
    assert [each["id"] for each in (await api.get(FOLDERS, user=artist)).json["items"]] == [made["id"]]
    events = await site.pool.fetch("SELECT event FROM changes WHERE kind = 'smart_folder' AND user_id = $1", artist)
    assert [row["event"] for row in events] == ["made", "made", "changed", "removed"]


async def test_a_search_that_cannot_be_read_is_not_kept(site: Site, api: Api) -> None:
    artist = await site.add_user()
    for chosen in ({"q": "width>many"}, {"rating": 6}, {"colour": "red"}, {"q": ""}):
        answer = await api.post(FOLDERS, {"name": "X", "filter": chosen}, user=artist)
        assert answer.status == 422, chosen
    folder_id = await site.pool.fetchval(
        """INSERT INTO smart_folder (user_id, name, filter, sort) VALUES ($1, 'Old', '{"q": "width>many"}', 'path')
           RETURNING id""",
        artist,
    )
    assert (await api.get(f"{FOLDERS}/{folder_id}", user=artist)).json["file_count"] is None


async def test_there_are_at_most_fifty_also_of_two_at_once(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.pool.execute(
        """INSERT INTO smart_folder (user_id, name, filter, sort)
           SELECT $1, n::text, '{}', 'path' FROM generate_series(1, 49) AS n""",
        artist,
    )
    async with site.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", int.from_bytes(b"kept"), artist)
        both = [asyncio.create_task(api.post(FOLDERS, {"name": name, "filter": {}}, user=artist)) for name in "ab"]
        assert await waits_for_a_lock(site.pool, both[0])
    assert sorted([(await each).status for each in both]) == [201, 409]
    pages = (await api.get(f"{FOLDERS}?limit=30", user=artist)).json
    rest = (await api.get(f"{FOLDERS}?limit=30&cursor={pages['next_cursor']}", user=artist)).json
    assert (len(pages["items"]), len(rest["items"]), rest["next_cursor"]) == (30, 20, None)


async def test_another_users_files_are_not_counted(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    await add_asset(other)
    await add_asset(artist, deleted_at=BORN)
    made = (await api.post(FOLDERS, {"name": "All", "filter": {}}, user=artist)).json
    assert made["file_count"] == 0
    assert (await api.get(f"{FOLDERS}/{made['id']}", user=other)).status == 404
