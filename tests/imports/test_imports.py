"""Imports: a report first, then everything of a takeout comes back, once."""

import asyncio
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pmd_service.assets.allowance import Allowance
from pmd_service.assets.hashing import Digest
from pmd_service.desk.edits import lock_desk
from pmd_service.desk.rule import Rule
from pmd_service.downloads.taken import TAKEN_FILE
from pmd_service.imports import groups, lifecycle, posts, run
from pmd_service.imports.items import SettingItem
from pmd_service.imports.lifecycle import forget_old_imports
from pmd_service.imports.listing import Entry
from pmd_service.imports.making import Making, Taken
from pmd_service.imports.settings import drop_setting
from pmd_service.packs.digests import compute_digests
from pmd_service.work import heartbeat
from pmd_service.work.claimed import LeaseLostError
from pmd_service.work.context import WorkerContext

from ..conftest import WorkOff
from ..downloads.takeouts.test_everything import lines, take_out
from ..hang import HANG_SECONDS
from ..locks import waits_for_a_lock
from ..packs.conftest import Artist
from ..packs.test_packs import PACKS, make
from ..plans import taken_back
from ..site import BORN, Api, Site
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced, send_all

IMPORTS, ASSETS, DRAFTS = "/api/pmd/imports", "/api/pmd/assets", "/api/pmd/drafts"
FOLDERS = "/api/pmd/smart-folders"
# What is another one elsewhere, or is only known there: ids, and when and by whom something was counted or built.
NOT_KEPT = {"id", "series_id", "updated_at", "view_count", "editions", "slug", "path", "post", "url", "cover"}
DOCUMENTS = ("posts", "files", "packs", "series", "drafts")


async def live(site: Site, api: Api, artist: int, work_off: WorkOff, worker: WorkerContext) -> None:
    """Files that were uploaded, posts that were published from them, and a pack; with all their details."""
    contents = {"Sheets/hero.png": picture(1), "tree.png": picture(2), "place.png": with_a_place()}
    contents |= {"later.png": picture(3), "some day.png": picture(4)}
    files = await uploaded(api, artist, work_off, contents)
    hero, tree, place = files["hero.png"], files["tree.png"], files["place.png"]
    described = {"note": "For the title", "rating": 4, "label": 8, "theme": "fantasy", "source": "Krita"}
    for asset_ids, changes in (
        ([hero], described),
        ([place], {"license_id": 3, "attribution": "Me"}),
        ([hero, tree], {"provenance": "user_provided"}),
    ):
        edit = {"asset_ids": asset_ids, "set": changes, "add_hashtags": ["hero"]}
        assert (await api.post(f"{ASSETS}/edit", edit, user=artist)).status == 200
    assert (
        await api.post(f"{ASSETS}/action", {"action": "approve", "asset_ids": [hero, tree]}, user=artist)
    ).status == 200
    await site.pool.execute("UPDATE asset SET parent_asset_id = $2, created_at = now() WHERE id = $1", tree, hero)
    values = {"title": "Dusk", "description": "One.\n\nTwo.", "hashtags": ["sea"], "license_id": 2}
    await publish(api, artist, hero, posts=[{"asset_id": hero} | values])
    await publish(api, artist, tree, hidden=True)
    await publish(api, artist, place, marks="keep")
    at = {"Dusk": BORN, "tree": BORN - timedelta(days=400)}
    for title, created_at in at.items():
        await site.pool.execute("UPDATE posts SET created_at = $2 WHERE title = $1", title, created_at)
    dusk, young = [await site.pool.fetchval("SELECT id FROM posts WHERE title = $1", title) for title in at]
    await site.add_comment(dusk, "Lovely!")
    details = {"alt_text": "A lamp.", "content_warnings": ["Flashing"], "ai_opt_out": True}
    edit = {"post_ids": [dusk], "set": details | {"ai_disclosure": "assisted"}}
    assert (await api.post("/api/pmd/edit", edit, user=artist)).status == 200
    assert (await api.post(f"{ASSETS}/edit", {"asset_ids": [hero], "set": details}, user=artist)).status == 200
    series = (await api.post("/api/pmd/series", {"name": "Coast"}, user=artist)).json["id"]
    order = {"post_ids": [dusk, young]}
    assert (await api.call("PUT", f"/api/pmd/series/{series}/posts", user=artist, json=order)).status == 200
    cover = {"description": "From north to south.", "cover_post_id": young}
    assert (await api.call("PATCH", f"/api/pmd/series/{series}", user=artist, json=cover)).status == 200
    await planned(site, api, artist, series, files["later.png"], files["some day.png"])
    pack = await make(api, Artist(site, artist), [tree, hero], name="Island", theme="sea", description="All.")
    assert (await api.post(f"{PACKS}/{pack}/export", {"version": "1.0.0"}, user=artist)).status == 202
    await work_off()
    await compute_digests(worker)


