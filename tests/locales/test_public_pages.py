"""Public pages, and the pages of a takeout, are in the language of who reads them, whole."""

import asyncio
from typing import Any

import pytest

from ..conftest import WorkOff
from ..downloads.takeouts.test_everything import take_out
from ..sharing.conftest import Shelf, artist, shelf
from ..sharing.test_series_page import add_series
from ..site import Answer, Api, Site
from .pseudo import shown_in, words_past_the_catalogue

__all__ = ["artist", "shelf"]

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
# What users wrote, names, and the addresses of what is shown.
VALUES = {
    "Makapix Club", "pixelfan", "Dragons", "Dragon.png", "Wyrm.png", "roar.ogg", "dragons_v1.zip", "CC-BY-4.0",
    "<b>Dragons</b> & “more”.", "Forest & sea", "Tree",
}  # fmt: skip


async def pages(shelf: Shelf, site: Site, work_off: WorkOff, language: str) -> dict[str, Answer]:
    """One of each kind, as a visitor with this language sees it."""
    api, user, headers = shelf.api, shelf.artist.user, {"Accept-Language": language}
    locked = await shelf.link(password="correct horse")
    posts = await site.add_posts(user, 2)
    bdr = (await api.post("/api/pmd/bdr", {"post_ids": posts}, user=user)).json["id"]
    download = (await api.post(f"/api/pmd/bdr/{bdr}/links", {}, user=user)).json
    unfinished = await shelf.visit(download, headers=headers)
    await work_off()
    series, _ = await add_series(site, api, user)
    return {
        "pack": await shelf.visit(await shelf.link(), headers=headers),
        "password": await shelf.visit(locked, headers=headers),
        "wrong": await shelf.visit(locked, method="POST", headers=headers, data={"password": "x"}),
        "nothing": await api.call("GET", "/p/0123456789abcdef", headers=headers),
        "unfinished": unfinished,
        "download": await shelf.visit(download, headers=headers),
        "series": await api.call("GET", f"/u/{site.sqid(user)}/series/{series}", headers=headers),
    }


STATUS = {"pack": 200, "password": 401, "wrong": 401, "nothing": 404, "unfinished": 409, "download": 200, "series": 200}


async def test_public_pages_have_no_text_past_the_catalogue(
    shelf: Shelf, site: Site, work_off: WorkOff, wide: str, subtests: pytest.Subtests
) -> None:
    found = await pages(shelf, site, work_off, wide)
    assert {name: answer.status for name, answer in found.items()} == STATUS
    for name, answer in found.items():
        with subtests.test(name):
            assert words_past_the_catalogue([*shown_in(answer.body.decode())], VALUES) == []


async def test_public_pages_are_german_for_german_browsers(
    shelf: Shelf, site: Site, work_off: WorkOff, subtests: pytest.Subtests
) -> None:
    found = await pages(shelf, site, work_off, GERMAN["Accept-Language"])
    shown = {
        "pack": ("3 Dateien von", "1 von 3 Dateien wurde mit KI hergestellt.", "Nenne dabei pixelfan.", "Blick hinein"),
        "password": ("Für diesen Link brauchst du ein Passwort",),
        "wrong": ("Falsches Passwort.",),
        "nothing": ("Hinter diesem Link ist nichts",),
        "unfinished": ("Dieser Download wird gerade gebaut",),
        "download": ("Werke von pixelfan", "2 Werke von pixelfan"),
        "series": ("4 Beiträge von pixelfan", "Forest &amp; sea von pixelfan"),
    }
    for name, answer in found.items():
        with subtests.test(name):
            text = answer.body.decode()
            assert '<html lang="de" dir="ltr">' in text
            assert [each for each in shown[name] if each not in text] == []
            assert (answer.headers["Content-Language"], answer.headers["Vary"]) == ("de", "Accept-Language")


async def test_public_page_is_not_mistaken_for_one_in_another_language(shelf: Shelf) -> None:
    """A cache asks again: what it has is of one language, and says so; hostile headers get English."""
    link = await shelf.link()
    german, english = await asyncio.gather(shelf.visit(link, headers=GERMAN), shelf.visit(link))
    assert german.body != english.body
    for answer in (german, english):
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["Vary"] == "Accept-Language"
    conditional = GERMAN | {"If-None-Match": english.headers.get("ETag", "*")}
    assert (await shelf.visit(link, headers=conditional)).body == german.body
    for hostile in ("de;q=7", "\xff" * 99, ", " * 3000, "../../de", "{{ 7 * 7 }}"):
        answer = await shelf.visit(link, headers={"Accept-Language": hostile})
        assert (answer.status, answer.headers["Content-Language"]) == (200, "en")


@pytest.mark.parametrize("language", ["de", None])
async def test_takeout_pages_are_in_the_language_of_the_account(
    site: Site, api: Api, work_off: WorkOff, language: str | None
) -> None:
    user: Any = await site.add_user("artist")
    await site.add_post(user, title=None, hidden_by_user=True)
    await site.add_asset(user, name="a.png")
    chosen = await api.call("PUT", "/api/pmd/language", user=user, json={"language": language})
    assert chosen.status == 200, chosen
    # What the request prefers is another matter: somebody may order it from anywhere.
    with await take_out(api, user, work_off) as archive:
        index, posts, files = (
            archive.read(name).decode() for name in ("index.html", "gallery/posts-1.html", "gallery/files-1.html")
        )
    for page in (index, posts, files):
        assert f'<html lang="{language or "en"}" dir="ltr">' in page
    if language == "de":
        assert "Alles von artist" in index
        assert "Bibliothek (1)" in index
        assert "Beiträge, Seite 1" in posts
        assert "Ohne Titel" in posts
        assert "Ausgeblendet" in posts
        assert "Dateien, Seite 1" in files
    else:
        assert "Everything of artist" in index
        assert "Untitled" in posts


async def test_takeout_pages_have_no_text_past_the_catalogue(
    site: Site, api: Api, work_off: WorkOff, wide: str
) -> None:
    user = await site.add_user("artist")
    await site.add_post(user, title=None, hidden_by_user=True)
    await site.pool.execute("INSERT INTO account_language VALUES ($1, $2)", user, wide)
    with await take_out(api, user, work_off) as archive:
        pages = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".html")]
        documents = {name for name in archive.namelist() if name.endswith((".json", ".jsonl"))}
    for page in pages:
        assert words_past_the_catalogue([*shown_in(page)], {"artist", *documents}) == []
