"""Edits: titles, descriptions and hashtags, all of the posts or none."""

from typing import Any

import pytest

from ..site import Api, Site

pytestmark = pytest.mark.beside

EDIT = "/api/pmd/edit"


async def texts_of(site: Site, post: int) -> tuple[Any, ...]:
    row = await site.pool.fetchrow("SELECT title, description, hashtags FROM posts WHERE id = $1", post)
    assert row is not None
    return tuple(row)


async def test_edit_sets_title_and_description_only(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post, other = [await site.add_post(artist, title="Old", description="Before", hashtags=["a"]) for _ in range(2)]
    done = await api.post(EDIT, {"post_ids": [post], "set": {"title": "  A new\n one "}}, user=artist)
    assert (done.status, done.json["affected_count"]) == (200, 1)
    assert await texts_of(site, post) == ("A new one", "Before", ["a"])
    await api.post(EDIT, {"post_ids": [post], "set": {"description": "Two\r\nlines\0"}}, user=artist)
    assert await texts_of(site, post) == ("A new one", "Two\nlines", ["a"])
    await api.post(EDIT, {"post_ids": [post], "set": {"description": None}}, user=artist)
    assert await texts_of(site, post) == ("A new one", None, ["a"])
    assert await texts_of(site, other) == ("Old", "Before", ["a"])


async def test_hashtags_are_added_and_removed_in_many_posts(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, hashtags=tags) for tags in (["Sea", "old"], [], ["new"])]
    body = {"post_ids": posts, "add_hashtags": ["#New", "new", "Größe"], "remove_hashtags": ["OLD", "sea"]}
    assert (await api.post(EDIT, body, user=artist)).status == 200
    assert [(await texts_of(site, post))[2] for post in posts] == [["new", "größe"], ["new", "größe"], ["new", "größe"]]


@pytest.mark.parametrize("tag", ["हिन्दी", "தமிழ்", "ศิลปะ", "مَرْحَبًا", "cafe\u0301"])
async def test_hashtags_of_scripts_that_write_vowels_as_marks(site: Site, api: Api, tag: str) -> None:
    post = await site.add_post(artist := await site.add_user())
    assert (await api.post("/api/pmd/edit", {"post_ids": [post], "add_hashtags": [tag]}, user=artist)).status == 200
    found = await api.get(f"/api/pmd/posts?q=tag:{tag}", user=artist)
    assert [row["id"] for row in found.json["items"]] == [post]


@pytest.mark.parametrize("tag", ["\u0301", "sea\ufe0f", "a b", "a.b", "x" * 51])
async def test_hashtag_of_other_signs_or_of_unseen_ones_is_refused(site: Site, api: Api, tag: str) -> None:
    post = await site.add_post(artist := await site.add_user())
    assert (await api.post("/api/pmd/edit", {"post_ids": [post], "add_hashtags": [tag]}, user=artist)).status == 422


@pytest.mark.own_tables  # it changes one
async def test_posts_of_a_site_that_has_no_hashtags_there_get_some(site: Site, api: Api) -> None:
    await site.pool.execute("ALTER TABLE posts ALTER hashtags DROP NOT NULL")
    post = await site.add_post(artist := await site.add_user(), hashtags=None)
    assert (await api.post(EDIT, {"post_ids": [post], "add_hashtags": ["sea"]}, user=artist)).status == 200
    assert (await texts_of(site, post))[2] == ["sea"]


async def test_hashtags_are_removed_without_regard_to_case(site: Site, api: Api, original: bool) -> None:
    if not original:
        pytest.skip("our own tables have hashtags in lower case")
    artist = await site.add_user()
    posts = [await site.add_post(artist, hashtags=tags) for tags in (["Sea", "ΣΟΦΟΣ"], ["SEA", "Größe"], ["seaside"])]
    for tag, having in (
        ("sea", posts[:2]),
        ("Sea", posts[:2]),
        ("σοφος", posts[:1]),
        ("GRÖSSE", posts[1:2]),
        ("GRÖßE", posts[1:2]),
    ):
        found = (
            await api.get("/api/pmd/posts", params={"hashtag": tag, "offset": "0", "limit": "9"}, user=artist)
        ).json
        assert sorted(post["id"] for post in found["items"]) == having, tag


