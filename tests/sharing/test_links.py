"""Links: what strangers see behind one, and how long."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any

import msgspec
import pytest

from pmd_service.base.database import Pool, find_all
from pmd_service.base.settings import Settings
from pmd_service.sharing import views

from ..conftest import Serve, WorkOff
from ..packs.exports import with_preview
from ..packs.test_packs import PACKS
from ..site import Api, Site
from .conftest import Shelf, names_in


@pytest.mark.stores
async def test_share_link_shows_and_downloads_the_pack(shelf: Shelf) -> None:
    link = await shelf.link()
    page = await shelf.visit(link)
    text = page.body.decode()
    assert page.status == 200, page
    assert page.headers.getall("Set-Cookie", []) == []
    assert len(page.body) < 100_000
    for shown in ("Dragon.png", "Wyrm.png", "roar.ogg", "Credit pixelfan.", "1 of 3 files was made with AI."):
        assert shown in text, shown
    assert "&lt;b&gt;Dragons&lt;/b&gt; &amp; “more”." in text
    assert not re.search(r"(src|href)=\"(?!/p/|/dragons|https://makapix\.club/)", text), "nothing from elsewhere"
    archive = await shelf.download(link)
    assert archive.headers["Content-Disposition"] == 'attachment; filename="dragons_v1.zip"'
    assert "dragons_v1/assets/Dragon.png" in names_in(archive.body)
    part = await shelf.visit(link, "/download", headers={"Range": "bytes=10-99", "If-Range": archive.headers["ETag"]})
    assert (part.status, part.body) == (206, archive.body[10:100])
    for asset in shelf.assets[:2]:
        art = await shelf.visit(link, f"/art/{asset}")
        assert (art.status, art.headers["Content-Type"]) == (200, "image/png")
    assert (await shelf.visit(link, "/cover.png")).body.startswith(b"\x89PNG")
    assert (await shelf.visit(link, f"/sound/{shelf.assets[2]}")).body == b"OggS" * 100
    assert (await shelf.visit(link, method="HEAD")).status == 200
    (shown,) = await shelf.links()
    assert (shown["view_count"], shown["download_count"]) == (1, 1)


async def test_custom_licence_is_on_the_shared_page_and_in_the_manifest(shelf: Shelf) -> None:
    change = {"license_type": "custom", "custom_license": "Print <b>it</b>."}
    await shelf.api.call("PATCH", f"{PACKS}/{shelf.pack}", user=shelf.artist.user, json=change)
    await shelf.export()
    link = await shelf.link()
    assert "Print &lt;b&gt;it&lt;/b&gt;." in (await shelf.visit(link)).body.decode()
    with zipfile.ZipFile(io.BytesIO((await shelf.visit(link, "/download")).body)) as archive:
        pack = json.loads(archive.read("dragons_v2/manifest.json"))["pack"]
        assert (pack["license"], pack["license_words"]) == ("LicenseRef-Custom", "Print <b>it</b>.")
        assert archive.read("dragons_v2/LICENSES/LicenseRef-Custom.txt") == b"Print <b>it</b>.\n"


async def test_shared_page_of_the_largest_pack_stays_small(
    shelf: Shelf, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100 kB before pictures and sounds, with what it loads, whatever was written; and nothing else is read for it."""
    await pool.execute(
        """UPDATE pack SET description = repeat('森', 5000), license_type = 'custom', license_id = NULL,
                  custom_license = repeat('法', 20000)"""
    )
    ids = await pool.fetch(
        """INSERT INTO asset (user_id, path, type, hash, name, mime_type, file_format, size_bytes, frame_count,
                              previews)
           SELECT user_id, path || n, type, encode(sha256(n::text::bytea), 'hex'), n || repeat('絵', 240), mime_type,
                  file_format, size_bytes, 2, previews
             FROM asset, generate_series(1, $1) AS n WHERE id = $2 RETURNING id""",
        views.MAX_PICTURES + 5,
        shelf.assets[0],
    )
    await pool.execute("UPDATE pack_edition SET asset_ids = $1", [row["id"] for row in ids])
    read: list[int] = []

    async def counted(*arguments: Any) -> list[Any]:
        found: list[Any] = await find_all(*arguments)
        read.append(len(found))
        return found

    monkeypatch.setattr(views, "find_all", counted)
    page = (await shelf.visit(await shelf.link())).body
    assert page.count(b"<li data-moves><img ") == max(read) == views.MAX_PICTURES
    assert f"{views.MAX_PICTURES + 5} pictures, {views.MAX_PICTURES + 5} move<".encode() in page
    assert b"And 5 more in the archive." in page
    loaded = re.findall(rb'(?:src|href)="(/p/static/[^"]+)"', page)
    assert len(loaded) == 4
    sizes = [len((await shelf.api.call("GET", each.decode())).body) for each in loaded]
    assert len(page) + sum(sizes) <= 100_000, (len(page), sizes)


