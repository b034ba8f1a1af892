"""Exports of Pixelfed and Instagram, folders with side files, and tables; samples of our own in their form."""

import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pmd_service.imports.forms.details import date_of
from pmd_service.imports.forms.texts import licence_of, titled, unescaped
from pmd_service.media.messages import RefusalError

from ..conftest import WorkOff
from ..site import Api, Site
from ..uploads.pictures import picture
from .read import lost, read
from .test_forms import imported, note, packed, posts_of
from .test_imports import counts, keep, reported

own_tables = pytest.mark.own_tables  # a site's posts are not made from here


def status(text: str, *files: str, **more: Any) -> dict[str, Any]:
    """A status as Pixelfed's API has it."""
    attachments = [
        {
            "id": "17",
            "type": "image",
            "url": f"https://cdn.example/public/m/_v2/4951/a48-89c/NYREm/{name}",
            "remote_url": None,
            "meta": {"original": {"width": 8, "height": 8}},
            "description": "A tree",
            "license": {"id": 12, "title": "CC BY-SA", "url": "https://creativecommons.org/licenses/by-sa/4.0/"},
            "is_nsfw": 0,
            "mime": "image/png",
        }
        for name in files
    ]
    return {
        "_v": 1,
        "id": "4952",
        "in_reply_to_id": None,
        "reblog": None,
        "content": f"<p>{text}</p>",
        "content_text": text,
        "created_at": "2022-11-07T11:49:55.000Z",
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "pf_type": "photo",
        "place": None,
        "media_attachments": attachments,
        "account": {"id": "4951", "username": "ada"},
        "tags": [{"name": "PixelArt", "url": "https://pixels.example/discover/tags/pixelart"}],
    } | more


@own_tables
async def test_pixelfed_export_with_its_pictures_gives_posts(site: Site, api: Api, work_off: WorkOff) -> None:
    boost = status("", reblog={"id": "1", "content": "Theirs"}, pf_type="share")
    statuses = [
        status("Tree at dusk #PixelArt", "a1.png", "b2.png", sensitive=True, spoiler_text="spiders"),
        status("For friends", "c3.png", visibility="private", place={"id": 1, "name": "Lisbon"}),
        status("A film", "d4.mp4"),
        status("Gone", "e5.png"),
        status("Words"),
        boost,
        {"id": 7},
    ]
    pictures = {f"storage/{name}.png": picture(number) for number, name in enumerate(("a1", "b2", "c3"))}
    archive = packed({"pixelfed-statuses.json": json.dumps(statuses).encode()} | pictures)
    artist, report = await imported(site, api, work_off, archive)
    assert report["form"] == "pixelfed"
    assert counts(report) == {
        ("post", "make", None): 3,
        ("lost", "lose", "not_in_archive"): 2,
        ("lost", "lose", "no_files"): 1,
        ("lost", "lose", "no_field"): 1,
        ("lost", "lose", "other_people"): 1,
        ("lost", "lose", "not_readable"): 1,
    }
    assert report["report"]["hashtags"] == {"PixelArt": 3}
    assert report["report"]["warnings"] == {"spiders": 2}
    posts = await posts_of(site.pool, artist)
    assert posts.keys() == {"Tree at dusk (1/2)", "Tree at dusk (2/2)", "For friends"}
    tree = posts["Tree at dusk (1/2)"]
    assert (tree["description"], list(tree["hashtags"])) == ("Tree at dusk #PixelArt", ["pixelart"])
    assert (tree["alt_text"], tree["content_warnings"]) == ("A tree", ["spiders"])
    assert tree["created_at"] == datetime(2022, 11, 7, 11, 49, 55, tzinfo=UTC)
    licence = await site.pool.fetchval("SELECT identifier FROM licenses WHERE id = $1", tree["license_id"])
    assert (licence, posts["For friends"]["hidden_by_user"]) == ("CC-BY-SA-4.0", True)


