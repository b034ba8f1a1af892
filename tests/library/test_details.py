"""One file: its details, bytes and previews."""

from typing import Any

import pytest

from pmd_service.library.counts import load_counts

from ..site import BORN, Api, Site
from .conftest import AddAsset, add_report

ASSETS = "/api/pmd/assets"


async def test_file_details_have_every_field(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    parent = await add_asset(artist, name="sketch.png")
    post = await site.add_post(artist, title="Lighthouse")
    asset = await add_asset(artist, parent_asset_id=parent, post_id=post, license_id=2)
    child = await add_asset(artist, name="larger.png", parent_asset_id=asset)
    await add_asset(artist, parent_asset_id=asset, deleted_at=BORN)
    await add_report(site, asset, colours=12)
    pack = await site.pool.fetchval(
        "INSERT INTO pack (user_id, name, slug, license_type) VALUES ($1, 'Sea', 'sea', 'personal') RETURNING id",
        artist,
    )
    await site.pool.execute("INSERT INTO pack_asset (pack_id, asset_id) VALUES ($1, $2)", pack, asset)

    details = (await api.get(f"{ASSETS}/{asset}", user=artist)).json
    assert (details["asset"]["id"], details["asset"]["license_identifier"]) == (asset, "CC-BY-4.0")
    picture = {"type": "image", "file_format": "png", "has_preview": False}
    assert details["parent"] == {"id": parent, "name": "sketch.png", **picture}
    assert details["children"] == [{"id": child, "name": "larger.png", **picture}]
    assert details["post"] == {"id": post, "title": "Lighthouse"}
    assert details["packs"] == [{"id": pack, "name": "Sea", "edition": 0}]
    (report,) = details["reports"]
    assert report["facts"]["colours"] == 12
    assert report["findings"] == [{"code": "gps", "message": "It has a place."}]


@pytest.mark.stores
async def test_file_content_supports_ranges_and_conditions(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, data=b"0123456789", name='li"ght\nhouse é.png')
    whole = await api.get(f"{ASSETS}/{asset}/file", user=artist)
    assert (whole.status, whole.body, whole.headers["Content-Type"]) == (200, b"0123456789", "image/png")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert whole.headers["Content-Disposition"].startswith("inline")
    assert whole.headers["Cache-Control"].startswith("private, ")
    etag = whole.headers["ETag"]
    assert not etag.startswith("W/")
    part = await api.get(f"{ASSETS}/{asset}/file", user=artist, headers={"Range": "bytes=2-4", "If-Range": etag})
    assert (part.status, part.body) == (206, b"234")
    stale = await api.get(f"{ASSETS}/{asset}/file", user=artist, headers={"Range": "bytes=2-4", "If-Range": '"old"'})
    assert (stale.status, stale.body) == (200, b"0123456789")
    again = await api.get(f"{ASSETS}/{asset}/file", user=artist, headers={"If-None-Match": etag})
    assert (again.status, again.headers["Cache-Control"]) == (304, whole.headers["Cache-Control"])
    head = await api.call("HEAD", f"{ASSETS}/{asset}/file", user=artist)
    assert (head.status, head.headers["Content-Length"]) == (200, "10")
    beyond = await api.get(f"{ASSETS}/{asset}/file", user=artist, headers={"Range": "bytes=10-"})
    assert beyond.status == 416
    saved = await api.get(f"{ASSETS}/{asset}/file?download=1", user=artist)
    assert saved.headers["Content-Disposition"].startswith("attachment")


DISPOSITIONS = [
    ("sea.png", 'filename="sea.png"'),
    ("Müller 森.PNG", "filename=\"Muller _.png\"; filename*=UTF-8''M%C3%BCller%20%E6%A3%AE.png"),
    (
        "Ünï – Łódź.png",
        "filename=\"Uni - Lodz.png\"; filename*=UTF-8''%C3%9Cn%C3%AF%20%E2%80%93%20%C5%81%C3%B3d%C5%BA.png",
    ),
    ("／．．.png", "filename=\"___.png\"; filename*=UTF-8''%EF%BC%8F%EF%BC%8E%EF%BC%8E.png"),
    ("100%25.png", "filename=\"100_25.png\"; filename*=UTF-8''100%2525.png"),
    ("photo.html", 'filename="photo.html.png"'),
    ("no ending", 'filename="no ending.png"'),
]


@pytest.mark.stores
async def test_file_content_has_its_name_in_content_disposition(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    for name, disposition in DISPOSITIONS:
        with subtests.test(name=name):
            asset = await add_asset(artist, name=name)
            saved = await api.get(f"{ASSETS}/{asset}/file?download=1", user=artist)
            assert saved.headers["Content-Disposition"] == f"attachment; {disposition}"
            shown = await api.get(f"{ASSETS}/{asset}/file", user=artist)
            assert shown.headers["Content-Disposition"] == f"inline; {disposition}"


@pytest.mark.stores
async def test_other_files_are_never_served_inline(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    for mime_type in ("text/html", "application/pdf", "application/octet-stream"):
        data = b"<script>alert(1)</script>" + mime_type.encode()
        asset = await add_asset(artist, data=data, mime_type=mime_type)
        answer = await api.get(f"{ASSETS}/{asset}/file", user=artist)
        assert answer.headers["Content-Disposition"].startswith("attachment"), mime_type


async def test_smallest_sufficient_preview_is_served(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    previews = [
        {
            "path": f"/vault/previews/u/h/{name}",
            "etag": None,
            "size": size,
            "size_bytes": len(name),
            "mime_type": mime_type,
            "width": size or 0,
            "height": size or 0,
        }
        for name, size, mime_type in [
            ("512.webp", 512, "image/webp"),
            ("128.webp", 128, "image/webp"),
            ("waveform.json", None, "application/json"),
        ]
    ]
    for preview in previews:
        await site.stored.put(
            str(preview["path"]).removeprefix("/vault/"), str(preview["path"]).rpartition("/")[2].encode()
        )
    asset, bare = await add_asset(artist, previews=previews), await add_asset(artist)
    for query, shown in {"size=1": b"128.webp", "size=128": b"128.webp", "size=129": b"512.webp", "": b"512.webp",
                         "size=4096": b"512.webp", "form=waveform": b"waveform.json"}.items():  # fmt: skip
        answer = await api.get(f"{ASSETS}/{asset}/preview?{query}", user=artist)
        assert (answer.status, answer.body) == (200, shown)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"].startswith("private, ")
    assert (await api.get(f"{ASSETS}/{bare}/preview", user=artist)).status == 404


async def test_missing_bytes_answer_410(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist)
    for key in await site.keys("assets/"):
        await site.stored.remove(key)
    assert (await api.get(f"{ASSETS}/{asset}/file", user=artist)).status == 410


async def test_moderators_views_of_previews_are_one_audit_entry(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, moderator = await site.add_user(), await site.add_user("mod", roles=["user", "moderator"])
    assets = [await add_asset(artist) for _ in range(3)]
    target = f"target_sqid={site.sqid(artist)}"
    for asset in assets:
        await api.get(f"{ASSETS}/{asset}/preview?{target}", user=moderator)
    trail = (await api.get("/api/pmd/audit", user=moderator)).json["items"]
    assert [entry["action"] for entry in trail] == ["read_library"]
    for asset in (*assets[:2], *assets[:2]):
        await api.get(f"{ASSETS}/{asset}/file?{target}", user=moderator, headers={"Range": "bytes=0-9"})
    trail = (await api.get("/api/pmd/audit", user=moderator)).json["items"]
    assert [entry["action"] for entry in trail] == ["read_asset_file", "read_asset_file", "read_library"]
    assert trail[0]["asset_ids"] == assets[1:2]


async def test_library_counts_are_sent_as_events(site: Site, add_asset: AddAsset) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    columns: list[dict[str, Any]] = [{}, {}, {"approved": True}, {"rejected_at": BORN}, {"deleted_at": BORN}]
    last = [await add_asset(artist, **given) for given in columns][3]
    counts = await load_counts(site.pool, [artist, other])
    sent = counts[artist]
    assert (sent.new, sent.approved, sent.set_aside, sent.trash, sent.newest_asset_id) == (2, 1, 1, 1, last)
    assert (counts[other].new, counts[other].newest_asset_id) == (0, None)
