"""A takeout of very many artworks: they are loaded in pages, and their metadata is streamed."""

import json
import tracemalloc
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest

from pmd_service.downloads import manifest
from pmd_service.downloads.everything.rows import PAGE
from pmd_service.downloads.manifest import Artwork, ArtworkRecord, Metadata, Records, Summary
from pmd_service.portable.records import MissingRecord

from ...conftest import WorkOff
from ...site import Api, Site

TAKEOUT = "/api/pmd/takeout"
COUNT = 2 * PAGE + 500

_POSTS = """
INSERT INTO posts (owner_id, title, file_format, width, height, frame_count, art_url, created_at)
SELECT $1, 'Artwork ' || number, 'png', 8, 8, 1, '/vault/art/' || number % 3 || '.png',
       timestamptz '2026-01-01 12:00+00' - number * interval '1 day'
  FROM generate_series(1, $2::int) AS number
"""


async def test_takeout_of_several_pages_is_complete_and_in_order(site: Site, api: Api, work_off: WorkOff) -> None:
    artist = await site.add_user()
    for number in range(3):
        await site.stored.put(f"art/{number}.png", f"pixels of {number}".encode())
    await site.pool.execute(_POSTS, artist, COUNT)
    accepted = await api.post(TAKEOUT, {}, user=artist)
    await work_off()
    takeout = (await api.get(accepted.headers["Location"], user=artist)).json
    assert (takeout["status"], takeout["processed_count"], takeout["missing_count"]) == ("ready", COUNT, 0)
    expected = await site.pool.fetch("SELECT id, title, created_at FROM posts ORDER BY created_at")
    names = [f"posts/{row['created_at'].astimezone(UTC):%Y}/{row['id']}-{site.sqid(row['id'])}.png" for row in expected]
    answer = await api.get(takeout["download_url"], user=artist)
    with ZipFile(BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        assert [name for name in archive.namelist() if name.endswith(".png")] == names
        assert len({name.casefold() for name in archive.namelist()}) == len(archive.namelist())
        for number in (1, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 1, COUNT):
            wanted = int(expected[number - 1]["title"].removeprefix("Artwork ")) % 3
            assert archive.read(names[number - 1]) == f"pixels of {wanted}".encode()
        records = [json.loads(line) for line in archive.read("data/posts.jsonl").splitlines()]
        outbox = json.loads(archive.read("outbox.json"))
        manifest = json.loads(archive.read("pmd.json"))
    assert [(each["file"]["path"], each["title"]) for each in records] == [
        (name, row["title"]) for name, row in zip(names, expected, strict=True)
    ]
    assert outbox["totalItems"] == len(outbox["orderedItems"]) == COUNT
    assert manifest["missing"] == []


def artworks(first: int, count: int, description: str = "A description.") -> list[Artwork]:
    return [
        Artwork(
            post_id=number,
            art_url="",
            record=ArtworkRecord(
                sqid=f"s{number}", filename=f"{number}.png", title=None, description=description,
                created_at=datetime(2026, 1, 1, tzinfo=UTC), width=8, height=8, frame_count=1, file_format="png",
                hashtags=["dragon"], license=None,
            ),
        )
        for number in range(first, first + count)
    ]  # fmt: skip


SUMMARY = Summary(
    generated_at=datetime(2026, 1, 1, tzinfo=UTC), user_handle="artist", artwork_count=5, requested_count=6
)


@pytest.mark.parametrize("runs", [[], [0], [1], [2, 3], [0, 2, 0, 3]])
@pytest.mark.parametrize("missing", [0, 2])
async def test_streamed_metadata_is_indented_json(
    runs: list[int], missing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "CHUNK_BYTES", 100)
    lost = [MissingRecord(sqid=f"m{number}", title=None, reason="Gone.") for number in range(missing)]
    records = Records()
    written: list[Artwork] = []
    for count in runs:
        run = artworks(len(written), count)
        records.add(run)
        written += run
    chunks = [chunk async for chunk in records.metadata_json(SUMMARY, lost)]
    records.close()
    summary = {name: getattr(SUMMARY, name) for name in SUMMARY.__struct_fields__}
    whole = Metadata(**summary, artworks=[each.record for each in written], missing=lost)
    assert b"".join(chunks) == manifest.render(whole)


async def test_many_records_are_spooled_to_a_file() -> None:
    tracemalloc.start()
    try:
        records, size = Records(), 0
        for page in range(40):
            records.add(artworks(page * 100, 100, "x" * 10_000))
        async for chunk in records.metadata_json(SUMMARY, []):
            size += len(chunk)
        records.close()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 40_000_000
    assert peak < 20_000_000