def test_outbox_of_an_older_pixelfed_is_read(tmp_path: Path) -> None:
    outbox = {"data": [note("<p>Old</p>", ("https://cdn.example/storage/x9.png", "Alt"))["object"], {"type": "Note"}]}
    heading, items = read(packed({"outbox.json": outbox, "x9.png": picture(1)}), tmp_path)
    assert (heading["form"], lost(items)) == ("pixelfed", {"not_readable": 1})
    assert (items[0]["title"], items[0]["alt_text"], items[0]["file"]) == ("Old", "Alt", "x9.png")


def escaped(text: str) -> str:
    """As Meta writes it: each byte of the UTF-8 as if it were a character."""
    return text.encode().decode("latin-1")


def shot(name: str, at: int = 1_700_000_000, **more: Any) -> dict[str, Any]:
    """A file of a post in Instagram's export."""
    metadata = {"camera_metadata": {"has_camera_metadata": False}}
    return {"uri": f"media/{name}", "creation_timestamp": at, "media_metadata": metadata, "title": ""} | more


@own_tables
async def test_instagram_export_gives_posts_and_hidden_stories(site: Site, api: Api, work_off: WorkOff) -> None:
    folder = "your_instagram_activity/content"
    posts = [
        {"media": [shot("posts/202311/a.png", title=escaped("Küste 🌊 #Sea #wip"))]},
        {
            "media": [shot("posts/202311/b.png"), shot("posts/202311/c.jpg"), shot("posts/202311/AQNq_179")],
            "title": "Set",
            "creation_timestamp": 1_700_000_600,
        },
        {"media": [shot("posts/202311/gone.png")]},
        {"media": [{"uri": 7}]},
    ]
    files: dict[str, Any] = {
        f"{folder}/posts_1.json": json.dumps(posts).encode(),
        f"{folder}/stories.json": {"ig_stories": [shot("stories/202311/d.png")]},
        f"{folder}/reels.json": {"ig_reels_media": [{"media": [shot("reels/202311/e.mp4", title="Making of")]}]},
        "your_instagram_activity/comments/post_comments_1.json": {"comments": []},
    }
    for number, name in enumerate(("posts/202311/a.png", "posts/202311/b.png", "stories/202311/d.png")):
        files[f"media/{name}"] = picture(number)
    for name in ("posts/202311/c.jpg", "posts/202311/AQNq_179", "reels/202311/e.mp4"):
        files[f"media/{name}"] = b"film" + name.encode()
    artist = await site.add_user("artist")
    report = await reported(api, artist, await keep(site, artist, packed(files)), work_off)
    assert report["form"] == "instagram"
    assert counts(report) == {
        ("post", "make", None): 3,
        ("post", "change", "not_a_post_format"): 3,
        ("lost", "lose", "not_in_archive"): 1,
        ("lost", "lose", "not_readable"): 1,
        ("lost", "lose", "other_people"): 1,
    }
    await api.post(f"/api/pmd/imports/{report['id']}/start", {"hashtags": {"wip": None}}, user=artist)
    await work_off()
    found = await posts_of(site.pool, artist)
    assert found.keys() == {"Küste 🌊", "Set (1/3)", None}
    assert list(found["Küste 🌊"]["hashtags"]) == ["sea"]
    assert found["Set (1/3)"]["created_at"] == datetime.fromtimestamp(1_700_000_600, UTC)
    assert [title for title, post in found.items() if post["hidden_by_user"]] == [None]


def labelled(*files: dict[str, Any], caption: str = "", published: str = "True", at: int = 0) -> dict[str, Any]:
    """A post as Instagram's exports have it since 2025."""
    labels: list[dict[str, Any]] = [
        {"title": "Owner", "dict": [{"label": "Username", "value": "ada"}]},
        {"label": "Media", "media": [*files]},
        {"label": "Caption", "value": escaped(caption)},
        {"label": "Published", "value": published},
        {"label": "Creation time", "timestamp_value": at},
    ]
    return {"timestamp": 1_800_000_000, "media": [], "label_values": labels, "fbid": "179"}


