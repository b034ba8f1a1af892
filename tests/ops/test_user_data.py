"""``pmd-admin user``: everything of a user is exported, and nothing of them is left after an erasure."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from pmd_service.base.settings import Settings, environment
from pmd_service.erasure.user_data import OWNING
from pmd_service.jobs import KINDS
from pmd_service.uploads.intake import Intake, Verdict
from pmd_service.vault import Vault
from pmd_service.work.context import WorkerContext
from pmd_service.work.registry import register_kinds

from ..calls import CONSOLE
from ..conftest import WorkOff
from ..forked import pmd
from ..hang import HANG_SECONDS
from ..packs.test_packs import PACKS
from ..site import Api, Site
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced

# Every column that can name a user, and its value after an erasure.
NAMING = (*OWNING, "account_id", "requested_by", "actor_id", "target_user_id", "moderator_id")
# What else a number can mean: any other column would name a user whom an erasure leaves.
NAMES_NOBODY = {
    "post_id",
    "asset_id",
    "parent_asset_id",
    "stack_id",
    "other_id",
    "result_asset_id",
    "pack_id",
    "license_id",
    "change_id",
    "webhook_id",
    "import_id",
    "made_id",
    "series_id",
    "cover_post_id",
    "subject_id",
}

# What moderators write names people: here also in the rows of a user who stays.
REASON = "@Alice's face, by ALICE. No malice of Bob's; see alice@example.org."


def pmd_user(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return pmd("user", *arguments, env=environment(settings))


async def order_library(api: Api, user: int, asset: int, other: int) -> int:
    """A smart folder, a coloured tag, two files that are kept both, and a draft, whose id it returns."""
    await api.post("/api/pmd/assets/action", {"action": "keep_both", "asset_ids": [asset, other]}, user=user)
    kept = {"name": "Kept", "filter": {"state": "new"}}
    assert (await api.post("/api/pmd/smart-folders", kept, user=user)).status == 201
    await api.post("/api/pmd/assets/edit", {"asset_ids": [asset], "add_hashtags": ["sea"]}, user=user)
    assert (await api.call("PATCH", "/api/pmd/tags/sea", user=user, json={"color": "teal"})).status == 200
    draft: int = (await api.post("/api/pmd/drafts", {"asset_ids": [asset]}, user=user)).json["items"][0]["draft_id"]
    return draft


async def moderate_each_other(site: Site, api: Api, user: int, moderator: int) -> None:
    """What they do for each other is in the trail, and what they report in the list of reports."""
    for actor, target in ((moderator, user), (user, moderator)):  # each for the other, in the trail
        theirs = await site.pool.fetchval("SELECT min(id) FROM posts WHERE owner_id = $1", target)
        await site.pool.execute(
            "INSERT INTO post_report (post_id, owner_id, user_id, reason) VALUES ($1, $2, $3, $4)",
            theirs,
            target,
            actor,
            REASON,
        )
        body = {"action": "hide", "post_ids": [theirs], "reason": REASON}
        params = {"target_sqid": site.sqid(target)}
        assert (await api.post("/api/pmd/action", body, user=actor, params=params)).status == 200
        accepted = await api.post("/api/pmd/bdr", {"post_ids": [theirs]}, user=actor, params=params)
        assert accepted.status == 202


async def live(site: Site, api: Api, work_off: WorkOff, handle: str, *, moderator: int, color: int) -> int:
    """A user who has done everything that leaves something: posts, files, tasks, packs, downloads, takeouts."""
    user = await site.add_user(handle, email=f"{handle}@example.org", roles=["moderator"])
    post = await site.add_post(user, picture(color + 1))
    await site.add_comment(post, "Nice!", author_id=user)
    await site.pool.execute("INSERT INTO reactions (post_id, user_id, emoji) VALUES ($1, $2, '+')", post, user)
    sender, data = Sender(api, user), picture(color + 2)
    (line,) = (await sender.announce(announced("a.png", data))).json["files"]
    await sender.patch(line["url"], data)
    await sender.announce(announced("never-sent.png", picture(color + 3)))
    await work_off()
    asset = await site.pool.fetchval("SELECT min(id) FROM asset WHERE user_id = $1", user)
    await api.get("/api/pmd/assets?offset=10000", user=user)  # marks are set
    await api.post("/api/pmd/assets/approve", {"asset_ids": [asset]}, user=user)
    pack = {"name": "All", "license_type": "royalty_free", "assets": [{"asset_id": asset}]}
    pack_id = (await api.post(PACKS, pack, user=user)).json["id"]
    await api.post(f"{PACKS}/{pack_id}/export", {}, user=user)
    await api.post(f"{PACKS}/{pack_id}/links", {}, user=user)
    await api.post("/api/pmd/jobs", {"asset_ids": [asset], "kind": "metadata_extract", "params": {}}, user=user)
    await api.post("/api/pmd/bdr", {"post_ids": [post], "send_email": True}, user=user)
    await api.post("/api/pmd/takeout", {"send_email": True}, user=user)
    await api.post("/api/pmd/bulk-changes", {"action": "unhide", "filter": {}}, user=user)
    key = {"name": "A key", "scopes": ["posts:read"], "expires_in_days": 1}
    assert (await api.post("/api/pmd/keys", key, user=user)).status == 201
    begun = await api.call("POST", "/api/pmd/device/code", data={"client_id": "A program", "scope": "posts:read"})
    approval = {"approve": True, "expires_in_days": 1}
    assert (await api.post(f"/api/pmd/device/{begun.json['user_code']}", approval, user=user)).status == 204
    archive = await site.add_asset(user, b"PK" + bytes([color]), name="all.zip", type="other", file_format="zip")
    once = api.sign(user) | {"Idempotency-Key": "6f1c2a44"}
    assert (await api.call("POST", "/api/pmd/imports", headers=once, json={"asset_id": archive})).status == 202
    await api.call("PUT", "/api/pmd/watermark", headers=api.sign(user), json={"text": "© me"})
    assert (await api.get("/api/pmd/watermark/preview", user=user)).status == 200
    await api.post("/api/pmd/saved-views", {"name": "GIFs", "query": "format=gif"}, user=user)
    await api.call("PUT", "/api/pmd/language", user=user, json={"language": "de"})
    draft = await order_library(api, user, asset, archive)
    series = (await api.post("/api/pmd/series", {"name": "Coast"}, user=user)).json["id"]
    await api.call("PATCH", f"/api/pmd/drafts/{draft}", user=user, json={"series_id": series})
    await api.call("PUT", f"/api/pmd/series/{series}/posts", user=user, json={"post_ids": [post]})
    assert (await api.post(f"/api/pmd/posts/{post}/file", {"asset_id": asset}, user=user)).status == 200
    await api.call("PUT", "/api/pmd/publishing", user=user, json={"is_on": True})
    await api.post("/api/pmd/edit", {"post_ids": [post], "set": {"alt_text": "A lamp."}}, user=user)
    erasing = "INSERT INTO account_erasure (account_id, due_at) VALUES ($1, now() + interval '30 days')"
    await site.pool.execute(erasing, user)
    await site.pool.execute(
        """INSERT INTO browser_session (user_id, digest, browser, address, expires_at)
           VALUES ($1, sha256($1::int::text::bytea), 'Firefox', '127.0.0.1', now() + interval '1 day')""",
        user,
    )
    await api.post("/api/pmd/webhooks", {"url": "https://island.example/", "events": ["post.made"]}, user=user)
    await moderate_each_other(site, api, user, moderator)
    await work_off()
    assert (await api.call("GET", f"/u/{site.sqid(user)}/series/{series}")).status == 200
    (broken,) = (await sender.announce(announced("broken.png", b"not a picture"))).json["files"]
    await sender.patch(broken["url"], b"not a picture")
    await work_off()  # refused: its work stays, for operators
    return user


@pytest.fixture
async def users(site: Site, api: Api, work_off: WorkOff, worker: WorkerContext) -> tuple[int, int]:
    """A user who is erased, and one who stays; each has done everything, once for the other."""
    await register_kinds(worker.pool, KINDS, running_per_user=2)
    neighbour = await site.add_user("mod", roles=["moderator"])
    await site.add_post(neighbour, picture(9))
    leaving = await live(site, api, work_off, "alice", moderator=neighbour, color=10)
    return leaving, await live(site, api, work_off, "bob", moderator=neighbour, color=20)


async def naming(site: Site) -> list[tuple[str, str]]:
    """Every table's columns that can name a user, from the database itself."""
    rows = await site.pool.fetch(
        """SELECT columns.table_name, column_name FROM information_schema.columns
             JOIN information_schema.tables USING (table_schema, table_name)
            WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND column_name = ANY($1)""",
        list(NAMING),
    )
    return [tuple(row) for row in rows]


