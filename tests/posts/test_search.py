"""Words of posts: where they are looked for, phrases, what must not be there, and what is written nearly so."""

import pytest

from pmd_service.base import words
from pmd_service.posts import windows
from pmd_service.posts.filters import POST_WORDS

from ..site import Api, Site

pytestmark = pytest.mark.beside

POSTS = "/api/pmd/posts"


async def found(api: Api, artist: int, q: str, **query: str) -> tuple[list[int], bool]:
    answer = await api.get(POSTS, user=artist, params={"q": q, "sort": "date", **query})
    assert answer.status == 200, answer.body
    return [item["id"] for item in answer.json["items"]], answer.json["is_alike"]


@pytest.fixture(params=["indexed", "bounded"])
async def index(request: pytest.FixtureRequest, site: Site, original: bool) -> None:
    if request.param == "bounded":
        if original:
            pytest.skip("a site's own posts have none")
        await site.pool.execute(f"DROP INDEX {POST_WORDS.index}")


@pytest.mark.usefixtures("index")
async def test_words_phrases_and_what_must_not_be_there(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    made = [
        await site.add_post(artist, None, title="Pokémon at night", description="By the sea.", hashtags=["pixelart"]),
        await site.add_post(artist, None, title="The sea at noon", description="Nightfall later", hashtags=["sea"]),
        await site.add_post(artist, None, title="森の木", description="100% green_trees"),
        await site.add_post(await site.add_user("stranger"), None, title="Pokémon at night"),
    ]
    for q, expected in (
        ("pokemon", [0]),
        ("POKÉMON", [0]),
        ("sea", [0, 1]),
        ("sea night", [0, 1]),
        ("night sea", [0, 1]),
        ('"the sea"', [0, 1]),
        ('"at night"', [0]),
        ('sea -"at night"', [1]),
        ("sea -pokemon", [1]),
        ("-sea", [2]),
        ("#sea", [1]),
        ("#pixel", [0]),
        ("-#sea sea", [0]),
        ("ni", [0, 1]),
        ("ig", []),
        ("木", [2]),
        ("100%", [2]),
        ("%", [2]),
        ("green_trees", [2]),
        ('"green trees', [2]),
        ("_", []),
        ("-", []),
        ("xylophon", []),
    ):
        with subtests.test(q=q):
            ids, is_alike = await found(api, artist, q)
            assert [made.index(post) for post in ids] == expected
            assert not is_alike


@pytest.mark.own_tables  # the site's database of the tests has no extension
async def test_what_is_written_nearly_so_is_found_last(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist, None, title="Lighthouse at dusk")
    await site.add_post(artist, None, title="Castle")
    assert await found(api, artist, "lighthouse") == ([post], False)
    assert await found(api, artist, "lighthuose") == ([post], True)
    assert await found(api, artist, "lighthuose -dusk") == ([], False)
    assert await found(api, artist, "lighthuose dsk") == ([], False)


@pytest.mark.own_tables
async def test_without_the_extension_nothing_is_written_nearly_so(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_post(artist, None, title="Lighthouse at dusk")
    await site.pool.execute("DROP EXTENSION pg_trgm CASCADE")
    assert await found(api, artist, "lighthuose") == ([], False)


async def test_what_is_said_of_a_post_is_found_from_then_on(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist, None, title="Untitled")
    body = {"post_ids": [post], "set": {"title": "Zeppelin"}, "add_hashtags": ["balloon"]}
    assert (await api.post("/api/pmd/edit", body, user=artist)).status == 200
    assert await found(api, artist, "zeppelin #balloon") == ([post], False)
    assert await found(api, artist, "untitled") == ([], False)
    await api.post("/api/pmd/action", {"action": "delete", "post_ids": [post]}, user=artist)
    assert await found(api, artist, "zeppelin") == ([], False)
    assert await found(api, artist, "zeppelin", state="deleted") == ([post], False)
    await site.pool.execute("DELETE FROM posts WHERE id = $1", post)
    assert await found(api, artist, "zeppelin", state="all") == ([], False)


async def test_a_search_without_time_says_that_there_may_be_more(
    site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NEWEST_ROWS", "WINDOW_ROWS"):
        monkeypatch.setattr(words, name, 3)
    monkeypatch.setattr(windows, "SEARCH_SECONDS", -1)
    monkeypatch.setattr(windows, "PATIENT_SECONDS", -1)
    monkeypatch.setattr(windows, "MAX_NEWEST", 2)
    artist = await site.add_user()
    made = [await site.add_post(artist, None, title="Sea") for _ in range(9)]
    answer = await api.get(f"{POSTS}?q=sea", user=artist)
    found = [item["id"] for item in answer.json["items"]]
    assert found
    assert found == made[: -len(found) - 1 : -1]
    assert (answer.json["total_count"], answer.json["total_is_exact"]) == (len(found), False)
