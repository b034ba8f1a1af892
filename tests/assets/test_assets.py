"""The rows of files that got in: identity is content, the owner is in every question, and a library knows its size."""

import hashlib
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from pmd_service.assets.allowance import read_allowance
from pmd_service.assets.asset import (
    Added,
    NewAsset,
    Preview,
    add_asset,
    asset_key,
    find_asset,
    find_assets,
    find_known,
    key_of,
)
from pmd_service.assets.reports import Finding, NewReport, add_reports, find_report, list_reports
from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings

from ..site import Site

SMALL = Preview(
    path="/vault/previews/u/h/128.webp",
    etag="p",
    size=128,
    width=128,
    height=64,
    size_bytes=10,
    mime_type="image/webp",
)


def picture(data: bytes = b"pixels", owner: str = "u") -> NewAsset:
    content = hashlib.sha256(data).hexdigest()
    return NewAsset(
        path=f"/vault/{asset_key(owner, content, 'png')}",
        etag='"e"',
        type="image",
        hash=content,
        crc32=7,
        name="dragon.png",
        original_path="dragons/dragon.png",
        mime_type="image/png",
        file_format="png",
        size_bytes=len(data),
        width=8,
        height=8,
        previews=[SMALL],
        hashtags=["dragon"],
    )


async def test_same_bytes_are_one_asset_restored_from_trash(pool: Pool, site: Site) -> None:
    artist = await site.add_user()
    async with pool.acquire() as connection:
        first = await add_asset(connection, user_id=artist, new=picture())
        assert first.outcome == "added"
        assert await add_asset(connection, user_id=artist, new=picture()) == Added(
            asset_id=first.asset_id, outcome="already_there"
        )
        await connection.execute("UPDATE asset SET deleted_at = now()")
        assert (await find_known(connection, user_id=artist, hashes=[picture().hash]))[picture().hash].is_in_trash
        assert await add_asset(connection, user_id=artist, new=picture()) == Added(
            asset_id=first.asset_id, outcome="restored"
        )
        asset = await find_asset(connection, user_id=artist, asset_id=first.asset_id)
    assert asset is not None
    assert (asset.deleted_at, asset.previews, asset.hashtags) == (None, [SMALL], ["dragon"])
    assert key_of(asset.path) == asset_key("u", picture().hash, "png")


async def test_asset_is_found_by_its_owner_only(pool: Pool, site: Site) -> None:
    artist, stranger = await site.add_user("artist"), await site.add_user("stranger")
    async with pool.acquire() as connection:
        mine = await add_asset(connection, user_id=artist, new=picture())
        report = NewReport(
            user_id=artist,
            asset_id=mine.asset_id,
            outcome="added",
            file_name="dragon.png",
            hash=picture().hash,
            facts={"width": 8},
        )
        await add_reports(connection, [report])
        assert await find_asset(connection, user_id=stranger, asset_id=mine.asset_id) is None
        assert await find_assets(connection, user_id=stranger, asset_ids=[mine.asset_id]) == {}
        assert await find_known(connection, user_id=stranger, hashes=[picture().hash]) == {}
        assert await find_report(connection, user_id=stranger, report_id=report.id) is None
        assert await list_reports(connection, user_id=stranger, asset_id=mine.asset_id) == []
        theirs = await add_asset(connection, user_id=stranger, new=picture(owner="v"))
        assert theirs.outcome == "added"


async def test_report_stores_versioned_facts_and_findings(pool: Pool, site: Site) -> None:
    artist = await site.add_user()
    finding = Finding(code="extension_lies", message="It is called .jpg, and is a PNG.")
    async with pool.acquire() as connection:
        added = await add_asset(connection, user_id=artist, new=picture())
        new = NewReport(
            user_id=artist,
            asset_id=added.asset_id,
            outcome="added",
            file_name="dragon.jpg",
            hash=picture().hash,
            facts={"colours": 4},
            findings=[finding],
        )
        await add_reports(connection, [new])
        report = await find_report(connection, user_id=artist, report_id=new.id)
        assert await find_report(connection, user_id=artist, report_id=uuid4()) is None
        assert await list_reports(connection, user_id=artist, asset_id=added.asset_id) == [report]
    assert report is not None
    assert (report.facts, report.findings) == ({"version": 1, "colours": 4}, [finding])


async def test_library_usage_follows_every_write_and_includes_trash(pool: Pool, site: Site, settings: Settings) -> None:
    settings = msgspec.structs.replace(settings, library_max_bytes=100)
    artist = await site.add_user()

    async def used() -> int:
        return (await read_allowance(pool, settings, user_id=artist)).used_bytes

    async with pool.acquire() as connection:
        await add_asset(connection, user_id=artist, new=picture(b"12345"))
        await add_asset(connection, user_id=artist, new=picture(b"1234567"))
        await add_asset(connection, user_id=artist, new=picture(b"12345"))
    assert await used() == 12 + 2 * SMALL.size_bytes
    await pool.execute("UPDATE asset SET deleted_at = $1 WHERE size_bytes = 5", datetime.now(UTC))
    assert await used() == 12 + 2 * SMALL.size_bytes
    await pool.execute("DELETE FROM asset WHERE deleted_at IS NOT NULL")
    allowance = await read_allowance(pool, settings, user_id=artist)
    assert (allowance.used_bytes, allowance.left_bytes) == (17, 83)
    await pool.execute("DELETE FROM users WHERE id = $1", artist)