async def counts(site: Site, user: int) -> dict[tuple[str, str], int]:
    return {
        (table, column): await site.pool.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = $1", user)
        for table, column in await naming(site)
    }


async def keys_of(vault: Vault) -> set[str]:
    return {found.key async for page in vault.list("") for found in page}


@pytest.mark.stores
async def test_erasure_removes_everything_of_one_user_only(
    site: Site, api: Api, settings: Settings, stored: Vault, worker: WorkerContext, users: tuple[int, int]
) -> None:
    leaving, stays = users
    row = await site.pool.fetchval("SELECT id::text FROM batch_download_requests WHERE user_id = $1 LIMIT 1", leaving)
    boss = await site.add_user("boss", roles=["owner"])
    await api.get(f"{CONSOLE}/story", user=boss, params={"kind": "bdr", "id": row})
    sqid = site.sqid(leaving)
    before, neighbours = await counts(site, leaving), await counts(site, stays)
    assert [name for name, count in before.items() if not count and name[0] not in UNUSED] == []
    assert any(sqid in key for key in await keys_of(stored))
    namesake = f"assets/{sqid}x/of-a-longer-id.png"
    await stored.put(namesake, b"stays")
    assert pmd_user(settings, "erase", "alice").returncode == 2  # nobody confirms it
    erased = pmd_user(settings, "erase", "alice", "--yes")
    assert erased.returncode == 0, erased.stderr
    assert {name: count for name, count in (await counts(site, leaving)).items() if count} == {}
    assert await site.pool.fetchval("SELECT count(*) FROM users WHERE id = $1", leaving) == 0
    after = await counts(site, stays)
    assert {name: after[name] for name in neighbours} == neighbours
    assert [key for key in await keys_of(stored) if sqid in key] == [namesake]
    assert await site.pool.fetchval("SELECT count(*) FROM vault_leftovers") == 0
    assert await site.pool.fetchval("SELECT count(*) FROM audit_log WHERE target_user_id = 0") > 0
    assert await site.pool.fetchval("SELECT count(*) FROM audit_log WHERE actor_id = -1") > 0
    reasons = await site.pool.fetch(
        "SELECT reason FROM audit_log UNION ALL SELECT reason FROM post_hides UNION ALL SELECT reason FROM post_report"
    )
    assert {row[0] for row in reasons} - {None} == {"[…]'s face, by […]. No malice of Bob's; see […]@example.org."}
    for key in await worker.queues.redis.keys("*"):
        assert sqid.encode() not in key
    words = {row[0] for row in await site.pool.fetch("SELECT action FROM operator_log WHERE user_id IS NULL")}
    assert "erase_user" in words
    assert "there is no user" in pmd_user(settings, "erase", "alice", "--yes").stderr


