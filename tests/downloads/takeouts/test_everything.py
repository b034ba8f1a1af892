"""What a takeout has: everything, in documents that their schemas describe and other programs read."""

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.packs.digests import compute_digests
from pmd_service.portable.schemas import render_schemas
from pmd_service.work.context import WorkerContext

from ...conftest import WorkOff
from ...packs.conftest import Artist
from ...packs.test_packs import PACKS, make
from ...portable_schemas import SCHEMAS
from ...site import BORN, Api, Site

TAKEOUT = "/api/pmd/takeout"
HOSTILE = '</p><script>alert("1")</script><img src=x onerror=alert(2)>'


async def take_out(api: Api, user: int, work_off: WorkOff, **body: Any) -> zipfile.ZipFile:
    """The whole archive of a new takeout."""
    accepted = await api.post(TAKEOUT, body, user=user)
    assert accepted.status == 202, accepted
    await work_off()
    takeout = (await api.get(accepted.headers["Location"], user=user)).json
    assert takeout["status"] == "ready", takeout
    archive = zipfile.ZipFile(io.BytesIO((await api.get(takeout["download_url"], user=user)).body))
    assert archive.testzip() is None
    return archive


def lines(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(f"data/{name}.jsonl").splitlines()]


async def later(site: Site) -> None:
    """Another takeout is allowed, and what is done from now on is newer than the one before."""
    await site.pool.execute("UPDATE takeouts SET created_at = created_at - interval '1 day'")


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    return msgspec.structs.replace(settings, archives=getattr(request, "param", settings.archives))


@pytest.fixture
async def artist(site: Site) -> int:
    return await site.add_user("artist", email="artist@example.org")


async def live(site: Site, api: Api, artist: int, work_off: WorkOff, worker: WorkerContext) -> dict[str, int]:
    """Posts, files, a pack, comments, reactions, a key and a webhook, with hostile texts."""
    stranger = await site.add_user("stranger")
    post = await site.add_post(artist, b"art", title=HOSTILE, description="1 < 2\nand more", hashtags=["sea", "dusk"])
    foreign = await site.add_post(stranger, b"theirs")
    await site.add_comment(post, HOSTILE, author_id=stranger)
    await site.add_comment(post, "Hidden", author_id=stranger, hidden_by_mod=True)
    await site.add_comment(foreign, "Lovely!", author_id=artist)
    await site.add_reactions(post, "🔥", 3)
    await site.pool.execute("INSERT INTO reactions (post_id, user_id, emoji) VALUES ($1, $2, '+')", foreign, artist)
    columns = {"note": "For the title", "rating": 4, "hashtags": ["hero"], "license_id": 2, "post_id": post}
    file = await site.add_asset(artist, b"hero", name="hero.png", original_path="Sheets/hero.png", **columns)
    double = await site.add_asset(artist, b"other", name="HERO.png", original_path="sheets/HERO.png", approved=True)
    await site.add_asset(artist, b"gone", name="gone.png", deleted_at=BORN)
    pack = await make(api, Artist(site, artist), [double], name="Heroes", theme="fantasy")
    assert (await api.post(f"{PACKS}/{pack}/export", {"version": "1.0.0"}, user=artist)).status == 202
    key = await api.post("/api/pmd/keys", {"name": "A", "scopes": ["posts:read"], "expires_in_days": 1}, user=artist)
    assert key.status == 201
    hook = {"url": "https://hooks.example/services/T0/secret?token=1", "events": ["post.made"]}
    assert (await api.post("/api/pmd/webhooks", hook, user=artist)).status == 201
    kept = {"name": "Sea", "filter": {"hashtag": "sea", "rating": 3}}
    assert (await api.post("/api/pmd/smart-folders", kept, user=artist)).status == 201
    await site.pool.execute("INSERT INTO tag_color VALUES ($1, 'sea', 'teal')", artist)
    await work_off()
    await compute_digests(worker)
    return {"post": post, "file": file, "double": double, "pack": pack, "foreign": foreign}


