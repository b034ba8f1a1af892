"""Packs through the API: made, changed, filled, checked, removed."""

from typing import Any

import pytest

from pmd_service.base.settings import Settings
from pmd_service.packs.changes import forget_removed_packs
from pmd_service.packs.checks import load_edition
from pmd_service.work.context import WorkerContext

from ..site import BORN, Api, Site
from .conftest import Artist

PACKS = "/api/pmd/packs"
EDITION = """
INSERT INTO pack_edition (pack_id, edition, key, size_bytes, hash, asset_count)
VALUES ($1, 1, 'packs/x/1.zip', 1, repeat('0', 64), 1)
"""


async def make(api: Api, artist: Artist, assets: list[int] | None = None, **columns: Any) -> int:
    """A pack of files as they are: most tests' contents are no pictures, and cannot be stripped."""
    body = {"name": "Dragons", "license_type": "royalty_free", "assets": [{"asset_id": n} for n in assets or []]}
    body["marks"] = "keep"
    made = await api.post(PACKS, body | columns, user=artist.user)
    assert made.status == 201, made
    return int(made.json["id"])


async def test_pack_is_created_filled_and_listed(api: Api, artist: Artist) -> None:
    first, second = await artist.add("a.png", b"1234"), await artist.add("b.png", b"123456")
    body = {
        "name": "  Fire & Ice\u202e ",
        "license_type": "attribution",
        "theme": "fantasy",
        "description": "One.\n\nTwo.",
        "assets": [{"asset_id": second}, {"asset_id": first, "notes": "The cover."}],
    }
    made = await api.post(PACKS, body, user=artist.user)
    assert (made.status, made.headers["Location"]) == (201, f"{PACKS}/{made.json['id']}")
    pack = made.json
    assert (pack["name"], pack["slug"], pack["description"]) == ("Fire & Ice", "fire-ice", "One.\n\nTwo.")
    assert (pack["license_identifier"], pack["asset_count"], pack["total_size_bytes"]) == ("CC-BY-4.0", 2, 10)
    assert (pack["edition"], pack["download_url"], pack["export_path"], pack["export"]) == (0, None, None, None)

    details = (await api.get(f"{PACKS}/{pack['id']}", user=artist.user)).json
    assert details == pack, "the created pack and the read one are equal"
    bare = {name: value for name, value in pack.items() if name not in ("pack", "assets", "editions")}
    assert details["pack"] == bare
    assert [(asset["asset_id"], asset["notes"]) for asset in details["assets"]] == [
        (second, None),
        (first, "The cover."),
    ]
    assert details["editions"] == []
    page = (await api.get(PACKS, user=artist.user)).json
    assert (page["items"], page["total_count"], page["next_cursor"]) == ([bare], 1, None)


async def test_pack_slugs_are_ascii_and_unique(api: Api, artist: Artist, site: Site) -> None:
    slugs = []
    for name in ("Dragons", "dragons!", "DRAGONS", "Ünïcode", "像素", "x" * 255):
        pack = await make(api, artist, name=name)
        slugs.append((await api.get(f"{PACKS}/{pack}", user=artist.user)).json["pack"]["slug"])
    assert slugs == ["dragons", "dragons-2", "dragons-3", "unicode", "pack", "x" * 44]


async def test_pack_files_keep_their_order(api: Api, artist: Artist) -> None:
    assets = [await artist.add(f"{n}.png") for n in range(4)]
    pack = await make(api, artist, assets)
    for order in ([3, 1, 0, 2], [2], [], [0, 1, 2, 3]):
        chosen = [assets[n] for n in order]
        body = {"assets": [{"asset_id": asset} for asset in chosen]}
        filled = await api.call("PUT", f"{PACKS}/{pack}/assets", user=artist.user, json=body)
        assert [asset["asset_id"] for asset in filled.json["assets"]] == chosen
        assert filled.json["pack"]["asset_count"] == len(chosen)
        assert (await api.get(f"{PACKS}/{pack}", user=artist.user)).json == filled.json


async def test_other_users_pack_is_not_found(api: Api, artist: Artist, site: Site) -> None:
    stranger = await site.add_user("stranger")
    pack = await make(api, artist, [await artist.add()])
    await site.pool.execute(EDITION, pack)
    for method, path in (("GET", ""), ("GET", "/download"), ("POST", "/check"), ("POST", "/export"), ("DELETE", "")):
        assert (await api.call(method, f"{PACKS}/{pack}{path}", user=stranger)).status == 404, path


