"""``pmd import``: the report as a table, what is chosen of it, its undo, and its exit codes."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from pmd_service.desk import edits

from ..imports.test_forms import BOOST, note, packed
from ..site import Site
from ..uploads.pictures import picture
from .conftest import Pmd


def mastodon(folder: Path) -> str:
    """Two posts, one with a hashtag, and a boost that has no place here."""
    tag = {"type": "Hashtag", "href": "https://social.example/tags/sea", "name": "#sea"}
    notes = [
        note("<p>Dusk</p>", ("/media/a.png", "A harbour"), tag=[tag]),
        note("<p>Morning</p>", ("/media/b.png", None), published="2020-05-04T12:30:15Z"),
        BOOST,
    ]
    outbox = {"type": "OrderedCollection", "orderedItems": notes}
    files: dict[str, Any] = {"actor.json": {"type": "Person", "preferredUsername": "ada"}, "outbox.json": outbox}
    archive = folder / "archive.zip"
    archive.write_bytes(packed({**files, "media/a.png": picture(1), "media/b.png": picture(2)}))
    return str(archive)


async def test_archive_is_reported_imported_and_undone_from_the_shell(pmd: Pmd, site: Site, tmp_path: Path) -> None:
    archive = mastodon(tmp_path)
    count = "SELECT count(*) FROM posts WHERE NOT deleted_by_user"
    dry = await pmd.well("import", "--dry-run", archive)
    assert dry.out.splitlines()[0].split() == ["2", "posts", "new"], dry
    assert "lost" in dry.out
    assert (dry.err.splitlines()[-1], await site.pool.fetchval(count)) == ("Nothing was made.", 0)
    refused = await pmd("import", archive)  # nobody is there to answer
    assert (refused.code, await site.pool.fetchval(count)) == (2, 0)
    done = await pmd.well("import", archive, "--yes", "--hidden", "--hashtag", "sea=#ocean", "--json")
    (made,) = done.lines
    assert (made["stage"], made["status"], made["made_count"]) == ("import", "completed", 2)
    rows = await site.pool.fetch("SELECT hidden_by_user, hashtags FROM posts ORDER BY created_at")
    assert [(row["hidden_by_user"], list(row["hashtags"])) for row in rows] == [(True, ["ocean"]), (True, [])]
    again = await pmd.well("import", archive, "--yes")
    assert "here already" in again.out
    assert again.err.splitlines()[-1] == "There is nothing new in it."
    listed = (await pmd.well("import", "list")).out
    assert [line.split()[1:5] for line in listed.splitlines()][1] == ["import", "completed", "2", "made"], listed
    assert (await pmd.well("import", "undo", str(made["id"]), "--dry-run")).out == "2 things would be taken back.\n"
    assert (await pmd.well("import", "undo", str(made["id"]), "--dry-run", "--json")).lines == [{"id": made["id"]}]
    assert (await pmd.well("import", "undo", str(made["id"]), "--yes")).out == "2 things taken back.\n"
    assert await site.pool.fetchval(count) == 0


async def test_posts_of_an_archive_become_files(pmd: Pmd, site: Site, tmp_path: Path) -> None:
    done = await pmd.well("import", mastodon(tmp_path), "--yes", "--as", "files")
    assert done.out.splitlines()[-1].startswith("2 things made, 0 not.")
    assert await site.pool.fetchval("SELECT count(*) FROM posts") == 0
    assert await site.pool.fetchval("SELECT count(*) FROM asset WHERE type = 'image'") == 2


async def test_posts_of_an_archive_become_drafts(pmd: Pmd, site: Site, tmp_path: Path) -> None:
    done = await pmd.well("import", mastodon(tmp_path), "--yes", "--as", "drafts", "--form", "mastodon")
    assert done.out.splitlines()[-1].startswith("2 things made, 0 not.")
    assert await site.pool.fetchval("SELECT count(*) FROM posts") == 0
    assert await site.pool.fetchval("SELECT count(*) FROM draft WHERE posted_at IS NOT NULL") == 2


async def test_what_an_import_could_not_make_is_named_with_its_reason(
    pmd: Pmd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edits, "MAX_DRAFTS", 1)
    done = await pmd("import", mastodon(tmp_path), "--yes", "--as", "drafts")
    assert done.code == 4, done
    failed, summary = done.out.splitlines()[-2:]
    assert failed.startswith(("Dusk: ", "Morning: ")), done
    assert summary.startswith("1 thing made, 1 not."), done


async def test_import_names_the_licences_that_are_to_be_chosen(pmd: Pmd, tmp_path: Path) -> None:
    table = "file,title,license\na.png,A,Mine\nb.png,B,CC-BY-4.0\n"
    archive = tmp_path / "table.zip"
    archive.write_bytes(packed({"t.csv": table.encode(), "a.png": picture(1), "b.png": picture(2)}))
    report = await pmd.well("import", "--dry-run", str(archive))
    assert [line for line in report.err.splitlines() if "licence" in line] == [
        "“Mine” is not one of this site's licences: --license 'Mine=…' chooses one."
    ]


async def test_import_says_why_an_archive_is_refused(pmd: Pmd, tmp_path: Path) -> None:
    diary = tmp_path / "diary.zip"
    with zipfile.ZipFile(diary, "w") as archive:
        archive.writestr("diary.txt", "Nothing to import.")
    words = tmp_path / "words.txt"
    words.write_text("no archive")
    for code, arguments, message in (
        (1, [str(diary)], "This archive is of no form that can be imported"),
        (1, [str(words)], "Only a ZIP or .tar.gz archive of the library"),
        (1, [mastodon(tmp_path), "--yes", "--license", "Elsewhere=CC-BY-4.0"], "The archive has no licence Elsewhere."),
        (2, [mastodon(tmp_path), "--license", "Elsewhere=nonsense"], "There is no licence nonsense"),
        (2, [mastodon(tmp_path), "--hashtag", "sea"], "“sea” is not OLD=NEW."),
        (2, [str(tmp_path / "missing.zip")], "does not exist"),
        (1, [mastodon(tmp_path), "--form", "takeout"], "This archive is not of the form that was chosen: a takeout."),
        (1, [mastodon(tmp_path), "--form", "nonsense"], "There is no form “nonsense”"),
        (1, ["undo", "999", "--yes"], "There is no such import"),
    ):
        ran = await pmd("import", *arguments)
        assert (ran.code, message in ran.err) == (code, True), (arguments, ran)
        assert "Traceback" not in ran.err
