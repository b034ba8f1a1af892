"""The documents of a pack's archive: what a person reads, and what a program does (LIBRARY section 5)."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ..assets.asset import TYPE_WORDS
from ..http.selection import counted
from ..site.license_texts import LicenseText
from ..site.texts import one_line
from .contents import Edition, Entry
from .licensing import OWN_TEXTS, LicenseType, PackFile
from .manifest import manifest
from .spdx import license_text

# In a sentence; manifest.json says it of each.
NAMED_AT_MOST = 20

_PLAIN: dict[LicenseType, str] = {
    "royalty_free": "Use it for anything, also for money. Nobody need be named.",
    "attribution": "Use it for anything, also for money, and name who made it.",
    "commercial": "Sell what you make with it, but not the files themselves.",
    "personal": "Use it for whatever earns no money.",
    "editorial": "Use it to report, comment and teach, and name who made it; not to advertise, and not changed.",
    "custom": "What you may do with it, its owner says in words of their own.",
}

_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]<>()#+!|~"})


def render(edition: Edition, previews: Sequence[str]) -> dict[str, bytes]:
    """Every document by its path in the pack's folder, ``checksums.txt`` apart.

    Args:
        previews: the pictures' paths in the pack's folder.
    """
    texts = {
        "README.md": readme(edition, previews),
        "LICENSE.txt": license_document(edition),
        "CREDITS.md": credits(edition),
        "REUSE.toml": reuse(edition, previews),
        "manifest.json": manifest(edition),
    }
    texts |= {f"LICENSES/{name}.txt": _license(edition, name).text.rstrip() + "\n" for name in edition.licenses}
    return {path: text.encode() for path, text in texts.items()}


def readme(edition: Edition, previews: Sequence[str] = ()) -> str:
    """What the pack is, in the words of its owner, and what is in it."""
    counts = Counter(entry.file.type for entry in edition.entries)
    told = {"counts": counts, "words": TYPE_WORDS, "machines": _machines(edition)}
    return _text("readme.md", edition, previews=previews, **told)


def license_document(edition: Edition) -> str:
    """LICENSE.txt: whose it is, since when, what is allowed, and where the words in full are."""
    return _text("license.txt", edition)


def credits(edition: Edition) -> str:
    """CREDITS.md: title, author, licence and address of whatever asks for credit."""
    return _text("credits.md", edition, machines=_machines(edition))


def reuse(edition: Edition, previews: Sequence[str] = ()) -> str:
    """REUSE.toml (REUSE 3.2): what it says of a file counts, whatever the file says of itself."""
    ours = ["README.md", "CREDITS.md", "manifest.json", "checksums.txt"]
    annotations = [
        (ours, edition.copyright, edition.license.spdx),
        *(([each.rel_path], each.file.attribution or edition.copyright, each.license) for each in edition.entries),
    ]
    if previews:
        # They show the files, and so stand under all of their licences at once.
        annotations.append(([*previews], edition.copyright, " AND ".join(edition.licenses)))
    return _text("reuse.toml", edition, annotations=annotations)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"md": _escaped, "line": one_line, "toml": _toml, "counted": counted, "measures": _measures}
    return environment


def _text(name: str, edition: Edition, **values: Any) -> str:
    plain = _PLAIN[edition.license.license_type]
    own = {"edition": edition, "plain": plain, "licence": partial(_license, edition)}
    return _templates().get_template(f"{name}.jinja").render(own | values)


def _machines(edition: Edition) -> str:
    """What of it a machine made: as its owner says it, and as the files' own marks do."""
    said = [entry for entry in edition.entries if entry.file.provenance == "ai_generated"]
    marked = [entry for entry in edition.entries if edition.generation(entry)]
    told = [
        *_told_of(edition, said, "was made with AI", "were made with AI"),
        *_told_of(edition, marked, "has marks of a program that makes art", "have marks of programs that make art"),
    ]
    return " ".join(told)


def _told_of(edition: Edition, entries: Sequence[Entry], one: str, several: str) -> Iterator[str]:
    if entries:
        shown = ", ".join(_escaped(entry.filename) for entry in entries[:NAMED_AT_MOST])
        more = f" and {len(entries) - NAMED_AT_MOST} more" if len(entries) > NAMED_AT_MOST else ""
        verb = one if len(entries) == 1 else several
        yield f"{len(entries)} of {counted(len(edition.entries), 'file')} {verb}: {shown}{more}."


def _license(edition: Edition, name: str) -> LicenseText:
    if name == OWN_TEXTS["custom"]:
        assert edition.license.words is not None, "a pack under its owner's words has some"
        return LicenseText(name="its owner's own licence", text=edition.license.words)
    return license_text(name)


def _measures(file: PackFile) -> str:
    parts = []
    if file.width and file.height:
        parts.append(f"{file.width} × {file.height}")
    if file.frame_count and file.frame_count > 1:
        parts.append(f"{file.frame_count} frames")
    if file.duration_sec:
        parts.append(f"{file.duration_sec:.2f} s")
    if file.samplerate_hz:
        parts.append(f"{file.samplerate_hz} Hz")
    return ", ".join(parts) or "–"


def _toml(text: str) -> str:
    # TOML's basic strings are JSON's, where there is no control character (names and lines have none).
    return json.dumps(text, ensure_ascii=False)


def checksums(edition: Edition, documents: Mapping[str, bytes]) -> bytes:
    """checksums.txt: a line for every other file, as ``sha256sum -c`` reads them in the pack's folder."""
    hashes = {entry.rel_path: entry.file.hash for entry in edition.entries}
    hashes |= {path: hashlib.sha256(document).hexdigest() for path, document in documents.items()}
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(hashes.items())).encode()


def _escaped(text: str) -> str:
    """A user's text in Markdown, as it is: no markup, no table cell, no line of its own."""
    return one_line(text).translate(_MARKDOWN)