async def planned(site: Site, api: Api, artist: int, series: int, later: int, some_day: int) -> None:
    """Two drafts, one of them scheduled, the rule by which others would be, and a watermark."""
    drafts = (await api.post(DRAFTS, {"asset_ids": [later, some_day]}, user=artist)).json["items"]
    first, second = [each["draft_id"] for each in drafts]
    texts = {"title": "Later", "description": "One.", "hashtags": ["sea"], "alt_text": "A gull.", "license_id": 2}
    more = {"content_warnings": ["Flashing"], "ai_disclosure": "none", "series_id": series, "marks": "keep"}
    for draft, fields in ((first, texts | more), (second, {"is_hidden": True, "posted_at": "2019-05-04T12:30:00Z"})):
        assert (await api.call("PATCH", f"{DRAFTS}/{draft}", user=artist, json=fields)).status == 200
    body = {"draft_ids": [first], "at": "2040-01-01T18:00:00Z"}
    assert (await api.post(f"{DRAFTS}/schedule", body, user=artist)).status == 200
    rule = {"is_on": True, "weekdays": [2, 4], "times": ["09:30"], "time_zone": "Europe/Berlin", "ai_opt_out": True}
    assert (await api.call("PUT", "/api/pmd/publishing", user=artist, json=rule)).status == 200
    await site.pool.execute(
        "INSERT INTO watermark (user_id, text, place, opacity, size) VALUES ($1, 'artist', 'top', 50, 30)", artist
    )
    kept = {"name": "Sea, best first", "filter": {"hashtag": "sea", "rating": 3}, "sort": "rating", "order": "desc"}
    assert (await api.post("/api/pmd/smart-folders", kept, user=artist)).status == 201
    await site.pool.execute("INSERT INTO tag_color (user_id, tag, color) VALUES ($1, 'sea', 'teal')", artist)
    view = {"name": "GIFs", "query": "format=gif&sort=-views"}
    assert (await api.post("/api/pmd/saved-views", view, user=artist)).status == 201
    assert (await api.call("PUT", "/api/pmd/language", user=artist, json={"language": "de"})).status == 200


def with_a_place() -> bytes:
    """A photo that discloses where it was made."""
    exif, data = Image.Exif(), io.BytesIO()
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0), 3: "E", 4: (13.0, 24.0, 0.0)}
    Image.new("RGB", (16, 16), "teal").save(data, "PNG", exif=exif)
    return data.getvalue()


async def uploaded(api: Api, user: int, work_off: WorkOff, contents: dict[str, bytes]) -> dict[str, int]:
    """The ids of files that were sent and processed, by name."""
    sender = Sender(api, user)
    upload = (await sender.announce(*(announced(path, data) for path, data in contents.items()))).json
    await send_all(sender, upload, contents)
    await work_off()
    found = (await api.get(ASSETS, user=user)).json["items"]
    return {each["name"]: each["id"] for each in found}


async def publish(api: Api, user: int, asset: int, **body: Any) -> None:
    answer = await api.post(f"{ASSETS}/publish", {"asset_ids": [asset]} | body, user=user)
    assert answer.json["published_count"] == 1, answer


async def keep(site: Site, user: int, data: bytes, name: str = "Everything.zip") -> int:
    """An archive that this user has uploaded."""
    return await site.add_asset(user, data, name=name, type="other", file_format="zip", mime_type="application/zip")


async def taken_out(site: Site, api: Api, user: int, work_off: WorkOff) -> bytes:
    with await take_out(api, user, work_off) as archive:
        assert archive.fp is not None
        archive.fp.seek(0)
        data = archive.fp.read()
    await site.pool.execute("UPDATE takeouts SET created_at = created_at - interval '1 day'")
    return data


async def reported(api: Api, user: int, archive: int, work_off: WorkOff) -> dict[str, Any]:
    accepted = await api.post(IMPORTS, {"asset_id": archive}, user=user)
    assert accepted.status == 202, accepted
    await work_off()
    found: dict[str, Any] = (await api.get(accepted.headers["Location"], user=user)).json
    return found


async def made(api: Api, user: int, import_id: int, work_off: WorkOff, **choices: Any) -> dict[str, Any]:
    started = await api.post(f"{IMPORTS}/{import_id}/start", choices, user=user)
    assert started.status == 202, started
    await work_off()
    found: dict[str, Any] = (await api.get(f"{IMPORTS}/{import_id}", user=user)).json
    return found


def counts(report: Mapping[str, Any]) -> dict[tuple[str, str, str | None], int]:
    return {(each["kind"], each["outcome"], each["reason"]): each["count"] for each in report["report"]["counts"]}


