"""Personal metadata in files is listed in one sentence a kind, from what their reports contain."""

from collections.abc import Mapping
from typing import Any

from pmd_service.assets.disclosures import find_disclosures
from pmd_service.assets.reports import NewReport, add_reports

from ..site import Api, Site


async def add(site: Site, user: int, facts: Mapping[str, Any], **columns: Any) -> int:
    asset = await site.add_asset(user, approved=True, **columns)
    async with site.pool.acquire() as connection:
        for each in ({"version": 1}, facts, {"version": 1}):
            named: dict[str, Any] = {"user_id": user, "asset_id": asset, "file_name": "a", "hash": "0" * 64}
            await add_reports(connection, [NewReport(outcome="added", facts=each, **named)])
    return asset


async def test_disclosure_is_listed_once_per_kind_with_its_files(site: Site) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    place, author = {"gps": True}, {"rights": {"author": "Erika Mustermann"}}
    contained: list[dict[str, Any]] = [{"gps": False}, place | author, author, {"rights": {}}]
    files = [await add(site, artist, facts) for facts in contained]
    other = await add(site, stranger, place)
    found = await find_disclosures(site.pool, user_id=artist, asset_ids=[*reversed(files), other])
    assert [(each.code, each.message, each.asset_ids) for each in found] == [
        ("tells_place", "1 of these 5 files discloses where it was made.", [files[1]]),
        ("tells_author", "2 of these 5 files name their author.", [files[2], files[1]]),
    ]
    assert await find_disclosures(site.pool, user_id=artist, asset_ids=[files[0]]) == []


async def test_files_that_were_not_read_may_disclose_more(site: Site) -> None:
    artist = await site.add_user()
    placed, silent = await add(site, artist, {"gps": True}), await add(site, artist, {})
    for asset_ids, unread, prompts, expected in (
        ([placed, silent], (), (), ["1 of these 2 files discloses where it was made."]),
        ([placed, silent], (silent,), (), ["At least 1 of these 2 files discloses where it was made."]),
        # It is among those that disclose it: another cannot be.
        ([placed, silent], (placed,), (), ["1 of these 2 files discloses where it was made."]),
        ([placed], (placed,), (), ["This file discloses where it was made."]),
        ([silent], (silent,), (), []),
        ([silent], (), (silent,), ["This file discloses the prompt that it was made with."]),
        ([placed], (), (silent,), ["This file discloses where it was made."]),
    ):
        found = await find_disclosures(site.pool, user_id=artist, asset_ids=asset_ids, unread=unread, prompts=prompts)
        assert [str(each.message) for each in found] == expected


async def test_pack_check_lists_disclosures_and_blocks_nothing(site: Site, api: Api) -> None:
    artist = await site.add_user()
    files = [await add(site, artist, {"gps": True}, provenance="user_provided"), await add(site, artist, {})]
    body = {"name": "Sea", "license_type": "royalty_free", "assets": [{"asset_id": file} for file in files[:1]]}
    pack = (await api.post("/api/pmd/packs", body, user=artist)).json["id"]
    check = (await api.post(f"/api/pmd/packs/{pack}/check", {}, user=artist)).json
    message = "This file discloses where it was made."
    assert check["disclosures"] == [{"code": "tells_place", "message": message, "asset_ids": files[:1]}]
    assert (check["ok"], check["conflicts"]) == (True, [])