@pytest.mark.parametrize("beside", [[], ["posts_1"]])
def test_instagram_posts_with_labels_are_read(beside: list[str], tmp_path: Path) -> None:
    """Each file once, whether the export has the older document, too."""
    folder = "your_instagram_activity/media"
    posts = [
        labelled(shot("a.png", title=escaped("Küste")), shot("b.png"), caption="Küste #Sea", at=1_700_000_600),
        labelled(shot("c.png"), published="False", at=-62_169_984_000),
        labelled(shot("d.png", 0)),
    ]
    older = [{"media": [shot("a.png"), shot("b.png")], "title": escaped("Küste #Sea")}]
    files = {f"media/{name}.png": picture(number) for number, name in enumerate("abcd")}
    documents = {"posts": posts} | dict.fromkeys(beside, older)
    as_json: dict[str, Any] = {f"{folder}/{name}.json": json.dumps(data).encode() for name, data in documents.items()}
    heading, items = read(packed(as_json | files), tmp_path)
    assert heading["form"] == "instagram"
    assert [(item["title"], item["created_at"], item["is_hidden"]) for item in items] == [
        ("Küste (1/2)", "2023-11-14T22:23:20Z", False),
        ("Küste (2/2)", "2023-11-14T22:23:20Z", False),
        ("", "2023-11-14T22:13:20Z", True),
        ("", "2027-01-15T08:00:00Z", False),
    ]
    assert (items[0]["description"], items[0]["hashtags"]) == ("Küste #Sea", ["Sea"])


def test_other_content_of_instagram_is_read(tmp_path: Path) -> None:
    """What is archived stays hidden, and an empty list is no post without a file."""
    folder = "your_instagram_activity/media"
    archived, other = shot("a.png"), shot("b.png", title="Other")
    files: dict[str, Any] = {
        f"{folder}/posts_1.json": json.dumps([{"media": [archived]}]).encode(),
        f"{folder}/archived_posts.json": {"ig_archived_post_media": [{"media": [archived]}]},
        f"{folder}/other_content.json": {"ig_other_media": [{"media": [other]}]},
        f"{folder}/stories.json": {"ig_stories": []},
        f"{folder}/reels_1.json": {"ig_reels_media": []},
        "media/a.png": picture(1),
        "media/b.png": picture(2),
    }
    _, items = read(packed(files), tmp_path)
    assert [(item["title"], item["is_hidden"]) for item in items] == [("", True), ("Other", False)]


def test_older_instagram_export_in_a_folder_is_read(tmp_path: Path) -> None:
    one = {"media": [shot("posts/a.png")], "title": "One", "creation_timestamp": 1_600_000_000}
    files: dict[str, Any] = {
        "content/posts_1.json": one,
        "media/posts/a.png": picture(1),
        "__MACOSX/content/._posts_1.json": b"x",
    }
    inside = {f"instagram-ada-2021/{name}" if name[0] != "_" else name: data for name, data in files.items()}
    heading, (post,) = read(packed(inside), tmp_path)
    assert (heading["form"], post["title"], post["created_at"]) == ("instagram", "One", "2020-09-13T12:26:40Z")


