"""A search as SQL: a tsquery that an index answers, and conditions that are checked on what it finds."""

import re
from collections.abc import Mapping, Sequence
from unicodedata import normalize

import asyncpg
import msgspec

from ..base.database import Connection, like
from .language import Field, Term, colour_bins, parse, words_in

# Those that the migrations' ``folded`` removes, and the letters that it replaces.
_ACCENT = "[\u0300-\u036f]"
_ACCENTS = re.compile(f"{_ACCENT}+")
_LETTERS = str.maketrans({"ς": "σ", "ß": "ss"})


# Of the site's licence of a row: its identifier, and how that begins.
HAS_LICENSE = "license_id = (SELECT id FROM licenses WHERE identifier = {value}::text)"
LICENSE_BEGINS = "license_id = ANY (ARRAY(SELECT id FROM licenses WHERE starts_with(lower(identifier), {value}::text)))"


class Subject(msgspec.Struct, frozen=True):
    """What is searched.

    Args:
        fields: by name.
        lexemes: an SQL expression of a row's lexemes, as the migrations' ``search_lexemes`` makes them.
        text: an SQL expression of a row's text, for phrases.
        has_color: the condition that a row has a colour of the tsquery ``{value}``, where its lexemes have none.
        newest: a statement for the lexemes of the newest rows of user $1, at most $2.
        exists: a statement for whether any row matches the tsquery $1.
    """

    fields: Mapping[str, Field]
    lexemes: str
    text: str
    newest: str
    exists: str
    has_color: str | None = None


class Parameters:
    """The parameters of a statement, numbered as they are added."""

    def __init__(self, *values: object) -> None:
        self.values: list[object] = [*values]

    def add(self, value: object) -> str:
        """The parameter of a value: “$3”."""
        self.values.append(value)
        return f"${len(self.values)}"


class Search(msgspec.Struct, frozen=True):
    """A parsed search for one user's rows.

    Args:
        text: as it was typed.
        query: the tsquery that all results match; None: any row of the user may be one.
        groups: the terms that the tsquery does not cover; of each group one must match.
        words: the plain words that must be found.
        is_of_words: whether these are all of it.
        is_empty: nothing but text without letters or digits must be found, which no row has.
    """

    text: str
    query: str | None
    groups: Sequence[Sequence["_Checked"]]
    words: Sequence[str]
    is_of_words: bool
    is_empty: bool

    def conditions(self, parameters: Parameters, subject: Subject) -> list[str]:
        """What must match besides the tsquery."""
        return [f"({' OR '.join(each.condition(parameters, subject) for each in group)})" for group in self.groups]


class _Checked(msgspec.Struct, frozen=True):
    """A term with its tsquery, if it has one, and the phrase that is searched in the row's text."""

    term: Term
    query: str | None = None
    phrase: str | None = None

    @property
    def is_nothing(self) -> bool:
        return self.query is None and self.term.field is None

    def is_indexed(self, subject: Subject) -> bool:
        """Whether all results match its tsquery."""
        is_apart = self.term.kind == "color" and subject.has_color is not None
        return self.query is not None and not self.term.is_excluded and not is_apart

    def condition(self, parameters: Parameters, subject: Subject) -> str:
        if self.term.field is not None:
            sql = self.term.field.sql.replace("{op}", self.term.op)
            sql = sql.replace("{value}", parameters.add(self.term.value))
        elif self.query is None:
            sql = "false"
        elif self.term.kind == "color" and subject.has_color is not None:
            sql = subject.has_color.replace("{value}", parameters.add(self.query))
        else:
            sql = f"{subject.lexemes} @@ {parameters.add(self.query)}::text::tsquery"
            if self.phrase is not None:
                sql += f" AND search_words({subject.text}) || ' ' LIKE {parameters.add(self.phrase)}"
        return f"({sql}) IS NOT TRUE" if self.term.is_excluded else f"({sql})"


