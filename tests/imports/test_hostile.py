"""Hostile contents of archives: refused in a sentence, or left out by name; nothing is fetched, run or half made."""

import io
import json
import socket
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pmd_service.imports import archive as reading
from pmd_service.imports import listing, run
from pmd_service.imports.archive import ArchiveReader
from pmd_service.imports.forms import table, xmp
from pmd_service.imports.forms.documents import UnreadableError
from pmd_service.imports.forms.xmp import read_xmp
from pmd_service.imports.listing import ArchiveRefusedError
from pmd_service.media.messages import RefusalError

from ..conftest import WorkOff
from ..site import Api, Site
from ..uploads.pictures import picture
from .read import lost, read
from .test_forms import imported, packed, posts_of
from .test_other_forms import XMP, shot, status


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An attempt to look up or open an address fails the test that is only about reading."""

    def refuse(*arguments: object, **_: object) -> None:
        raise AssertionError(f"an address was used: {arguments}")

    if "site" not in request.fixturenames:
        for name in ("create_connection", "getaddrinfo", "gethostbyname"):
            monkeypatch.setattr(socket, name, refuse)
    yield


LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><x>&c;</x>"""
OUTER = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
REMOTE = '<!DOCTYPE x SYSTEM "http://169.254.169.254/latest"><x/>'


@pytest.mark.parametrize(
    "document",
    [LAUGHS, OUTER, REMOTE, LAUGHS.encode("utf-16"), '<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE'],
)
def test_xmp_with_a_document_type_is_not_read(tmp_path: Path, document: str | bytes) -> None:
    data = document if isinstance(document, bytes) else document.encode()
    with pytest.raises(UnreadableError):
        list(read_xmp(data))
    _, items = read(packed({"a.png": picture(1), "a.xmp": data}), tmp_path)
    assert [item["type"] for item in items] == ["lost", "file", "lost"]
    assert lost(items) == {"not_readable": 1, "no_date": 1}


@pytest.mark.parametrize(
    "document", ["<a>" * 100_000, "<a>" * (xmp.MAX_DEPTH + 1) + "</a>" * (xmp.MAX_DEPTH + 1), "", "<a", "\0"]
)
def test_xmp_that_is_deep_or_damaged_is_not_read(document: str) -> None:
    with pytest.raises(UnreadableError):
        list(read_xmp(document.encode()))


def test_remote_addresses_are_never_fetched(tmp_path: Path) -> None:
    """Whatever names one: files are found in the archive, or not at all."""
    inside = "http://169.254.169.254/latest/meta-data"
    file = {"type": "Document", "url": inside, "name": None}
    outbox = {"type": "Create", "object": {"published": "2020-01-01T00:00:00Z", "attachment": [file], "to": "Public"}}
    statuses = json.dumps(
        [status("x", "../../etc/passwd"), status("y", media_attachments=[{"url": "file:///etc/passwd"}])]
    )
    for files in (
        {"outbox.json": {"orderedItems": [outbox]}},
        {"pixelfed-statuses.json": statuses.encode()},
        {"content/posts_1.json": json.dumps([{"media": [shot("x") | {"uri": inside}, shot("../../a")]}]).encode()},
        {"t.csv": f"file,date\n{inside},2020-01-01\n/etc/passwd,2020-01-01\n".encode()},
        {"a.png": picture(1), "a.xmp": XMP.replace("Night", f'<a href="{inside}">Night</a>').encode()},
    ):
        _, items = read(packed(files), tmp_path)
        assert all(item["type"] in ("lost", "post") for item in items)
        assert lost(items).get("not_in_archive", 0) == (0 if "a.png" in files else 2 if len(items) == 2 else 1)


@pytest.mark.own_tables
async def test_markup_formulas_and_controls_in_texts_stay_texts(site: Site, api: Api, work_off: WorkOff) -> None:
    formula = '=HYPERLINK("http://evil.example";"x")'
    side = {
        "title": "A\0B\u202e\u0007",
        "description": "<img src=x onerror=alert(1)>Hi<script>alert(1)</script> {{7*7}} %s ' OR 1=1 --",
        "keywords": ["<b>", "ok", "=1+1", 7, None, "x" * 600],
        "date": "2199-01-01",
        "cw": "\0",
    }
    sheet = f'file,title,date\nb.png,"{formula.replace(chr(34), chr(34) * 2)}",2020-01-02\n'.encode()
    for files in (
        {"a.png": picture(1), "a.png.json": side},
        {"t.csv": sheet + b"c.png,N\0UL,2020-01-03\n", "b.png": picture(2), "c.png": picture(3)},
    ):
        artist, _ = await imported(site, api, work_off, packed(files))  # type: ignore[arg-type]
        posts = await posts_of(site.pool, artist)
        if "a.png" in files:
            (post,) = posts.values()
            assert (post["title"], list(post["hashtags"])) == ("AB", ["ok"])
            assert post["created_at"] < datetime.now(UTC), "or it would lead the site's lists until then"
            assert post["description"].startswith("Hi {{7*7}} %s ' OR 1=1 --")
        else:
            assert posts.keys() == {formula, "NUL"}


def test_table_with_giant_cells_and_columns_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = ",".join(["file", "date", *(f"column {number}" for number in range(5_000))])
    rows = ["a.png,2020-01-01," + "x" * (table.MAX_CELL + 1), 'b.png,2020-01-01,"' + "never closed\n" * 20_000]
    archive = packed({"t.csv": "\n".join([header, *rows]).encode(), "a.png": picture(1), "b.png": picture(2)})
    heading, items = read(archive, tmp_path)
    assert len(heading["columns"]) == table.MAX_COLUMNS
    assert lost(items)["not_readable"] >= 2
    monkeypatch.setattr(table, "MAX_TABLE_BYTES", 100)
    with pytest.raises(RefusalError, match="of no form that can be imported"):
        read(archive, tmp_path)


