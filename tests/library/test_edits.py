"""Bulk edits: exactly what is given changes, for all files or for none."""

from typing import Any

import pytest

from ..site import BORN, Api, Site
from .conftest import AddAsset

EDIT = "/api/pmd/assets/edit"


async def row(site: Site, asset_id: int) -> dict[str, Any]:
    return dict(await site.pool.fetchrow("SELECT * FROM asset WHERE id = $1", asset_id) or {})


async def test_edit_changes_the_given_fields_only(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    chosen = [await add_asset(artist, theme="sky", source="Scanned", hashtags=["old"]) for _ in range(2)]
    body = {
        "asset_ids": chosen,
        "set": {
            "theme": "  sea\u202e\nside ",
            "provenance": "ai_generated",
            "license_id": 2,
            "attribution": "Somebody",
            "note": " Redraw it\r\n\x07by hand. ",
        },
        "add_hashtags": ["#Boat", "old", "ni_ght"],
        "remove_hashtags": [],
    }
    done = await api.post(EDIT, body, user=artist)
    assert (done.status, done.json["message"]) == (200, "2 files are changed.")
    for asset_id in chosen:
        changed = await row(site, asset_id)
        assert (changed["theme"], changed["source"], changed["provenance"]) == ("sea side", "Scanned", "ai_generated")
        assert (changed["license_id"], changed["attribution"]) == (2, "Somebody")
        assert changed["note"] == "Redraw it\nby hand."
        assert changed["hashtags"] == ["old", "boat", "ni_ght"]
        assert changed["updated_at"] > changed["created_at"]


async def test_an_edit_to_what_is_there_changes_nothing(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, theme="sea", hashtags=["a"])
    before = await row(site, asset)
    same = {"asset_ids": [asset], "set": {"theme": "sea"}, "add_hashtags": ["a"], "remove_hashtags": ["b"]}
    assert (await api.post(EDIT, same, user=artist)).status == 200
    assert await row(site, asset) == before


async def test_null_clears_a_field(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    asset = await add_asset(
        artist, theme="sky", source="x", license_id=2, attribution="y", note="z", hashtags=["a", "b"]
    )
    nothing = {"theme": None, "source": None, "license_id": None, "attribution": None, "note": None}
    body = {"asset_ids": [asset], "set": nothing, "remove_hashtags": ["A", "c"]}
    assert (await api.post(EDIT, body, user=artist)).status == 200
    changed = await row(site, asset)
    assert [changed[name] for name in nothing] == [None] * 5
    assert changed["hashtags"] == ["b"]
    assert (await api.post(EDIT, {"asset_ids": [asset], "set": {"note": "again"}}, user=artist)).status == 200
    assert (await row(site, asset))["note"] == "again"


async def test_name_can_be_set_for_one_file_only(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    one, other = await add_asset(artist), await add_asset(artist)
    both = await api.post(EDIT, {"asset_ids": [one, other], "set": {"name": "x.png"}}, user=artist)
    assert (both.status, both.json["errors"][0]["path"]) == (422, "$.set.name")
    assert (await api.post(EDIT, {"asset_ids": [one, one], "set": {"name": "x.png"}}, user=artist)).status == 200
    assert (await row(site, one))["name"] == "x.png"


async def test_invalid_edit_changes_nothing(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, theme="sky", hashtags=["old"], created_at=BORN)
    before = await row(site, asset)
    for body, path in (
        ({"set": {"license_id": 4711}}, "$.set.license_id"),
        ({"set": {"theme": "x" * 65}}, "$.set.theme"),
        ({"set": {"theme": " \u200b "}}, "$.set.theme"),
        ({"set": {"provenance": None}}, "$.set.provenance"),
        ({"set": {"name": None}}, "$.set.name"),
        ({"set": {"approved": True}}, "$.set"),
        ({"set": {"provenance": "found"}}, "$.set.provenance"),
        ({"add_hashtags": ["two words"]}, "$.add_hashtags[0]"),
        ({"add_hashtags": [f"tag{n}" for n in range(65)]}, "$.add_hashtags"),
        ({"add_hashtags": [f"tag{n}" for n in range(64)]}, "$.add_hashtags"),  # the file has one already
    ):
        with subtests.test(body=body):
            answer = await api.post(EDIT, body | {"asset_ids": [asset]}, user=artist)
            assert (answer.status, answer.json["errors"][0]["path"]) == (422, path)
            assert await row(site, asset) == before