def test_instagram_export_from_before_2021_is_read(tmp_path: Path) -> None:
    at = "2018-12-31T08:05:13"
    photos = [
        {"caption": "Two #sea\nCafé", "taken_at": at, "location": "West End", "path": "photos/201812/a.png"},
        {"caption": "Two #sea\nCafé", "taken_at": at, "path": "photos/201812/b.png"},
        {"caption": "", "taken_at": "2019-06-01T10:00:00+00:00", "path": "photos/201906/c.png"},
        {"caption": "Gone", "taken_at": at, "path": "photos/201812/gone.png"},
        {"caption": "Undated", "taken_at": "soon", "path": "photos/201812/u.png"},
    ]
    media: dict[str, list[dict[str, Any]]] = {
        "photos": photos,
        "videos": [{"caption": "Waves", "taken_at": "2017-01-01T00:00:00", "path": "videos/201701/w.mp4"}],
        "stories": [{"caption": "", "taken_at": "2020-02-02T02:02:02", "path": "stories/202002/s.png"}],
        "profile": [{"caption": "", "taken_at": at, "is_active_profile": True, "path": "profile/201501/me.png"}],
        "direct": [{"taken_at": at, "path": "direct/201812/x.png"}],
    }
    paths = [each["path"] for kind in media.values() for each in kind if "gone" not in each["path"]]
    files: dict[str, Any] = {path: picture(at) for at, path in enumerate(paths)}
    files |= {"media.json": media, "likes.json": {"media_likes": []}, "messages.json": []}
    heading, items = read(packed({f"ada_20200301/{name}": data for name, data in files.items()}), tmp_path)
    assert heading["form"] == "instagram"
    posts = {item["file"].rpartition("/")[2]: item for item in items if item["type"] == "post"}
    assert {name: (post["title"], post["created_at"], post["is_hidden"]) for name, post in posts.items()} == {
        "a.png": ("Two (1/2)", "2018-12-31T08:05:13Z", False),
        "b.png": ("Two (2/2)", "2018-12-31T08:05:13Z", False),
        "c.png": ("", "2019-06-01T10:00:00Z", False),
        "w.mp4": ("Waves", "2017-01-01T00:00:00Z", False),
        "s.png": ("", "2020-02-02T02:02:02Z", True),
    }
    assert (posts["a.png"]["description"], posts["a.png"]["hashtags"]) == ("Two #sea\nCafé", ["sea"])
    assert lost(items) == {"not_in_archive": 1, "not_readable": 1, "other_people": 2}


def test_instagram_export_as_html_is_refused_in_a_sentence(tmp_path: Path) -> None:
    html = packed({"your_instagram_activity/content/posts_1.html": b"<html>", "media/posts/a.jpg": b"1"})
    with pytest.raises(RefusalError, match=r"have it made once more, in the format JSON\.$"):
        read(html, tmp_path)


XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
  xmlns:cc="http://creativecommons.org/ns#" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
  xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
  xmp:CreateDate="2021-01-01T00:00:00Z" exif:DateTimeOriginal="2019-07-01T10:11:12+02:00">
  <dc:title><rdf:Alt><rdf:li xml:lang="de">Nacht</rdf:li><rdf:li xml:lang="x-default">Night</rdf:li></rdf:Alt>
  </dc:title>
  <dc:subject><rdf:Bag><rdf:li>pixel art</rdf:li><rdf:li>night</rdf:li></rdf:Bag></dc:subject>
  <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© Ada</rdf:li></rdf:Alt></dc:rights>
  <cc:license rdf:resource="https://creativecommons.org/licenses/by-nc/4.0/"/>
  <Iptc4xmpCore:AltTextAccessibility><rdf:Alt><rdf:li xml:lang="x-default">Stars</rdf:li></rdf:Alt>
  </Iptc4xmpCore:AltTextAccessibility></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