def contents(data: bytes) -> dict[str, list[Any]]:
    """What a takeout has but for ids and times of its own, in an order that does not depend on them."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {name: [_kept(line) for line in lines(archive, name)] for name in DOCUMENTS}
        covers = {each["cover"] for each in lines(archive, "series")}
        found["covers"] = [post["title"] for post in lines(archive, "posts") if post["id"] in covers]
        found["settings"] = [_kept(json.loads(archive.read("data/settings.json")))]
    return {name: sorted(records, key=lambda each: json.dumps(each, sort_keys=True)) for name, records in found.items()}


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _kept(each) for name, each in value.items() if name not in NOT_KEPT}
    return [_kept(each) for each in value] if isinstance(value, list) else value


@pytest.fixture
async def archive(site: Site, api: Api, work_off: WorkOff, worker: WorkerContext) -> bytes:
    artist = await site.add_user("artist")
    await live(site, api, artist, work_off, worker)
    return await taken_out(site, api, artist, work_off)


async def linked(site: Site, user: int) -> set[str]:
    """The files of the library that have a post."""
    sql = "SELECT name FROM asset JOIN posts ON posts.id = post_id WHERE user_id = $1 AND owner_id = $1"
    return {row["name"] for row in await site.pool.fetch(sql, user)}


async def test_takeout_imported_elsewhere_gives_the_same_takeout(
    site: Site, api: Api, work_off: WorkOff, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One item at a time, as where they are packs of very many files.
    monkeypatch.setattr(run, "PAGE_BYTES", 1)
    monkeypatch.setattr(run, "ROWS_BYTES", 1)
    other = await site.add_user("other")
    kept = await keep(site, other, archive)
    report = await reported(api, other, kept, work_off)
    assert (report["stage"], report["status"], report["form"], report["made_count"]) == (
        "report",
        "completed",
        "takeout",
        0,
    )
    assert counts(report) == {
        ("file", "make", None): 5,
        ("series", "make", None): 1,
        ("post", "make", None): 3,
        ("pack", "make", None): 1,
        ("draft", "make", None): 1,
        ("draft", "make", "scheduled"): 1,
        ("setting", "make", None): 6,
        ("lost", "lose", "other_people"): 1,
        ("lost", "lose", "rebuilt"): 1,
    }
    assert report["report"]["licenses"] == {"CC-BY-4.0": 2, "CC-BY-SA-4.0": 3}
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE owner_id = $1", other) == 0
    done = await made(api, other, report["id"], work_off)
    assert (done["stage"], done["status"], done["made_count"], done["failed_count"]) == ("import", "completed", 18, 0)
    await site.pool.execute("UPDATE asset SET deleted_at = now() WHERE id = $1", kept)
    again = contents(await taken_out(site, api, other, work_off))
    assert again == contents(archive)
    assert await linked(site, other) == {"hero.png", "tree.png", "place.png"}
    assert [(each["title"], each["due_at"] is None, each["series"]) for each in again["drafts"]] == [
        ("Later", False, "Coast"), ("some day", True, None),
    ]  # fmt: skip
    assert again["covers"] == ["tree"]
    (settings,) = again["settings"]
    assert (settings["publishing_rule"]["times"], settings["language"]) == (["09:30"], "de")
    assert (settings["smart_folders"][0]["name"], settings["tags"][0]["color"]) == ("Sea, best first", "teal")
    assert settings["saved_views"][0]["query"] == "format=gif&sort=-views"
    posts = contents(archive)["posts"]
    assert [(each["series"], each["series_position"], each["alt_text"]) for each in posts if each["series"]] == [
        ("Coast", 1, "A lamp."), ("Coast", 2, None),
    ]  # fmt: skip
    assert [each["discloses"] for each in posts if each["title"] == "place"] == [["place"]]
    items = (await api.get(f"{IMPORTS}/{report['id']}/items", user=other)).json["items"]
    assert [(each["kind"], each["state"]) for each in items[:18]] == [
        *[("file", "made")] * 5, ("series", "made"), *[("post", "made")] * 3, ("pack", "made"),
        *[("draft", "made")] * 2, *[("setting", "made")] * 6,
    ]  # fmt: skip


async def test_takeout_imported_twice_changes_nothing(site: Site, api: Api, work_off: WorkOff, archive: bytes) -> None:
    other = await site.add_user("other")
    kept = await keep(site, other, archive)
    await made(api, other, (await reported(api, other, kept, work_off))["id"], work_off)
    before = contents(await taken_out(site, api, other, work_off))
    report = await reported(api, other, kept, work_off)
    assert {key: count for key, count in counts(report).items() if key[0] != "lost"} == {
        ("file", "present", None): 5,
        ("series", "present", None): 1,
        ("post", "present", None): 3,
        ("pack", "present", None): 1,
        ("draft", "present", None): 2,
        ("setting", "present", None): 6,
    }
    again = await made(api, other, report["id"], work_off)
    assert (again["status"], again["made_count"]) == ("completed", 0)
    assert contents(await taken_out(site, api, other, work_off)) == before


async def moved(site: Site, api: Api, work_off: WorkOff, part: str, artist: int, other: int) -> dict[str, Any]:
    """The import, by the other, of a takeout of this part of the artist's."""
    with await take_out(api, artist, work_off, parts=[part]) as taken:
        assert taken.fp is not None
        taken.fp.seek(0)
        kept = await keep(site, other, taken.fp.read(), f"{part}.zip")
    await site.pool.execute("UPDATE takeouts SET created_at = created_at - interval '1 day'")
    return await made(api, other, (await reported(api, other, kept, work_off))["id"], work_off)


