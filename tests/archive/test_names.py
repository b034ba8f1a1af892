"""Names of entries: whatever a site's rows hold, every file system takes them."""

import pytest

from pmd_service.archive import names as names_module
from pmd_service.archive.names import MAX_STEM_BYTES, ArchiveNames, safe_name


@pytest.mark.parametrize(
    "stem", ["con", "CON", "Prn", "aux", "nul", "com1", "LPT9", "com¹", "conin$", "CONOUT$", "clock$"]
)
def test_windows_reserved_names_are_set_apart(stem: str) -> None:
    assert safe_name(stem, "png") == f"_{stem}.png"
    assert safe_name(f"{stem}.tar", "gz") == f"_{stem}.tar.gz"
    assert safe_name(f"{stem} .x", "gz").startswith("_")
    assert safe_name(f"{stem}ic", "png") == f"{stem}ic.png"


@pytest.mark.parametrize("stem", ["../../etc/passwd", "..\\..\\x", "/etc/passwd", "C:\\x", "a/b", "a\\b", "a:stream"])
def test_no_name_leads_elsewhere(stem: str) -> None:
    name = safe_name(stem, "png")
    assert not set(name) & set('/\\:<>"|?*')
    assert not name.startswith(".")


@pytest.mark.parametrize("character", ["\0", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"])
def test_characters_that_nobody_sees_are_replaced(character: str) -> None:
    assert safe_name(f"a{character}b", "png") == "a_b.png"


def test_a_name_reads_as_it_is_written() -> None:
    assert safe_name("photo\u202egnp", "exe") == "photo_gnp.exe"
    assert safe_name("zero\u200bwidth", "png") == "zero_width.png"


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("a...", "a.png"),
        ("a. . ", "a.png"),
        (" .hidden", "hidden.png"),
        ("...", "_.png"),
        (" ", "_.png"),
        ("", "_.png"),
    ],
)
def test_odd_ends_and_nothing_at_all_become_a_name(stem: str, name: str) -> None:
    assert safe_name(stem, "png") == name


@pytest.mark.parametrize(
    ("extension", "name"),
    [
        ("PNG", "a.png"),
        (".gif", "a.gif"),
        ("", "a"),
        ("../x", "a.x"),
        ("p\0n/g. ", "a.png"),
        ("é", "a"),
        ("x" * 99, "a." + "x" * 10),
    ],
)
def test_an_extension_is_a_few_plain_letters(extension: str, name: str) -> None:
    assert safe_name("a", extension) == name


@pytest.mark.parametrize("stem", ["a" * 5000, "é" * 5000, "𝕏" * 5000, "e\u0301" * 5000])
def test_a_long_name_is_cut_between_characters_and_stays_unique(stem: str) -> None:
    names = ArchiveNames()
    given = [names.unique(stem, "png") for _ in range(12)]
    assert len(set(given)) == 12
    assert all(len(name.encode()) <= 255 for name in given)


def test_a_number_is_part_of_the_length_that_a_name_may_have() -> None:
    for number in (1, 2, 12345):
        stem = safe_name("x" * 300, "png", number=number).removesuffix(".png")
        assert len(stem) == MAX_STEM_BYTES


def test_a_name_that_is_cut_has_no_odd_end_either() -> None:
    assert safe_name("x" * (MAX_STEM_BYTES - 2) + ". and more", "") == "x" * (MAX_STEM_BYTES - 2)


def test_names_differ_even_where_case_does_not_count() -> None:
    names = ArchiveNames()
    given = [names.unique(stem, "png") for stem in ("Ab", "aB", "AB", "ab-2", "straße", "STRASSE", "é", "e\u0301")]
    assert given == ["Ab.png", "aB-2.png", "AB-3.png", "ab-2-2.png", "straße.png", "STRASSE-2.png", "é.png", "é-2.png"]
    assert len({name.casefold() for name in given}) == len(given)


def test_a_thousand_files_of_one_name_are_told_apart_by_a_few_tries_each(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = 0

    def counted(stem: str, extension: str, **options: int) -> str:
        nonlocal tries
        tries += 1
        return safe_name(stem, extension, **options)

    monkeypatch.setattr(names_module, "safe_name", counted)
    names, cases = ArchiveNames(), ("sprite", "SPRITE", "Sprite")
    given = [names.unique(cases[number % 3], "png") for number in range(1024)]
    assert given[-1] == "sprite-1024.png"
    assert len({name.casefold() for name in given}) == len(given)
    assert tries <= 3 * len(given)


def test_names_follow_from_what_is_asked_alone() -> None:
    stems = ["x", "X", "con", "", "x"]
    first, second = ArchiveNames(), ArchiveNames()
    assert [first.unique(stem, "png") for stem in stems] == [second.unique(stem, "png") for stem in stems]