@pytest.mark.parametrize(
    "name",
    ["pixelfed-statuses.json", "outbox.json", "content/posts_1.json", "your_instagram_activity/media/stories.json"],
)
@pytest.mark.parametrize(
    "data", [b"", b"{", b"[" * 200_000, b"\xff\xfe", b"null", b'"x"', b"7", b'{"data": 7}', b'{"orderedItems": {}}']
)
def test_damaged_documents_are_refused_in_a_sentence(tmp_path: Path, name: str, data: bytes) -> None:
    try:
        _, items = read(packed({name: data, "a.png": picture(1)}), tmp_path)
    except RefusalError as refused:
        assert str(refused).endswith(".")
    else:
        assert {item["type"] for item in items} <= {"lost"}


def test_posts_of_any_shape_are_read_or_left_out(tmp_path: Path) -> None:
    values: list[Any] = [None, 7, "x", [], {}, [[[]]], {"a": 1}, True, 1e300, -1, 10**30]
    for value in values:
        shapes = [
            ("pixelfed-statuses.json", [status("x", "a.png") | {key: value} for key in status("x", "a.png")]),
            (
                "content/posts_1.json",
                [{"media": value}, {"media": [shot("a.png") | {"creation_timestamp": value}]}, value],
            ),
            ("outbox.json", {"orderedItems": [value, {"type": "Create", "object": value}]}),
        ]
        for name, document in shapes:
            _, items = read(packed({name: json.dumps(document).encode(), "media/a.png": picture(1)}), tmp_path)
            assert {item["type"] for item in items} <= {"post", "lost", "file"}
        side = {
            "title": value,
            "description": value,
            "tags": value,
            "date": value,
            "license": value,
            "alt": value,
            "cw": value,
        }
        read(packed({"a.png": picture(1), "a.png.json": side}), tmp_path)
        read(
            packed(
                {"a.png": picture(1), "a.png.json": side | {"category": "twitter", "date": "2020-01-01", "num": value}}
            ),
            tmp_path,
        )


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999Z"]
)
def test_a_time_that_the_database_has_and_python_has_not_is_refused(tmp_path: Path, at: str) -> None:
    """One row of it would make every list with it fail."""
    statuses = json.dumps([status("x", "a.png", created_at=at)]).encode()
    with pytest.raises(RefusalError, match="a time in the year"):
        read(packed({"pixelfed-statuses.json": statuses, "a.png": picture(1)}), tmp_path)


@pytest.mark.parametrize(
    "names", [("Hero.png", "hero.PNG"), (unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é"))]
)
def test_names_that_a_disk_takes_for_one_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    with pytest.raises(RefusalError, match="two files named"):
        read(packed(dict.fromkeys(names, b"1")), tmp_path)


def test_files_of_one_name_in_folders_are_not_confused(tmp_path: Path) -> None:
    """A name that several files have is no way to find one; the one beside the table comes first."""
    table = b"file,date\na.png,2020-01-01\nx/a.png,2020-01-01\n"
    _, items = read(packed({"t.csv": table, "x/a.png": picture(1), "y/a.png": picture(2)}), tmp_path)
    assert [item["file"] for item in items if item["type"] == "post"] == ["x/a.png"]
    assert lost(items) == {"not_in_archive": 1}
    table = b"file,date\na.png,2020-01-01\n"
    _, items = read(packed({"x/t.csv": table, "a.png": picture(1), "x/a.png": picture(2)}), tmp_path)
    assert [item["file"] for item in items if item["type"] == "post"] == ["x/a.png"]


def test_archive_of_very_many_entries_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its end says of their number: one that lies has entries behind the last one that counts."""
    monkeypatch.setattr(listing, "MAX_ENTRIES", 50)
    data = bytearray(packed({f"{number}.png": b"1" for number in range(60)}))
    (tmp_path / "many.zip").write_bytes(data)
    with pytest.raises(ArchiveRefusedError, match="60 entries; 50 are possible"):
        ArchiveReader(tmp_path / "many.zip")
    struct.pack_into("<HH", data, data.index(b"PK\x05\x06") + 8, 40, 40)
    (tmp_path / "many.zip").write_bytes(data)
    with ArchiveReader(tmp_path / "many.zip") as archive:
        assert len(archive.entries) == 40
    monkeypatch.setattr(reading, "MAX_NAMES_BYTES", 100)
    with pytest.raises(ArchiveRefusedError, match="too long together"):
        ArchiveReader(tmp_path / "many.zip")


def test_side_file_that_is_a_bomb_is_left_out(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", picture(1))
        archive.writestr("a.png.json", b'{"date": "2020-01-01"}' + b" " * (64 << 20))
        archive.writestr("b.png", picture(2))
        archive.writestr("b.png.json", b'{"date": "2020-01-01"}')
    _, items = read(bomb.getvalue(), tmp_path)
    assert lost(items) == {"not_readable": 1, "no_date": 1}
    assert [item["title"] for item in items if item["type"] == "post"] == ["b"]


def test_items_are_read_in_pages_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred packs of 200,000 files each are two gigabytes of names."""
    monkeypatch.setattr(run, "PAGE_BYTES", 200)
    statuses = json.dumps([status("x", "a.png")] * 4).encode()
    read(packed({"pixelfed-statuses.json": statuses, "a.png": picture(1)}), tmp_path)
    _heading, *pages = run._pages(tmp_path / "result.jsonl")
    assert len(pages) > 1
    assert sum(map(len, pages)) == len((tmp_path / "result.jsonl").read_bytes().splitlines()) - 1