@pytest.mark.parametrize("settings", ["sparse", "whole"], indirect=True)
async def test_takeout_has_everything_and_matches_its_schemas(
    site: Site, api: Api, artist: int, work_off: WorkOff, worker: WorkerContext
) -> None:
    made = await live(site, api, artist, work_off, worker)
    with await take_out(api, artist, work_off) as archive:
        names = archive.namelist()
        assert len({name.casefold() for name in names}) == len(names)
        (post,), files, (pack,) = lines(archive, "posts"), lines(archive, "files"), lines(archive, "packs")
        sqid = site.sqid(made["post"])
        assert (post["id"], post["title"], post["hashtags"]) == (sqid, HOSTILE, ["sea", "dusk"])
        assert post["file"]["sha256"] == hashlib.sha256(archive.read(post["file"]["path"])).hexdigest()
        assert [file["file"]["path"] for file in files] == ["library/Sheets/hero.png", "library/sheets/HERO-2.png"]
        assert archive.read("library/sheets/HERO-2.png") == b"other"
        hero = files[0]
        assert (hero["note"], hero["rating"], hero["license"], hero["post"]) == ("For the title", 4, "CC-BY-4.0", sqid)
        assert (pack["name"], pack["theme"], pack["license_type"]) == ("Heroes", "fantasy", "royalty_free")
        assert pack["files"] == [{"sha256": hashlib.sha256(b"other").hexdigest(), "notes": None, "path": None}]
        (edition,) = pack["editions"]
        built = await api.get(f"{PACKS}/{made['pack']}/download", user=artist)
        assert archive.read(edition["file"]["path"]) == built.body
        comments = lines(archive, "comments")
        assert {(each["body"], each["is_own"]) for each in comments} == {(HOSTILE, False), ("Lovely!", True)}
        reactions = lines(archive, "reactions")
        assert {(each["emoji"], each["count"], each["is_own"]) for each in reactions} == {
            ("🔥", 3, False),
            ("+", 1, True),
        }
        side_file = json.loads(archive.read(f"{post['file']['path']}.json"))
        assert (side_file["category"], side_file["tags"], side_file["extension"]) == ("pmd", ["sea", "dusk"], "png")
        check_documents(archive)
        settings = json.loads(archive.read("data/settings.json"))
        (smart,) = settings["smart_folders"]
        assert (smart["name"], smart["filter"], smart["order"]) == ("Sea", {"hashtag": "sea", "rating": 3}, None)
        assert settings["tags"] == [{"name": "sea", "color": "teal"}]
        assert (settings["email"], settings["webhooks"][0]["host"]) == ("artist@example.org", "hooks.example")
        for name in names:
            assert b"secret" not in archive.read(name) or name.startswith(("schemas/", "packs/")), name


async def test_contents_of_a_takeout_are_counted_before_it_is_made(
    site: Site, api: Api, artist: int, work_off: WorkOff, worker: WorkerContext
) -> None:
    made = await live(site, api, artist, work_off, worker)
    await site.pool.execute("UPDATE posts SET file_bytes = 3 WHERE id = $1", made["post"])
    assert (await api.post("/api/pmd/drafts", {"asset_ids": [made["double"]]}, user=artist)).status == 200
    found = (await api.get(f"{TAKEOUT}/contents", user=artist)).json
    edition_bytes = found.pop("edition_bytes")
    assert edition_bytes == len((await api.get(f"{PACKS}/{made['pack']}/download", user=artist)).body)
    assert found == {
        "post_count": 1, "post_bytes": 3, "file_count": 2, "file_bytes": len(b"hero") + len(b"other"),
        "pack_count": 1, "edition_count": 1, "draft_count": 1, "scheduled_count": 0, "series_count": 0,
        "key_count": 1, "webhook_count": 1,
    }  # fmt: skip