async def test_parts_of_a_takeout_come_one_by_one_and_lose_nothing(
    site: Site, api: Api, work_off: WorkOff, archive: bytes
) -> None:
    artist, other = (
        await site.pool.fetchval("SELECT id FROM users WHERE handle = 'artist'"),
        await site.add_user("other"),
    )
    own = await site.add_post(other, title="Mine")
    for part in ("library", "posts", "packs", "drafts", "account"):
        done = await moved(site, api, work_off, part, artist, other)
        assert (done["form"], done["status"], done["failed_count"]) == ("takeout", "completed", 0), part
    await site.pool.execute("UPDATE asset SET deleted_at = now() WHERE user_id = $1 AND file_format = 'zip'", other)
    await site.pool.execute("UPDATE posts SET deleted_by_user = true WHERE id = $1 AND NOT deleted_by_user", own)
    assert await linked(site, other) == {"hero.png", "tree.png", "place.png"}, "by their bytes"
    assert contents(await taken_out(site, api, other, work_off)) == contents(archive)


async def test_imported_posts_are_not_linked_to_files_in_the_trash(
    site: Site, api: Api, work_off: WorkOff, archive: bytes
) -> None:
    artist, other = (
        await site.pool.fetchval("SELECT id FROM users WHERE handle = 'artist'"),
        await site.add_user("other"),
    )
    for part in ("library", "posts"):
        await moved(site, api, work_off, part, artist, other)
        await site.pool.execute("UPDATE asset SET deleted_at = now() WHERE user_id = $1 AND name = 'tree.png'", other)
    assert await linked(site, other) == {"hero.png", "place.png"}


@pytest.mark.parametrize("parts", [("library", "posts"), ("posts", "library")], ids="-".join)
async def test_posts_and_their_files_find_each_other_in_any_order(
    site: Site, api: Api, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch, parts: tuple[str, str]
) -> None:
    """What was published is without metadata, and so has other bytes than the library's file."""
    monkeypatch.setattr(posts, "_PAGE", 1)
    artist, other = await site.add_user("artist"), await site.add_user("other")
    pictures = {"place.png": with_a_place(), "second.png": picture(2), "kept.png": picture(1)}
    files = await uploaded(api, artist, work_off, pictures)
    for name in ("place.png", "second.png"):
        await publish(api, artist, files[name])
    for part in parts:
        done = await moved(site, api, work_off, part, artist, other)
        assert (done["status"], done["made_count"]) == ("completed", {"library": 3, "posts": 2}[part])
    assert await linked(site, other) == {"place.png", "second.png"}


async def test_takeout_leaves_out_an_archive_that_was_imported(
    site: Site, api: Api, work_off: WorkOff, worker: WorkerContext, archive: bytes
) -> None:
    other = await site.add_user("other")
    kept = await keep(site, other, archive)
    await keep(site, other, picture(9), name="Unread.zip")
    report = await reported(api, other, kept, work_off)
    contents_url = "/api/pmd/takeout/contents"
    before = (await api.get(contents_url, user=other)).json["file_count"]
    assert before == 2  # nothing was made of them
    done = await made(api, other, report["id"], work_off)
    assert done["status"] == "completed"
    # An import is forgotten after a month, but not while its archive is here.
    await site.pool.execute("UPDATE imports SET completed_at = now() - interval '31 days'")
    await forget_old_imports(worker)
    files = await site.pool.fetchval("SELECT count(*) FROM asset WHERE user_id = $1", other)
    assert (await api.get(contents_url, user=other)).json["file_count"] == files - 1
    with await take_out(api, other, work_off) as taken:
        assert {each["name"] for each in lines(taken, "files")} >= {"hero.png", "Unread.zip"}
        assert not [name for name in taken.namelist() if name.endswith("Everything.zip")]
    # One of which not all was made, or that is of another site, may be all that there is of something.
    for otherwise in ("failed_count = 1", "form = 'mastodon'", "stage = 'undo'"):
        async with site.pool.acquire() as connection, taken_back(connection):
            await connection.execute(f"UPDATE imports SET {otherwise}")
            assert await connection.fetchval(f"SELECT count(*) FROM asset WHERE {TAKEN_FILE}", other) == files
    # One in a pack is the pack's, too.
    await make(api, Artist(site, other), [kept], name="Archives", theme="sea", description="All.")
    assert (await api.get(contents_url, user=other)).json["file_count"] == files
    await site.pool.execute("DELETE FROM asset WHERE id = $1", kept)
    await forget_old_imports(worker)
    assert (await api.get(f"{IMPORTS}/{report['id']}", user=other)).status == 404


