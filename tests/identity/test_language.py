"""The language of somebody's mails: theirs alone."""

from typing import Any

import pytest

from ..site import Answer, Api, Site

LANGUAGE = "/api/pmd/language"


async def put(api: Api, user: int, language: Any, **headers: str) -> Answer:
    return await api.call("PUT", LANGUAGE, headers=api.sign(user) | headers, json={"language": language})


async def test_language_is_set_and_unset(site: Site, api: Api) -> None:
    user, other = await site.add_user(), await site.add_user("other")
    assert (await api.get(LANGUAGE, user=user)).json == {"language": None}
    for language in ("de", "en", "de", None, None):
        assert (await put(api, user, language)).json == {"language": language}
        assert (await api.get(LANGUAGE, user=user)).json == {"language": language}
    await put(api, user, "de")
    assert (await api.get(LANGUAGE, user=other)).json == {"language": None}


async def test_language_is_changed_only_as_it_was_read(site: Site, api: Api) -> None:
    user = await site.add_user()
    before = (await api.get(LANGUAGE, user=user)).headers["ETag"]
    assert (await put(api, user, "de", **{"If-Match": before})).status == 200
    assert (await put(api, user, "en", **{"If-Match": before})).status == 412
    assert (await api.get(LANGUAGE, user=user)).json == {"language": "de"}


async def test_language_without_a_catalogue_is_refused(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    user = await site.add_user()
    languages: list[Any] = ["", "DE", "xx", "de.po", "../de", "de\0", 7, [], {"tag": "de"}]
    for language in languages:
        with subtests.test(language=language):
            assert (await put(api, user, language)).status == 422
            assert (await api.get(LANGUAGE, user=user)).json == {"language": None}


async def test_moderator_has_a_language_of_their_own_only(site: Site, api: Api) -> None:
    user, moderator = await site.add_user(), await site.add_user("mod", roles=["moderator"])
    params = {"target_sqid": site.sqid(user)}
    answer = await api.call("PUT", LANGUAGE, user=moderator, json={"language": "de"}, params=params)
    assert answer.status == 403, answer
    assert (await api.get(LANGUAGE, user=user)).json == {"language": None}
