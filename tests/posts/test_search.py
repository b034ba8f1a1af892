"""Searches of posts: words, phrases, exclusions, alternatives, comparisons, and what is written nearly so."""

import pytest

from ..site import BORN, Api, Site

pytestmark = pytest.mark.beside

POSTS = "/api/pmd/posts"


async def found(api: Api, artist: int, q: str, **query: str) -> list[int]:
    answer = await api.get(POSTS, user=artist, params={"q": q, "sort": "date", **query})
    assert answer.status == 200, answer.body
    count = await api.get(f"{POSTS}/count", user=artist, params={"q": q, **query})
    ids = [item["id"] for item in answer.json["items"]]
    assert count.json == {"total_count": len(ids)}
    return ids


async def test_search_finds_words_phrases_and_exclusions(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    made = [
        await site.add_post(artist, None, title="Pokémon at night", description="By the sea.", hashtags=["pixelart"]),
        await site.add_post(artist, None, title="The sea at noon", description="Nightfall later", hashtags=["sea"]),
        await site.add_post(artist, None, title="森の木", description="100% green_trees"),
        await site.add_post(artist, None, title="heroWalk2", description="It's a knight in clayware of red clay"),
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
        ('"sea at"', [1]),
        ('"ea at"', []),
        ('sea -"at night"', [1]),
        ("sea -pokemon", [1]),
        ("-sea", [2, 3]),
        ("#sea", [1]),
        ("#pixel", [0]),
        ("tag:pixelart", [0]),
        ("tag:pixel", []),
        ("-#sea sea", [0]),
        ("-tag:sea sea", [0]),
        ("ni", [0, 1]),
        ("n", [0, 1]),
        ('"red clay"', [3]),
        ('"in clay"', []),
        ("木", [2]),
        ("の木", [2]),
        ("木の", []),
        ("100%", [2]),
        ("green_trees", [2]),
        ("green-tr", [2]),
        ('"green trees', [2]),
        ("walk", [3]),
        ("hero", [3]),
        ("herowalk", [3]),
        ("2", [3]),
        ("it's", [3]),
        ("noon OR 木", [1, 2]),
        ('sea noon OR "at night"', [0, 1]),
        ("森 OR -sea", [2, 3]),
        ("noon OR", [1]),
        ("OR noon", [1]),
        ("okemo", [0]),  # where no word begins so: in the middle of one
        ("%", []),
        ('"%"', []),
        ('"', []),
        ('""', []),
        ('" "', []),
        ("“”", []),
        ("& -", []),
        ('"at "sea" noon"', [1]),
        ("#" + "ﷺ" * 190, []),
        ("tag:" + "ﷺ" * 190, []),
        ('the"sea', [0, 1]),
        ("_", []),
        ("-", []),
        ("\\", []),
        ("'", []),
        ("xylophon", []),
    ):
        with subtests.test(q=q):
            assert [made.index(post) for post in await found(api, artist, q)] == expected


async def test_words_are_found_within_typographic_punctuation(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    made = [
        await site.add_post(artist, None, title="“Moonlit” harbour", description="It’s dawn—dusk…"),
        await site.add_post(artist, None, title="Moonlit, dusk", description="It's «plain»"),
        await site.add_post(artist, None, title="「宇宙」、夜・船", description="¿Quetzal?\u00a0¡Sí!"),
        await site.add_post(artist, None, title="Quetzal, plain, Si", description="Ｈｅｒｏ（夜）"),
        await site.add_post(artist, None, title="Übergröße"),
    ]
    for q, expected in (
        ("moonlit", [0, 1]),
        ('"moonlit harbour"', [0]),
        ("“moonlit", [0, 1]),
        ("“moonlit harbour”", [0]),
        ("“harbour moonlit”", []),
        ("„dawn dusk“", [0]),
        ("»dusk dawn«", []),
        ("-“moonlit harbour” moonlit", [1]),
        ("dawn — dusk", [0]),  # a sign by itself asks for nothing beside words
        ("moonlit & -harbour", [1]),
        ("moonlit *** OR !", [0, 1]),
        ('moonlit "', [0, 1]),  # still being typed
        ("moonlit “", [0, 1]),
        ("moonl & dusk #", [0, 1]),
        ("onlit & arbour", [0]),
        ("dusk", [0, 1]),
        ("it's", [0, 1]),
        ("it’s", [0, 1]),
        ("plain", [1, 3]),
        ("quetzal", [2, 3]),
        ("sí", [2, 3]),
        ("宇宙夜", [2]),
        ("夜", [2, 3]),
        ("größe", [4]),  # in the middle of a word
        ("GROSSE", [4]),
        ("ubergrosse", [4]),
        ("ÜBERGRÖẞE", [4]),
    ):
        with subtests.test(q=q):
            assert [made.index(post) for post in await found(api, artist, q)] == expected


async def test_search_compares_numbers_dates_and_names(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    made = [
        await site.add_post(artist, None, view_count=10, width=64, file_bytes=1000, created_at=BORN, license_id=2),
        await site.add_post(
            artist, None, view_count=200, width=128, file_bytes=2_500_000, created_at=BORN.replace(month=3),
            hidden_by_user=True, file_format="gif",
        ),
        await site.add_post(
            artist, None, view_count=0, file_bytes=9_000_000, created_at=BORN.replace(year=BORN.year + 1),
            hidden_by_mod=True,
        ),
    ]  # fmt: skip
    await site.pool.execute("UPDATE posts SET width = NULL WHERE id = $1", made[2])
    for q, expected in (
        ("views>10", [1]),
        ("views>=10", [0, 1]),
        ("views:10", [0]),
        ("views=10", [0]),
        ("-views>10", [0, 2]),
        ("width>=64", [0, 1]),
        ("-width>=64", [2]),
        ("width<100 OR views>100", [0, 1]),
        ("size>1kB", [1, 2]),
        ("size>=1kb", [0, 1, 2]),
        ("size<2.5MB", [0]),
        (f"before:{BORN.year}-02", [0]),
        (f"after:{BORN.year}-03", [1, 2]),
        (f"after: {BORN.year}-03", [1, 2]),
        (f"before:{BORN.year}-03-31 after:{BORN.year}-02", [1]),
        ("licence:cc-by", [0]),
        ("license:CC-BY-4.0", [0]),
        ("format:GIF", [1]),
        ("hidden:no", [0]),
        ("hidden:yes", [1]),
        ("hidden:mod", [2]),
        ("tag:", [0, 1, 2]),  # still being typed
    ):
        with subtests.test(q=q):
            assert [made.index(post) for post in await found(api, artist, q)] == expected


INVALID = [
    ("width>=abc", "“width>=abc”: width needs a number, such as 64."),
    ("size>many", "“size>many”: size needs a size, such as 300kB or 2MB."),
    ("before:tuesday", "“before:tuesday”: before needs a date in UTC, such as 2026, 2026-10 or 2026-10-31."),
    ("after:2026-13", "“after:2026-13”: after needs a date in UTC, such as 2026, 2026-10 or 2026-10-31."),
    ("hidden:perhaps", "“hidden:perhaps”: hidden needs one of yes, no, mod."),
    ("format>gif", "“format>gif”: format is not ordered; write format:gif."),
    ("heigth>=64", "“heigth” cannot be compared. These can: views, width, height, frames, size."),
    ("color:red", "“color:red”: color needs a colour, such as #d04648."),
]


async def test_search_with_an_invalid_comparison_is_refused(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    for q, sentence in INVALID:
        with subtests.test(q=q):
            for path in (POSTS, f"{POSTS}/count"):
                answer = await api.get(path, user=artist, params={"q": q})
                assert (answer.status, answer.json["errors"]) == (422, [{"path": "?q", "message": sentence}])


async def test_search_suggests_similar_words_without_results(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_post(artist, None, title="Lighthouse at dusk")
    await site.add_post(artist, None, title="Castle")
    await site.add_post(await site.add_user("stranger"), None, title="Lighthuose")
    for q, suggestion in (
        ("lighthuose", "lighthouse"),
        ("Lighthuose dusk", "lighthouse dusk"),
        ("lighthuose castle", None),
        ("lighthuose dsk", "lighthouse dusk"),
        ("xylophon", None),
        ("lighthouse -dusk", None),
        ("tag:lighthuose", None),
        ("lighthuose dsk of the one isle", None),
    ):
        page = (await api.get(POSTS, user=artist, params={"q": q})).json
        assert (page["items"], page["did_you_mean"]) == ([], suggestion), q
    assert (await api.get(POSTS, user=artist, params={"q": "lighthouse"})).json["did_you_mean"] is None


async def test_search_finds_posts_by_colour_of_their_library_file(site: Site, api: Api) -> None:
    artist = await site.add_user()
    red, _other = await site.add_post(artist, None), await site.add_post(artist, None)
    await site.add_asset(artist, post_id=red, colors=["d44", "fff"])
    assert await found(api, artist, "color:#d04648") == [red]
    assert await found(api, artist, "colour:#cf5040") == [red]
    assert await found(api, artist, "color:#0000ff") == []


async def test_search_finds_edited_posts_at_once(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist, None, title="Untitled")
    body = {"post_ids": [post], "set": {"title": "Zeppelin"}, "add_hashtags": ["balloon"]}
    assert (await api.post("/api/pmd/edit", body, user=artist)).status == 200
    assert await found(api, artist, "zeppelin #balloon") == [post]
    assert await found(api, artist, "untitled") == []
    await api.post("/api/pmd/action", {"action": "delete", "post_ids": [post]}, user=artist)
    assert await found(api, artist, "zeppelin") == []
    assert await found(api, artist, "zeppelin", state="deleted") == [post]
    await site.pool.execute("DELETE FROM posts WHERE id = $1", post)
    assert await found(api, artist, "zeppelin", state="all") == []


async def test_search_table_follows_every_write(site: Site) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    posts = [await site.add_post(artist, None, title=f"Sea {number}") for number in range(4)]
    for change in (
        "UPDATE posts SET kind = 'playlist' WHERE id = $1",
        "UPDATE posts SET deleted_by_user = true WHERE id = $1",
        f"UPDATE posts SET title = repeat('x', 100), description = 'a/b' WHERE id = $1 OR owner_id = {other}",
    ):
        await site.pool.execute(change, posts.pop())
    truly = """
        SELECT id, owner_id, deleted_by_user,
               search_lexemes(owner_id, ARRAY[title, description], hashtags::text[], NULL)
          FROM posts WHERE kind = 'artwork' ORDER BY id"""
    kept = "SELECT post_id, owner_id, is_deleted, lexemes FROM post_search ORDER BY post_id"
    assert [tuple(row) for row in await site.pool.fetch(kept)] == [tuple(row) for row in await site.pool.fetch(truly)]