def check_documents(archive: zipfile.ZipFile) -> None:
    """Every document is as its schema in the archive says, and has the hash that is listed."""
    schemas = {name: jsonschema.Draft202012Validator(json.loads(text)) for name, text in render_schemas().items()}
    for name, text in render_schemas().items():
        assert archive.read(f"schemas/{name}") == text
    manifest = json.loads(archive.read("pmd.json"))
    schemas["pmd.schema.json"].validate(manifest)
    for document in manifest["documents"]:
        text = archive.read(document["path"])
        assert (hashlib.sha256(text).hexdigest(), len(text)) == (document["sha256"], document["size_bytes"])
        schema = schemas[f"{re.split(r'[/.]', document['path'])[-2]}.schema.json"]
        is_lines = document["lines"] is not None
        for record in text.splitlines() if is_lines else [text]:
            schema.validate(json.loads(record))
        assert not is_lines or len(text.splitlines()) == document["lines"]
    for name in archive.namelist():
        if name.startswith(("posts/", "library/")) and name.endswith(".json"):
            schemas["side-file.schema.json"].validate(json.loads(archive.read(name)))
            assert name.removesuffix(".json") in archive.namelist()


def test_published_schemas_are_current() -> None:
    written = {path.name: path.read_bytes() for path in SCHEMAS.glob("*.json")}
    assert written == render_schemas(), "run `make types`"
    for schema in written.values():
        jsonschema.Draft202012Validator.check_schema(json.loads(schema))


async def test_takeout_outbox_is_an_activitystreams_collection(
    site: Site, api: Api, artist: int, work_off: WorkOff
) -> None:
    shown = await site.add_post(artist, title=HOSTILE, description="a\nb", hashtags=["sea"], created_at=BORN)
    await site.add_post(artist, hidden_by_user=True)
    with await take_out(api, artist, work_off) as archive:
        outbox, actor = json.loads(archive.read("outbox.json")), json.loads(archive.read("actor.json"))
        first, second = outbox["orderedItems"]
        note = first["object"]
        assert archive.read(note["attachment"][0]["url"].removeprefix("/")) == b"pixels"
    assert (outbox["type"], outbox["totalItems"], actor["preferredUsername"]) == ("OrderedCollection", 2, "artist")
    assert note["id"].endswith(f"/posts/{site.sqid(shown)}")
    assert "<script>" not in note["content"]
    assert note["content"].endswith("<p>a<br>b</p>")
    assert [tag["name"] for tag in note["tag"]] == ["#sea"]
    assert datetime.fromisoformat(note["published"]) == BORN.replace(microsecond=0)
    assert (first["to"] == [actor["id"]], second["to"] == [actor["id"]]) == (False, True)


async def test_takeout_pages_run_no_scripts_and_ask_no_server(
    site: Site, api: Api, artist: int, work_off: WorkOff
) -> None:
    await site.add_post(artist, title=HOSTILE, description=HOSTILE, hashtags=["sea"])
    await site.add_asset(artist, name="a b#1?.png", note=HOSTILE)
    with await take_out(api, artist, work_off) as archive:
        pages = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".html")}
    assert set(pages) == {"index.html", "gallery/posts-1.html", "gallery/files-1.html"}
    for page in pages.values():
        assert "<script" not in page
        assert "default-src 'none'" in page
        assert not re.search(r"""(src|href)="(https?:|//)""", page)
        assert "<img src=x" not in page
    assert 'href="../library/a%20b%231_.png"' in pages["gallery/files-1.html"]


