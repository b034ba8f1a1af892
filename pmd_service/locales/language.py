"""A language: its texts by GNU gettext, its numbers, sizes and dates as the Unicode CLDR writes them (Babel)."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from babel import Locale
from babel.dates import format_skeleton, format_time, get_datetime_format
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, get_decimal_symbol
from babel.units import format_unit

SOURCE = "en"
# English is written as its texts are spelt.
_FORMATS = {SOURCE: "en-GB"}
_UNITS = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")
_MAX_HEADER = 1000
# Longer ones are no sentences of ours: matching what a client has made them of would take its time.
_MAX_SENTENCE = 1000
_MOST_SENTENCES = 4
# Places whose values are messages themselves; what stands elsewhere is a name or a number.
_INNER = {
    "alike", "cut", "damaged", "done", "error", "head", "kind", "known", "limited", "margin", "message", "mixed",
    "needs", "operation", "room", "sentence", "until", "what", "where", "who", "why",
}  # fmt: skip
_END = re.compile(r"(?<=[.!?]) (?=\S)")
_THOUSANDS, _DECIMAL = re.compile(r"\d{1,3}(?:,\d{3})+"), re.compile(r"[+-]?\d+\.\d+")
# RFC 9110, sections 12.4.2 and 12.5.4.
_WANTED = re.compile(
    r"\s*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?", re.IGNORECASE | re.ASCII
)


def _catalogues() -> Mapping[str, Catalog]:
    """By tag (BCP 47)."""
    found = {}
    for file in files(__package__).iterdir():
        if file.name.endswith(".po"):
            tag = file.name.removesuffix(".po")
            with file.open("rb") as lines:
                found[tag] = read_po(lines, locale=Locale.parse(tag, sep="-"), abort_invalid=True)
    return found


_CATALOGUES = _catalogues()
# The source language first.
LANGUAGES = (SOURCE, *sorted(_CATALOGUES))
if TYPE_CHECKING:
    LanguageTag: TypeAlias = str
else:
    LanguageTag = Literal[LANGUAGES]


class _Form(NamedTuple):
    """A message with places such as “{size}”, or one of its two where it has a plural."""

    text: str
    one: str
    many: str | None

    @property
    def letters(self) -> int:
        return len(re.sub(r"\{\w+\}", "", self.text))

    def match(self, sentence: str) -> re.Match[str] | None:
        return _pattern(self.text).fullmatch(sentence)


class Language:
    """One of ``LANGUAGES``."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._locale = Locale.parse(_FORMATS.get(tag, tag), sep="-")
        compiled, catalogue = BytesIO(), _CATALOGUES.get(tag) or Catalog(locale=self._locale)
        write_mo(compiled, catalogue)
        compiled.seek(0)
        self._texts = GNUTranslations(compiled)
        # The same few sentences stand in long lists.
        self._found = lru_cache(maxsize=2048)(self._find)
        self._forms_for = lru_cache(maxsize=2048)(self._sorted_forms)
        self._decimal = get_decimal_symbol(self._locale)
        # A gallery's page has hundreds of days, mostly the same few, and Babel takes 5 µs for one.
        self._day = lru_cache(maxsize=2048)(lambda day: format_skeleton("yMMMd", day, locale=self._locale))
        self._forms: defaultdict[str, list[_Form]] = defaultdict(list)
        for message in catalogue:
            for begin, form in _forms_of(message):
                self._forms[begin].append(form)

    @property
    def direction(self) -> str:
        """As HTML's ``dir`` has it: ltr or rtl."""
        return str(self._locale.text_direction)

    def text(self, message: str) -> str:
        """The text of a message of the catalogue; the message itself where it has none."""
        return self._texts.gettext(message)

    def texts(self, one: str, many: str, number: int) -> str:
        return self._texts.ngettext(one, many, number)

    def stored(self, sentence: str) -> str:
        """The text of a sentence that was stored, with its values; one that nobody marked stays English."""
        if self.tag == SOURCE or not 0 < len(sentence) <= _MAX_SENTENCE:
            return sentence
        return self._found(sentence) or sentence

    def knows(self, sentence: str) -> bool:
        """Whether the catalogue has what this sentence was made of."""
        return self._found(sentence) is not None

    def _find(self, sentence: str) -> str | None:
        text = self.text(sentence)
        if text != sentence:
            return text
        return self._one_by_one(sentence) or self._filled(sentence)

    def _one_by_one(self, sentences: str) -> str | None:
        """The text of several sentences, if the catalogue has each of them."""
        for end in islice(_END.finditer(sentences), _MOST_SENTENCES):
            first = self._found(sentences[: end.start()])
            if first and (rest := self._found(sentences[end.end() :])):
                return f"{first} {rest}"
        return None

    def _filled(self, sentence: str) -> str | None:
        """The text of the message with most letters that this sentence can have been made of."""
        for form in self._forms_for(sentence.partition(" ")[0]):
            if found := form.match(sentence):
                values = found.groupdict()
                number = int(values.get("number", "1").replace(",", ""))
                text = self.texts(form.one, form.many, number) if form.many else self.text(form.one)
                return text.format(**{name: self._value(name, value) for name, value in values.items()})
        return None

    def _sorted_forms(self, word: str) -> Sequence[_Form]:
        """What may begin with this word, or with a value."""
        forms = [*self._forms.get(word, ()), *(self._forms.get("", ()) if word else ())]
        return sorted(forms, key=lambda form: -form.letters)

    def _value(self, name: str, value: str) -> str:
        if name in _INNER:
            return self.stored(value)
        if _THOUSANDS.fullmatch(value):
            return self.number(int(value.replace(",", "")))
        return value.replace(".", self._decimal) if _DECIMAL.fullmatch(value) else value

    def number(self, number: int) -> str:
        """1204 → “1,204”."""
        return format_decimal(number, locale=self._locale)

    def size(self, size_bytes: int) -> str:
        """4,612,345 → “4.6 MB”."""
        amount, unit = float(size_bytes), _UNITS[0]
        for unit in _UNITS:
            if amount < 1000 or unit == _UNITS[-1]:
                break
            amount /= 1000
        digits = "#,##0" if unit == _UNITS[0] or amount >= 100 else "#,##0.0"
        return format_unit(amount, f"digital-{unit}", "short", format=digits, locale=self._locale)

    def day(self, moment: datetime) -> str:
        """“24 Nov 2026”."""
        return self._day(moment.date())

    def moment(self, moment: datetime) -> str:
        """“24 Nov 2026, 18:30”, in the moment's time zone."""
        both = str(get_datetime_format("medium", locale=self._locale)).replace("'", "")
        time = format_time(moment, "short", tzinfo=moment.tzinfo, locale=self._locale)
        return both.replace("{0}", time).replace("{1}", self.day(moment))