@own_tables
async def test_folder_with_side_files_gives_posts(site: Site, api: Api, work_off: WorkOff) -> None:
    sides: dict[str, bytes] = {
        "a/dusk.png.json": json.dumps(
            {
                "Title": "Dusk",
                "description": "<b>Red</b>\nsky",
                "keywords": ["sea", "pixel art"],
                "created_at": "2018-02-03 04:05:06",
                "licence": "CC BY 4.0",
                "alt-text": "A shore",
                "cw": "eyes",
            }
        ).encode(),
        "a/night.xmp": XMP.encode(),
        "b/castle.txt": b"\xef\xbb\xbfTitle: Keep\r\nTags: #wip #Castle\r\nDate: 04.05.2017\r\n\r\nStone\r\nand moss.",
        "b/Note.PNG.TXT": "A heading\n\nOnly words, no date.".encode("cp1252"),
        "b/broken.png.json": b"{",
        "readme.txt": b"About these files",
    }
    names = ("a/dusk.png", "a/night.png", "b/castle.png", "b/Note.PNG", "b/broken.png")
    archive = packed(sides | {name: picture(number) for number, name in enumerate(names)})
    artist, report = await imported(site, api, work_off, archive)
    assert report["form"] == "side_files"
    assert counts(report) == {
        ("post", "make", None): 3,
        ("file", "make", None): 3,
        ("lost", "lose", "no_date"): 2,
        ("lost", "lose", "not_readable"): 1,
    }
    posts = await posts_of(site.pool, artist)
    assert {title: post["created_at"].isoformat() for title, post in posts.items()} == {
        "Dusk": "2018-02-03T04:05:06+00:00",
        "Night": "2019-07-01T08:11:12+00:00",
        "Keep": "2017-05-04T00:00:00+00:00",
    }
    dusk = posts["Dusk"]
    assert (dusk["description"], dusk["alt_text"], dusk["content_warnings"]) == ("Red\nsky", "A shore", ["eyes"])
    assert [list(post["hashtags"]) for post in posts.values()] == [
        ["sea", "pixel_art"],
        ["pixel_art", "night"],
        ["wip", "castle"],
    ]
    assert posts["Keep"]["description"] == "Stone\nand moss."
    identifiers = dict(map(tuple, await site.pool.fetch("SELECT id, identifier FROM licenses")))
    licences = [identifiers.get(post["license_id"]) for post in posts.values()]
    assert licences == ["CC-BY-4.0", "CC-BY-NC-4.0", None]
    row = await site.pool.fetchrow("SELECT name, original_path, note FROM asset WHERE name = 'Note.PNG'")
    assert row is not None
    assert (row["original_path"], row["note"]) == ("b/Note.PNG", "A heading\n\nOnly words, no date.")


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("cp1252", ";"), ("utf-8", "|")]
)
def test_table_of_any_encoding_and_delimiter_is_read(tmp_path: Path, encoding: str, delimiter: str) -> None:
    header = [
        "File name",
        "Name",
        "Caption",
        "Tags",
        "Date",
        "Licence",
        "Alt text",
        "Content warning",
        "Price",
        "Price",
    ]
    line = [
        "a.png",
        "Möwe",
        '"One,\r\ntwo; | ""three"""',
        '"sea,pixel art;x"',
        "2016-05-06 07:08",
        "CC0",
        "Bird",
        "no",
        "3",
    ]
    rows = [delimiter.join(cells) for cells in (header, line, ["gone.png", "Gone"], [""], ["", "No file"])]
    table = "\r\n".join(rows).encode(encoding)
    archive = packed({"list.csv": table, "pictures/a.png": picture(1), "b.png": picture(2)})
    heading, items = read(archive, tmp_path)
    assert heading == {
        "form": "table",
        "forms": ["table"],
        "columns": dict.fromkeys(header)
        | {
            "File name": "file",
            "Name": "title",
            "Caption": "description",
            "Tags": "tags",
            "Date": "date",
            "Licence": "license",
            "Alt text": "alt",
            "Content warning": "warning",
        },
    }
    post, file = (item for item in items if item["type"] != "lost")
    assert (post["title"], post["description"], post["license"]) == ("Möwe", 'One,\ntwo; | "three"', "CC0-1.0")
    assert (post["hashtags"], post["created_at"], post["alt_text"]) == (
        ["sea", "pixel_art", "x"],
        "2016-05-06T07:08:00Z",
        "Bird",
    )
    assert post["content_warnings"] == []
    assert (post["file"], file["file"]) == ("pictures/a.png", "b.png")
    assert lost(items) == {"no_column": 1, "not_in_archive": 1, "not_readable": 1}


def test_table_with_german_columns_is_read(tmp_path: Path) -> None:
    """As German spreadsheets write it: semicolons, days first."""
    header = "Dateiname;Titel;Beschreibung;Schlagwörter;Veröffentlicht am;Lizenz;Alternativtext;Inhaltswarnung"
    table = f"{header}\r\na.png;Möwe;Am Meer;Meer, Vogel;31.1.2020;CC0;Vogel;Blut\r\n".encode("cp1252")
    heading, (post,) = read(packed({"liste.csv": table, "a.png": picture(1)}), tmp_path)
    assert None not in heading["columns"].values()
    assert (post["title"], post["description"], post["hashtags"]) == ("Möwe", "Am Meer", ["Meer", "Vogel"])
    assert (post["created_at"], post["license"]) == ("2020-01-31T00:00:00Z", "CC0-1.0")
    assert (post["alt_text"], post["content_warnings"]) == ("Vogel", ["Blut"])


