"""Actions on files: all or nothing, as often as one likes, and removal for good."""

import asyncio
import itertools
import random
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

import pytest

from pmd_service.base.database import Pool
from pmd_service.library.purge import empty_trash
from pmd_service.vault import Vault
from pmd_service.vault.leftovers import sweep_leftovers

from ..locks import wait_for_waiting, waits_for_a_lock
from ..site import BORN, Api, Site
from .conftest import AddAsset

ACTION = "/api/pmd/assets/action"
EDIT = "/api/pmd/assets/edit"

STATES: dict[str, dict[str, Any]] = {"new": {}, "approved": {"approved": True}, "set_aside": {"rejected_at": BORN}}


async def states(site: Site, ids: list[int]) -> list[str]:
    rows = await site.pool.fetch("SELECT state FROM asset WHERE id = ANY($1) ORDER BY id", ids)
    return [row["state"] for row in rows]


async def test_judgement_replaces_earlier_one(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    judgements = {"approve": "approved", "unapprove": "new", "set_aside": "set_aside", "trash": "trash"}
    for before, (action, after) in itertools.product(STATES, judgements.items()):
        with subtests.test(before=before, action=action):
            chosen = [await add_asset(artist, **STATES[before]) for _ in range(3)]
            other = await add_asset(artist, **STATES[before])
            done = await api.post(ACTION, {"action": action, "asset_ids": chosen}, user=artist)
            assert (done.status, done.json["affected_count"]) == (200, 3)
            assert await states(site, chosen) == [after] * 3
            assert await states(site, [other]) == [before]


async def test_restored_file_keeps_its_judgement(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    chosen = [await add_asset(artist, **columns) for columns in STATES.values()]
    await api.post(ACTION, {"action": "trash", "asset_ids": chosen}, user=artist)
    assert await states(site, chosen) == ["trash"] * 3
    back = await api.post(ACTION, {"action": "restore", "asset_ids": chosen}, user=artist)
    assert back.json["message"] == "3 files are restored."
    assert await states(site, chosen) == list(STATES)


async def test_repeated_action_writes_nothing(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    written = "SELECT array_agg(xmin::text || ctid::text ORDER BY id) FROM asset"
    for action in ("approve", "unapprove", "set_aside", "trash", "restore", "edit"):
        with subtests.test(action):
            chosen = [await add_asset(artist) for _ in range(2)]
            path, body = (ACTION, {"action": action}) if action != "edit" else (EDIT, {"set": {"theme": "sea"}})
            first = await api.post(path, body | {"asset_ids": chosen}, user=artist)
            assert first.status == 200, first
            before = await site.pool.fetchval(written)
            second = await api.post(path, body | {"asset_ids": chosen}, user=artist)
            assert (second.status, second.json) == (200, first.json)
            assert await site.pool.fetchval(written) == before


async def test_one_foreign_file_refuses_the_whole_action(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    for action in ("approve", "unapprove", "set_aside", "trash", "restore", "purge", "edit"):
        own: dict[str, Any] = {"deleted_at": BORN} if action == "purge" else {}
        one, two = [await add_asset(artist, **own) for _ in range(2)]
        path, body = (ACTION, {"action": action}) if action != "edit" else (EDIT, {"set": {"theme": "sea"}})
        for kind, wrong in {
            "unknown": 2**31 - 1,
            "somebody else's": await add_asset(stranger, **own),
            "in the trash": await add_asset(artist, deleted_at=BORN),
        }.items():
            before = await site.pool.fetch("SELECT * FROM asset ORDER BY id")
            with subtests.test(kind, action=action):
                answer = await api.post(path, body | {"asset_ids": [one, wrong, two, wrong]}, user=artist)
                if kind == "in the trash" and action in ("trash", "restore", "purge"):
                    assert answer.status == 200, answer
                    continue
                assert answer.status == 400, answer
                assert [fault["path"] for fault in answer.json["errors"]] == ["$.asset_ids[1]"]
                assert await site.pool.fetch("SELECT * FROM asset ORDER BY id") == before


async def test_repeated_ids_count_once_and_at_most_128_are_allowed(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist)
    one = await api.post(ACTION, {"action": "approve", "asset_ids": [asset] * 300}, user=artist)
    assert (one.status, one.json["affected_count"]) == (200, 1)
    many = await api.post(ACTION, {"action": "approve", "asset_ids": list(range(1, 130))}, user=artist)
    assert (many.status, many.json["errors"][0]["path"]) == (422, "$.asset_ids")
    for asset_ids in ([], [0], [2**53], ["1"], [True], [1.5]):
        assert (await api.post(ACTION, {"action": "approve", "asset_ids": asset_ids}, user=artist)).status == 422


async def test_concurrent_overlapping_actions_do_not_deadlock(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    chosen = [await add_asset(artist) for _ in range(20)]

    async def once(action: str) -> int:
        body = {"action": action, "asset_ids": random.sample(chosen, 15)}
        return (await api.post(ACTION, body, user=artist)).status

    actions = random.choices(["approve", "set_aside", "unapprove"], k=24)
    assert await asyncio.gather(*map(once, actions)) == [200] * 24


async def test_moderators_library_actions_are_audited(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["user", "moderator"])
    asset = await add_asset(artist)
    target = f"?target_sqid={site.sqid(artist)}"
    # what users do with their own files is not audited.
    own = await api.post(ACTION, {"action": "approve", "asset_ids": [await add_asset(artist)]}, user=artist)
    assert (own.status, await site.pool.fetchval("SELECT count(*) FROM audit_log")) == (200, 0)
    for action in ("approve", "unapprove", "set_aside", "trash", "restore", "trash", "purge"):
        if action == "purge":
            other = await add_asset(artist)
            await api.post(EDIT + target, {"asset_ids": [other], "set": {"theme": "sea"}}, user=moderator)
        body = {"action": action, "asset_ids": [asset], "reason": f"For {action}."}
        done = await api.post(ACTION + target, body, user=moderator)
        assert done.status == 200, done
    trail = (await api.get("/api/pmd/audit", user=moderator)).json["items"]
    assert [entry["action"] for entry in reversed(trail)] == [
        "approve_assets", "unapprove_assets", "set_aside_assets", "trash_assets", "restore_assets", "trash_assets",
        "edit_assets", "purge_assets",
    ]  # fmt: skip
    assert all(entry["asset_ids"] in ([asset], [other]) for entry in trail)
    reasons = [f"For {entry['action'].removesuffix('_assets')}." for entry in trail]
    assert [entry["reason"] or "For edit." for entry in trail] == reasons


@pytest.mark.own_tables  # a site's posts are not made from here
async def test_moderators_publish_and_trash_need_a_reason(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["user", "moderator"])
    target = f"?target_sqid={site.sqid(artist)}"
    trashed, asset = await add_asset(artist, deleted_at=BORN), await add_asset(artist)
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "trash": (ACTION, {"action": "trash", "asset_ids": [asset]}),
        "purge": (ACTION, {"action": "purge", "asset_ids": [trashed]}),
        "publish": ("/api/pmd/assets/publish", {"asset_ids": [asset]}),
    }
    for what, (path, body) in calls.items():
        with subtests.test(what):
            silent = await api.post(path + target, body, user=moderator)
            assert (silent.status, silent.json["errors"][0]["path"]) == (422, "$.reason")
            own = await api.post(path, body | {"reason": "Mine."}, user=artist)
            assert (own.status, own.json["errors"][0]["path"]) == (422, "$.reason")
    assert (await api.get("/api/pmd/audit", user=moderator)).json["items"] == []
    rows = await site.pool.fetch("SELECT id, deleted_at FROM asset ORDER BY id")
    assert [tuple(row) for row in rows] == [(trashed, BORN), (asset, None)]


@pytest.mark.stores
async def test_purge_removes_the_row_and_the_bytes(site: Site, api: Api, add_asset: AddAsset, vault: Vault) -> None:
    artist = await site.add_user()
    previews = [{"path": "/vault/previews/u/x/128.png"}]
    await site.stored.put("previews/u/x/128.png", b"a preview")
    kept, trashed = await add_asset(artist), await add_asset(artist, deleted_at=BORN, previews=previews)
    assert len(await site.keys("assets/")) == 2
    not_in_trash = await api.post(ACTION, {"action": "purge", "asset_ids": [kept]}, user=artist)
    assert not_in_trash.status == 400
    done = await api.post(ACTION, {"action": "purge", "asset_ids": [trashed]}, user=artist)
    assert done.json["message"] == "1 file is gone for good."
    assert (await api.get(f"/api/pmd/assets/{trashed}", user=artist)).status == 404
    await sweep_leftovers(site.pool, vault)
    (left,) = await site.keys("assets/")
    assert await site.keys("previews/") == []
    assert PurePosixPath(left).stem == await site.pool.fetchval("SELECT hash FROM asset WHERE id = $1", kept)


async def test_purge_keeps_files_of_posts_and_built_packs(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    packed, shown, free = [await add_asset(artist, deleted_at=BORN) for _ in range(3)]
    pack = await site.pool.fetchval(
        """INSERT INTO pack (user_id, name, slug, license_type, export_path, exported_at, export_hash)
           VALUES ($1, 'Dragons', 'dragons', 'royalty_free', 'packs/x', now(), 'ab') RETURNING id""",
        artist,
    )
    await site.pool.execute("INSERT INTO pack_asset (pack_id, asset_id) VALUES ($1, $2)", pack, packed)
    post = await site.add_post(artist, None, art_url="x")
    await site.pool.execute("UPDATE asset SET post_id = $1 WHERE id = $2", post, shown)
    await site.pool.execute("UPDATE posts SET art_url = (SELECT path FROM asset WHERE id = $1)", shown)
    # A pack that has not been built does without its file, and so does a post that shows a copy.
    draft = await site.pool.fetchval(
        "INSERT INTO pack (user_id, name, slug, license_type) VALUES ($1, 'Draft', 'draft', 'personal') RETURNING id",
        artist,
    )
    await site.pool.execute("INSERT INTO pack_asset (pack_id, asset_id) VALUES ($1, $2)", draft, free)
    copied = await site.add_post(artist, None, art_url="y")
    await site.pool.execute("UPDATE asset SET post_id = $1 WHERE id = $2", copied, free)

    answer = await api.post(ACTION, {"action": "purge", "asset_ids": [free, packed, shown]}, user=artist)
    assert answer.status == 409
    faults = {fault["path"]: fault["message"] for fault in answer.json["errors"]}
    assert set(faults) == {"$.asset_ids[1]", "$.asset_ids[2]"}
    assert "“Dragons”" in faults["$.asset_ids[1]"]
    assert "post" in faults["$.asset_ids[2]"]
    assert await site.pool.fetchval("SELECT count(*) FROM asset") == 3

    await site.pool.execute("UPDATE pack SET deleted_at = now()")
    await site.pool.execute("UPDATE posts SET deleted_by_user = true")
    assert (await api.post(ACTION, {"action": "purge", "asset_ids": [free, packed, shown]}, user=artist)).status == 200


async def test_purge_takes_no_file_from_a_pack_that_is_being_built(
    site: Site, api: Api, add_asset: AddAsset, vault: Vault
) -> None:
    """The edition would have come without it, silently."""
    artist = await site.add_user()
    kept, dropped = await add_asset(artist, approved=True), await add_asset(artist, approved=True)
    body = {"name": "Dragons", "license_type": "royalty_free", "assets": [{"asset_id": kept}, {"asset_id": dropped}]}
    pack = (await api.post("/api/pmd/packs", body, user=artist)).json["id"]
    exported = await api.post(f"/api/pmd/packs/{pack}/export", {}, user=artist)
    assert exported.status == 202, exported
    await api.post(ACTION, {"action": "trash", "asset_ids": [dropped]}, user=artist)
    refused = await api.post(ACTION, {"action": "purge", "asset_ids": [dropped]}, user=artist)
    assert (refused.status, "“Dragons”" in refused.json["errors"][0]["message"]) == (409, True), refused
    await api.post(f"/api/pmd/jobs/{exported.json['export']['id']}/cancel", {}, user=artist)
    assert (await api.post(ACTION, {"action": "purge", "asset_ids": [dropped]}, user=artist)).status == 200


async def test_purges_at_once_wait_for_what_fills_their_pack(
    site: Site, api: Api, pool: Pool, add_asset: AddAsset
) -> None:
    """A purge locked its files first: it deadlocked with what fills the pack, and two of them counted each other's."""
    artist = await site.add_user()
    files = [await add_asset(artist, deleted_at=BORN) for _ in range(3)]
    pack = await pool.fetchval(
        """INSERT INTO pack (user_id, name, slug, license_type) VALUES ($1, 'Dragons', 'dragons', 'royalty_free')
           RETURNING id""",
        artist,
    )
    await pool.execute("INSERT INTO pack_asset (pack_id, asset_id) SELECT $1, unnest($2::bigint[])", pack, files)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM pack FOR UPDATE")
        both = [
            asyncio.create_task(api.post(ACTION, {"action": "purge", "asset_ids": [file]}, user=artist))
            for file in files[:2]
        ]
        await wait_for_waiting(pool, 2)
        await connection.execute("SELECT FROM asset WHERE id = ANY ($1) FOR KEY SHARE", files)
    assert [(await each).status for each in both] == [200, 200]
    assert await pool.fetchval("SELECT asset_count FROM pack") == 1


async def test_purge_of_a_stacks_top_waits_for_an_edit_of_it(
    api: Api, site: Site, pool: Pool, add_asset: AddAsset
) -> None:
    """A purge writes the files below it, which an edit of both had locked before."""
    artist = await site.add_user()
    below, top = await add_asset(artist), await add_asset(artist, deleted_at=BORN)
    await pool.execute("UPDATE asset SET stack_id = $2 WHERE id = $1", below, top)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM asset WHERE id = $1 FOR UPDATE", top)
        purging = asyncio.create_task(api.post(ACTION, {"action": "purge", "asset_ids": [top]}, user=artist))
        await wait_for_waiting(pool, 1)
        trashing = asyncio.create_task(api.post(ACTION, {"action": "trash", "asset_ids": [below, top]}, user=artist))
        await wait_for_waiting(pool, 2)
    assert ((await purging).status, (await trashing).status) == (200, 400)
    assert dict(await pool.fetchrow("SELECT id, stack_id FROM asset") or {}) == {"id": below, "stack_id": None}


@pytest.mark.parametrize("trashed", ["NULL", "now()"])
async def test_file_restored_while_the_trash_is_emptied_stays(site: Site, add_asset: AddAsset, trashed: str) -> None:
    asset = await add_asset(await site.add_user(), deleted_at=BORN)
    async with site.pool.acquire() as connection, connection.transaction():
        await connection.execute(f"UPDATE asset SET deleted_at = {trashed} WHERE id = $1", asset)
        emptying = asyncio.create_task(empty_trash(site.pool, ttl_days=30))
        assert await waits_for_a_lock(site.pool, emptying)
    assert await emptying == 0
    assert await site.pool.fetchval("SELECT id FROM asset") == asset


async def test_trash_is_emptied_by_date(site: Site, add_asset: AddAsset, vault: Vault) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    now = await site.pool.fetchval("SELECT now()")
    old = [await add_asset(user, deleted_at=now - timedelta(days=30, hours=1)) for user in (artist, other)]
    young = await add_asset(artist, deleted_at=now - timedelta(days=29))
    kept = await add_asset(artist)
    needed = await add_asset(artist, deleted_at=BORN)
    pack = await site.pool.fetchval(
        """INSERT INTO pack (user_id, name, slug, license_type, export_path, exported_at, export_hash)
           VALUES ($1, 'Dragons', 'dragons', 'royalty_free', 'packs/x', now(), 'ab') RETURNING id""",
        artist,
    )
    await site.pool.execute("INSERT INTO pack_asset (pack_id, asset_id) VALUES ($1, $2)", pack, needed)
    assert await empty_trash(site.pool, ttl_days=30) == len(old)
    left = [row["id"] for row in await site.pool.fetch("SELECT id FROM asset ORDER BY id")]
    assert left == [young, kept, needed]
    await sweep_leftovers(site.pool, vault)
    assert len(await site.keys("assets/")) == 3
