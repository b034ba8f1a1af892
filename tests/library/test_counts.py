"""The total and the facets of a library, and its counts for live pages."""

from typing import Any

import msgspec
import pytest

from pmd_service.library.counts import load_counts

from ..site import BORN, Api, Site
from .conftest import AddAsset

ASSETS, COUNTS = "/api/pmd/assets", "/api/pmd/assets/counts"


def values(counts: Any, name: str) -> dict[str | None, int]:
    return {facet["value"]: facet["count"] for facet in counts["facets"][name]}


async def test_facet_counts_apply_the_other_filters(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    await add_asset(artist, theme="sea", approved=True)
    await add_asset(artist, theme="sea", type="audio")
    await add_asset(artist, theme="sea", provenance="unknown", deleted_at=BORN)
    await add_asset(artist, type="video")
    counts = (await api.get(f"{COUNTS}?theme=sea&type=image", user=artist)).json
    assert counts["total_count"] == 1
    assert values(counts, "type") == {"image": 1, "audio": 1}
    assert values(counts, "theme") == {"sea": 1}
    assert values(counts, "state") == {"approved": 1, "trash": 1}
    assert values(counts, "provenance") == {"user_provided": 1}
    unfiltered = (await api.get(COUNTS, user=artist)).json
    assert values(unfiltered, "theme") == {"sea": 2, None: 1}
    assert values(unfiltered, "type") == {"image": 1, "audio": 1, "video": 1}


async def test_facets_list_frequent_values_first_and_at_most_100_themes(
    site: Site, api: Api, add_asset: AddAsset
) -> None:
    artist = await site.add_user()
    for number in range(103):
        await add_asset(artist, theme=f"theme {number:03}")
    await add_asset(artist, theme="theme 102")
    counts = (await api.get(COUNTS, user=artist)).json
    assert counts["total_count"] == 104
    assert counts["facets"]["theme"][0] == {"value": "theme 102", "count": 2}
    assert len(counts["facets"]["theme"]) == 100


async def test_counts_of_an_empty_library(site: Site, api: Api) -> None:
    facets: dict[str, list[Any]] = {"state": [], "type": [], "provenance": [], "theme": [], "rating": [], "label": []}
    assert (await api.get(COUNTS, user=await site.add_user())).json == {"total_count": 0, "facets": facets}


async def test_live_counts_follow_every_write(site: Site, add_asset: AddAsset) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    made = [await add_asset(artist) for _ in range(6)]
    await site.pool.execute("UPDATE asset SET approved = true WHERE id = $1", made[0])
    await site.pool.execute("UPDATE asset SET rejected_at = now() WHERE id = $1", made[1])
    await site.pool.execute("UPDATE asset SET deleted_at = now() WHERE id = $1", made[5])
    await site.pool.execute("DELETE FROM asset WHERE id = $1", made[2])
    counts = await load_counts(site.pool, [artist, other])
    sent = counts[artist]
    assert (sent.new, sent.approved, sent.set_aside, sent.trash, sent.newest_asset_id) == (2, 1, 1, 1, made[4])
    assert (counts[other].new, counts[other].newest_asset_id) == (0, None)


async def test_tree_list_facets_and_folders_count_the_same(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    for number, path in enumerate(("sea/a.png", "sea/deep/b.png", "sea/deep/boat.png", "land/boat.png", None)):
        await add_asset(
            artist,
            name=(path or "boat.png").rpartition("/")[2],
            original_path=path,
            hashtags=["boat"] if number % 2 else [],
            rating=number,
            approved=number == 2,
            type="audio" if number == 3 else "image",
        )
    await add_asset(artist, original_path="sea/old boat.png", name="old boat.png", deleted_at=BORN)
    for chosen in (
        {},
        {"q": "boat"},
        {"q": "oat"},  # in the middle of words
        {"q": "boat width>=1"},
        {"state": "approved"},
        {"state": "trash"},
        {"hashtag": "boat", "rating": "2"},
        {"type": "audio"},
        {"folder": "sea"},
        {"folder": "sea", "q": "tag:boat OR b"},
    ):
        with subtests.test(chosen=chosen):
            listed = await api.get(ASSETS, user=artist, params=chosen)
            counted = (await api.get(COUNTS, user=artist, params=chosen)).json
            folders = (await api.get(f"{ASSETS}/folders", user=artist, params=chosen)).json
            kept = {name: int(value) if name == "rating" else value for name, value in chosen.items()}
            smart = await api.post(
                "/api/pmd/smart-folders",
                {"name": msgspec.json.encode(chosen).decode()[:60], "filter": kept},
                user=artist,
            )
            assert len(listed.json["items"]) == counted["total_count"] == smart.json["file_count"]
            assert sum(each["count"] for each in folders["items"]) == counted["total_count"]
            assert sum(values(counted, "type").values()) >= counted["total_count"]
