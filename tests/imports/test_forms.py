"""Archives of other places: dates, warnings, alt texts and tags arrive; what has no place here is in the report."""

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pmd_service.base.database import Pool

from ..conftest import WorkOff
from ..site import Api, Site
from ..uploads.pictures import picture
from .read import read
from .test_imports import counts, keep, made, reported, with_a_place

pytestmark = pytest.mark.own_tables  # a site's posts are not made from here

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
FOLLOWERS = "https://social.example/users/ada/followers"


def packed(files: Mapping[str, bytes | dict[str, Any]]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return target.getvalue()


def note(content: str, *files: tuple[str, str | None], **more: Any) -> dict[str, Any]:
    """A post as Mastodon's archives have it."""
    attachments = [
        {
            "type": "Document",
            "mediaType": "image/png",
            "url": url,
            "name": alt,
            "width": 8,
            "height": 8,
            "focalPoint": [0, 0],
        }
        for url, alt in files
    ]
    given = {
        "id": "https://social.example/users/ada/statuses/1",
        "type": "Note",
        "summary": None,
        "inReplyTo": None,
        "published": "2019-05-04T12:30:15Z",
        "to": [PUBLIC],
        "cc": [FOLLOWERS],
        "sensitive": False,
        "content": content,
        "contentMap": {"en": content},
        "attachment": attachments,
        "tag": [],
        "replies": {"type": "Collection"},
    } | more
    return {"id": f"{given['id']}/activity", "type": "Create", "published": given["published"], "object": given}


BOOST = {"type": "Announce", "published": "2019-05-04T12:31:00Z", "object": "https://other.example/notes/9"}


async def imported(site: Site, api: Api, work_off: WorkOff, archive: bytes) -> tuple[int, dict[str, Any]]:
    """The artist, and the report of what is made by now."""
    artist = await site.add_user("artist")
    report = await reported(api, artist, await keep(site, artist, archive), work_off)
    assert report["status"] == "completed", report
    done = await made(api, artist, report["id"], work_off)
    assert (done["status"], done["failed_count"]) == ("completed", 0), done
    return artist, report


async def posts_of(pool: Pool, artist: int) -> dict[str, Any]:
    rows = await pool.fetch(
        """SELECT posts.*, alt_text, coalesce(content_warnings, '{}') AS content_warnings
             FROM posts LEFT JOIN post_details ON post_id = id
            WHERE posts.owner_id = $1 ORDER BY id""",
        artist,
    )
    return {row["title"]: row for row in rows}


async def test_mastodon_archive_gives_posts_with_dates_and_warnings(site: Site, api: Api, work_off: WorkOff) -> None:
    hashtag = {"type": "Hashtag", "href": "https://social.example/tags/pixelart", "name": "#pixelart"}
    files = "media_attachments/files/110/000/00"
    tree = note(
        '<p>A tree &amp; a <a href="https://x.example/"><span>hill</span></a><br>at night</p><p>Second.</p>',
        (f"/{files}1/original/a.png", "A tree on a hill"),
        (f"https://files.example/bucket/{files}2/original/b.png?1", None),
        summary="spiders",
        sensitive=True,
        tag=[hashtag, {"type": "Mention", "name": "@bea"}],
        **{"to": [FOLLOWERS], "cc": [PUBLIC]},  # unlisted
    )
    followers = note("<p>For friends</p>", (f"{files}3/original/c.png", None), to=[FOLLOWERS], cc=[])
    lost = note("<p>Lost</p>", (f"{files}9/original/d.png", None))
    hostile = [{"type": "Create", "object": {"type": "Note"}}, note("<p>Only words</p>"), BOOST]
    outbox = {"type": "OrderedCollection", "totalItems": 6, "orderedItems": [tree, followers, lost, *hostile]}
    archive = packed(
        {
            "actor.json": {"type": "Person"},
            "outbox.json": outbox,
            f"{files}1/original/a.png": with_a_place(),
            f"{files}2/original/b.png": picture(2),
            f"{files}3/original/c.png": picture(3),
        }
    )
    artist, report = await imported(site, api, work_off, archive)
    assert report["form"] == "mastodon"
    assert counts(report) == {
        ("post", "make", None): 3,
        ("lost", "lose", "not_in_archive"): 1,
        ("lost", "lose", "no_files"): 1,
        ("lost", "lose", "not_readable"): 1,
        ("lost", "lose", "other_people"): 1,
    }
    posts = await posts_of(site.pool, artist)
    assert posts.keys() == {"A tree & a hill (1/2)", "A tree & a hill (2/2)", "For friends"}
    first = posts["A tree & a hill (1/2)"]
    assert first["created_at"] == datetime(2019, 5, 4, 12, 30, 15, tzinfo=UTC)
    text = "A tree & a hill\nat night\n\nSecond."
    assert (first["description"], list(first["hashtags"])) == (text, ["pixelart"])
    assert (first["alt_text"], first["content_warnings"]) == ("A tree on a hill", ["spiders"])
    assert posts["A tree & a hill (2/2)"]["alt_text"] is None
    assert [post["hidden_by_user"] for post in posts.values()] == [False, False, True]
    # A place is published by choice only.
    art = (await api.get(f"/api/pmd/posts/{first['id']}/art", user=artist)).body
    assert (b"eXIf" in with_a_place(), b"eXIf" in art) == (True, False)


async def test_gallery_dl_folders_give_posts_of_four_sites(site: Site, api: Api, work_off: WorkOff) -> None:
    side_files: dict[str, dict[str, Any]] = {
        "deviantart/ada/1_dusk.png": {
            "category": "deviantart", "subcategory": "gallery", "title": "Dusk", "index": 1, "is_mature": True,
            "description": "An <b>evening</b><br>by the sea<script>alert(1)</script>", "date": "2016-09-19 20:22:30",
            "content": {"src": "https://images.example/1.png"}, "tags": ["sea", "dusk"], "author": {"username": "ada"},
            "license": "Creative Commons Attribution 3.0 License", "filename": "1_dusk", "extension": "png",
        },
        "artstation/ada/2.png": {
            "category": "artstation", "subcategory": "user", "title": "Keep", "description": "A castle.",
            "date": "2018-01-14 17:11:47", "tags": ["Castle"], "adult_content": False, "num": 2, "count": 4,
            "hash_id": "LQVJr", "user": {"username": "ada"}, "filename": "2", "extension": "png",
        },
        "pixiv/9 ada/77_p0.png": {
            "category": "pixiv", "subcategory": "user", "id": 77, "title": "夜", "caption": "よる<br />うみ",
            "create_date": "2017-04-25T19:50:24+09:00", "date": "2017-04-25 10:50:24", "num": 0, "count": 2,
            "tags": ["夜", "海"], "rating": "R-18", "x_restrict": 1, "user": {"id": 9}, "extension": "png",
        },
        "twitter/ada/55_1.png": {
            "category": "twitter", "subcategory": "timeline", "tweet_id": 55, "content": "New work! #wip",
            "date": "2020-02-29 23:59:59", "hashtags": ["wip"], "num": 1, "count": 1, "sensitive": False,
            "description": "A boat", "author": {"name": "ada"}, "extension": "png", "lang": "en",
        },
    }  # fmt: skip
    files: dict[str, bytes | dict[str, Any]] = {}
    for number, (name, side_file) in enumerate(side_files.items()):
        files |= {name: picture(number), f"{name}.json": side_file}
    avatar = {"category": "deviantart", "subcategory": "avatar", "title": "avatar", "date": "1970-01-01 00:00:00"}
    files |= {"deviantart/ada/avatar.png": picture(7), "deviantart/ada/avatar.png.json": avatar}
    files |= {"twitter/ada/56_1.png.json": side_files["twitter/ada/55_1.png"]}
    files |= {"extra/plain.png": picture(8), "extra/odd.png": picture(9), "extra/odd.png.json": b"\xff{"}
    artist, report = await imported(site, api, work_off, packed(files))
    assert report["form"] == "gallery_dl"
    assert counts(report) == {
        ("file", "make", None): 3,
        ("lost", "lose", "no_date"): 1,
        ("post", "make", None): 3,
        ("post", "change", "license_unknown"): 1,
        ("lost", "lose", "not_in_archive"): 1,
        ("lost", "lose", "not_readable"): 1,
    }
    posts = await posts_of(site.pool, artist)
    dates = {title: post["created_at"].isoformat() for title, post in posts.items()}
    assert dates == {
        "Dusk": "2016-09-19T20:22:30+00:00",
        "Keep (2/4)": "2018-01-14T17:11:47+00:00",
        "夜 (1/2)": "2017-04-25T10:50:24+00:00",
        "New work!": "2020-02-29T23:59:59+00:00",
    }
    texts = [post["description"] for post in posts.values()]
    assert texts == [
        "An evening\nby the sea",
        "A castle.",
        "よる\nうみ",
        "New work! #wip",
    ]
    mature = ["mature content"]
    assert [post["content_warnings"] or [] for post in posts.values()] == [mature, [], mature, []]
    assert [post["alt_text"] for post in posts.values()] == [None, None, None, "A boat"]
    assert [list(post["hashtags"]) for post in posts.values()] == [["sea", "dusk"], ["castle"], ["夜", "海"], ["wip"]]
    rows = await site.pool.fetch("SELECT original_path FROM asset WHERE user_id = $1 AND type = 'image'", artist)
    assert {row[0] for row in rows} == {"extra/plain.png", "extra/odd.png", "deviantart/ada/avatar.png"}


def test_only_boosts_of_an_outbox_are_reported_as_such(tmp_path: Path) -> None:
    """Other programs write archives of that form, too, with what people liked and deleted."""
    types = ("Announce", "Announce", "Like", "Delete", "Create")
    activities = [{"type": each, "object": "https://social.example/1"} for each in types]
    updated = note("<p>Updated</p>", ("media_attachments/files/1/a.png", None)) | {"type": "Update"}
    _, items = read(packed({"outbox.json": {"orderedItems": [*activities, updated]}}), tmp_path)
    assert {(item["title"], item["count"]) for item in items} == {("Boosts", 2), ("Activities of another kind", 4)}


def test_pixivs_own_marks_of_a_work_are_read(tmp_path: Path) -> None:
    """Dumps of older versions have no “rating” and no “count”."""
    side_file = {
        "category": "pixiv", "title": "Night", "date": "2024-01-02 03:04:05", "num": 0, "page_count": 2,
        "x_restrict": 1, "illust_ai_type": 2,
    }  # fmt: skip
    plain = side_file | {"num": 1, "x_restrict": 0, "illust_ai_type": 1}
    pictures = {"7_p0.png": picture(1), "7_p1.png": picture(2)}
    _, (first, second) = read(packed({**pictures, "7_p0.png.json": side_file, "7_p1.png.json": plain}), tmp_path)
    assert [post["title"] for post in (first, second)] == ["Night (1/2)", "Night (2/2)"]
    assert [post["content_warnings"] for post in (first, second)] == [["mature content"], []]
    assert [post.get("ai_disclosure") for post in (first, second)] == ["generated", None]


async def test_imported_archive_of_another_site_is_present_the_next_time(
    site: Site, api: Api, work_off: WorkOff
) -> None:
    title = "A title that is far too long for this site, and has to be cut somewhere before its end is reached. " * 3
    pair = note(f"<p>{title}</p>", ("media_attachments/a.png", None), ("media_attachments/b.png", None))
    archive = packed(
        {
            "outbox.json": {"orderedItems": [pair]},
            "media_attachments/a.png": picture(1),
            "media_attachments/b.png": picture(2),
        }
    )
    artist, report = await imported(site, api, work_off, archive)
    again = await reported(api, artist, report["asset_id"], work_off)
    assert counts(again) == {("post", "present", None): 2}


async def test_mastodon_archive_as_tar_gz_is_imported(site: Site, api: Api, work_off: WorkOff) -> None:
    """As servers before 4.2 write it."""
    create = note("<p>Old</p>", ("media_attachments/a.png", None))
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as tar:
        for name, data in (
            ("media_attachments/a.png", picture(1)),
            ("outbox.json", json.dumps({"orderedItems": [create]})),
        ):
            member = tarfile.TarInfo(name)
            content = data.encode() if isinstance(data, str) else data
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    artist = await site.add_user("artist")
    kept = await keep(site, artist, target.getvalue(), name="archive-20180101-abc.tar.gz")
    report = await reported(api, artist, kept, work_off)
    assert (report["form"], counts(report)) == ("mastodon", {("post", "make", None): 1})
    done = await made(api, artist, report["id"], work_off)
    assert (done["status"], done["made_count"]) == ("completed", 1)
    assert (await posts_of(site.pool, artist)).keys() == {"Old"}