async def test_takeout_since_another_has_new_files_and_all_documents(
    site: Site, api: Api, artist: int, work_off: WorkOff, worker: WorkerContext
) -> None:
    await live(site, api, artist, work_off, worker)
    with await take_out(api, artist, work_off) as before:
        names = before.namelist()
    first = (await api.get(TAKEOUT, user=artist)).json["items"][0]["id"]
    await later(site)
    await old(site)
    await site.add_asset(artist, b"new", name="new.png", created_at=datetime.now(UTC))
    with await take_out(api, artist, work_off, since=first) as archive:
        new = {name for name in archive.namelist() if name.startswith(("posts/", "library/", "packs/"))}
        assert {name for name in new if not name.endswith(".json")} == {"library/new.png"}
        assert new - {"library/new.png", "library/new.png.json"} <= set(names), "unpacked over the one before"
        files = {file["file"]["path"]: file["file"]["is_included"] for file in lines(archive, "files")}
        (pack,) = lines(archive, "packs")
        assert sum(files.values()) == 1
        assert set(files) - {"library/new.png"} <= set(names)
        assert (pack["editions"][0]["file"]["is_included"], len(lines(archive, "posts"))) == (False, 1)
        check_manifest_since(json.loads(archive.read("pmd.json")))


def check_manifest_since(manifest: Mapping[str, Any]) -> None:
    assert datetime.fromisoformat(manifest["since"]) < datetime.now(UTC) - timedelta(hours=23)


async def old(site: Site) -> None:
    """What there is was made, and lies in the vault, since two days ago."""
    await site.pool.execute("UPDATE asset SET created_at = now() - interval '2 days'")
    await site.pool.execute("UPDATE posts SET created_at = now() - interval '2 days'")
    await site.pool.execute("UPDATE pack_edition SET built_at = now() - interval '2 days'")
    before = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    for path in (*site.vault.glob("assets/*/*"), *site.vault.glob("art/*")):
        os.utime(path, (before, before))


async def test_takeout_since_nothing_known_is_refused(
    site: Site, api: Api, artist: int, subtests: pytest.Subtests
) -> None:
    await site.add_post(artist)
    for since in ("yesterday", "", "00000000-0000-0000-0000-000000000000", "2026-13-01", "0001-01-01T00:00:00+14:00"):
        with subtests.test(since=since):
            refused = await api.post(TAKEOUT, {"since": since}, user=artist)
            assert (refused.status, refused.json["errors"][0]["path"]) == (422, "$.since")


async def test_takeout_since_a_date_is_of_utc(site: Site, api: Api, artist: int) -> None:
    await site.add_post(artist)
    taken = (await api.post(TAKEOUT, {"since": "2026-01-31"}, user=artist)).json
    assert datetime.fromisoformat(taken["since"]) == datetime(2026, 1, 31, tzinfo=UTC)


async def test_takeout_since_another_users_takeout_is_refused(site: Site, api: Api, artist: int) -> None:
    stranger = await site.add_user("stranger")
    await site.add_post(artist)
    await site.add_post(stranger)
    theirs = (await api.post(TAKEOUT, {}, user=stranger)).json["id"]
    assert (await api.post(TAKEOUT, {"since": theirs}, user=artist)).status == 422


async def test_takeout_of_a_moderator_has_no_settings(site: Site, api: Api, artist: int, work_off: WorkOff) -> None:
    await site.add_post(artist)
    moderator = await site.add_user("mod", roles=["moderator"])
    params = {"target_sqid": site.sqid(artist)}
    accepted = await api.post(TAKEOUT, {}, user=moderator, params=params)
    assert accepted.status == 202, accepted
    await work_off()
    key = await site.pool.fetchval("SELECT file_path FROM batch_download_requests")
    with zipfile.ZipFile(io.BytesIO(await site.archive(key))) as archive:
        assert "data/settings.json" not in archive.namelist()
        assert b"artist@example.org" not in b"".join(map(archive.read, archive.namelist()))


OF_PARTS: list[tuple[list[str], set[str]]] = [
    (["posts"], {"posts", "series", "comments", "reactions"}),
    (["library"], {"files", "reports", "uploads"}),
    (["packs"], {"packs"}),
    (["drafts"], {"drafts", "series"}),
    (["account", "drafts"], {"drafts", "series", "settings"}),
]


