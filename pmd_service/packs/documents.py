"""The documents in a pack's archive, for people and programs (LIBRARY section 5)."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ..assets.types import TYPE_WORDS
from ..http.selection import counted
from ..media.stripping import is_unread
from ..site.license_texts import LicenseText
from ..site.texts import one_line
from .contents import Edition, Entry
from .license_kinds import CUSTOM, license_text
from .licensing import PackFile
from .manifest import manifest

# File names in a sentence; manifest.json lists all.
MAX_NAMED_FILES = 20

_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]<>()#+!|~"})


def render(edition: Edition, previews: Sequence[str]) -> dict[str, bytes]:
    """All documents except ``checksums.txt``, by path in the pack's folder.

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
    """README.md: the owner's description, and the contents."""
    counts = Counter(entry.file.type for entry in edition.entries)
    return _text("readme.md", edition, previews=previews, counts=counts, words=TYPE_WORDS, machines=_machines(edition))


def license_document(edition: Edition) -> str:
    """LICENSE.txt: the copyright holder, a summary, and where the full text is."""
    return _text("license.txt", edition)


def credits(edition: Edition) -> str:
    """CREDITS.md: title, author, licence and source of everything that requires credit."""
    return _text("credits.md", edition, machines=_machines(edition))


def reuse(edition: Edition, previews: Sequence[str] = ()) -> str:
    """REUSE.toml (REUSE 3.2), which overrides the licences declared in the files."""
    ours = ["README.md", "CREDITS.md", "manifest.json", "checksums.txt"]
    annotations = [
        (ours, edition.copyright, edition.license.spdx),
        *(([each.rel_path], each.file.attribution or edition.copyright, each.license) for each in edition.entries),
    ]
    if previews:
        # They show the files, so all of the files' licences apply together.
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
    own = {"edition": edition, "plain": edition.license.kind.summary, "licence": partial(_license, edition)}
    return _templates().get_template(f"{name}.jinja").render(own | values)


def _machines(edition: Edition) -> str:
    """The AI-generated files, as declared by their owner and as detected in their metadata."""
    declared = [entry for entry in edition.entries if entry.file.provenance == "ai_generated"]
    is_sure = not any(is_unread(entry.file.type, entry.file.file_format) for entry in edition.entries)
    detected = [entry for entry in edition.entries if edition.generation(entry)]
    sentences = [
        *_sentence(edition, declared, "was made with AI", "were made with AI"),
        *_sentence(edition, detected, "has metadata of an AI image generator", "have metadata of AI image generators"),
    ]
    return " ".join(sentence if is_sure else f"At least {sentence}" for sentence in sentences)


def _sentence(edition: Edition, entries: Sequence[Entry], one: str, several: str) -> Iterator[str]:
    if entries:
        shown = ", ".join(_escaped(entry.filename) for entry in entries[:MAX_NAMED_FILES])
        more = f" and {len(entries) - MAX_NAMED_FILES} more" if len(entries) > MAX_NAMED_FILES else ""
        verb = one if len(entries) == 1 else several
        yield f"{len(entries)} of {counted(len(edition.entries), 'file')} {verb}: {shown}{more}."


def _license(edition: Edition, name: str) -> LicenseText:
    if name == CUSTOM.reference:
        assert edition.license.words is not None, "a custom licence has a text"
        return LicenseText(name="the owner's own licence", text=edition.license.words)
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
    # Without control characters, TOML's basic strings are JSON's.
    return json.dumps(text, ensure_ascii=False)


def checksums(edition: Edition, documents: Mapping[str, bytes]) -> bytes:
    """checksums.txt: all other files, for ``sha256sum -c`` in the pack's folder."""
    hashes = {entry.rel_path: entry.file.hash for entry in edition.entries}
    hashes |= {path: hashlib.sha256(document).hexdigest() for path, document in documents.items()}
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(hashes.items())).encode()


def _escaped(text: str) -> str:
    """A user's text, escaped for Markdown: no markup, no table cells, no line breaks."""
    return one_line(text).translate(_MARKDOWN)
