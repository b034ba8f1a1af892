"""The sentences of the API's answers are in their client's language; codes, names and what users wrote are not."""

import ast
import re
import time
from pathlib import Path
from typing import Any

import pytest

from pmd_service.http.errors import ProblemError
from pmd_service.locales.language import _CATALOGUES, language_of

from ..events.sse import opened
from ..site import Api, Site
from .catalogue import ROOT, extracted
from .sentences import CALLS, sentences_in

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
PASS = {"pmd_service/http/openapi/document.py"}
# With what is found in them: places that stand in one another, several sentences, a plural, numbers.
SENTENCES = {
    "There is no such post.": "Diesen Beitrag gibt es nicht.",
    "1 file is in the trash.": "1 Datei ist im Papierkorb.",
    "2 posts are visible again. 1 post stays hidden by a moderator.": (
        "2 Beiträge sind wieder sichtbar. 1 Beitrag bleibt von einem Moderator ausgeblendet."
    ),
    "The pack cannot be built as it is: The file “a.png”: It is not approved yet. And 2 more conflicts.": (
        "So lässt sich das Paket nicht bauen: Die Datei „a.png“: Sie ist noch nicht freigegeben. "
        "Und 2 weitere Konflikte."
    ),
    "An upload has at most 10,000 files.": "Ein Upload hat höchstens 10.000 Dateien.",
    "It plays for 3.20 s now, and played for 4.10 s.": "Sie dauert jetzt 3,20 s und dauerte 4,10 s.",
    "The sound is OPUS now: WEBM supports no AAC.": "Der Ton ist jetzt OPUS: WEBM unterstützt kein AAC.",
    "The body is not as expected: Expected `int`, got `str`.": (
        "Der Inhalt ist nicht wie erwartet: `int` erwartet, `str` bekommen."
    ),
    "“hidden” does not fit this kind of task.": "„hidden“ passt nicht zu dieser Art von Aufgabe.",
}


@pytest.mark.parametrize("english", SENTENCES)
def test_sentence_is_found_again_with_its_values(english: str) -> None:
    assert language_of("de").stored(english) == SENTENCES[english]
    assert language_of("en").stored(english) == english


@pytest.mark.parametrize("part", ["“", "The file “x”: ", "1 × ", ". A", "{name}", "a: ", "“a” is missing. "])
def test_hostile_sentence_is_looked_up_in_no_time(part: str) -> None:
    german = language_of("de")
    began = time.process_time()
    german.stored((part * 1000)[:1000])
    german.stored(part * 100_000)
    assert time.process_time() - began < 2


def test_values_that_repeat_words_are_looked_up_in_no_time() -> None:
    german, began = language_of("de"), time.process_time()
    for message in _CATALOGUES["de"]:
        for text in [message.id] if isinstance(message.id, str) else message.id:
            first, *words = re.split(r"\{\w+\}", text)
            for part in {"".join(words), *words} - {""}:
                german.stored(f"{first}{part * 1000}"[:999] + "\0")
    assert time.process_time() - began < 20


async def test_a_number_that_a_client_makes_up_is_no_fault_of_ours(api: Api, site: Site) -> None:
    body = {"foo. , file is in the trash. x": 1}
    answer = await api.call("POST", "/api/pmd/action", user=await site.add_user(), json=body, headers=GERMAN)
    assert answer.status == 422


async def test_problem_is_in_the_language_of_its_client(api: Api, site: Site) -> None:
    user = await site.add_user()
    german, english = [
        await api.call("POST", "/api/pmd/action", user=user, json={"action": "hide", "post_ids": [7]}, headers=headers)
        for headers in (GERMAN, {})
    ]
    assert english.json["detail"] == "Nothing was changed: 1 of these posts cannot be found."
    assert german.json["detail"] == "Nichts wurde geändert: 1 dieser Beiträge sind nicht zu finden."
    assert german.json["errors"] == [{"path": "$.post_ids[0]", "message": "Diesen Beitrag gibt es nicht: 7."}]
    for name in ("type", "title", "status"):
        assert german.json[name] == english.json[name], "programs read it"
    for answer, tag in ((german, "de"), (english, "en")):
        assert (answer.headers["Content-Language"], answer.headers["Vary"]) == (tag, "Accept-Language")


async def test_answer_is_in_the_language_of_its_client(api: Api, site: Site) -> None:
    user = await site.add_user()
    post = await site.add_post(user)
    call: Any = {"user": user, "json": {"action": "hide", "post_ids": [post]}}
    german = await api.call("POST", "/api/pmd/action", headers=GERMAN, **call)
    assert german.json["message"] == "1 Beitrag ist ausgeblendet."
    assert (german.headers["Content-Language"], german.headers["Vary"]) == ("de", "Accept-Language")
    assert (await api.call("POST", "/api/pmd/action", **call)).json["message"] == "1 post is hidden."
    language = await api.call("GET", "/api/pmd/language", user=user, headers=GERMAN)
    assert "Content-Language" not in language.headers, "it has no sentence"


