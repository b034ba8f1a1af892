"""``ARCHIVES=whole``: an archive's object is the archive itself, and needs nothing but itself."""

import zipfile
from io import BytesIO

import msgspec
import pytest

from pmd_service.base.settings import Settings

from .conftest import Builder
from .test_unreadable_artworks import spoil


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, archives="whole")


@pytest.mark.stores
async def test_whole_archive_object_is_served_as_it_is(builder: Builder) -> None:
    site = builder.site
    posts = await site.add_posts(builder.artist, 3)
    row = await builder.build(await builder.request(posts))
    assert row["file_path"] == f"bdr/{site.sqid(builder.artist)}/{row['id']}.1.zip"
    data = await site.read(row["file_path"])
    assert (row["file_size_bytes"], row["stored_bytes"]) == (len(data), len(data))
    for post in posts:
        await site.lose(f"art/{post}.png")
    answer = await builder.api.get(f"/api/pmd/bdr/{row['id']}/download", user=builder.artist)
    assert (answer.status, answer.body) == (200, data)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 4
    assert list(site.vault.glob("bdr/*/*.links")) == []


@pytest.mark.stores
async def test_whole_archive_is_rewritten_without_a_truncated_artwork(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = builder.site
    posts = await site.add_posts(builder.artist, 5)
    assert (await builder.build(await builder.request(posts)))["missing"] == []  # so that their sums are known
    spoil(monkeypatch, builder.worker.vault, {f"art/{posts[0]}.png": 0, f"art/{posts[3]}.png": 40})
    row = await builder.build(await builder.request(posts))
    assert (row["status"], row["attempt"], row["faults"]) == ("ready", 1, 0)
    assert [missing["sqid"] for missing in row["missing"]] == [site.sqid(posts[0]), site.sqid(posts[3])]
    with await builder.archive(row) as archive:
        assert archive.testzip() is None
        wanted = [f"artworks/{site.sqid(posts[number])}.png" for number in (1, 2, 4)]
        assert archive.namelist() == [*wanted, "metadata.json"]
    assert len(await site.keys()) == 2


async def test_artwork_with_other_bytes_than_its_checksum_is_missing(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = await builder.site.add_posts(builder.artist, 2)
    await builder.build(await builder.request(posts))
    # As if the disk had turned a bit.
    await builder.site.pool.execute("UPDATE object_sum SET crc32 = crc32 # 1 WHERE key = $1", f"art/{posts[1]}.png")
    row = await builder.build(await builder.request(posts))
    assert (row["status"], row["missing"][0]["sqid"]) == ("ready", builder.site.sqid(posts[1]))