@pytest.mark.parametrize(("parts", "documents"), OF_PARTS)
async def test_takeout_of_some_parts_has_these_and_says_so(
    site: Site, api: Api, artist: int, work_off: WorkOff, worker: WorkerContext, parts: list[str], documents: set[str]
) -> None:
    await live(site, api, artist, work_off, worker)
    with await take_out(api, artist, work_off, parts=parts) as archive:
        names = archive.namelist()
        check_documents(archive)
        manifest = json.loads(archive.read("pmd.json"))
        index = archive.read("index.html").decode()
    folders = {name.split("/")[0] for name in names if "/" in name} - {"data", "schemas", "gallery"}
    assert {name.removeprefix("data/").split(".")[0] for name in names if name.startswith("data/")} == documents
    assert folders == {*parts} & {"posts", "library", "packs"}
    assert ("outbox.json" in names, "<h2>Library" in index) == ("posts" in parts, "library" in parts)
    (takeout,) = (await api.get(TAKEOUT, user=artist)).json["items"]
    assert manifest["parts"] == takeout["parts"] == sorted(parts, key="posts library packs drafts account".index)
    assert takeout["name"] == "Takeout"
    counted = {"post_count": "posts", "file_count": "library", "pack_count": "packs"}
    assert {name: takeout[name] > 0 for name in counted} == {name: part in parts for name, part in counted.items()}


async def test_takeout_of_no_known_parts_is_refused(
    site: Site, api: Api, artist: int, subtests: pytest.Subtests
) -> None:
    await site.add_asset(artist, b"file", name="a.png")
    moderator = await site.add_user("mod", roles=["moderator"])
    target = {"target_sqid": site.sqid(artist)}
    for parts, status in (([], 422), (["all"], 422), (["posts", "packs"], 400)):
        with subtests.test(parts=parts):
            assert (await api.post(TAKEOUT, {"parts": parts}, user=artist)).status == status
    assert (await api.post(TAKEOUT, {"parts": ["account"]}, user=moderator, params=target)).status == 422


async def test_takeout_since_another_has_no_more_parts(site: Site, api: Api, artist: int, work_off: WorkOff) -> None:
    await site.add_post(artist)
    await site.add_asset(artist, b"file", name="a.png", created_at=BORN)
    await take_out(api, artist, work_off, parts=["posts", "drafts"])
    first = (await api.get(TAKEOUT, user=artist)).json["items"][0]["id"]
    await later(site)
    refused = await api.post(TAKEOUT, {"since": first, "parts": ["posts", "library"]}, user=artist)
    assert (refused.status, refused.json["errors"][0]["path"]) == (422, "$.since")
    with await take_out(api, artist, work_off, since=first, parts=["posts", "account"]) as archive:
        assert "data/files.jsonl" not in archive.namelist()


async def test_takeout_of_library_files_alone_is_built(site: Site, api: Api, artist: int, work_off: WorkOff) -> None:
    await site.add_asset(artist, b"file", name="a.png")
    with await take_out(api, artist, work_off) as archive:
        assert archive.read("library/a.png") == b"file"
        assert lines(archive, "posts") == []
        assert [name for name in archive.namelist() if name.startswith("gallery/")] == ["gallery/files-1.html"]


async def test_missing_files_are_named_and_texts_are_kept(site: Site, api: Api, artist: int, work_off: WorkOff) -> None:
    post = await site.add_post(artist, title="Lost")
    await site.lose(f"art/{post}.png")
    with await take_out(api, artist, work_off) as archive:
        (record,) = lines(archive, "posts")
        (missing,) = json.loads(archive.read("pmd.json"))["missing"]
    assert (record["title"], record["file"]["path"]) == ("Lost", None)
    assert (missing["sqid"], missing["reason"]) == (site.sqid(post), "The artwork's file is missing.")


async def test_takeout_cannot_be_shared(site: Site, api: Api, artist: int, work_off: WorkOff) -> None:
    await site.add_post(artist)
    taken = (await api.post(TAKEOUT, {}, user=artist)).json
    await work_off()
    assert (await api.post(f"/api/pmd/bdr/{taken['download_id']}/links", {}, user=artist)).status == 409