async def test_credit_line_has_title_author_and_licence(shelf: Shelf) -> None:
    page = (await shelf.visit(await shelf.link())).body.decode()
    credit = "“Dragons” by pixelfan, CC-BY-4.0, https://creativecommons.org/licenses/by/4.0/"
    (line,) = re.findall(r'<span id="credit" dir="auto">([^<]+)</span>', page)
    assert line.startswith(credit.removesuffix("/"))


async def test_share_link_serves_files_of_the_edition_only(shelf: Shelf, site: Site) -> None:
    link = await shelf.link()
    other = await with_preview(shelf.artist, "secret.png", "blue")
    sound = await shelf.artist.add("secret.ogg", b"OggS" * 99, type="audio", file_format="ogg", mime_type="audio/ogg")
    stranger = await site.add_asset(await site.add_user("somebody"), name="theirs.png")
    await shelf.api.call(
        "PUT",
        f"{PACKS}/{shelf.pack}/assets",
        user=shelf.artist.user,
        json={"assets": [{"asset_id": asset} for asset in (*shelf.assets, other)]},
    )
    assert b"secret.png" not in (await shelf.visit(link)).body, "it is in the pack, and in no edition yet"
    for asset in (other, sound, stranger):
        assert (await shelf.visit(link, f"/art/{asset}")).status == 404
        assert (await shelf.visit(link, f"/sound/{asset}")).status == 404
    assert (await shelf.visit(link, f"/sound/{shelf.assets[0]}")).status == 404, "it is a picture"


async def test_share_link_plays_no_unstripped_sounds(shelf: Shelf, pool: Pool) -> None:
    await pool.execute("UPDATE pack_edition SET marks = 'strip', sounds = NULL")
    link = await shelf.link()
    assert b"roar.ogg" not in (await shelf.visit(link)).body
    assert (await shelf.visit(link, f"/sound/{shelf.assets[2]}")).status == 404


async def test_withdrawn_or_expired_link_is_refused_on_every_server(
    shelf: Shelf, serve: Serve, settings: Settings, pool: Pool
) -> None:
    withdrawn, over = (
        await shelf.link(),
        await shelf.link(expires_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat()),
    )
    assert (await shelf.visit(withdrawn)).status == (await shelf.visit(over)).status == 200
    assert (await shelf.withdraw(withdrawn)).status == 204
    await pool.execute("UPDATE share_link SET expires_at = now() WHERE id = $1", over["id"])
    elsewhere = await serve(settings)
    async with Api(elsewhere.make_url("/"), settings) as other:
        for api in (shelf.api, other):
            for link in (withdrawn, over):
                for path in ("", "/download", "/cover.png", f"/art/{shelf.assets[0]}"):
                    answer = await api.call("GET", link["url"].removeprefix("https://makapix.club") + path)
                    assert answer.status == 404, path
                    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"


async def test_share_password_opens_every_part_and_is_in_no_url(shelf: Shelf) -> None:
    link = await shelf.link(password="open sesame")
    assert link["has_password"] is True
    for path in ("", "/download", "/cover.png", f"/art/{shelf.assets[0]}", f"/sound/{shelf.assets[2]}"):
        assert (await shelf.visit(link, path)).status == 401, path
        assert (await shelf.visit(link, f"{path}?key=9999999999.AAAA")).status == 401, path
        assert (await shelf.visit(link, path, headers={"Cookie": "pmd_link=9999999999.AAAA"})).status == 401, path
    wrong = await shelf.visit(link, method="POST", data={"password": "sesame"})
    assert (wrong.status, b"Wrong password." in wrong.body) == (401, True)
    here = link["url"].removeprefix("https://makapix.club")
    right = await shelf.visit(link, method="POST", data={"password": "open sesame"}, allow_redirects=False)
    assert (right.status, right.headers["Location"]) == (303, here)
    (cookie,) = SimpleCookie(right.headers["Set-Cookie"]).values()
    assert (cookie["path"], cookie["max-age"], cookie["samesite"]) == (here, "43200", "Lax")
    assert cookie["httponly"], cookie["secure"]
    opened = {"Cookie": f"{cookie.key}={cookie.value}"}
    page = await shelf.visit(link, headers=opened)
    assert page.status == 200
    assert "og:image" not in page.body.decode()
    assert cookie.value not in page.body.decode()
    addresses = re.findall(r"(?:src|href)=\"(/p/dragons[^\"]*)\"", page.body.decode())
    assert len(addresses) >= 5
    for address in addresses:
        assert (await shelf.api.call("GET", address, headers=opened)).status == 200, address
    # As an address with a key was given by earlier releases, and is by programs without cookies.
    assert (await shelf.visit(link, f"/download?key={cookie.value}")).status == 200
    kept = await shelf.visit(link, f"?key={cookie.value}", allow_redirects=False)
    assert (kept.status, kept.headers["Location"], cookie.value in kept.headers["Set-Cookie"]) == (303, here, True)


