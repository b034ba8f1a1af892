"""Posts of an archive as drafts, and the form of an archive chosen by hand."""

from typing import Any

import pytest

from pmd_service.desk import edits
from pmd_service.desk.due import add_due
from pmd_service.work.context import WorkerContext

from ..conftest import WorkOff
from ..site import Api, Site
from ..uploads.pictures import picture
from .test_forms import note, packed
from .test_imports import DRAFTS, IMPORTS, archive, contents, counts, keep, made, reported, taken_out
from .test_reports import DUMP

__all__ = ["archive"]

pytestmark = pytest.mark.own_tables  # a site's posts are not made from here


def mastodon(*more: tuple[str, bytes]) -> bytes:
    """Three posts with a picture each, two of them with the same one."""
    tag = {"type": "Hashtag", "href": "https://social.example/tags/sea", "name": "#sea"}
    notes = [
        note("<p>Dusk</p>", ("/media/a.png", "A harbour"), tag=[tag], summary="Flashing"),
        note("<p>Morning</p>", ("/media/b.png", None), published="2020-05-04T12:30:15Z"),
        note("<p>Again</p>", ("/media/b.png", None), published="2021-05-04T12:30:15Z"),
    ]
    files = {"outbox.json": {"type": "OrderedCollection", "orderedItems": notes}}
    return packed({**files, "actor.json": {}, "media/a.png": picture(1), "media/b.png": picture(2), **dict(more)})


async def drafts_of(api: Api, artist: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await api.get(DRAFTS, user=artist)).json["items"]
    return items