def _forms_of(message: Message) -> Iterator[tuple[str, _Form]]:
    """The forms of a message with places, each with the first word of its sentences; none if that is a place."""
    one, many = (message.id, None) if isinstance(message.id, str) else message.id
    for text in filter(None, (one, many)):
        if "{" in text:
            word = text.partition(" ")[0]
            yield "" if "{" in word else word, _Form(text, one, many)


@cache
def _pattern(message: str) -> re.Pattern[str]:
    """What a sentence looks like that was made of the message; compiled when it is first looked for.

    A value ends where the words behind it are first found, and is not tried longer: what a client has written to be
    tried in all ways would hold the event loop for minutes.
    """
    first, *rest = re.split(r"\{(\w+)\}", message)
    pattern, names = re.escape(first), set[str]()
    for at in range(0, len(rest), 2):
        name, words = rest[at], re.escape(rest[at + 1])
        value = r"\d[\d,]*" if name == "number" else ".*?"
        place = f"(?P={name})" if name in names else f"(?P<{name}>{value})"
        pattern += f"(?>{place}{words})" if rest[at + 2 :] else place + words
        names.add(name)
    return re.compile(pattern, re.DOTALL)


def clock(seconds: float | None) -> str:
    """83.4 → “1:23”, and 0.42 → “0:00.4”: most sounds of a game are that short. In every language."""
    if seconds and seconds < 1:
        return f"0:00.{max(1, int(seconds * 10))}"
    whole = round(seconds or 0)
    return f"{whole // 60}:{whole % 60:02}"


@cache
def language_of(tag: str | None) -> Language:
    """The language with this tag; English for one that has no catalogue, or none any more."""
    return Language(tag if tag in LANGUAGES else SOURCE)


def accepted(header: str) -> str:
    """The tag of the language to answer in for this Accept-Language header (RFC 4647, section 3.4: lookup)."""
    return _accepted(header[:_MAX_HEADER]) if header else SOURCE


@lru_cache(maxsize=256)
def _accepted(header: str) -> str:
    weights: dict[str, float] = {}
    for each in header.split(","):
        if wanted := _WANTED.fullmatch(each):
            weights.setdefault(wanted[1].lower(), float(wanted[2] or 1))
    allowed = {tag.lower(): tag for tag in LANGUAGES if weights.get(tag.lower(), 1) > 0}
    for wanted_tag, weight in sorted(weights.items(), key=lambda each: -each[1]):
        found = _lookup(wanted_tag, allowed) if weight > 0 else None
        if found is not None:
            return found
    return SOURCE


def _lookup(wanted: str, allowed: Mapping[str, str]) -> str | None:
    """“de-at” is looked up as it is, and then as “de”."""
    if wanted == "*":
        return next(iter(allowed.values()), None)
    while wanted and wanted not in allowed:
        wanted = wanted.rpartition("-")[0]
    return allowed.get(wanted)