async def test_undo_takes_back_what_an_import_made_and_nobody_used(
    site: Site, api: Api, work_off: WorkOff, archive: bytes
) -> None:
    other = await site.add_user("other")
    report = await reported(api, other, await keep(site, other, archive), work_off)
    path = f"{IMPORTS}/{report['id']}"
    assert (await api.post(f"{path}/undo", None, user=other)).status == 409
    await made(api, other, report["id"], work_off)
    tree = await site.pool.fetchval("SELECT id FROM asset WHERE user_id = $1 AND name = 'tree.png'", other)
    draft = await site.pool.fetchval("SELECT id FROM draft WHERE user_id = $1 AND is_hidden", other)
    (folder,) = (await api.get(FOLDERS, user=other)).json["items"]
    # Used since, or chosen otherwise.
    await api.post(f"{ASSETS}/edit", {"asset_ids": [tree], "set": {"rating": 1}}, user=other)
    for path_of, change in ((f"{DRAFTS}/{draft}", {"title": "Soon"}), (f"{FOLDERS}/{folder['id']}", {"sort": "name"})):
        assert (await api.call("PATCH", path_of, user=other, json=change)).status == 200
    assert (await api.call("PATCH", "/api/pmd/tags/sea", user=other, json={"color": "red"})).status == 200
    assert (await api.post(f"{path}/undo", None, user=other)).status == 202
    await work_off()
    undone = (await api.get(path, user=other)).json
    assert (undone["stage"], undone["status"], undone["made_count"]) == ("undo", "completed", 5)
    assert (
        await site.pool.fetchval("SELECT count(*) FROM posts WHERE owner_id = $1 AND NOT deleted_by_user", other) == 0
    )
    left = await site.pool.fetch("SELECT name FROM asset WHERE user_id = $1 AND deleted_at IS NULL", other)
    assert {row["name"] for row in left} == {"tree.png", "some day.png", "Everything.zip"}
    assert (await api.get(PACKS, user=other)).json["total_count"] == 0
    gone = ("series", "publishing_rule", "watermark", "saved_view", "account_language")
    for table, count in {**dict.fromkeys(gone, 0), "draft": 1, "smart_folder": 1}.items():
        assert await site.pool.fetchval(f"SELECT count(*) FROM {table} WHERE user_id = $1", other) == count, table
    assert await site.pool.fetchval("SELECT color FROM tag_color WHERE user_id = $1", other) == "red"
    assert (await api.post(f"{path}/undo", None, user=other)).status == 409
    # What is in the trash comes back by another import.
    archive_id = report["asset_id"]
    again = await made(api, other, (await reported(api, other, archive_id, work_off))["id"], work_off)
    assert (again["made_count"], again["failed_count"]) == (13, 0)
    assert await site.pool.fetchval("SELECT count(*) FROM asset WHERE user_id = $1 AND deleted_at IS NULL", other) == 6


async def test_import_maps_licences_and_hashtags_as_chosen(
    site: Site, api: Api, work_off: WorkOff, archive: bytes
) -> None:
    other = await site.add_user("other")
    report = await reported(api, other, await keep(site, other, archive), work_off)
    refused = await api.post(f"{IMPORTS}/{report['id']}/start", {"licenses": {"CC-BY-4.0": 4711}}, user=other)
    assert refused.status == 422
    choices = {"licenses": {"CC-BY-4.0": 1}, "hashtags": {"sea": "Ocean"}, "is_hidden": True}
    await made(api, other, report["id"], work_off, **choices)
    row = await site.pool.fetchrow("SELECT * FROM posts WHERE owner_id = $1 AND title = 'Dusk'", other)
    assert row is not None
    assert (row["license_id"], list(row["hashtags"]), row["hidden_by_user"]) == (1, ["ocean"], True)
    assert row["created_at"] == BORN
    assert (await api.post(f"{IMPORTS}/{report['id']}/start", {}, user=other)).status == 409