def test_cells_that_no_column_has_are_reported(tmp_path: Path) -> None:
    """Such as the rest of a description whose comma was not quoted."""
    table = b"file,title,date\na.png,A,2020-01-01,,\nb.png,B,2020-01-01,by the sea\n"
    archive = packed({"t.csv": table, "a.png": picture(1), "b.png": picture(2)})
    _, items = read(archive, tmp_path)
    assert lost(items) == {"no_column": 1}


@own_tables
async def test_columns_hashtags_and_warnings_can_be_mapped(site: Site, api: Api, work_off: WorkOff) -> None:
    rows = ("a.png,A,2020-01-01,Fan Art,blood,Mine,3", "b.png,B,2150-01-01,wip,loud,,")
    table = "\n".join(["file,title,date,category,cw,license,price", *rows]).encode()
    archive = packed({"t.csv": table, "a.png": picture(1), "b.png": picture(2)})
    artist = await site.add_user("artist")
    report = await reported(api, artist, await keep(site, artist, archive), work_off)
    assert report["report"]["hashtags"] == {"Fan_Art": 1, "wip": 1}
    assert report["report"]["warnings"] == {"blood": 1, "loud": 1}
    assert report["report"]["licenses"] == {"Mine": None}
    assert (report["report"]["columns"]["category"], report["report"]["columns"]["price"]) == ("tags", None)
    choices = {
        "hashtags": {"Fan_Art": "fanart"},
        "warnings": {"blood": "red paint", "loud": None},
        "licenses": {"Mine": 1},
    }
    assert (await api.post(f"/api/pmd/imports/{report['id']}/start", choices, user=artist)).status == 202
    await work_off()
    posts = await posts_of(site.pool, artist)
    assert [post["content_warnings"] for post in posts.values()] == [["red paint"], []]
    assert [list(post["hashtags"]) for post in posts.values()] == [["fanart"], ["wip"]]
    assert [post["license_id"] for post in posts.values()] == [1, None]
    assert posts["B"]["created_at"] < datetime.now(UTC), "no post of the future leads a list until then"


@own_tables
async def test_too_long_alt_texts_and_warnings_are_described(site: Site, api: Api, work_off: WorkOff) -> None:
    warning, alt = "A long way down " * 8, "blue " * 400
    table = f'file,title,date,cw,alt\na.png,A,2020-01-01,"{warning}",{alt}\n'.encode()
    artist, report = await imported(site, api, work_off, packed({"t.csv": table, "a.png": picture(1)}))
    assert list(report["report"]["warnings"]) == [" ".join(warning.split())]
    post = (await posts_of(site.pool, artist))["A"]
    assert (post["alt_text"], post["content_warnings"]) == (None, [])
    assert post["description"] == f"Content warning: {' '.join(warning.split())}\n\nAlt text: {alt.strip()}"


def drawn(file_format: str, side: int) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (side, 16), (side % 256, 9, 9)).save(target, file_format)
    return target.getvalue()


@own_tables
async def test_pictures_that_cannot_be_posts_become_files(site: Site, api: Api, work_off: WorkOff) -> None:
    """The report has it, by the names and first bytes of the files."""
    files = {
        f"{kind}{side}.{kind}": drawn(kind, side)
        for kind in ("png", "gif", "webp", "bmp", "jpeg")
        for side in (200, 300)
    }
    rows = "".join(f"{name},2020-01-01\n" for name in files)
    artist, report = await imported(site, api, work_off, packed({"t.csv": f"file,date\n{rows}".encode(), **files}))
    assert counts(report) == {
        ("post", "make", None): 4,
        ("post", "change", "canvas_too_large"): 4,
        ("post", "change", "not_a_post_format"): 2,
    }
    assert (await posts_of(site.pool, artist)).keys() == {"png200", "gif200", "webp200", "bmp200"}
    kept = await site.pool.fetch("SELECT name FROM asset WHERE user_id = $1 AND type = 'image'", artist)
    too_large = {f"{kind}300.{kind}" for kind in ("png", "gif", "webp", "bmp", "jpeg")}
    assert sorted(row["name"] for row in kept) == sorted({"jpeg200.jpeg", *too_large})


