"""Searches of a library: what is found by which words, and in every order and window."""

from typing import Any

import pytest

from pmd_service.library import queries
from pmd_service.library.where import _TEXT

from ..site import BORN, Api, Site
from .conftest import AddAsset

ASSETS = "/api/pmd/assets"


async def read_all(api: Api, artist: int, query: str) -> list[int]:
    """The ids on every page of a search."""
    page = (await api.get(f"{ASSETS}?{query}", user=artist)).json
    ids = [item["id"] for item in page["items"]]
    while cursor := page["next_cursor"]:
        page = (await api.get(f"{ASSETS}?{query}&cursor={cursor}", user=artist)).json
        ids += [item["id"] for item in page["items"]]
    return ids


async def counts(api: Api, artist: int, query: str) -> Any:
    return (await api.get(f"{ASSETS}/counts?{query}", user=artist)).json


async def test_search_finds_names_paths_themes_and_hashtags(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    made = [
        await add_asset(artist, name="Hero_idle.png", original_path="sprites/Hero_idle.png", hashtags=["pixel"]),
        await add_asset(artist, name="森の木.png", attribution="Öl & Kreide"),
        await add_asset(artist, name="the heap.png", theme="50% sale"),
        await add_asset(artist, name="superhero-gold.png", original_path="old/other.png"),
        await add_asset(artist, name="walkCycle12.png", generation={"prompt": "a knight", "model": "sd", "seed": "99"}),
        await add_asset(artist, name="Fußgänger.xcf", generation={"model": "Flux1-dev.safetensors"}),
    ]
    for text, found in (
        ("hero", [0]),
        ("HERO IDLE", [0]),
        ("hero_idle", [0]),
        ("idle_hero", []),
        ("sprites/hero", [0]),
        ("he", [2, 0]),
        ("h", [2, 0]),
        ("木", [1]),
        ("の木", [1]),
        ("木の", []),
        ("öl", [3, 1]),
        ("olé", []),
        ("kreide", [1]),
        ("öl %26 kreide", [1]),
        ("“öl kreide”", [1]),
        ("50%25", [2]),
        ("other", [3]),
        ("gold.png", [3]),
        ("perhero", [3]),  # where no word begins so: in the middle of a name
        ("ssganger", [5]),  # with other accents
        ("ger.x", []),
        ("g(nger", []),
        ("ußgänger", [5]),
        ("USSGÄNGER", [5]),
        ("fussganger", [5]),
        ("model:flux", [5]),
        ("model:dev", [5]),
        ("model:none -hero -sale", [3, 1]),
        ("-model:sd cycle OR fuß", [5]),
        ("cycle", [4]),
        ("walkcycle", [4]),
        ("12", [4]),
        ("knight", [4]),
        ("99", [4]),
        ("%23pixel", [0]),
        ("tag:pixel", [0]),
        ("tag:pix", []),
        ("sale OR cycle", [4, 2]),
        ("png -hero -cycle", [3, 2, 1]),
        ("%25", []),
        ("_", []),
        ("xylophon", []),
    ):
        with subtests.test(text=text):
            page = (await api.get(f"{ASSETS}?q={text}", user=artist)).json
            assert [made.index(item["id"]) for item in page["items"]] == found
            assert (await counts(api, artist, f"q={text}"))["total_count"] == len(found)


async def test_search_compares_sizes_dates_and_dimensions(
    site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests
) -> None:
    artist = await site.add_user()
    made = [
        await add_asset(artist, width=80, height=8, rating=3, theme="Sea", original_path="a/b/1.png", label=8),
        await add_asset(artist, type="audio", duration_sec=2.5, size_bytes=2_000_000, original_path="a/2.png"),
        await add_asset(artist, file_format="gif", frame_count=12, license_id=2, colors=["d44"], created_at=BORN),
    ]
    for query, found in (
        ("width>=80", [0]),
        ("height<10", [0]),
        ("duration>2", [1]),
        ("frames>1", [2]),
        ("size>1MB", [1]),
        ("stars>=3", [0]),
        ("rating:3", [0]),
        ("type:sound", [1]),
        ("type:audio", [1]),
        ("format:gif", [2]),
        ("theme:sea", [0]),
        ("in:a", [1, 0]),
        ("folder:a/b", [0]),
        ("label:green", [0]),
        ("label:8", [0]),
        ("licence:CC-BY", [2]),
        ("color:%23d04648", [2]),
        ("color:%230000ff OR type:sound", [1]),
        (f"before:{BORN.year}-02", [2]),
        ("-type:sound -in:a", [2]),
    ):
        with subtests.test(query=query):
            assert [made.index(file) for file in await read_all(api, artist, f"q={query}")] == found
    for query in ("width>x", "type:text", "label:pink", "before:noon", "depth>3", "in>a"):
        answer = await api.get(f"{ASSETS}?q={query}", user=artist)
        assert (answer.status, answer.json["errors"][0]["path"]) == (422, "?q"), query


@pytest.mark.parametrize("near", [0, 4, 8, 4_000])
async def test_search_pages_and_windows_are_parts_of_one_list(
    site: Site, api: Api, add_asset: AddAsset, monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    monkeypatch.setattr(queries, "NEAR", near)
    artist = await site.add_user()
    made = [await add_asset(artist, name=f"hero {n}.png" if n % 3 else "tree.png", rating=n % 2) for n in range(12)]
    named = [made[n] for n in range(12) if n % 3]
    by_stars = sorted(named, key=lambda each: (made.index(each) % 2, each), reverse=True)
    for order, found in (("", named[::-1]), ("&sort=name", named), ("&sort=rating", by_stars)):
        assert await read_all(api, artist, f"q=hero&limit=3{order}") == found
        for offset in (0, 2, 7, 8):
            page = (await api.get(f"{ASSETS}?q=hero&limit=3&offset={offset}{order}", user=artist)).json
            assert [item["id"] for item in page["items"]] == found[offset : offset + 3]
    assert (await counts(api, artist, "q=hero"))["total_count"] == 8


async def test_search_combines_with_the_other_filters(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    kept = await add_asset(artist, name="hero.png", theme="sea", hashtags=["a", "b"])
    trashed = await add_asset(artist, name="hero.png", theme="sea", deleted_at=BORN)
    await add_asset(artist, name="hero.png", theme="land", hashtags=["a"])
    assert await read_all(api, artist, "q=hero&theme=sea") == [kept]
    assert await read_all(api, artist, "q=hero&state=trash") == [trashed]
    assert await read_all(api, artist, "q=hero&hashtag=B") == [kept]
    assert await read_all(api, artist, "q=tag:a&hashtag=b") == [kept]
    counted = await counts(api, artist, "q=hero&theme=sea")
    assert counted["total_count"] == 1
    assert {facet["value"]: facet["count"] for facet in counted["facets"]["theme"]} == {"sea": 1, "land": 1}
    assert {facet["value"]: facet["count"] for facet in counted["facets"]["state"]} == {"new": 1, "trash": 1}
    assert await read_all(api, stranger, "q=hero") == []
    assert (await counts(api, stranger, "q=hero"))["total_count"] == 0


async def test_search_finds_edited_fields_at_once(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    asset = await add_asset(artist, name="a.png")
    await site.pool.execute("UPDATE asset SET theme = 'zeppelins', hashtags = '{balloon}' WHERE id = $1", asset)
    await site.pool.execute("UPDATE asset SET note = 'Redraw it' WHERE id = $1", asset)
    for text in ("zeppelin", "balloon", "a.png", "redraw", '"redraw it"'):
        assert await read_all(api, artist, f"q={text}") == [asset]
    await site.pool.execute("UPDATE asset SET theme = NULL WHERE id = $1", asset)
    assert await read_all(api, artist, "q=zeppelin") == []


async def test_search_for_a_phrase_uses_the_indexed_text(site: Site, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    await add_asset(artist, name="Hero_idle.png", original_path="sprites/Hero_idle.png", hashtags=["pixel", "sea"])
    await add_asset(
        artist, name="x.png", original_path="y/other.png", theme="t", source="s", attribution="Öl", note="n",
        generation={"prompt": "a knight", "model": "sd", "seed": "99"},
    )  # fmt: skip
    texts = f"search_lexemes(user_id, ARRAY[{_TEXT}], hashtags, colors)"
    rows = await site.pool.fetch(f"SELECT lexemes = {texts} AS is_same FROM asset")
    assert [row["is_same"] for row in rows] == [True, True]


async def test_search_suggests_similar_words_without_results(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    for number in range(3):
        await add_asset(artist, name=f"lighthouse {number}.png", theme="dusk")
    await add_asset(artist, name="castle.png", theme="noon")
    await add_asset(await site.add_user("other"), name="lighthuose.png")
    for query, suggestion in (
        ("lighthuose", "lighthouse"),
        ("dusk lighthuose", "dusk lighthouse"),
        ("lighthuose noon", None),
        ("xylophon", None),
        ("width>10 lighthuose", "width>10 lighthouse"),
    ):
        page = (await api.get(f"{ASSETS}?q={query}", user=artist)).json
        assert (page["items"], page["did_you_mean"]) == ([], suggestion), query
    assert (await api.get(f"{ASSETS}?q=lighthouse", user=artist)).json["did_you_mean"] is None


async def test_search_accepts_any_text(site: Site, api: Api, add_asset: AddAsset, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    for text in ("x" * 200, "ß" * 200, "a/" * 100, "'; --", "\\", "''", '"', ":* & | !", "17/hero"):
        with subtests.test(text=text):
            asset = await add_asset(
                artist, name=text, original_path=f"{'折' * 1000}/{text}", note="字" * 2000, theme=text[:64]
            )
            answer = await api.get(ASSETS, user=artist, params={"q": text})
            assert answer.status == 200
            assert [item["id"] for item in answer.json["items"]] in ([asset], [])


async def test_names_are_found_within_typographic_punctuation(site: Site, api: Api, add_asset: AddAsset) -> None:
    artist = await site.add_user()
    made = [await add_asset(artist, name=name) for name in ("“Nacht”—Übergröße.png", "nacht.png", "über.png")]
    for text, found in (("nacht", {0, 1}), ("über", {0, 2}), ("größe", {0}), ("“nacht”", {0, 1})):
        page = (await api.get(f"{ASSETS}?q={text}", user=artist)).json
        assert {made.index(item["id"]) for item in page["items"]} == found, text