async def test_settings_that_are_not_possible_here_fail_alone(site: Site, api: Api, work_off: WorkOff) -> None:
    artist, other = await site.add_user("artist"), await site.add_user("other")
    await site.add_asset(artist, picture(1), name="tree.png")
    for statement in (
        "INSERT INTO smart_folder (user_id, name, filter, sort) VALUES ($1, 'Odd', '{\"colour\": 7}', 'path')",
        "INSERT INTO smart_folder (user_id, name, filter, sort) VALUES ($1, 'Odd, too', '{}', 'luck')",
        "INSERT INTO saved_view (user_id, name, query) VALUES ($1, 'Odd', 'a b')",
        "INSERT INTO saved_view (user_id, name, query) VALUES ($1, 'Good', 'view=grid')",
        "INSERT INTO account_language (user_id, language) VALUES ($1, 'xx')",
    ):
        await site.pool.execute(statement, artist)
    taken = await keep(site, other, await taken_out(site, api, artist, work_off))
    report = await reported(api, other, taken, work_off)
    done = await made(api, other, report["id"], work_off)
    assert (done["status"], done["made_count"], done["failed_count"]) == ("completed", 2, 4)
    failed = (await api.get(f"{IMPORTS}/{report['id']}/items?state=failed", user=other)).json["items"]
    assert {each["message"].partition(":")[0] for each in failed} == {"This is not possible here"}
    assert await site.pool.fetchval("SELECT name FROM saved_view WHERE user_id = $1", other) == "Good"
    assert (await api.get(FOLDERS, user=other)).json["items"] == []


async def test_import_makes_files_of_posts_as_chosen(site: Site, api: Api, work_off: WorkOff, archive: bytes) -> None:
    other = await site.add_user("other")
    report = await reported(api, other, await keep(site, other, archive), work_off)
    done = await made(api, other, report["id"], work_off, posts_as="files")
    # The posts have no other bytes than their files.
    assert (done["made_count"], done["failed_count"]) == (15, 0)
    items = (await api.get(f"{IMPORTS}/{report['id']}/items?state=present", user=other)).json["items"]
    assert [each["kind"] for each in items] == ["post"] * 3
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE owner_id = $1", other) == 0
    rows = await site.pool.fetch("SELECT name, created_at FROM asset WHERE user_id = $1 AND type = 'image'", other)
    assert {row["name"] for row in rows} == {"hero.png", "tree.png", "place.png", "later.png", "some day.png"}
    assert {each["made_kind"] for each in items} == {"file"}


async def test_rows_of_a_report_are_found_by_kind_and_reason(
    site: Site, api: Api, work_off: WorkOff, archive: bytes
) -> None:
    other = await site.add_user("other")
    report = await reported(api, other, await keep(site, other, archive), work_off)
    path = f"{IMPORTS}/{report['id']}/items"

    async def found(query: str) -> list[tuple[str, str | None]]:
        items = (await api.get(f"{path}?{query}", user=other)).json["items"]
        return [(each["kind"], each["reason"]) for each in items]

    assert await found("kind=post&outcome=make") == [("post", None)] * 3
    assert await found("kind=lost&reason=rebuilt") == [("lost", "rebuilt")]
    assert await found("kind=file&reason=rebuilt") == []
    first = (await api.get(f"{path}?kind=post&limit=2", user=other)).json
    rest = (await api.get(f"{path}?kind=post&limit=2&cursor={first['next_cursor']}", user=other)).json
    assert [len(first["items"]), len(rest["items"]), rest["next_cursor"]] == [2, 1, None]
    assert (await api.get(f"{path}?kind=nothing", user=other)).status == 422


