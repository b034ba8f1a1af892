"""How many files a library has: kept as they come and go, and honest about what was not counted."""

import asyncio
from typing import Any

import pytest
from asyncpg.connection import LoggedQuery

from pmd_service.library import counts
from pmd_service.library.counts import MAINTAINED, add_up_counts
from pmd_service.library.where import AssetFilter, Where

from ..site import BORN, Api, Site
from .conftest import AddAsset

ASSETS = "/api/pmd/assets"
TRULY = """
SELECT state, type, provenance, NULL::text, NULL::smallint, NULL::smallint, count(*), true
  FROM asset WHERE user_id = $1 GROUP BY 1, 2, 3
"""


async def kept_and_true(site: Site, artist: int) -> tuple[list[Any], list[Any]]:
    kept, truly = [await site.pool.fetch(statement, artist) for statement in (MAINTAINED, TRULY)]
    return sorted(map(tuple, kept)), sorted(map(tuple, truly))


async def test_kept_counts_follow_whatever_is_written(site: Site, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    made = [await add_asset(artist, type=("image", "audio")[n % 2]) for n in range(12)]
    for change in (
        "UPDATE asset SET approved = true WHERE id = ANY ($1)",
        "UPDATE asset SET deleted_at = now(), theme = 'x' WHERE id = ANY ($1)",
        "UPDATE asset SET provenance = 'enhanced', deleted_at = NULL WHERE id = ANY ($1)",
        "UPDATE asset SET name = 'other' WHERE id = ANY ($1)",
        "DELETE FROM asset WHERE id = ANY ($1)",
    ):
        await site.pool.execute(change, made[::3])
        kept, truly = await kept_and_true(site, artist)
        assert kept == truly


async def test_adding_up_keeps_the_sums(site: Site, add_asset: AddAsset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "MAX_ROWS", 5)
    artist = await site.add_user()
    for n in range(9):
        await add_asset(artist, approved=n % 2 == 0)
    before = await kept_and_true(site, artist)
    await add_up_counts(site.pool)
    assert await kept_and_true(site, artist) == before
    assert await site.pool.fetchval("SELECT count(*) FROM library_counts") == 2


async def test_a_whole_library_is_counted_in_one_round_trip(site: Site) -> None:
    statements: list[LoggedQuery] = []
    async with site.pool.acquire() as connection:
        with connection.query_logger(statements.append):
            await counts.count_assets(connection, user_id=await site.add_user(), where=Where.of(AssetFilter()))
            await asyncio.sleep(0)  # asyncpg tells its loggers in the loop's next turn
    assert len(statements) == 1


async def test_a_large_library_is_counted_exactly_and_its_themes_at_least(
    site: Site, api: Api, add_asset: AddAsset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "MAX_COUNTED", 4)
    artist = await site.add_user()
    for n in range(10):
        await add_asset(
            artist,
            theme="sea" if n < 7 else "land",
            type="audio" if n == 0 else "image",
            hashtags=["all"],
            deleted_at=BORN if n == 1 else None,
        )
    page = (await api.get(ASSETS, user=artist)).json
    assert (page["total_count"], page["total_is_exact"]) == (9, True)
    assert page["facets"]["type"] == [
        {"value": "image", "count": 8, "is_exact": True},
        {"value": "audio", "count": 1, "is_exact": True},
    ]
    assert page["facets"]["theme"] == [
        {"value": "land", "count": 3, "is_exact": False},
        {"value": "sea", "count": 1, "is_exact": False},
    ]
    tagged = (await api.get(f"{ASSETS}?hashtag=all", user=artist)).json
    assert (tagged["total_count"], tagged["total_is_exact"]) == (4, False)
    themed = (await api.get(f"{ASSETS}?theme=land", user=artist)).json
    assert (themed["total_count"], themed["total_is_exact"]) == (3, True)
    assert [facet["value"] for facet in themed["facets"]["theme"]] == ["land", "sea"]


async def test_the_themes_of_a_small_state_of_a_large_library_are_counted_exactly(
    site: Site, api: Api, add_asset: AddAsset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "MAX_COUNTED", 4)
    artist = await site.add_user()
    for n in range(10):
        await add_asset(artist, theme="sea", deleted_at=BORN if n < 3 else None)
    trash = (await api.get(f"{ASSETS}?state=trash", user=artist)).json
    assert (trash["total_count"], trash["total_is_exact"]) == (3, True)
    assert trash["facets"]["theme"] == [{"value": "sea", "count": 3, "is_exact": True}]
    other = (await api.get(f"{ASSETS}?state=trash&theme=land", user=artist)).json
    assert other["facets"]["theme"] == [{"value": "sea", "count": 3, "is_exact": True}]
