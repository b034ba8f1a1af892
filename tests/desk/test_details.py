"""Alt texts, content warnings and what is declared about AI: of posts and files, in lists, edits, searches, events."""

from typing import Any

import pytest

from ..site import Api, Site
from .conftest import picture

DETAILS: dict[str, Any] = {
    "alt_text": "A lamp,\nlit from the left.",
    "content_warnings": ["Flashing", "Jump scare"],
    "ai_disclosure": "assisted",
    "ai_opt_out": True,
}


@pytest.mark.beside
async def test_details_of_a_post_are_edited_and_listed(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    cursor = (await api.get("/api/pmd/changes", user=artist)).json["next_cursor"]
    for _ in range(2):
        edited = await api.post("/api/pmd/edit", {"post_ids": [post], "set": DETAILS}, user=artist)
        assert edited.status == 200, edited
    for found in (
        (await api.get("/api/pmd/posts", user=artist)).json["items"][0],
        (await api.get("/api/pmd/posts?sort=title", user=artist)).json["items"][0],
        (await api.get(f"/api/pmd/posts/{post}", user=artist)).json,
    ):
        assert {name: found[name] for name in DETAILS} == DETAILS
    changes = (await api.get("/api/pmd/changes", user=artist, params={"cursor": cursor})).json["items"]
    assert [(change["event"], change["id"]) for change in changes] == [("post.changed", post)]
    await api.post(
        "/api/pmd/edit", {"post_ids": [post], "set": {"alt_text": None, "content_warnings": []}}, user=artist
    )
    cleared = (await api.get(f"/api/pmd/posts/{post}", user=artist)).json
    assert (cleared["alt_text"], cleared["content_warnings"], cleared["ai_opt_out"]) == (None, [], True)


async def test_warnings_go_to_many_posts_and_alt_texts_to_one(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist) for _ in range(3)]
    both = {"post_ids": posts, "set": {"content_warnings": ["Blood"], "ai_opt_out": False}}
    assert (await api.post("/api/pmd/edit", both, user=artist)).status == 200
    listed = (await api.get("/api/pmd/posts?q=warning:blo", user=artist)).json["items"]
    assert len(listed) == 3
    refused = await api.post("/api/pmd/edit", {"post_ids": posts, "set": {"alt_text": "x"}}, user=artist)
    assert refused.status == 422


TOO_LONG: list[dict[str, Any]] = [
    {"alt_text": "x" * 1501},
    {"content_warnings": ["x"] * 11},
    {"ai_disclosure": "so"},
    {"content_warnings": ["\u200b"]},
    {"content_warnings": ["x" * 41]},
]


async def test_details_that_are_too_long_are_refused(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    post, asset = await site.add_post(artist), await site.add_asset(artist)
    for wrong in TOO_LONG:
        with subtests.test(wrong=wrong):
            assert (await api.post("/api/pmd/edit", {"post_ids": [post], "set": wrong}, user=artist)).status == 422
            assert (
                await api.post("/api/pmd/assets/edit", {"asset_ids": [asset], "set": wrong}, user=artist)
            ).status == 422


async def test_details_of_files_are_edited_and_listed(site: Site, api: Api) -> None:
    artist = await site.add_user()
    asset = await site.add_asset(artist)
    new = {name: value for name, value in DETAILS.items() if name != "ai_disclosure"}
    edited = await api.post("/api/pmd/assets/edit", {"asset_ids": [asset], "set": new}, user=artist)
    assert edited.status == 200, edited
    (listed,) = (await api.get("/api/pmd/assets", user=artist)).json["items"]
    single = (await api.get(f"/api/pmd/assets/{asset}", user=artist)).json["asset"]
    assert {name: listed[name] for name in new} == {name: single[name] for name in new} == new
    clear: dict[str, Any] = {"alt_text": "", "content_warnings": [], "ai_opt_out": None}
    await api.post("/api/pmd/assets/edit", {"asset_ids": [asset], "set": clear}, user=artist)
    (cleared,) = (await api.get("/api/pmd/assets", user=artist)).json["items"]
    assert [cleared[name] for name in clear] == [None, [], None]


SEARCHES = {
    "alt:none": [False, True], "alt:LÄMP": [True, False], "lit": [True, False], '"lit from the left"': [True, False],
    "-alt:none": [True, False], "warning:jump": [True, False], "warning:none": [False, True], "alt:%": [False, False],
    "warning:scare": [False, False], "alt:lamp OR alt:none": [True, True], 'alt:"from the"': [True, False],
}  # fmt: skip


async def test_posts_and_files_are_found_by_their_details(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    posts = [await site.add_post(artist) for _ in range(2)]
    assets = [await site.add_asset(artist) for _ in range(2)]
    new = {"alt_text": "A lämp,\nlit from the left.", "content_warnings": ["Flashing", "Jump scare"]}
    await api.post("/api/pmd/edit", {"post_ids": posts[:1], "set": new}, user=artist)
    await api.post("/api/pmd/assets/edit", {"asset_ids": assets[:1], "set": new}, user=artist)
    for search, expected in SEARCHES.items():
        with subtests.test(search=search):
            for path, ids in (("posts", posts), ("assets", assets)):
                answer = await api.get(f"/api/pmd/{path}", user=artist, params={"q": search})
                assert answer.status == 200, answer
                found = {item["id"] for item in answer.json["items"]}
                assert [each in found for each in ids] == expected, path


@pytest.mark.own_tables
async def test_published_file_takes_its_details_to_its_post(site: Site, api: Api) -> None:
    artist = await site.add_user()
    columns = {"alt_text": "A lamp.", "provenance": "ai_generated", "ai_opt_out": True, "width": 16, "height": 16}
    files = [await site.add_asset(artist, picture(number), **columns) for number in range(2)]
    own = {"asset_id": files[1], "alt_text": "Another.", "content_warnings": ["Blood"], "ai_disclosure": None}
    answer = await api.post("/api/pmd/assets/publish", {"asset_ids": files, "posts": [own]}, user=artist)
    posts = [(await api.get(f"/api/pmd/posts/{each['post_id']}", user=artist)).json for each in answer.json["items"]]
    found = [(post["alt_text"], post["content_warnings"], post["ai_disclosure"], post["ai_opt_out"]) for post in posts]
    assert found == [("A lamp.", [], "generated", True), ("Another.", ["Blood"], None, True)]
