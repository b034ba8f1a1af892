"""The list of a library: pages and filters."""

from datetime import timedelta
from typing import Any

import pytest

from ..site import BORN, Api, Site
from .conftest import AddAsset

ASSETS = "/api/pmd/assets"


async def total(api: Api, user: int, query: str = "") -> Any:
    return (await api.get(f"{ASSETS}/counts{query}", user=user)).json["total_count"]


async def test_pages_are_newest_first_and_complete(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    # Pairs of equal times, which only the id distinguishes.
    made = [await add_asset(artist, created_at=BORN + timedelta(minutes=n // 2)) for n in range(7)]
    seen: list[int] = []
    cursor = ""
    while True:
        page = (await api.get(f"{ASSETS}?limit=2{cursor}", user=artist)).json
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
        await add_asset(artist, created_at=BORN + timedelta(days=1), deleted_at=BORN)
    assert seen == made[::-1]


async def test_states_follow_from_the_judgement(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    by_state = {
        "new": await add_asset(artist),
        "approved": await add_asset(artist, approved=True),
        "set_aside": await add_asset(artist, rejected_at=BORN),
        "trash": await add_asset(artist, approved=True, deleted_at=BORN),
    }
    for state, asset_id in by_state.items():
        page = (await api.get(f"{ASSETS}?state={state}", user=artist)).json
        assert [(item["id"], item["state"]) for item in page["items"]] == [(asset_id, state)]
        assert await total(api, artist, f"?state={state}") == 1
    everything = (await api.get(ASSETS, user=artist)).json
    assert await total(api, artist) == len(everything["items"]) == 3
    assert "trash" not in {item["state"] for item in everything["items"]}


async def test_each_filter_finds_its_files(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    made = [
        await add_asset(
            artist, name="lighthouse.png", theme="sea", hashtags=["boat", "night"], license_id=2, created_at=BORN
        ),
        await add_asset(artist, name="50% off.png", provenance="ai_generated", created_at=BORN - timedelta(hours=1)),
        await add_asset(
            artist,
            type="audio",
            theme="sea",
            original_path="summer/waves.ogg",
            attribution="Somebody",
            created_at=BORN - timedelta(hours=2),
        ),
    ]
    for query, found in (
        ("type=audio", [2]),
        ("theme=sea", [0, 2]),
        ("theme=", [1]),
        ("theme=SEA", []),
        ("hashtag=boat", [0]),
        ("provenance=ai_generated", [1]),
        ("license=CC-BY-4.0", [0]),
        ("license=", [1, 2]),
        ("license=nothing-of-ours", []),
        ("q=LIGHT", [0]),
        ("q=50%25", [1]),
        ("q=_", []),
        ("q=summer/", [2]),
        ("q=boat", [0]),
        ("q=Somebody", [2]),
        ("theme=sea&type=image", [0]),
    ):
        with subtests.test(query=query):
            page = (await api.get(f"{ASSETS}?{query}", user=artist)).json
            assert [made.index(item["id"]) for item in page["items"]] == found
            assert await total(api, artist, f"?{query}") == len(found)


async def test_upload_filter_finds_the_uploads_files(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    brought, _other = await add_asset(artist), await add_asset(artist)
    upload = await site.pool.fetchval(
        "INSERT INTO batch_reports (total_files, user_id, requested_by) VALUES (1, $1, $1) RETURNING id", artist
    )
    await site.pool.execute(
        """INSERT INTO reports (batch_id, user_id, asset_id, outcome, file_name, hash)
           SELECT $1, user_id, id, 'added', name, hash FROM asset WHERE id = $2""",
        upload,
        brought,
    )
    page = (await api.get(f"{ASSETS}?upload_id={upload}", user=artist)).json
    assert [item["id"] for item in page["items"]] == [brought]
    assert (await api.get(f"{ASSETS}?upload_id={upload}", user=stranger)).json["items"] == []


async def test_empty_library_is_an_empty_page(site: Site, api: Api) -> None:
    page = (await api.get(ASSETS, user=await site.add_user())).json
    assert page == {"items": [], "next_cursor": None, "did_you_mean": None}


async def test_other_users_files_are_not_listed(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    await add_asset(artist, theme="sea")
    assert (await api.get(f"{ASSETS}?theme=sea", user=stranger)).json["items"] == []
    counts = (await api.get(f"{ASSETS}/counts?theme=sea", user=stranger)).json
    assert (counts["total_count"], counts["facets"]["theme"]) == (0, [])


async def test_moderators_reads_of_a_library_are_audited(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["user", "moderator"])
    asset = await add_asset(artist)
    target = f"target_sqid={site.sqid(artist)}"
    assert len((await api.get(f"{ASSETS}?{target}", user=moderator)).json["items"]) == 1
    for _ in range(2):  # a visit of several looks is one entry of each file
        assert (await api.get(f"{ASSETS}/{asset}?{target}", user=moderator)).status == 200
        await api.get(f"{ASSETS}?limit=1&{target}", user=moderator)
    await api.get(ASSETS, user=artist)
    trail = (await api.get("/api/pmd/audit", user=moderator)).json["items"]
    assert [(entry["action"], entry["asset_ids"]) for entry in trail] == [("read_asset", [asset]), ("read_library", [])]
    other = await add_asset(artist)
    await api.get(f"{ASSETS}/{other}?{target}", user=moderator)
    trail = (await api.get("/api/pmd/audit", user=moderator)).json["items"]
    assert (trail[0]["asset_ids"], len(trail)) == ([other], 3)


async def test_invalid_filter_is_refused(site: Site, api: Api) -> None:
    artist = await site.add_user()
    odd = ["state=lost", "type=text", "limit=513", "limit=0", "upload=x", "hashtag=", f"q={'x' * 201}"]
    for query in (*odd, "theme=a&theme=b"):
        assert (await api.get(f"{ASSETS}?{query}", user=artist)).status == 422, query


async def test_bad_cursors_are_refused(site: Site, api: Api) -> None:
    artist = await site.add_user()
    for cursor in ("x", "AAAA", "%00"):
        assert (await api.get(f"{ASSETS}?cursor={cursor}", user=artist)).status == 422