async def test_pack_takes_own_files_once_each(api: Api, artist: Artist, site: Site) -> None:
    stranger = await site.add_user("stranger")
    own, foreign = await artist.add(), await site.add_asset(stranger, approved=True)
    pack = await make(api, artist, [own])
    url = f"{PACKS}/{pack}/assets"
    for wrong in (foreign, 2**31 - 1):
        body = {"assets": [{"asset_id": own}, {"asset_id": wrong}]}
        answer = await api.call("PUT", url, user=artist.user, json=body)
        assert (answer.status, answer.json["errors"][0]["path"]) == (400, "$.assets[1]")
    twice = await api.call("PUT", url, user=artist.user, json={"assets": [{"asset_id": own}] * 2})
    assert (twice.status, twice.json["errors"][0]["path"]) == (422, "$.assets[1]")
    many = await api.call("PUT", url, user=artist.user, json={"assets": [{"asset_id": n} for n in range(1, 1026)]})
    assert many.status == 422
    assert (await api.get(f"{PACKS}/{pack}", user=artist.user)).json["pack"]["asset_count"] == 1


async def test_pack_edit_changes_the_given_fields_only(api: Api, artist: Artist) -> None:
    pack = await make(api, artist, theme="fantasy", description="Old")
    changed = await api.call(
        "PATCH", f"{PACKS}/{pack}", user=artist.user, json={"name": "Wyverns", "description": None}
    )
    assert (changed.json["name"], changed.json["theme"], changed.json["description"]) == ("Wyverns", "fantasy", None)
    assert changed.json["slug"] == "dragons"  # archives that are out there keep their name
    kind = await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"license_type": "attribution"})
    assert kind.json["license_identifier"] == "CC-BY-4.0"
    kind = await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"license_type": "commercial"})
    assert kind.json["license_identifier"] is None


async def test_pack_licence_must_fit_its_kind(api: Api, artist: Artist, subtests: pytest.Subtests) -> None:
    for license_type, license_id, status in (
        ("royalty_free", 1, 201),
        ("royalty_free", 2, 422),
        ("attribution", 2, 201),
        ("attribution", 3, 201),
        ("attribution", 1, 422),
        ("commercial", 2, 422),
        ("personal", 5, 201),
        ("personal", 4, 422),
        ("personal", 4711, 422),
    ):
        body = {"name": "Dragons", "license_type": license_type, "license_id": license_id}
        with subtests.test(license_type, license_id=license_id):
            answer = await api.post(PACKS, body, user=artist.user)
            assert answer.status == status, answer
            assert status == 201 or answer.json["errors"][0]["path"] == "$.license_id"


async def test_custom_licence_text_is_required_and_kept(
    site: Site, settings: Settings, api: Api, artist: Artist
) -> None:
    custom = {"license_type": "custom", "custom_license": " Print it.\r\n\n\u202eSell it. "}
    for wordless in (custom | {"custom_license": None}, custom | {"custom_license": " \n "}):
        refused = await api.post(PACKS, {"name": "Dragons"} | wordless, user=artist.user)
        assert (refused.status, refused.json["errors"][0]["path"]) == (422, "$.custom_license")
    pack = await make(api, artist, [await artist.add()], **custom)
    details = (await api.get(f"{PACKS}/{pack}", user=artist.user)).json
    assert (details["license_type"], details["custom_license"]) == ("custom", "Print it.\n\nSell it.")
    check = (await api.post(f"{PACKS}/{pack}/check", {}, user=artist.user)).json
    assert "Print it.\n\nSell it.\n" in check["license_text"]
    for change, left in (
        ({"license_type": "editorial"}, ("editorial", "Print it.\n\nSell it.")),
        ({"license_type": "custom"}, ("custom", "Print it.\n\nSell it.")),
        ({"license_type": "personal", "custom_license": None}, ("personal", None)),
    ):
        changed = (await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json=change)).json
        assert (changed["license_type"], changed["custom_license"]) == left
        checked = await load_edition(site.pool, settings, user_id=artist.user, pack_id=pack, dated=BORN)
        assert checked is not None
        assert (checked.edition.license.words is None) == (left[0] != "custom"), "it is the text of no other licence"
    emptied = await api.call("PATCH", f"{PACKS}/{pack}", user=artist.user, json={"license_type": "custom"})
    assert emptied.status == 422


async def test_pack_check_lists_conflicts_and_renders_documents(api: Api, artist: Artist) -> None:
    fine = await artist.add("fine.png")
    wrong = await artist.add("wrong.png", license_id=5, attribution="Somebody")
    pack = await make(api, artist, [fine, wrong])
    check = (await api.post(f"{PACKS}/{pack}/check", {}, user=artist.user)).json
    assert (check["ok"], check["edition"], check["asset_count"]) == (False, 1, 2)
    assert {(each["code"], each["asset_id"], each["file"]) for each in check["conflicts"]} == {
        ("asks_credit", wrong, "wrong.png"),
        ("no_money", wrong, "wrong.png"),
    }
    assert "# Dragons" in check["readme"]
    assert "Royalty-free licence" in check["license_text"]
    refused = await api.post(f"{PACKS}/{pack}/export", {}, user=artist.user)
    assert refused.status == 409
    assert refused.json["type"] == "urn:pmd:problem:pack-conflicts"
    assert all(fault["message"].startswith("The file “wrong.png”: ") for fault in refused.json["errors"])

    await api.call("PUT", f"{PACKS}/{pack}/assets", user=artist.user, json={"assets": [{"asset_id": fine}]})
    check = (await api.post(f"{PACKS}/{pack}/check", {}, user=artist.user)).json
    assert (check["ok"], check["conflicts"]) == (True, [])