@own_tables
async def test_same_posts_are_recognized_by_count_and_by_bytes(site: Site, api: Api, work_off: WorkOff) -> None:
    """Two pictures of one day and title are two posts; one that was renamed since is no new one."""
    lines = ("a.png,Study", "b.png,Study", "b.png,Study", "c.png,Other")
    table = "".join(["file,title,date\n", *(f"{line},2020-01-01\n" for line in lines)]).encode()
    archive = packed({"t.csv": table, "a.png": picture(1), "b.png": picture(2), "c.png": picture(3)})
    artist, report = await imported(site, api, work_off, archive)
    assert counts(report) == {("post", "make", None): 3, ("post", "double", None): 1}
    again = await reported(api, artist, report["asset_id"], work_off)
    assert counts(again) == {("post", "present", None): 3, ("post", "double", None): 1}
    await site.pool.execute("UPDATE posts SET deleted_by_user = true WHERE id = (SELECT min(id) FROM posts)")
    again = await reported(api, artist, report["asset_id"], work_off)
    assert counts(again) == {("post", "present", None): 2, ("post", "make", None): 1, ("post", "double", None): 1}
    await site.pool.execute("UPDATE posts SET deleted_by_user = false")
    await site.pool.execute("UPDATE posts SET title = 'Renamed' WHERE id > (SELECT min(id) FROM posts)")
    renamed = {("post", "present", None): 1, ("post", "present", "renamed_since"): 2, ("post", "double", None): 1}
    assert counts(await reported(api, artist, report["asset_id"], work_off)) == renamed
    await api.post("/api/pmd/takeout", {}, user=artist)  # which reads the posts' bytes
    await work_off()
    await site.pool.execute("DELETE FROM imports")
    assert counts(await reported(api, artist, report["asset_id"], work_off)) == renamed


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2020-01-31", "2020-01-31T00:00:00+00:00"),
        ("2020-01-31T10:00:00+02:00", "2020-01-31T10:00:00+02:00"),
        ("2020:01:31 10:00:00", "2020-01-31T10:00:00+00:00"),
        ("2020/1/5 10:00", "2020-01-05T10:00:00+00:00"),
        ("5.1.2020, 10:00", "2020-01-05T10:00:00+00:00"),
        (1_580_464_800, "2020-01-31T10:00:00+00:00"),
        ("1580464800000", "2020-01-31T10:00:00+00:00"),
        ("01/02/2020", None),  # which of them is the day?
        ("0001-01-01", None),
        ("9" * 13, None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_read_as_people_and_programs_write_them(text: object, at: str | None) -> None:
    found = date_of(text)
    assert (found and found.isoformat()) == at


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/deed.de", "CC-BY-NC-SA-4.0"),
        ("CC BY-ND 4.0", "CC-BY-ND-4.0"),
        ("cc_by_sa 4.0", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("CC0", "CC0-1.0"),
        ("CC BY", "CC BY"),  # of no version: its owner decides
        ("All rights reserved", "All rights reserved"),
        ("  ", None),
    ],
)
def test_names_and_addresses_of_licences_become_identifiers(text: str, licence: str | None) -> None:
    assert licence_of(text) == licence


def test_titles_lose_the_hashtags_around_them() -> None:
    texts = ("#a #b Sea #c #d", "Sea #c\nmore", "#sea", "We #love it")
    assert [titled(None, text=text) for text in texts] == ["Sea", "Sea", "#sea", "We #love it"]
    assert re.fullmatch("x{109}…", titled("x" * 200))


def test_only_escaped_texts_are_unescaped() -> None:
    for text in ("Küste 🌊", "夜", "plain", ""):
        assert (unescaped(escaped(text)), unescaped(text)) == (text, text)
