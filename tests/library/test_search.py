"""Searching a library: what is found by which letters, in turns, with an index of words and without one."""

from typing import Any

import pytest

from pmd_service.base import words
from pmd_service.base.settings import Settings
from pmd_service.base.words import pattern_of
from pmd_service.library import finding
from pmd_service.library.finding import ASSET_WORDS

from ..conftest import Serve
from ..site import Api, Site
from .conftest import AddAsset

ASSETS = "/api/pmd/assets"


@pytest.fixture(params=["indexed", "bounded"])
async def index(request: pytest.FixtureRequest, site: Site) -> str:
    if request.param == "bounded":
        await site.pool.execute(f"DROP INDEX {ASSET_WORDS.index}")
    return str(request.param)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call has time for one turn, and a turn looks at three files."""
    monkeypatch.setattr(finding, "PAGE_SECONDS", 0)
    monkeypatch.setattr(finding, "COUNT_SECONDS", 0)
    monkeypatch.setattr(words, "NEWEST_ROWS", 3)
    monkeypatch.setattr(words, "WINDOW_ROWS", 3)


async def walk(api: Api, artist: int, query: str) -> list[Any]:
    """Every page of a search."""
    pages = [(await api.get(f"{ASSETS}?{query}", user=artist)).json]
    while cursor := pages[-1]["next_cursor"]:
        pages.append((await api.get(f"{ASSETS}?{query}&cursor={cursor}", user=artist)).json)
    return pages


@pytest.mark.usefixtures("index")
async def test_what_is_typed_is_found_where_people_look_for_it(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    made = [
        await add_asset(artist, name="Hero_idle.png", original_path="sprites/Hero_idle.png", hashtags=["pixel"]),
        await add_asset(artist, name="森の木.png", attribution="Öl & Kreide"),
        await add_asset(artist, name="the heap.png", theme="50% sale"),
        await add_asset(artist, name="superhero-gold.png", original_path="old/other.png"),
    ]
    for text, found in (
        ("hero", [3, 0]),
        ("HERO IDLE", [0]),
        ("hero_idle", [0]),
        ("sprites/hero", [0]),
        ("he", [2, 0]),  # two letters: where a word begins
        ("木", [1]),
        ("の木", [1]),
        ("öl", [1]),
        ("50%25", [2]),
        ("%25", [2]),
        ("other", [3]),
        ("gold.png", [3]),
        ("_", []),
        ("xylophon", []),
    ):
        with subtests.test(text=text):
            page = (await api.get(f"{ASSETS}?q={text}", user=artist)).json
            assert [made.index(item["id"]) for item in page["items"]] == found
            assert (page["total_count"], page["total_is_exact"], page["so_far"]) == (len(found), True, False)


@pytest.mark.usefixtures("hurried", "index")
async def test_a_search_without_time_says_so_far_and_goes_on_to_the_end(
    site: Site, api: Api, add_asset: AddAsset
) -> None:
    artist = await site.add_user()
    made = [await add_asset(artist, name=f"hero {n}.png" if n % 4 < 2 else f"tree {n}.png") for n in range(16)]
    pages = await walk(api, artist, "q=hero&limit=2")
    found = [item["id"] for page in pages for item in page["items"]]
    assert found == [made[n] for n in reversed(range(16)) if n % 4 < 2]
    assert pages[0]["so_far"]
    assert not pages[0]["total_is_exact"]
    assert pages[0]["total_count"] < 8


@pytest.mark.parametrize("near", [0, 1_000])
async def test_a_window_of_what_is_found_is_that_of_its_pages(
    site: Site, api: Api, add_asset: AddAsset, monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    monkeypatch.setattr(finding, "NEAR", near)
    artist = await site.add_user()
    made = [await add_asset(artist, name=f"hero {n}.png" if n % 3 else "tree.png") for n in range(12)]
    found = [made[n] for n in reversed(range(12)) if n % 3]
    for offset in (0, 2, 7, 8):
        page = (await api.get(f"{ASSETS}?q=hero&limit=3&offset={offset}", user=artist)).json
        assert [item["id"] for item in page["items"]] == found[offset : offset + 3]
        assert (page["total_count"], page["total_is_exact"]) == (8, True)
    assert [page["total_count"] for page in await walk(api, artist, "q=hero&limit=3")] == [8, 8, 8]


@pytest.mark.usefixtures("hurried", "index")
async def test_an_empty_page_so_far_has_a_cursor(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    oldest = await add_asset(artist, name="zeppelin.png")
    for _ in range(7):
        await add_asset(artist)
    pages = await walk(api, artist, "q=zeppelin")
    assert pages[0]["items"] == []
    assert pages[0]["so_far"]
    assert [item["id"] for page in pages for item in page["items"]] == [oldest]


@pytest.mark.usefixtures("index")
async def test_other_filters_leave_of_a_search_what_they_leave_of_the_list(
    site: Site, api: Api, add_asset: AddAsset
) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    kept = await add_asset(artist, name="hero.png", theme="sea")
    await add_asset(artist, name="hero.png", theme="sea", deleted_at=(await site.pool.fetchval("SELECT now()")))
    await add_asset(artist, name="hero.png", theme="land")
    page = (await api.get(f"{ASSETS}?q=hero&theme=sea", user=artist)).json
    assert [item["id"] for item in page["items"]] == [kept]
    assert page["total_count"] == 1
    assert {facet["value"]: facet["count"] for facet in page["facets"]["theme"]} == {"sea": 1, "land": 1}
    assert (await api.get(f"{ASSETS}?q=hero", user=stranger)).json["items"] == []


async def test_what_is_said_of_a_file_is_found_from_then_on(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, name="a.png")
    await site.pool.execute("UPDATE asset SET theme = 'zeppelins', hashtags = '{balloon}' WHERE id = $1", asset)
    await site.pool.execute("UPDATE asset SET note = 'Redraw it' WHERE id = $1", asset)
    for text, found in (("zeppelin", [asset]), ("balloon", [asset]), ("a.png", [asset]), ("redraw", [asset])):
        page = (await api.get(f"{ASSETS}?q={text}", user=artist)).json
        assert [item["id"] for item in page["items"]] == found
    await site.pool.execute("UPDATE asset SET theme = NULL WHERE id = $1", asset)
    assert (await api.get(f"{ASSETS}?q=zeppelin", user=artist)).json["items"] == []
    await site.pool.execute("DELETE FROM asset WHERE id = $1", asset)
    assert await site.pool.fetchval("SELECT count(*) FROM asset_search") == 0


async def test_the_start_says_that_searches_are_bounded(
    site: Site, serve: Serve, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await serve(settings)
    assert "search_is_bounded" not in capsys.readouterr().out
    await site.pool.execute(f"DROP INDEX {ASSET_WORDS.index}")
    await serve(settings)
    assert "search_is_bounded" in capsys.readouterr().out


def test_a_pattern_is_one_that_an_index_of_three_letters_knows() -> None:
    assert pattern_of(" hero ") == "%hero%"
    assert pattern_of(" he") == "% he%"
    assert pattern_of(" 宝  箱 ") == "% 宝  箱%"
    assert pattern_of(" 5% off") == r"%5\% off%"
    assert pattern_of("  ") is None


async def test_what_is_written_nearly_so_is_found_where_nothing_has_the_words(
    site: Site, api: Api, add_asset: AddAsset
) -> None:
    artist = await site.add_user()
    made = [await add_asset(artist, name=f"lighthouse {n}.png", theme="dusk") for n in range(3)]
    await add_asset(artist, name="castle.png", theme="dusk")
    await add_asset(await site.add_user("other"), name="lighthuose.png")

    async def found(query: str) -> tuple[list[int], bool]:
        pages = await walk(api, artist, query)
        assert {page["total_count"] for page in pages} == {sum(len(page["items"]) for page in pages)}
        return [item["id"] for page in pages for item in page["items"]], pages[0]["is_alike"]

    for query in ("q=lighthuose", "q=lighthuose&limit=2", "q=dusk lighthuose"):
        assert await found(query) == (made[::-1], True)
    assert await found("q=lighthuose&sort=name&limit=2") == (made, True)
    assert await found("q=lighthouse") == (made[::-1], False)
    assert await found("q=dusk lighthouse") == (made[::-1], True)  # of two things that are said of it
    for query in ("q=lighthuose noon", "q=cstl", "q=lighthuose&state=trash"):
        assert await found(query) == ([], False)
    window = (await api.get(f"{ASSETS}?q=lighthuose&offset=1&limit=1", user=artist)).json
    assert ([item["id"] for item in window["items"]], window["is_alike"]) == (made[1:2], True)
