"""A pack whose ``marks`` are ``strip`` exports copies that show the same without metadata."""

import hashlib
import io
import json
import random
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import ExifTags, Image

from pmd_service.base.faults import is_disk_full
from pmd_service.base.settings import Settings
from pmd_service.imports.items import PackItem
from pmd_service.packs.stripped import stripped
from pmd_service.vault import Vault
from pmd_service.work.context import WorkerContext

from ..conftest import WorkOff
from ..media.files import encode_sound, tone
from ..site import Api, Site
from .conftest import Artist
from .exports import export
from .files import pack_edition, pack_file
from .test_packs import PACKS, make

SECRET = "Erika Mustermann"


def photo(colour: str) -> bytes:
    """A photo with its place and author."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = SECRET
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (52.0, 30.0, 58.0)
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def signed_sound(path: Path) -> bytes:
    """A sound that names who made it."""
    with av.open(str(path), "w") as written:
        written.metadata["artist"] = SECRET
        stream = written.add_stream("flac", rate=44_100)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        for packet in encode_sound(stream, tone(0.2)[None], 44_100):
            written.mux(packet)
    return path.read_bytes()


def noise() -> bytes:
    """A picture without metadata, larger than all documents."""
    out = io.BytesIO()
    Image.frombytes("RGB", (128, 128), random.Random(1).randbytes(3 * 128 * 128)).save(out, "PNG")
    return out.getvalue()


def shown(data: bytes) -> bytes:
    return Image.open(io.BytesIO(data)).convert("RGB").tobytes()


def gps_of(data: bytes) -> Any:
    return Image.open(io.BytesIO(data)).getexif().get_ifd(ExifTags.IFD.GPSInfo)


async def photos(artist: Artist) -> dict[str, tuple[int, bytes]]:
    """Two with metadata, and one without."""
    made = {}
    for name, data, form in (
        ("a.jpg", photo("teal"), "jpg"),
        ("clean.png", noise(), "png"),
        ("z.jpg", photo("olive"), "jpg"),
    ):
        columns = {"file_format": form, "mime_type": f"image/{form}", "provenance": "user_provided"}
        made[name] = await artist.add(name, data, **columns), data
    return made


async def opened(api: Api, artist: Artist, url: str) -> tuple[bytes, dict[str, bytes]]:
    answer = await api.get(url, user=artist.user)
    assert answer.status == 200, answer
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        return answer.body, {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


@pytest.mark.stores
async def test_stripped_edition_has_no_metadata_and_the_same_pixels(
    api: Api, artist: Artist, work_off: WorkOff, site: Site
) -> None:
    given = await photos(artist)
    # As it is without a word about it.
    assets = [{"asset_id": asset} for asset, _ in given.values()]
    made = await api.post(PACKS, {"name": "Dragons", "license_type": "personal", "assets": assets}, user=artist.user)
    pack = made.json["id"]
    details = await export(api, artist, pack, work_off)
    assert details["pack"]["export"]["status"] == "completed", details
    assert details["pack"]["marks"] == "strip"
    archive, files = await opened(api, artist, details["pack"]["download_url"])
    assert SECRET.encode() not in archive
    for name, (_, data) in given.items():
        packed = files[f"assets/{name}"]
        assert shown(packed) == shown(data)
        assert not gps_of(packed)
        assert (packed == data) == (name == "clean.png")
    manifest = json.loads(files["manifest.json"])
    assert manifest["pack"]["marks"] == "strip"
    assert manifest["pack"]["total_size_bytes"] == sum(len(files[f"assets/{name}"]) for name in given)
    lines = files["checksums.txt"].decode().splitlines()
    for asset in manifest["assets"]:
        packed = files[asset["rel_path"]]
        assert (asset["size_bytes"], asset["hash"]) == (len(packed), hashlib.sha256(packed).hexdigest())
        assert f"{asset['hash']}  {asset['rel_path']}" in lines
    assert b"was removed from the files" in files["README.md"]
    # What is the edition's own counts, and what it refers to does not.
    stored = await site.pool.fetchval("SELECT stored_bytes FROM pack_edition")
    copies = sum(len(files[f"assets/{name}"]) for name in ("a.jpg", "z.jpg"))
    assert copies < stored < copies + 20_000 < copies + len(given["clean.png"][1])
    assert [each["name"] for each in details["assets"]] == [*given]


@pytest.mark.parametrize("form", ["jpg", "heic", "xmp", "mp4"])
async def test_metadata_that_cannot_be_removed_stays_out_unless_asked_for(api: Api, artist: Artist, form: str) -> None:
    """Media that is not decoded here is a companion, and companions are packed as they are."""
    asset = await artist.add(f"photo.{form}", photo("teal"), type="other", file_format=form)
    body = {"name": "Dragons", "license_type": "personal", "assets": [{"asset_id": asset}]}
    pack = (await api.post(PACKS, body, user=artist.user)).json["id"]
    (conflict,) = (await api.post(f"{PACKS}/{pack}/check", {}, user=artist.user)).json["conflicts"]
    assert (conflict["code"], conflict["asset_id"]) == ("cannot_strip", asset)
    assert (await api.post(f"{PACKS}/{pack}/export", {}, user=artist.user)).status == 409
    await api.call("PATCH", f"{PACKS}/{pack}", json={"marks": "keep"}, user=artist.user)
    assert (await api.post(f"{PACKS}/{pack}/check", {}, user=artist.user)).json["ok"]


async def test_every_writer_of_packs_removes_places_by_default(api: Api, artist: Artist, site: Site) -> None:
    body = {"name": "By the API", "license_type": "personal"}
    assert (await api.post(PACKS, body, user=artist.user)).json["marks"] == "strip"
    item = PackItem(title="Imported", license_type="personal", files=[], created_at=datetime.now(UTC))
    assert item.marks == "strip"
    query = """INSERT INTO pack (user_id, name, slug, license_type) VALUES ($1, 'By the site', 'site', 'personal')
               RETURNING marks"""
    assert await site.pool.fetchval(query, artist.user) == "strip"


async def test_marks_keep_exports_the_files_unchanged(api: Api, artist: Artist, work_off: WorkOff) -> None:
    given = await photos(artist)
    pack = await make(api, artist, [asset for asset, _ in given.values()], license_type="personal")
    details = await export(api, artist, pack, work_off)
    _, files = await opened(api, artist, details["pack"]["download_url"])
    assert {name: files[f"assets/{name}"] for name in given} == {name: data for name, (_, data) in given.items()}
    assert b"was removed from the files" not in files["README.md"]


async def test_marks_setting_can_change_for_the_next_edition(api: Api, artist: Artist, work_off: WorkOff) -> None:
    given = await photos(artist)
    pack = await make(api, artist, [given["a.jpg"][0]], license_type="personal", marks="strip")
    first = (await export(api, artist, pack, work_off))["pack"]["download_url"]
    details = (await api.call("PATCH", f"{PACKS}/{pack}", json={"name": "Other"}, user=artist.user)).json
    assert details["marks"] == "strip"
    details = (await api.call("PATCH", f"{PACKS}/{pack}", json={"marks": "keep"}, user=artist.user)).json
    assert details["marks"] == "keep"
    second = (await export(api, artist, pack, work_off))["pack"]["download_url"]
    assert SECRET.encode() not in (await opened(api, artist, first))[0]
    assert (await opened(api, artist, second))[1]["assets/a.jpg"] == given["a.jpg"][1]
    answer = await api.call("PATCH", f"{PACKS}/{pack}", json={"marks": "hide"}, user=artist.user)
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "$.marks")


async def test_unstrippable_files_are_named_and_not_exported(
    api: Api, artist: Artist, work_off: WorkOff, tmp_path: Path
) -> None:
    sound = signed_sound(tmp_path / "s.flac")
    columns = {"type": "audio", "file_format": "flac", "mime_type": "audio/flac", "provenance": "user_provided"}
    whole, broken = await artist.add("s.flac", sound, **columns), await artist.add("b.flac", b"fLaC" * 9, **columns)
    pack = await make(api, artist, [whole], license_type="personal", marks="strip")
    details = await export(api, artist, pack, work_off)
    archive, _ = await opened(api, artist, details["pack"]["download_url"])
    note = await artist.add("note.txt", SECRET.encode(), type="other", file_format="txt", mime_type="text/plain")
    beside = await make(api, artist, [note, whole], license_type="personal", marks="strip")
    details = await export(api, artist, beside, work_off)
    _, files = await opened(api, artist, details["pack"]["download_url"])
    assert files["assets/note.txt"] == SECRET.encode(), "what cannot be decoded is packed as it is"
    assert SECRET.encode() not in files["assets/s.flac"]
    assert SECRET.encode() in sound
    assert SECRET.encode() not in archive
    pack = await make(api, artist, [whole, broken], license_type="personal", marks="strip")
    task = (await export(api, artist, pack, work_off))["pack"]["export"]
    assert task["status"] == "failed"
    assert task["error_message"].startswith("“b.flac” cannot be packed without its metadata: ")


async def test_stripped_copies_count_in_the_quota_and_originals_do_not(
    api: Api, artist: Artist, work_off: WorkOff, site: Site, settings: Settings
) -> None:
    asset = await artist.add("big.jpg", photo("teal"), file_format="jpg", provenance="user_provided")
    await site.pool.execute("UPDATE library_usage SET size_bytes = $1", settings.library_max_bytes)
    pack = await make(api, artist, [asset], license_type="personal", marks="strip")
    task = (await export(api, artist, pack, work_off))["pack"]["export"]
    assert (task["status"], "Copies without personal metadata need" in task["error_message"]) == ("failed", True)
    await api.call("PATCH", f"{PACKS}/{pack}", json={"marks": "keep"}, user=artist.user)
    assert (await export(api, artist, pack, work_off))["pack"]["export"]["status"] == "completed"


async def test_export_copies_nothing_without_disk_space(
    artist: Artist, worker: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = pack_edition([pack_file(size_bytes=1000)], marks="strip")

    async def free_bytes(_vault: Vault) -> int:
        return 64 * 1024**2 + 1999

    monkeypatch.setattr(Vault, "free_bytes", free_bytes)
    with pytest.raises(OSError, match="reserved") as full:
        async with stripped(worker, artist.user, edition, []):
            pass
    assert is_disk_full(full.value)