async def test_hashtags_differing_in_case_are_one(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, hashtags=tags) for tags in (["Sea", "ΣΟΦΟΣ"], ["SEA", "Größe"], ["seaside"])]
    body = {"post_ids": posts, "add_hashtags": ["sea"], "remove_hashtags": ["σοφος"]}
    assert (await api.post(EDIT, body, user=artist)).status == 200
    assert [(await texts_of(site, post))[2] for post in posts] == [["Sea"], ["SEA", "Größe"], ["seaside", "sea"]]


async def test_tag_that_a_post_has_in_other_letters_is_named(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, hashtags=tags) for tags in (["strasse", "Sea"], ["sea"])]
    body = {"post_ids": posts, "add_hashtags": ["straße", "SEA"]}
    done = await api.post(EDIT, body, user=artist)
    assert done.json["message"] == "2 posts are as requested. “straße” is there as “strasse”."
    assert [(await texts_of(site, post))[2] for post in posts] == [["strasse", "Sea"], ["sea", "straße"]]


async def test_edit_without_changes_writes_nothing(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist, title="Same", hashtags=["sea"])]
    body = {"post_ids": posts, "set": {"title": "Same"}, "add_hashtags": ["sea"], "remove_hashtags": ["sky"]}
    written = "SELECT array_agg(xmin::text || ctid::text ORDER BY id) FROM posts"
    before = await site.pool.fetchval(written)
    first, second = [await api.post(EDIT, body, user=artist) for _ in range(2)]
    assert (first.status, first.json) == (200, second.json)
    assert await site.pool.fetchval(written) == before


async def test_invalid_edit_is_refused(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 2)
    for body, path in (
        ({"set": {"title": "For two"}}, "$.set.title"),
        ({"set": {"description": "For two"}}, "$.set.description"),
        ({"set": {"title": ""}}, "$.set.title"),
        ({"set": {"title": None}}, "$.set.title"),
        ({"set": {"title": "x" * 129}}, "$.set.title"),
        ({"set": {"license_id": 1}}, "$.set"),
        ({"add_hashtags": ["two words"]}, "$.add_hashtags[0]"),
        ({"add_hashtags": ["ok", "#"]}, "$.add_hashtags[1]"),
        ({"add_hashtags": ["x" * 51]}, "$.add_hashtags[0]"),
        ({"add_hashtags": [str(n) for n in range(65)]}, "$.add_hashtags"),
        ({"remove_hashtags": ["\ud83d"]}, None),
    ):
        with subtests.test(body=body):
            answer = await api.post(EDIT, {"post_ids": posts} | body, user=artist)
            assert answer.status in (400, 422), answer
            assert path is None or answer.json["errors"][0]["path"] == path


async def test_title_needs_a_visible_character(site: Site, api: Api) -> None:
    artist = await site.add_user()
    answer = await api.post(
        EDIT, {"post_ids": await site.add_posts(artist, 1), "set": {"title": " \u202e "}}, user=artist
    )
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "$.set.title")


async def test_more_than_64_hashtags_refuse_the_whole_edit(site: Site, api: Api) -> None:
    artist = await site.add_user()
    full = await site.add_post(artist, hashtags=[f"tag{n}" for n in range(64)])
    older = await site.add_post(artist, hashtags=[f"tag{n}" for n in range(70)])
    free = await site.add_post(artist)
    answer = await api.post(EDIT, {"post_ids": [free, full], "add_hashtags": ["one"]}, user=artist)
    assert (answer.status, answer.json["errors"][0]["path"]) == (422, "$.add_hashtags")
    assert (await texts_of(site, free))[2] == []
    swapped = await api.post(
        EDIT, {"post_ids": [full, older], "add_hashtags": ["one"], "remove_hashtags": ["tag1"]}, user=artist
    )
    assert swapped.status == 200, swapped


async def test_one_foreign_post_refuses_the_whole_edit(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    post = await site.add_post(artist)
    for kind, wrong in {
        "unknown": 2**31 - 1,
        "somebody else's": await site.add_post(stranger),
        "a playlist": await site.add_post(artist, kind="playlist"),
        "deleted": await site.add_post(artist, deleted_by_user=True),
    }.items():
        with subtests.test(kind):
            answer = await api.post(EDIT, {"post_ids": [post, wrong], "add_hashtags": ["sea"]}, user=artist)
            assert (answer.status, answer.json["errors"][0]["path"]) == (400, "$.post_ids[1]")
            assert (await texts_of(site, post))[2] == []