@pytest.mark.stores
async def test_erasure_during_an_upload_leaves_nothing(
    site: Site,
    api: Api,
    settings: Settings,
    stored: Vault,
    worker: WorkerContext,
    work_off: WorkOff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One file is being received, and another one is being taken into the library."""
    await register_kinds(worker.pool, KINDS, running_per_user=2)
    user = await site.add_user("alice")
    sender, data, film = Sender(api, user), picture(1), os.urandom(9_000_000)
    sent, moving, erased = asyncio.Event(), asyncio.Event(), asyncio.Event()
    store_files = Intake.store_files

    async def store_late(intake: Intake, new: Sequence[Verdict]) -> None:
        moving.set()
        while await site.pool.fetchval("SELECT count(*) FROM batch_reports WHERE user_id = $1", user):
            await asyncio.sleep(0.05)
        await store_files(intake, new)

    async def body() -> AsyncIterator[bytes]:
        yield film[:-1_000_000]
        sent.set()
        await erased.wait()
        yield film[-1_000_000:]

    monkeypatch.setattr(Intake, "store_files", store_late)
    files = announced("a.png", data), announced("film.mp4", film)
    first, second = (await sender.announce(*files)).json["files"]
    assert (await sender.patch(first["url"], data)).status == 204
    sending = asyncio.create_task(sender.patch(second["url"], body()))
    async with asyncio.timeout(HANG_SECONDS):
        working = asyncio.ensure_future(work_off())
        await asyncio.gather(sent.wait(), moving.wait())
        # The erasure waits for the lease of every process that may still write.
        await site.pool.execute("UPDATE work SET lease_until = now() + interval '6 s' WHERE state = 'running'")
        done = await asyncio.to_thread(pmd_user, settings, "erase", "alice", "--yes")
        assert done.returncode == 0, done.stderr
        erased.set()
        await asyncio.wait([sending, working])
    assert {name: count for name, count in (await counts(site, user)).items() if count} == {}
    assert await keys_of(stored) == set()
    assert await site.pool.fetchval("SELECT count(*) FROM vault_leftovers") == 0


async def test_erasure_matches_handles_literally_in_audit_texts(site: Site, settings: Settings) -> None:
    mod, other = await site.add_user("mod"), await site.add_user("other")
    await site.add_user("d.+(x")
    for reason in ("d.+(x sent it, and dee+(x did not", "d" * 493 + " d.+(x"):
        await site.pool.execute(
            """INSERT INTO audit_log (actor_id, action, target_user_id, post_ids, reason)
               VALUES ($1, 'hide', $2, '{}', $3)""",
            mod,
            other,
            reason,
        )
    erased = pmd_user(settings, "erase", "d.+(x", "--yes")
    assert erased.returncode == 0, erased.stderr
    reasons = {row[0] for row in await site.pool.fetch("SELECT reason FROM audit_log")}
    assert reasons == {"[…] sent it, and dee+(x did not", "d" * 493 + " […]"}


# These have a row of a user only after an error, or an order to a moderator.
UNUSED = {"operator_log"}


async def test_user_data_covers_every_column_that_can_name_a_user(site: Site) -> None:
    rows = await site.pool.fetch(
        r"""SELECT DISTINCT column_name FROM information_schema.columns
             WHERE table_schema = current_schema() AND data_type IN ('integer', 'bigint')
               AND (column_name LIKE '%\_id' OR column_name LIKE '%\_by')"""
    )
    assert {row[0] for row in rows} - {*NAMING} == NAMES_NOBODY


async def test_user_export_has_every_row_and_file_of_its_user_only(
    site: Site, settings: Settings, users: tuple[int, int], tmp_path: Path
) -> None:
    user, other = users
    file, before = tmp_path / "alice.zip", await counts(site, user)
    done = pmd_user(settings, "export", "alice", str(file))
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o077 == 0  # no other user of this machine
    with ZipFile(file) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        rows: dict[str, list[dict[str, Any]]] = {
            Path(name).stem: [json.loads(line) for line in archive.read(name).splitlines()]
            for name in names
            if name.startswith("rows/")
        }
        files = {name: archive.read(name) for name in names if not name.startswith("rows/")}
    for (table, column), count in before.items():
        if column in OWNING and count:
            assert len([row for row in rows[table] if row[column] == user]) == count, table
    about = [row for row in rows["audit_log"] if row["target_user_id"] == user]
    assert len(about) == before["audit_log", "target_user_id"] > 0
    assert [row["handle"] for row in rows["users"]] == ["alice"]
    assert {name.partition("/")[0] for name in files} == {"library", "artworks", "versions"}
    assert picture(12) in files.values()
    assert not [table for table in rows if any(row.get("user_id") == other for row in rows[table])]
    assert "token" not in rows["work_attempts"][0]


async def test_user_export_overwrites_nothing_and_leaves_no_partial_file(
    site: Site, settings: Settings, tmp_path: Path
) -> None:
    user, file = await site.add_user("alice"), tmp_path / "alice.zip"
    await site.add_asset(user)
    file.write_bytes(b"of last year")
    there = pmd_user(settings, "export", "alice", str(file))
    assert (there.returncode, there.stderr) == (1, f"Error: {file} exists already and is not overwritten\n")
    assert file.read_bytes() == b"of last year"
    nowhere = pmd_user(settings, "export", "alice", str(tmp_path / "none" / "alice.zip"))
    assert nowhere.returncode == 1
    assert nowhere.stderr.endswith("alice.zip cannot be written: No such file or directory\n")
    file.unlink()
    away = environment(settings) | {"VAULT_URL": "s3://vault?endpoint=http://127.0.0.1:1"}
    broken_off = pmd("user", "export", "alice", str(file), env=away)
    assert (broken_off.returncode, file.exists()) == (1, False), broken_off
    assert pmd_user(settings, "export", "alice", str(file)).returncode == 0


async def test_user_export_lists_missing_files(site: Site, settings: Settings, tmp_path: Path) -> None:
    user = await site.add_user("alice")
    asset = await site.add_asset(user)
    path = await site.pool.fetchval("SELECT path FROM asset WHERE id = $1", asset)
    await site.lose(path.removeprefix("/vault/"))
    done = pmd_user(settings, "export", "alice", str(tmp_path / "alice.zip"))
    assert (done.returncode, "missing in the vault" in done.stderr) == (1, True)
