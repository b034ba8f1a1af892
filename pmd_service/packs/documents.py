"""The documents of a pack's archive: what a person reads, and what a program does (LIBRARY section 5)."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ..assets.asset import TYPE_WORDS
from ..http.selection import counted
from ..site.license_texts import LicenseText
from ..site.texts import one_line
from .contents import Edition, Entry
from .licensing import OWN_TEXTS, LicenseType
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
    lines = [f"# {_escaped(edition.name)}", ""]
    if edition.description:
        lines += [*(_escaped(line) for line in edition.description.splitlines()), ""]
    lines += [f"- Edition {edition.edition}, {edition.dated:%Y-%m-%d}, by {_escaped(edition.holder)}"]
    if edition.theme:
        lines.append(f"- Theme: {_escaped(edition.theme)}")
    lines += [f"- {counted(counts[kind], word)}" for kind, word in TYPE_WORDS.items() if counts[kind]]
    lines += [f"- {counted(len(edition.entries), 'file')}, {edition.size_bytes:,} bytes together", ""]
    if edition.marks == "strip":
        left = " Companions are as they were." if counts["other"] else ""
        lines += [
            f"What files say of their making beside their contents, such as places, was taken out of them.{left}",
            "",
        ]
    lines += _machines(edition)
    if previews:
        lines += [f"![What is in it]({previews[0]})", ""]
    lines += ["## Licence", "", *_license_words(edition), ""]
    lines += [
        "## Specifications",
        "",
        "| file | format | measures | bytes | licence |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [_specification(entry) for entry in edition.entries]
    lines += ["", "## Credits", "", "CREDITS.md names whoever asks for it.", ""]
    lines += [
        "## Is it whole?",
        "",
        "`sha256sum -c checksums.txt` compares every file; manifest.json says the same for programs, and REUSE.toml "
        "has the licence and the holder of each file.",
        "",
    ]
    return "\n".join(lines)


def _machines(edition: Edition) -> list[str]:
    """What of it a machine made: as its owner says it, and as the files' own marks do."""
    said = [entry for entry in edition.entries if entry.file.provenance == "ai_generated"]
    marked = [entry for entry in edition.entries if edition.generation(entry)]
    told = [
        *_told_of(edition, said, "was made with AI", "were made with AI"),
        *_told_of(edition, marked, "has marks of a program that makes art", "have marks of programs that make art"),
    ]
    return [" ".join(told), ""] if told else []


def _told_of(edition: Edition, entries: Sequence[Entry], one: str, several: str) -> Iterator[str]:
    if entries:
        shown = ", ".join(_escaped(entry.filename) for entry in entries[:NAMED_AT_MOST])
        more = f" and {len(entries) - NAMED_AT_MOST} more" if len(entries) > NAMED_AT_MOST else ""
        verb = one if len(entries) == 1 else several
        yield f"{len(entries)} of {counted(len(edition.entries), 'file')} {verb}: {shown}{more}."


def _license_words(edition: Edition) -> Iterator[str]:
    told = _license(edition, edition.license.spdx)
    yield f"{_PLAIN[edition.license.license_type]} In full: LICENSE.txt ({_escaped(told.name)})."
    others = [name for name in edition.licenses if name != edition.license.spdx]
    if others:
        yield ""
        yield f"Some files have a licence of their own, which counts for them: {', '.join(others)}. See CREDITS.md."


def _license(edition: Edition, name: str) -> LicenseText:
    if name == OWN_TEXTS["custom"]:
        assert edition.license.words is not None, "a pack under its owner's words has some"
        return LicenseText(name="its owner's own licence", text=edition.license.words)
    return license_text(name)


def _specification(entry: Entry) -> str:
    file = entry.file
    cells = [entry.filename, file.file_format, _measures(entry), f"{file.size_bytes:,}", entry.license]
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _measures(entry: Entry) -> str:
    file = entry.file
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


def license_document(edition: Edition) -> str:
    """LICENSE.txt: whose it is, since when, what is allowed, and where the words in full are."""
    told = _license(edition, edition.license.spdx)
    lines = [
        f"{one_line(edition.name)}, edition {edition.edition}",
        f"Copyright (c) {one_line(edition.copyright)}",
        "",
        _PLAIN[edition.license.license_type],
        "",
    ]
    if edition.license.identifier is None:
        lines.append(told.text.rstrip())
    else:
        lines += [
            f"Licensed under {told.name} ({edition.license.identifier}), {told.url}.",
            f"The licence in full: LICENSES/{edition.license.identifier}.txt",
        ]
    own = [entry for entry in edition.entries if entry.license != edition.license.spdx]
    if own:
        lines += ["", "These files have a licence of their own, which counts for them:", ""]
        lines += [f"- {entry.rel_path}: {entry.license} (LICENSES/{entry.license}.txt)" for entry in own]
    return "\n".join([*lines, ""])


def credits(edition: Edition) -> str:
    """CREDITS.md: title, author, licence and address of whatever asks for credit."""
    named = [entry for entry in edition.entries if entry.file.attribution or "CC-BY" in entry.license]
    lines = [f"# Credits of {_escaped(edition.name)}", ""]
    lines += _machines(edition)
    if not named:
        return "\n".join([*lines, f"Everything here is by {_escaped(edition.holder)}, who need not be named.", ""])
    for entry in named:
        told = _license(edition, entry.license)
        author = _escaped(entry.file.attribution or edition.holder)
        terms = f"[{_escaped(told.name)}]({told.url})" if told.url else _escaped(told.name)
        lines.append(f"- “{_escaped(entry.filename)}” by {author}, {terms}{_origin(entry)}")
    return "\n".join([*lines, ""])


def _origin(entry: Entry) -> str:
    words = f", from {_escaped(entry.file.source)}" if entry.file.source else ""
    return f"{words}, changed" if entry.file.parent_asset_id and entry.file.attribution else words


def reuse(edition: Edition, previews: Sequence[str] = ()) -> str:
    """REUSE.toml (REUSE 3.2): what it says of a file counts, whatever the file says of itself."""
    ours = ["README.md", "CREDITS.md", "manifest.json", "checksums.txt"]
    blocks = [_annotation(ours, one_line(edition.copyright), edition.license.spdx)]
    blocks += [
        _annotation([entry.rel_path], one_line(entry.file.attribution or edition.copyright), entry.license)
        for entry in edition.entries
    ]
    if previews:
        # They show the files, and so stand under all of their licences at once.
        blocks.append(_annotation(previews, one_line(edition.copyright), " AND ".join(edition.licenses)))
    return "version = 1\n" + "".join(blocks)


def _annotation(paths: Sequence[str], holder: str, license: str) -> str:
    return (
        "\n[[annotations]]\n"
        f"path = [{', '.join(_toml(path) for path in paths)}]\n"
        'precedence = "override"\n'
        f"SPDX-FileCopyrightText = {_toml(holder)}\n"
        f"SPDX-License-Identifier = {_toml(license)}\n"
    )


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
