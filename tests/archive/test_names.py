"""Names of entries: whatever a site's rows contain, every file system accepts them."""

import pytest

from pmd_service.archive import names as names_module
from pmd_service.archive.names import MAX_STEM_BYTES, ArchiveNames, safe_name


@pytest.mark.parametrize(
    "stem", ["con", "CON", "Prn", "aux", "nul", "com1", "LPT9", "com¹", "conin$", "CONOUT$", "clock$"]
)
def test_windows_reserved_names_are_changed(stem: str) -> None:
    assert safe_name(stem, "png") == f"_{stem}.png"
    assert safe_name(f"{stem}.tar", "gz") == f"_{stem}.tar.gz"
    assert safe_name(f"{stem} .x", "gz").startswith("_")
    assert safe_name(f"{stem}ic", "png") == f"{stem}ic.png"


@pytest.mark.parametrize("stem", ["../../etc/passwd", "..\\..\\x", "/etc/passwd", "C:\\x", "a/b", "a\\b", "a:stream"])
def test_name_cannot_leave_the_folder(stem: str) -> None:
    name = safe_name(stem, "png")
    assert not set(name) & set('/\\:<>"|?*')
    assert not name.startswith(".")


@pytest.mark.parametrize("character", ["\0", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"])
def test_control_characters_are_replaced(character: str) -> None:
    assert safe_name(f"a{character}b", "png") == "a_b.png"


def test_bidirectional_and_zero_width_characters_are_replaced() -> None:
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
def test_empty_names_and_trailing_dots_become_a_name(stem: str, name: str) -> None:
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
def test_extension_is_a_few_ascii_letters(extension: str, name: str) -> None:
    assert safe_name("a", extension) == name


@pytest.mark.parametrize("stem", ["a" * 5000, "é" * 5000, "𝕏" * 5000, "e\u0301" * 5000])
def test_long_name_is_truncated_at_a_character_and_unique(stem: str) -> None:
    names = ArchiveNames()
    given = [names.unique(stem, "png") for _ in range(12)]
    assert len(set(given)) == 12
    assert all(len(name.encode()) <= 255 for name in given)


def test_name_limit_includes_the_number() -> None:
    for number in (1, 2, 12345):
        stem = safe_name("x" * 300, "png", number=number).removesuffix(".png")
        assert len(stem) == MAX_STEM_BYTES


def test_truncated_name_has_no_trailing_dot_or_space() -> None:
    assert safe_name("x" * (MAX_STEM_BYTES - 2) + ". and more", "") == "x" * (MAX_STEM_BYTES - 2)


def test_names_are_unique_without_regard_to_case() -> None:
    names = ArchiveNames()
    stems = ("Ab", "aB", "AB", "ab-2", "x-2", "x", "X", "straße", "STRASSE", "é", "e\u0301")
    given = [names.unique(stem, "png").removesuffix(".png") for stem in stems]
    assert given == ["Ab", "aB-2", "AB-3", "ab-2-2", "x-2", "x", "X-3", "straße", "STRASSE-2", "é", "é-2"]
    assert len({name.casefold() for name in given}) == len(given)


def test_names_are_unique_beside_the_side_files_of_others() -> None:
    names = ArchiveNames()
    assert names.unique("cat", "png", beside=".json") == "cat.png"
    assert names.unique("CAT.PNG", "json", beside=".json") == "CAT.PNG-2.json"


def test_thousand_equal_names_become_unique_in_few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_names_depend_on_the_request_alone() -> None:
    stems = ["x", "X", "con", "", "x"]
    first, second = ArchiveNames(), ArchiveNames()
    assert [first.unique(stem, "png") for stem in stems] == [second.unique(stem, "png") for stem in stems]
