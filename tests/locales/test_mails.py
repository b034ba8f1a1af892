"""E-mails are in their recipient's language, whole."""

from datetime import UTC, datetime
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import pytest

from pmd_service.desk.publish import COMPOSERS as OF_DRAFTS
from pmd_service.downloads.mail import COMPOSERS as OF_DOWNLOADS
from pmd_service.locales.templates import render
from pmd_service.posts.mail import COMPOSERS as OF_POSTS
from pmd_service.webhooks.deliver import COMPOSERS as OF_WEBHOOKS

from ..downloads.test_mail import Mail, mail
from .catalogue import extracted
from .pseudo import shown_in, words_past_the_catalogue

__all__ = ["mail"]

MOMENT = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
MISSING = [{"sqid": "7", "title": None, "reason": "The post no longer exists."}] * 12
TAKEOUT = {"post_count": 1, "file_count": 2, "file_size_bytes": 1572864, "missing_count": 2, "expires_at": MOMENT}
# Values are Greek.
SAMPLES: list[tuple[str, dict[str, Any]]] = [
    ("bdr_failed", {"requested_count": 2, "error_message": "None of the requested artworks is available any more."}),
    (
        "bdr_ready",
        {
            "requested_count": 15,
            "artwork_count": 3,
            "missing": MISSING,
            "file_size_bytes": 1572864,
            "expires_at": MOMENT,
        },
    ),
    ("hide_answered", {"title": None, "artist": "αβγ", "reason": "δ", "answer": "ε"}),
    ("publishing_failed", {"title": "ζ", "why": "Posts can be γ, δ, and this is ε: convert it."}),
    ("takeout_ended", {"takeout": SimpleNamespace(status="ready", **TAKEOUT)}),
    ("takeout_ended", {"takeout": SimpleNamespace(status="failed", **TAKEOUT)}),
    (
        "webhook_disabled",
        {
            "address": "https://η.example/",
            "why": "Its server accepted nothing for three days. Last: its certificate is not valid",
        },
    ),
]
ALWAYS = {"site": "Σ", "handle": "ω", "url": "https://makapix.club/u/1/posts?bdr=1"}


def texts_of(topic: str, values: dict[str, Any], language: str) -> list[str]:
    text, page = (
        render("pmd_service.outbox", f"{topic}.{form}", language, **ALWAYS, **values) for form in ("txt", "html")
    )
    return [text, *shown_in(page)]


def test_samples_are_of_every_mail() -> None:
    assert {topic for topic, _ in SAMPLES} == {*OF_DOWNLOADS, *OF_DRAFTS, *OF_POSTS, *OF_WEBHOOKS}


@pytest.mark.parametrize(("topic", "values"), SAMPLES)
def test_mail_has_no_text_past_the_catalogue(topic: str, values: dict[str, Any], wide: str) -> None:
    assert words_past_the_catalogue(texts_of(topic, values, wide)) == []
    assert words_past_the_catalogue(texts_of(topic, values, "en")) != [], "the test can fail"


@pytest.mark.parametrize(("topic", "values"), SAMPLES)
def test_german_mail_has_no_english_sentence(topic: str, values: dict[str, Any]) -> None:
    english = [each.id if isinstance(each.id, str) else each.id[0] for each in extracted()]
    sentences = [text for text in english if " " in text and "%(" not in text and "{" not in text]
    text = "\n".join(texts_of(topic, values, "de"))
    assert "Hallo ω," in text
    assert [sentence for sentence in sentences if sentence in text] == []


async def sent(mail: Mail, language: str | None) -> EmailMessage:
    """The mail about a download, to somebody with this language."""
    await mail.add_outcome()
    if language:
        await mail.pool.execute("INSERT INTO account_language SELECT id, $1 FROM users", language)
    assert await mail.send() == "sent"
    (message,) = mail.office.messages
    return message


async def test_mail_is_in_the_language_of_its_recipient(mail: Mail) -> None:
    message = await sent(mail, "de")
    assert message["Subject"] == "Dein Download von Makapix Club ist fertig"
    assert message["Content-Language"] == "de"
    page, text = message.get_body(("html",)), message.get_body(("plain",))
    assert page is not None
    assert text is not None
    assert '<html lang="de" dir="ltr">' in page.get_content()
    assert "dein Download ist fertig: 3 Werke, 1,6 MB." in text.get_content()
    assert "bis 1. Dez. 2026, 08:30 UTC" in text.get_content()


@pytest.mark.parametrize("language", [None, "xx"])
async def test_mail_without_a_language_is_english(mail: Mail, language: str | None) -> None:
    message = await sent(mail, language)
    assert (message["Subject"], message["Content-Language"]) == ("Your Makapix Club download is ready", "en")
