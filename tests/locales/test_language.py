"""Which language somebody gets, and how it writes numbers, sizes and dates."""

import time
from datetime import UTC, datetime

import pytest

from pmd_service.locales.language import LANGUAGES, accepted, clock, language_of

MOMENT = datetime(2026, 3, 4, 18, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-at, en;q=0.9", "de"),
        ("en, de", "en"),
        ("de;q=0.4, en;q=0.5", "en"),
        ("fr-CA, pt;q=0.9, de;q=0.1", "de"),
        ("fr, *;q=0.5", "en"),
        ("en;q=0, *;q=0.1", "de"),
        ("de;q=0, de-CH", "en"),
        ("*;q=0", "en"),
        ("  de ; q=1.000 ", "de"),
    ],
)
def test_language_is_the_one_that_the_browser_prefers(header: str, tag: str) -> None:
    assert accepted(header) == tag


@pytest.mark.parametrize(
    "header",
    [
        ",;,;q=1,",
        "de;q=2",
        "de;q=-1",
        "de;q=nan",
        "de;q=0.5;q=1",
        "de;level=1",
        "../de",
        "de.po",
        "de\x00",
        "dé",
        "\udcff\udcfe",
        "ｄｅ",
        "{site}",
        "-" * 9,
        "x-" * 400 + "de",
        ", " * 4000 + "de",
    ],
)
def test_hostile_accept_language_gets_english(header: str) -> None:
    began = time.process_time()
    assert accepted(header) == "en"
    assert time.process_time() - began < 1


def test_a_sound_shorter_than_a_second_has_a_length() -> None:
    assert [clock(seconds) for seconds in (None, 0.0, 0.04, 0.42, 0.999, 1.0, 83.4)] == [
        *("0:00", "0:00", "0:00.1", "0:00.4", "0:00.9", "0:01", "1:23")
    ]


def test_unknown_language_is_english() -> None:
    assert [language_of(tag).tag for tag in (None, "xx", "../../etc/passwd", "DE")] == ["en"] * 4
    assert (LANGUAGES[0], {"en", "de"} - {*LANGUAGES}) == ("en", set())


def test_english_is_written_as_the_british_do() -> None:
    english = language_of("en")
    assert (english.direction, english.number(1_204_567)) == ("ltr", "1,204,567")
    assert [english.size(size) for size in (0, 999, 4_612_345, 123_456_789, 10**15)] == [
        "0 byte", "999 byte", "4.6 MB", "123 MB", "1,000 TB",
    ]  # fmt: skip
    assert (english.day(MOMENT), english.moment(MOMENT)) == ("4 Mar 2026", "4 Mar 2026, 18:05")


def test_german_is_written_as_the_germans_do() -> None:
    german = language_of("de")
    assert (german.number(1_204_567), german.size(4_612_345)) == ("1.204.567", "4,6 MB")
    assert (german.day(MOMENT), german.moment(MOMENT)) == ("4. März 2026", "4. März 2026, 18:05")


def test_stored_sentence_is_translated_with_its_values() -> None:
    german = language_of("de")
    assert german.stored("The artwork's file is missing.") == "Die Datei des Werks fehlt."
    assert german.stored("Its server accepted nothing for three days. Last: answered 500") == (
        "Sein Server hat drei Tage lang nichts angenommen. Zuletzt: Antwort 500"
    )
    large = "Posts can have at most 256 × 256 pixels; this has 512 × {width}."
    assert german.stored(large) == "Beiträge können höchstens 256 × 256 Pixel haben; hier sind es 512 × {width}."
    for kept in ("", "Nobody marked this.", "{0.__class__}", "%(site)s"):
        assert german.stored(kept) == kept
    assert language_of("en").stored(large) == large