async def test_repeated_answer_is_in_the_language_of_the_repeat(api: Api, site: Site) -> None:
    user = await site.add_user()
    call: Any = {"user": user, "json": {"files": [{"path": "empty.png", "size_bytes": 0}]}}
    first, again = [
        await api.call("POST", "/api/pmd/uploads", headers=headers | {"Idempotency-Key": "empty"}, **call)
        for headers in (GERMAN, {})
    ]
    assert again.json["id"] == first.json["id"]
    assert [each.headers["Content-Language"] for each in (first, again)] == ["de", "en"]
    messages = [each.json["files"][0]["error_message"] for each in (first, again)]
    assert messages == ["Diese Datei ist leer.", "This file is empty."]


async def failed_task(site: Site, user: int) -> int:
    # A name that is a word of the catalogue, too.
    asset = await site.add_asset(user, name="Hidden")
    task: int = await site.pool.fetchval(
        """INSERT INTO job (kind, asset_id, user_id, requested_by, group_id, params_json, status, error_message,
                            completed_at)
           VALUES ('metadata_extract', $1, $2, $2, gen_random_uuid(), '{}', 'failed', 'This file''s contents are lost.',
                   now())
           RETURNING id""",
        asset,
        user,
    )
    return task


async def test_stored_sentence_is_translated_and_names_are_not(api: Api, site: Site) -> None:
    user = await site.add_user()
    path = f"/api/pmd/jobs/{await failed_task(site, user)}"
    german, english = [await api.get(path, user=user, headers=headers) for headers in (GERMAN, {})]
    assert german.json["error_message"] == "Der Inhalt dieser Datei ist verloren."
    assert german.json == english.json | {"error_message": german.json["error_message"]}
    assert german.headers["ETag"] != english.headers["ETag"], "other bytes"
    again = await api.get(path, user=user, headers=GERMAN | {"If-None-Match": german.headers["ETag"]})
    assert (again.status, again.headers["Vary"]) == (304, "Accept-Language")
    assert (await api.get(path, user=user, headers={"If-None-Match": german.headers["ETag"]})).status == 200


async def test_stream_is_in_the_language_that_its_address_names(api: Api, site: Site) -> None:
    user = await site.add_user()
    await failed_task(site, user)
    for query, message in (
        ("?language=de", "Der Inhalt dieser Datei ist verloren."),
        ("", "This file's contents are lost."),
    ):
        async with opened(api, user, path=f"/api/pmd/sse{query}") as stream:
            events = await stream.until("connected")
        assert [each.data["error_message"] for each in events if each.name == "job_update"] == [message]
    assert (await api.get("/api/pmd/sse?language=xx", user=user)).status == 422


def test_no_sentence_is_put_together_past_the_catalogue() -> None:
    """Where a sentence stands is a literal, an f-string without words in its places, or what one of these is named."""
    found = {
        f"{path.relative_to(ROOT)}:{past.line}: {past.source}"
        for path in (ROOT / "pmd_service").rglob("*.py")
        if str(path.relative_to(ROOT)) not in PASS
        for past in sentences_in(path.read_bytes())[1]
    }
    assert found == set()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('conflict("It is over.")', "It is over."),
        ('conflict(f"At most {MAX_SIZE:,} files, not {len(files)}.")', "At most {max_size} files, not {files}."),
        ('raise unprocessable("A" if found else "B", path="$")', "B"),
        ('detail = f"{a.b} of {c}."\nraise gone(detail)', "{b} of {c}."),
        ('Finding("larger", f"It is {after} now.")', "It is {after} now."),
        ('plural("{number} file.", "{number} files.", 3)', ("{number} file.", "{number} files.")),
        ('not_found("post")', "There is no such post."),
        ('too_many(f"{reason} Go on in {seconds} s.", seconds=1)', "Go on in {seconds} s."),
        ('yield "in_trash", f"It is in “{place}”."', "It is in “{place}”."),
    ],
)
def test_sentence_is_found_where_it_stands(source: str, message: str) -> None:
    assert message in [each.message for each in sentences_in(source.encode())[0]]


@pytest.mark.parametrize(
    "source",
    [
        "conflict(f\"{count} {'is' if count == 1 else 'are'} hidden.\")",
        'conflict("It is " + reason)',
        'Finding("larger", "It is %s." % size)',
    ],
)
def test_sentence_of_put_together_words_is_found(source: str) -> None:
    assert sentences_in(source.encode())[1] != []


def test_functions_whose_sentences_are_looked_for_exist() -> None:
    names = {
        node.name
        for path in (ROOT / "pmd_service").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
    }
    assert set(CALLS) <= names


def test_message_whose_sentence_was_lost_is_not_known() -> None:
    """What ``known_sentences`` of every test rests on."""
    german, messages = language_of("de"), [each.id for each in extracted() if isinstance(each.id, str) and each.id]
    assert german.knows(messages[0])
    assert not german.knows("Nobody has marked this sentence.")
    assert ProblemError.response.__module__ != ProblemError.__module__, "it is watched in this test, too"
    assert Path(__file__).parent.name == "locales"