async def test_only_public_links_may_be_indexed(shelf: Shelf) -> None:
    public, unlisted = await shelf.link(is_public=True), await shelf.link()
    for path in ("", "/download", "/cover.png", f"/art/{shelf.assets[0]}", f"/sound/{shelf.assets[2]}"):
        assert "X-Robots-Tag" not in (await shelf.visit(public, path)).headers, path
        assert "noindex" in (await shelf.visit(unlisted, path)).headers["X-Robots-Tag"], path
    assert len(unlisted["url"].rpartition("-")[2]) == 22


async def test_invalid_link_is_refused(shelf: Shelf, subtests: pytest.Subtests) -> None:
    senseless: dict[str, Any] = {
        "public with a password": {"is_public": True, "password": "open sesame"},
        "over": {"expires_at": "2020-01-01T00:00:00Z"},
        "a short password": {"password": "abc"},
        "no time zone": {"expires_at": "2030-01-01T00:00:00"},
        "before all time": {"expires_at": "0001-01-01T00:00:00+23:59"},
        "after it": {"expires_at": "9999-12-31T23:59:59-23:59"},
    }
    for what, body in senseless.items():
        with subtests.test(what):
            assert (await shelf.request(**body)).status == 422
            assert await shelf.links() == []


async def test_other_users_packs_and_links_are_not_found(shelf: Shelf, site: Site) -> None:
    link, stranger = await shelf.link(), await site.add_user("somebody")
    moderator = await site.add_user("watch", roles=["moderator"])
    target = f"?target_sqid={site.sqid(shelf.artist.user)}"
    path = f"{PACKS}/{shelf.pack}/links"
    assert (await shelf.api.post(path, {}, user=stranger)).status == 404
    assert (await shelf.api.get(path, user=stranger)).status == 404
    assert (await shelf.api.call("DELETE", f"{path}/{link['id']}", user=stranger)).status == 404
    made = await shelf.api.post(PACKS, {"name": "Own", "license_type": "royalty_free"}, user=stranger)
    by_their_own = f"{PACKS}/{made.json['id']}/links/{link['id']}"
    assert (await shelf.api.call("DELETE", by_their_own, user=stranger)).status == 404
    assert (await shelf.visit(link)).status == 200
    assert (await shelf.api.post(f"{path}{target}", {}, user=moderator)).status == 422, "a moderator gives a reason"
    answer = await shelf.api.post(f"{path}{target}", {"reason": "For the jury."}, user=moderator)
    assert answer.status == 201
    assert (await shelf.api.call("DELETE", f"{path}/{link['id']}{target}", user=moderator)).status == 204
    trail = await shelf.api.get("/api/pmd/audit", user=moderator)
    assert [entry["action"] for entry in trail.json["items"]] == ["withdraw_link", "share"]


async def test_sharing_disabled_has_no_links(shelf: Shelf, serve: Serve, settings: Settings) -> None:
    link = await shelf.link()
    off = msgspec.structs.replace(settings, sharing="off")
    server = await serve(off)
    async with Api(server.make_url("/"), off) as api:
        refused = await api.post(f"{PACKS}/{shelf.pack}/links", {}, user=shelf.artist.user)
        assert (refused.status, refused.json["detail"]) == (403, "Share links are disabled on this site.")
        assert (await api.call("GET", link["url"].removeprefix("https://makapix.club"))).status == 404


async def test_removed_pack_removes_its_links(shelf: Shelf) -> None:
    link = await shelf.link()
    assert (await shelf.api.call("DELETE", f"{PACKS}/{shelf.pack}", user=shelf.artist.user)).status == 204
    for path in ("", "/download", "/cover.png", f"/art/{shelf.assets[0]}", f"/sound/{shelf.assets[2]}"):
        assert (await shelf.visit(link, path)).status == 404, path


@pytest.mark.parametrize("column", ["deactivated = true", "banned_until = now() + interval '1 day'"])
async def test_links_of_banned_and_deleted_users_are_not_found(shelf: Shelf, pool: Pool, column: str) -> None:
    link = await shelf.link()
    await pool.execute(f"UPDATE users SET {column} WHERE id = $1", shelf.artist.user)
    for path in ("", "/download", "/cover.png", f"/art/{shelf.assets[0]}", f"/sound/{shelf.assets[2]}"):
        assert (await shelf.visit(link, path)).status == 404, path