# Hashtags are cut like words; ﷺ becomes 18 letters.
_NORMAL = """
SELECT string_to_array(ltrim(search_words(text)), ' ') AS words,
       ARRAY(SELECT DISTINCT left(translate(folded(spelled), ' ', '_'), 200)
               FROM unnest(ARRAY[text, normalize(text, NFKC)]) AS spelled) AS tags
  FROM unnest($1::text[]) WITH ORDINALITY AS typed (text, number) ORDER BY number
"""


async def read_search(connection: Connection, subject: Subject, text: str, *, owner_id: int) -> Search:
    """Parse a search; its words are normalized by the functions that made the rows' lexemes.

    Raises:
        ProblemError: 422, a value that its name cannot be compared with.
    """
    groups = parse(text, subject.fields)
    texts = [term.text for group in groups for term in group]
    rows = iter(await connection.fetch(_NORMAL, texts) if texts else ())
    queries: list[str] = []
    left: list[list[_Checked]] = []
    checked = [[_check(term, next(rows), owner_id) for term in terms] for terms in groups]
    asking = [group for group in checked if not all(each.is_nothing for each in group)]
    for group in asking:
        is_indexed = all(each.is_indexed(subject) for each in group)
        if is_indexed:
            queries.append(f"({' | '.join(str(each.query) for each in group)})")
        if not is_indexed or any(each.phrase for each in group):
            left.append(group)
    words = words_in([[each.term for each in group] for group in asking])
    is_of_words = not left and len(words) == len(asking)
    # A sign between words (“dawn & dusk”), or a quotation mark whose phrase is still to come, asks for nothing.
    is_empty = not asking and not all(each.term.is_excluded for group in checked for each in group)
    return Search(text, " & ".join(queries) or None, left, words, is_of_words, is_empty)


def _check(term: Term, normal: asyncpg.Record, owner_id: int) -> _Checked:
    if term.field is not None:
        return _Checked(term)
    if term.kind == "color":
        return _Checked(term, f"({' | '.join(_lexeme(owner_id, f'color:{name}') for name in colour_bins(term.text))})")
    if term.kind in ("tag", "begun_tag"):
        # A site's posts may have full-width letters, which are plain ones in the library.
        end = ":*" if term.kind == "begun_tag" else ""
        return _Checked(term, " | ".join(_lexeme(owner_id, f"#{tag}") + end for tag in normal["tags"]))
    words = [word for word in normal["words"] if word]
    if not words:
        return _Checked(term)
    begun, end = ("", " %") if term.kind == "phrase" else (":*", "%")
    query = " & ".join(_lexeme(owner_id, word) for word in words) + begun
    if len(words) == 1:
        return _Checked(term, query)
    return _Checked(term, f"({query})", f"% {like(' '.join(words))}{end}")


def middles(words: Sequence[str]) -> list[str]:
    """Patterns of titles that have the words anywhere, as ``natural_key`` writes them."""
    return [f"%{like(_key(word))}%" for word in words]


def in_names(parameters: Parameters, key: str, words: Sequence[str]) -> str:
    """The condition that a name's key has the words anywhere. It still has its accents, each behind its letter.

    Most are of ASCII alone, where LIKE takes a quarter of a regular expression's time.
    """
    patterns = [re.escape(_key(word)) for word in words]
    patterns = [re.sub(r"(ss|\\?.)", rf"\1{_ACCENT}*", each) for each in patterns]
    patterns = [each.replace("ss", f"(?:s{_ACCENT}*s|ß)").replace("σ", "[σς]") for each in patterns]
    plain, accented = parameters.add(middles(words)), parameters.add(patterns)
    return (
        f"CASE WHEN octet_length({key}) = length({key}) THEN {key} LIKE ALL ({plain}::text[])"
        f" ELSE {key} ~ ALL ({accented}::text[]) END"
    )


def _key(word: str) -> str:
    return _ACCENTS.sub("", normalize("NFKD", word.lower())).translate(_LETTERS)


def _lexeme(owner_id: int, word: str) -> str:
    quoted = f"{owner_id}/{word}".replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'"
