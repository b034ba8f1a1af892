"""Why a moderator hid a post: shown to its artist, who answers once."""

from typing import Any

import msgspec
import pytest

from pmd_service.jobs import KINDS
from pmd_service.work.queue import Queue
from pmd_service.work.runner import Runner

from ..downloads.test_mail import Mail, mail
from ..site import Api, Site

__all__ = ["mail"]

ACTION = "/api/pmd/action"
HIDES = "/api/pmd/hides"


class Case(msgspec.Struct):
    """An artist with a post that a moderator has hidden with a reason."""

    site: Site
    api: Api
    artist: int
    moderator: int
    post: int

    async def does(self, action: str, **more: Any) -> None:
        target = {"target_sqid": self.site.sqid(self.artist)}
        body = {"action": action, "post_ids": [self.post], **more}
        answer = await self.api.post(ACTION, body, user=self.moderator, params=target)
        assert answer.status == 200, answer

    async def hides(self) -> list[dict[str, Any]]:
        answer = await self.api.get(HIDES, user=self.artist)
        assert answer.status == 200, answer
        items: list[dict[str, Any]] = answer.json["items"]
        return items

    async def answers(self, text: str) -> Any:
        return await self.api.post(f"{HIDES}/{self.post}/answer", {"text": text}, user=self.artist)


@pytest.fixture
async def case(site: Site, api: Api) -> Case:
    artist = await site.add_user("artist")
    moderator = await site.add_user("mira", roles=["moderator"], email="mira@example.org")
    made = Case(site, api, artist, moderator, await site.add_post(artist, title="Odd Orbit"))
    await made.does("hide", reason="The moon shows a brand.")
    return made


@pytest.mark.beside
async def test_hide_reason_is_shown_to_the_artist_while_hidden(case: Case) -> None:
    (hide,) = await case.hides()
    assert (hide["post_id"], hide["reason"], hide["moderator_handle"]) == (case.post, "The moon shows a brand.", "mira")
    assert (hide["answer"], hide["answered_at"]) == (None, None)
    for action, expected in (("delete", []), ("restore", [hide])):
        await case.api.post(ACTION, {"action": action, "post_ids": [case.post]}, user=case.artist)
        assert await case.hides() == expected
    await case.does("unhide")
    assert await case.hides() == []


async def test_hide_is_answered_once(case: Case) -> None:
    answered = await case.answers("It is my own logo.")
    assert (answered.status, answered.json["answer"]) == (200, "It is my own logo.")
    again = await case.answers("It is my own logo.")
    assert (again.status, again.json) == (200, answered.json)
    assert (await case.answers("And another thing.")).status == 409
    (hide,) = await case.hides()
    assert hide["answer"] == "It is my own logo."


async def test_hide_with_a_new_reason_can_be_answered_again(
    case: Case,
) -> None:
    await case.answers("It is my own logo.")
    await case.does("unhide")
    await case.does("hide")
    (hide,) = await case.hides()
    assert (hide["reason"], hide["answer"]) == ("The moon shows a brand.", "It is my own logo.")
    await case.does("unhide")
    await case.does("hide", reason="The logo is somebody else's after all.")
    (hide,) = await case.hides()
    assert (hide["reason"], hide["answer"]) == ("The logo is somebody else's after all.", None)
    assert (await case.answers("It is not.")).status == 200


async def test_hidden_post_keeps_its_reason(case: Case) -> None:
    await case.does("hide", reason="Another one.")
    (hide,) = await case.hides()
    assert hide["reason"] == "The moon shows a brand."


async def test_hide_is_answered_by_its_artist_only(case: Case) -> None:
    stranger = await case.site.add_user("stranger")
    refused = await case.api.post(f"{HIDES}/{case.post}/answer", {"text": "Mine."}, user=stranger)
    assert refused.status == 404
    other = await case.site.add_post(case.artist)
    await case.api.post(ACTION, {"action": "hide", "post_ids": [other]}, user=case.artist)
    assert [hide["post_id"] for hide in await case.hides()] == [case.post]


async def test_moderators_answer_for_an_artist_is_audited(case: Case) -> None:
    target = {"target_sqid": case.site.sqid(case.artist)}
    await case.api.post(f"{HIDES}/{case.post}/answer", {"text": "Theirs."}, user=case.moderator, params=target)
    last, *_ = (await case.api.get("/api/pmd/audit", user=case.moderator)).json["items"]
    assert (last["action"], last["post_ids"]) == ("answer_hide", [case.post])


async def test_hide_reasons_are_paged_newest_first(case: Case) -> None:
    posts = [case.post]
    for _ in range(2):
        case.post = await case.site.add_post(case.artist)
        await case.does("hide", reason="No.")
        posts.insert(0, case.post)
    first = await case.api.get(HIDES, user=case.artist, params={"limit": "2"})
    rest = await case.api.get(HIDES, user=case.artist, params={"limit": "2", "cursor": first.json["next_cursor"]})
    assert [hide["post_id"] for page in (first, rest) for hide in page.json["items"]] == posts
    assert rest.json["next_cursor"] is None


async def test_hide_answer_is_mailed_to_the_moderator(case: Case, mail: Mail) -> None:
    await case.answers("It is my own logo.")
    await case.answers("It is my own logo.")
    mails = next(kind for kind in KINDS if kind.queue is Queue.MAILS)
    await Runner(mail.worker(mail.port), [mails]).run_next(mails)
    (message,) = mail.office.messages
    assert message["To"] == "mira@example.org"
    text = message.get_body(("plain",))
    assert text is not None
    content = text.get_content()
    assert "It is my own logo." in content
    assert f"/u/{case.site.sqid(case.artist)}/posts?status=moderated" in content
