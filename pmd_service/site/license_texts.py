"""Licence texts from the SPDX list (``licenses.json``), and recognising them."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

_FILE = Path(__file__).with_name("licenses.json")
# More than any licence that we ship.
MAX_TEXT = 64 * 1024
# Shingles of this many words are compared; two licences of one family share up to 0.9 of them.
_RUN = 6
_ALIKE = 0.95

_DECLARED = re.compile(r"SPDX-License-Identifier:\s*([\w.+-]+)")
_ADDRESS = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)/(\d\.\d)|(publicdomain/zero/1\.0))")
# Names as people write them in a README.
_NAMED = re.compile(
    r"\b(?P<zero>CC[ -]?0\b|Creative Commons Zero)"
    r"|\bCC[ -](?P<kind>BY(?:[ -](?:NC|SA|ND))*)[ -]?(?P<version>[1-4]\.[0-9])",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z0-9]+")


class LicenseText(msgspec.Struct, frozen=True, kw_only=True):
    """A licence's name, full text and, if it has one, URL."""

    name: str
    text: str
    url: str | None = None


@lru_cache(maxsize=1)
def spdx_texts() -> Mapping[str, LicenseText]:
    """The texts by SPDX identifier."""
    return msgspec.json.decode(_FILE.read_bytes(), type=dict[str, LicenseText])


def recognize(text: str) -> str | None:
    """The SPDX identifier of the licence that this text is, or the only one that it names; None if unclear.

    Takes some milliseconds, and a tenth of a second more where ``known_runs`` has not been called yet.
    """
    declared = set(_DECLARED.findall(text)) or {_identifier(*found) for found in _ADDRESS.findall(text.lower())}
    if declared:
        return declared.pop() if len(declared) == 1 and declared <= set(spdx_texts()) else None
    runs = _runs(text)
    alike = {name: _likeness(runs, known) for name, known in known_runs().items()}
    best = max(alike, key=lambda name: alike[name])
    if alike[best] >= _ALIKE:
        return best
    named = {_named(found) for found in _NAMED.finditer(text)}
    return named.pop() if len(named) == 1 and named <= set(spdx_texts()) else None


def _named(found: re.Match[str]) -> str:
    if found["zero"]:
        return "CC0-1.0"
    return f"CC-{found['kind'].upper().replace(' ', '-')}-{found['version']}"


def _likeness(runs: frozenset[int], known: frozenset[int]) -> float:
    """The Jaccard index; 0 if the sizes differ too much for a match."""
    if min(len(runs), len(known)) < _ALIKE * max(len(runs), len(known)):
        return 0
    common = len(runs & known)
    return common / (len(runs) + len(known) - common)


def _identifier(kind: str, version: str, zero: str) -> str:
    return "CC0-1.0" if zero else f"CC-{kind.upper()}-{version}"


@lru_cache(maxsize=1)
def known_runs() -> Mapping[str, frozenset[int]]:
    return {name: _runs(license_text.text) for name, license_text in spdx_texts().items()}


def _runs(text: str) -> frozenset[int]:
    words = _WORD.findall(text.lower())
    return frozenset(hash(tuple(words[at : at + _RUN])) for at in range(max(1, len(words) - _RUN + 1)))
