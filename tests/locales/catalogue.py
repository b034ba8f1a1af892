"""Keeps the catalogues, ``pmd_service/locales/*.po``, as the templates and modules are; ``make types`` runs it.

``python -m tests.locales.catalogue pt-BR`` adds one. What is not translated yet has an empty ``msgstr``.
"""

import sys
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "pmd_service" / "locales"

# The documents of packs are in English: an edition is the same bytes for everyone. Operators read the rest.
_METHODS = [
    ("packs/templates/**", "ignore"),
    *((f"{room}/**", "ignore") for room in ("base", "demo", "ops/doctor", "http/openapi")),
    ("ops/*.py", "ignore"),
    ("media/kind.py", "ignore"),
    ("**.py", "tests.locales.sentences:extract"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
    ("**/templates/**.jinja", "jinja2"),
]
_OPTIONS = {pattern: {"silent": "false", "trimmed": "true"} for pattern, method in _METHODS if method == "jinja2"}
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
_HEADER = """\
# {name}
msgid ""
msgstr ""
"Language: {tag}\\n"
"Plural-Forms: {plurals}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


@cache
def extracted(package: Path = ROOT / "pmd_service") -> Catalog:
    """Every message of the templates and modules, in the order of their files; nobody changes the catalogue."""
    catalogue = Catalog()
    found = extract_from_dir(package, _METHODS, _OPTIONS, _KEYWORDS)
    for file, _, message, _, context in sorted(found, key=lambda each: (each[0], each[1])):
        catalogue.add(message, locations=[(f"pmd_service/{file}", 1)], context=context)
    return catalogue


def updated(file: Path, messages: Catalog) -> bytes:
    """The catalogue with these messages: new ones without a text, and without those that are gone."""
    locale = Locale.parse(file.stem, sep="-")
    catalogue = Catalog(locale=locale)
    if file.exists():
        with file.open("rb") as lines:
            catalogue = read_po(lines, locale=locale)
    catalogue.update(messages, no_fuzzy_matching=True)
    written = BytesIO()
    write_po(written, catalogue, width=120, omit_header=True, ignore_obsolete=True, no_location=True, sort_output=True)
    head = _HEADER.format(name=locale.english_name, tag=file.stem, plurals=catalogue.plural_forms)
    return head.encode() + written.getvalue()


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.po"))


def main(*new: str) -> None:
    messages = extracted()
    for file in {*files(), *(FOLDER / f"{tag}.po" for tag in new)}:
        file.write_bytes(updated(file, messages))


if __name__ == "__main__":
    main(*sys.argv[1:])