async def test_posts_become_drafts_that_keep_their_dates(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user("artist")
    report = await reported(api, artist, await keep(site, artist, mastodon()), work_off)
    done = await made(api, artist, report["id"], work_off, posts_as="drafts")
    assert (done["status"], done["made_count"], done["failed_count"]) == ("completed", 2, 0), done
    first, second = await drafts_of(api, artist)
    assert (first["title"], first["hashtags"], first["alt_text"]) == ("Dusk", ["sea"], "A harbour")
    assert (first["content_warnings"], first["status"], first["due_at"]) == (["Flashing"], "draft", None)
    assert (first["posted_at"], second["posted_at"]) == ("2019-05-04T12:30:15Z", "2020-05-04T12:30:15Z")
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE owner_id = $1", artist) == 0
    items = (await api.get(f"{IMPORTS}/{report['id']}/items", user=artist)).json["items"]
    assert [(each["state"], each["made_kind"], each["made_id"]) for each in items] == [
        ("made", "draft", first["id"]), ("made", "draft", second["id"]), ("present", "draft", second["id"]),
    ]  # fmt: skip


async def test_post_that_can_only_be_a_file_becomes_no_draft(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user("artist")
    dump = packed({name: DUMP[name] for name in ("dusk.png", "dusk.png.json", "scan.tiff", "scan.tiff.json")})
    report = await reported(api, artist, await keep(site, artist, dump), work_off)
    done = await made(api, artist, report["id"], work_off, posts_as="drafts")
    assert (done["status"], done["made_count"], done["failed_count"]) == ("completed", 2, 0), done
    assert [each["title"] for each in await drafts_of(api, artist)] == ["Dusk"]
    files = await site.pool.fetch("SELECT file_format FROM asset WHERE type = 'image' ORDER BY file_format")
    assert [row["file_format"] for row in files] == ["png", "tiff"]


async def test_draft_of_an_import_is_published_with_its_date(
    site: Site, api: Api, work_off: WorkOff, worker: WorkerContext
) -> None:
    artist = await site.add_user("artist")
    report = await reported(api, artist, await keep(site, artist, mastodon()), work_off)
    await made(api, artist, report["id"], work_off, posts_as="drafts")
    old, new = [each["id"] for each in await drafts_of(api, artist)]
    change = {"alt_text": "A harbour", "license_id": 2}
    for draft, fields in ((old, {**change, "title": "Renamed"}), (new, {**change, "posted_at": None})):
        assert (await api.call("PATCH", f"{DRAFTS}/{draft}", user=artist, json=fields)).status == 200
    body = {"draft_ids": [old, new], "at": "2040-01-01T00:00:00Z"}
    assert (await api.post(f"{DRAFTS}/schedule", body, user=artist)).status == 200
    await site.pool.execute("UPDATE draft SET due_at = now()")
    await add_due(worker)
    await work_off()
    rows = await site.pool.fetch("SELECT title, created_at > now() - interval '1 day' AS is_new FROM posts")
    assert {row["title"]: row["is_new"] for row in rows} == {"Renamed": False, "Morning": True}
    # What has become of the drafts is here already.
    report = await reported(api, artist, report["asset_id"], work_off)
    assert counts(report) == {("post", "present", None): 1, ("post", "make", None): 2}


@pytest.mark.parametrize("at", ["2050-01-01T00:00:00Z", "1800-01-01T00:00:00Z"])
async def test_draft_cannot_have_an_impossible_date(site: Site, api: Api, at: str) -> None:
    artist = await site.add_user("artist")
    file = await site.add_asset(artist, picture(1), name="a.png")
    (item,) = (await api.post(DRAFTS, {"asset_ids": [file]}, user=artist)).json["items"]
    refused = await api.call("PATCH", f"{DRAFTS}/{item['draft_id']}", user=artist, json={"posted_at": at})
    assert refused.status == 422


async def test_drafts_imported_twice_change_nothing(site: Site, api: Api, work_off: WorkOff, archive: bytes) -> None:
    for name, data in {"other": mastodon(), "another": archive}.items():
        other = await site.add_user(name)
        kept = await keep(site, other, data)
        report = await reported(api, other, kept, work_off)
        await made(api, other, report["id"], work_off, posts_as="drafts")
        before = await drafts_of(api, other)
        again = await reported(api, other, kept, work_off)
        new = {key: count for key, count in counts(again).items() if key[1] in ("make", "change")}
        # The same picture a second time is no second draft, and no first one either.
        assert new == ({("post", "make", None): 1} if data != archive else {}), again["report"]
        done = await made(api, other, again["id"], work_off, posts_as="drafts")
        assert (done["status"], done["made_count"], done["failed_count"]) == ("completed", 0, 0)
        assert await drafts_of(api, other) == before


async def test_drafts_of_a_takeout_use_the_files_of_the_library(
    site: Site, api: Api, work_off: WorkOff, archive: bytes
) -> None:
    other = await site.add_user("other")
    report = await reported(api, other, await keep(site, other, archive), work_off)
    done = await made(api, other, report["id"], work_off, posts_as="drafts")
    assert (done["status"], done["failed_count"]) == ("completed", 0), done
    drafts = {each["title"]: each for each in await drafts_of(api, other)}
    assert drafts.keys() == {"Dusk", "tree", "place", "Later", "some day"}
    assert {each["file"]["name"] for each in drafts.values()} == {
        "hero.png", "tree.png", "place.png", "later.png", "some day.png",
    }  # fmt: skip
    dusk, later = drafts["Dusk"], drafts["Later"]
    assert (dusk["series_name"], dusk["alt_text"], dusk["ai_disclosure"]) == ("Coast", "A lamp.", "assisted")
    assert (drafts["place"]["marks"], drafts["tree"]["is_hidden"]) == ("keep", True)
    assert (later["status"], later["due_at"], later["series_name"]) == ("scheduled", "2040-01-01T18:00:00Z", "Coast")
    assert await site.pool.fetchval("SELECT count(*) FROM asset WHERE user_id = $1 AND type = 'image'", other) == 5


async def test_undo_removes_drafts_that_nobody_has_changed(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user("artist")
    before = await site.add_asset(artist, picture(2), name="mine.png")
    report = await reported(api, artist, await keep(site, artist, mastodon()), work_off)
    await made(api, artist, report["id"], work_off, posts_as="drafts")
    path = f"{IMPORTS}/{report['id']}"
    assert (await api.post(f"{path}/undo", None, user=artist)).status == 202
    await work_off()
    assert (await api.get(path, user=artist)).json["made_count"] == 0
    assert await drafts_of(api, artist) == []
    left = await site.pool.fetch("SELECT id FROM asset WHERE deleted_at IS NULL AND type = 'image'")
    assert [row["id"] for row in left] == [before]  # it was here before
    report = await reported(api, artist, report["asset_id"], work_off)
    await made(api, artist, report["id"], work_off, posts_as="drafts")
    first, _ = await drafts_of(api, artist)
    await api.call("PATCH", f"{DRAFTS}/{first['id']}", user=artist, json={"title": "Mine"})
    assert (await api.post(f"{IMPORTS}/{report['id']}/undo", None, user=artist)).status == 202
    await work_off()
    assert [each["title"] for each in await drafts_of(api, artist)] == ["Mine"]


async def test_import_makes_no_more_drafts_than_there_can_be(
    site: Site, api: Api, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edits, "MAX_DRAFTS", 1)
    artist = await site.add_user("artist")
    report = await reported(api, artist, await keep(site, artist, mastodon()), work_off)
    done = await made(api, artist, report["id"], work_off, posts_as="drafts")
    assert (done["made_count"], done["failed_count"]) == (1, 2)
    assert len(await drafts_of(api, artist)) == 1
    assert await site.pool.fetchval("SELECT count(*) FROM asset WHERE type = 'image'") == 1


async def test_scheduled_draft_whose_day_has_passed_is_a_draft(
    site: Site, api: Api, work_off: WorkOff, archive: bytes
) -> None:
    artist = await site.pool.fetchval("SELECT user_id FROM draft LIMIT 1")
    await site.pool.execute("UPDATE draft SET due_at = now() + interval '1 hour' WHERE due_at IS NOT NULL")
    later = await taken_out(site, api, artist, work_off)
    other = await site.add_user("other")
    kept = await keep(site, other, later)
    report = await reported(api, other, kept, work_off)
    assert (counts(report)["draft", "make", None], counts(report)["draft", "make", "scheduled"]) == (1, 1)
    await site.pool.execute(
        """UPDATE import_item SET item = jsonb_set(item, '{due_at}', to_jsonb('2020-01-01T00:00:00Z'::text))
            WHERE item ->> 'due_at' IS NOT NULL"""
    )
    await made(api, other, report["id"], work_off)
    assert {each["status"] for each in await drafts_of(api, other)} == {"draft"}
    assert len(contents(later)["drafts"]) == 2


async def test_form_of_an_archive_can_be_chosen_by_hand(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user("artist")
    table = b"file,title,date\r\nmedia/a.png,Of the table,2022-01-01\r\n"
    kept = await keep(site, artist, mastodon(("media/list.csv", table)))
    guessed = await reported(api, artist, kept, work_off)
    assert (guessed["form"], guessed["report"]["forms"]) == ("mastodon", ["mastodon", "table"])
    accepted = await api.post(IMPORTS, {"asset_id": kept, "form": "table"}, user=artist)
    await work_off()
    chosen = (await api.get(accepted.headers["Location"], user=artist)).json
    assert (chosen["form"], chosen["report"]["columns"]) == (
        "table",
        {"file": "file", "title": "title", "date": "date"},
    )
    # The guess is forgotten.
    assert [each["id"] for each in (await api.get(IMPORTS, user=artist)).json["items"]] == [chosen["id"]]
    accepted = await api.post(IMPORTS, {"asset_id": kept, "form": "instagram"}, user=artist)
    await work_off()
    refused = (await api.get(accepted.headers["Location"], user=artist)).json
    assert (refused["status"], refused["form"]) == ("failed", None)
    assert refused["error_message"].startswith("This archive is not of the form that was chosen: an Instagram export")
    assert (await api.post(IMPORTS, {"asset_id": kept, "form": "tumblr"}, user=artist)).status == 422
