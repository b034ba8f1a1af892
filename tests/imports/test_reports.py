"""The report of an import is what happens then: the first time, again, and after something was deleted."""

import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pmd_service.assets.asset import NewAsset
from pmd_service.imports import files, known_bytes, report, run
from pmd_service.imports.known_bytes import KnownBytes
from pmd_service.imports.listing import Entry
from pmd_service.imports.making import Making, Taken

from ..conftest import WorkOff
from ..site import Api, Site
from ..uploads.pictures import picture
from .test_forms import packed
from .test_imports import ASSETS, counts, keep, made, reported, with_a_place

pytestmark = pytest.mark.own_tables  # a site's posts are not made from here


def tiff() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (16, 16), "olive").save(data, "TIFF")
    return data.getvalue()


def in_a_tar(files: Mapping[str, Any]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return target.getvalue()


def side(title: str, **more: Any) -> dict[str, Any]:
    return {"category": "deviantart", "title": title, "date": "2016-09-19 20:22:30"} | more


# A post, one whose metadata is removed, one that is only a file here, and files without a date, some twice.
DUMP: dict[str, bytes | dict[str, Any]] = {
    "dusk.png": picture(1), "dusk.png.json": side("Dusk"),
    "place.png": with_a_place(), "place.png.json": side("Place"),
    "scan.tiff": tiff(), "scan.tiff.json": side("Scan"),
    "face.png": picture(2), "face.png.json": side("Face", subcategory="avatar"),
    "plain.png": picture(3), "more/plain.png": picture(3), "face again.png": picture(2), "scan again.tiff": tiff(),
}  # fmt: skip


async def planned_and_made(api: Api, artist: int, archive: int, work_off: WorkOff) -> tuple[int, int]:
    found = await reported(api, artist, archive, work_off)
    planned = sum(count for (_, outcome, _), count in counts(found).items() if outcome in ("make", "change"))
    done = await made(api, artist, found["id"], work_off)
    assert (done["status"], done["failed_count"]) == ("completed", 0), done
    return planned, done["made_count"]


@pytest.mark.parametrize("pack", [packed, in_a_tar])
async def test_an_import_makes_what_its_report_says_each_time(
    site: Site, api: Api, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch, pack: Callable[[Any], bytes]
) -> None:
    monkeypatch.setattr(run, "PAGE", 3)  # the same bytes are in one page, and in several
    artist = await site.add_user("artist")
    archive = await keep(site, artist, pack(DUMP))
    assert await planned_and_made(api, artist, archive, work_off) == (5, 5)
    assert await planned_and_made(api, artist, archive, work_off) == (0, 0)
    post = await site.pool.fetchval("SELECT min(id) FROM posts")
    scan = await site.pool.fetchval("SELECT id FROM asset WHERE file_format = 'tiff'")
    assert (await api.post("/api/pmd/action", {"action": "delete", "post_ids": [post]}, user=artist)).status == 200
    trashing = {"action": "trash", "asset_ids": [scan]}
    assert (await api.post(f"{ASSETS}/action", trashing, user=artist)).status == 200
    assert await planned_and_made(api, artist, archive, work_off) == (2, 2)


async def test_files_with_one_crc_32_and_other_bytes_are_two(site: Site, api: Api, work_off: WorkOff) -> None:
    """Text files; “plumless” and “buckeroo” have the same."""
    artist = await site.add_user("artist")
    archive = await keep(
        site, artist, packed({"a.txt": b"plumless", "b.txt": b"buckeroo"} | dict(list(DUMP.items())[:2]))
    )
    assert await planned_and_made(api, artist, archive, work_off) == (3, 3)


async def test_a_report_reads_no_more_of_a_bomb_than_a_library_may_have(
    site: Site, api: Api, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal files, of which a small archive may claim terabytes."""
    read: list[int] = []
    hash_of = known_bytes._hash_of

    def counted(archive: Path, entry: Entry) -> str | None:
        read.append(entry.size)
        return hash_of(archive, entry)

    monkeypatch.setattr(known_bytes, "_hash_of", counted)
    monkeypatch.setattr(report, "KnownBytes", lambda *of, **more: KnownBytes(*of, **more | {"max_bytes": 5_000_000}))
    artist = await site.add_user("artist")
    equal = {f"{number}.txt": bytes(1_000_000) for number in range(20)}
    archive = await keep(site, artist, packed(equal | dict(list(DUMP.items())[:2])))
    assert await reported(api, artist, archive, work_off)
    assert sum(read) == 5_000_000


@pytest.mark.parametrize("reserved", ["bytes", "files"])
async def test_an_import_takes_no_room_that_was_taken_meanwhile(
    site: Site, api: Api, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch, reserved: str
) -> None:
    artist = await site.add_user("artist")
    archive = await keep(site, artist, packed({name: DUMP[name] for name in ("face.png", "face.png.json")}))
    found = await reported(api, artist, archive, work_off)
    store = files._store

    async def store_and_fill(making: Making, taken: Taken) -> NewAsset:
        await site.pool.execute(f"UPDATE library_usage SET reserved_{reserved} = 2 ^ 60")
        return await store(making, taken)

    monkeypatch.setattr(files, "_store", store_and_fill)
    done = await made(api, artist, found["id"], work_off)
    assert (done["status"], done["made_count"], done["failed_count"]) == ("completed", 0, 1)
