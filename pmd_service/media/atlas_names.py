"""The names of files in a sheet's data, as each of its formats writes them, and other names in their places."""

import json
import re
from collections.abc import Callable, Mapping


def quoted(text: str) -> str:
    """A string of Godot's text resources."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def escaped(text: str) -> str:
    """The content of a CSS string (CSS Syntax 3, section 4.3.7)."""
    return re.sub(r'["\\\n\r\f<]', lambda found: f"\\{ord(found[0]):x} ", text)


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# By the data's extension, what stands where a page is named: nothing else does, as sprites have names like files.
_OF_PAGE: Mapping[str, Callable[[str], str]] = {
    ".json": lambda name: f'"image": {_json(name)}',
    ".tres": lambda name: f"path={quoted(name)} ",
    ".css": lambda name: f'url("{escaped(name)}")',
}


def with_page_names(text: str, ending: str, names: Mapping[str, str]) -> str:
    """The data with other names of its pages, by those that it has."""
    return _replaced(text, {_OF_PAGE[ending](old): _OF_PAGE[ending](new) for old, new in names.items()})


def with_data_names(text: str, names: Mapping[str, str]) -> str:
    """JSON with other names of the other pages' data, which nothing else ends like."""
    return _replaced(text, {_json(old): _json(new) for old, new in names.items()})


def _replaced(text: str, pairs: Mapping[str, str]) -> str:
    """All at once: one's new name may be another's old one."""
    if not pairs:
        return text
    return re.sub("|".join(map(re.escape, pairs)), lambda found: pairs[found[0]], text)
