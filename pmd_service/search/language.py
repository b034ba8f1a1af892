"""The search language: words, "phrases", -exclusions, OR, and names with a value, as docs/search.md describes it."""

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from ..base.database import like
from ..http.errors import unprocessable

MAX_QUERY = 200

_NAME = r"[^\W\d_]+"
# What phones and word processors write for a quotation mark; “…”, „…“ and »…« are quoted alike.
_QUOTES = "“”„‟«»＂"
_PHRASE_OR_WORD = (
    rf'(?:"(?P<phrase>[^"]*)"?|[{_QUOTES}](?P<quoted>[^{_QUOTES}]*)[{_QUOTES}]?|(?P<word>[^\s"{_QUOTES}]+))'
)
_COMPARED = re.compile(rf"({_NAME})(?:<=?|>=?)\d[\d.]*")
_SIZE = re.compile(r"([\d.]+)\s*([kmg]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3}
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_COLOUR = re.compile(r"#?([0-9a-f]{6})", re.IGNORECASE)


class Field(msgspec.Struct, frozen=True):
    """A name that a search can compare.

    Args:
        sql: the condition; ``{op}`` is the comparison, ``{value}`` the parameter.
        read: the parameter's value, from what was typed; ValueError if it is none.
        needs: what the value must be, for the error's sentence.
        is_ordered: whether ``<``, ``<=``, ``>`` and ``>=`` make sense.
    """

    sql: str
    read: Callable[[str], object]
    needs: str
    is_ordered: bool = False


def number(column: str) -> Field:
    return Field(f"{column} {{op}} {{value}}::float8", _read_number, "a number, such as 64", is_ordered=True)


def size(column: str) -> Field:
    return Field(f"{column} {{op}} {{value}}::float8", _read_size, "a size, such as 300kB or 2MB", is_ordered=True)


def choice(column: str, choices: Mapping[str, object], kind: str = "text") -> Field:
    """One of some words, in capitals or not; each stands for the column's value."""

    def read(text: str) -> object:
        if text.lower() not in choices:
            raise ValueError
        return choices[text.lower()]

    return Field(f"{column} = {{value}}::{kind}", read, f"one of {', '.join(choices)}")


def text(condition: str) -> Field:
    """A text, in lower case."""
    return Field(condition, str.lower, "a text")


def part(column: str) -> Field:
    """A part of a text, or “none”."""
    found = f"folded({column}) LIKE '%' || folded({{value}}) || '%'"
    sql = f"CASE {{value}}::text WHEN 'none' THEN {column} IS NULL ELSE coalesce({found}, false) END"
    return Field(sql, lambda typed: like(typed.lower()), "a text, or none")


def warning(column: str) -> Field:
    """The beginning of a content warning, or “none”."""
    found = f"EXISTS (SELECT FROM unnest({column}) AS word WHERE folded(word) LIKE folded({{value}}) || '%')"
    sql = f"CASE {{value}}::text WHEN 'none' THEN cardinality({column}) = 0 ELSE {found} END"
    return Field(sql, lambda typed: like(typed.lower()), "a text, or none")


def before(column: str) -> Field:
    return Field(f"{column} < {{value}}::timestamptz", read_date, _NEEDS_DATE)


def after(column: str) -> Field:
    return Field(f"{column} >= {{value}}::timestamptz", read_date, _NEEDS_DATE)


_NEEDS_DATE = "a date in UTC, such as 2026, 2026-10 or 2026-10-31"


def _read_number(typed: str) -> float:
    value = float(typed)
    if not math.isfinite(value):
        raise ValueError
    return value


def _read_size(typed: str) -> float:
    match = _SIZE.fullmatch(typed)
    if match is None:
        raise ValueError
    return _read_number(match[1]) * _UNITS[match[2].lower()]


def read_date(typed: str) -> datetime:
    """The beginning of a year, a month or a day."""
    match = _DATE.fullmatch(typed)
    if match is None:
        raise ValueError
    year, month, day = (int(part) if part else 1 for part in match.groups())
    return datetime(year, month, day, tzinfo=UTC)


def colour_bins(typed: str) -> list[str]:
    """The colours of four bits a channel around one of eight.

    Raises:
        ValueError: it is not written as #d04648.
    """
    match = _COLOUR.fullmatch(typed)
    if match is None:
        raise ValueError
    channels = [int(match[1][at : at + 2], 16) >> 4 for at in (0, 2, 4)]
    near = [[each for each in (channel - 1, channel, channel + 1) if 0 <= each <= 15] for channel in channels]
    return [f"{red:x}{green:x}{blue:x}" for red in near[0] for green in near[1] for blue in near[2]]


class Term(msgspec.Struct, frozen=True):
    """One term: text to be found, or a field's comparison.

    ``kind`` of text: ``word`` from its beginning on, ``phrase`` of whole words, ``tag`` and ``begun_tag`` (#sea),
    ``color``.
    """

    kind: Literal["word", "phrase", "tag", "begun_tag", "color", "field"]
    text: str
    is_excluded: bool
    field: Field | None = None
    op: str = ""
    value: object = None


# Names of both subjects that stand for lexemes instead of a column.
_LEXEMES: Mapping[str, Literal["tag", "color"]] = {"tag": "tag", "color": "color", "colour": "color"}


def parse(text: str, fields: Mapping[str, Field]) -> list[list[Term]]:
    """The groups of a search: of each group one term must match.

    Raises:
        ProblemError: 422, a value that its name cannot be compared with.
    """
    groups: list[list[Term]] = []
    is_joined = False
    for term in _terms(text, fields):
        if term is None:
            is_joined = bool(groups)
        elif is_joined:
            groups[-1].append(term)
            is_joined = False
        else:
            groups.append([term])
    return groups


def _terms(text: str, fields: Mapping[str, Field]) -> Iterator[Term | None]:
    """The terms; None for OR."""
    for match in _pattern(fields).finditer(text):
        minus, name, op, word = match.group("minus", "name", "op", "word")
        phrase = _phrase(match)
        value = word if phrase is None else phrase
        if name is not None:
            yield _named(match[0], name.lower(), op.strip(), value, is_excluded=bool(minus), fields=fields)
        elif phrase is not None:
            yield Term("phrase", phrase, bool(minus))
        elif word == "OR" and not minus:
            yield None
        elif word.startswith("#") and len(word) > 1:
            yield Term("begun_tag", word[1:], bool(minus))
        elif compared := _COMPARED.fullmatch(word):
            raise _refused(f"“{compared[1]}” cannot be compared. These can: {_listed(fields)}.")
        elif not word.endswith(":") or word[:-1].lower() not in [*fields, *_LEXEMES]:  # "tag:" is still being typed
            yield Term("word", word, bool(minus))


def _phrase(match: re.Match[str]) -> str | None:
    return match["quoted"] if match["phrase"] is None else match["phrase"]


def _pattern(fields: Mapping[str, Field]) -> re.Pattern[str]:
    names = "|".join([*fields, *_LEXEMES])
    return re.compile(rf"(?P<minus>-?)(?:(?P<name>{names})(?P<op>:\s*|<=|>=|<|>|=))?{_PHRASE_OR_WORD}", re.IGNORECASE)


def _named(whole: str, name: str, op: str, value: str, *, is_excluded: bool, fields: Mapping[str, Field]) -> Term:
    if (lexeme := _LEXEMES.get(name)) is not None:
        try:
            colour_bins(value) if lexeme == "color" else None
        except ValueError as error:
            raise _refused(f"“{whole}”: {name} needs a colour, such as #d04648.") from error
        return Term(lexeme, value.removeprefix("#"), is_excluded)
    field = fields[name]
    if op not in (":", "=") and not field.is_ordered:
        raise _refused(f"“{whole}”: {name} is not ordered; write {name}:{value}.")
    try:
        read = field.read(value)
    except ValueError as error:
        raise _refused(f"“{whole}”: {name} needs {field.needs}.") from error
    return Term("field", value, is_excluded, field, "=" if op == ":" else op, read)


def _listed(fields: Mapping[str, Field]) -> str:
    return ", ".join(name for name, field in fields.items() if field.is_ordered)


def _refused(sentence: str) -> Exception:
    return unprocessable(sentence, path="?q")


def tag_key(hashtag: str) -> str:
    """What makes two spellings one hashtag: Unicode's NFKC and full case folding, so that “straße” is “STRASSE”."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", hashtag).casefold())


def file_tag(hashtag: str) -> str:
    """A hashtag as the library's files get it: full-width letters are plain ones (ＡＢＣ: abc)."""
    return unicodedata.normalize("NFKC", hashtag).lower()


def tag_term(hashtag: str | None) -> str:
    """A filter's hashtag as a term; empty without one."""
    return f'tag:"{hashtag.replace(chr(34), " ")}"' if hashtag else ""


def with_tags_renamed(text: str, fields: Mapping[str, Field], old: Collection[str], new: str) -> str:
    """A search in which some hashtags, as ``file_tag`` makes them, are called by another name."""

    def renamed(match: re.Match[str]) -> str:
        name, op, word = match.group("name", "op", "word")
        phrase = _phrase(match)
        value = word if phrase is None else phrase
        is_tag = name.lower() == "tag" if name else phrase is None and value.startswith("#")
        if not is_tag or file_tag(value.removeprefix("#")) not in old:
            return match[0]
        return f"{match['minus']}{name}{op}{new}" if name else f"{match['minus']}#{new}"

    return _pattern(fields).sub(renamed, text)


def words_in(groups: Sequence[Sequence[Term]]) -> list[str]:
    """The plain words that must be found."""
    return [
        group[0].text for group in groups if len(group) == 1 and group[0].kind == "word" and not group[0].is_excluded
    ]