async def test_oldest_withdrawn_links_are_deleted(shelf: Shelf, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pmd_service.sharing.links.MAX_LINKS", 2)
    first = await shelf.link()
    for _ in range(4):
        assert (await shelf.withdraw(await shelf.link())).status == 204
    last = await shelf.link()
    assert (await shelf.request()).status == 429
    links = await shelf.links()
    assert [link["withdrawn_at"] is None for link in links] == [True, False, False, True]
    assert {link["id"] for link in links} >= {first["id"], last["id"]}


async def test_editions_have_a_version_and_release_notes(shelf: Shelf, work_off: WorkOff, pool: Pool) -> None:
    arguments = await shelf.api.post(
        f"{PACKS}/{shelf.pack}/export", {"version": "1.2.0", "changes": "Winter <trees>."}, user=shelf.artist.user
    )
    assert arguments.status == 202, arguments
    await work_off()
    link = await shelf.link()
    text = (await shelf.visit(link)).body.decode()
    assert "1.2.0" in text
    assert "Winter &lt;trees&gt;." in text
    answer = await shelf.visit(link, "/download")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="dragons-1.2.0.zip"'
    await pool.execute("UPDATE pack_edition SET cover = edition::text::bytea")
    assert (await shelf.visit(link, "/cover.png")).body == b"2", "the newest one's"
    wrong = await shelf.api.post(f"{PACKS}/{shelf.pack}/export", {"version": "1.02"}, user=shelf.artist.user)
    assert wrong.status == 422


async def test_download_link_lasts_as_long_as_its_archive(site: Site, api: Api, work_off: WorkOff, pool: Pool) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 2)
    accepted = await api.post("/api/pmd/bdr", {"post_ids": posts, "name": "Ships: 1"}, user=artist)
    await work_off()
    path = f"{accepted.headers['Location']}/links"
    link = (await api.post(path, {}, user=artist)).json
    address = link["url"].removeprefix("https://makapix.club")
    page = await api.call("GET", address)
    assert (page.status, b"2 artworks" in page.body) == (200, True)
    archive = await api.call("GET", f"{address}/download")
    assert len(names_in(archive.body)) > 2
    assert archive.headers["Content-Disposition"] == 'attachment; filename="Ships_ 1.zip"'
    assert (await api.call("GET", f"{address}/cover.png")).status == 404
    await pool.execute("UPDATE batch_download_requests SET expires_at = now()")
    for each in (address, f"{address}/download"):
        assert (await api.call("GET", each)).status == 404, "though it has not been swept yet"
    assert (await api.call("DELETE", path.removesuffix("/links"), user=artist)).status == 204
    assert (await api.call("GET", address)).status == 404
    assert (await api.post(path, {}, user=artist)).status == 404


async def test_malformed_share_urls_are_not_found(shelf: Shelf) -> None:
    for address in ("/p/x", "/p/" + "a" * 300, "/p/-", "/p/dragons-%00aaaaaaaaaa", "/p/" + "A" * 22):
        assert (await shelf.api.call("GET", address)).status == 404
    assert (await shelf.api.call("GET", "/p/static/0/../layout.html")).status == 404
    style = re.search(r"/p/static/\w+/page\.css", (await shelf.visit(await shelf.link())).body.decode())
    assert style is not None
    kept = await shelf.api.call("GET", style[0])
    assert kept.headers["Content-Type"] == "text/css; charset=utf-8"
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    # During an upgrade a server may get a request for another release's file: what it has is shown, and not kept.
    other = await shelf.api.call("GET", re.sub(r"static/\w+/", "static/0123456789ab/", style[0]))
    assert (other.status, other.body, other.headers["Cache-Control"]) == (200, kept.body, "no-cache")


async def test_pictures_with_warnings_are_covered_on_the_page(shelf: Shelf, pool: Pool) -> None:
    link = await shelf.link()
    page = (await shelf.visit(link)).body.decode()
    assert 'class="covered"' not in page
    assert "/cover.png" in page[: page.index("</head>")]
    await pool.execute("UPDATE asset SET content_warnings = '{Spiders,<b>}' WHERE id = $1", shelf.assets[0])
    page = (await shelf.visit(link)).body.decode()
    assert page.count("<summary>Spiders, &lt;b&gt;</summary>") == 1
    assert page.count("<summary>&lt;b&gt;, Spiders</summary>") == 1, "the cover, which may show it"
    assert page.count('<details class="covered">') == 2
    assert "/cover.png" not in page[: page.index("</head>")]