async def test_deleted_files_leave_the_packs_count(api: Api, artist: Artist, site: Site) -> None:
    assets = [await artist.add(f"{n}.png", f"1234{n}".encode()) for n in range(2)]
    pack = await make(api, artist, assets)
    await site.pool.execute("DELETE FROM asset WHERE id = $1", assets[0])
    details = (await api.get(f"{PACKS}/{pack}", user=artist.user)).json["pack"]
    assert (details["asset_count"], details["total_size_bytes"]) == (1, 5)


async def test_removed_pack_is_not_found_and_its_files_stay(api: Api, artist: Artist, site: Site) -> None:
    asset = await artist.add()
    pack = await make(api, artist, [asset])
    assert (await api.call("DELETE", f"{PACKS}/{pack}", user=artist.user)).status == 204
    for path in (f"{PACKS}/{pack}", f"{PACKS}/{pack}/download"):
        assert (await api.get(path, user=artist.user)).status == 404
    assert (await api.get(PACKS, user=artist.user)).json["total_count"] == 0
    assert (await api.get(f"/api/pmd/assets/{asset}", user=artist.user)).json["packs"] == []
    assert await site.pool.fetchval("SELECT count(*) FROM pack_asset") == 0
    again = await make(api, artist)
    assert await site.pool.fetchval("SELECT slug FROM pack WHERE id = $1", again) == "dragons", "it is free again"


async def test_removed_packs_row_is_deleted_after_two_weeks(
    api: Api, artist: Artist, site: Site, worker: WorkerContext
) -> None:
    pack = await make(api, artist)
    assert (await api.call("DELETE", f"{PACKS}/{pack}", user=artist.user)).status == 204
    for days, rows in ((13, 1), (15, 0)):
        await site.pool.execute("UPDATE pack SET deleted_at = now() - make_interval(days => $1)", days)
        await forget_removed_packs(worker)
        assert await site.pool.fetchval("SELECT count(*) FROM pack") == rows


async def test_pack_pages_are_complete(api: Api, artist: Artist, site: Site) -> None:
    packs = [await make(api, artist) for _ in range(5)]
    await site.pool.execute("UPDATE pack SET created_at = $1", BORN)
    seen: list[int] = []
    cursor = ""
    while True:
        page = (await api.get(f"{PACKS}?limit=2{cursor}", user=artist.user)).json
        seen += [pack["id"] for pack in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == packs[::-1]


async def test_moderators_pack_actions_are_audited(api: Api, artist: Artist, site: Site) -> None:
    moderator = await site.add_user("mod", roles=["user", "moderator"])
    asset = await artist.add()
    target = f"?target_sqid={site.sqid(artist.user)}"
    body = {"name": "Dragons", "license_type": "royalty_free"}
    pack = (await api.post(PACKS + target, body, user=moderator)).json["id"]
    for _ in range(2):  # a visit of several looks is one entry
        await api.get(PACKS + target, user=moderator)
        await api.get(f"{PACKS}/{pack}{target}", user=moderator)
        await api.post(f"{PACKS}/{pack}/check{target}", {}, user=moderator)
    await api.call("PATCH", f"{PACKS}/{pack}{target}", user=moderator, json={"theme": "x"})
    filling = {"assets": [{"asset_id": asset}]}
    await api.call("PUT", f"{PACKS}/{pack}/assets{target}", user=moderator, json=filling)
    await api.post(f"{PACKS}/{pack}/export{target}", {}, user=moderator)
    await site.pool.execute("UPDATE job SET status = 'cancelled', completed_at = now()")
    await site.pool.execute(EDITION, pack)
    for _ in range(2):
        await api.get(f"{PACKS}/{pack}/download{target}", user=moderator)
    await api.call("DELETE", f"{PACKS}/{pack}{target}", user=moderator)
    trail = (await api.get("/api/pmd/audit", user=moderator)).json["items"]
    assert [entry["action"] for entry in reversed(trail)] == [
        "create_pack", "read_packs", "read_pack", "edit_pack", "fill_pack", "export_pack",
        "download_pack", "delete_pack",
    ]  # fmt: skip
    assert {entry["pack_id"] for entry in trail} == {None, pack}
