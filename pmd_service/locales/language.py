"""A language: its texts by GNU gettext, its numbers, sizes and dates as the Unicode CLDR writes them (Babel)."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Literal, TypeAlias

from babel import Locale
from babel.dates import format_skeleton, format_time, get_datetime_format
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.units import format_unit

SOURCE = "en"
# English is written as its texts are spelt.
_FORMATS = {SOURCE: "en-GB"}
_UNITS = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")
_MAX_HEADER = 1000
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


class Language:
    """One of ``LANGUAGES``."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._locale = Locale.parse(_FORMATS.get(tag, tag), sep="-")
        compiled, catalogue = BytesIO(), _CATALOGUES.get(tag) or Catalog(locale=self._locale)
        write_mo(compiled, catalogue)
        compiled.seek(0)
        self._texts = GNUTranslations(compiled)
        self._patterns = [
            (_pattern(each.id), each.id) for each in catalogue if isinstance(each.id, str) and "{" in each.id
        ]

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
        for pattern, message in self._patterns:
            if values := pattern.fullmatch(sentence):
                return self.text(message).format(
                    **{name: self.stored(each) for name, each in values.groupdict().items()}
                )
        return self.text(sentence) if sentence else sentence

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
        return format_skeleton("yMMMd", moment, locale=self._locale)

    def moment(self, moment: datetime) -> str:
        """“24 Nov 2026, 18:30”, in the moment's time zone."""
        both = str(get_datetime_format("medium", locale=self._locale)).replace("'", "")
        time = format_time(moment, "short", tzinfo=moment.tzinfo, locale=self._locale)
        return both.replace("{0}", time).replace("{1}", self.day(moment))


def _pattern(message: str) -> re.Pattern[str]:
    """What a stored sentence looks like that was made of a message with places such as “{size}”."""
    pattern, names = "", set[str]()
    for part in re.split(r"(\{\w+\})", message):
        name = part.strip("{}")
        is_place = part == f"{{{name}}}"
        pattern += re.escape(part) if not is_place else f"(?P={name})" if name in names else f"(?P<{name}>.+?)"
        names |= {name} if is_place else set()
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
    weights: dict[str, float] = {}
    for each in header[:_MAX_HEADER].split(","):
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