async def test_interrupted_import_goes_on_where_it_was(
    site: Site, api: Api, work_off: WorkOff, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await site.add_user("other")
    report = await reported(api, other, await keep(site, other, archive), work_off)
    make_posts = posts.make_posts
    calls = 0

    async def dies_once(making: Making, taken: Sequence[Taken], folder: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError("away")
        await make_posts(making, taken, folder)

    monkeypatch.setattr(groups, "make_posts", dies_once)
    monkeypatch.setattr(run, "MADE_TOGETHER", 1)
    assert (await api.post(f"{IMPORTS}/{report['id']}/start", {}, user=other)).status == 202
    await work_off()
    await site.pool.execute("UPDATE work SET due_at = now()")
    await work_off()
    done = (await api.get(f"{IMPORTS}/{report['id']}", user=other)).json
    assert (done["status"], done["made_count"], done["failed_count"]) == ("completed", 18, 0)
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE owner_id = $1", other) == 3


async def test_item_that_another_attempt_has_made_is_not_made_again(
    site: Site, api: Api, work_off: WorkOff, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was frozen for an hour has read its items before."""
    other = await site.add_user("other")
    report = await reported(api, other, await keep(site, other, archive), work_off)
    make_posts = posts.make_posts
    refused: list[int] = []

    async def twice(making: Making, taken: Sequence[Taken], folder: Path) -> None:
        await make_posts(making, taken, folder)
        again = folder / "again"
        again.mkdir()
        with pytest.raises(LeaseLostError):
            await make_posts(making, taken, again)
        refused.append(len(taken))

    monkeypatch.setattr(groups, "make_posts", twice)
    done = await made(api, other, report["id"], work_off)
    assert refused == [3]
    assert (done["status"], done["made_count"], done["failed_count"]) == ("completed", 18, 0)
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE owner_id = $1", other) == 3


async def test_what_is_made_while_the_undo_has_begun_is_not_kept(
    site: Site, api: Api, work_off: WorkOff, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled and undone at once: the attempt goes on until its next heartbeat, and the undo had run by then."""
    other = await site.add_user("other")
    report = await reported(api, other, await keep(site, other, archive), work_off)
    path, make_posts = f"{IMPORTS}/{report['id']}", posts.make_posts

    async def late(making: Making, taken: Sequence[Taken], folder: Path) -> None:
        for call in ("cancel", "undo"):
            assert (await api.post(f"{path}/{call}", None, user=other)).status in (200, 202)
        await site.pool.execute("UPDATE imports SET status = 'running'")  # as another worker's undo
        await make_posts(making, taken, folder)

    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", HANG_SECONDS)
    monkeypatch.setattr(groups, "make_posts", late)
    assert (await api.post(f"{path}/start", {}, user=other)).status == 202
    await work_off()
    undone = (await api.get(path, user=other)).json
    assert (undone["stage"], undone["status"], undone["made_count"]) == ("undo", "completed", 0)
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE owner_id = $1", other) == 0


async def test_undo_leaves_a_rule_that_is_changed_just_then(site: Site) -> None:
    artist, pool = await site.add_user("artist"), site.pool
    item = SettingItem(title="Rule", rule=Rule(is_on=True))
    await pool.execute(
        """INSERT INTO publishing_rule (user_id, is_on, weekdays, times, time_zone)
           VALUES ($1, true, '{1,2,3,4,5}', '{18:00}', 'UTC')""",
        artist,
    )

    async def drop() -> bool:
        async with pool.acquire() as connection, connection.transaction():
            return await drop_setting(connection, item, artist, user_id=artist)

    async with pool.acquire() as connection, connection.transaction():
        await lock_desk(connection, user_id=artist)
        await connection.execute("UPDATE publishing_rule SET is_paused = true")
        dropping = asyncio.create_task(drop())
        assert await waits_for_a_lock(pool, dropping)
    assert not await dropping
    assert await pool.fetchval("SELECT is_paused FROM publishing_rule")


def rewritten(archive: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The archive with other contents; None leaves one out."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            if (data := change(name, source.read(name))) is not None:
                copy.writestr(name, data)
    return target.getvalue()


async def test_changed_takeout_is_refused_in_a_sentence(
    site: Site, api: Api, work_off: WorkOff, archive: bytes
) -> None:
    other = await site.add_user("other")
    forged = rewritten(archive, lambda name, data: data.replace(b"Dusk", b"Dawn") if name.endswith(".jsonl") else data)
    for data, sentence in (
        (forged, "was changed after it was taken out"),
        (rewritten(archive, lambda name, data: None if name == "data/packs.jsonl" else data), "is missing"),
        (rewritten(archive, lambda name, data: b"{}" if name == "pmd.json" else data), "“pmd.json” is damaged"),
        (rewritten(archive, lambda name, data: data if name == "index.html" else None), "no form that can be imported"),
        (archive[:-30], "list of files is damaged"),
    ):
        report = await reported(api, other, await keep(site, other, data), work_off)
        assert report["status"] == "failed"
        assert sentence in report["error_message"], report
    assert await site.pool.fetchval("SELECT count(*) FROM import_item") == 0


async def test_file_with_other_bytes_than_listed_is_left_out(
    site: Site, api: Api, work_off: WorkOff, archive: bytes
) -> None:
    other = await site.add_user("other")
    swapped = rewritten(archive, lambda name, data: picture(9) if name == "library/tree.png" else data)
    report = await reported(api, other, await keep(site, other, swapped), work_off)
    done = await made(api, other, report["id"], work_off)
    assert (done["status"], done["made_count"], done["failed_count"]) == ("completed", 17, 1)
    (failed,) = (await api.get(f"{IMPORTS}/{report['id']}/items?state=failed", user=other)).json["items"]
    assert (failed["title"], failed["message"]) == ("tree.png", "Its bytes are not those that the archive names.")


@pytest.mark.parametrize(
    ("bomb", "message"),
    [("library/tree.png", "Your library has not enough room."), ("posts/", "Posts can have at most")],
)
async def test_bombs_are_refused_before_they_are_unpacked(
    site: Site, api: Api, work_off: WorkOff, archive: bytes, monkeypatch: pytest.MonkeyPatch, bomb: str, message: str
) -> None:
    other = await site.add_user("other")
    armed = rewritten(archive, lambda name, data: b"\0" * 30_000_000 if is_of(name, bomb) else data)
    report = await reported(api, other, await keep(site, other, armed), work_off)
    sizes: list[int] = []
    original = groups._unpack

    def unpack(source: Path, entry: Entry, target: Path) -> Digest:
        sizes.append(entry.size)
        return original(source, entry, target)

    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        most = max(each.file_size for each in opened.infolist() if is_of(each.filename, "library/"))

    async def allowance(*_arguments: Any, **_options: Any) -> Allowance:
        none = {"used_bytes": 0, "reserved_bytes": 0, "file_count": 0, "reserved_files": 0}
        return Allowance(limit_bytes=most, max_files=100, **none)

    monkeypatch.setattr(groups, "_unpack", unpack)
    monkeypatch.setattr(groups, "read_allowance", allowance)
    await made(api, other, report["id"], work_off)
    assert 0 < max(sizes) < 1_000_000
    failed = (await api.get(f"{IMPORTS}/{report['id']}/items?state=failed", user=other)).json["items"]
    assert any(message in each["message"] for each in failed)
    taken = "SELECT sum(size_bytes) FROM asset WHERE user_id = $1 AND type = 'image'"
    assert 0 < await site.pool.fetchval(taken, other) <= most, "of several files those that fit"


def is_of(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and not name.endswith(".json")


async def test_reports_of_a_user_are_bounded(
    site: Site, api: Api, work_off: WorkOff, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await site.add_user("other")
    kept = await keep(site, other, archive)
    archives = [kept, await keep(site, other, archive + b" "), await keep(site, other, archive + b"  ")]
    first, second = [await reported(api, other, each, work_off) for each in archives[:2]]
    monkeypatch.setattr(lifecycle, "MAX_KEPT_ITEMS", first["item_count"])
    third = await reported(api, other, archives[2], work_off)
    left = [each["id"] for each in (await api.get(IMPORTS, user=other)).json["items"]]
    assert left == [third["id"], second["id"]]
    assert first["id"] not in left


async def test_failed_report_leaves_no_items(
    site: Site, api: Api, work_off: WorkOff, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await site.add_user("other")
    monkeypatch.setattr(run, "PAGE", 2)
    monkeypatch.setattr(run, "MAX_ITEMS", 3)
    report = await reported(api, other, await keep(site, other, archive), work_off)
    assert (report["status"], report["error_message"]) == ("failed", "The archive has more than 3 items.")
    assert await site.pool.fetchval("SELECT count(*) FROM import_item") == 0


async def test_only_a_zip_of_ones_own_library_is_imported(site: Site, api: Api) -> None:
    artist, stranger = await site.add_user("artist"), await site.add_user("stranger")
    theirs = await keep(site, stranger, b"PK")
    assert (await api.post(IMPORTS, {"asset_id": theirs}, user=artist)).status == 404
    no_zip = await site.add_asset(artist, b"1", name="a.png")
    assert (await api.post(IMPORTS, {"asset_id": no_zip}, user=artist)).status == 409


@pytest.mark.parametrize("verb", ["start", "undo"])
async def test_owner_and_operator_restarting_an_import_do_not_deadlock(site: Site, api: Api, verb: str) -> None:
    artist = await site.add_user("artist")
    import_id = await site.pool.fetchval(
        """INSERT INTO imports (user_id, requested_by, asset_id, name, stage, status, made_count)
           VALUES ($1, $1, 7, 'a.zip', 'import', 'failed', 1) RETURNING id""",
        artist,
    )
    await site.pool.execute(
        """INSERT INTO work (kind, subject, user_id, title, state, ended_at)
           VALUES ('import', $1, $2, 'a.zip', 'failed', now())""",
        str(import_id),
        artist,
    )
    async with site.pool.acquire() as operator, operator.transaction():
        await operator.execute("SELECT FROM work FOR UPDATE")
        restarting = asyncio.create_task(api.post(f"{IMPORTS}/{import_id}/{verb}", {}, user=artist))
        assert await waits_for_a_lock(site.pool, restarting)
        await operator.execute("SELECT FROM imports FOR UPDATE NOWAIT")
    assert (await restarting).status == 202


async def test_imports_are_listed_and_cancelled(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user("artist")
    archives = [await keep(site, artist, b"PK%d" % number) for number in range(3)]
    first, second, third = [await api.post(IMPORTS, {"asset_id": each}, user=artist) for each in archives]
    assert (first.status, second.status, third.status) == (202, 202, 429)
    assert [each["id"] for each in (await api.get(IMPORTS, user=artist)).json["items"]] == [
        second.json["id"],
        first.json["id"],
    ]
    path = f"{IMPORTS}/{first.json['id']}"
    assert (await api.post(f"{path}/cancel", None, user=artist)).json["status"] == "cancelled"
    assert (await api.post(f"{path}/cancel", None, user=artist)).status == 409
    assert datetime.fromisoformat((await api.get(path, user=artist)).json["completed_at"])
