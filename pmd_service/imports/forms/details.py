"""A file's details by the names that people and programs give them, in side files and tables."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, get_args

from ..items import FileItem, PostItem
from ..listing import Entry, base_of
from .texts import MAX_TEXT, licence_of, plain, tagged, titled, warnings_of

Field: TypeAlias = Literal["file", "title", "description", "tags", "date", "license", "alt", "warning"]
Details: TypeAlias = Mapping[Field, Any]

# English and German, whose dates are read as well.
_NAMES: Mapping[Field, str] = {
    "file": "file filename filepath path sourcefile originalfilename image imagename picture media "
    "datei dateiname dateipfad pfad bild",
    "title": "title name headline objectname xptitle titel überschrift",
    "description": "description caption text content body comment notes imagedescription captionabstract xpcomment "
    "beschreibung bildunterschrift inhalt kommentar notizen",
    "tags": "tags tag keywords keyword hashtags hashtag subject xpkeywords categories category "
    "schlagwort schlagworte schlagwörter stichwort stichworte stichwörter kategorie kategorien",
    "date": "date datetime created createdat createdate creationdate datecreated datetimeoriginal datetaken taken "
    "posted postedat published publishedat publishdate dateposted datepublished timestamp time "
    "datum aufnahmedatum erstellt erstelltam veröffentlicht veröffentlichtam zeitpunkt",
    "license": "license licence licenseurl licenceurl lizenz",
    "alt": "alt alttext alternativetext alttextaccessibility accessibility alternativtext bildbeschreibung",
    "warning": "warning contentwarning cw spoiler spoilertext sensitive nsfw mature maturecontent "
    "warnung inhaltswarnung inhaltshinweis",
}
_BY_NAME: dict[str, Field] = {name: field for field, names in _NAMES.items() for name in names.split()}
_SEPARATORS = re.compile(r"[,;|\n]")
_DAY = re.compile(r"(\d{4})[:/.](\d{1,2})[:/.](\d{1,2})(?:[T ](.*))?")
_GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[T ,]+(.*))?")
_NUMBER = re.compile(r"\d{9,13}")
_NO = frozenset({"", "0", "no", "false", "none", "n", "f"})
_YES = frozenset({"1", "yes", "true", "x", "y", "t"})
# Of a “lost” item.
UNDATED = "Files without a date: they do not become posts"
assert _NAMES.keys() == set(get_args(Field))


def field_of(name: str) -> Field | None:
    """What a column or a key means; case, spaces and signs do not count."""
    return _BY_NAME.get("".join(sign for sign in name.casefold() if sign.isalnum()))


def details_of(pairs: Iterable[tuple[str, Any]]) -> Details:
    """The details among these names and values; the first value that is not empty counts."""
    found: dict[Field, Any] = {}
    for name, value in pairs:
        field = field_of(name)
        if field is not None and value not in (None, "", []) and field not in found:
            found[field] = value
    return found


def date_of(value: Any) -> datetime | None:
    """A date as ISO 8601, as EXIF has it, with the day first and dots, or as seconds since 1970; UTC without a zone."""
    text = str(value).strip()
    try:
        if _NUMBER.fullmatch(text):
            return _possible(datetime.fromtimestamp(int(text) / (1000 if len(text) > 11 else 1), UTC))
        if found := _DAY.fullmatch(text):
            text = f"{found[1]}-{found[2]:0>2}-{found[3]:0>2} {found[4] or ''}".strip()
        elif found := _GERMAN_DAY.fullmatch(text):
            text = f"{found[3]}-{found[2]:0>2}-{found[1]:0>2} {found[4] or ''}".strip()
        at = datetime.fromisoformat(text)
        return _possible(at if at.tzinfo else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _possible(at: datetime) -> datetime | None:
    return at if 1900 < at.year < 2200 else None


def item_of(name: str, entry: Entry, details: Details) -> FileItem | PostItem:
    """A post; without a date only a file of the library."""
    own_title = _text(details.get("title"))
    title = titled(own_title or base_of(name).rpartition(".")[0] or base_of(name))
    text = plain(_text(details.get("description")))[:MAX_TEXT]
    return dated_item(
        name,
        entry,
        date_of(details.get("date", "")),
        title=title,
        text=text,
        noted=own_title and title,
        alt_text=plain(_text(details.get("alt"))),
        warnings=warnings_of(_warning(details.get("warning"))),
        hashtags=tagged(_tags(details.get("tags"))),
        license_=licence_of(_text(details.get("license"))),
    )


def dated_item(
    name: str,
    entry: Entry,
    created_at: datetime | None,
    *,
    title: str,
    text: str,
    noted: str,
    alt_text: str,
    warnings: Sequence[str],
    hashtags: Sequence[str],
    license_: str | None,
) -> FileItem | PostItem:
    """A post; without a date only a file of the library, whose note is what is ``noted`` of the title, and the text."""
    common: dict[str, Any] = {
        "entry": entry,
        "alt_text": alt_text[:MAX_TEXT] or None,
        "content_warnings": warnings,
        "hashtags": hashtags,
        "license": license_,
    }
    if created_at is None:
        note = "\n\n".join(filter(None, (noted, text)))[:2000] or None
        return FileItem(title=base_of(name)[-255:], original_path=name, note=note, **common)
    return PostItem(title=title, description=text[:MAX_TEXT] or None, created_at=created_at, **common)


def _text(value: Any) -> str:
    """Of several values the first, as of a text in several languages."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = next(iter(value), "")
    return str(value) if isinstance(value, str | int | float) else ""


def _tags(value: Any) -> Sequence[Any]:
    if isinstance(value, str):
        return _SEPARATORS.split(value) if _SEPARATORS.search(value) else _words(value)
    return value if isinstance(value, Sequence) else []


def _words(text: str) -> Sequence[str]:
    """Words with “#” are a tag each; others are one of several words."""
    return text.split() if text.lstrip().startswith("#") else [text]


def _warning(value: Any) -> str | None:
    text = " ".join(plain(_text(value)).split())[:500]
    if text.casefold() in _NO:
        return None
    return "sensitive media" if text.casefold() in _YES else text
